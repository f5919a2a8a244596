"""The reports in Russian: no phrase is missing in the table, none is there for nothing, numbers have their nouns."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import nodes

import contracts_runner.reporting
from contracts_runner.model.nouns import pluralise
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.advice import SENTENCES
from contracts_runner.reporting.phrases import ENGLISH, Language, find_phrases
from contracts_runner.reporting.russian import NOUNS, TABLE
from contracts_runner.reporting.templating import build_environment
from contracts_runner.reporting.verdict import OBSERVED_LINE, SANDBOX_LINE
from contracts_runner.results.rows import WARNING, EndpointState, FindingStatus
from contracts_runner.results.traffic_rows import LeftOut
from contracts_runner.run import github
from helpers.rendering import TEMPLATES

RUSSIAN = find_phrases("ru")
SOURCES = [*sorted(Path(contracts_runner.reporting.__file__).parent.glob("*.py")), Path(github.__file__)]
# Those that are translated; "_" begins the parts of one.
TRANSLATED = [
    *("_causes.md.jinja", "_load.md.jinja", "alert.md.jinja", "report.md.jinja", "summary.md.jinja"),
    *(
        "history.html.jinja",
        "_check.html.jinja",
        "_exchange.html.jinja",
        "_load.html.jinja",
        "_rows.html.jinja",
        "_scenario.html.jinja",
        "report.html.jinja",
    ),
]
# What is translated as it comes: words of closed sets, and what the code chooses among.
CHOSEN = {
    *Outcome,
    *FindingStatus,
    *(state.replace("_", " ") for state in EndpointState),
    *(WARNING, "no row"),
    *(pluralise(phase.noun).capitalize() for phase in Phase),
    *LeftOut,
    *SENTENCES,
    *(SANDBOX_LINE, OBSERVED_LINE, "nothing failed", "nothing is newly broken", "interrupted"),
}
# In every language the same.
NAMES = {"ClickHouse", "contracts", "SQL", "API", "auth", "schema", "false"}


class Shown(HTMLParser):
    """Collects what a page shows: its text, and the attributes that are read out or shown."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [value for name, value in attrs if value and name in ("aria-label", "placeholder", "title")]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read_code() -> Iterator[tuple[str, str]]:
    """Yield (function, first argument) of each call with a text in the code."""
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
                yield from ((ast.unparse(node.func), text) for text in texts if isinstance(text, str))


def parse_template(name: str) -> nodes.Template:
    return build_environment([TEMPLATES]).parse((TEMPLATES / name).read_text(encoding="utf-8"))


def read_templates() -> Iterator[str]:
    """Yield the phrases of the templates."""
    for call in (call for name in TRANSLATED for call in parse_template(name).find_all(nodes.Call)):
        if isinstance(call.node, nodes.Name) and call.node.name == "_" and isinstance(call.args[0], nodes.Const):
            yield call.args[0].value


def iter_printed(node: nodes.Node) -> Iterator[str]:
    """Yield the texts that a template prints as they stand in it."""
    match node:
        case nodes.TemplateData():
            yield node.data
        case nodes.Const(value=str(text)):
            yield text
        case nodes.Output() | nodes.Concat():
            for part in node.nodes:
                yield from iter_printed(part)
        case nodes.CondExpr():
            for part in filter(None, (node.expr1, node.expr2)):
                yield from iter_printed(part)
        case nodes.And() | nodes.Or() | nodes.Add():
            yield from (*iter_printed(node.left), *iter_printed(node.right))
        case nodes.Filter() if node.node is not None:
            yield from iter_printed(node.node)


def find_phrases_used() -> set[str]:
    return {*(text for name, text in read_code() if name == "phrases"), *read_templates(), *CHOSEN}


def test_the_table_has_every_phrase_and_no_other() -> None:
    assert find_phrases_used() == set(TABLE)


def test_the_nouns_are_those_that_are_counted() -> None:
    counted = {text for name, text in read_code() if name in ("phrases.count", "phrases.count_of")}
    for filtered in (each for name in TRANSLATED for each in parse_template(name).find_all(nodes.Filter)):
        counted |= {
            each.value for each in filtered.args if isinstance(each, nodes.Const) and filtered.name == "counted"
        }

    assert counted | {phase.noun for phase in Phase} | {"iteration"} == set(NOUNS)


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_template_has_no_word_outside_of_a_phrase(name: str) -> None:
    printed = "".join(text for output in parse_template(name).find_all(nodes.Output) for text in iter_printed(output))
    shown = " ".join(Shown(printed).texts) if "html" in name else printed

    assert set(re.findall(r"(?<![\w])[^\W\d_]{2,}", shown)) - NAMES == set()


@pytest.mark.parametrize("phrase", sorted(TABLE))
def test_a_translation_has_the_values_of_its_phrase(phrase: str) -> None:
    values = re.compile(r"%\(\w+\)s")

    assert sorted(values.findall(TABLE[phrase])) == sorted(values.findall(phrase))
    assert phrase.count("|") == TABLE[phrase].count("|")
    assert re.search("[а-яё]", TABLE[phrase]), "not translated"


@pytest.mark.parametrize(
    ("number", "counted", "counted_of"),
    [
        (0, "0 сценариев", "0 сценариев"),
        (1, "1 сценарий", "1 сценария"),
        (2, "2 сценария", "2 сценариев"),
        (5, "5 сценариев", "5 сценариев"),
        (11, "11 сценариев", "11 сценариев"),
        (14, "14 сценариев", "14 сценариев"),
        (21, "21 сценарий", "21 сценария"),
        (22, "22 сценария", "22 сценариев"),
        (111, "111 сценариев", "111 сценариев"),
        (1001, "1001 сценарий", "1001 сценария"),
    ],
)
def test_a_number_has_its_noun(number: int, counted: str, counted_of: str) -> None:
    assert (RUSSIAN.count(number, "scenario"), RUSSIAN.count_of(number, "scenario")) == (counted, counted_of)


def test_english_is_as_it_is_written() -> None:
    assert ENGLISH.count(1, "property") == ENGLISH.count_of(1, "property") == "1 property"
    assert ENGLISH.count(2, "property") == "2 properties"
    assert find_phrases("xx") is ENGLISH
    assert {find_phrases(language).language for language in Language} == set(Language)


def test_a_phrase_of_a_projects_own_template_stays_as_it_is() -> None:
    assert RUSSIAN("Our own words: %(number)s", number=3) == "Our own words: 3"
