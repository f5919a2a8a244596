"""The rows of a foreign test matrix."""

import re
from collections.abc import Iterator, Mapping

from contracts_runner.audit.foreign.markdown import ReportTable, TableRow
from contracts_runner.audit.violation import Violation
from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json

TICK, CROSS = "success", "failure"
_TICKS = re.compile(r"[✅✔✓☑]|\b(?:pass(?:ed)?|success(?:ful)?|ok)\b", re.IGNORECASE)
_CROSSES = re.compile(r"[❌✗✘✖]|\b(?:fail(?:ed|ure)?|error(?:ed)?)\b", re.IGNORECASE)
STATUS = re.compile(r"(?<![\d.])[1-5]\d\d(?![\d.])")
_NUMBER = re.compile(r"-?\d{1,15}(?:[.,]\d{1,6})?")
# What a column holds -> the words that its heading may have.
_COLUMNS: Mapping[str, re.Pattern[str]] = {
    "id": re.compile(r"(?:test|case|scenario)?[ _]?(?:id|no\.?|#|№)|test(?: case)?", re.IGNORECASE),
    "request": re.compile(r"endpoint|request|path|url|operation|method", re.IGNORECASE),
    "status": re.compile(r"status(?: code)?|result|outcome|http(?: status)?", re.IGNORECASE),
    "latency": re.compile(r"(?:latency|duration|(?:response )?time|elapsed)\b.*", re.IGNORECASE),
    "artifact": re.compile(r"artifacts?|artefacts?|file", re.IGNORECASE),
    "expected": re.compile(r"expected.*", re.IGNORECASE),
    "actual": re.compile(r"actual.*", re.IGNORECASE),
    "notes": re.compile(r"notes?|comments?|remarks?|message|reason", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyRow:
    """A test as the foreign report shows it. `mark` is TICK, CROSS or None; `texts` holds the other cells by what
    they are: request, artifact, expected, actual, notes."""

    file: str
    line: int
    id: str
    status: int | None
    mark: str | None
    latency_ms: float | None
    texts: Mapping[str, str]

    @property
    def request_line(self) -> str:
        """Method and path, without a remark in brackets."""
        return re.sub(r"\s*\([^()]*\)\s*$", "", self.texts.get("request", ""))

    def complain(self, figure: str, printed: Json, recomputed: Json) -> Violation:
        return Violation(f"test {self.id}: {figure}", printed, recomputed, self.file, self.line)

    @property
    def is_success(self) -> bool:
        """What the row counts as: its mark, else its status."""
        if self.mark is not None:
            return self.mark == TICK
        return self.status is not None and 200 <= self.status < 300


def iter_rows(table: ReportTable) -> Iterator[LegacyRow]:
    """Yield the rows of a table that names tests and their statuses; none for any other table."""
    columns = _find_columns(table)
    if not {"id", "status"} <= columns.keys():
        return
    for row in table.rows:
        cells = {kind: row.cells.get(column, "") for kind, column in columns.items()}
        if cells["id"]:
            yield _build_row(table, row, cells)


def _find_columns(table: ReportTable) -> dict[str, str]:
    found: dict[str, str] = {}
    for kind, pattern in _COLUMNS.items():
        for heading in table.header:
            if kind not in found and pattern.fullmatch(heading.strip("* ")) and heading not in found.values():
                found[kind] = heading
    return found


def _build_row(table: ReportTable, row: TableRow, cells: Mapping[str, str]) -> LegacyRow:
    status, latency = STATUS.search(cells["status"]), _NUMBER.search(cells.get("latency", ""))
    return LegacyRow(
        file=table.file,
        line=row.line,
        id=cells["id"].strip("*` "),
        status=int(status.group()) if status else None,
        mark=find_mark(cells["status"]),
        latency_ms=float(latency.group().replace(",", ".")) if latency else None,
        texts={kind: text for kind, text in cells.items() if kind not in ("id", "status", "latency")},
    )


def find_mark(text: str) -> str | None:
    """Return TICK or CROSS; None for a text with both or neither."""
    is_ticked, is_crossed = bool(_TICKS.search(text)), bool(_CROSSES.search(text))
    if is_ticked == is_crossed:
        return None
    return TICK if is_ticked else CROSS
