"""Runs the command line many times without its start-up: one process imports everything, each run is a fork of it.

A fork is a process like any other: it can be killed, and its files and locks end with it. It can strike itself with
signals when it is about to change a certain file.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from helpers.command import REPOSITORY


class Forks:
    """The process that forks. A context manager."""

    def __init__(self) -> None:
        path = os.pathsep.join([str(REPOSITORY / "runner"), str(REPOSITORY / "tests")])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "helpers.forks"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def start(self, *arguments: str, cwd: Path, moment: str | int = "", signals: Sequence[int] = ()) -> int:
        """Start `contracts ARGUMENTS`, its output in `cwd/output.txt`; returns the id of its process.

        The process gets the signals, all at once, at a moment: before it does what `open NAME`, `rename NAME` or
        `remove NAME` says, or anything of that kind for the N-th time.
        """
        strike = {"moment": moment, "signals": [int(each) for each in signals]}
        return int(self._ask({"arguments": arguments, "cwd": str(cwd), **strike}))

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
    from contracts_runner.cli import commands  # noqa: F401 - what a run imports
    from contracts_runner.run import execution  # noqa: F401

    child = 0
    for line in sys.stdin:
        order = json.loads(line)
        if order:
            child = os.fork()
            if child == 0:
                _prepare_strike(order["moment"], order["signals"])
                _run(order["arguments"], order["cwd"])
            print(child, flush=True)
        else:
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


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


def _run(arguments: list[str], folder: str) -> None:
    from contracts_runner.cli.main import main as contracts
    from contracts_runner.signals import end_as_by_ctrl_c

    end_as_by_ctrl_c()
    os.chdir(folder)
    output = os.open("output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    empty = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, empty), (1, output), (2, output)):
        os.dup2(source, target)
    code: Any = 1
    try:
        contracts(arguments, prog_name="contracts")
    except SystemExit as end:
        code = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)


if __name__ == "__main__":
    main()
