"""Contradictions within a foreign report, row by row and sentence by sentence."""

import re
from collections.abc import Iterator, Sequence

from contracts_runner.audit.foreign.claims import iter_claims
from contracts_runner.audit.foreign.matrix import CROSS, STATUS, TICK, LegacyRow
from contracts_runner.audit.violation import Violation

_MOCK = re.compile(r"\b(?:mock(?:ed|s)?|stub(?:bed)?|simulated|not implemented|dry[- ]run)\b", re.IGNORECASE)
_TROUBLE = re.compile(
    r"\b(?:denied|not found|forbidden|unauthori[sz]ed|WRONG_AUTHORIZATION"
    r"|fail(?:ed|s|ure)?|errors?|invalid|exception)\b",
    re.IGNORECASE,
)
_NO_TROUBLE = re.compile(r"\b(?:no|without|zero|0) (?:\w+ )?(?:errors?|failures?)\b|\berror handling\b", re.IGNORECASE)
_CONCLUSION = re.compile(
    r"\b(?:approved|completed successfully|successfully completed|all (?:\w+ )?tests passed"
    r"|production[- ]ready)\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"\b(?:not|no|never|pending)\b", re.IGNORECASE)
_UNMEASURED = re.compile(
    r"\b(?:clickhouse|warehouse|database)\b[^.]*\b(?:unknown|unavailable|unreachable|not available)\b", re.IGNORECASE
)
_TABLE_COUNT = re.compile(
    r"^\s*[-*]?\s*`?(?P<table>[a-z][a-z0-9_]*_[a-z0-9_*]+)`?\s*:\s*(?P<rows>\d{1,12})\b(?: rows)?", re.IGNORECASE
)
_RANGE = re.compile(r"(?P<what>[^:*|]{3,60})\**\s*:\**\s*(?P<range><?\s?\d+(?:\s?[-–]\s?\d+)?\s?ms)\b")


def check_rows(rows: Sequence[LegacyRow]) -> Iterator[Violation]:
    """Yield the rows that contradict themselves or one another."""
    for row in rows:
        yield from _check_row(row)
    yield from _check_ids(rows)
    yield from _check_requests(rows)


def find_mock(row: LegacyRow) -> str | None:
    """Return the word by which a row says that nothing was sent."""
    found = _MOCK.search(_join_remarks(row))
    return found.group() if found else None


def _join_remarks(row: LegacyRow) -> str:
    return " ".join(row.texts.get(kind, "") for kind in ("actual", "notes"))


def _check_row(row: LegacyRow) -> Iterator[Violation]:
    expected = [int(code) for code in STATUS.findall(row.texts.get("expected", ""))]
    remarks = _join_remarks(row)
    if row.status is not None and row.mark == TICK and row.status >= 400 and row.status not in expected:
        yield row.complain("mark", "success", f"status {row.status}")
    if row.status is not None and expected and row.mark is not None:
        is_met = row.status in expected
        if is_met != (row.mark == TICK):
            yield row.complain("mark", row.mark, f"status {row.status}, expected {row.texts['expected']}")
    if row.is_success and (mock := find_mock(row)):
        yield row.complain("mark", "success", f"'{mock}': no exchange with the service")
    elif row.is_success and not expected and (trouble := _TROUBLE.search(_NO_TROUBLE.sub("", remarks))):
        yield row.complain("mark", "success", f"the remark says '{trouble.group()}'")
    if row.mark == CROSS and row.status is not None and row.status < 300 and not (expected or _TROUBLE.search(remarks)):
        yield row.complain("mark", "failure", f"status {row.status}, and no reason")


def _check_ids(rows: Sequence[LegacyRow]) -> Iterator[Violation]:
    first: dict[str, LegacyRow] = {}
    for row in rows:
        other = first.setdefault(row.id, row)
        if other is not row:
            yield row.complain("row", "a test", f"is already at {other.file}:{other.line}")


def _check_requests(rows: Sequence[LegacyRow]) -> Iterator[Violation]:
    """The same request cannot have two statuses."""
    first: dict[str, LegacyRow] = {}
    for row in rows:
        if row.status is None or not row.request_line:
            continue
        other = first.setdefault(row.request_line, row)
        if other.status != row.status:
            yield row.complain(
                f"status of {row.request_line}",
                row.status,
                f"{other.status} in test {other.id} at line {other.line}: the same request line",
            )


def check_sentences(lines: Sequence[tuple[int, str]], rows: Sequence[LegacyRow], file: str) -> Iterator[Violation]:
    """Yield the sentences that the rows refute, and the figures that nothing in the file supports."""
    failures = sum(not row.is_success for row in rows)
    unmeasured = next((number for number, line in lines if _UNMEASURED.search(line)), None)
    for number, line in lines:
        text = line.replace("**", "")
        if failures and (conclusion := _CONCLUSION.search(text)) and not _NEGATED.search(text):
            yield Violation(
                "conclusion", conclusion.group(), f"{failures} of {len(rows)} rows are not a success", file, number
            )
        yield from _check_table_count(text, number, unmeasured, file)
        yield from _check_range(text, number, rows, file)


def _check_table_count(text: str, number: int, unmeasured: int | None, file: str) -> Iterator[Violation]:
    counted = _TABLE_COUNT.match(text)
    if not counted:
        return
    figure = f"rows of {counted['table']}"
    if "*" in counted["table"]:
        yield Violation(figure, int(counted["rows"]), "not measured: a pattern is not a table", file, number)
    elif unmeasured is not None:
        yield Violation(figure, int(counted["rows"]), f"not measured: see line {unmeasured}", file, number)


def _check_range(text: str, number: int, rows: Sequence[LegacyRow], file: str) -> Iterator[Violation]:
    """A latency that is stated in words must be in some row; a mean is a separate claim."""
    stated = None if any(claim.what.endswith("(ms)") for claim in iter_claims(number, text)) else _RANGE.search(text)
    if stated and not any(row.latency_ms is not None for row in rows):
        what = stated["what"].strip(" -*")
        yield Violation(f"latency: {what}", stated["range"], "not recorded: no row has a latency", file, number)
