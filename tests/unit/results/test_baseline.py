"""What is broken as in the baseline: told apart, counted as it is, and not decisive."""

import msgspec
import pytest

from contracts_runner.audit.chain import Line as AuditLine
from contracts_runner.audit.recount import recount
from contracts_runner.audit.run_audit import judge
from contracts_runner.audit.tally import build_tally
from contracts_runner.reporting.junit import render_junit
from contracts_runner.reporting.verdict import find_exit_code, render_verdict
from contracts_runner.results.baseline import list_broken
from contracts_runner.results.events import BaselineRecorded, FaultRecorded, PropertyFinished, WarehouseCheckFinished
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.lines import as_json
from contracts_runner.results.results import Results
from contracts_runner.results.rows import CheckRow, PropertyRow, StepRow, WarehouseRow
from helpers.ledger_builder import LedgerBuilder, Line, list_rows, make_check_row, make_step_row, make_warehouse_row

Row = StepRow | PropertyRow | WarehouseRow


def make_run(*rows: Row, baseline: Results | None = None, fault: bool = False) -> list[Line]:
    """A run with a passed scenario and each row: a step is the only one of its scenario."""
    steps = [row for row in rows if isinstance(row, StepRow)]
    builder = LedgerBuilder(["0", *(f"s{number}" for number in range(len(steps)))])
    if baseline is not None:
        broken = list_broken(baseline.scenarios, baseline.properties, baseline.warehouse.checks)
        builder.add(
            BaselineRecorded(
                run="base", environment="sandbox", started_at="2025-01-01", head="ab" * 32, rows=tuple(broken)
            )
        )
    builder.add_scenario("0", make_step_row())
    for number, step in enumerate(steps):
        builder.add_scenario(f"s{number}", step)
    for row in rows:
        if isinstance(row, PropertyRow):
            builder.add(PropertyFinished(row=row))
        elif isinstance(row, WarehouseRow):
            builder.add(WarehouseCheckFinished(row=row))
    if fault:
        builder.add(FaultRecorded(where="publish", message="no"))
    return builder.finish()


def check(name: str = "body", outcome: str = "failed", **changes: object) -> CheckRow:
    return make_check_row(outcome, **{"check": name, "path": "$.data[0].id", **changes})


def step(*checks: CheckRow, outcome: str = "failed", **changes: object) -> StepRow:
    return make_step_row(outcome, checks=checks, **changes)


def find_property(outcome: str = "failed", **changes: object) -> PropertyRow:
    failure = {"code": "server_error"} if outcome == "failed" else None
    row = {"id": "p", "operation": "listOrders", "check": "not_a_server_error", "outcome": outcome, "failure": failure}
    return msgspec.convert({**row, **changes}, PropertyRow)


def judge_again(lines: list[Line]) -> int:
    tally = build_tally(AuditLine(number, row) for number, row in enumerate(list_rows(lines), start=1))
    assert tally is not None
    counted = recount(tally)
    baseline = fold_ledger(lines).baseline
    assert counted.results.get("baseline") == (as_json(baseline) if baseline else None)
    return judge(counted)


ONE, OTHER = check(), check("header", path="Cache-Control")
STATUS = {number: check("status", path=None, actual=number) for number in (404, 500)}
LOST = step(outcome="errored", status=None, artifact=None)


@pytest.mark.parametrize(
    ("before", "now", "code"),
    [
        ([step(ONE)], [step(ONE)], 0),
        ([step(ONE)], [step(check(path="$.data[7].id", message="another", actual=8))], 0),
        ([step(ONE, OTHER)], [step(ONE)], 0),
        ([step(ONE)], [step(ONE, OTHER)], 1),
        ([step(ONE)], [step(check(path="$.data[0].name"))], 1),
        ([step(ONE)], [step(ONE, name="other")], 1),
        ([step(STATUS[500])], [step(STATUS[500])], 0),
        ([step(STATUS[500])], [step(STATUS[404])], 1),
        ([step(ONE)], [step(check(outcome="errored"), outcome="errored")], 3),
        ([step(check(outcome="errored"), outcome="errored")], [step(ONE)], 1),
        ([LOST], [LOST], 0),
        ([LOST], [step(check(outcome="errored"), outcome="errored")], 3),
        ([make_step_row()], [step(ONE)], 1),
        ([], [step(ONE)], 1),
        ([step(ONE), step(ONE)], [step(ONE), step(OTHER)], 1),
        ([find_property()], [find_property()], 0),
        ([find_property()], [find_property(id="q")], 1),
        ([find_property()], [find_property(failure={"code": "timeout"})], 1),
        ([find_property("errored")], [find_property("errored")], 0),
        ([make_warehouse_row("failed")], [make_warehouse_row("failed", actual=9, message="more")], 0),
        ([make_warehouse_row("failed")], [make_warehouse_row("errored")], 3),
        ([make_warehouse_row("failed", severity="warning")], [make_warehouse_row("failed")], 1),
        ([make_warehouse_row("failed")], [make_warehouse_row("failed", severity="warning")], 0),
    ],
)
def test_only_what_is_broken_in_the_same_way_does_not_decide(before: list[Row], now: list[Row], code: int) -> None:
    lines = make_run(*now, baseline=fold_ledger(make_run(*before)))
    results = fold_ledger(lines)

    assert find_exit_code(results) == judge_again(lines) == code
    assert results.totals == fold_ledger(make_run(*now)).totals
    assert ("<failure" in render_junit(results), "<error" in render_junit(results)) == (code == 1, code == 3)


def test_the_verdict_says_in_words_that_nothing_is_new() -> None:
    rows = (step(ONE), make_warehouse_row("errored"))

    verdict = render_verdict(fold_ledger(make_run(*rows, baseline=fold_ledger(make_run(*rows)))))

    assert verdict.startswith("nothing is newly broken: 1 failed of 2 scenarios; ")
    assert verdict.endswith("; broken as in the baseline base: 1 failed, 1 errored")


def test_a_baseline_in_which_nothing_broke_leaves_a_pass_a_pass() -> None:
    assert render_verdict(fold_ledger(make_run(baseline=fold_ledger(make_run())))).startswith("passed: ")


def test_what_broke_beside_the_rows_still_decides() -> None:
    lines = make_run(step(ONE), baseline=fold_ledger(make_run(step(ONE))), fault=True)

    assert find_exit_code(fold_ledger(lines)) == judge_again(lines) == 3
