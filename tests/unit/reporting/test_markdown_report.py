"""report.md: the sections, the first line, whole tables, and words where nothing was measured."""

import itertools
import re

from hypothesis import given

from contracts_runner.results import events
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.rows import Moment
from helpers.ledger_builder import LedgerBuilder, Line, make_check_row, make_step_row
from helpers.rendering import Render, fill_template
from helpers.sample_ledgers import bounded, ledgers
from helpers.sample_run import build_sample_run

SANDBOX_LINE = "sandbox run: says nothing about production"


def test_a_simulated_run_says_so_in_the_first_line(render: Render) -> None:
    assert render(build_sample_run(), "report.md").splitlines()[0] == SANDBOX_LINE


def test_a_real_run_begins_with_its_verdict(render: Render) -> None:
    report = render(build_sample_run(simulated=False), "report.md")

    assert report.startswith(
        "# Contract run: failed: 1 failed, 1 errored, 1 blocked, 1 fixed, 1 known, 1 skipped of 8 scenarios"
    )
    assert SANDBOX_LINE not in report


def test_the_sections_are_those_of_the_protocol(render: Render) -> None:
    report = render(build_sample_run(), "report.md")

    assert re.findall("^## (.*)$", report, re.MULTILINE) == [
        "Executive Summary",
        "Causes: 3",
        "Findings",
        "Environment Details",
        "Test Matrix",
        "Latency Analysis",
        "ClickHouse",
        "Security and PII",
        "Artifacts",
        "Protocol",
    ]


def test_the_matrix_has_a_row_for_each_scenario(render: Render) -> None:
    report = render(build_sample_run(), "report.md")

    assert "| 3.3 | GET /events/33 | failed | 200 | 12.5 | artifacts/1.1/1-list.json | \\$.data.name is null" in report
    assert re.search(r"\| 3\.3 \|.* \| requests\.md, 3\.3 \| getEvent: documented \|\n", report)
    assert "| 3.10 | GET /events/33 | errored | no response |  |" in report
    assert "| 6.3 | POST /tickets/add | blocked | not sent |  |" in report


def test_a_finding_names_check_place_and_values(render: Render) -> None:
    builder = LedgerBuilder(simulated=False)
    check = make_check_row("failed", path="$.id", expected=1, actual=None, message="nothing there", location="a.yaml:3")
    report = render(builder.add_scenario("1.1", make_step_row("failed", checks=[check])).finish(), "report.md")

    assert "  - Step list, status failed at \\$.id: nothing there; expected 1, actual null (a.yaml:3)" in report


def test_without_a_warehouse_nothing_is_zero(render: Render) -> None:
    report = render(LedgerBuilder().add_scenario("1.1", make_step_row()).finish(), "report.md")

    assert "Row counts: not measured: no snapshot was taken in this run." in report
    assert "Load: not recorded." in report
    assert "Checks: none has a result." in report


def test_an_unconfigured_warehouse_says_so(render: Render) -> None:
    builder = LedgerBuilder()
    note = "not configured: the variable CLICKHOUSE_DSN is not set"
    builder.add(events.WarehouseSnapshot(moment=Moment.BEFORE, tables={}, note=note))

    assert f"Row counts: {note}." in render(builder.finish(), "report.md")


def test_a_table_without_a_count_has_no_figure(render: Render) -> None:
    report = render(build_sample_run(), "report.md")

    assert "| stg_orders | 10 | 50 | 40 |" in report
    assert "| stg_clients | not counted | not counted |  |" in report


def test_a_phase_without_a_row_has_no_zeros(render: Render) -> None:
    report = render(build_sample_run(), "report.md")

    assert "| Properties |  |  |  |  |  |  |  | no result |" in report


def test_responses_that_the_spec_was_not_held_against_are_named(render: Render) -> None:
    builder = LedgerBuilder().add_scenario("1.1", make_step_row(schema_checked=False))

    report = render(builder.finish(), "report.md")

    assert (
        "Responses that were not checked against the spec, because the contract says `schema: false`: 1.1 list."
        in report
    )


def test_an_incomplete_run_says_so(render: Render) -> None:
    lines = LedgerBuilder(["1.1", "1.2"], simulated=False).add_scenario("1.1", make_step_row()).lines

    report = render(lines, "report.md")

    assert report.splitlines()[0] == (
        "# Contract run: errored: 1 of 1 scenario passed; 1 of 2 selected scenarios never started; "
        "the run did not finish"
    )
    assert "none of them closes a whole run" in report


def test_a_contradiction_in_the_ledger_is_printed(render: Render) -> None:
    lines = LedgerBuilder().add_scenario("1.1", make_step_row("failed"), outcome="passed").finish()

    assert "- Scenario 1.1: the ledger says passed, its steps say failed." in render(lines, "report.md")


@bounded
@given(ledgers())
def test_tables_keep_their_columns_for_any_text(lines: list[Line]) -> None:
    report = fill_template(lines, "report.md.jinja")

    for table in _find_tables(report):
        assert len({_count_cells(row) for row in table}) == 1


@bounded
@given(ledgers())
def test_the_matrix_has_as_many_rows_as_there_are_scenarios(lines: list[Line]) -> None:
    report = fill_template(lines, "report.md.jinja")

    matrices = [table for table in _find_tables(report) if table[0].startswith("| Test ID | Endpoint |")]
    assert sum(len(table) - 2 for table in matrices) == len(fold_ledger(lines).scenarios)


def _find_tables(report: str) -> list[list[str]]:
    groups = itertools.groupby(report.split("\n"), key=lambda line: line.startswith("|"))
    return [list(group) for is_table, group in groups if is_table]


def _count_cells(row: str) -> int:
    """Cells between bars that no backslash escapes."""
    return len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) - 1
