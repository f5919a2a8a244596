"""Finds what the newest recorded run says of a scenario or a warehouse check."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# As runs are named: their order is that of their names.
_RUN = re.compile(r"\d{8}T\d{6}Z-.+")


@dataclass(frozen=True, slots=True, kw_only=True)
class LastOutcome:
    """One row of results.json. `finished_at` is as written there; `artifacts` are paths of files that exist."""

    outcome: str
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
        row = next(_iter_rows(results, identifier), None)
        if row is not None:
            return _build_outcome(folder, results["run"], row)
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


def _read_results(path: Path) -> Mapping[str, Any]:
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    is_known = isinstance(results, dict) and results.get("schema_version") == 1
    return results if is_known else {}


def _iter_rows(results: Mapping[str, Any], identifier: str) -> Iterator[Mapping[str, Any]]:
    if not results:
        return
    yield from (row for row in results["scenarios"] if row["id"] == identifier)
    for row in results["warehouse"]["checks"]:
        if identifier in (row["id"], f"{row['table']}:{row['check']}"):
            yield row


def _build_outcome(folder: Path, run: Mapping[str, Any], row: Mapping[str, Any]) -> LastOutcome:
    return LastOutcome(
        outcome=row["outcome"],
        reason=row.get("reason") or row.get("message") or "",
        finished_at=run["finished_at"] or run["started_at"],
        environment=run["environment"],
        is_simulated=run["simulated"],
        folder=folder,
        artifacts=tuple(_iter_artifacts(folder, row.get("steps", ()))),
    )


def _iter_artifacts(folder: Path, steps: Iterable[Mapping[str, Any]]) -> Iterator[Path]:
    for step in steps:
        if step["artifact"] and (folder / step["artifact"]).is_file():
            yield folder / step["artifact"]
