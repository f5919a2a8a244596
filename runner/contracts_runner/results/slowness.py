"""Which operations answer slower than in another run, beyond what chance explains."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from math import sqrt
from statistics import NormalDist, median

from msgspec import Struct

from contracts_runner.results.rows import ScenarioRow

# With fewer answers on a side the normal approximation is none.
LEAST_ANSWERS = 8
SIGNIFICANCE = 0.01
# What is certain and tells nobody anything: less than a fifth, or than a few milliseconds.
LEAST_RATIO = 1.2
LEAST_MILLISECONDS = 5.0
METHOD = (
    f"Mann-Whitney U, two-sided p < {SIGNIFICANCE:g} after Bonferroni's correction over the operations that have "
    f"{LEAST_ANSWERS} answers of steps in each run; medians at least {LEAST_RATIO - 1:.0%} and "
    f"{LEAST_MILLISECONDS:g} ms apart"
)


class LatencyChange(Struct, frozen=True, kw_only=True):
    """An operation whose answers take another time; times are medians over the steps' last attempts."""

    operation: str
    before_ms: float
    after_ms: float
    before_count: int
    after_count: int
    p: float


def compare_latency(before: Sequence[ScenarioRow], after: Sequence[ScenarioRow]) -> list[LatencyChange]:
    """Return the operations that became slower or faster, by METHOD, in the order of the later run."""
    earlier, later = _collect(before), _collect(after)
    pairs = {
        operation: (earlier[operation], values)
        for operation, values in later.items()
        if len(values) >= LEAST_ANSWERS and len(earlier.get(operation, ())) >= LEAST_ANSWERS
    }
    found = []
    for operation, (old, new) in pairs.items():
        p = min(1.0, find_probability(old, new) * len(pairs))
        low, high = sorted((median(old), median(new)))
        if p < SIGNIFICANCE and high >= low * LEAST_RATIO and high - low >= LEAST_MILLISECONDS:
            found.append(
                LatencyChange(
                    operation=operation,
                    before_ms=round(median(old), 1),
                    after_ms=round(median(new), 1),
                    before_count=len(old),
                    after_count=len(new),
                    p=p,
                )
            )
    return found


def find_probability(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the two-sided p of the Mann-Whitney U test: how probable values so far apart are where both come from the
    same distribution; by the normal approximation, with the corrections for ties and continuity."""
    total = len(one) + len(other)
    counts = Counter(chain(one, other))
    ranks, below = dict[float, float](), 0
    for value in sorted(counts):
        ranks[value] = below + (counts[value] + 1) / 2
        below += counts[value]
    statistic = sum(ranks[value] for value in one) - len(one) * (len(one) + 1) / 2
    ties = sum(count**3 - count for count in counts.values()) / (total * (total - 1))
    deviation = sqrt(len(one) * len(other) / 12 * (total + 1 - ties))
    distance = abs(statistic - len(one) * len(other) / 2) - 0.5
    return 2 * (1 - NormalDist().cdf(distance / deviation)) if deviation and distance > 0 else 1.0


def _collect(scenarios: Sequence[ScenarioRow]) -> Mapping[str, list[float]]:
    measured: dict[str, list[float]] = {}
    for step in (step for scenario in scenarios for step in scenario.steps):
        if step.response and step.response.latency_ms is not None:
            measured.setdefault(step.operation, []).append(step.response.latency_ms)
    return measured
