"""Paths look at what a service sent in bounded time (docs/design.md, Safety)."""

from typing import Any

import pytest

from contracts_runner.engine.jsonpath import NothingFoundError, find
from contracts_runner.errors import UndecidedError
from contracts_runner.model.json import Json, count_levels
from contracts_runner.reading.jsonpaths import compile_jsonpath

EVIL = "a" * 60 + "!"


def _nest(depth: int, width: int) -> Any:
    value: Any = list(range(width))
    for _ in range(depth):
        value = {"c": value, "i": 1}
    return value


@pytest.mark.parametrize("path", ["$..*..*", "$..[?@..x]", "$..a..b..c", "$[?count(@..*..*) > 1]"])
def test_several_descents_into_a_deep_value_are_refused(path: str) -> None:
    with pytest.raises(UndecidedError, match="would visit"):
        find(path, _nest(190, 20_000))

    assert isinstance(find(path, _nest(3, 1_000)), list)


@pytest.mark.parametrize(
    "path", ["$[*]", "$.a[*]", "$.a[*].b", "$.a[*].b[*]", "$.a[1][*]", "$.a[*][0]", "$.x[*]", "$[*][*][*]"]
)
@pytest.mark.parametrize(
    "value",
    [5, [], [1, [2]], {"a": [{"b": [1, None]}, [{"b": 2}], "b", {"c": 3}]}, {"a": {"x": {"b": {"y": 1}}, "z": [0]}}],
)
def test_plain_lists_are_what_the_library_finds(path: str, value: Json) -> None:
    assert find(path, value) == compile_jsonpath(path).find(value).values()


def test_one_descent_visits_each_value_once() -> None:
    assert len(find("$..i", _nest(190, 20_000))) == 190


def test_values_are_counted_by_level() -> None:
    assert count_levels({"a": [1, 2, {"b": {}}], "c": 1}) == [1, 2, 3, 1, 0]
    assert count_levels(5) == [1]


@pytest.mark.parametrize("function", ["match", "search"])
@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|aa)+b", "([a-z]+_?)+b", "(.*)*(.*)*b"])
def test_patterns_of_filters_do_not_go_back(function: str, pattern: str) -> None:
    items = [{"text": EVIL, "pattern": pattern}, {"text": "aaab", "pattern": pattern}]

    assert find(f"$[?{function}(@.text, '{pattern}')]", items) == items[1:]
    assert find(f"$[?{function}(@.text, @.pattern)]", items) == items[1:]


@pytest.mark.parametrize(
    ("filter_", "found"),
    [
        ("match(@, 'a.c')", ["abc"]),
        ("search(@, 'b')", ["abc", "a\nbc"]),
        ("match(@, 'a[.]c')", ["a.c"]),
        (r"match(@, 'a\\.c')", ["a.c"]),
        (r"match(@, '\\p{Lu}+')", ["ЩЪ"]),
        ("match(@, 'ab')", []),
        ("match(@, '(?=a)abc')", []),  # no I-Regexp
        ("search(@, '[')", []),
    ],
)
def test_patterns_of_filters_are_those_of_rfc_9485(filter_: str, found: list[str]) -> None:
    texts = ["abc", "a\nbc", "a.c", "ЩЪ", 5]
    expected = [*found, "a.c"] if filter_ == "match(@, 'a.c')" else found

    assert find(f"$[?{filter_}]", texts) == expected


@pytest.mark.parametrize("value", [{"a": [1, {"b": None}]}, {"a": {"0": 1, "b": 2}}, [1], "a", None, {"a": 1, "": 0}])
@pytest.mark.parametrize("path", ["$", "$.a", "$.a[0]", "$.a[-1].b", "$.a[-3]", "$['']", "$.a['0']", "$[0]", "$.b"])
def test_a_singular_path_finds_what_the_library_finds(path: str, value: Json) -> None:
    found = compile_jsonpath(path).find(value).values()

    if found:
        assert find(path, value) is found[0]
    else:
        with pytest.raises(NothingFoundError):
            find(path, value)
