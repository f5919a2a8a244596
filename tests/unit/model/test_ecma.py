"""Patterns mean what ECMA 262 says: each is asked of the same texts as an implementation of it (V8, with the flag `u`,
without it where that takes no such pattern)."""

import json
from pathlib import Path

import pytest

from contracts_runner.model.ecma import split_length
from contracts_runner.model.patterns import compile_pattern, find_pattern_mistake, show_pattern, translate_pattern
from contracts_runner.openapi.schemas import CompiledSchema

_TABLE = json.loads(Path(__file__).with_name("ecma_patterns.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("pattern", [pattern for pattern, found in _TABLE["patterns"].items() if found is not None])
def test_a_pattern_is_found_where_another_implementation_finds_it(pattern: str) -> None:
    compiled = compile_pattern(translate_pattern(pattern))

    assert find_pattern_mistake(pattern) == ""
    schema = CompiledSchema({"pattern": translate_pattern(pattern)})
    assert [text for text in _TABLE["texts"] if schema.check(text) == []] == _TABLE["patterns"][pattern]
    assert [text for text in _TABLE["texts"] if compiled.is_in(text)] == _TABLE["patterns"][pattern]


@pytest.mark.parametrize("pattern", [pattern for pattern, found in _TABLE["patterns"].items() if found is None])
def test_what_no_implementation_takes_is_no_pattern(pattern: str) -> None:
    assert find_pattern_mistake(pattern).startswith("is not a regular expression (ECMA-262)")
    assert translate_pattern(pattern) == pattern


@pytest.mark.parametrize("pattern", sorted(_TABLE["patterns"]))
def test_a_translation_means_the_same_if_it_is_translated_again(pattern: str) -> None:
    once = translate_pattern(pattern)
    twice = translate_pattern(once)

    if _TABLE["patterns"][pattern] is not None:
        found = [[text for text in _TABLE["texts"] if compile_pattern(each).is_in(text)] for each in (once, twice)]
        assert found[0] == found[1]


def test_a_person_reads_what_the_author_wrote() -> None:
    assert show_pattern(translate_pattern("^.\\s$")) == "^.\\s$"
    assert show_pattern("never seen") == "never seen"


@pytest.mark.parametrize(
    ("pattern", "expected", "length"),
    [
        ("^.{0,262144}$", "^.*$", {"minLength": 0, "maxLength": 262144}),
        (r"^[\]a]{5,5000}$", r"^[\]a]*$", {"minLength": 5, "maxLength": 5000}),
        (r"^\d{2000,}$", r"^\d*$", {"minLength": 2000}),
        ("^.{1,2097152}", "^.{1}", {}),
        (r"\S{1,8192}", r"\S{1}", {}),
        (r"\S{1,8192}$", r"\S{1}$", {}),
        ("^.{0,1000}$", "^.{0,1000}$", {}),
        ("^(a|b){1,5000}$", "^(a|b){1,5000}$", {}),
        ("^.{0,5000}$|a", "^.{0,5000}$|a", {}),
        ("^.{5000,6000}", "^.{5000,6000}", {}),
    ],
)
def test_a_pattern_that_counts_far_is_about_the_length(pattern: str, expected: str, length: dict[str, int]) -> None:
    assert split_length(pattern) == (expected, length)
