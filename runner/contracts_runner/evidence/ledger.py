"""The ledger: one event a line, appended and flushed as it happens, each line chained to the one before by its hash.

The chain shows every edit but one of the last line, which has no line after it; the manifest covers that one. Lines
that are missing at the end, whole, show as a run without `run_finished`.
"""

import hashlib
import os
import threading
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import RunFolderError, explain_errors
from contracts_runner.evidence.files import open_file
from contracts_runner.evidence.lock import lock_ledger
from contracts_runner.model.json import Json
from contracts_runner.redaction.json_text import escape_unsafe
from contracts_runner.results.events import Event
from contracts_runner.results.lines import (
    Line,
    LineHead,
    MisfitError,
    as_json,
    encode_row,
    is_finite,
    parse_event,
    parse_head,
)

FIRST_PREV = "0" * 64
# Of a line with its end, many times what a run writes in one: what is longer is no ledger.
MAX_LINE_BYTES = 32 * 1024 * 1024
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT
# What each line begins with.
HEAD = ("seq", "at", "type", "prev")
_BEGINNING = b'{"seq":1,'


@dataclass(frozen=True, slots=True)
class _Chain:
    """What a line must continue: the next `seq`, the hash of the line before, and where it begins."""

    seq: int = 1
    prev: str = FIRST_PREV
    offset: int = 0

    def advance(self, line: bytes) -> "_Chain":
        return _Chain(self.seq + 1, hashlib.sha256(line).hexdigest(), self.offset + len(line) + 1)


class Ledger:
    """Appends events; safe for use from many threads of one process.

    An existing file is continued: a torn last line is cut off. The file is locked meanwhile, by the system, so that the
    lock ends with the process however that ends. Raises RunFolderError if the file cannot be written, is not a valid
    ledger, or is being written by another process.
    """

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._path = path
        self._now = now
        self._lock = threading.Lock()
        with explain_errors("write", path):
            self._file = open_file(path, _APPEND, buffering=0)
        try:
            self._begin()
        except BaseException:
            self._file.close()
            raise

    def append(self, event: Event) -> None:
        """Write one line. Raises RunFolderError if it cannot be written whole (its kind RecordingError if the disk is
        full); then nothing of it stays."""
        rendered = _render_event(event)
        with self._lock:
            at = self._now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            self._write(_join(rendered, seq=self._chain.seq, at=at, prev=self._chain.prev))

    def copy(self, row: Mapping[str, Json]) -> None:
        """Write a line of another ledger, as it was but for its place in the chain. Raises as `append` does."""
        with self._lock:
            self._write(render_copy({**row, "seq": self._chain.seq, "prev": self._chain.prev}))

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return self._chain.seq - 1

    def _begin(self) -> None:
        lock_ledger(self._file, self._path)
        self._chain = self._find_end()
        with explain_errors("write", self._path):
            self._file.truncate(self._chain.offset)

    def _find_end(self) -> _Chain:
        lines = LedgerLines(self._path)
        deque(lines, maxlen=0)
        problem, rest = lines.problem, lines.rest
        if problem and (rest.endswith(b"\n") or len(rest) == MAX_LINE_BYTES):
            raise RunFolderError(f"{self._path} cannot be continued: {problem}; start a new run")
        if not lines.count and not (rest.startswith(_BEGINNING) or _BEGINNING.startswith(rest)):
            raise RunFolderError(f"{self._path} is not a ledger; start a new run in another folder")
        return lines.end

    def _write(self, line: bytes) -> None:
        with explain_errors("write", self._path):
            try:
                data, written = line + b"\n", 0
                while written < len(data):
                    written += self._file.write(data[written:])
                # One assignment: whatever breaks in, a signal too, a line is there and counts, or neither.
                self._chain = self._chain.advance(line)
            except BaseException:
                # If this fails too, the torn line stays the last one, and the next reader leaves it out.
                with suppress(OSError):
                    self._file.truncate(self._chain.offset)
                raise


class LedgerLines:
    """The lines of a ledger, perhaps of a run that was killed, up to the last whole and valid one, whose hash is the
    `head`; each is read when it is asked for. If something follows that line, `problem` is a sentence on what is wrong
    and at which `seq`. Both are known when all lines have been read. Raises RunFolderError where one cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offsets = array("Q")
        self.end = _Chain()
        self.problem = ""
        # The line where the chain ends, b"" at the end of the file.
        self.rest = b""

    @property
    def head(self) -> str:
        """The hash of the last line."""
        return self.end.prev

    @property
    def count(self) -> int:
        """How many lines there are."""
        return self.end.seq - 1

    def __iter__(self) -> Iterator[Line]:
        """Follow the chain as long as it holds, and each line has the form of its type."""
        chain, self._offsets = _Chain(), array("Q")
        with explain_errors("read", self._path), open_file(self._path) as file:
            while raw := file.readline(MAX_LINE_BYTES):
                try:
                    line = _read_line(raw, chain)
                except MisfitError as error:
                    self.problem, self.rest = str(error), raw
                    break
                self._offsets.append(chain.offset)
                self.end = chain = chain.advance(raw.removesuffix(b"\n"))
                yield line

    def __getitem__(self, index: int) -> Line:
        """Return a line that was read, again."""
        with explain_errors("read", self._path), open_file(self._path) as file:
            file.seek(self._offsets[index])
            raw = file.readline(MAX_LINE_BYTES)
        head = parse_head(raw)
        return Line(seq=head.seq, at=head.at, event=parse_event(raw, head.type))


def render_line(event: Event, *, seq: int, at: str, prev: str) -> bytes:
    """Return a JSON line in UTF-8, without its line end. Numbers that JSON does not have are written as words."""
    return _join(_render_event(event), seq=seq, at=at, prev=prev)


def _render_event(event: Event) -> bytes:
    if all(map(is_finite, event.iter_free_values())):
        text = encode_row(event)
    else:
        text = encode_row({"type": event.type, **_name_nan(as_json(event))})
    return escape_unsafe(text).encode("utf-8")


def render_copy(row: Mapping[str, Json]) -> bytes:
    """Return a line that was read, as it was written, without its line end."""
    fields = {key: value for key, value in row.items() if key not in HEAD}
    event = escape_unsafe(encode_row({"type": row["type"], **fields})).encode("utf-8")
    return _join(event, seq=row["seq"], at=row["at"], prev=row["prev"])


def _join(event: bytes, *, seq: int, at: str, prev: str) -> bytes:
    """Return the line of an event: its type first, then what the ledger says of the line."""
    kind, comma, fields = event.partition(b",")
    kind = kind.removesuffix(b"}")
    end = b"," + fields if comma else b"}"
    return b'{"seq":%d,"at":"%b",%b,"prev":"%b"%b' % (seq, at.encode(), kind[1:], prev.encode(), end)


def _read_line(raw: bytes, chain: _Chain) -> Line:
    """Return the line, which must continue the chain; raises MisfitError with a sentence on what is wrong."""
    if not raw.endswith(b"\n"):
        if len(raw) == MAX_LINE_BYTES:
            raise MisfitError(f"the line of seq {chain.seq} is longer than {MAX_LINE_BYTES} bytes")
        raise MisfitError(f"the line of seq {chain.seq} is torn")
    try:
        head = parse_head(raw)
    except MisfitError as error:
        raise MisfitError(f"the line of seq {chain.seq} is not a JSON object") from error
    _check_chain(head, chain)
    try:
        return Line(seq=head.seq, at=head.at, event=parse_event(raw, head.type))
    except MisfitError as error:
        raise MisfitError(f"the line of seq {chain.seq} is not a {head.type} line: {error}") from error


def _check_chain(head: LineHead, chain: _Chain) -> None:
    if head.prev != chain.prev:
        if chain.seq == 1:
            raise MisfitError("the line of seq 1 does not begin a chain: lines before it are missing, or it was edited")
        raise MisfitError(
            f"the chain breaks at seq {chain.seq}: the line of seq {chain.seq - 1} or this one was edited"
        )
    if head.seq != chain.seq or not isinstance(head.type, str) or not isinstance(head.at, str):
        raise MisfitError(f"the line of seq {chain.seq} was edited: its seq, at or type is not what it must be")


def _name_nan(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _name_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_name_nan(item) for item in value]
    return value if is_finite(value) else str(value)
