"""The audit holds what a ledger says of accepted requests against the answers that it counts."""

from typing import Any

import pytest

from contracts_runner.audit.acceptance import check_acceptance, list_never_accepted
from contracts_runner.audit.chain import Line
from contracts_runner.audit.tally import Tally, build_tally
from contracts_runner.model.checks import CHOSEN_CHECKS
from contracts_runner.model.outcome import Outcome
from contracts_runner.properties.row_builder import SPEAKS_OF_ACCEPTED
from contracts_runner.results import events
from contracts_runner.results.rows import AnswerRow, PropertyRow
from helpers.ledger_builder import LedgerBuilder, fold, list_rows


def make_builder(check: str, outcome: str, *answers: AnswerRow, sent: int) -> LedgerBuilder:
    builder = LedgerBuilder()
    request = events.RequestSent(
        phase="properties", operation="listOrders", method="GET", url="http://here/orders", is_write=False
    )
    builder.add(*[request] * sent)
    builder.add(events.PropertyAnswered(operation="listOrders", answers=answers))
    row = PropertyRow(id="p", operation="listOrders", check=check, outcome=Outcome(outcome), examples=1)
    return builder.add(events.PropertyFinished(row=row))


def tally(builder: LedgerBuilder) -> Tally:
    found = build_tally(Line(row["seq"], row) for row in list_rows(builder.finish()))
    assert found is not None
    return found


DENIED = AnswerRow(status=401, success=False, count=3)
ACCEPTED = AnswerRow(status=200, success=True, count=1)


@pytest.mark.parametrize("check", CHOSEN_CHECKS)
@pytest.mark.parametrize("outcome", ["passed", "fixed", "failed", "known", "skipped"])
def test_a_pass_without_an_accepted_request_is_a_violation(check: str, outcome: str) -> None:
    found = list(check_acceptance(tally(make_builder(check, outcome, DENIED, sent=3))))

    is_empty = SPEAKS_OF_ACCEPTED[check] and outcome in ("passed", "fixed")
    told = [(each.figure, each.printed, each.recomputed) for each in found]
    assert told == ([("property p outcome", outcome, "skipped")] if is_empty else [])


def test_with_one_accepted_request_a_pass_holds() -> None:
    builder = make_builder("negative_data_rejection", "passed", DENIED, ACCEPTED, sent=4)

    assert list(check_acceptance(tally(builder))) == []


def test_more_answers_than_requests_are_a_violation() -> None:
    [found] = check_acceptance(tally(make_builder("response", "passed", DENIED, ACCEPTED, sent=3)))

    assert (found.figure, found.printed) == ("answers of listOrders", 4)


@pytest.mark.parametrize(
    "changes",
    [
        [{"status": 401}],
        [{"status": 200}],
        [{"status": 200, "error_code": "CLOSED"}, {"status": 404, "error_code": "NONE"}],
        [{"status": 401, "auth": "none"}],
        [{"status": 200, "auth": "none", "success": True}, {"status": 403}],
        [{"status": 200, "success": True}, {"status": 403}],
    ],
)
def test_the_audit_and_the_fold_name_the_same_operations(changes: list[dict[str, Any]]) -> None:
    answers = [AnswerRow(**{"success": False, "count": 1, **each}) for each in changes]
    builder = make_builder("response", "passed", *answers, sent=9)

    assert list_never_accepted(tally(builder)) == fold(builder.lines)["never_accepted"]
