"""How long the operations took: percentiles over the recorded responses."""

from collections.abc import Iterable, Sequence
from itertools import chain
from math import ceil

from contracts_runner.results.events import PageFetched
from contracts_runner.results.results import LatencyRow
from contracts_runner.results.rows import ScenarioRow, StepRow


def build_latency(
    scenarios: Iterable[ScenarioRow], operations: Iterable[str], pages: Iterable[PageFetched] = ()
) -> tuple[LatencyRow, ...]:
    """Return a row for each operation with a measured response.

    Every step with a response counts once, with its last attempt; so does each page of the warehouse phase.
    Percentiles are nearest-rank: always a value that was measured, for small counts the largest one. `operations`
    gives the order; others follow as they came.
    """
    measured: dict[str, list[float]] = {operation: [] for operation in operations}
    steps = (step for scenario in scenarios for step in scenario.steps)
    answers: Iterable[StepRow | PageFetched] = chain(steps, pages)
    for answered in answers:
        response = answered.response
        if response and response.latency_ms is not None:
            measured.setdefault(answered.operation, []).append(response.latency_ms)
    return tuple(_summarise(operation, sorted(values)) for operation, values in measured.items() if values)


def find_percentile(ordered: Sequence[float], percent: int) -> float:
    """Return the nearest-rank percentile of values in ascending order: the smallest one that at least `percent` per
    cent of all do not exceed."""
    return ordered[max(ceil(len(ordered) * percent / 100), 1) - 1]


def _summarise(operation: str, ordered: Sequence[float]) -> LatencyRow:
    return LatencyRow(
        operation=operation,
        count=len(ordered),
        min=ordered[0],
        p50=find_percentile(ordered, 50),
        p90=find_percentile(ordered, 90),
        p99=find_percentile(ordered, 99),
        max=ordered[-1],
    )
