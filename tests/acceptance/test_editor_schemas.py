"""The schemas for editors give the same verdicts as the readers.

Rich documents have every key at least once. Each of their values is replaced by odd ones, and reader and schema must
agree about every result.
"""

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest

from contracts_runner.errors import Problem, Severity, SourceLocation
from contracts_runner.maintenance.lint.report import CheckReport, render_text
from contracts_runner.maintenance.reference.pages import PAGES, list_forms
from contracts_runner.maintenance.reference.project_schema import FOLDER
from contracts_runner.reading.declarations import Form
from contracts_runner.reading.forms import Value
from helpers.command import REPOSITORY
from helpers.editor_grammars import (
    EXAMPLES,
    VALID,
    Grammar,
    build_contract,
    build_grammars,
    load_schema,
    load_value,
    read_contract_file,
)
from helpers.odd_values import Change, iter_changes, iter_places, replace_at

INVALID = sorted((EXAMPLES / "invalid").glob("*.yaml"))
NAMES = ("contract", "project")

# Mistakes that a schema cannot see: what names something else, what compares two values, what is gone after YAML.
BEYOND_A_SCHEMA = {
    *("capture-hides", "cleanup", "expect-schema-reference", "expression-later-capture", "expression-unknown"),
    *("expression-unknown-in-variant", "file-unknown-spec", "known-order-of-dates", "known-references"),
    *("retry-too-short", "scenario-id-twice", "source-without-document", "step-missing-path-parameter"),
    *("step-missing-path-parameter-undescribed", "step-no-path", "step-unknown-auth", "step-unknown-environment"),
    *(
        "step-unknown-method",
        "step-path-alone",
        "step-unknown-operation",
        "step-unknown-spec",
        "step-unknown-parameter",
        "warehouse-check-id-twice",
    ),
    *(
        "warehouse-missing-path-parameter",
        "warehouse-unknown-name",
        "warehouse-unknown-spec",
        "yaml-duplicate-key",
        "yaml-key-true",
        "yaml-tag",
    ),
}


@pytest.fixture(scope="module")
def grammars(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Grammar]:
    return build_grammars(tmp_path_factory.mktemp("project"))


# The schemas themselves


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_schema_of_draft_2020_12_and_of_draft_07(name: str) -> None:
    root = load_schema(name)

    jsonschema_rs.meta.validate(root)
    jsonschema_rs.meta.validate({**root, "$schema": "http://json-schema.org/draft-07/schema#"})

    assert root["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("name", NAMES)
def test_beside_a_reference_stand_only_annotations(name: str) -> None:
    # Draft-07 ignores what stands there: a rule would hold in some editors only.
    beside = {key for part in iter_mappings(load_schema(name)) if isinstance(part.get("$ref"), str) for key in part}

    assert beside <= {"$ref", "description", "default"}


def test_every_key_is_described_in_a_sentence_and_has_an_example() -> None:
    forms = [form for root in PAGES.values() for form in list_forms(root)]
    keys = [key for form in forms for key in form.keys.values()]

    assert [key.name for key in keys if not key.text.endswith(".") or not (key.example or key.default)] == []
    assert len(keys) > 100


def iter_mappings(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping in a JSON value, itself included."""
    if isinstance(value, dict):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from iter_mappings(child)


# Files


@pytest.mark.parametrize("draft", ["Draft202012Validator", "Draft7Validator"])
def test_every_file_of_the_projects_is_valid(draft: str) -> None:
    contracts = {*(REPOSITORY / "contracts").rglob("*.yaml"), *VALID, *(EXAMPLES / "project/contracts").glob("*.yaml")}
    found = {
        "contract": {path: load_value(path) for path in contracts},
        "project": {
            path: load_value(path) for path in (REPOSITORY / "contracts.yaml", EXAMPLES / "project/contracts.yaml")
        },
    }

    errors = [
        (path.name, error.message)
        for name, values in found.items()
        for path, value in values.items()
        for error in getattr(jsonschema_rs, draft)(drop_dialect(load_schema(name))).iter_errors(value)
    ]

    assert errors == []
    assert len(contracts) > 30


@pytest.mark.parametrize("draft", ["Draft202012Validator", "Draft7Validator"])
def test_an_invalid_example_is_refused_if_its_mistake_is_one_of_form(draft: str) -> None:
    validator = getattr(jsonschema_rs, draft)(drop_dialect(load_schema("contract")))

    accepted = {path.stem for path in INVALID if validator.is_valid(load_value(path))}

    assert accepted == BEYOND_A_SCHEMA


def drop_dialect(root: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in root.items() if key != "$schema"}


EDITORS = (REPOSITORY / "docs" / "how-to" / "editors.md").read_text(encoding="utf-8")


def test_the_page_on_editors_names_the_schema_of_a_project_as_seen_from_a_contract_file() -> None:
    named = re.search(r"yaml-language-server: \$schema=(\.\./[\w./]+)", EDITORS)

    assert named
    assert posixpath.normpath(f"contracts/{named[1]}") == f"{FOLDER}/contract.schema.json"


def test_the_task_of_an_editor_reads_the_lines_of_a_check() -> None:
    task = json.loads(next(each for each in re.findall(r"```json\n(.*?)```", EDITORS, re.DOTALL) if "tasks" in each))
    matcher = task["tasks"][0]["problemMatcher"]
    place, message = SourceLocation("contracts/заказы.yaml", 12), "a step has no key 'x'"
    problem = Problem(location=place, message=message, hint="known: y")
    warning = replace(problem, severity=Severity.WARNING)
    report = CheckReport(root=REPOSITORY, operations=1, scenarios=1, problems=(problem, warning))

    *lines, _ = render_text(report, is_whole=True).splitlines()

    found = [re.fullmatch(matcher["pattern"]["regexp"], line) for line in lines]
    parts = [each.groups() if each else () for each in found]
    assert parts == [(place.path, "12", word, f"{message}; known: y") for word in (None, "warning")]


# Verdicts


def test_every_key_stands_in_a_document_that_reader_and_schema_take(
    grammars: Mapping[str, Grammar], monkeypatch: pytest.MonkeyPatch
) -> None:
    used: set[tuple[type[Form], str]] = set()
    read_keys = Form.__init__

    def note_keys(form: Form, place: Value) -> None:
        used.update((type(form), key) for key in place.value)
        read_keys(form, place)

    monkeypatch.setattr(Form, "__init__", note_keys)

    for grammar in grammars.values():
        for document in grammar.documents:
            assert (grammar.read(document), grammar.validator.is_valid(document)) == ([], True)

    keys = {(form, key) for root in PAGES.values() for form in list_forms(root) for key in form.keys}
    assert keys - used == set()


# What readers say of values that a schema takes: they parse what it only knows the beginning of, or compare.
_BEYOND = re.compile(
    r"is not a JSONPath|is not a time zone|is below 'min'|must both be numbers or both be text|names no document"
    r"|is shorter than 'every'|not a JSON Schema|not a day of the calendar|there is no environment|there is no folder"
    r"|can fail on nothing|no value is of all types|is not an XPath|no function of XPath|there are no variables"
    r"|which `namespaces` does not name|is not a regular expression|groups, not one|two items have the name"
    r"|reads no time at|parts, 'column'|more digits after the point|gives no day|a part of the|says itself where it is"
)


def is_let_pass(change: Change) -> bool:
    """True for what only the reader takes, and an editor may well underline.

    A path, a pattern and a column may be a number, which then stands for its text.
    """
    if not isinstance(change.new, int | float) and change.new not in ({"a": 5}, ["a", 5], [200, "2xx"]):
        return False
    columns = (("sum_equals", "value"), ("sum_equals", "by"))
    return change.pointer[:1] == ("specs",) or change.pointer[-2:] in (("matches", "pattern"), *columns)


@pytest.mark.parametrize("name", NAMES)
def test_reader_and_schema_agree_about_odd_values(name: str, grammars: Mapping[str, Grammar]) -> None:
    grammar = grammars[name]
    changes = [
        (document, change) for document, pointer in iter_places(grammar) for change in iter_changes(document, pointer)
    ]

    disagreements = []
    for document, change in changes:
        changed = replace_at(document, change.pointer, change.new)
        is_valid = grammar.validator.is_valid(changed)
        problems = [str(problem) for problem in grammar.read(changed)]
        if is_valid and any(not _BEYOND.search(problem) for problem in problems):
            disagreements.append(("only the schema takes", change.pointer, change.new, problems))
        if not is_valid and not problems and not is_let_pass(change):
            disagreements.append(("only the reader takes", change.pointer, change.new, problems))

    assert disagreements == []
    assert len(changes) > 2000


THIS = {"this": "$.a"}
SORTED = {"this": "$.a", "order": "ascending"}
ACCEPTED = {"operation": "listOrders", "because": "It is so.", "until": "2027-06-30"}


@pytest.mark.parametrize(
    ("place", "good", "bad"),
    [
        ("relation", {"sorted": SORTED}, {"sorted": SORTED, "unique": THIS}),
        ("check", {"id": "W.1", "unique": ["a"], "final": False}, {"id": "W.1", "not_null": ["a"], "final": False}),
        ("check", {"id": "W.1", "unique": ["a"]}, {"id": "W.1", "unique": ["a"], "not_null": ["a"]}),
        ("check", {"id": "W.1", "unique": ["a"]}, {"id": "W.1", "unique": ["a"], "not_null": ["a"], "final": True}),
        ("check", {"id": "W.1", "unique": ["a"]}, {"id": "W.1", "final": True}),
        ("finding", {"check": "negative_data_rejection", "in": "body"}, {"check": "ignored_auth", "in": "body"}),
        ("source", {"document": "handbook.md"}, {"section": "2"}),
    ],
)
def test_reader_and_schema_agree_about_what_goes_together(place: str, good: Any, bad: Any) -> None:
    def build(part: Any) -> Any:
        contract = build_contract({"type": "string"})
        match place:
            case "relation":
                contract["scenarios"][0]["steps"][0]["expect"]["relations"] = [part]
            case "check":
                return {"warehouse": "shop", "tables": {"orders": {"checks": [part]}}}
            case "finding":
                contract["properties"] = {"known": [{**ACCEPTED, **part}]}
            case "source":
                contract["source"] = part
        return contract

    validator = jsonschema_rs.Draft202012Validator(load_schema("contract"))

    assert (validator.is_valid(build(good)), read_contract_file(build(good))) == (True, [])
    assert not validator.is_valid(build(bad))
    assert read_contract_file(build(bad))
