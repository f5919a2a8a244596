"""Finds what the newest recorded run says of a scenario or a warehouse check."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from contracts_runner.model.outcome import Outcome
from contracts_runner.results.lines import MisfitError, parse_results
from contracts_runner.results.results import Results, RunRow
from contracts_runner.results.rows import ScenarioRow, StepRow, WarehouseRow

# As runs are named: their order is that of their names.
_RUN = re.compile(r"\d{8}T\d{6}Z-.+")


@dataclass(frozen=True, slots=True, kw_only=True)
class LastOutcome:
    """One row of results.json. `finished_at` is as written there; `artifacts` are paths of files that exist."""

    outcome: Outcome
    reason: str
    finished_at: str | None
    environment: str
    is_simulated: bool
    folder: Path
    artifacts: tuple[Path, ...] = ()


def find_last_outcome(runs: Path, identifier: str) -> LastOutcome | None:
    """Return what the newest run in a folder of runs says of an ID, None if none has it.

    A run without readable results says nothing.
    """
    folders = [path for path in runs.iterdir() if _RUN.fullmatch(path.name)] if runs.is_dir() else []
    for folder in sorted(folders, key=lambda path: path.name, reverse=True):
        results = _read_results(folder / "results.json")
        row = next(_iter_rows(results, identifier), None) if results else None
        if results is not None and row is not None:
            return _build_outcome(folder, results.run, row)
    return None


def describe_outcome(last: LastOutcome | None) -> str:
    """Return what the newest run says, as lines that follow a description."""
    if last is None:
        return "last outcome: none; no run in ./runs has it"
    facts = [
        *([last.reason] if last.reason else []),
        "environment "
        + last.environment
        + (" (a sandbox: says nothing about production)" if last.is_simulated else ""),
        f"at {last.finished_at}",
        f"in {last.folder}",
        *map(str, last.artifacts),
    ]
    return "\n".join([f"last outcome: {last.outcome}", *(f"    {fact}" for fact in facts)])


def _read_results(path: Path) -> Results | None:
    try:
        return parse_results(path.read_bytes())
    except (OSError, MisfitError):
        return None


def _iter_rows(results: Results, identifier: str) -> Iterator[ScenarioRow | WarehouseRow]:
    yield from (row for row in results.scenarios if row.id == identifier)
    for check in results.warehouse.checks:
        if identifier in (check.id, f"{check.table}:{check.check}"):
            yield check


def _build_outcome(folder: Path, run: RunRow, row: ScenarioRow | WarehouseRow) -> LastOutcome:
    reason, steps = (row.reason, row.steps) if isinstance(row, ScenarioRow) else (row.message, ())
    return LastOutcome(
        outcome=row.outcome,
        reason=reason,
        finished_at=run.finished_at or run.started_at,
        environment=run.environment,
        is_simulated=run.simulated,
        folder=folder,
        artifacts=tuple(_iter_artifacts(folder, steps)),
    )


def _iter_artifacts(folder: Path, steps: Iterable[StepRow]) -> Iterator[Path]:
    for step in steps:
        if step.artifact and (folder / step.artifact).is_file():
            yield folder / step.artifact
