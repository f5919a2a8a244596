"""Finds what is to be audited, and prints what the audit found.

A violation is exit code 1 and not 3: "could not find out" is for a service; here it was found out that a figure is
wrong. What cannot be read is a violation too: evidence that cannot be checked proves nothing.
"""

import dataclasses
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import assert_never

from rich.console import Console
from rich.text import Text

from contracts_runner import read_version
from contracts_runner.audit.files import LIMITS, NO_LIMITS, Limits, UnreadableError
from contracts_runner.audit.foreign.legacy_audit import audit_legacy
from contracts_runner.audit.rendering import Folded, Rendering, Tool
from contracts_runner.audit.run_audit import RunAudit, audit_archive, audit_folder
from contracts_runner.audit.violation import Violation
from contracts_runner.dataclass import dataclass
from contracts_runner.errors import RunFolderError, UsageError
from contracts_runner.maintenance.printing import Level, OutputFormat, find_repository, render_annotation
from contracts_runner.model.json import Json
from contracts_runner.project.root import list_template_folders
from contracts_runner.redaction.json_text import escape_unsafe
from contracts_runner.reporting.formats import FORMATS, TEMPLATED
from contracts_runner.reporting.phrases import Language, Phrases, find_phrases
from contracts_runner.reporting.render import build_renderers
from contracts_runner.reporting.template_files import find_templates, hash_templates
from contracts_runner.reporting.templating import build_environment
from contracts_runner.reporting.text import flatten, make_visible, render_pair
from contracts_runner.reporting.totals import render_head
from contracts_runner.results.fold import fold_record
from contracts_runner.results.lines import Line, MisfitError, build_line, results_as_json
from contracts_runner.results.record import RunRecord, read_record
from contracts_runner.results.results import Results
from contracts_runner.run.runs import find_run, find_settings

# A forged file can break every line of it; the JSON form has them all.
_MOST_SHOWN = 500
_VALUE_LIMIT = 160
_DIGEST = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """`place` is the folder of the violations' files; `facts` are sentences about what was looked at, the last of them
    the hash of the ledger's last line, if there is one."""

    place: Path
    violations: tuple[Violation, ...]
    facts: tuple[str, ...]
    head: str = ""


def audit_run(
    targets: Sequence[str],
    *,
    project: Path | None,
    environment: str | None,
    head: str | None = None,
    is_large: bool = False,
) -> AuditReport:
    """Audit one run; the project's templates are used if its reports were written with them. `environment` is the one
    of which `last` is the newest run, `head` the hash that the ledger's last line must have, `is_large` that the run
    may be of any size.

    Raises UsageError, or RunFolderError if there is no run.
    """
    if len(targets) != 1:
        raise UsageError(f"one run at a time; {len(targets)} are given (with --legacy they would be reports and logs)")
    if head is not None and not _DIGEST.fullmatch(head):
        raise UsageError(f"--expect takes a SHA-256 in hex, 64 digits, as the run printed it; {head!r} is none")
    path = find_run(targets[0], find_settings(project), environment=environment)
    audit = audit_path(path, project, NO_LIMITS if is_large else LIMITS, head=head and head.lower())
    facts = [f"{path}: {audit.subject}", *audit.notes]
    if audit.exit_code is not None:
        facts.append(f"the ledger means exit code {audit.exit_code}")
    return AuditReport(place=path, violations=audit.violations, facts=tuple(facts), head=audit.head)


def audit_files(targets: Sequence[str], *, head: str | None = None) -> AuditReport:
    """Audit foreign reports and logs, which have no `head`. Raises UsageError."""
    if head is not None:
        raise UsageError("--expect is about the ledger of a run; what --legacy reads has none")
    audit = audit_legacy([Path(target) for target in targets])
    return AuditReport(place=Path(), violations=audit.violations, facts=audit.subjects)


def audit_path(path: Path, project: Path | None, limits: Limits = LIMITS, *, head: str | None = None) -> RunAudit:
    """Audit a run's folder or archive. Raises RunFolderError for a file that is none."""
    tool = build_tool(project)
    if path.is_dir():
        return audit_folder(path, tool, limits, head=head)
    try:
        return audit_archive(path, tool, limits, head=head)
    except UnreadableError as error:
        raise RunFolderError(f"{path} is {error}") from error


def build_tool(project: Path | None) -> Tool:
    """Return this version's fold and rendering, with the templates of a project next to the shipped ones."""
    formats = {name: files for name, files in FORMATS.items() if name != "json"}
    return Tool(read_version(), formats, TEMPLATED, lambda rows, head: _fold(rows, head, project))


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines that a ledger's objects are, each made when it is asked for."""

    rows: Sequence[Mapping[str, Json]]

    def __iter__(self) -> Iterator[Line]:
        return map(build_line, self.rows)

    def __getitem__(self, index: int) -> Line:
        return build_line(self.rows[index])


def _fold(rows: Sequence[Mapping[str, Json]], head: str, project: Path | None) -> Folded:
    """Return what this version makes of a ledger's objects. Raises RunFolderError."""
    try:
        record = read_record(_Lines(rows))
    except MisfitError as error:
        raise RunFolderError(str(error)) from error
    results = fold_record(record, head)
    return Folded(results_as_json(results), lambda named: _iter_renderings(results, record, named, project))


def _iter_renderings(
    results: Results, record: RunRecord, named: Mapping[str, str] | None, project: Path | None
) -> Iterator[Rendering]:
    """Yield the reports in the language of the run, then in the others."""
    own = results.run.language or Language.ENGLISH
    for language in (own, *(each for each in Language if each != own)):
        for rendering in _iter_in_language(results, record, named, project, find_phrases(language)):
            yield dataclasses.replace(rendering, is_named=rendering.is_named and language == own)


def _iter_in_language(
    results: Results, record: RunRecord, named: Mapping[str, str] | None, project: Path | None, phrases: Phrases
) -> Iterator[Rendering]:
    """Yield the reports by the templates that the run names, then by the shipped ones, then by those of the project."""

    def build(folders: Sequence[Path], chosen: Mapping[str, Path | None] | None = None) -> Rendering:
        renderers = build_renderers(results, record, lambda: build_environment(folders, chosen, phrases), phrases)
        return Rendering(chosen is not None, lambda name: b"".join(renderers[name]()))

    shipped = list_template_folders(None)
    found = find_templates(named or {}, shipped)
    is_shipped = named is not None and None not in found.values()
    if is_shipped:
        yield build(shipped, found)
    settings = find_settings(project)
    templates = settings.templates if settings else None
    own = list_template_folders(templates)
    if not is_shipped:
        if named is not None:
            yield build(own, find_templates(named, own))
        yield build(shipped)
    if hash_templates(templates) != hash_templates(None):
        yield build(own)


def print_audit(report: AuditReport, form: OutputFormat) -> int:
    """Print the violations on stdout; returns the exit code."""
    if report.head and form is not OutputFormat.TEXT:
        print(render_head(report.head), file=sys.stderr)
    match form:
        case OutputFormat.JSON:
            document = {"ok": not report.violations, "violations": [each.as_json() for each in report.violations]}
            print(escape_unsafe(json.dumps(document, ensure_ascii=False, indent=2)))
        case OutputFormat.GITHUB:
            base = find_repository()
            for violation in report.violations:
                print(_annotate(violation, report.place, base))
            print(_count(report))
        case OutputFormat.TEXT:
            _print_text(report, Console(soft_wrap=True, highlight=False))
        case _:
            assert_never(form)
    return 1 if report.violations else 0


def _print_text(report: AuditReport, console: Console) -> None:
    for violation in report.violations[:_MOST_SHOWN]:
        text = Text(flatten(violation.where), style="bold")
        text.append(f": {flatten(violation.figure)}: ", style="not bold")
        printed, recomputed = _render_values(violation)
        text.append(f"printed {printed}", style="not bold red")
        text.append(f", recomputed {recomputed}", style="not bold green")
        console.print(text)
    hidden = len(report.violations) - _MOST_SHOWN
    if hidden > 0:
        console.print(Text(f"… and {hidden} more; --format json has them all"))
    head = [render_head(report.head)] if report.head else []
    for fact in (*report.facts, *head):
        console.print(Text(flatten(fact), style="dim"))
    console.print(Text(_count(report), style="bold red" if report.violations else "bold green"))


def _annotate(violation: Violation, place: Path, base: Path) -> str:
    printed, recomputed = _render_values(violation)
    message = f"{violation.figure}: printed {printed}, recomputed {recomputed}"
    if violation.path:
        message += f" ({violation.path})"
    path = (place if place.is_dir() else place.parent) / violation.file
    absolute = path.absolute()
    file = absolute.relative_to(base).as_posix() if absolute.is_relative_to(base) else path.as_posix()
    return render_annotation(
        Level.ERROR, make_visible(message), file=make_visible(file), line=violation.line or 1, title="audit"
    )


def _count(report: AuditReport) -> str:
    match len(report.violations):
        case 0:
            return "everything holds"
        case 1:
            return "1 figure that does not hold"
        case number:
            return f"{number} figures that do not hold"


def _render_values(violation: Violation) -> tuple[str, str]:
    printed, recomputed = render_pair(violation.printed, violation.recomputed, _VALUE_LIMIT)
    return (
        "nothing" if violation.printed is None else printed,
        "nothing" if violation.recomputed is None else recomputed,
    )
