"""Runs the command line without its start-up: one process imports everything, each run is a fork of it.

A fork is a process like any other: it has its own folder, variables and streams, can be killed, and its files and locks
end with it. Only what Python does before its first line is not there to be seen.
"""

import json
import os
import pkgutil
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn, Self


class Forks:
    """The process that forks. A context manager."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "helpers.forks"],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUTF8": "1"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def start(
        self,
        *arguments: str,
        cwd: Path,
        environ: Mapping[str, str] = os.environ,
        outputs: tuple[str, str] | None = None,
    ) -> int:
        """Start `contracts ARGUMENTS`; returns the id of its process.

        `outputs`: the files of its stdout and stderr; both are `cwd/output.txt` if left out.
        """
        both = str(cwd / "output.txt")
        order = {"arguments": arguments, "cwd": str(cwd), "environ": dict(environ), "outputs": outputs or (both, both)}
        return int(self._ask(order))

    def wait(self) -> int:
        """Return the exit code of the run started last, negative for a signal."""
        return int(self._ask({}))

    def _ask(self, order: dict[str, Any]) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(order), file=self._process.stdin, flush=True)
        return self._process.stdout.readline()


def main() -> None:
    """Serve the orders that come on stdin."""
    import contracts_runner

    for module in pkgutil.walk_packages(contracts_runner.__path__, "contracts_runner."):
        if not module.name.endswith("__main__"):
            __import__(module.name)
    child = 0
    for line in sys.stdin:
        order = json.loads(line)
        if order:
            child = os.fork()
            if child == 0:
                _run(**order)
            print(child, flush=True)
        else:
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _run(arguments: list[str], cwd: str, environ: dict[str, str], outputs: tuple[str, str]) -> NoReturn:
    from contracts_runner.cli import main as contracts

    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()
    sys.path[0], sys.argv = cwd, ["contracts", *arguments]
    stdout, stderr = (os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND) for path in outputs)
    for target, source in ((0, os.open(os.devnull, os.O_RDONLY)), (1, stdout), (2, stderr)):
        os.dup2(source, target)
    try:
        contracts()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(1)


if __name__ == "__main__":
    main()
