"""`known` beside a check: which failures the team has accepted, where and until when; and `severity`."""

from datetime import date

import pytest

from contracts_runner.model.outcome import Outcome
from contracts_runner.warehouse.acceptance import accept
from contracts_runner.warehouse.checks.context import Finding
from helpers.warehouse_desk import Desk, make_warehouse_check

LOADING = {"because": "Still loading.", "since": "2026-01-01", "until": "2026-11-20"}


@pytest.mark.parametrize(
    ("known", "today", "outcome", "expected"),
    [
        (LOADING, "2026-11-20", "failed", "known"),
        (LOADING, "2026-11-21", "failed", "failed"),
        (LOADING, "2026-11-20", "passed", "fixed"),
        (LOADING, "2026-11-21", "passed", "passed"),
        (LOADING, "2026-11-20", "errored", "errored"),
        (LOADING, "2026-11-20", "skipped", "skipped"),
        (LOADING, "2026-11-20", "blocked", "blocked"),
        ({**LOADING, "environments": ["prod"]}, "2026-11-20", "failed", "known"),
        ({**LOADING, "environments": ["test"]}, "2026-11-20", "failed", "failed"),
        ({**LOADING, "environments": ["test"]}, "2026-11-20", "passed", "passed"),
    ],
)
def test_an_entry_holds_in_its_environments_until_its_last_day(
    known: dict[str, object], today: str, outcome: str, expected: str
) -> None:
    check = make_warehouse_check("row_count", {"min": 9}, known=[known])

    found = accept(Finding(outcome=Outcome(outcome)), check, environment="prod", today=date.fromisoformat(today))

    assert found.outcome == expected


def test_the_row_says_why_it_is_accepted_and_what_failed(desk: Desk) -> None:
    desk.run("CREATE TABLE DB.orders (id UInt64) ENGINE = MergeTree ORDER BY id")
    known = [{**LOADING, "instead": "W.2"}]

    row = desk.verify_one("row_count", {"min": 9}, known=known, severity="warning")

    assert (row["outcome"], row["severity"]) == ("known", "warning")
    assert row["message"].startswith("Still loading; see W.2 (known until 2026-11-20, contracts/warehouse.yaml:1): 0 ")


def test_an_entry_that_has_ended_asks_to_decide_again() -> None:
    check = make_warehouse_check("row_count", {"min": 9}, known=[LOADING])
    finding = Finding(outcome=Outcome.FAILED, message="0 rows")

    found = accept(finding, check, environment="prod", today=date(2027, 1, 1))

    assert found.message == "0 rows; it was known until 2026-11-20 (contracts/warehouse.yaml:1): decide again"
