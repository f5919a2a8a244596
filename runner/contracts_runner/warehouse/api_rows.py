"""Rows of a walk on their way to ClickHouse: in memory while they are few, else in a file without a name.

Such a file lies in the folder of the run, can be read by its owner alone, and is gone with the process however that
ends: a key may be personal data. In it rows are kept by the hash of their first text, so that all rows of one key come
back together, in parts that fit into memory.
"""

import tempfile
from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO
from zlib import crc32

from contracts_runner.dataclass import dataclass
from contracts_runner.warehouse import avro
from contracts_runner.warehouse.errors import CannotJudgeError
from contracts_runner.warehouse.query import NOT_UNICODE

# What is held before anything is written; and a part that is sent at once, in bytes before compression.
HELD_ROWS = 100_000
_HELD_BYTES = 16 * 1024 * 1024
_PART_BYTES = 32 * 1024 * 1024
BUCKETS = 256

Row = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPart:
    """Rows that are compared together. `buckets`: the first and the last that they are from, None for all rows;
    `blocks`: those of Avro, where they were written, else they are `held`."""

    columns: tuple[str, ...]
    held: Sequence[Row] = ()
    blocks: bytes = b""
    buckets: tuple[int, int] | None = None
    folder: Path | None = None

    @property
    def rows(self) -> Iterator[Row]:
        """The rows, one by one."""
        return iter(self.held) if self.buckets is None else avro.iter_rows(self.blocks, len(self.columns))

    @property
    def container(self) -> bytes:
        """All of a file in Avro's form; only of what was written."""
        return avro.render_header(self.columns) + self.blocks

    @contextmanager
    def open_path(self) -> Iterator[str]:
        """Give the path of such a file, for this process alone."""
        with _open_file(self.folder) as file:
            file.write(self.container)
            file.seek(0)
            yield f"/dev/fd/{file.fileno()}"


class ApiRows(AbstractContextManager["ApiRows"]):
    """All rows of a walk, with these columns; the first one is the key. `folder`: where there is room for many."""

    def __init__(self, columns: Sequence[str], folder: Path | None) -> None:
        self._columns = tuple(columns)
        self._folder = folder
        self._held: list[Row] = []
        self._held_bytes = 0
        self._file: IO[bytes] | None = None
        # Of each bucket where its blocks are, offset and length in turn, and how many bytes its rows are.
        self._places = [array("q") for _ in range(BUCKETS)]
        self._sizes = [0] * BUCKETS

    def add(self, row: Row) -> None:
        """Add a row; raises CannotJudgeError for half a character, and where there is no room."""
        self._held.append(row)
        self._held_bytes += sum(map(len, row))
        if len(self._held) > HELD_ROWS or self._held_bytes > _HELD_BYTES:
            self._make_room()

    def iter_parts(self) -> Iterator[RowPart]:
        """Yield the rows part by part, once; together they are of all buckets, where nothing is empty, too."""
        if self._file is None:
            yield RowPart(columns=self._columns, held=self._held)
            return
        self._make_room()
        first = size = 0
        for bucket, own in enumerate(self._sizes):
            size += own
            if size >= _PART_BYTES or bucket == BUCKETS - 1:
                blocks = self._read(range(first, bucket + 1))
                yield RowPart(columns=self._columns, blocks=blocks, buckets=(first, bucket), folder=self._folder)
                first, size = bucket + 1, 0

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def _make_room(self) -> None:
        try:
            self._write_held()
        except OSError as problem:
            raise CannotJudgeError(f"the folder of the run cannot hold the items: {problem.strerror}") from problem

    def _write_held(self) -> None:
        if self._file is None:
            self._file = _open_file(self._folder)
        buckets: defaultdict[int, list[bytes]] = defaultdict(list)
        for row in self._held:
            try:
                buckets[find_bucket(row[0])].append(avro.encode_row(row))
            except UnicodeEncodeError as problem:
                raise CannotJudgeError(NOT_UNICODE) from problem
        self._held, self._held_bytes = [], 0
        for bucket, rows in buckets.items():
            block = avro.pack_block(rows)
            self._places[bucket].extend((self._file.tell(), len(block)))
            self._sizes[bucket] += sum(map(len, rows))
            self._file.write(block)

    def _read(self, buckets: range) -> bytes:
        assert self._file is not None  # iter_parts asks only then
        blocks = []
        for bucket in buckets:
            places = self._places[bucket]
            for offset, length in zip(places[::2], places[1::2], strict=True):
                self._file.seek(offset)
                blocks.append(self._file.read(length))
        return b"".join(blocks)


def find_bucket(key: str) -> int:
    """Return the bucket of a key, which `SQL_BUCKET` gives for the same text."""
    return crc32(key.encode()) % BUCKETS


SQL_BUCKET = f"CRC32({{}}) % {BUCKETS}"


def _open_file(folder: Path | None) -> IO[bytes]:
    return tempfile.TemporaryFile(dir=folder)
