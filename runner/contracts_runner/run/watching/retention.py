"""Removes old runs of a watch from ./runs. What a watch has not made stays, and what is not as it was made.

The newest run always stays, and the last in which something broke.
"""

import json
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import field
from datetime import datetime, timedelta
from pathlib import Path

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.files import iter_entries, read_file
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.evidence.lock import is_in_progress
from contracts_runner.evidence.manifest import MANIFEST
from contracts_runner.model.watch import Retention
from contracts_runner.reporting.verdict import INTERRUPTED, find_exit_code
from contracts_runner.results.lines import MisfitError, parse_results
from contracts_runner.run.options import RUNS
from contracts_runner.run.runs import list_runs, read_head
from contracts_runner.run.unpublished import name_mark
from contracts_runner.run.watching.made_runs import is_watched

# A folder on its way out. It has no ledger, so it is no run; a watch that was killed leaves it to the next one.
_LEAVING = ".removed"
_IS_LEAVING = re.compile(r"\d{8}T\d{6}Z-.*\.removed")


@dataclass(frozen=True, slots=True)
class _Made:
    folder: Path
    id: str
    started_at: datetime


@dataclass(slots=True, kw_only=True)
class Cleaner:
    """Removes the runs of an environment beyond those that are to stay."""

    retention: Retention
    environment: str
    _broken: dict[str, bool] = field(default_factory=dict)  # id -> whether something broke in the run

    def clean(self, now: datetime, *, protected: Collection[str] = ()) -> list[Path]:
        """Remove what is too old or too many, but for the runs with the `protected` ids; returns what was removed.

        Raises OSError for what cannot be removed.
        """
        for folder in RUNS.iterdir() if RUNS.is_dir() else ():
            if _IS_LEAVING.fullmatch(folder.name) and not (folder / LEDGER).exists():
                shutil.rmtree(folder)
        if self.retention == Retention():
            return []
        made = list(self._iter_made())
        surplus = [run for number, run in enumerate(made) if number and self._is_surplus(number, run, now)]
        kept = {*protected, *([self._find_last_broken(made)] if surplus else [])}
        removed = [run.folder for run in surplus if run.id not in kept and _remove(run)]
        self._broken = {run.id: self._broken[run.id] for run in made if run.id in self._broken}
        return removed

    def _is_surplus(self, number: int, run: _Made, now: datetime) -> bool:
        most, seconds = self.retention.runs, self.retention.seconds
        is_one_too_many = most is not None and number >= most
        return is_one_too_many or (seconds is not None and now - run.started_at > timedelta(seconds=seconds))

    def _iter_made(self) -> Iterator[_Made]:
        """Yield the runs of the watch of this environment that have ended, the newest first."""
        for run in list_runs(None):
            head = read_head(run) if run.is_dir() and not is_in_progress(run / LEDGER) else {}
            if head.get("environment") == self.environment and is_watched(head):
                with suppress(LookupError, ValueError):  # somebody may have sent the folder
                    yield _Made(run, str(head["id"]), datetime.fromisoformat(str(head["started_at"])))

    def _find_last_broken(self, made: list[_Made]) -> str:
        for run in made:
            if run.id not in self._broken:
                self._broken[run.id] = _is_broken(run.folder)
            if self._broken[run.id]:
                return run.id
        return ""


def _is_broken(folder: Path) -> bool:
    try:
        return find_exit_code(parse_results(read_file(folder / "results.json"))) not in (0, INTERRUPTED)
    except (OSError, MisfitError):
        return True  # nobody can tell


def _remove(run: _Made) -> bool:
    """Remove a run and its archive; False for one that is not as it was made, or not published yet."""
    if not _is_untouched(run.folder) or name_mark(run.folder).exists():
        return False
    archive = run.folder.with_name(f"{run.folder.name}.zip")
    if read_head(archive).get("id") == run.id:
        archive.unlink()
    leaving = run.folder.rename(run.folder.with_name(run.folder.name + _LEAVING))
    (leaving / LEDGER).unlink()
    shutil.rmtree(leaving)
    return True


def _is_untouched(folder: Path) -> bool:
    """Tell whether a folder holds the files of its manifest, and nothing else: no note, no link, no other run."""
    try:
        files = json.loads(read_file(folder / MANIFEST))["files"]
    except (OSError, ValueError, LookupError, TypeError, RunFolderError):
        return False
    found = set()
    for name, entry in iter_entries(folder):
        if isinstance(entry, OSError) or entry.is_symlink():
            return False
        if not entry.is_dir(follow_symlinks=False):
            found.add(name)
    return found == {*files, MANIFEST}
