"""Prints what of the documents contracts and runs have touched."""

import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import assert_never

from contracts_runner.errors import RunFolderError, explain_errors
from contracts_runner.evidence.files import write_whole
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.evidence.lock import is_in_progress
from contracts_runner.maintenance.coverage.coverage_report import CoverageReport
from contracts_runner.maintenance.coverage.endpoint_ledger import build_entries
from contracts_runner.maintenance.coverage.grades import Grade, PartKind
from contracts_runner.maintenance.coverage.measuring import Documented, measure, read_uses
from contracts_runner.maintenance.coverage.seen_exchanges import iter_seen, iter_seen_statuses
from contracts_runner.maintenance.impact.changes import Use
from contracts_runner.maintenance.printing import OutputFormat
from contracts_runner.project.project import Project
from contracts_runner.project.root import list_template_folders
from contracts_runner.redaction.json_text import escape_unsafe
from contracts_runner.reporting.text import make_visible
from contracts_runner.results.lines import MisfitError, parse_results
from contracts_runner.results.results import Results
from contracts_runner.run.mistakes import print_warnings
from contracts_runner.run.recorded_exchanges import iter_exchanges
from contracts_runner.run.runs import explain_left_out, iter_own_runs, open_run, read_environment, read_run_file

_Seen = list[dict[str, dict[str, set[Use]]]]


def print_coverage(
    project: Project,
    form: OutputFormat,
    *,
    environment: str | None,
    most: int,
    fail_under: float | None,
    page: Path | None,
) -> int:
    """Print the coverage; returns the exit code, 1 if too little is covered."""
    print_warnings(project.mistakes)
    if environment is not None:
        project.settings.require_environment(environment)
    documents = [read_uses(project, key) for key in project.specs]
    results, seen = _read_runs(project, documents, environment, most)
    report = CoverageReport(
        coverage=measure(documents, seen),
        endpoints=build_entries(results),
        runs=dict(Counter(each.run.environment for each in results)),
    )
    if page is not None:
        _write_page(report, page, project)
    match form:
        case OutputFormat.JSON:
            print(escape_unsafe(report.render_json()))
        case OutputFormat.GITHUB:
            print(make_visible(report.render_github()))
            print(report.render_totals(), file=sys.stderr)
        case OutputFormat.TEXT:
            print(make_visible(report.render_text()))
        case _:
            assert_never(form)
    if fail_under is None or report.coverage.percent >= fail_under:
        return 0
    print(f"{report.coverage.percent:.1f}% is less than {fail_under:g}%", file=sys.stderr)
    return 1


def _read_runs(
    project: Project, documents: Sequence[Documented], environment: str | None, most: int
) -> tuple[list[Results], _Seen]:
    """Return the results of the newest runs of each environment, the oldest first, and what their exchanges show of
    each document. What cannot be read is told on stderr, and left out."""
    found: list[Results] = []
    seen: _Seen = [defaultdict(lambda: defaultdict(set)) for _ in documents]
    counts = Counter[str]()
    for folder in iter_own_runs(project.settings):
        name = read_environment(folder)
        if environment not in (None, name) or counts[name] >= most or _is_open(folder):
            continue
        try:
            with open_run(folder) as files:
                results = parse_results(read_run_file(files, "results.json"))
                exchanges = list(iter_exchanges(files))
        except (RunFolderError, MisfitError) as error:
            print(make_visible(explain_left_out(folder, error)), file=sys.stderr)
            continue
        counts[name] += 1
        found.insert(0, results)
        for document, shown in zip(documents, seen, strict=True):
            for exchange in exchanges:
                if exchange.operation in document.operations:
                    shown[name][exchange.operation].update(iter_seen(document, exchange))
            for row in results.endpoints:
                shown[name][row.operation].update(iter_seen_statuses(document, row.operation, row.statuses))
    return found, seen


def _is_open(folder: Path) -> bool:
    return folder.is_dir() and is_in_progress(folder / LEDGER)


def _write_page(report: CoverageReport, page: Path, project: Project) -> None:
    """Write one self-contained page. Raises RunFolderError."""
    from contracts_runner.reporting.templating import build_environment, render_template

    with explain_errors("write", page):
        page.parent.mkdir(parents=True, exist_ok=True)
    environment = build_environment(list_template_folders(project.settings.templates))
    kinds = [kind for kind in PartKind if report.coverage.count(kind)]
    write_whole(page, render_template(environment, "coverage.html.jinja", report=report, kinds=kinds, grades=[*Grade]))
    print(make_visible(f"{page}: written"), file=sys.stderr)
