"""An oracle of the renderers: reads the written reports back, with parsers that share nothing with the templates, and
compares every figure that they print with the audit's recount of the ledger."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from contracts_runner.audit.chain import Line
from contracts_runner.audit.recount import recount
from contracts_runner.audit.tally import build_tally
from contracts_runner.audit.violation import Violation
from contracts_runner.results.lines import build_line
from helpers.ledger_builder import fold
from helpers.oracle.csv_reports import CHECKS, MATRIX, SNAPSHOTS, check_checks, check_matrix, check_snapshots
from helpers.oracle.html_report import NAME as HTML
from helpers.oracle.html_report import check_html_report
from helpers.oracle.junit_report import NAME as JUNIT
from helpers.oracle.junit_report import check_junit_report
from helpers.oracle.markdown_report import NAME as MARKDOWN
from helpers.oracle.markdown_report import check_markdown_report


def check_reports(rows: Sequence[Mapping[str, Any]], reports: Mapping[str, bytes]) -> Iterator[Violation]:
    """Yield every figure of the reports (name -> content) that is not that of the ledger's lines."""
    tally = build_tally(Line(number, row) for number, row in enumerate(rows, start=1))
    assert tally is not None, "the ledger does not begin with run_started"
    folded = fold(build_line(row) for row in rows)
    counted, endpoints = recount(tally), folded["endpoints"]
    # Which rows have one cause only the fold says.
    counted = replace(counted, results={**counted.results, "causes": folded["causes"]})
    checks: Mapping[str, Callable[[bytes], Iterator[Violation]]] = {
        MARKDOWN: lambda data: check_markdown_report(data.decode(), counted),
        HTML: lambda data: check_html_report(data.decode(), counted, endpoints),
        JUNIT: lambda data: check_junit_report(data, counted),
        MATRIX: lambda data: check_matrix(data.decode(), counted),
        CHECKS: lambda data: check_checks(data.decode(), counted),
        SNAPSHOTS: lambda data: check_snapshots(data.decode(), counted),
    }
    for name, content in reports.items():
        yield from checks[name](content)
