"""Percentiles: values that were measured, by nearest rank."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.results.fold import find_percentile
from helpers.ledger_builder import LedgerBuilder, fold, make_step_row
from helpers.sample_ledgers import bounded


@pytest.mark.parametrize(("percent", "expected"), [(50, 50), (90, 90), (99, 99), (100, 100), (0, 1)])
def test_of_a_hundred_values_the_nth_percentile_is_the_nth(percent: int, expected: int) -> None:
    assert find_percentile(range(1, 101), percent) == expected


@bounded
@given(st.lists(st.integers(0, 1000), min_size=1), st.integers(1, 100))
def test_at_least_that_share_of_the_values_is_not_larger(values: list[int], percent: int) -> None:
    found = find_percentile(sorted(values), percent)

    assert sum(value <= found for value in values) * 100 >= percent * len(values)
    assert sum(value < found for value in values) * 100 < percent * len(values)


def test_a_row_sums_up_the_responses_of_an_operation() -> None:
    builder = LedgerBuilder(["1", "2", "3", "4"])
    for identifier, latency in (("1", 30.0), ("2", 10.0), ("3", 20.0)):
        builder.add_scenario(identifier, make_step_row(response={"latency_ms": latency}))
    builder.add_scenario("4", make_step_row("errored", status=None))

    rows = fold(builder.finish())["latency"]

    assert rows == [
        {"operation": "listOrders", "count": 3, "min": 10.0, "p50": 20.0, "p90": 30.0, "p99": 30.0, "max": 30.0}
    ]


def test_without_a_response_nothing_is_measured() -> None:
    builder = LedgerBuilder().add_scenario("1.1", make_step_row("errored", status=None))

    assert fold(builder.finish())["latency"] == []
