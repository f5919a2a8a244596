"""The shape of an answer: what was where, within bounds, and nothing that redaction hides."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.audit.chain import Line
from contracts_runner.audit.shape_recount import check_shape
from contracts_runner.engine.answer_shape import build_shape
from contracts_runner.results.lines import as_json
from contracts_runner.results.shape_rows import (
    MOST_ITEMS,
    MOST_LEVELS,
    MOST_NAMES,
    MOST_PLACES,
    MOST_TEXTS,
    MOST_VALUES,
)


def nest(levels: int) -> Any:
    return [nest(levels - 1)] if levels else 1


def name_members(count: int) -> dict[str, int]:
    return {f"{chr(97 + number % 26)}{chr(97 + number // 26)}": 1 for number in range(count)}


@pytest.mark.parametrize(
    ("value", "tree"),
    [
        (1, "i1"),
        (None, "n1"),
        ([], "e1"),
        ({}, "o1"),
        ({"a": 1.5, "b": True}, ["o1", {"a": "f1", "b": "b1"}]),
        ({"a": "x", "b": None}, ["o1", {"a": "s1:1683", "b": "n1"}]),
        ([1, "x", "x", "y", 2, None], ["a1", {"*": "s3i2n1:1683,2615"}]),
        ([{"a": 1}, {"b": 2}, {}], ["a1", {"*": ["o3", {"a": "i1", "b": "i1"}]}]),
        ({"a": [[], [1]]}, ["o1", {"a": ["a1", {"*": ["a1e1", {"*": "i1"}]}]}]),
        ({"имя": "<name>", "phone": "+791***", "at": "<b>"}, ["o1", {"имя": "h1", "phone": "h1", "at": "s1:d168"}]),
        ({"33": 1, "34": 2}, ["o1", {"*": "i2"}]),
        ({"<email>": 1, "<email> (2)": {"id": 2}, "total": 3}, ["o1", {"*": ["o1i1", {"id": "i1"}], "total": "i1"}]),
        ({"2026-11-30": 1, "CENTER-20;5": 1, "0f9a6b3c-7d1e-4b52-8a46-0c1d2e3f4a5b": 1}, ["o1", {"*": "i3"}]),
        ({"address2": 1, "First Name": 1, "a.b": 1, "$ref": 1}, ...),
        (
            {f"n{chr(97 + i % 26)}{'x' * (i // 26)}": 1 for i in range(MOST_NAMES + 1)},
            ["o1", {"*": f"i{MOST_NAMES + 1}"}],
        ),
        ({"a" * 65: 1}, ["o1", {"*": "i1"}]),
        ([str(number) for number in range(MOST_TEXTS)], ["a1", {"*": f"s{MOST_TEXTS}:*"}]),
    ],
)
def test_a_tree_of_types_and_counts(value: Any, tree: Any) -> None:
    expected = ["o1", dict.fromkeys(value, "i1")] if tree is ... else tree

    assert as_json(build_shape(value)) == {"tree": expected}


@pytest.mark.parametrize(
    ("value", "left_out", "cut"),
    [
        ([1] * MOST_ITEMS, None, None),
        ([1] * (MOST_ITEMS + 3), 3, None),
        (nest(MOST_LEVELS), None, None),
        (nest(MOST_LEVELS + 1), 1, None),
        ([[[1] * 20] * 20] * 11, None, None),
        ([[[1] * 20] * 20] * 12, None, True),
        ({chr(97 + one): {chr(97 + other): 1 for other in range(26)} for one in range(16)}, None, True),
    ],
)
def test_what_is_beyond_the_bounds_is_told(value: Any, left_out: int | None, cut: bool | None) -> None:
    shape = as_json(build_shape(value))

    assert (shape.get("left_out"), shape.get("cut")) == (left_out, cut)
    assert (MOST_VALUES, MOST_PLACES) == (5_000, 400)
    assert not list(check(value, shape))


def check(value: Any, shape: Any) -> Any:
    """What the audit finds in a shape, by the artifact with the value."""
    line = Line(1, {"type": "step_finished", "shape": shape})
    return check_shape(line, {"response": {"body": json.dumps(value)}}, "a step")


NAMES = st.sampled_from(["id", "имя", "33", "a/b", "<email>", "", "*", "2026-01-01", "x1"])
TEXTS = st.sampled_from(["", "x", "<email>", "a***", "<b>", "ж" * 80])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=25) | st.dictionaries(NAMES, inner), max_leaves=60
)


@given(VALUES)
def test_the_audit_counts_the_same_value_by_value(value: Any) -> None:
    assert [each.as_json() for each in check(value, as_json(build_shape(value)))] == []
