"""Renders reports of a ledger the way the command line does."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

from jinja2 import Environment

from contracts_runner.reporting.render import render_reports
from contracts_runner.reporting.templating import build_environment, render_template
from contracts_runner.reporting.view import ReportView
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.record import read_record
from helpers.ledger_builder import Line

TEMPLATES = Path(__file__).parents[2] / "reports"
# What a run writes beside its ledger, said here once, and not as the code says it.
REPORTS = ("report.html", "report.md", "junit.xml", "matrix.csv", "checks.csv", "clickhouse.csv")
WRITTEN = ("results.json", "summary.md", *REPORTS)
FORMATS = ("html", "summary", "md", "junit", "csv")

# (lines, name of the file) -> its text
Render = Callable[[Sequence[Line], str], str]


def write_reports(lines: Sequence[Line], folder: Path) -> None:
    """Write all reports, none of which may have a problem."""
    assert render_reports(fold_ledger(lines), read_record(lines), folder, FORMATS, [TEMPLATES]) == {}


def fill_template(lines: Sequence[Line], name: str) -> str:
    """The text of a report, without a file: for tests that render many."""
    results = fold_ledger(lines)
    return render_template(
        _build_environment(), name, results=results, view=ReportView(results, read_record(lines))
    ).decode()


@functools.cache
def _build_environment() -> Environment:
    return build_environment([TEMPLATES])
