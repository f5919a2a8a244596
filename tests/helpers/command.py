"""Runs the command line as a user does: in a process of its own."""

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from helpers.forks import Forks

REPOSITORY = Path(__file__).resolve().parents[2]
# Beside the variables of a command: it begins as a user's does, and imports for itself what it works with.
COLD = {"PYTHONUTF8": "1"}


@dataclass(frozen=True)
class Finished:
    """A process that ended; `folder` is where it was told to put a run."""

    code: int
    stdout: str
    stderr: str
    folder: Path

    @property
    def results(self) -> dict[str, Any]:
        """results.json of the run."""
        loaded: dict[str, Any] = json.loads((self.folder / "results.json").read_text(encoding="utf-8"))
        return loaded

    @property
    def outcomes(self) -> dict[str, str]:
        """Scenario ID -> outcome, in the order of results.json."""
        return {row["id"]: row["outcome"] for row in self.results["scenarios"]}


def run_contracts(*arguments: str, cwd: Path, timeout: float = 120, **environ: str) -> Finished:
    """Run `contracts ARGUMENTS` in a folder; variables of the developer's own shell do not reach it.

    The process is a fork of one that has imported everything, unless a variable, as that of COLD, is for Python itself.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("QTICKETS_", "CLICKHOUSE_"))}
    is_forked = sys.platform == "linux" and not any(name.startswith("PYTHON") for name in environ)
    run = _run_fork if is_forked else _run_python
    code, stdout, stderr = run(arguments, cwd, {**kept, **COLD, **environ}, timeout)
    folder = cwd / arguments[arguments.index("--output") + 1] if "--output" in arguments else cwd
    return Finished(code, stdout, stderr, folder)


def _run_python(
    arguments: tuple[str, ...], cwd: Path, environ: Mapping[str, str], timeout: float
) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "contracts_runner", *arguments],
        cwd=cwd,
        env=environ,
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@cache
def copy_project() -> Path:
    """Return the folder of a copy of the shipped project, which has none of the runs that somebody made in its own."""
    folder = Path(tempfile.mkdtemp(prefix="contracts-project-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in ("spec", "contracts", "reports"):
        shutil.copytree(REPOSITORY / name, folder / name)
    shutil.copy(REPOSITORY / "contracts.yaml", folder)
    return folder


# Processes that fork and are not at work; tests may run several commands at once.
_idle: list[Forks] = []


@atexit.register
def _close_idle() -> None:
    for forks in _idle:
        forks.close()


def _run_fork(
    arguments: tuple[str, ...], cwd: Path, environ: Mapping[str, str], timeout: float
) -> tuple[int, str, str]:
    forks = _idle.pop() if _idle else Forks()
    with tempfile.TemporaryDirectory() as folder:
        stdout, stderr = (Path(folder, name) for name in ("stdout", "stderr"))
        process = forks.start(*arguments, cwd=cwd, environ=environ, outputs=(str(stdout), str(stderr)))
        timer = threading.Timer(timeout, os.kill, (process, signal.SIGKILL))
        timer.start()
        code = forks.wait()
        timer.cancel()
        _idle.append(forks)
        return code, stdout.read_text(encoding="utf-8"), stderr.read_text(encoding="utf-8")
