"""How long the operations took: percentiles over the recorded responses."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from math import ceil

from contracts_runner.model.json import Json


def build_latency(
    scenarios: Iterable[Mapping[str, Json]],
    operations: Iterable[str],
    pages: Iterable[Mapping[str, Json]] = (),
) -> list[dict[str, Json]]:
    """Return {operation, count, min, p50, p90, p99, max} in milliseconds for each operation with a response.

    Every step with a response counts once, with its last attempt; so does each of `pages`, the `page_fetched` lines of
    the warehouse phase. Percentiles are nearest-rank: always a value that
    was measured, for small counts the largest one. `operations` gives the order; others follow as they came.
    """
    measured: dict[str, list[float]] = {operation: [] for operation in operations}
    steps = (step for scenario in scenarios for step in scenario["steps"])
    for answered in chain(steps, pages):
        response = answered["response"]
        if response and response["latency_ms"] is not None:
            measured.setdefault(answered["operation"], []).append(response["latency_ms"])
    return [_summarise(operation, sorted(values)) for operation, values in measured.items() if values]


def find_percentile(ordered: Sequence[float], percent: int) -> float:
    """Return the nearest-rank percentile of values in ascending order: the smallest one that at least `percent` per
    cent of all do not exceed."""
    return ordered[max(ceil(len(ordered) * percent / 100), 1) - 1]


def _summarise(operation: str, ordered: Sequence[float]) -> dict[str, Json]:
    return {
        "operation": operation,
        "count": len(ordered),
        "min": ordered[0],
        "p50": find_percentile(ordered, 50),
        "p90": find_percentile(ordered, 90),
        "p99": find_percentile(ordered, 99),
        "max": ordered[-1],
    }
