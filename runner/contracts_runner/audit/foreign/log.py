"""A foreign log in JSON Lines: its records as rows, the claims of its summaries, and what its times rule out."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from contracts_runner.audit.foreign.claims import Claim
from contracts_runner.audit.foreign.matrix import CROSS, TICK, LegacyRow, find_mark
from contracts_runner.audit.json_text import NotJsonError, parse_json
from contracts_runner.audit.violation import Violation
from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json

_IDS = ("test_id", "testId", "test_number", "case_id", "scenario_id", "test", "id")
_STATUSES = ("status_code", "http_status", "httpStatus", "statusCode", "code", "status", "response_status")
_LATENCIES = ("latency_ms", "duration_ms", "elapsed_ms", "response_time_ms", "latency", "response_time")
_TIMES = ("timestamp", "ts", "time", "at", "datetime")
_MARKS = ("success", "is_success", "ok", "passed", "result", "outcome")
_REQUESTS = ("endpoint", "request", "url", "path", "operation")
_ARTIFACTS = ("artifact", "artifact_path", "artifact_file", "response_file", "file")
_NOTES = ("notes", "note", "message", "error", "comment", "reason")
_SUMMARIES: Mapping[str, tuple[str, ...]] = {
    "tests": ("total_tests", "tests_total", "tests_executed", "total"),
    "successful tests": ("successful_tests", "tests_passed", "successful", "passed", "success_count"),
    "failed tests": ("failed_tests", "tests_failed", "failed", "failure_count"),
    "average latency (ms)": ("average_latency_ms", "avg_latency_ms", "mean_latency_ms", "average_latency"),
    "artifacts": ("artifacts_generated", "artifacts_count", "total_artifacts"),
}
_LARGEST = 10**12
_FRACTION = re.compile(r"[.,]\d{3}")


@dataclass(frozen=True, slots=True)
class LegacyLog:
    """A log: `rows` of its tests, `claims` of its summaries, `violations` of what cannot be read or be true."""

    rows: Sequence[LegacyRow]
    claims: Sequence[Claim]
    violations: Sequence[Violation]


def read_log(text: str, file: str) -> LegacyLog:
    """Return the content of a log. Times are taken for those of one thread that writes a line when it has an answer."""
    rows: list[LegacyRow] = []
    claims: list[Claim] = []
    violations: list[Violation] = []
    before: tuple[str, datetime] | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = parse_json(line.encode("utf-8", "surrogatepass"))
        except (NotJsonError, UnicodeEncodeError) as error:
            violations.append(Violation("line", str(error), "one JSON object", file, number))
            continue
        if not isinstance(record, dict):
            violations.append(Violation("line", type(record).__name__, "one JSON object", file, number))
            continue
        row = _build_row(record, file, number)
        if row is None:
            claims += _iter_claims(record, number)
        else:
            rows.append(row)
            violations += _check_envelope(row, record)
            violations += _check_time(row, record, before)
        before = _read_time(record) or before
    return LegacyLog(rows, claims, violations)


def _build_row(record: Mapping[str, Json], file: str, number: int) -> LegacyRow | None:
    """Return the row of a record that names a test and how it came out; None for any other."""
    identifier, status, mark = _find(record, _IDS, str | int), _find_status(record), _find_mark(record)
    if identifier is None or (status is None and mark is None):
        return None
    latency = _find(record, _LATENCIES, int | float)
    texts = {"request": _find_request(record), "notes": str(_find(record, _NOTES, str) or "")}
    artifact = _find(record, _ARTIFACTS, str)
    if artifact is not None:
        texts["artifact"] = artifact.replace("\\", "/").rpartition("/")[2]
    return LegacyRow(
        file=file,
        line=number,
        id=str(identifier),
        status=status,
        mark=mark,
        latency_ms=float(latency) if latency is not None else None,
        texts=texts,
    )


def _find(record: Mapping[str, Json], keys: Sequence[str], kind: object) -> Json:
    """Return the first value of the keys that has the kind; a truth value is not a number, nor is one too large."""
    for key in keys:
        value = record.get(key)
        is_figure = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST
        if isinstance(value, kind) and (is_figure or isinstance(value, str)):  # type: ignore[arg-type]  # a union
            return value
    return None


def _find_status(record: Mapping[str, Json]) -> int | None:
    nested = record.get("response")
    for source in (record, nested if isinstance(nested, dict) else {}):
        for key in _STATUSES:
            value = source.get(key)
            if isinstance(value, str) and value.isdecimal() and len(value) == 3:
                value = int(value)
            if isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599:
                return value
    return None


def _find_mark(record: Mapping[str, Json]) -> str | None:
    for key in (*_MARKS, "status"):
        value = record.get(key)
        if isinstance(value, bool):
            return TICK if value else CROSS
        if isinstance(value, str) and find_mark(value):
            return find_mark(value)
    return None


def _find_request(record: Mapping[str, Json]) -> str:
    method, path = record.get("method"), _find(record, _REQUESTS, str) or ""
    return f"{method} {path}" if isinstance(method, str) and path and " " not in path else str(path)


def _iter_claims(record: Mapping[str, Json], number: int) -> Iterator[Claim]:
    nested = record.get("summary")
    for source in (record, nested if isinstance(nested, dict) else {}):
        for what, keys in _SUMMARIES.items():
            value = _find(source, keys, int | float)
            if value is not None:
                digits = len(str(value).partition(".")[2]) if isinstance(value, float) else 0
                yield Claim(what=what, number=float(value), digits=digits, line=number)


def _check_envelope(row: LegacyRow, record: Mapping[str, Json]) -> Iterator[Violation]:
    """A body with an error is not a success, whatever the HTTP status (docs/qtickets.md, Old reports)."""
    for key in ("response", "body", "response_body", "data"):
        body = record.get(key)
        if isinstance(body, dict) and body.get("status") == "error" and row.is_success:
            code = body.get("code") or body.get("message") or "no code"
            yield row.complain("mark", "success", f"the body has the error {code}")
            return


def _check_time(row: LegacyRow, record: Mapping[str, Json], before: tuple[str, datetime] | None) -> Iterator[Violation]:
    """A request cannot take longer than the time since the line before; nor can time go backwards."""
    now = _read_time(record)
    if now is None or before is None or (now[1].tzinfo is None) != (before[1].tzinfo is None):
        return
    passed_ms = (now[1] - before[1]).total_seconds() * 1000
    if passed_ms < 0:
        yield row.complain("time", now[0], f"not before {before[0]}")
    elif row.latency_ms is not None and row.latency_ms > passed_ms + 1 and _FRACTION.search(now[0]):
        limit = f"at most {passed_ms:.0f}: the time since the line before"
        yield row.complain("latency (ms)", row.latency_ms, limit)


def _read_time(record: Mapping[str, Json]) -> tuple[str, datetime] | None:
    text = _find(record, _TIMES, str)
    try:
        return (text, datetime.fromisoformat(text)) if text else None
    except ValueError:
        return None
