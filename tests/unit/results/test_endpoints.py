"""Endpoint states: what one exchange says, and which of several decides."""

from typing import Any

import pytest

from contracts_runner.results.endpoints import classify, is_denial
from helpers.ledger_builder import LedgerBuilder, fold, make_step_row

JSON, HTML = {"media_type": "application/json"}, {"media_type": "text/html"}


@pytest.mark.parametrize(
    ("status", "changes", "expected"),
    [
        (200, {}, "reachable"),
        (302, {}, "reachable"),
        (422, {"success": False, "error_code": "INVALID"}, "reachable"),
        (404, {"response": JSON, "error_code": "RESOURCE_NOT_FOUND"}, "reachable"),
        (404, {"response": {"media_type": "application/problem+json"}, "error_code": "NO_EVENT"}, "reachable"),
        (404, {"response": JSON}, "missing"),
        (404, {"response": HTML, "error_code": "RESOURCE_NOT_FOUND"}, "missing"),
        (405, {}, "missing"),
        (501, {}, "missing"),
        (401, {}, "denied"),
        (403, {}, "denied"),
        (200, {"success": False, "error_code": "WRONG_AUTHORIZATION"}, "denied"),
        (200, {"success": True, "error_code": "WRONG_AUTHORIZATION"}, "reachable"),
        (503, {"response": JSON, "error_code": "UNKNOWN_ERROR"}, "error"),
        (None, {}, "error"),
    ],
)
def test_an_exchange_speaks_for_a_state(status: int | None, changes: dict[str, Any], expected: str) -> None:
    assert classify(make_step_row(status=status, **changes)) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("WRONG_AUTHORIZATION", True),
        ("accessDenied", True),
        ("permission-required", True),
        ("UNAUTHENTICATED", True),
        ("INVALID_CREDENTIALS", True),
        ("AUTHOR_NOT_FOUND", False),
        ("AUTHORITY_UNKNOWN", False),
        ("RESOURCE_NOT_FOUND", False),
        (None, False),
    ],
)
def test_a_code_is_about_authorization_by_whole_words(code: str | None, expected: bool) -> None:
    assert is_denial(code) is expected


def test_an_operation_that_nobody_sent_was_never_probed() -> None:
    builder = LedgerBuilder().add_scenario("1.1", make_step_row())

    assert _find_states(builder)["getEvent"] == "never_probed"


def test_a_step_that_the_write_guard_kept_back_is_no_probe() -> None:
    unsent = make_step_row("blocked", operation="addTicket", status=None)
    builder = LedgerBuilder()
    builder.add_step("1.1", unsent, sent=False)

    assert _find_states(builder)["addTicket"] == "never_probed"


def test_the_best_answer_counts() -> None:
    builder = LedgerBuilder(["1.1", "1.2"])
    builder.add_scenario("1.1", make_step_row("failed", status=503)).add_scenario("1.2", make_step_row())

    assert _find_states(builder)["listOrders"] == "reachable"


@pytest.mark.parametrize("auth", ["none", "invalid"])
def test_a_refusal_that_was_asked_for_does_not_decide(auth: str) -> None:
    builder = LedgerBuilder(["1.1", "1.2"])
    builder.add_scenario("1.1", make_step_row(status=404, response=HTML)).add_scenario("1.2", make_step_row(auth=auth))

    assert _find_states(builder)["listOrders"] == "missing"


def test_a_refusal_that_was_asked_for_decides_when_it_is_all_there_is() -> None:
    builder = LedgerBuilder().add_scenario("1.1", make_step_row(auth="invalid", status=401))

    assert _find_states(builder)["listOrders"] == "denied"


def test_a_request_without_a_recorded_end_is_an_error() -> None:
    builder = LedgerBuilder().add_request("1.1", make_step_row())

    assert _find_states(builder)["listOrders"] == "error"


def test_an_operation_that_only_a_contract_names_has_a_row_without_evidence() -> None:
    builder = LedgerBuilder().add_scenario("1.1", make_step_row(operation="GET /old/{id}", status=404, response=HTML))

    row = fold(builder.finish())["endpoints"][-1]

    assert row == {
        "operation": "GET /old/{id}",
        "spec": None,
        "method": "GET",
        "path": "/old/{id}",
        "evidence": None,
        "state": "missing",
        "statuses": [404],
        "instead": None,
    }


def test_statuses_are_seen_once_and_sorted() -> None:
    builder = LedgerBuilder(["1", "2", "3"])
    for identifier, status in (("1", 503), ("2", 200), ("3", 503)):
        builder.add_scenario(identifier, make_step_row(status=status))

    row = fold(builder.finish())["endpoints"][0]

    assert row["statuses"] == [200, 503]


def _find_states(builder: LedgerBuilder) -> dict[str, str]:
    return {row["operation"]: row["state"] for row in fold(builder.lines)["endpoints"]}
