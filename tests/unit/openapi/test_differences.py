"""Where two values differ is told by path, whatever they are."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.model.json import is_equal
from contracts_runner.openapi.differences import iter_differences
from contracts_runner.openapi.explain_text import render_path
from contracts_runner.openapi.schemas import CompiledSchema

OLD = {"a": 1, "b": {"c": [1, 2, {"d": "x", "e": None}]}, "f": [1, 2, 3], "g g": True}


def change(*path: Any) -> Any:
    """Return the old value with what the path leads to, but for its last part, replaced by that."""
    new = copy.deepcopy(OLD)
    *above, key, value = path
    place: Any = new
    for part in above:
        place = place[part]
    place[key] = value
    return new


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (change("b", "c", 2, "d", "y"), ['$.b.c[2].d is "y", expected "x"']),
        (change("b", "c", 2, "h", [1]), ["$.b.c[2].h is added: [1]"]),
        (change("b", "c", 2, {"d": "x"}), ["$.b.c[2].e is removed: expected null"]),
        (change("b", "c", [1, {"d": "x", "e": None}]), ["$.b.c[1] is removed: expected 2"]),
        (change("f", [0, 1, 2, 3]), ["$.f[0] is added: 0"]),
        (change("f", [1, 3]), ["$.f[1] is removed: expected 2"]),
        (change("f", [1, 2, 4]), ["$.f[2] is 4, expected 3"]),
        (change("f", {"0": 1}), ['$.f is {"0": 1}, expected [1, 2, 3]']),
        (change("g g", 1), ["$['g g'] is 1, expected true"]),
        (change("a", 1.0), []),
        ({}, [f"$.{name} is removed" for name in ("a", "b", "f")] + ["$['g g'] is removed"]),
        (1, []),
    ],
)
def test_a_difference_is_told_by_its_path(new: Any, told: list[str]) -> None:
    found = [f"{render_path(pointer)} {message}" for pointer, message in iter_differences(new, OLD)]

    assert [text[: len(start)] for text, start in zip(found, told, strict=True)] == told


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)


@given(VALUES, VALUES)
def test_two_collections_have_no_differences_exactly_if_they_are_equal(left: Any, right: Any) -> None:
    if type(left) is type(right) and isinstance(left, list | dict):
        assert (not list(iter_differences(left, right))) is is_equal(left, right)


def test_a_constant_is_told_by_the_paths_in_it() -> None:
    schema = CompiledSchema({"properties": {"o": {"const": OLD}}})

    errors = schema.check({"o": change("f", [1])})

    assert [str(error) for error in errors] == [
        "$.o.f[1] is removed: expected 2",
        "$.o.f[2] is removed: expected 3",
    ]


def test_a_list_of_very_many_items_is_told_in_bounded_time() -> None:
    old, new = list(range(100_000)), [*range(1, 100_000), 0]

    assert len(CompiledSchema({"const": old}).check(new)) == 20
    assert json.dumps(next(iter_differences(new, old))) == '[[0], "is 1, expected 0"]'
