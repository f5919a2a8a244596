"""matrix.csv, checks.csv and clickhouse.csv: data for every reader, formulas for none."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.reporting.csv_tables import (
    CHECKS_HEADER,
    MATRIX_HEADER,
    SNAPSHOT_HEADER,
    iter_checks,
    neutralise,
    render_csv,
    render_matrix,
    render_snapshots,
)
from contracts_runner.results import events
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.rows import Moment
from helpers.ledger_builder import LedgerBuilder, Line, make_check_row, make_step_row
from helpers.sample_ledgers import bounded, ledgers, texts, values
from helpers.sample_run import build_sample_run


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", "\n=1", "＝1"])
def test_what_would_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert str(neutralise(text)).startswith("'")


@pytest.mark.parametrize(("cell", "expected"), [(-3, -3), (0.5, 0.5), (None, None), (True, "true"), ("6.1", "6.1")])
def test_figures_and_harmless_text_stay_as_they_are(cell: object, expected: object) -> None:
    assert neutralise(cell) == expected


@bounded
@given(st.lists(st.lists(texts | values, min_size=3, max_size=3), max_size=4))
def test_cells_come_back_as_they_were_written(rows: list[list[object]]) -> None:
    text = render_csv(("a", "b", "c"), rows)

    read = list(csv.reader(io.StringIO(text, newline="")))

    assert read == [["a", "b", "c"], *[["" if cell is None else str(neutralise(cell)) for cell in row] for row in rows]]


@bounded
@given(ledgers())
def test_the_matrix_has_a_row_for_each_scenario_and_no_formula(lines: list[Line]) -> None:
    results = fold_ledger(lines)

    rows = _read(render_matrix(results))

    assert [row["outcome"] for row in rows] == [scenario.outcome for scenario in results.scenarios]
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if re.match(r"[=+@\t\r]|-(?!\d+$)", cell)]


def test_a_row_of_the_matrix_has_the_deciding_step() -> None:
    row = _read(render_matrix(fold_ledger(build_sample_run())))[1]

    assert row == {
        "id": "3.3",
        "title": "Event by id",
        "document": "requests.md",
        "section": "3.3",
        "operation": "getEvent",
        "method": "GET",
        "path": "/events/33",
        "outcome": "failed",
        "status": "200",
        "latency_ms": "12.5",
        "expected": "string",
        "actual": "null",
        "evidence": "documented",
        "provenance": "getEvent: documented",
        "artifact": "artifacts/1.1/1-list.json",
        "reason": "$.data.name is null, not a string",
        "simulated": "sandbox run: says nothing about production",
    }


@bounded
@given(ledgers())
def test_each_check_of_each_phase_has_a_row(lines: list[Line]) -> None:
    results = fold_ledger(lines)

    rows = _read("".join(iter_checks(results)))

    of_steps = [row for each in results.scenarios for step in each.steps for row in step.checks]
    told = [("scenarios", row.outcome) for row in of_steps]
    told += [("properties", row.outcome) for row in results.properties]
    told += [("warehouse", row.outcome) for row in results.warehouse.checks]
    assert [(row["phase"], row["outcome"]) for row in rows] == told


def test_a_check_says_where_it_is_and_what_it_compared() -> None:
    rows = _read("".join(iter_checks(fold_ledger(build_sample_run()))))

    of_step = next(row for row in rows if row["outcome"] == "failed")
    of_table = next(row for row in rows if row["phase"] == "warehouse")

    assert of_step == {
        "phase": "scenarios",
        "id": "3.3",
        "step": "1",
        "name": "get",
        "operation": "getEvent",
        "table": "",
        "check": "body_schema",
        "path": "$.data.name",
        "outcome": "failed",
        "expected": "string",
        "actual": "null",
        "message": "$.data.name is null, not a string",
        "location": "spec/tickets.yaml:120",
        "artifact": "artifacts/1.1/1-list.json",
        "simulated": "sandbox run: says nothing about production",
    }
    assert (of_table["id"], of_table["table"], of_table["check"]) == ("W.1", "stg_orders", "columns")
    assert (of_table["expected"], of_table["step"]) == ('{"city": "LowCardinality(String)"}', "")


def test_a_real_run_is_not_marked_as_simulated() -> None:
    assert _read(render_matrix(fold_ledger(build_sample_run(simulated=False))))[0]["simulated"] == ""


@pytest.mark.parametrize(
    ("outcomes", "expected"), [(["passed", "failed", "blocked"], "b"), (["passed", "passed"], "b")]
)
def test_the_deciding_step_is_the_first_of_that_outcome_or_the_last_that_passed(
    outcomes: list[str], expected: str
) -> None:
    steps = [make_step_row(outcome, operation=name) for name, outcome in zip("abc", outcomes, strict=False)]
    builder = LedgerBuilder().add_scenario(
        "1.1", *steps, make_step_row(operation="tidy", cleanup=True), outcome="failed"
    )

    assert _read(render_matrix(fold_ledger(builder.finish())))[0]["operation"] == expected


def test_a_failed_cleanup_decides_when_all_else_passed() -> None:
    cleanup = make_step_row("failed", operation="tidy", cleanup=True)
    builder = LedgerBuilder().add_scenario("1.1", make_step_row(), cleanup, outcome="errored")

    assert _read(render_matrix(fold_ledger(builder.finish())))[0]["operation"] == "tidy"


def test_the_reason_is_said_once() -> None:
    step = make_step_row("failed", reason="no id", checks=[make_check_row("failed", message="no id at $.data")])
    builder = LedgerBuilder().add_scenario("1.1", step, reason="no id")

    assert _read(render_matrix(fold_ledger(builder.finish())))[0]["reason"] == "no id; no id at $.data"


def test_headers_are_there_without_a_row() -> None:
    results = fold_ledger(LedgerBuilder().finish())

    assert render_matrix(results) == ",".join(MATRIX_HEADER) + "\r\n"
    assert "".join(iter_checks(results)) == ",".join(CHECKS_HEADER) + "\r\n"
    assert render_snapshots(results) == ",".join(SNAPSHOT_HEADER) + "\r\n"


def test_what_was_not_counted_is_an_empty_cell_with_a_note() -> None:
    builder = LedgerBuilder(simulated=False)
    builder.add(
        events.WarehouseSnapshot(moment=Moment.BEFORE, tables={"orders": 9, "clients": None}, note="no such table")
    )
    builder.add(events.WarehouseSnapshot(moment=Moment.AFTER, tables={"orders": 4, "events": 0}))
    builder.add(events.WarehouseSnapshot(moment=Moment.BEFORE, tables={"orders": 9}, scenario="1.3"))

    rows = _read(render_snapshots(fold_ledger(builder.finish())))

    assert [list(row.values()) for row in rows] == [
        ["orders", "9", "4", "-5", "", ""],
        ["clients", "", "", "", "not counted before the load: no such table; not counted after the load", ""],
        ["events", "", "0", "", "not counted before the load: no such table", ""],
        ["orders", "9", "", "", "no snapshot after the scenario", "1.3"],
    ]


def _read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))
