"""The leak scan's second process: searches what a run has written while the run still writes the rest.

Protocol: JSON lines on stdin, first {folder, secrets, personal}, then lists of files, which are searched as they come;
after the end of stdin a JSON list of hits on stdout. The values travel through the pipe only: arguments and
environments of processes can be seen by others.
"""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.leaks import Leak, LeakSearch


class LeakProcess:
    """A search under way."""

    def __init__(self, folder: Path, *, secrets: Mapping[str, str], personal: Iterable[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "contracts_runner.evidence.leak_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self._say({"folder": str(folder), "secrets": dict(secrets), "personal": sorted(personal)})

    def search(self, files: Sequence[str]) -> None:
        """Search these files too; each must have been written whole. Returns at once."""
        self._say(files)

    def finish(self) -> list[Leak]:
        """Return what was found; raises RunFolderError if the search did not come to an end."""
        with self._process as process:
            answer, _ = process.communicate()
        if self._process.returncode != 0:
            raise RunFolderError("the search for leaks did not come to an end: the run's files may hold personal data")
        return [Leak(**leak) for leak in json.loads(answer)]

    def _say(self, order: object) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # a process that ended early is told of by `finish`
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()


def main() -> None:
    """Search as stdin says."""
    order = json.loads(sys.stdin.readline())
    search = LeakSearch(Path(order["folder"]), secrets=order["secrets"], personal=order["personal"])
    found = [leak for line in sys.stdin for leak in search.search(json.loads(line))]
    json.dump(
        [{"file": leak.file, "line": leak.line, "kind": leak.kind, "name": leak.name} for leak in found], sys.stdout
    )


if __name__ == "__main__":
    main()
