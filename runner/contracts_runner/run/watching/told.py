"""Up to which run each receiver of alerts has been told what broke: a file beside the runs, `watch-ENVIRONMENT.json`.

It says nothing of a run, only which one counts: what was told is in the results of that.
"""

import json
from pathlib import Path

from contracts_runner.evidence.files import make_file_name, read_file, write_whole
from contracts_runner.run.options import RUNS


class Told:
    """Name of a receiver -> id of the run; "" for one that was told of nothing, since there was no run."""

    def __init__(self, environment: str) -> None:
        self._path = RUNS / f"watch-{make_file_name(environment)}.json"

    def read(self) -> dict[str, str]:
        """Return what is known; nothing of a file that is not as this version writes it."""
        try:
            told = json.loads(read_file(self._path))["told"]
            return {str(name): str(run) for name, run in told.items()}
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return {}

    def note(self, receiver: str, run_id: str) -> None:
        """Note that a receiver has been told up to a run. Raises RunFolderError."""
        told = {**self.read(), receiver: run_id}
        write_whole(self._path, json.dumps({"told": told}, ensure_ascii=False, indent=2).encode() + b"\n")

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._path
