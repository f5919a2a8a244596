"""The forms in which commands print: none lets pass what acts, and none changes what is said."""

import json
import unicodedata
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.leaks.unwrapping import strip_escape_sequences
from contracts_runner.maintenance.printing import Level, OutputFormat, render_annotation
from contracts_runner.redaction.json_text import encode_string, escape_unsafe
from contracts_runner.reporting.text import make_visible
from contracts_runner.results.rows import Finding
from contracts_runner.run.diagnosis import render_findings

PARTS = [
    "\x1b[2J",
    "\x1b]8;;x\x07",
    "\x9b31m",
    "\u202e",
    "\u2028",
    "\r",
    "\n",
    "%0A",
    "::error::x",
    ",",
    ":",
    "\x7f",
    "a",
]
texts = st.one_of(st.text(max_size=20), st.lists(st.sampled_from(PARTS), max_size=8).map("".join))
values = st.recursive(
    texts, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)


def find_controls(text: str) -> set[str]:
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or "\u202a" <= c <= "\u202e"}


@given(texts)
def test_visible_text_is_visible_and_stays_so(text: str) -> None:
    shown = make_visible(text)

    assert find_controls(shown) <= {"\n", "\t"}
    assert make_visible(shown) == shown


@given(values)
def test_json_says_the_same_with_what_acts_escaped(value: Any) -> None:
    printed = escape_unsafe(json.dumps(value, ensure_ascii=False, indent=2))

    assert find_controls(printed) <= {"\n"}
    assert json.loads(printed) == value


@given(texts)
def test_a_string_literal_is_one_line_that_can_be_written(text: str) -> None:
    literal = encode_string(text)

    assert find_controls(literal) == set()
    assert json.loads(literal.encode().decode()) == text


@given(texts, texts, texts)
def test_an_annotation_is_one_command(message: str, file: str, title: str) -> None:
    command = make_visible(render_annotation(Level.ERROR, message, file=file, line=1, title=title))

    assert command.count("\n") == 0
    assert command.startswith("::error file=")
    assert find_controls(command) <= {"\t"}


@given(st.lists(st.tuples(texts, texts, st.sampled_from(["ok", "problem", "info"])), min_size=1, max_size=3))
def test_findings_of_doctor_are_one_command_each(told: list[tuple[str, str, Any]]) -> None:
    findings = [Finding("ClickHouse", value, status, detail) for value, detail, status in told]

    lines = render_findings(findings, OutputFormat.GITHUB).split("\n")

    assert [line.partition(" ")[0] in ("::error", "::notice") for line in lines] == [True] * len(findings)
    assert find_controls("".join(lines) + render_findings(findings, OutputFormat.TEXT)) <= {"\n", "\t"}


@given(texts)
def test_stripping_of_escape_sequences_only_takes_away(text: str) -> None:
    rest = iter(text)

    assert all(character in rest for character in strip_escape_sequences(text))
