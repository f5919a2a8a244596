"""The last outcome of a scenario or a warehouse check: that of the newest run."""

from collections.abc import Iterator
from pathlib import Path

from contracts_runner.audit.files import RunFiles
from contracts_runner.dataclass import dataclass
from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.artifacts import IN_PACK, PACK
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.evidence.lock import is_in_progress
from contracts_runner.maintenance.description import describe
from contracts_runner.model.outcome import WORST_FIRST, Outcome
from contracts_runner.project.project import Project
from contracts_runner.project.settings.settings import Settings
from contracts_runner.reporting.text import make_visible
from contracts_runner.results.lines import MisfitError, parse_results
from contracts_runner.results.results import Results, RunRow
from contracts_runner.results.rows import ScenarioRow, WarehouseRow
from contracts_runner.run.mistakes import print_warnings
from contracts_runner.run.runs import iter_own_runs, open_run, read_environment, read_run_file


@dataclass(frozen=True, slots=True, kw_only=True)
class LastOutcome:
    """One row of a run's results.json. `finished_at` is as written there; `artifacts` are paths of files that exist."""

    outcome: Outcome
    reason: str
    finished_at: str | None
    environment: str
    is_simulated: bool
    run: Path
    artifacts: tuple[Path, ...] = ()


def show(project: Project, identifier: str, environment: str | None = None) -> str:
    """Return what its author wrote of an ID and how it came out last, in an environment or in any, as lines. Raises
    UsageError for an unknown ID."""
    print_warnings(project.mistakes)
    if environment is not None:
        project.settings.require_environment(environment)
    last = find_last_outcome(project.settings, identifier, environment)
    outcome = "\n".join([describe_outcome(last), *_describe_progress(project.settings)])
    # Reasons quote what a service answered.
    return make_visible(f"{describe(project, identifier)}\n\n{outcome}")


def find_last_outcome(settings: Settings | None, identifier: str, environment: str | None = None) -> LastOutcome | None:
    """Return the outcome of an ID in the newest run, of an environment or of any, with readable results that has it;
    None if there is none."""
    for run in iter_own_runs(settings):
        is_other = environment is not None and read_environment(run) != environment
        if is_other or (run.is_dir() and is_in_progress(run / LEDGER)):
            continue
        try:
            with open_run(run) as files:
                results = parse_results(read_run_file(files, "results.json"))
                for row in _iter_rows(results, identifier):
                    return _build_outcome(run, files, results.run, row)
        except (RunFolderError, MisfitError):
            continue
    return None


def describe_outcome(last: LastOutcome | None) -> str:
    """Return the outcome as lines that follow a description."""
    if last is None:
        return "last outcome: none; no run in runs/, here or in the project, has it"
    simulated = " (a sandbox: says nothing about production)" if last.is_simulated else ""
    facts = [last.reason, f"environment {last.environment}{simulated}", f"at {last.finished_at}", f"in {last.run}"]
    lines = [f"    {fact}" for fact in (*facts, *last.artifacts) if fact]
    return "\n".join([f"last outcome: {last.outcome}", *lines])


def _describe_progress(settings: Settings | None) -> list[str]:
    """Return a line for each run that another process is writing: its outcomes are to come."""
    runs = (run for run in iter_own_runs(settings) if run.is_dir() and is_in_progress(run / LEDGER))
    return [f"in progress: {run}; its outcomes count when it has ended" for run in runs]


def _name_file(artifact: str) -> str:
    return PACK if artifact.startswith(IN_PACK) else artifact


def _iter_rows(results: Results, identifier: str) -> Iterator[ScenarioRow | WarehouseRow]:
    found = [row for row in results.scenarios if identifier in (row.id, row.of)]
    yield from sorted(found, key=lambda row: WORST_FIRST.index(row.outcome))  # of a table the worst item
    for check in results.warehouse.checks:
        if identifier in (check.id, f"{check.table}:{check.check}"):
            yield check


def _build_outcome(path: Path, files: RunFiles, run: RunRow, row: ScenarioRow | WarehouseRow) -> LastOutcome:
    reason, steps = (row.reason, row.steps) if isinstance(row, ScenarioRow) else (row.message, ())
    artifacts = filter(None, (step.artifact for step in steps))
    return LastOutcome(
        outcome=row.outcome,
        reason=reason,
        finished_at=run.finished_at or run.started_at,
        environment=run.environment,
        is_simulated=run.simulated,
        run=path,
        artifacts=tuple(path / each for each in artifacts if _name_file(each) in files.names),
    )
