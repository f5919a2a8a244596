"""The audit of one run: everything that is written in it, against what its ledger proves."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from contracts_runner.audit.artifacts import check_artifacts
from contracts_runner.audit.chain import read_ledger_lines
from contracts_runner.audit.files import ArchiveFiles, FolderFiles, RunFiles
from contracts_runner.audit.judging import judge_run, judge_scenario
from contracts_runner.audit.ledger_claims import check_claims
from contracts_runner.audit.manifest import check_archive, check_folder_name, check_manifest
from contracts_runner.audit.recount import Recount, recount
from contracts_runner.audit.rendering import Folded, Tool, compare_renderings
from contracts_runner.audit.results_json import check_blocks, check_results
from contracts_runner.audit.tally import Row, build_tally
from contracts_runner.audit.violation import Violation
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.model.nouns import count_noun
from contracts_runner.model.phase import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAudit:
    """The violations, in the order ledger, files, results, reports, artifacts. `subject` is what was looked at,
    `exit_code` the one that the ledger means (docs/design.md, Outcomes), None for a ledger that begins no run; `notes`
    name what could not be compared."""

    violations: tuple[Violation, ...]
    subject: str
    exit_code: int | None
    notes: tuple[str, ...] = ()


def audit_folder(folder: Path, tool: Tool) -> RunAudit:
    """Audit a run's folder, and the archive beside it, if there is one."""
    files = FolderFiles(folder)
    resolved = folder.resolve()
    return audit_files(files, tool, list(check_archive(files, resolved.with_name(f"{resolved.name}.zip"))))


def audit_archive(path: Path, tool: Tool) -> RunAudit:
    """Audit a run's archive in place. Raises UnreadableError if it is not one."""
    with closing(ArchiveFiles(path)) as files:
        return audit_files(files, tool)


def audit_files(files: RunFiles, tool: Tool, of_archive: Sequence[Violation] = ()) -> RunAudit:
    """Audit the files of a run, wherever they are; never raises for what is in them."""
    reading = read_ledger_lines(files)
    violations = [*reading.violations, *check_manifest(files), *of_archive]
    tally = build_tally(reading.lines)
    if tally is None:
        violations.append(Violation("first line", None, "run_started", LEDGER, line=1))
        return RunAudit(violations=tuple(violations), subject="no run", exit_code=None)
    counted = recount(tally)
    folded, problems = _try_fold(tool, [line.row for line in reading.lines])
    version = tally.run.get("tool_version")
    # Another version may fold and render differently: what is equal holds, what differs proves nothing.
    is_same_version = version == tool.version
    known = folded.results if folded is not None and is_same_version else None
    violations += [*(problems if is_same_version else ()), *check_claims(tally), *check_folder_name(tally, files.name)]
    violations += check_results(files, counted, known)
    blocks = check_blocks(files, counted, known)
    violations += chain.from_iterable(blocks.values())
    renderings = () if folded is None else folded.render(tally.templates)
    comparison = compare_renderings(files, renderings, tool.reports, is_same_version=is_same_version)
    violations += [*comparison.iter_violations(tuple(violations)), *check_artifacts(tally, files)]
    notes = [] if is_same_version else [f"written by version {version}: only what this version writes too is compared"]
    for name, reason in comparison.find_unproven().items():
        what = "only its figures are compared" if name in blocks else "not compared with the ledger"
        notes.append(f"{name}: {what} ({reason})")
    return RunAudit(
        violations=tuple(violations),
        subject=_describe(counted),
        exit_code=judge(counted),
        notes=(*notes, *comparison.notes),
    )


def _try_fold(tool: Tool, lines: Sequence[Row]) -> tuple[Folded | None, list[Violation]]:
    """Return the fold of the lines; for lines that it cannot take none, and the violation."""
    try:
        return tool.fold(lines), []
    except Exception as error:
        # Lines of the right form can still hold values that no run writes: whatever that raises, the audit goes on.
        problem = f"{type(error).__name__}: {error}"
        return None, [Violation("fold of the ledger", problem, "results", LEDGER)]


def judge(counted: Recount) -> int:
    """Return the exit code that a run means."""
    results, tally = counted.results, counted.tally
    run, load = results["run"], results["warehouse"]["load"]
    if tally.leaks:
        return 3
    if run["interrupted"] and all(fault["where"] != "run" for fault in tally.faults):
        return 130
    is_agreeing = all(
        record.closed is None or record.closed.row["outcome"] == judge_scenario(record)
        for record in tally.opened.values()
    )
    return judge_run(
        [results["totals"][phase] for phase in Phase],
        load=load["outcome"] if load else None,
        is_strict=run.get("strict", False),
        is_whole=run["complete"] and is_agreeing and not (results["not_started"] or tally.faults),
    )


def _describe(counted: Recount) -> str:
    totals = counted.results["totals"]
    return ", ".join(
        (
            count_noun(counted.tally.count, "ledger line"),
            *(count_noun(totals[phase]["total"], phase.noun) for phase in Phase),
            count_noun(totals["requests_sent"], "request"),
        )
    )
