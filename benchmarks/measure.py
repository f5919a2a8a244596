"""Takes turns between two pieces of work, and compares their rates."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

# Does the work once; returns how many units (cases, rows) it did.
Work = Callable[[], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a comparison: units per second of each round, and the units of the last one."""

    name: str
    rates: tuple[float, ...]
    units: int

    @property
    def median(self) -> float:
        """Units per second."""
        return statistics.median(self.rates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Our rate over that of the other side; `at_least` is what was promised, None where nothing was."""

    name: str
    unit: str
    ours: Side
    theirs: Side
    at_least: float | None

    @property
    def value(self) -> float:
        """The ratio of the medians."""
        return self.ours.median / self.theirs.median

    @property
    def is_kept(self) -> bool:
        """False if the ratio is below the promise."""
        return self.at_least is None or self.value >= self.at_least


def compare(
    name: str,
    *,
    unit: str,
    ours: tuple[str, Work],
    theirs: tuple[str, Work],
    rounds: int,
    at_least: float | None,
    clock: Callable[[], float] = time.perf_counter,
) -> Ratio:
    """Return the ratio of two sides, each a name and its work. A first round, which warms caches up, is not counted;
    the order changes from round to round, so that neither always runs on what the other one left behind."""
    works = (ours, theirs)
    rates: dict[str, list[float]] = {side: [] for side, _ in works}
    units: dict[str, int] = {}
    for number in range(rounds + 1):
        for side, work in works if number % 2 else works[::-1]:
            began = clock()
            units[side] = work()
            rate = units[side] / (clock() - began)
            if number:
                rates[side].append(rate)
    sides = [Side(name=side, rates=tuple(rates[side]), units=units[side]) for side, _ in works]
    return Ratio(name=name, unit=unit, ours=sides[0], theirs=sides[1], at_least=at_least)
