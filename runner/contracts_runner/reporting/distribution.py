"""How the latencies of each operation are distributed, as columns over a logarithmic scale that all share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from math import log

from msgspec import UnsetType

from contracts_runner.results.events import PageFetched
from contracts_runner.results.fold import find_percentile
from contracts_runner.results.record import RunRecord
from contracts_runner.results.results import Results
from contracts_runner.results.rows import StepRow, TimingsRow

COLUMNS = 48
HEIGHT = 16


def collect_latencies(results: Results, record: RunRecord) -> dict[str, list[float]]:
    """Return operation -> the milliseconds that its row of `latency` sums up."""
    found: dict[str, list[float]] = {}
    steps = (step for scenario in results.scenarios for step in scenario.steps)
    answers: Iterable[StepRow | PageFetched] = chain(steps, record.pages.values())
    for answered in answers:
        if answered.response and answered.response.latency_ms is not None:
            found.setdefault(answered.operation, []).append(answered.response.latency_ms)
    return found


def draw_distributions(latencies: Mapping[str, Sequence[float]]) -> dict[str, str]:
    """Return operation -> path of SVG, COLUMNS wide and HEIGHT high, whose columns count responses."""
    every = [value for values in latencies.values() for value in values if value > 0]
    if not every:
        return {}
    low, high = log(min(every)), log(max(every))
    step = (high - low) / COLUMNS or 1.0

    def draw(values: Iterable[float]) -> str:
        counts = [0] * COLUMNS
        for value in values:
            counts[min(int((log(value) - low) / step), COLUMNS - 1) if value > 0 else 0] += 1
        most = max(counts)
        tall = [round(HEIGHT * count / most, 1) for count in counts]
        return "".join(f"M{at} {HEIGHT}v-{height}h1v{height}z" for at, height in enumerate(tall) if height)

    return {operation: draw(values) for operation, values in latencies.items()}


def find_waiting(record: RunRecord) -> dict[str, float]:
    """Return operation -> the median of the milliseconds until the first byte of an answer."""
    return _find_medians(record, lambda timings: timings.first_byte_ms)


def find_connecting(record: RunRecord) -> dict[str, float]:
    """Return operation -> the median of the milliseconds to open a connection, where one was opened."""
    return _find_medians(record, lambda timings: timings.connect_ms)


def _find_medians(record: RunRecord, find: Callable[[TimingsRow], float | UnsetType | None]) -> dict[str, float]:
    found: dict[str, list[float]] = {}

    def take(operation: str, timings: TimingsRow | None) -> None:
        time = find(timings) if timings else None
        if isinstance(time, int | float):
            found.setdefault(operation, []).append(time)

    for steps in record.steps.values():
        for line in steps.values():
            take(line.step.operation, line.timings)
    for page in record.pages.values():
        take(page.operation, page.exchange.timings)
    return {operation: find_percentile(sorted(values), 50) for operation, values in found.items()}
