"""The fold: what results.json says about the run as a whole."""

import pytest

from contracts_runner.errors import RunFolderError
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.results import events
from contracts_runner.results.rows import Moment
from helpers.ledger_builder import LedgerBuilder, Line, UnknownEvent, fold, make_step_row, make_warehouse_row


def test_a_ledger_that_ends_with_run_finished_is_complete() -> None:
    lines = LedgerBuilder().add_scenario("1.1", make_step_row()).finish()

    run = fold(lines)["run"]

    assert (run["complete"], run["finished_at"]) == (True, lines[-1].at)


def test_an_interrupted_run_is_not_complete() -> None:
    lines = LedgerBuilder().add_scenario("1.1", make_step_row()).finish(is_interrupted=True)

    run = fold(lines)["run"]

    assert (run["complete"], run["interrupted"]) == (False, True)


def test_a_killed_run_has_no_end() -> None:
    lines = LedgerBuilder().add_scenario("1.1", make_step_row()).lines

    run = fold(lines)["run"]

    assert (run["complete"], run["finished_at"]) == (False, None)


def test_a_resumed_run_is_complete_only_when_it_finishes_again() -> None:
    builder = LedgerBuilder(["1.1", "1.2"]).add_scenario("1.1", make_step_row())
    builder.finish(is_interrupted=True)

    builder.add_scenario("1.2", make_step_row())

    assert fold(builder.lines)["run"]["complete"] is False
    assert fold(builder.finish())["run"]["complete"] is True


def test_lines_after_the_end_open_the_run_again() -> None:
    builder = LedgerBuilder(["1.1", "1.2"]).add_scenario("1.1", make_step_row())
    builder.finish()

    builder.add(events.ScenarioStarted(scenario="1.2"))

    run = fold(builder.lines)["run"]
    assert (run["complete"], run["finished_at"]) == (False, None)


def test_the_start_is_the_time_of_the_first_line() -> None:
    lines = LedgerBuilder().finish()

    assert fold(lines)["run"]["started_at"] == lines[0].at


def test_scenarios_stand_in_contract_order_whatever_finished_first() -> None:
    builder = LedgerBuilder(["1.1", "1.2", "1.3"])
    for identifier in ("1.3", "1.1", "1.2"):
        builder.add_scenario(identifier, make_step_row())

    rows = fold(builder.finish())["scenarios"]

    assert [row["id"] for row in rows] == ["1.1", "1.2", "1.3"]


def test_a_scenario_that_never_started_has_no_row_but_is_named() -> None:
    results = fold(LedgerBuilder(["1.1", "1.2"]).add_scenario("1.1", make_step_row()).finish())

    assert [row["id"] for row in results["scenarios"]] == ["1.1"]
    assert (results["selected"], results["not_started"]) == (2, ["1.2"])


def test_a_scenario_that_is_named_twice_is_one_scenario() -> None:
    builder = LedgerBuilder(["1.1", "1.1", "1.2", "1.2"]).add_scenario("1.1", make_step_row())

    results = fold(builder.finish())

    assert ([row["id"] for row in results["scenarios"]], results["not_started"]) == (["1.1"], ["1.2"])


def test_requests_are_counted_where_they_leave_in_all_phases() -> None:
    builder = LedgerBuilder().add_scenario("1.1", make_step_row())
    write = make_step_row(request={"method": "POST", "url": "http://127.0.0.1/x"})
    builder.add_request("1.1", write).add_request(None, make_step_row(), phase=Phase.WAREHOUSE)

    totals = fold(builder.finish())["totals"]

    assert (totals["requests_sent"], totals["writes_sent"]) == (3, 1)


def test_a_step_that_was_resumed_counts_once() -> None:
    builder = LedgerBuilder()
    builder.add(events.ScenarioStarted(scenario="1.1"))
    for outcome in ("errored", "passed"):
        step = make_step_row(outcome)
        builder.add(events.StepFinished(scenario="1.1", number=1, step=step, exchange=None))
    builder.add(events.ScenarioFinished(scenario="1.1", outcome=Outcome.PASSED, reason="", duration_ms=1.0))

    row = fold(builder.finish())["scenarios"][0]

    assert [step["outcome"] for step in row["steps"]] == ["passed"]
    assert row["outcome"] == "passed"


def test_warehouse_rows_are_counted_apart_from_scenarios() -> None:
    builder = LedgerBuilder(warehouse_checks=2)
    for identifier, outcome in (("W.1", "passed"), ("W.2", "skipped")):
        row = make_warehouse_row(outcome, id=identifier)
        builder.add(events.WarehouseCheckFinished(row=row))

    totals = fold(builder.finish())["totals"]

    assert totals["warehouse"] == {**_zero(), "passed": 1, "skipped": 1, "total": 2}
    assert totals["scenarios"] == _zero()


def test_what_nobody_counted_stays_null() -> None:
    builder = LedgerBuilder()
    builder.add(
        events.WarehouseSnapshot(moment=Moment.AFTER, tables={"orders": None, "clients": 0}, note="no such table")
    )

    warehouse = fold(builder.finish())["warehouse"]

    assert warehouse["snapshots"] == {"before": {}, "after": {"orders": None, "clients": 0}}
    assert warehouse["notes"] == {"before": None, "after": "no such table"}


def test_the_first_snapshot_before_the_load_stays_when_a_run_is_resumed() -> None:
    builder = LedgerBuilder()
    for rows in (3, 8):
        builder.add(events.WarehouseSnapshot(moment=Moment.BEFORE, tables={"orders": rows}))
        builder.add(events.WarehouseSnapshot(moment=Moment.AFTER, tables={"orders": rows + 1}))

    snapshots = fold(builder.finish())["warehouse"]["snapshots"]

    assert snapshots == {"before": {"orders": 3}, "after": {"orders": 9}}


def test_counts_around_a_scenario_are_apart_from_those_around_the_load() -> None:
    builder = LedgerBuilder()
    builder.add(events.WarehouseSnapshot(moment=Moment.BEFORE, tables={"orders": 3}))
    for moment, rows in ((Moment.BEFORE, 3), (Moment.AFTER, 4)):
        builder.add(events.WarehouseSnapshot(moment=moment, tables={"orders": rows}, scenario="1.1", note=moment))

    warehouse = fold(builder.finish())["warehouse"]

    assert warehouse["snapshots"] == {"before": {"orders": 3}, "after": {}}
    assert warehouse["scenarios"] == [
        {
            "id": "1.1",
            "notes": {"before": "before", "after": "after"},
            "snapshots": {"before": {"orders": 3}, "after": {"orders": 4}},
        }
    ]


def test_lines_of_unknown_types_change_nothing_but_their_number() -> None:
    lines = LedgerBuilder().add_scenario("1.1", make_step_row()).finish()
    longer = [*lines[:-1], Line(seq=9, at="", event=UnknownEvent("of_a_later_version")), lines[-1]]

    results = fold(longer)

    assert results == {**fold(lines), "ledger": {"lines": len(lines) + 1}}


@pytest.mark.parametrize("lines", [[], [Line(seq=1, at="", event=events.ScenarioStarted(scenario="1.1"))]])
def test_a_ledger_without_its_first_line_is_refused_in_words(lines: list[Line]) -> None:
    with pytest.raises(RunFolderError, match="does not begin with a run_started line"):
        fold(lines)


def _zero() -> dict[str, int]:
    return dict.fromkeys(("passed", "failed", "errored", "known", "fixed", "blocked", "skipped", "total"), 0)
