"""Whole commands, timed one after the other in rounds, so that what else the machine does hits all of them alike."""

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


def time_command(command: Sequence[str], folder: Path, *, allowed: Sequence[int] = (0,)) -> float:
    """Return the seconds that a command takes; raises RuntimeError with its output for an exit code not `allowed`."""
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    elapsed = time.perf_counter() - started
    if done.returncode not in allowed:
        raise RuntimeError(f"{command[0]} exited with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return elapsed


def measure_rounds(contenders: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Call each contender once a round; returns the median of what each gives."""
    figures: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, measure in contenders.items():
            figures[name].append(measure())
    return {name: statistics.median(values) for name, values in figures.items()}
