"""The reports of an earlier run, rendered again from its ledger: in its folder, or somewhere else."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from contracts_runner.audit.files import LIMITS, Limits
from contracts_runner.dataclass import dataclass
from contracts_runner.errors import RunFolderError, explain_errors
from contracts_runner.evidence.files import refuse_links
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.evidence.lock import hold_run
from contracts_runner.evidence.manifest import is_sealed, pack, seal, unseal
from contracts_runner.model.nouns import count_noun
from contracts_runner.project.root import list_template_folders
from contracts_runner.project.settings.settings import Settings
from contracts_runner.reporting.commands import render_next
from contracts_runner.reporting.formats import GITHUB, REPORTS
from contracts_runner.reporting.text import make_visible
from contracts_runner.reporting.verdict import find_exit_code
from contracts_runner.results.results import Results
from contracts_runner.results.rows import ExchangeRow, LeakRow
from contracts_runner.run.audit import audit_path
from contracts_runner.run.finish import render_problems, render_results, write_reports
from contracts_runner.run.github import append_summary
from contracts_runner.run.late_search import search_late
from contracts_runner.run.runs import copy_ledger, find_run, find_settings, unpack_run


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be rendered: `formats`, all reports if there is none; `output`, the run's folder if it is None;
    `language`, that of the run if it is None."""

    formats: tuple[str, ...] = ()
    output: Path | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class _Rendered:
    """What was rendered, and where, with the exchanges of the summary, lines for stderr and the exit code; `is_clean`:
    all was searched for leaks, and there are none."""

    results: Results
    folder: Path
    exchanges: Mapping[str, ExchangeRow]
    told: Sequence[str]
    code: int
    is_clean: bool


def report_run(
    name: str, *, project: Path | None, environment: str | None, wish: Wish | None = None, is_forced: bool = False
) -> int:
    """Write reports of an earlier run again, and print the summary; returns the exit code. A project may have templates
    of its own, and has runs; without one the shipped templates are taken.

    Raises RunFolderError, also for a run that does not hold, unless `is_forced`.
    """
    settings, wish = find_settings(project), wish or Wish()
    run = find_run(name, settings, environment=environment)
    if run.is_dir():
        refuse_links(run)
    check_holding(run, project, is_forced=is_forced)
    rendered = _render_elsewhere(run, settings, wish, wish.output) if wish.output else _render_anew(run, settings, wish)
    return _show(rendered, settings, wish)


def finish_late(folder: Path, settings: Settings | None) -> int:
    """Write all reports, manifest and archive of a ledger, and print the summary; returns the exit code."""
    return _show(_render_anew(folder, settings, Wish()), settings, Wish())


def _show(rendered: _Rendered, settings: Settings | None, wish: Wish) -> int:
    shown = render_results(
        rendered.results,
        rendered.folder,
        formats=wish.formats,
        project=settings.root if settings else None,
        exchanges=rendered.exchanges,
        language=wish.language,
    )
    if GITHUB in wish.formats and rendered.is_clean and (problem := append_summary(rendered.folder)):
        print(make_visible(problem), file=sys.stderr)
    for line in rendered.told:
        print(make_visible(line), file=sys.stderr, flush=True)
    print(shown, end="")
    return rendered.code


def _render_anew(run: Path, settings: Settings | None, wish: Wish) -> _Rendered:
    """Write the reports, manifest and archive of the run again. An archive is unpacked next to itself first.

    A run that nothing has sealed was not searched for leaks to the end, and may lack any report: that is made up for,
    and one that leaks stays without a seal, and without an archive.
    """
    folder = run if run.is_dir() else unpack_run(run)
    with hold_run(folder / LEDGER):
        leaks: list[LeakRow] = []
        note = ""
        was_sealed = is_sealed(folder)
        unseal(folder)
        formats = wish.formats if was_sealed and wish.formats else (*REPORTS, *wish.formats)
        exchanges: dict[str, ExchangeRow] = {}
        results, problems = write_reports(
            folder,
            formats=formats,
            templates=_list_templates(settings),
            language=wish.language,
            exchanges=exchanges,
        )
        if not was_sealed:
            leaks, note = search_late(folder, settings, results.run.environment)
        if results.run.shards:
            note = ""  # each part was searched by the process that knew all its values
        if not leaks:
            seal(folder, pack(folder, is_archived=not results.leaks))
    told = [*render_problems(problems), *(f"leak: {leak}" for leak in leaks)]
    resume = render_next(results.run, "run", "--resume", str(folder))
    told += [f"not searched for all secrets: {note}; `{resume}` does that"] if note else []
    code = 3 if leaks else find_exit_code(results) or (3 if problems else 0)
    return _Rendered(results, folder, exchanges, told, code, is_clean=not (leaks or note or results.leaks))


def _render_elsewhere(run: Path, settings: Settings | None, wish: Wish, output: Path) -> _Rendered:
    """Write the reports into another folder: nothing of the run is touched, and an archive is not unpacked."""
    if (output / LEDGER).exists():
        raise RunFolderError(f"{output} holds a run; give --output another folder, or leave it out for the run's own")
    with explain_errors("create", output):
        output.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as temporary:
        folder = run if run.is_dir() else copy_ledger(run, Path(temporary))
        exchanges: dict[str, ExchangeRow] = {}
        results, problems = write_reports(
            folder,
            output=output,
            formats=wish.formats or REPORTS,
            templates=_list_templates(settings),
            language=wish.language,
            exchanges=exchanges,
        )
    told = render_problems(problems)
    if not (is_searched := run.is_file() or is_sealed(run)):
        told.append(f"not searched for secrets: the run has not ended; `contracts report {run}` does that")
    code = find_exit_code(results) or (3 if problems else 0)
    return _Rendered(results, output, exchanges, told, code, is_clean=is_searched and not results.leaks)


def _list_templates(settings: Settings | None) -> list[Path]:
    return list_template_folders(settings.templates if settings else None)


def check_holding(run: Path, project: Path | None, limits: Limits = LIMITS, *, is_forced: bool = False) -> None:
    """Raise RunFolderError for a run that does not hold, or, `is_forced`, say on stderr that it does not."""
    violations = audit_path(run, project, limits).lasting
    if not violations:
        return
    count, first = count_noun(len(violations), "figure"), violations[0]
    problem = f"{run} does not hold: the audit finds {count} wrong, the first {first.where}: {first.figure}"
    way_out = f"`contracts audit {run}` lists them"
    if not is_forced:
        raise RunFolderError(make_visible(f"{problem}; {way_out}, --force renders the reports all the same"))
    print(make_visible(f"{problem}; {way_out}; the reports are rendered all the same"), file=sys.stderr)
