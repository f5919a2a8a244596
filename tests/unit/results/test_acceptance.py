"""What the counted answers of the property phase say: whether anything was accepted, and what an operation is like."""

from typing import Any

import pytest

from contracts_runner.model.outcome import Outcome
from contracts_runner.results.acceptance import explain_never_accepted
from contracts_runner.results.events import PropertyAnswered, PropertyFinished
from contracts_runner.results.rows import AnswerRow, PropertyRow
from helpers.ledger_builder import LedgerBuilder, fold


def answer(status: int, **changes: Any) -> AnswerRow:
    values = {"media_type": "application/json", "success": status < 300, "count": 1}
    return AnswerRow(**{"status": status, **values, **changes})


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([], ""),
        ([answer(200)], ""),
        ([answer(401, count=9), answer(204)], ""),
        ([answer(401, count=9)], "only 401 came"),
        ([answer(404, error_code="A"), answer(404, error_code="B"), answer(401)], "only 401, 404 came"),
        ([answer(200, success=False)], "only 200 that is not a success came"),
        ([answer(200, success=False, error_code="CLOSED")], "only 200 with error code CLOSED came"),
        # What was sent without the credential on purpose says nothing of a proper request.
        ([answer(200, auth="none"), answer(403)], "only 403 came"),
        ([answer(401, auth="invalid"), answer(200)], ""),
        ([answer(401, auth="invalid")], ""),
    ],
)
def test_an_operation_that_accepted_nothing_says_what_came(answers: list[AnswerRow], reason: str) -> None:
    assert explain_never_accepted(answers) == reason


def test_the_results_name_the_operations_that_accepted_nothing() -> None:
    builder = LedgerBuilder()
    builder.add(PropertyAnswered(operation="listOrders", answers=(answer(401, count=3),)))
    builder.add(PropertyAnswered(operation="getEvent", answers=(answer(200),)))

    results = fold(builder.finish())

    assert results["never_accepted"] == [{"operation": "listOrders", "because": "only 401 came"}]


def test_a_run_without_counted_answers_does_not_say_that_all_were_accepted() -> None:
    row = PropertyRow(id="a", operation="listOrders", check="response", outcome=Outcome.PASSED)

    assert "never_accepted" not in fold(LedgerBuilder().add(PropertyFinished(row=row)).finish())


@pytest.mark.parametrize(
    ("answers", "state", "statuses"),
    [
        ([answer(401), answer(404), answer(422)], "reachable", [401, 404, 422]),
        ([answer(401), answer(404)], "missing", [401, 404]),
        ([answer(401, count=5), answer(500)], "denied", [401, 500]),
        ([answer(200, success=False, error_code="ACCESS_DENIED")], "denied", [200]),
        ([answer(500), answer(200, auth="none")], "error", [200, 500]),
    ],
)
def test_an_endpoint_is_what_all_answers_show(answers: list[AnswerRow], state: str, statuses: list[int]) -> None:
    builder = LedgerBuilder().add(PropertyAnswered(operation="listOrders", answers=tuple(answers)))

    [row] = [row for row in fold(builder.finish())["endpoints"] if row["operation"] == "listOrders"]

    assert (row["state"], row["statuses"]) == (state, statuses)
