"""Every figure that a report prints is that of the ledger: read back with parsers that know nothing of the templates,
and compared with a recount that knows nothing of the fold. (That the parsers overlook nothing,
tests/commands/audit/test_forged_reports.py shows.)"""

import dataclasses
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from contracts_runner.reporting.render import build_renderers
from contracts_runner.reporting.templating import build_environment
from contracts_runner.results.events import StepFinished
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.lines import parse_line
from helpers.ledger_builder import Line, list_rows
from helpers.oracle.reports import check_reports
from helpers.rendering import TEMPLATES
from helpers.sample_ledgers import bounded, ledgers
from helpers.sample_run import build_sample_run

REPORTS = ("report.html", "report.md", "junit.xml", "matrix.csv", "clickhouse.csv")
GOLDEN = Path(__file__).parents[2] / "helpers" / "golden" / "0.1.0"
ENVIRONMENT = build_environment([TEMPLATES])
# The parsers take a text for its letters: what differs only in marks would be one name for two rows.
WORDS = st.text("abcdefghij", min_size=4, max_size=4)


def render(lines: Sequence[Line]) -> dict[str, bytes]:
    renderers = build_renderers(fold_ledger(lines), lines, ENVIRONMENT)
    return {name: renderers[name]() for name in REPORTS}


def find_wrong(lines: Sequence[Line], reports: Mapping[str, bytes]) -> list[object]:
    return [violation.as_json() for violation in check_reports(list_rows(lines), reports)]


@pytest.mark.parametrize("is_simulated", [True, False])
def test_the_reports_of_a_run_with_every_outcome(is_simulated: bool) -> None:
    lines = build_sample_run(simulated=is_simulated)

    assert find_wrong(lines, render(lines)) == []


def read_golden(name: str) -> tuple[list[Line], dict[str, bytes]]:
    with zipfile.ZipFile(GOLDEN / f"{name}.zip") as archive:
        lines = [parse_line(raw) for raw in archive.read("ledger.jsonl").splitlines()]
        return lines, {report: archive.read(report) for report in REPORTS}


@pytest.mark.parametrize("name", ["faults", "resumed", "sandbox"])
def test_the_reports_of_a_real_run_as_they_were_written_and_as_they_are_now(name: str) -> None:
    lines, written = read_golden(name)

    assert find_wrong(lines, written) == []
    assert find_wrong(lines, render(lines)) == []


@settings(bounded, max_examples=30)
@given(lines=ledgers(WORDS))
def test_the_reports_of_any_ledger(lines: list[Line]) -> None:
    named = [name_artifact(line) for line in lines]

    assert find_wrong(named, render(named)) == []


def name_artifact(line: Line) -> Line:
    event = line.event
    if not isinstance(event, StepFinished) or not event.step.artifact:
        return line
    step = structs.replace(event.step, artifact=f"artifacts/{line.seq}.json")
    return dataclasses.replace(line, event=structs.replace(event, step=step))
