"""Folds what was measured under load (load_rows.py)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil, floor, log10

from msgspec import UNSET, structs

from contracts_runner.model.outcome import Outcome
from contracts_runner.results.events import LoadMeasured, LoadStarted
from contracts_runner.results.load_rows import (
    Histogram,
    LoadBroken,
    LoadCheck,
    LoadInterval,
    LoadIterations,
    LoadOperation,
    LoadRequests,
    LoadResults,
    LoadThreshold,
)

LATENCY, RATE, ERROR_SHARE = "latency", "rate", "error_share"
_PERCENTILES = {"p50": 50.0, "p90": 90.0, "p95": 95.0, "p99": 99.0, "p99.9": 99.9}
_DIGITS = 3


def find_bucket(milliseconds: float) -> float:
    """Return the time as it is counted: with three significant digits."""
    if milliseconds <= 0:
        return 0.0
    return round(milliseconds, _DIGITS - 1 - floor(log10(milliseconds)))


def find_percentile(counts: Histogram, percent: float) -> float:
    """Return the nearest-rank percentile of a histogram that is not empty."""
    rank, seen = max(ceil(sum(count for _, count in counts) * percent / 100), 1), 0
    for milliseconds, count in counts:
        seen += count
        if seen >= rank:
            return milliseconds
    return counts[-1][0]


def add_up(histograms: Iterable[Histogram]) -> Histogram:
    """Return one histogram of several."""
    total: Counter[float] = Counter()
    for histogram in histograms:
        for milliseconds, count in histogram:
            total[milliseconds] += count
    return tuple(sorted(total.items()))


def fold_load(started: LoadStarted, windows: Sequence[tuple[str, LoadMeasured]]) -> LoadResults:
    """Return what windows, each with the time at which it was recorded, amount to."""
    seconds = _find_seconds(windows)
    requests = [row for _, window in windows for row in window.requests]
    iterations = _count_iterations(row for _, window in windows for row in window.iterations)
    return LoadResults(
        shape=started.shape,
        measured_seconds=round(seconds, 3),
        iterations=iterations,
        left_out=started.left_out,
        operations=tuple(_fold_operations(requests, seconds)),
        intervals=tuple(_fold_intervals(windows)),
        broken=_add_broken(row for _, window in windows for row in window.broken),
        checks=tuple(_judge(each, requests, iterations, seconds) for each in started.thresholds),
    )


def _fold_operations(requests: Sequence[LoadRequests], seconds: float) -> Iterator[LoadOperation]:
    for operation in dict.fromkeys(row.operation for row in requests):
        rows = [row for row in requests if row.operation == operation]
        count, times = sum(row.count for row in rows), add_up(row.latency for row in rows)
        percentiles = {name: find_percentile(times, percent) for name, percent in _PERCENTILES.items() if times}
        yield LoadOperation(
            operation=operation,
            count=count,
            failed=sum(row.failed for row in rows),
            bytes=sum(row.bytes for row in rows),
            rate=_divide(count, seconds),
            latency={"min": times[0][0], **percentiles, "max": times[-1][0]} if times else {},
        )


def _find_seconds(windows: Iterable[tuple[str, LoadMeasured]]) -> float:
    """Return how long was measured: workers measure at the same time."""
    seconds: dict[str, float] = {}
    for _, window in windows:
        seconds[window.worker] = seconds.get(window.worker, 0.0) + window.seconds
    return max(seconds.values(), default=0.0)


def _fold_intervals(windows: Iterable[tuple[str, LoadMeasured]]) -> Iterator[LoadInterval]:
    """Yield one row for the windows that were recorded in the same second."""
    by_second: dict[str, list[LoadMeasured]] = {}
    for at, window in windows:
        by_second.setdefault(at[: len("2026-06-01T12:00:00")], []).append(window)
    for second, found in by_second.items():
        requests = [row for window in found for row in window.requests]
        times = add_up(row.latency for row in requests)
        users = {window.worker: window.users for window in found}
        yield LoadInterval(
            at=f"{second}Z",
            seconds=max(window.seconds for window in found),
            users=sum(users.values()),
            count=sum(row.count for row in requests),
            failed=sum(row.failed for row in requests),
            p95=find_percentile(times, 95) if times else None,
        )


def _count_iterations(rows: Iterable[LoadIterations]) -> tuple[LoadIterations, ...]:
    counts: Counter[tuple[str, Outcome]] = Counter()
    for row in rows:
        counts[row.scenario, row.outcome] += row.count
    return tuple(LoadIterations(scenario=each[0], outcome=each[1], count=count) for each, count in counts.items())


def _add_broken(rows: Iterable[LoadBroken]) -> tuple[LoadBroken, ...]:
    """Return one row for each thing that broke, the most frequent first; its first example stays."""
    found: dict[tuple[str, str, str, str], LoadBroken] = {}
    for row in rows:
        key = row.scenario, row.step, row.check, row.outcome
        before = found.get(key)
        found[key] = row if before is None else structs.replace(before, count=before.count + row.count)
    return tuple(sorted(found.values(), key=lambda row: -row.count))


def _judge(
    threshold: LoadThreshold, requests: Iterable[LoadRequests], iterations: Iterable[LoadIterations], seconds: float
) -> LoadCheck:
    of_scope = frozenset(threshold.scenarios)
    rows = [row for row in requests if row.scenario in of_scope]
    counts: Mapping[Outcome, int] = Counter()
    for each in iterations:
        if each.scenario in of_scope:
            counts = Counter(counts) + Counter({each.outcome: each.count})
    actual = _measure(threshold, rows, counts, seconds)
    if actual is None:
        return LoadCheck(**structs.asdict(threshold), outcome=Outcome.ERRORED, message="nothing of it was measured")
    holds = actual >= threshold.limit if threshold.check == RATE else actual <= threshold.limit
    outcome = Outcome.PASSED if holds else Outcome.FAILED
    return LoadCheck(**structs.asdict(threshold), outcome=outcome, actual=actual, message=_explain(threshold, actual))


def _measure(
    threshold: LoadThreshold, rows: Sequence[LoadRequests], counts: Mapping[Outcome, int], seconds: float
) -> float | None:
    match threshold.check:
        case "latency":
            times = add_up(row.latency for row in rows)
            percent = 100.0 if threshold.percentile is UNSET else threshold.percentile
            return find_percentile(times, percent) if times else None
        case "rate":
            return _divide(sum(row.count for row in rows), seconds) if rows else None
        case _:
            total = sum(counts.values())
            return round(1 - sum(counts[each] for each in _GOOD) / total, 6) if total else None


# Counted as no error: a deviation that is accepted is none.
_GOOD = (Outcome.PASSED, Outcome.KNOWN)


def _explain(threshold: LoadThreshold, actual: float) -> str:
    match threshold.check:
        case "latency":
            return f"p{threshold.percentile:g} is {actual:g} ms, at most {threshold.limit:g} ms"
        case "rate":
            return f"{actual:g} requests/s, at least {threshold.limit:g}/s"
        case _:
            return f"{actual:.4%} of the iterations are not passed, at most {threshold.limit:.4%}"


def _divide(count: int, seconds: float) -> float:
    return round(count / seconds, 3) if seconds else 0.0
