"""The verdict: counted words, and a colour that never flatters."""

import pytest

from contracts_runner.model.outcome import Outcome
from contracts_runner.reporting.phrases import ENGLISH, find_phrases
from contracts_runner.reporting.verdict import find_tone, group_never_accepted, render_verdict
from contracts_runner.results import events
from contracts_runner.results.acceptance import explain_never_accepted
from contracts_runner.results.events import PropertyAnswered
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.rows import AnswerRow, LeakRow
from helpers.ledger_builder import LedgerBuilder, Line, make_step_row, make_warehouse_row


def _build(outcomes: list[str]) -> LedgerBuilder:
    builder = LedgerBuilder([str(number) for number in range(len(outcomes))])
    for number, outcome in enumerate(outcomes):
        unsent = {"request": None, "status": None, "artifact": None} if outcome in ("blocked", "skipped") else {}
        builder.add_scenario(str(number), make_step_row(outcome, **unsent))
    return builder


@pytest.mark.parametrize(
    ("outcomes", "verdict", "tone"),
    [
        (["passed", "passed"], "passed: 2 of 2 scenarios passed", "passed"),
        (["passed", "known", "skipped"], "nothing failed: 1 passed, 1 known, 1 skipped of 3 scenarios", "known"),
        (["passed", "failed", "errored", "failed"], "failed: 2 failed, 1 errored of 4 scenarios; 1 cause", "failed"),
        (["blocked", "blocked"], "no scenario sent a request: 2 blocked of 2 scenarios", "blocked"),
        ([], "errored: no scenario has a result", "errored"),
    ],
)
def test_a_verdict_counts(outcomes: list[str], verdict: str, tone: str) -> None:
    results = fold_ledger(_build(outcomes).finish())

    assert (render_verdict(results), find_tone(results)) == (verdict, tone)


def test_the_warehouse_is_counted_apart_and_the_worst_phase_comes_first() -> None:
    builder = _build(["passed"])
    for identifier, outcome in (("W.1", "passed"), ("W.2", "failed")):
        row = make_warehouse_row(outcome, id=identifier)
        builder.add(events.WarehouseCheckFinished(row=row))

    results = fold_ledger(builder.finish())

    assert render_verdict(results) == "failed: 1 failed of 2 warehouse checks; 1 of 1 scenario passed"
    assert find_tone(results) == "failed"


def _build_killed() -> list[Line]:
    return _build(["passed"]).lines


def _build_interrupted() -> list[Line]:
    return _build(["passed"]).finish(is_interrupted=True)


def _build_unstarted() -> list[Line]:
    return LedgerBuilder(["0", "1"]).add_scenario("0", make_step_row()).finish()


def _build_unloaded() -> list[Line]:
    return _build(["passed"]).add(events.WarehouseLoaded(outcome=Outcome.ERRORED, message="no such module")).finish()


def _build_broken() -> list[Line]:
    return _build(["passed"]).add(events.FaultRecorded(where="listener", message="a pipe")).finish()


def _build_leaking() -> list[Line]:
    rows = [LeakRow(file=name, line=1, kind="secret", name="restToken") for name in ("report.md", "stdout")]
    builder = _build(["passed"])
    builder.finish()
    return builder.add(events.LeaksFound(leaks=tuple(rows))).lines


@pytest.mark.parametrize(
    ("lines", "word", "clause"),
    [
        (_build_killed(), "errored", "the run did not finish"),
        (_build_interrupted(), "interrupted", "the run was interrupted"),
        (_build_unstarted(), "errored", "1 of 2 selected scenarios never started"),
        (_build_unloaded(), "errored", "the warehouse load is errored"),
        (_build_broken(), "errored", "listener is errored"),
        (_build_leaking(), "errored", "2 leaks in what the run wrote"),
    ],
)
def test_what_is_missing_from_a_whole_run_is_said_and_is_never_green(lines: list[Line], word: str, clause: str) -> None:
    results = fold_ledger(lines)

    assert render_verdict(results) == f"{word}: 1 of 1 scenario passed; {clause}"
    assert find_tone(results) == "errored"


def test_one_selected_scenario_that_never_started_is_one() -> None:
    results = fold_ledger(LedgerBuilder(["0"]).finish())

    assert "1 of 1 selected scenario never started" in render_verdict(results)


def test_a_contradiction_in_the_ledger_is_never_green() -> None:
    lines = LedgerBuilder().add_scenario("1.1", make_step_row(), outcome="failed").finish()

    assert find_tone(fold_ledger(lines)) == "errored"


@pytest.mark.parametrize(
    ("answers", "because"),
    [
        ([AnswerRow(status=401, success=False, count=1)], "приходило только 401"),
        (
            [
                AnswerRow(status=200, success=False, count=1),
                AnswerRow(status=200, success=False, error_code="CLOSED", count=1),
            ],
            "приходило только 200 без признака успеха, 200 с кодом ошибки CLOSED",
        ),
    ],
)
def test_what_came_instead_is_told_in_the_language_of_the_report(answers: list[AnswerRow], because: str) -> None:
    results = fold_ledger(LedgerBuilder().add(PropertyAnswered(operation="list", answers=tuple(answers))).finish())

    assert group_never_accepted(results, find_phrases("ru")) == {because: ["list"]}
    assert [*group_never_accepted(results, ENGLISH)] == [explain_never_accepted(answers)]
