"""The audit of one run: everything that is written in it, against what its ledger proves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from contracts_runner.audit.artifacts import check_artifacts
from contracts_runner.audit.chain import read_ledger_lines
from contracts_runner.audit.files import ArchiveFiles, FolderFiles, RunFiles
from contracts_runner.audit.judging import judge_run
from contracts_runner.audit.ledger_claims import check_claims
from contracts_runner.audit.manifest import check_archive, check_manifest
from contracts_runner.audit.recount import Recount, recount
from contracts_runner.audit.rendering import Tool, compare_renderings
from contracts_runner.audit.results import NAME as RESULTS
from contracts_runner.audit.results import check_blocks, check_results, try_fold
from contracts_runner.audit.run_folder import check_folder_name
from contracts_runner.audit.tally import build_tally
from contracts_runner.audit.violation import Violation
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.model.json import Json
from contracts_runner.model.phase import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAudit:
    """The violations, in the order ledger, files, results, reports, artifacts. `subject` says what was looked at;
    `exit_code` is the one that the ledger means (docs/design.md, Outcomes), None for a ledger that begins no run;
    `notes` say what
    could not be compared."""

    violations: tuple[Violation, ...]
    subject: str
    exit_code: int | None
    notes: tuple[str, ...] = ()


def audit_folder(folder: Path, tool: Tool) -> RunAudit:
    """Audit a run's folder, and its archive if that lies beside it."""
    files = FolderFiles(folder)
    resolved = folder.resolve()
    return audit_files(files, tool, list(check_archive(files, resolved.with_name(f"{resolved.name}.zip"))))


def audit_archive(path: Path, tool: Tool) -> RunAudit:
    """Audit a run's archive in place. Raises UnreadableError if it is none."""
    files = ArchiveFiles(path)
    try:
        return audit_files(files, tool)
    finally:
        files.close()


def audit_files(files: RunFiles, tool: Tool, of_archive: Sequence[Violation] = ()) -> RunAudit:
    """Audit the files of a run, wherever they lie; never raises for what stands in them."""
    reading = read_ledger_lines(files)
    violations = [*reading.violations, *check_manifest(files), *of_archive]
    tally = build_tally(reading.lines)
    if tally is None:
        violations.append(Violation(figure="first line", printed=None, recomputed="run_started", file=LEDGER, line=1))
        return RunAudit(violations=tuple(violations), subject="no run", exit_code=None)
    counted = recount(tally)
    rows = [line.row for line in reading.lines]
    folded, problems = try_fold(tool, rows)
    version = tally.run.get("tool_version")
    # Another version may fold and render differently: what is equal holds, what differs proves nothing.
    is_same_version = version == tool.version
    known = folded if is_same_version else None
    violations += [*(problems if is_same_version else ()), *check_claims(tally), *check_folder_name(tally, files.name)]
    violations += _check_results(files, counted, known)
    blocks = check_blocks(files, counted, known)
    violations += chain.from_iterable(blocks.values())
    renderings = () if folded is None else tool.render(folded, rows, tally.templates)
    comparison = compare_renderings(files, renderings, is_same_version=is_same_version)
    violations += [*comparison.iter_violations(tuple(violations)), *check_artifacts(tally, files)]
    notes = [] if is_same_version else [f"written by version {version}: only what this version writes too is compared"]
    for name, reason in comparison.find_unproven().items():
        what = "only its figures are compared" if name in blocks else "not compared with the ledger"
        notes.append(f"{name}: {what} ({reason})")
    return RunAudit(
        violations=tuple(violations),
        subject=_describe(counted),
        exit_code=_judge(counted),
        notes=(*notes, *comparison.notes),
    )


def _check_results(files: RunFiles, counted: Recount, folded: Mapping[str, Json] | None) -> Iterator[Violation]:
    """Yield what results.json says otherwise. Which reports there must be, the manifest says; a run that ended has its
    results at least."""
    if RESULTS in files.names:
        yield from check_results(files, counted, folded)
    elif counted.tally.finished is not None:
        yield Violation(figure=RESULTS, printed=None, recomputed="the fold of the ledger", file=RESULTS)


def _judge(counted: Recount) -> int:
    totals, load = counted.results["totals"], counted.results["warehouse"]["load"]
    if counted.results["run"]["interrupted"]:
        return 130
    return judge_run(
        {phase: totals[phase] for phase in Phase},
        is_complete=counted.results["run"]["complete"],
        load=load["outcome"] if load else None,
    )


def _describe(counted: Recount) -> str:
    results = counted.results
    parts = [
        f"{results['ledger']['lines']} ledger lines",
        f"{results['totals']['scenarios']['total']} scenarios",
        f"{results['totals']['properties']['total']} properties",
        f"{results['totals']['warehouse']['total']} warehouse checks",
        f"{results['totals']['requests_sent']} requests",
    ]
    return ", ".join(parts)
