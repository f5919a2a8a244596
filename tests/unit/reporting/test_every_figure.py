"""Every figure that a report prints is that of the ledger: read back with parsers that know nothing of the templates,
and compared with a recount that knows nothing of the fold. (That the parsers overlook nothing,
tests/commands/audit/test_forged_reports.py shows.)"""

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts_runner.reporting.render import build_renderers
from contracts_runner.reporting.templating import build_environment
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.lines import Line, build_line
from contracts_runner.results.record import read_record
from helpers.ledger_builder import list_rows
from helpers.oracle.reports import check_reports
from helpers.rendering import REPORTS, TEMPLATES
from helpers.sample_ledgers import bounded, ledgers
from helpers.sample_run import build_sample_run

Row = dict[str, Any]
GOLDEN = Path(__file__).parents[2] / "helpers" / "golden" / "0.1.0"
ENVIRONMENT = build_environment([TEMPLATES])
# The parsers take a text for its letters: what differs only in marks would be one name for two rows.
WORDS = st.text("abcdefghij", min_size=4, max_size=4)


def render(rows: Sequence[Row]) -> dict[str, bytes]:
    lines = [build_line(row) for row in rows]
    renderers = build_renderers(fold_ledger(lines), read_record(lines), lambda: ENVIRONMENT)
    return {name: b"".join(renderers[name]()) for name in REPORTS}


def find_wrong(rows: Sequence[Row], reports: Mapping[str, bytes]) -> list[object]:
    return [violation.as_json() for violation in check_reports(rows, reports)]


@pytest.mark.parametrize("is_simulated", [True, False])
def test_the_reports_of_a_run_with_every_outcome(is_simulated: bool) -> None:
    rows = list_rows(build_sample_run(simulated=is_simulated))

    assert find_wrong(rows, render(rows)) == []


def read_golden(name: str) -> tuple[list[Row], dict[str, bytes]]:
    with zipfile.ZipFile(GOLDEN / f"{name}.zip") as archive:
        rows = [json.loads(line) for line in archive.read("ledger.jsonl").splitlines()]
        return rows, {report: archive.read(report) for report in REPORTS if report in archive.namelist()}


@pytest.mark.parametrize("name", ["faults", "resumed", "sandbox"])
def test_the_reports_of_a_real_run_as_they_were_written_and_as_they_are_now(name: str) -> None:
    rows, written = read_golden(name)
    # Since then junit.xml has other suites, report.html other rows, and a verdict begins with its word.
    del written["junit.xml"], written["report.html"]

    wrong = [violation for violation in check_reports(rows, written) if not violation.figure.startswith("verdict")]

    assert wrong == []
    assert find_wrong(rows, render(rows)) == []


@settings(bounded, max_examples=30)
@given(lines=ledgers(WORDS))
def test_the_reports_of_any_ledger(lines: list[Line]) -> None:
    rows = list_rows(lines)
    for number, row in enumerate(rows):
        if row["type"] == "step_finished" and row["step"]["artifact"]:
            row["step"]["artifact"] = f"artifacts/{number}.json"

    assert find_wrong(rows, render(rows)) == []
