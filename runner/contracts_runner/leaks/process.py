"""The leak scan's second process: searches what a run has written while the run still writes the rest.

It begins when there is more to search than its start costs; less is searched by the run itself, at its end.

Protocol: JSON lines on stdin, first the run's folder, then orders {secrets, personal, files, texts, ignored}, the
values only when they have changed: a full pipe would make the run wait. After the end of stdin a JSON list of hits on
stdout. Every file is searched for all values of the last order, those that an earlier order named for what is new only.
The values travel through the pipe: arguments and environments of processes can be seen by others.
"""

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import structs

from contracts_runner.errors import RunFolderError
from contracts_runner.leaks.search import LeakSearch
from contracts_runner.results.rows import LeakRow
from contracts_runner.signals import leave_to_parent, shield

if TYPE_CHECKING:
    import subprocess

_FEW_BYTES = 512 * 1024


class LeakProcess:
    """A search whose process begins with more than `few_bytes`; leaving the context ends it. `folder` is the run's."""

    def __init__(self, folder: Path, few_bytes: int = _FEW_BYTES) -> None:
        self._folder, self._few_bytes = folder, few_bytes
        self._handed: dict[str, tuple[int, int, int]] = {}
        self._values: Mapping[str, Any] = {"secrets": {}, "personal": []}
        self._printed: Mapping[str, Any] = {}
        self.process: subprocess.Popen[str] | None = None

    def search(self, files: Iterable[str], *, secrets: Mapping[str, str], personal: Iterable[str]) -> None:
        """Search these files, written whole, and those of earlier calls for these values. Returns at once.

        The last call settles what counts: its values are looked for in all files. A file that was handed over before
        and has not been written again costs nothing.
        """
        signatures = {name: self._sign(name) for name in files}
        fresh = [name for name, signature in signatures.items() if self._handed.get(name) != signature]
        self._handed |= signatures
        values = {"secrets": dict(secrets), "personal": sorted(personal)}
        if self.process is not None:
            self._send({"files": fresh} if values == self._values else {**values, "files": fresh})
        elif any(values.values()) and sum(size for _, size, _ in self._handed.values()) > self._few_bytes:
            self.process = self._begin()
            self._send(str(self._folder))
            self._send({**values, "files": list(self._handed)})
        self._values = values

    def search_printed(self, texts: Mapping[str, str], *, ignored: Iterable[str]) -> None:
        """Search what was printed, the name of the stream -> its text, for the values of the last call of `search`.

        `ignored` are the user's texts, such as the path of the run's folder, which may hold any name.
        """
        self._printed = {"texts": texts, "ignored": list(ignored)}

    def finish(self) -> list[LeakRow]:
        """Return what was found; raises RunFolderError if the search did not come to an end."""
        if self.process is None:
            search = _Search(self._folder)
            search.take({**self._values, **self._printed, "files": list(self._handed)})
            found = sorted(search.found)
        else:
            self._send({**self._printed, "files": []})
            answer, _ = self.process.communicate()
            if self.process.returncode != 0:
                raise RunFolderError(
                    "the search for leaks did not come to an end: the run's files may hold personal data"
                )
            found = [LeakRow(**leak) for leak in json.loads(answer)]
        # What a file holds, its copy in the archive holds too: one leak.
        return [leak for leak in found if structs.replace(leak, file=leak.file.partition("!")[2]) not in found]

    def __enter__(self) -> "LeakProcess":
        return self

    def __exit__(self, *_: object) -> None:
        # Ended already, except after an error: then its answer is not needed.
        if self.process is not None:
            self.process.kill()
            self.process.communicate()

    def _begin(self) -> "subprocess.Popen[str]":
        import subprocess

        with shield():
            return subprocess.Popen(
                [sys.executable, "-m", "contracts_runner.leaks.process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )

    def _sign(self, name: str) -> tuple[int, int, int]:
        with contextlib.suppress(OSError):  # the search will report what is wrong with it
            status = os.stat(f"{self._folder}/{name}")
            return status.st_ino, status.st_size, status.st_mtime_ns
        return 0, 0, 0

    def _send(self, order: object) -> None:
        assert self.process is not None
        pipe = self.process.stdin
        assert pipe is not None
        with contextlib.suppress(BrokenPipeError):  # `finish` reports a process that ended early
            pipe.write(json.dumps(order) + "\n")
            pipe.flush()


class _Search:
    """The results of the orders so far."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, None] = {}
        self._search = LeakSearch(folder, secrets={}, personal=())
        self._secrets: dict[str, str] = {}
        self._personal: set[str] = set()
        self.found: set[LeakRow] = set()

    def take(self, order: Mapping[str, Any]) -> None:
        if "secrets" in order:
            self._change_values(dict(order["secrets"]), set(order["personal"]))
        self.found.update(self._search.search(order["files"]))
        self._files |= dict.fromkeys(order["files"])
        for name, text in order.get("texts", {}).items():
            self.found.update(self._search.search_text(name, text, order["ignored"]))

    def _change_values(self, secrets: dict[str, str], personal: set[str]) -> None:
        self._search = LeakSearch(self._folder, secrets=secrets, personal=personal)
        if self.found and not personal >= self._personal:
            # Some values count no longer, and perhaps they were what was found.
            self.found = set(self._search.search(self._files))
        else:
            unmet = {name: value for name, value in secrets.items() if self._secrets.get(name) != value}
            search = LeakSearch(self._folder, secrets=unmet, personal=personal - self._personal)
            self.found.update(search.search(self._files))
        self._secrets, self._personal = secrets, personal


def main() -> None:
    """Search by the orders on stdin."""
    leave_to_parent()
    search = _Search(Path(json.loads(sys.stdin.readline())))
    for line in sys.stdin:
        search.take(json.loads(line))
    with contextlib.suppress(BrokenPipeError):  # the run was killed meanwhile
        print(json.dumps([structs.asdict(leak) for leak in sorted(search.found)]), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
