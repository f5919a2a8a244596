"""The end of a run: results from the ledger, reports, the search for leaks, manifest, archive, summary, exit code."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from msgspec import structs
from rich.console import Console

from contracts_runner.audit.files import LIMITS, Limits
from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.files import list_files, refuse_links
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.evidence.ledger import read_ledger
from contracts_runner.evidence.lock import hold_run
from contracts_runner.evidence.manifest import MANIFEST, Packed, is_sealed, pack, seal, unseal
from contracts_runner.faults import guard
from contracts_runner.leaks.process import LeakProcess
from contracts_runner.model.environment import PublishSettings
from contracts_runner.model.nouns import count_noun
from contracts_runner.project.root import list_template_folders
from contracts_runner.project.settings.settings import Settings
from contracts_runner.redaction.json_text import escape_unsafe
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.reporting.formats import REPORTS
from contracts_runner.reporting.phrases import find_phrases
from contracts_runner.reporting.render import render_reports
from contracts_runner.reporting.summary import render_summary
from contracts_runner.reporting.text import make_visible
from contracts_runner.reporting.verdict import find_exit_code
from contracts_runner.results.events import Closing, FaultRecorded, LeaksFound
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.lines import parse_results, results_as_json
from contracts_runner.results.results import Results
from contracts_runner.results.rows import LeakRow
from contracts_runner.run.late_search import search_late
from contracts_runner.run.runs import find_run, find_settings, unpack_run
from contracts_runner.run.session import Session


@dataclass(frozen=True, slots=True)
class _Written:
    """What the ledger came to: the results, why a report could not be written (by its name), and what is to seal the
    folder."""

    results: Results
    problems: Mapping[str, str]
    packed: Packed


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
    notes = []
    if is_publishing and plan.history is not None:
        note, problem = publish_history(plan.history, session.folder, redactor.text)
        notes.append(note)
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
    print(texts["stdout"], end="")
    print(texts["stderr"], end="", file=sys.stderr)
    return find_exit_code(written.results)


def _write_files(session: Session, search: LeakProcess | None) -> _Written:
    """Write the reports, and pack all files; on the second core they are searched meanwhile."""
    plan, folder, redactor = session.plan, session.folder, session.redactor
    secrets, personal = redactor.secret_values(), redactor.personal_values()

    def hand_over(names: Sequence[str]) -> None:
        if search is not None:
            search.search(names, secrets=secrets, personal=personal)

    # The records while the first report is made, and each report while the next one is.
    hand_over(list_files(folder))
    results, problems = write_reports(
        folder,
        formats=plan.options.formats,
        templates=list_template_folders(plan.project.templates),
        on_written=lambda path: hand_over([path.name]),
    )
    packed = pack(folder, is_archived=not results.leaks)
    hand_over([*list_files(folder), *([f"../{packed.partial.name}"] if packed.partial else [])])
    return _Written(results, problems, packed)


def _render_end(session: Session, written: _Written, notes: Sequence[str]) -> dict[str, str]:
    """Return what is printed at the end, by the name of the stream."""
    options = session.plan.options
    archive = written.packed.archive or "none, since what leaked would be in it"
    lines = [*([] if options.is_quiet else [f"Archive: {archive}"]), *notes, *_render_problems(written.problems)]
    return {
        "stdout": render_results(written.results, session.folder, formats=options.formats, is_quiet=options.is_quiet),
        "stderr": make_visible("".join(f"{line}\n" for line in lines)),
    }


def _find_leaks(session: Session, search: LeakProcess, texts: Mapping[str, str]) -> list[LeakRow]:
    """Search what is printed too, and return what was found anywhere."""
    folder = session.folder
    search.search_printed(texts, ignored=(str(folder), str(folder.resolve()), str(Path.cwd())))
    return [*search.finish(), *session.leaks]


def _build_fault(redactor: Redactor, where: str, message: str) -> FaultRecorded:
    return FaultRecorded(where=where, message=redactor.text(message))


def report_run(
    name: str, *, project: Path | None, environment: str | None, language: str | None = None, is_forced: bool = False
) -> int:
    """Write the reports, manifest and archive of an earlier run again, and print the summary; returns the exit code.

    An archive is unpacked next to itself first. A project may have templates of its own, and has runs; without one the
    shipped templates are taken. `language` None is that of the run. A run that nothing has sealed was not searched for
    leaks to the end: that is made up for, and one that leaks stays without a seal, and without an archive. Raises
    RunFolderError, also for a run that does not hold, unless `is_forced`.
    """
    settings = find_settings(project)
    run = find_run(name, settings, environment=environment)
    if run.is_dir():
        refuse_links(run)
    check_holding(run, project, is_forced=is_forced)
    return finish_late(run if run.is_dir() else unpack_run(run), settings, language=language)


def finish_late(folder: Path, settings: Settings | None, *, language: str | None = None) -> int:
    """Write reports, manifest and archive of a ledger, and print the summary; returns the exit code. A folder that
    nothing has sealed is searched for leaks first."""
    templates = list_template_folders(settings.templates if settings else None)
    with hold_run(folder / LEDGER):
        leaks: list[LeakRow] = []
        note = ""
        was_sealed = is_sealed(folder)
        unseal(folder)
        results, problems = write_reports(folder, formats=REPORTS, templates=templates, language=language)
        if not was_sealed:
            leaks, note = search_late(folder, settings, results.run.environment)
        if results.run.shards:
            note = ""  # each part was searched by the process that knew them all
        if not leaks:
            seal(folder, pack(folder, is_archived=not results.leaks))
    print(render_results(results, folder, formats=REPORTS, language=language), end="")
    told = [f"leak: {leak}" for leak in leaks]
    told += [f"not searched for all secrets: {note}; `contracts run --resume {folder}` does that"] if note else []
    for line in (*_render_problems(problems), *told):
        print(make_visible(line), file=sys.stderr)
    return 3 if leaks else find_exit_code(results) or (3 if problems else 0)


def check_holding(run: Path, project: Path | None, limits: Limits = LIMITS, *, is_forced: bool = False) -> None:
    """Raise RunFolderError for a run that does not hold, or, `is_forced`, say on stderr that it does not."""
    from contracts_runner.run.audit import audit_path  # a run needs none of it

    violations = audit_path(run, project, limits).lasting
    if not violations:
        return
    count, first = count_noun(len(violations), "figure"), violations[0]
    problem = f"{run} does not hold: the audit finds {count} wrong, the first {first.where}: {first.figure}"
    way_out = f"`contracts audit {run}` lists them"
    if not is_forced:
        raise RunFolderError(make_visible(f"{problem}; {way_out}, --force renders the reports all the same"))
    print(make_visible(f"{problem}; {way_out}; the reports are rendered all the same"), file=sys.stderr)


def publish_history(target: PublishSettings, folder: Path, redact: Callable[[str], str]) -> tuple[str, str]:
    """Publish results.json of the run in `folder`; returns what to print about it, and why it failed, "" if it did not.

    `redact` is for the message of a server that refuses.
    """
    if target.target.dsn is None:
        return f"not published: ${target.target.missing} is not set", ""
    is_new = guard(partial(_publish, target, folder), str)
    if isinstance(is_new, str):
        return f"not published: {redact(is_new)}", is_new
    return "published" if is_new else "published before: nothing to write", ""


def _publish(target: PublishSettings, folder: Path) -> bool | str:
    """Return whether there was something to write, or why it could not be written."""
    from contracts_runner.warehouse.errors import WarehouseQueryError, WarehouseUnavailable
    from contracts_runner.warehouse.publishing import publish_results

    results = parse_results((folder / "results.json").read_bytes())
    try:
        return publish_results(results, target.target, is_creating=target.is_creating, now=datetime.now(UTC))
    except (WarehouseQueryError, WarehouseUnavailable) as problem:
        return str(problem)


def _render_problems(problems: Mapping[str, str]) -> list[str]:
    """Return which reports could not be written, and why."""
    return [f"{name} was not written: {problem}" for name, problem in problems.items()]


def write_reports(
    folder: Path,
    *,
    formats: Sequence[str],
    templates: Sequence[Path],
    language: str | None = None,
    on_written: Callable[[Path], None] = lambda _: None,
) -> tuple[Results, Mapping[str, str]]:
    """Fold the ledger, write results.json and the reports, each of which `on_written` gets; returns the results, and
    of the reports that could not be written why.

    A damaged ledger is read up to the damage, which is printed on stderr."""
    reading = read_ledger(folder / LEDGER)
    if reading.problem:
        print(make_visible(f"{folder / LEDGER}: {reading.problem}; what follows is left out"), file=sys.stderr)
    results = fold_ledger(reading.lines, reading.head)
    problems = render_reports(
        results,
        reading.lines,
        folder,
        formats=formats,
        template_folders=templates,
        language=language,
        on_written=on_written,
    )
    return results, problems


def render_results(
    results: Results, folder: Path, *, formats: Sequence[str], language: str | None = None, is_quiet: bool = False
) -> str:
    """Return the text of results.json where that was asked for, else of the summary, as stdout shows it."""
    if "json" in formats:
        return escape_unsafe(json.dumps(results_as_json(results), ensure_ascii=False, indent=2)) + "\n"
    console = Console(soft_wrap=True, emoji=False)
    with console.capture() as captured:
        phrases = find_phrases(language or results.run.language or "")
        render_summary(results, console, folder=folder, is_quiet=is_quiet, phrases=phrases)
    return captured.get()
