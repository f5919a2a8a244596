"""The fold: outcomes are judged again from the recorded steps (docs/design.md, Outcomes)."""

import pytest

from contracts_runner.results import events
from contracts_runner.results.scenarios import UNFINISHED
from helpers.ledger_builder import LedgerBuilder, fold, make_step_row


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (["passed", "passed"], "passed"),
        (["passed", "failed"], "failed"),
        (["errored", "failed"], "failed"),
        (["errored", "blocked"], "errored"),
        (["known", "passed"], "known"),
        (["known", "fixed"], "fixed"),
        (["passed", "fixed", "blocked"], "blocked"),
        (["skipped", "passed"], "skipped"),
        (["skipped", "known"], "known"),
    ],
)
def test_a_scenario_is_the_worst_of_its_steps(steps: list[str], expected: str) -> None:
    builder = LedgerBuilder().add_scenario("1.1", *map(make_step_row, steps), outcome=expected)

    assert fold(builder.finish())["scenarios"][0]["outcome"] == expected


@pytest.mark.parametrize(
    ("step", "cleanup", "expected"),
    [
        ("passed", "failed", "errored"),
        ("passed", "errored", "errored"),
        ("known", "failed", "errored"),
        ("failed", "errored", "failed"),
        ("failed", "passed", "failed"),
        ("passed", "blocked", "passed"),
    ],
)
def test_a_failed_cleanup_leaves_state_behind_and_hides_no_failure(step: str, cleanup: str, expected: str) -> None:
    builder = LedgerBuilder()
    builder.add_scenario("1.1", make_step_row(step), make_step_row(cleanup, cleanup=True), outcome=expected)

    assert fold(builder.finish())["scenarios"][0]["outcome"] == expected


def test_a_scenario_that_never_finished_is_errored_and_says_why() -> None:
    builder = LedgerBuilder().add(events.ScenarioStarted(scenario="1.1")).add_step("1.1", make_step_row())

    row = fold(builder.lines)["scenarios"][0]

    assert (row["outcome"], row["reason"], row["duration_ms"]) == ("errored", UNFINISHED, None)


def test_a_failure_recorded_before_the_run_was_killed_stays_a_failure() -> None:
    builder = LedgerBuilder().add(events.ScenarioStarted(scenario="1.1")).add_step("1.1", make_step_row("failed"))

    row = fold(builder.lines)["scenarios"][0]

    assert (row["outcome"], row["reason"]) == ("failed", UNFINISHED)


def test_a_scenario_that_began_again_is_unfinished_until_it_ends_again() -> None:
    builder = LedgerBuilder().add_scenario("1.1", make_step_row())

    builder.add(events.ScenarioStarted(scenario="1.1"))

    assert fold(builder.lines)["scenarios"][0]["outcome"] == "errored"


@pytest.mark.parametrize(
    ("stated", "expected"), [("skipped", "skipped"), ("blocked", "blocked"), ("passed", "errored")]
)
def test_without_a_recorded_step_nothing_counts_as_passed(stated: str, expected: str) -> None:
    builder = LedgerBuilder().add_scenario("1.1", outcome=stated)

    assert fold(builder.finish())["scenarios"][0]["outcome"] == expected


def test_a_recorded_outcome_that_the_steps_refute_is_replaced_and_reported() -> None:
    builder = LedgerBuilder().add_scenario("1.1", make_step_row("failed"), outcome="passed")

    results = fold(builder.finish())

    assert results["scenarios"][0]["outcome"] == "failed"
    assert results["discrepancies"] == [{"scenario": "1.1", "recorded": "passed", "recomputed": "failed"}]


def test_outcomes_that_agree_are_no_discrepancy() -> None:
    builder = LedgerBuilder().add_scenario("1.1", make_step_row("failed"))

    assert fold(builder.finish())["discrepancies"] == []
