"""The checks of a step that passed: most of the rows of a run, and seldom asked for."""

import zlib
from collections.abc import Iterator, Sequence
from typing import overload

import msgspec

from contracts_runner.results.rows import CheckRow

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(list[CheckRow])


class PackedChecks(Sequence[CheckRow]):
    """Rows in a tenth of the room that their objects take; who asks for one gets all of them anew."""

    __slots__ = ("_count", "_packed")

    def __init__(self, count: int, packed: bytes) -> None:
        self._count = count
        self._packed = packed

    def _open(self) -> list[CheckRow]:
        return _DECODER.decode(zlib.decompress(self._packed))

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[CheckRow]:
        return iter(self._open())

    @overload
    def __getitem__(self, index: int) -> CheckRow: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[CheckRow]: ...
    def __getitem__(self, index: int | slice) -> CheckRow | Sequence[CheckRow]:
        return self._open()[index]


def pack_checks(rows: Sequence[CheckRow]) -> Sequence[CheckRow]:
    """Return the rows, packed unless they hold what JSON lacks."""
    try:
        packed = _ENCODER.encode(rows)
        is_same = _DECODER.decode(packed) == list(rows)
    except (UnicodeEncodeError, OverflowError, msgspec.MsgspecError, RecursionError):
        return rows
    return PackedChecks(len(rows), zlib.compress(packed, 1)) if is_same else rows
