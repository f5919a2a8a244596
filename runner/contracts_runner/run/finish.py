"""The end of a run: results from the ledger, reports, the search for leaks, manifest, archive, summary, exit code."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import structs

from contracts_runner.dataclass import dataclass
from contracts_runner.evidence.files import list_files
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.evidence.ledger import LedgerLines
from contracts_runner.evidence.manifest import MANIFEST, Packed, pack, seal, unseal
from contracts_runner.leaks.process import LeakProcess
from contracts_runner.project.root import list_template_folders
from contracts_runner.redaction.json_text import escape_unsafe
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.reporting.cause_views import list_examples
from contracts_runner.reporting.formats import GITHUB
from contracts_runner.reporting.phrases import find_phrases
from contracts_runner.reporting.render import render_reports
from contracts_runner.reporting.summary import find_path, render_summary
from contracts_runner.reporting.terminal import capture_screen
from contracts_runner.reporting.text import make_visible
from contracts_runner.reporting.totals import render_archive
from contracts_runner.reporting.verdict import find_exit_code
from contracts_runner.results.events import Closing, FaultRecorded, LeaksFound
from contracts_runner.results.fold import fold_record
from contracts_runner.results.lines import results_as_json
from contracts_runner.results.record import read_record
from contracts_runner.results.results import Results
from contracts_runner.results.rows import ExchangeRow, LeakRow
from contracts_runner.run.session import Session
from contracts_runner.run.unpublished import publish_run


@dataclass(frozen=True, slots=True)
class _Written:
    """What the ledger came to: the results, why a report could not be written (by its name), what is to seal the
    folder, and the exchanges that the summary shows (by artifact)."""

    results: Results
    problems: Mapping[str, str]
    packed: Packed
    exchanges: Mapping[str, ExchangeRow]


def finish_run(
    session: Session, search: LeakProcess, printed: Mapping[str, Sequence[str]], *, is_publishing: bool
) -> int:
    """Write every file of the run that derives from its ledger, publish, search all of it for leaks, and only then
    print the summary; returns the exit code. `printed` is what the run has printed so far, by the name of the stream.

    What breaks on the way, and what leaks, is recorded too: then the files are written again, and say it. Until the
    search has ended nothing seals the folder; after a leak there is no archive, which would take it elsewhere.
    """
    plan, redactor = session.plan, session.redactor
    written = _write_files(session, search)
    faults = [_build_fault(redactor, *each) for each in written.problems.items()]
    notes: list[str] = []
    if is_publishing and plan.history is not None:
        notes, problem = publish_run(plan.history, session.folder, plan.environment.name, redactor.text)
        faults += [_build_fault(redactor, "publish", problem)] if problem else []
    # A process that was killed here may have recorded them.
    known = {(fault.where, fault.message) for fault in written.results.faults or ()}
    late: list[Closing] = [fault for fault in faults if (fault.where, fault.message) not in known]
    texts = _render_end(session, written, notes)
    shown = {name: "".join(printed[name]) + text for name, text in texts.items()}
    leaks = _find_leaks(session, search, {**shown, MANIFEST: written.packed.manifest.decode("utf-8")})
    if leaks:
        # The name of a file may hold the value.
        late.append(LeaksFound(leaks=tuple(structs.replace(leak, file=redactor.text(leak.file)) for leak in leaks)))
    if late:
        unseal(session.folder)
        for event in late:
            session.listeners.close(event)
        written = _write_files(session, None)
        texts = _render_end(session, written, [*notes, *(f"leak: {leak}" for leak in leaks)])
    seal(session.folder, written.packed)
    if GITHUB in plan.options.formats and not written.results.leaks:
        from contracts_runner.run.github import append_summary

        if problem := append_summary(session.folder):
            texts["stderr"] += f"{make_visible(problem)}\n"
    # The verdict is the last line that a person sees.
    print(texts["stderr"], end="", file=sys.stderr, flush=True)
    print(texts["stdout"], end="")
    return find_exit_code(written.results)


def _write_files(session: Session, search: LeakProcess | None) -> _Written:
    """Write the reports, and pack all files; on the second core they are searched meanwhile."""
    plan, folder, redactor = session.plan, session.folder, session.redactor
    secrets, personal = redactor.secret_values(), redactor.personal_values()

    def hand_over(names: Sequence[str]) -> None:
        if search is not None:
            search.search(names, secrets=secrets, personal=personal)

    exchanges: dict[str, ExchangeRow] = {}
    # The records while the first report is made, and each report while the next one is.
    hand_over(list_files(folder))
    results, problems = write_reports(
        folder,
        formats=plan.options.formats,
        templates=list_template_folders(plan.project.templates),
        on_written=lambda path: hand_over([path.name]),
        exchanges=exchanges,
    )
    packed = pack(folder, is_archived=not results.leaks)
    hand_over([*list_files(folder), *([f"../{packed.partial.name}"] if packed.partial else [])])
    return _Written(results, problems, packed, exchanges)


def _render_end(session: Session, written: _Written, notes: Sequence[str]) -> dict[str, str]:
    """Return what is printed at the end, by the name of the stream."""
    options = session.plan.options
    results, project = written.results, session.plan.project.root
    archive = render_archive(written.packed.archive, find_phrases(results.run.language or ""))
    lines = [*([] if options.is_quiet else [archive]), *notes, *render_problems(written.problems)]
    shown = render_results(
        results,
        session.folder,
        formats=options.formats,
        project=project,
        exchanges=written.exchanges,
        is_quiet=options.is_quiet,
        is_verbose=options.is_verbose,
    )
    return {"stdout": shown, "stderr": make_visible("".join(f"{line}\n" for line in lines))}


def _find_leaks(session: Session, search: LeakProcess, texts: Mapping[str, str]) -> list[LeakRow]:
    """Search what is printed too, and return what was found anywhere."""
    folder = session.folder
    search.search_printed(texts, ignored=(str(folder), str(folder.resolve()), find_path(folder), str(Path.cwd())))
    return [*search.finish(), *session.leaks]


def _build_fault(redactor: Redactor, where: str, message: str) -> FaultRecorded:
    return FaultRecorded(where=where, message=redactor.text(message))


def render_problems(problems: Mapping[str, str]) -> list[str]:
    """Return which reports could not be written, and why."""
    return [f"{name} was not written: {problem}" for name, problem in problems.items()]


def write_reports(
    folder: Path,
    *,
    output: Path | None = None,
    formats: Sequence[str],
    templates: Sequence[Path],
    language: str | None = None,
    on_written: Callable[[Path], None] = lambda _: None,
    exchanges: dict[str, ExchangeRow] | None = None,
) -> tuple[Results, Mapping[str, str]]:
    """Fold the ledger, write the reports into `output`, else into the run's folder, each of which `on_written` gets;
    returns the results, and of the reports that could not be written why. `exchanges` takes those of the causes'
    examples, by artifact.

    A damaged ledger is read up to the damage, which is printed on stderr."""
    lines = LedgerLines(folder / LEDGER)
    try:
        record = read_record(lines)
    finally:
        if lines.problem:
            print(make_visible(f"{folder / LEDGER}: {lines.problem}; what follows is left out"), file=sys.stderr)
    results = fold_record(record, lines.head)
    if exchanges is not None:
        exchanges |= record.find_exchanges(list_examples(results))
    problems = render_reports(
        results,
        record,
        output or folder,
        formats=formats,
        template_folders=templates,
        language=language,
        on_written=on_written,
    )
    return results, problems


def render_results(
    results: Results,
    folder: Path,
    *,
    formats: Sequence[str],
    project: Path | None,
    exchanges: Mapping[str, ExchangeRow],
    language: str | None = None,
    is_quiet: bool = False,
    is_verbose: bool = False,
) -> str:
    """Return what stdout shows: results.json where that was asked for, else the summary, and the annotations of GitHub
    where those were; `project` is the folder that contract files are relative to, `exchanges` are those of
    `write_reports`."""
    if "json" in formats:
        return escape_unsafe(json.dumps(results_as_json(results), ensure_ascii=False, indent=2)) + "\n"
    phrases = find_phrases(language or results.run.language or "")
    with capture_screen() as (screen, captured):
        render_summary(
            results,
            screen,
            folder=folder,
            exchanges=exchanges,
            is_quiet=is_quiet,
            is_verbose=is_verbose,
            phrases=phrases,
        )
    if GITHUB in formats:
        from contracts_runner.run.github import render_annotations

        return captured() + render_annotations(results, project, phrases)
    return captured()
