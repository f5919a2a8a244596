"""The audit of one run: everything that is written in it, against what its ledger proves."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import chain, islice
from pathlib import Path

from contracts_runner.audit.artifacts import check_artifacts, is_hashed
from contracts_runner.audit.baseline_rows import subtract
from contracts_runner.audit.chain import LedgerReading, read_ledger_lines
from contracts_runner.audit.files import LIMITS, ArchiveFiles, FolderFiles, Limits, RunFiles
from contracts_runner.audit.judging import judge_run, judge_scenario
from contracts_runner.audit.ledger_claims import check_claims
from contracts_runner.audit.manifest import NAME as MANIFEST
from contracts_runner.audit.manifest import check_archive, check_folder_name, check_kinds, check_manifest
from contracts_runner.audit.merged import check_shards
from contracts_runner.audit.recount import Recount, recount
from contracts_runner.audit.rendering import Folded, Tool, compare_renderings
from contracts_runner.audit.results_json import NAME as RESULTS
from contracts_runner.audit.results_json import check_blocks, check_results
from contracts_runner.audit.tally import Row, build_tally
from contracts_runner.audit.violation import Violation
from contracts_runner.dataclass import dataclass
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.model.nouns import count_noun
from contracts_runner.model.phase import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAudit:
    """The violations, in the order ledger, files, results, reports, artifacts. `subject` is what was looked at, `head`
    the hash of the ledger's last line, `exit_code` the one that the ledger means (docs/design.md, Outcomes), None for a
    ledger that begins no run; `notes` name what could not be compared. `derived` are the files that are made from the
    ledger, and `is_sealed` tells whether there is a manifest, the last file that a run writes."""

    violations: tuple[Violation, ...]
    subject: str
    head: str
    exit_code: int | None
    is_sealed: bool
    derived: frozenset[str]
    notes: tuple[str, ...] = ()

    @property
    def lasting(self) -> tuple[Violation, ...]:
        """What would not hold after the reports were rendered again. Of a folder without a manifest, whose run was
        killed, the derived files claim nothing yet."""
        if self.is_sealed:
            return self.violations
        return tuple(violation for violation in self.violations if violation.file not in self.derived)


def audit_folder(folder: Path, tool: Tool, limits: Limits = LIMITS, *, head: str | None = None) -> RunAudit:
    """Audit a run's folder, and the archive beside it, if there is one; `head` is what the ledger's last line must have
    for its hash."""
    files = FolderFiles(folder, limits)
    resolved = folder.resolve()
    return audit_files(files, tool, check_archive(files, resolved.with_name(_name_archive(files))), head=head)


def audit_archive(path: Path, tool: Tool, limits: Limits = LIMITS, *, head: str | None = None) -> RunAudit:
    """Audit a run's archive in place. Raises UnreadableError if it is not one."""
    with closing(ArchiveFiles(path, limits)) as files:
        return audit_files(files, tool, head=head)


def audit_files(
    files: RunFiles, tool: Tool, of_archive: Iterable[Violation] = (), *, head: str | None = None
) -> RunAudit:
    """Audit the files of a run, wherever they are; never raises for what is in them."""
    reading = read_ledger_lines(files)
    is_sealed = MANIFEST in files.names
    counted = _recount(reading)
    subject, exit_code = (_describe(counted), judge(counted)) if counted else ("no run", None)
    notes: list[str] = []
    found = [_check_head(reading, head), reading.violations, check_manifest(files), of_archive]
    if reading.torn and is_sealed:
        torn = f"a torn line of {reading.torn} bytes"
        found.append([Violation("ledger end", torn, "whole lines only", LEDGER, line=reading.count + 1)])
    elif reading.torn:
        notes.append(f"{LEDGER}: {reading.torn} bytes of a torn line at the end are left out: the run was killed")
    if counted is None:
        found.append([Violation("first line", None, "run_started", LEDGER, line=1)])
    else:
        found.append(_check_run(files, tool, reading, counted, notes))
    del counted
    most = files.limits.violations
    violations = tuple(islice(chain.from_iterable(found), most + 1))
    if len(violations) > most:
        notes.append(f"only the first {most} violations are listed")
    return RunAudit(
        violations=violations[:most],
        subject=subject,
        head=reading.head,
        exit_code=exit_code,
        is_sealed=is_sealed,
        derived=frozenset((*tool.reports, RESULTS, MANIFEST, _name_archive(files))),
        notes=tuple(notes),
    )


def _recount(reading: LedgerReading) -> Recount | None:
    tally = build_tally(reading.lines)
    return recount(tally, reading.head) if tally else None


def _check_head(reading: LedgerReading, head: str | None) -> Iterator[Violation]:
    if head is not None and head != reading.head:
        yield Violation("head: SHA-256 of the last line", reading.head, head, LEDGER, line=reading.count or 1)


def _check_run(
    files: RunFiles, tool: Tool, reading: LedgerReading, counted: Recount, notes: list[str]
) -> Iterator[Violation]:
    """Yield what does not hold of a run; add to the notes what could not be compared.

    What was read is given up before the reports are rendered: all at once would take twice the memory.
    """
    tally, most = counted.tally, files.limits.violations
    folded, problems = _try_fold(tool, [line.row for line in reading.lines], reading.head)
    version = tally.run.get("tool_version")
    # Another version may fold and render differently: what is equal holds, what differs proves nothing.
    is_same_version = version == tool.version
    known = folded.results if folded is not None and is_same_version else None
    yield from check_kinds(tally, files, tool.formats, is_same_version=is_same_version)
    yield from problems if is_same_version else ()
    yield from check_claims(tally)
    yield from check_shards(reading.lines)
    yield from check_folder_name(tally, files.name)
    figures = list(islice(check_results(files, counted, known), most))
    blocks = check_blocks(files, counted, known)
    figures += chain.from_iterable(blocks.values())
    yield from figures
    artifacts = list(islice(check_artifacts(tally, files), most))
    if not is_same_version:
        notes.append(f"written by version {version}: only what this version writes too is compared")
    if not is_hashed(tally):
        notes.append("the ledger has no hashes of the artifacts: of a long request body only the beginning is compared")
    renderings = () if folded is None else folded.render(tally.templates)
    reading.lines.clear()
    del tally, counted, folded, known
    comparison = compare_renderings(files, renderings, tool.reports, is_same_version=is_same_version)
    yield from comparison.iter_violations(figures)
    yield from artifacts
    for name, reason in comparison.list_unproven().items():
        what = "only its figures are compared" if name in blocks else "not compared with the ledger"
        notes.append(f"{name}: {what} ({reason})")
    notes += comparison.notes


def _name_archive(files: RunFiles) -> str:
    return f"{files.name}.zip"


def _try_fold(tool: Tool, lines: Sequence[Row], head: str) -> tuple[Folded | None, list[Violation]]:
    """Return the fold of the lines; for lines that it cannot take none, and the violation."""
    try:
        return tool.fold(lines, head), []
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
        subtract(results["totals"], results.get("baseline")).values(),
        has_rows="load" in results or any(results["totals"][phase]["total"] for phase in Phase),
        load=load["outcome"] if load else None,
        is_strict=run.get("strict", False),
        thresholds=[check["outcome"] for check in results["load"]["checks"]] if "load" in results else (),
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
