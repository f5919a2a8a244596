"""The ledger line by line: the hash chain, the form of each line, the end."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import datetime
from typing import IO

from contracts_runner.audit.files import LIMITS, Limits, RunFiles, TooLargeError, UnreadableError
from contracts_runner.audit.json_text import count_values, parse_json
from contracts_runner.audit.line_forms import FORMS, find_mismatch
from contracts_runner.audit.violation import Violation
from contracts_runner.dataclass import dataclass
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.model.json import Json

FIRST_PREV = "0" * 64


@dataclass(frozen=True, slots=True)
class Line:
    """A line whose form is that of its type; `number` is its place in the file, from 1."""

    number: int
    row: Mapping[str, Json]

    @property
    def type(self) -> str:
        return str(self.row["type"])

    def complain(self, figure: str, printed: Json, recomputed: Json) -> Violation:
        return Violation(figure, printed, recomputed, LEDGER, self.number)


@dataclass(slots=True)
class LedgerReading:
    """The usable lines. After a break the lines behind it are read all the same, so that one edit is one violation.
    `count` is how many lines were taken, `head` the hash of the last whole one; `torn` are the bytes behind that."""

    limits: Limits = LIMITS
    lines: list[Line] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    count: int = 0
    head: str = FIRST_PREV
    torn: int = 0
    _seq: int = 1
    _values: int = 0

    def take(self, raw: bytes, size: int, digest: str, *, is_whole: bool) -> None:
        """Take the next line, without its line end; of one that is too long `raw` is the beginning. Raises
        TooLargeError for a ledger with too many values."""
        if not is_whole:
            self.torn = size
            return
        self.count += 1
        if size > self.limits.line_bytes:
            self._complain("ledger line", f"{size} bytes", f"at most {self.limits.line_bytes} bytes")
        else:
            self._values += count_values(raw)
            if self._values > self.limits.values:
                raise TooLargeError(self.limits.values, "values")
            self._check(raw)
        self._seq += 1
        self.head = digest

    def _check(self, raw: bytes) -> None:
        try:
            row = parse_json(raw, self.limits.values)
        except UnreadableError as error:
            self._complain("ledger line", str(error), "one JSON object")
            return
        if isinstance(row, dict):
            self._check_chain(row)
            self._check_form(row)
        else:
            self._complain("ledger line", "null" if row is None else type(row).__name__, "one JSON object")

    def _check_chain(self, row: Mapping[str, Json]) -> None:
        if row.get("prev") != self.head:
            self._complain("ledger prev", row.get("prev"), self.head)
        seq = row.get("seq")
        if seq != self._seq or isinstance(seq, bool):
            self._complain("ledger seq", seq, self._seq)
            # What follows is measured from here: one line that is missing is one violation.
            self._seq = seq if isinstance(seq, int) else self._seq

    def _check_form(self, row: Mapping[str, Json]) -> None:
        kind, at = row.get("type"), row.get("at")
        if not isinstance(kind, str):
            self._complain("ledger type", kind, "a word")
        elif not _is_time(at):
            self._complain("ledger at", at, "a time with its zone")
        elif mismatch := find_mismatch(row, FORMS.get(kind, {})):
            path, wanted = mismatch
            self._complain(f"form of a {kind} line", f"{path} is not {wanted}", wanted)
        else:
            self.lines.append(Line(self.count, row))

    def _complain(self, figure: str, printed: Json, recomputed: Json) -> None:
        if len(self.violations) >= self.limits.violations:
            raise TooLargeError(self.limits.violations, "lines that are wrong")
        self.violations.append(Violation(figure, printed, recomputed, LEDGER, line=self.count))


def read_ledger_lines(files: RunFiles) -> LedgerReading:
    """Read the ledger of a run, which must be one of its files; never raises for what is in it."""
    reading = LedgerReading(limits=files.limits)
    try:
        if files.measure(LEDGER) > files.limits.ledger_bytes:
            raise TooLargeError(files.limits.ledger_bytes)
        with files.reading(LEDGER) as file:
            for raw, size, digest, is_whole in _iter_lines(file, files.limits.line_bytes):
                reading.take(raw, size, digest, is_whole=is_whole)
    except UnreadableError as error:
        # What was read until then is not the run.
        reading.lines.clear()
        reading.head = ""
        reading.violations.insert(0, Violation("ledger", str(error), None, LEDGER))
    return reading


def _iter_lines(file: IO[bytes], longest: int) -> Iterator[tuple[bytes, int, str, bool]]:
    """Yield (beginning of the line, its length, its hash, whether it is ended) without holding more than a line."""
    while piece := file.readline(longest):
        digest, size, begun = hashlib.sha256(), 0, piece
        while piece and not piece.endswith(b"\n"):
            digest.update(piece)
            size += len(piece)
            piece = file.readline(longest)
        is_whole = piece.endswith(b"\n")
        rest = piece.removesuffix(b"\n")
        digest.update(rest)
        yield begun.removesuffix(b"\n"), size + len(rest), digest.hexdigest(), is_whole


def _is_time(value: Json) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
