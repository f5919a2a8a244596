"""Up to which run each receiver of alerts has been told what broke: a file beside the runs, `watch-ENVIRONMENT.json`.

It says nothing of a run, only which one counts: what was told is in the results of that. `unmade` are the receivers who
were told that no run could be made.
"""

import json
from contextlib import suppress

from contracts_runner.evidence.files import make_file_name, read_file, write_whole
from contracts_runner.run.options import RUNS


class Told:
    """Name of a receiver -> id of the run; "" for one that was told of nothing, since there was no run."""

    def __init__(self, environment: str) -> None:
        self._path = RUNS / f"watch-{make_file_name(environment)}.json"

    def read(self) -> dict[str, str]:
        """Return what is known; nothing of a file that is not as this version writes it."""
        return self._read("told")

    def is_unmade(self, receiver: str) -> bool:
        """Tell whether a receiver knows that no run could be made."""
        return receiver in self._read("unmade")

    def note(self, receiver: str, run_id: str) -> None:
        """Note that a receiver has been told up to a run. Raises RunFolderError."""
        unmade = {name: code for name, code in self._read("unmade").items() if name != receiver}
        self._write(told={**self.read(), receiver: run_id}, unmade=unmade)

    def note_unmade(self, receiver: str, exit_code: int) -> None:
        """Note that a receiver has been told that no run could be made. Raises RunFolderError."""
        self._write(told=self.read(), unmade={**self._read("unmade"), receiver: str(exit_code)})

    def _read(self, key: str) -> dict[str, str]:
        with suppress(OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return {str(name): str(value) for name, value in json.loads(read_file(self._path))[key].items()}
        return {}

    def _write(self, **told: dict[str, str]) -> None:
        write_whole(self._path, json.dumps(told, ensure_ascii=False, indent=2).encode() + b"\n")
