"""The end of a run: results from the ledger, reports, the search for leaks, manifest, archive, summary, exit code."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from contracts_runner.evidence.folder import LEDGER
from contracts_runner.evidence.ledger import read_ledger
from contracts_runner.evidence.manifest import list_searched, write_archive, write_manifest
from contracts_runner.leaks.process import LeakProcess
from contracts_runner.leaks.search import Leak
from contracts_runner.leaks.terminal import TerminalRecord
from contracts_runner.model.environment import PublishSettings
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.project.root import list_template_folders
from contracts_runner.redaction.json_text import escape_unsafe
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.reporting.formats import REPORTS
from contracts_runner.reporting.render import render_reports
from contracts_runner.reporting.summary import render_summary
from contracts_runner.reporting.text import make_visible
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.lines import parse_results, results_as_json
from contracts_runner.results.results import Results
from contracts_runner.run.runs import find_run, find_settings, unpack_run
from contracts_runner.run.session import Session


def finish_run(session: Session, search: LeakProcess, *, is_interrupted: bool) -> int:
    """Write every file of the run that derives from its ledger, print the summary; returns the exit code."""
    plan, folder, redactor = session.plan, session.folder, session.redactor
    secrets, personal = redactor.secret_values(), redactor.personal_values()

    def hand_over(path: Path) -> None:
        search.search([path.name], secrets=secrets, personal=personal)

    # On the second core: the records while the first report is made, and each report while the next one is.
    search.search(list_searched(folder), secrets=secrets, personal=personal)
    templates = list_template_folders(plan.project.templates)
    results, problems = write_reports(folder, formats=plan.options.formats, templates=templates, on_written=hand_over)
    write_manifest(folder)
    archive = write_archive(folder)
    search.search(list_searched(folder), secrets=secrets, personal=personal)
    leaks = search.finish()
    print_results(results, folder, formats=plan.options.formats)
    print(f"Archive: {archive}", file=sys.stderr)
    print_leaks(leaks)
    print_problems(problems)
    if is_interrupted:
        return 130
    code = find_exit_code(results, is_strict=plan.options.is_strict)
    return 3 if (leaks or problems) and code == 0 else code


def report_run(name: str, *, project: Path | None, environment: str | None) -> int:
    """Write the reports, manifest and archive of an earlier run again, and print the summary; returns the exit code.

    An archive is unpacked next to itself first. A project may have templates of its own, and has runs; without one the
    shipped templates are taken. Raises RunFolderError.
    """
    settings = find_settings(project)
    run = find_run(name, settings, environment=environment)
    folder = run if run.is_dir() else unpack_run(run)
    templates = list_template_folders(settings.templates if settings else None)
    results, problems = write_reports(folder, formats=REPORTS, templates=templates)
    write_manifest(folder)
    write_archive(folder)
    print_results(results, folder, formats=REPORTS)
    print_problems(problems)
    code = find_exit_code(results, is_strict=False)
    return 3 if problems and code == 0 else code


def publish_history(target: PublishSettings, folder: Path, redact: Callable[[str], str]) -> bool:
    """Publish results.json of the run in `folder`, and print the result on stderr; False if it failed.

    `redact` is for the message of a server that refuses.
    """
    from contracts_runner.warehouse.errors import WarehouseQueryError, WarehouseUnavailable
    from contracts_runner.warehouse.publishing import publish_results

    if target.target.dsn is None:
        print(f"not published: ${target.target.missing} is not set", file=sys.stderr)
        return True
    results = parse_results((folder / "results.json").read_bytes())
    try:
        is_new = publish_results(results, target.target, is_creating=target.is_creating, now=datetime.now(UTC))
    except (WarehouseQueryError, WarehouseUnavailable) as problem:
        print(make_visible(f"not published: {redact(str(problem))}"), file=sys.stderr)
        return False
    print("published" if is_new else "published before: nothing to write", file=sys.stderr)
    return True


def report_terminal_leaks(terminal: TerminalRecord, folder: Path, redactor: Redactor, *, code: int) -> int:
    """Search what the run has printed, and print the places; returns the exit code: of 0 and a leak, 3."""
    leaks = terminal.find_leaks(
        secrets=redactor.secret_values(),
        personal=redactor.personal_values(),
        ignored=(str(folder), str(folder.resolve()), str(Path.cwd())),
    )
    print_leaks(leaks)
    return 3 if leaks and code == 0 else code


def print_leaks(leaks: Sequence[Leak]) -> None:
    """Print where secrets or personal values were found, never the values."""
    for leak in leaks:
        print(f"leak: {leak}", file=sys.stderr)


def print_problems(problems: Mapping[str, str]) -> None:
    """Print which reports could not be written, and why."""
    for name, problem in problems.items():
        print(make_visible(f"{name} was not written: {problem}"), file=sys.stderr)


def write_reports(
    folder: Path,
    *,
    formats: Sequence[str],
    templates: Sequence[Path],
    on_written: Callable[[Path], None] = lambda _: None,
) -> tuple[Results, Mapping[str, str]]:
    """Fold the ledger, write results.json and the reports, each of which `on_written` gets; returns the results, and
    of the reports that could not be written why.

    A damaged ledger is read up to the damage, which is printed on stderr."""
    reading = read_ledger(folder / LEDGER)
    if reading.problem:
        print(f"{folder / LEDGER}: {make_visible(reading.problem)}; what follows is left out", file=sys.stderr)
    results = fold_ledger(reading.lines)
    problems = render_reports(
        results, reading.lines, folder, formats=formats, template_folders=templates, on_written=on_written
    )
    return results, problems


def print_results(results: Results, folder: Path, *, formats: Sequence[str]) -> None:
    """Print results.json where that was asked for, else the summary."""
    if "json" in formats:
        print(escape_unsafe(json.dumps(results_as_json(results), ensure_ascii=False, indent=2)))
        return
    render_summary(results, Console(soft_wrap=True, emoji=False), folder=folder)


def find_exit_code(results: Results, *, is_strict: bool) -> int:
    """Return 1 if anything failed (with --strict: or is fixed), 3 if anything errored or never ended, else 0."""
    totals = [results.totals[phase] for phase in Phase]
    if any(counts.failed or (is_strict and counts.fixed) for counts in totals):
        return 1
    load = results.warehouse.load
    is_loaded = load is None or load.outcome is not Outcome.ERRORED
    is_whole = is_loaded and results.run.complete and not results.faults
    return 0 if is_whole and not any(counts.errored for counts in totals) else 3
