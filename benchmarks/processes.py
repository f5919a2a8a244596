"""Measures whole processes that take turns: wall time, CPU time of them and their children, and the largest memory."""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Usage:
    """What one process cost, its children included; `rss_mib` is that of the largest of them."""

    wall: float
    cpu: float
    rss_mib: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is measured; `earlier` is another executable of ours with its project."""

    rounds: int
    is_quick: bool = False
    earlier: tuple[str, Path] | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A command and the folder in which it runs. `{fresh}` in it becomes a path that is not there yet. An installed one
    imports what it is installed with, wherever this Python looks for modules."""

    arguments: Sequence[str]
    folder: Path
    is_installed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A figure beside what was promised: PASS if it is at most that. `basis` says of what it was made."""

    name: str
    value: float
    at_most: float
    basis: str = ""

    @property
    def is_kept(self) -> bool:
        """True if the promise holds."""
        return self.value <= self.at_most

    def __str__(self) -> str:
        verdict = "PASS" if self.is_kept else "FALL SHORT"
        return f"{verdict:<10} {self.value:8.2f} (at most {self.at_most:g})  {self.name}; {self.basis}"


def take_turns(commands: Mapping[str, Command], rounds: int) -> dict[str, list[Usage]]:
    """Return what each command cost in each round. A first round, which warms caches up, is not counted; the order
    turns from round to round."""
    usages: dict[str, list[Usage]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in sorted(commands.items(), reverse=bool(number % 2)):
            usage = run(command)
            if number:
                usages[name].append(usage)
    return usages


def find_median(usages: Sequence[Usage]) -> Usage:
    """Return the medians of several rounds."""
    columns = zip(*((each.wall, each.cpu, each.rss_mib) for each in usages), strict=True)
    return Usage(*map(statistics.median, columns))


def run(command: Command) -> Usage:
    """Run a command and return what it cost; raises RuntimeError unless it ends with 0."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, tempfile.TemporaryFile() as printed:
        arguments = [each.replace("{fresh}", f"{name}/run") for each in command.arguments]
        # Who does not keep bytecode compiles all modules each time, which no user's run does.
        left_out = {"PYTHONDONTWRITEBYTECODE", *(["PYTHONPATH"] if command.is_installed else [])}
        environment = {key: value for key, value in os.environ.items() if key not in left_out}
        began = time.perf_counter()
        process = subprocess.Popen(
            arguments, cwd=command.folder, env=environment, stdout=subprocess.DEVNULL, stderr=printed
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            printed.seek(0)
            raise RuntimeError(f"{' '.join(arguments)}: exit {process.returncode}\n{printed.read().decode()}")
    return Usage(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
