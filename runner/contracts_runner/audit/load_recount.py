"""What was measured under load, counted again from the windows in the ledger."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from contracts_runner.audit.tally import Row, Tally
from contracts_runner.model.json import Json

_SHOWN: Mapping[str, int | Fraction] = {"p50": 50, "p90": 90, "p95": 95, "p99": 99, "p99.9": Fraction(999, 10)}
_GOOD = ("passed", "known")
_SECOND = 19  # characters of a time up to its seconds


def count_load(tally: Tally) -> dict[str, Json]:
    """Return `load` of results.json, as far as it has figures and outcomes."""
    assert tally.load_started is not None
    started, windows = tally.load_started.row, [line.row for line in tally.load_windows]
    seconds = max(
        (sum(each["seconds"] for each in windows if each["worker"] == name) for name in _workers(windows)), default=0.0
    )
    requests = [row for window in windows for row in window["requests"]]
    ended: Counter[tuple[str, str]] = Counter()
    for row in (row for window in windows for row in window["iterations"]):
        ended[row["scenario"], row["outcome"]] += row["count"]
    return {
        "shape": started["shape"],
        "measured_seconds": round(seconds, 3),
        "iterations": [{"scenario": key[0], "outcome": key[1], "count": count} for key, count in ended.items()],
        "left_out": started["left_out"],
        "operations": [
            _describe(name, requests, seconds) for name in dict.fromkeys(row["operation"] for row in requests)
        ],
        "intervals": _list_intervals(tally),
        "broken": [
            {**dict(zip(("scenario", "step", "check", "outcome"), key, strict=True)), "count": count}
            for key, count in count_broken(tally).most_common()
        ],
        "checks": [_judge(each, requests, ended, seconds) for each in started["thresholds"]],
    }


def count_broken(tally: Tally) -> Counter[tuple[str, str, str, str]]:
    """Return how often each thing broke: (scenario, step, check, outcome) -> steps."""
    found: Counter[tuple[str, str, str, str]] = Counter()
    for row in (row for line in tally.load_windows for row in line.row["broken"]):
        found[row["scenario"], row["step"], row["check"], row["outcome"]] += row["count"]
    return found


def _workers(windows: Iterable[Row]) -> set[str]:
    return {window["worker"] for window in windows}


def _describe(operation: str, requests: Iterable[Row], seconds: float) -> dict[str, Json]:
    rows = [row for row in requests if row["operation"] == operation]
    times = _add(rows)
    count = sum(row["count"] for row in rows)
    latency = {name: _rank(times, percent) for name, percent in _SHOWN.items()} if times else {}
    return {
        "operation": operation,
        "count": count,
        "failed": sum(row["failed"] for row in rows),
        "bytes": sum(row["bytes"] for row in rows),
        "rate": round(count / seconds, 3) if seconds else 0.0,
        "latency": {"min": min(times), **latency, "max": max(times)} if times else {},
    }


def _list_intervals(tally: Tally) -> list[dict[str, Json]]:
    found: dict[str, list[Row]] = {}
    for line in tally.load_windows:
        found.setdefault(line.row["at"][:_SECOND], []).append(line.row)
    rows = []
    for second, windows in found.items():
        requests = [row for window in windows for row in window["requests"]]
        times = _add(requests)
        rows.append(
            {
                "at": f"{second}Z",
                "seconds": max(window["seconds"] for window in windows),
                "users": sum({window["worker"]: window["users"] for window in windows}.values()),
                "count": sum(row["count"] for row in requests),
                "failed": sum(row["failed"] for row in requests),
                "p95": _rank(times, 95) if times else None,
            }
        )
    return rows


def _judge(
    threshold: Row, requests: Iterable[Row], ended: Mapping[tuple[str, str], int], seconds: float
) -> dict[str, Json]:
    scope = threshold["scenarios"]
    rows = [row for row in requests if row["scenario"] in scope]
    actual: float | None = None
    if threshold["check"] == "latency":
        times = _add(rows)
        actual = _rank(times, Fraction(str(threshold["percentile"]))) if times else None
    elif threshold["check"] == "rate":
        actual = round(sum(row["count"] for row in rows) / seconds, 3) if rows and seconds else None
    else:
        counts = [(key[1], count) for key, count in ended.items() if key[0] in scope]
        total = sum(count for _, count in counts)
        actual = round(1 - sum(count for outcome, count in counts if outcome in _GOOD) / total, 6) if total else None
    is_kept = actual is not None and (
        actual >= threshold["limit"] if threshold["check"] == "rate" else actual <= threshold["limit"]
    )
    outcome = "errored" if actual is None else "passed" if is_kept else "failed"
    return {**threshold, "outcome": outcome, "actual": actual}


def _add(rows: Iterable[Row]) -> Counter[float]:
    times: Counter[float] = Counter()
    for row in rows:
        times.update(dict(row["latency"]))
    return times


def _rank(times: Mapping[float, int], percent: int | Fraction) -> float:
    """Return the least time that so many per cent do not exceed."""
    wanted = Fraction(sum(times.values())) * percent / 100
    ordered: Sequence[float] = sorted(times)
    below = 0
    for time in ordered:
        below += times[time]
        if below >= wanted:
            return time
    return ordered[-1]
