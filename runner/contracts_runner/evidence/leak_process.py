"""The leak scan's second process: searches what a run has recorded while the run writes its reports.

Protocol: one JSON document on stdin ({folder, files, secrets, personal}), a JSON list of hits on stdout. The values
travel through the pipe only: arguments and environments of processes can be seen by others.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.leaks import Leak, search_files


class LeakProcess:
    """A search under way."""

    def __init__(
        self, folder: Path, files: Sequence[str], *, secrets: Mapping[str, str], personal: Iterable[str]
    ) -> None:
        order = {"folder": str(folder), "files": files, "secrets": dict(secrets), "personal": sorted(personal)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "contracts_runner.evidence.leak_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order))
        self._process.stdin.close()

    def finish(self) -> list[Leak]:
        """Return what was found; raises RunFolderError if the search did not come to an end."""
        with self._process as process:
            assert process.stdout is not None
            answer = process.stdout.read()
        if self._process.returncode != 0:
            raise RunFolderError("the search for leaks did not come to an end: the run's files may hold personal data")
        return [Leak(**leak) for leak in json.loads(answer)]


def main() -> None:
    """Search as stdin says."""
    order = json.load(sys.stdin)
    found = search_files(Path(order["folder"]), order["files"], secrets=order["secrets"], personal=order["personal"])
    json.dump(
        [{"file": leak.file, "line": leak.line, "kind": leak.kind, "name": leak.name} for leak in found], sys.stdout
    )


if __name__ == "__main__":
    main()
