"""Relations: each is true of values that have it and false of values with one planted fault."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.engine.body import ParsedBody
from contracts_runner.engine.relations import check_relation
from contracts_runner.engine.scope import Scope
from contracts_runner.model.checks import CheckResult
from contracts_runner.model.contract import Relation
from contracts_runner.model.outcome import Outcome
from contracts_runner.openapi.schemas import SchemaStore
from helpers.operations import HERE

SCHEMAS = SchemaStore({}, "3.1.0")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)


def check(kind: Any, this: str, operand: Any, body: Any, **captures: Any) -> CheckResult:
    scope = Scope(variables=captures, run_id="run", scenario_id="1")
    relation = Relation(kind=kind, this=this, operand=operand, location=HERE)
    parsed = ParsedBody(value=body, is_data=True, problem="")
    return check_relation(relation, parsed, scope=scope, schemas=SCHEMAS)


def holds(kind: str, operand: Any, body: Any, this: str = "$.a[*]", **captures: Any) -> bool:
    result = check(kind, this, operand, body, **captures)
    assert result.outcome is not Outcome.SKIPPED or result.message.endswith("matches nothing")
    return result.outcome is not Outcome.FAILED


@given(st.lists(json_values), st.lists(json_values), json_values)
def test_a_part_is_a_subset_until_it_has_a_stranger(part: list[Any], rest: list[Any], stranger: Any) -> None:
    whole = [*rest, *part]
    stranger = {"stranger": stranger}

    assert holds("subset", "${of}", {"a": part}, of=whole)
    assert not holds("subset", "${of}", {"a": [*part, stranger]}, of=[item for item in whole if item != stranger])


@given(st.lists(json_values), st.lists(json_values))
def test_a_whole_is_a_superset_of_its_part(part: list[Any], rest: list[Any]) -> None:
    assert holds("superset", "${of}", {"a": [*part, *rest]}, of=part)


@given(st.lists(st.integers(), min_size=1, unique=True), st.data())
def test_pages_are_disjoint_until_they_share_an_item(items: list[int], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(items)))
    first, second = items[:cut], items[cut:]

    assert holds("disjoint", "${seen}", {"a": second}, seen=first)
    assert not holds("disjoint", "${seen}", {"a": [*second, items[0]]}, seen=[*first, items[0]])


@given(st.lists(st.integers() | st.floats(allow_nan=False)))
def test_sorted_numbers_are_sorted_and_a_swapped_pair_is_not(items: list[float]) -> None:
    ascending = sorted(items)

    assert holds("sorted", "ascending", {"a": ascending})
    assert holds("sorted", "descending", {"a": ascending[::-1]})
    if ascending and ascending[0] != ascending[-1]:
        assert not holds("sorted", "ascending", {"a": [ascending[-1], *ascending[1:-1], ascending[0]]})


@pytest.mark.parametrize(
    ("items", "sorted_as", "why"),
    [
        (["9.50", "10.00", "100"], "number", ""),
        (["1e1", 10.5, "11", 12], "number", ""),
        (["100", "9.50"], "number", "is not ascending at position 1"),
        (["9.50", "10.00"], None, "is not ascending at position 1"),
        (["9", "nine"], "number", '"nine" is not a number'),
        (["9", True], "number", "true is not a number"),
        (["9", " 10"], "number", '" 10" is not a number'),
        (["2026-01-31T12:00:00+03:00", "2026-01-31T10:00:00Z"], "time", ""),
        (["2026-01-31T10:00:00Z", "2026-01-31T12:00:00+03:00"], "time", "is not ascending at position 1"),
        (["2026-01-31", "2026-01-31T00:00:01"], "time", ""),
        (["2026-01-31", "2026-01-31T00:00:01Z"], "time", "some of the times have a zone, others have none"),
        (["2026-01-31", 5], "time", "5 is not a time (RFC 3339)"),
        (["2026-02-31"], "time", '"2026-02-31" is not a time (RFC 3339)'),
    ],
)
def test_what_is_sorted_is_read_as_its_author_says(items: list[Any], sorted_as: Any, why: str) -> None:
    relation = Relation(kind="sorted", this="$[*]", operand="ascending", sorted_as=sorted_as, location=HERE)
    scope = Scope(variables={}, run_id="run", scenario_id="1")

    result = check_relation(relation, ParsedBody(value=items, is_data=True), scope=scope, schemas=SCHEMAS)

    assert result.message == (f"$[*]: {why}" if why else "")


def test_mixed_values_have_no_order() -> None:
    assert not holds("sorted", "ascending", {"a": [1, "2"]})


@given(st.lists(json_values, unique_by=repr))
def test_repeating_a_value_ends_uniqueness(items: list[Any]) -> None:
    plain = [{"item": index} for index, _ in enumerate(items)]

    assert holds("unique", None, {"a": plain})
    if plain:
        assert not holds("unique", None, {"a": [*plain, plain[0]]})


def test_one_and_one_point_zero_are_the_same_number_and_true_is_none() -> None:
    assert not holds("unique", None, {"a": [1, 1.0]})
    assert holds("unique", None, {"a": [1, True]})


@pytest.mark.parametrize(
    ("operand", "expected"), [(2, True), (3, False), ({"minimum": 3}, False), ({"maximum": 2}, True)]
)
def test_count_compares_with_a_number_or_a_schema(operand: Any, expected: bool) -> None:
    assert holds("count", operand, {"a": ["x", "y"]}) is expected


@pytest.mark.parametrize(
    ("operand", "body", "expected"),
    [
        (True, [True, True], True),
        (True, [True, 1], False),
        ({"type": "integer", "minimum": 2}, [2, 3], True),
        ({"type": "integer", "minimum": 2}, [2, 1], False),
    ],
)
def test_every_compares_each_item(operand: Any, body: list[Any], expected: bool) -> None:
    assert holds("every", operand, {"a": body}) is expected


def test_equal_may_compare_two_places_of_one_body() -> None:
    assert holds("equal", "$.b", {"a": [1], "b": 1}, this="$.a[0]")
    assert not holds("equal", "$.b", {"a": [1], "b": 2}, this="$.a[0]")


def test_a_failure_shows_what_is_wrong_and_where_it_was_asked() -> None:
    result = check("subset", "$.a[*]", "${of}", {"a": [1, 2, 9]}, of=[1, 2])

    assert result.message == "$.a[*]: 1 of 3 values is not in the other"
    assert (result.actual, result.path, result.location) == ([9], "$.a[*]", HERE)


def test_a_singular_path_to_nothing_fails() -> None:
    result = check("count", "$.nope", 0, {"a": []})

    assert (result.outcome, result.message) == (Outcome.FAILED, "$.nope: nothing is found at $.nope")


def test_a_body_that_is_not_json_fails() -> None:
    relation = Relation(kind="unique", this="$[*]", operand=None, location=HERE)
    scope = Scope(variables={}, run_id="run", scenario_id="1")

    result = check_relation(relation, ParsedBody(problem="the body is not JSON"), scope=scope, schemas=SCHEMAS)

    assert (result.outcome, result.message) == (Outcome.FAILED, "$[*]: the body is not JSON")


@given(st.lists(json_values), st.randoms(use_true_random=False), json_values)
def test_the_same_items_in_any_order_are_the_same_until_one_is_more(
    items: list[Any], chance: Any, stranger: Any
) -> None:
    mixed = chance.sample(items, len(items))
    more = [*mixed, {"stranger": stranger}]

    assert holds("same_items", "${as}", {"a": items}, this="$.a", **{"as": mixed})
    assert not holds("same_items", "${as}", {"a": items}, this="$.a", **{"as": more})
    assert not holds("same_items", "${as}", {"a": more}, this="$.a", **{"as": items})
    if items:
        assert not holds("same_items", "${as}", {"a": items}, this="$.a", **{"as": [*mixed, mixed[0]]})


def test_what_differs_in_the_items_is_named() -> None:
    result = check("same_items", "$.a", "${as}", {"a": ["b", "b", 1]}, **{"as": ["a", "b", 1.0]})

    assert result.message == '$.a: 1 missing ("a"), 1 too many ("b")'


LISTS: dict[str, Any] = {
    "count": {"minimum": 0},
    "unique": None,
    "sorted": "ascending",
    "every": {"type": "string"},
    "same_items": ["x"],
}
SETS: dict[str, Any] = {"subset": ["x"], "superset": ["x"], "disjoint": ["y"]}


@pytest.mark.parametrize("came", [None, "x", 5, True, {"a": "x"}, {}])
@pytest.mark.parametrize("kind", LISTS)
def test_what_is_no_list_fails_where_a_list_is_meant(kind: str, came: Any) -> None:
    result = check(kind, "$.a", LISTS[kind], {"a": came})

    assert result.outcome is Outcome.FAILED
    assert result.message.endswith(", not a list")
    assert holds(kind, LISTS[kind], {"a": ["x"]}, this="$.a")


@pytest.mark.parametrize("kind", SETS)
def test_one_value_is_a_set_of_one_but_null_is_none(kind: str) -> None:
    assert holds(kind, SETS[kind], {"a": "x"}, this="$.a")
    assert not holds(kind, SETS[kind], {"a": None}, this="$.a")
    assert not holds(kind, "$.b", {"a": ["x"], "b": None}, this="$.a")


@pytest.mark.parametrize("kind", [*sorted(LISTS.keys() - {"count", "same_items"}), "subset", "disjoint"])
def test_a_list_path_that_matches_nothing_was_not_looked_at(kind: str) -> None:
    operand = (LISTS | SETS)[kind]

    result = check(kind, "$.typo[*].id", operand, {"a": [{"id": 1}]})

    assert (result.outcome, result.message) == (Outcome.SKIPPED, "not looked at, because $.typo[*].id matches nothing")
    assert check(kind, "$.typo", operand, {"a": 1}).outcome is Outcome.FAILED
    assert check(kind, "$.a", operand, {"a": []}).outcome is Outcome.PASSED


def test_an_operand_path_that_matches_nothing_was_not_looked_at() -> None:
    assert check("disjoint", "$.a", "$.typo[*]", {"a": [1]}).outcome is Outcome.SKIPPED


@pytest.mark.parametrize(("kind", "operand"), [("superset", [1]), ("same_items", [1]), ("equal", [1]), ("count", 1)])
def test_what_is_missing_is_missing_whatever_the_path(kind: str, operand: Any) -> None:
    assert check(kind, "$.typo[*]", operand, {"a": [1]}).outcome is Outcome.FAILED


def test_count_of_nothing_is_zero() -> None:
    assert check("count", "$.typo[*]", 0, {"a": [1]}).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("this", "places"),
    [
        ("$.a[*].b", ["$.a[1].b", "$.a[3].b"]),
        ("$.a[?@.b != 3].b", ["$.a[1].b", "$.a[3].b"]),
        ("$.list", ["$.list[0]", "$.list[2]"]),
        ("${seen}", ["[0]", "[1]"]),
    ],
)
def test_which_values_are_not_as_every_one_should_be_is_told(this: str, places: list[str]) -> None:
    body = {"a": [{"b": 1}, {"b": 2}, {"b": 1}, {"b": 7}], "list": [2, 1, 7]}

    found = check("every", this, 1, body, seen=[2, 7])

    assert found.actual == [2, 7]
    assert found.message.endswith(f"{places[0]}: is 2, expected 1; {places[1]}: is 7, expected 1")


def test_of_many_values_the_first_ones_are_told() -> None:
    found = check("every", "$.a[*]", {"minimum": 0}, {"a": [-1] * 60})

    assert found.message.startswith("$.a[*]: 60 of 60 values do not match: $.a[0]: $ is -1, below the minimum of 0; ")
    assert found.message.endswith("; and 55 more")
