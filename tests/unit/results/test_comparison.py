"""What `contracts diff` calls the change of a row."""

from itertools import product

import pytest

from contracts_runner.model.outcome import Outcome
from contracts_runner.results.comparison import Change, compare_runs
from contracts_runner.results.events import PropertyFinished, WarehouseCheckFinished
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.results import Results
from contracts_runner.results.rows import PropertyRow
from helpers.ledger_builder import LedgerBuilder, make_step_row, make_warehouse_row


def make_run(outcomes: dict[str, str]) -> Results:
    """A run with a scenario, a property row and a warehouse check of each id."""
    builder = LedgerBuilder(outcomes)
    for name, outcome in outcomes.items():
        builder.add_scenario(name, make_step_row(outcome, status=None, checks=[]), outcome=outcome, reason="a reason")
        builder.add(PropertyFinished(row=PropertyRow(id=name, outcome=Outcome(outcome))))
        builder.add(WarehouseCheckFinished(row=make_warehouse_row(outcome, id=name)))
    return fold_ledger(builder.finish())


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("passed", "failed", Change.NEWLY_FAILING),
        ("known", "errored", Change.NEWLY_FAILING),
        ("blocked", "failed", Change.NEWLY_FAILING),
        (None, "failed", Change.NEWLY_FAILING),
        ("failed", "errored", Change.STILL_FAILING),
        ("failed", "passed", Change.FIXED),
        ("errored", "passed", Change.FIXED),
        ("known", "fixed", Change.FIXED),
        ("fixed", "passed", Change.FIXED),
        ("failed", "known", Change.NEWLY_KNOWN),
        ("passed", "known", Change.NEWLY_KNOWN),
        ("failed", "skipped", Change.CHANGED),
        ("passed", "blocked", Change.CHANGED),
        ("known", "passed", Change.CHANGED),
        ("passed", None, Change.GONE),
        ("failed", None, Change.GONE),
        (None, "passed", Change.NEW),
        (None, "skipped", Change.NEW),
        ("passed", "passed", None),
        ("known", "known", None),
    ],
)
def test_a_row_is_in_the_list_of_its_change(before: str | None, after: str | None, change: Change | None) -> None:
    runs = [make_run({"1.1": outcome} if outcome else {}) for outcome in (before, after)]

    rows = compare_runs(*runs).rows

    assert [each for each in Change if rows[each]] == ([change] if change else [])
    assert [row.phase for found in rows.values() for row in found] == (
        ["scenarios", "properties", "warehouse"] if change else []
    )


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [("passed", "failed", [Change.CHANGED]), ("failed", "failed", []), ("failed", "passed", [Change.FIXED])],
)
def test_what_decides_nothing_is_never_newly_failing(before: str, after: str, changes: list[Change]) -> None:
    apart = {"id": "1.1", "quarantine": {"owner": "we", "because": "it is flaky", "until": "2099-01-01"}}
    runs = []
    for outcome in (before, after):
        builder = LedgerBuilder([apart]).add_scenario("1.1", make_step_row(outcome))
        builder.add(WarehouseCheckFinished(row=make_warehouse_row(outcome, severity="warning")))
        runs.append(fold_ledger(builder.finish()))

    rows = compare_runs(*runs).rows

    assert [(change, len(rows[change])) for change in Change if rows[change]] == [(change, 2) for change in changes]


def test_each_row_is_in_one_list_at_most() -> None:
    pairs = [*product(Outcome, Outcome)]
    runs = [make_run({f"{pair[0]} {pair[1]}": pair[side] for pair in pairs}) for side in (0, 1)]

    names = [row.id for rows in compare_runs(*runs).rows.values() for row in rows if row.phase == "scenarios"]

    assert len(names) == len(set(names)) == sum(one is not other or one.traits.is_broken for one, other in pairs)


def test_endpoints_that_answer_otherwise_are_listed() -> None:
    runs = [
        fold_ledger(LedgerBuilder().add_scenario("1.1", make_step_row(status=status)).finish()) for status in (200, 404)
    ]

    [change] = compare_runs(*runs).endpoints

    assert (change.operation, change.before, change.after) == ("listOrders", "reachable", "missing")
