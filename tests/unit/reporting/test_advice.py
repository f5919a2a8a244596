"""What to do now is told where one sentence can say it, of causes of all phases, in every report that has causes."""

from typing import Any

import pytest

from contracts_runner.reporting.advice import NOT_SENT, REFUSED, Advisor
from contracts_runner.reporting.phrases import ENGLISH, find_phrases
from contracts_runner.results import events
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.results import Results
from contracts_runner.results.rows import StepRow
from helpers.ledger_builder import LedgerBuilder, make_check_row, make_step_row, make_warehouse_row
from helpers.rendering import fill_template


def make_answer(status: int, auth: str | None = "key") -> StepRow:
    checks = [make_check_row("failed", check="status", message=f"status {status}, expected 200")]
    return make_step_row("failed", status=status, success=False, checks=checks, auth=auth)


def make_unanswered(message: str) -> StepRow:
    row = make_check_row("errored", check="response", message=message, expected=None, actual=None)
    return make_step_row("errored", status=None, success=None, reason=message, checks=[row])


def fold(step: StepRow | None = None, *others: Any) -> Results:
    builder = LedgerBuilder(["1"])
    if step is not None:
        builder.add_scenario("1", step)
    builder.add(*others)
    return fold_ledger(builder.finish())


UNDECLARED = make_step_row(
    "failed", status=202, checks=[make_check_row("failed", check="status_declared", message="not declared")]
)
UNCODED = make_step_row(
    "failed",
    status=404,
    success=False,
    checks=[make_check_row("failed", check="error", violations=[{"keyword": "x-error-code", "place": "spec.yaml:1"}])],
)
CASES: list[tuple[StepRow, str]] = [
    (make_answer(401), REFUSED.partition("`")[0]),
    (make_answer(403), REFUSED.partition("`")[0]),
    (make_answer(401, None), NOT_SENT),
    (make_answer(401, "invalid"), ""),
    (make_answer(404), ""),
    (make_answer(500), ""),
    (make_answer(429), "`rate_limit` of the environment"),
    (make_unanswered("the connection was refused"), "`contracts doctor --env sandbox` tells whether the service"),
    (make_unanswered("the host name cannot be resolved (DNS)"), "`contracts doctor --env sandbox`"),
    (make_unanswered("the TLS certificate is not trusted: self-signed"), "if that certificate is right"),
    (make_unanswered("the response stopped in its middle"), ""),
    (UNCODED, "add `x-error-code` to the document, or by an overlay"),
    (UNDECLARED, "if the service may answer so, `contracts learn "),
]


@pytest.mark.parametrize(("step", "advice"), CASES)
def test_the_kind_of_a_cause_decides_what_is_told(step: StepRow, advice: str) -> None:
    results = fold(step)

    [cause] = results.causes
    told = Advisor(results, ENGLISH).advise(cause)

    assert told.startswith(advice) if advice else not told


def test_a_warehouse_that_is_down_is_looked_at_by_doctor() -> None:
    row = make_warehouse_row("errored", message="connection refused")
    results = fold(None, events.WarehouseCheckFinished(row=row))

    assert "whether ClickHouse can be reached" in Advisor(results, ENGLISH).advise(results.causes[0])


def test_it_is_told_in_the_language_of_the_report() -> None:
    results = fold(make_answer(401))

    told = Advisor(results, find_phrases("ru")).advise(results.causes[0])

    assert told.endswith("`contracts doctor --env sandbox` проверит каждые отдельно")


@pytest.mark.parametrize("name", ["report.md", "summary.md", "report.html"])
def test_the_reports_tell_it_with_the_cause(name: str) -> None:
    lines = LedgerBuilder(["1"]).add_scenario("1", make_answer(401)).finish()

    assert "contracts doctor --env sandbox" in fill_template(lines, f"{name}.jinja")
