"""Carries many rows of the API to ClickHouse in the parameters of a SELECT: nothing is written there.

A server refuses a form field of more than 128 KiB (`http_max_field_value_size`), whatever the query asks for, so the
rows go as pieces of JSON. JSON is also read several times faster than the literal of an array.
"""

import json
from collections.abc import Iterable, Iterator, Sequence

from contracts_runner.warehouse.query import Payload

# In bytes of JSON; the client escapes quotes and backslashes, which at worst makes two of each.
_PIECE = 60_000


def pack_rows(rows: Iterable[Sequence[str]]) -> dict[str, Payload]:
    """Return the parameters j0, j1, … that hold the rows."""
    return {f"j{n}": piece for n, piece in enumerate(_iter_pieces(rows))}


def _iter_pieces(rows: Iterable[Sequence[str]]) -> Iterator[Payload]:
    piece: list[str] = []
    size = 0
    for row in rows:
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        length = len(text.encode())
        if piece and size + length > _PIECE:
            yield Payload(f"[{','.join(piece)}]")
            piece, size = [], 0
        piece.append(text)
        size += length + 1
    yield Payload(f"[{','.join(piece)}]")


def render_source(pieces: Iterable[str], columns: Sequence[str]) -> str:
    """Return a SELECT that gives the rows of `pieces`, names of parameters, as columns of type String."""
    names = ", ".join(f"_row_[{n}] AS {name}" for n, name in enumerate(columns, start=1))
    places = ", ".join(f"{{{piece}:String}}" for piece in pieces)
    return (
        f"SELECT {names} FROM (SELECT arrayJoin(JSONExtract(_piece_, 'Array(Array(String))')) AS _row_\n"
        f"  FROM (SELECT arrayJoin([{places}]) AS _piece_))"
    )
