"""Runs the command line without its start-up: one process imports everything, each run is a fork of it.

A fork is a process like any other: it has its own folder, variables and streams, can be killed, and its files and locks
end with it. Only what Python does before its first line is not there to be seen. It can strike itself with signals when
it is about to change a certain file.
"""

import json
import os
import pkgutil
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, Self


class Forks:
    """The process that forks. A context manager."""

    module = "helpers.forks"

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", self.module],
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
        moment: str | int = "",
        signals: Sequence[int] = (),
    ) -> int:
        """Start `contracts ARGUMENTS`; returns the id of its process.

        `outputs`: the files of its stdout and stderr; both are `cwd/output.txt` if left out.

        The process gets the signals, all at once, at a moment: before it does what `open NAME`, `rename NAME` or
        `remove NAME` says, or anything of that kind for the N-th time.
        """
        both = str(cwd / "output.txt")
        place = {"cwd": str(cwd), "environ": dict(environ), "outputs": outputs or (both, both)}
        strike = {"moment": moment, "signals": [int(each) for each in signals]}
        return int(self._ask({"arguments": arguments, "place": place, "strike": strike}))

    def wait(self) -> int:
        """Return the exit code of the run started last, negative for a signal."""
        return int(self._ask({}))

    def _ask(self, order: dict[str, Any]) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(order), file=self._process.stdin, flush=True)
        return self._process.stdout.readline()


PATCHING = ("contracts_runner.load.users", "contracts_runner.run.loading")


def main() -> None:
    """Serve the orders that come on stdin."""
    import_all()
    child = 0
    for line in sys.stdin:
        order = json.loads(line)
        if order:
            child = os.fork()
            if child == 0:
                settle(**order["place"])
                _prepare_strike(**order["strike"])
                run(order["arguments"])
            print(child, flush=True)
        else:
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def import_all() -> None:
    """Import everything that a command may need, but for what patches the standard library."""
    import contracts_runner

    for module in pkgutil.walk_packages(contracts_runner.__path__, "contracts_runner."):
        if not module.name.endswith("__main__") and module.name not in PATCHING:
            __import__(module.name)


def settle(cwd: str, environ: dict[str, str], outputs: tuple[str, str]) -> None:
    """Take folder, variables and streams of a process."""
    os.chdir(cwd)
    sys.path[0] = cwd
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()
    # Both may be one file.
    files = [os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND) for path in outputs]
    for target, source in enumerate([os.open(os.devnull, os.O_RDONLY), *files]):
        os.dup2(source, target)


def _prepare_strike(moment: str | int, signals: Sequence[int]) -> None:
    pending, seen = list(signals), 0

    def hook(event: str, values: tuple[Any, ...]) -> None:
        nonlocal seen
        change = pending and _name_change(event, values)
        if change:
            seen += 1
            if moment in (change, seen):
                struck = pending.copy()
                pending.clear()
                for number in struck:
                    os.kill(os.getpid(), number)

    sys.addaudithook(hook)


def _name_change(event: str, values: tuple[Any, ...]) -> str:
    """Return how a moment is called at which a file is changed, "" for any other event of the interpreter."""
    kind = event.removeprefix("os.")
    is_change = kind in ("rename", "remove") or (kind == "open" and values[2] & (os.O_WRONLY | os.O_RDWR))
    return f"{kind} {Path(values[0]).name}" if is_change and not isinstance(values[0], int) else ""


def run(arguments: list[str]) -> NoReturn:
    """Run a command, which ends the process."""
    from contracts_runner.cli import main as contracts

    sys.argv = ["contracts", *arguments]
    try:
        contracts()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(1)


if __name__ == "__main__":
    main()
