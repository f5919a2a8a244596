"""Drift: pairs of shapes, and what is told of them."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.results.drift import MANY, find_drift, join_shapes
from contracts_runner.results.events import EarlierShapesRecorded, ScenarioStarted, StepFinished
from contracts_runner.results.shape_fold import close_shape, open_shape
from contracts_runner.results.shape_rows import TYPE_LETTERS, AnswerShape, ShapeRow
from helpers.ledger_builder import LedgerBuilder, fold, make_exchange_row, make_step_row


def make_shape(places: dict[str, dict[str, int]], *, asked_by: str = "1.1 list", **changes: Any) -> ShapeRow:
    row = {
        "operation": "listOrders",
        "status": 200,
        "media_type": "application/json",
        "answers": 1,
        "asked_by": [asked_by],
        "places": {place: {"types": types} for place, types in places.items()},
        **changes,
    }
    return msgspec.convert(row, ShapeRow)


def tell(before: ShapeRow, after: ShapeRow) -> list[tuple[str, str]]:
    return [(row.place, str(row.change)) for row in find_drift([before], [after])]


def member(**types: int) -> dict[str, dict[str, int]]:
    """An answer with an object that has, or has not, a member `/a`."""
    count = types.pop("of", 1)
    return {"": {"object": count}, **({"/a": types} if types else {})}


A = "/a"
PAIRS = {
    "the same": (member(string=1), member(string=1), None),
    "another number of samples": (member(string=3, of=3), member(string=1), None),
    "a new member": (member(), member(string=1), "appeared"),
    "a new member that is null": (member(), member(null=1), "appeared"),
    "a new member in some": (member(of=9), member(string=8, of=9), None),
    "a member that is gone": (member(string=4, of=4), member(of=2), "vanished"),
    "a member that some had": (member(string=3, of=4), member(of=40), None),
    "a member that comes and goes": (member(string=1, of=4), member(string=3, of=4), None),
    "no object now": ({"": {"object": 2}, A: {"string": 2}}, {"": {"null": 2}}, None),
    "no object before": ({"": {"null": 2}}, {"": {"object": 2}, A: {"string": 2}}, None),
    "a text that is a number": (member(string=2, of=2), member(integer=1), "retyped"),
    "an integer with a fraction": (member(integer=2, of=2), member(number=2, of=2), None),
    "a number without one": (member(number=2, of=2), member(integer=2, of=2), None),
    "one of two types": (member(string=1, integer=1, of=2), member(integer=1), None),
    "both of two types": (member(string=2, of=2), member(string=1, integer=1, of=2), None),
    "an object that is a list": (member(object=1), member(array=1), "retyped"),
    "an object that is an empty list": (member(object=1), member(empty_array=1), None),
    "an empty list that is a text": (member(empty_array=1), member(string=1), None),
    "null says nothing of a type": (member(null=5, of=5), member(string=5, of=5), None),
    "nor beside another": (member(null=5, string=1, of=6), member(null=9, boolean=1, of=10), "retyped"),
    "hidden may be a text": (member(string=1), member(hidden=1), None),
    "hidden may be a number": (member(hidden=1), member(integer=1), None),
    "hidden is no object": (member(hidden=1), member(object=1), "retyped"),
    "hidden is no boolean": (member(boolean=1), member(hidden=1), "retyped"),
    "always null now": (member(string=MANY, of=MANY), member(null=MANY, of=MANY), "nullable"),
    "always null, of few": (member(string=MANY, of=MANY), member(null=MANY - 1, of=MANY - 1), None),
    "sometimes null now": (member(string=MANY, of=MANY), member(null=MANY - 1, string=1, of=MANY), None),
    "never null now": (member(null=MANY, of=MANY), member(object=MANY, of=MANY), "not_null"),
    "sometimes null before": (member(null=MANY - 1, string=1, of=MANY), member(string=MANY, of=MANY), None),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair(name: str) -> None:
    before, after, change = PAIRS[name]

    assert tell(make_shape(before), make_shape(after)) == ([(A, change)] if change else [])


LIST = {"": {"object": 1}, "/d": {"array": 1}, "/d/*": {"object": 3}, "/d/*/a": {"string": 3}}
EMPTY = {"": {"object": 1}, "/d": {"empty_array": 1}}
WITHOUT = {**LIST, "/d/*/a": {}}
KEYS = {"": {"object": 1}, "/*": {"integer": 1}, "/b": {"integer": 1}}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (LIST, EMPTY, []),
        (EMPTY, LIST, []),
        (LIST, WITHOUT, [("/d/*/a", "vanished")]),
        (WITHOUT, LIST, [("/d/*/a", "appeared")]),
        (LIST, {**LIST, "/d/*": {"string": 3}}, [("/d/*", "retyped")]),
        (LIST, {"": {"object": 1}}, [("/d", "vanished")]),
        ({"": {"object": 1}}, LIST, [("/d", "appeared")]),
        ({"": {"object": 1}}, {"": {"array": 1}}, [("", "retyped")]),
        (KEYS, {"": {"object": 1}, "/c": {"integer": 1}}, []),
        ({"": {"object": 1}, "/c": {"integer": 1}}, KEYS, []),
        (KEYS, {"": {"object": 1}, "/*": {"string": 1}, "/b": {"integer": 1}}, [("/*", "retyped")]),
    ],
)
def test_only_the_uppermost_place_is_told_and_keys_come_and_go(before: Any, after: Any, told: Any) -> None:
    assert tell(make_shape(before), make_shape(after)) == told


@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [
        ({}, {}, True),
        ({}, {"asked_by": "1.2 list"}, False),
        ({"status": 404}, {}, False),
        ({"media_type": "application/problem+json"}, {}, False),
        ({"operation": "getEvent"}, {}, False),
        ({"success": False}, {"success": True}, False),
        ({"cut": 1}, {}, False),
        ({}, {"cut": 1}, False),
        ({"left_out": 7}, {"left_out": 9}, True),
    ],
)
def test_only_the_same_question_and_whole_answers_are_compared(before: Any, after: Any, is_told: bool) -> None:
    rows = make_shape(member(string=1), **before), make_shape(member(), **after)

    assert tell(*rows) == ([(A, "vanished")] if is_told else [])


@pytest.mark.parametrize(("count", "is_told"), [(MANY - 1, False), (MANY, True)])
def test_without_a_common_question_many_are_needed(count: int, is_told: bool) -> None:
    rows = make_shape(member(string=count, of=count)), make_shape(member(of=MANY), asked_by="1.2 list")

    assert tell(*rows) == ([(A, "vanished")] if is_told else [])


def make_types(letters: str) -> dict[str, int]:
    return {str(word): letters.count(letter) for word, letter in TYPE_LETTERS.items() if letter in letters}


SHAPES = st.lists(st.sampled_from(["", "o", "a", "s", "i", "n", "h", "b"]), min_size=1, max_size=4)


def build(values: list[str]) -> ShapeRow:
    """Objects of which each has a member of that type, or none."""
    return make_shape(member(**make_types("".join(values)), of=len(values)))


@given(SHAPES, SHAPES)
def test_what_is_told_turns_round_with_the_runs(one: list[str], other: list[str]) -> None:
    turned = {"appeared": "vanished", "vanished": "appeared", "nullable": "not_null", "not_null": "nullable"}
    there, back = tell(build(one), build(other)), tell(build(other), build(one))

    assert [(place, turned.get(change, change)) for place, change in there] == back
    assert tell(build(one), build(one)) == []


@given(SHAPES, SHAPES)
def test_nothing_is_told_of_a_part_of_what_was_asked_before(part: list[str], rest: list[str]) -> None:
    assert tell(build([*part, *rest]), build(part)) == []
    assert tell(build(part), build([*part, *rest])) == []


@given(SHAPES, SHAPES)
def test_joined_shapes_are_those_of_all_answers(one: list[str], other: list[str]) -> None:
    joined, whole = join_shapes(build(one), build(other)), build([*one, *other])

    assert {place: row.types for place, row in joined.places.items()} == {
        place: row.types for place, row in whole.places.items()
    }
    assert (joined.answers, joined.asked_by) == (2, ("1.1 list",))
    assert open_shape(close_shape(joined, "run1", "")) == joined


def test_a_run_tells_of_the_shapes_that_its_ledger_holds() -> None:
    earlier = close_shape(make_shape(member(string=1), success=True), "run1", "2025-10-01T00:00:00.000Z")
    builder = LedgerBuilder().add(EarlierShapesRecorded(shapes=(earlier,)), ScenarioStarted(scenario="1.1"))
    step = make_step_row()
    shape = AnswerShape(tree=["o1", {"b": "i1"}])
    builder.add(StepFinished(scenario="1.1", number=1, step=step, exchange=make_exchange_row(step), shape=shape))

    drift = fold(builder.finish())["drift"]

    assert [(row["place"], row["change"], row["run"]) for row in drift] == [
        ("/b", "appeared", "run1"),
        ("/a", "vanished", "run1"),
    ]
