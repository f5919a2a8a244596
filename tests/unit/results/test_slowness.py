"""Slower beyond chance: the test of Mann and Whitney, and what it is asked about."""

from itertools import combinations
from random import Random

import pytest

from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.rows import ScenarioRow
from contracts_runner.results.slowness import compare_latency, find_probability
from helpers.ledger_builder import LedgerBuilder, make_step_row


def count_exactly(one: list[float], other: list[float]) -> float:
    """The same probability by counting all ways in which the values could have come from the two runs."""
    together = [*one, *other]

    def find_statistic(chosen: tuple[int, ...]) -> float:
        rest = [together[index] for index in range(len(together)) if index not in chosen]
        return sum((together[index] > value) + (together[index] == value) / 2 for index in chosen for value in rest)

    middle = len(one) * len(other) / 2
    observed = abs(find_statistic(tuple(range(len(one)))) - middle)
    ways = [abs(find_statistic(chosen) - middle) for chosen in combinations(range(len(together)), len(one))]
    return sum(way >= observed for way in ways) / len(ways)


@pytest.mark.parametrize("seed", range(12))
def test_the_approximation_is_near_the_exact_probability(seed: int) -> None:
    draw = Random(seed)
    one = [float(draw.randint(1, 6)) for _ in range(6)]
    other = [float(draw.randint(1, 6) + seed % 4) for _ in range(6)]

    assert find_probability(one, other) == pytest.approx(count_exactly(one, other), abs=0.06)


def test_equal_values_tell_nothing() -> None:
    assert find_probability([7.0] * 9, [7.0] * 9) == 1.0


def make_scenarios(**latencies: list[float]) -> tuple[ScenarioRow, ...]:
    """Scenarios with a step for each latency of an operation."""
    builder = LedgerBuilder(latencies)
    for operation, values in latencies.items():
        steps = [make_step_row(operation=operation, response={"latency_ms": value}) for value in values]
        builder.add_scenario(operation, *steps)
    return fold_ledger(builder.finish()).scenarios


LOW = [20.0 + number for number in range(12)]


@pytest.mark.parametrize(
    ("after", "is_told"),
    [
        ([value + 30 for value in LOW], True),
        ([value - 19 for value in LOW], True),
        ([value + 4 for value in LOW], False),  # by under 5 ms
        ([*LOW[:-1], 5000.0], False),  # one that is slow
        ([900.0] * 7, False),  # too few
        (LOW, False),
    ],
)
def test_only_what_is_certain_and_matters_is_told(after: list[float], is_told: bool) -> None:
    found = compare_latency(make_scenarios(listOrders=LOW), make_scenarios(listOrders=after, getEvent=[1.0] * 20))

    assert [row.operation for row in found] == ["listOrders"] * is_told


def test_many_operations_make_chance_no_finding() -> None:
    draw = Random(1)
    runs = [
        make_scenarios(**{f"o{number}": [draw.uniform(5, 500) for _ in range(8)] for number in range(100)})
        for _ in range(2)
    ]

    assert compare_latency(*runs) == []
