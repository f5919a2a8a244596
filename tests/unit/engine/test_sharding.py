"""The parts of a selection: disjoint and complete, the same from the same, of like length, and nothing that belongs
together torn apart."""

import random
from itertools import chain

import pytest

from contracts_runner.engine.sharding import Group, split, tie_scenarios
from contracts_runner.model.contract import Scenario
from helpers.contracts import make_scenario

DURATIONS = {"a": 5.0, "b": 1.0, "c": 1.0, "d": 1.0, "e": 1.0, "f": 1.0}


def alone(ids: str) -> list[Group]:
    return [(identifier,) for identifier in ids]


def tie(*scenarios: Scenario, writing: str = "", phase: str = "") -> list[Group]:
    needs = {**{each.id: tuple(each.needs.values()) for each in scenarios}, "properties": tuple(phase)}
    repeatable = {each.id: each.id not in writing for each in scenarios}
    return tie_scenarios(scenarios, needs=needs, is_repeatable=repeatable)


def need(identifier: str, *needed: str, **changes: object) -> Scenario:
    return make_scenario(identifier, needs={each: each for each in needed}, **changes)


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_parts_are_disjoint_and_complete_and_do_not_depend_on_the_order(count: int) -> None:
    groups = alone("abcdef")
    shuffled = random.Random(1).sample(groups, len(groups))

    parts = split(groups, count, DURATIONS)

    assert sorted(chain(*parts)) == [*"abcdef"]
    assert parts == split(shuffled, count, DURATIONS)


def test_parts_are_of_equal_length_by_the_durations() -> None:
    assert split(alone("abcdef"), 2, DURATIONS) == [("a",), ("b", "c", "d", "e", "f")]


def test_without_durations_parts_are_of_equal_size() -> None:
    assert sorted(map(len, split(alone("abcdefg"), 3, {}))) == [2, 2, 3]


def test_what_is_new_counts_as_usual() -> None:
    assert split(alone("xab"), 2, {"a": 1.0, "b": 3.0}) == [("b",), ("x", "a")]


def test_no_part_is_empty_where_all_takes_no_time() -> None:
    assert split(alone("ab"), 2, {"a": 0.0, "b": 0.0}) == [("a",), ("b",)]


@pytest.mark.parametrize(
    ("scenarios", "writing", "groups"),
    [
        ([need("a", "l"), need("b", "l"), need("l")], "", [("a",), ("b",)]),
        ([need("a", "l"), need("b", "l"), need("l"), need("c")], "l", [("a", "b", "l"), ("c",)]),
        ([need("l"), need("a")], "", [("l",), ("a",)]),
        # What needs something that writes ties, too, though it only reads.
        ([need("a", "r"), need("b", "r"), need("r", "w"), need("w")], "w", [("a", "b", "r", "w")]),
        ([need("a", "l"), need("b", "l"), need("l", exclusive="stock")], "", [("a", "b", "l")]),
        ([need("a", exclusive="s"), need("b", exclusive="s"), need("c", exclusive="t")], "", [("a", "b"), ("c",)]),
        ([need("a", "l"), need("b", exclusive="s"), need("l", exclusive="s")], "", [("a", "b", "l")]),
    ],
)
def test_what_may_run_once_only_stays_with_all_that_need_it(
    scenarios: list[Scenario], writing: str, groups: list[Group]
) -> None:
    assert sorted(tuple(sorted(group)) for group in tie(*scenarios, writing=writing)) == sorted(groups)


def test_a_login_that_a_phase_needs_is_no_part_of_its_own() -> None:
    assert tie(need("a"), need("l"), phase="l") == [("a",)]
