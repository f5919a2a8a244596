"""One of our SELECTs with its parameters: what is sent, and what a report shows of it."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from contracts_runner.dataclass import dataclass
from contracts_runner.warehouse.errors import CannotJudgeError

# In bytes of JSON; the client escapes quotes and backslashes, which at worst makes two of each. A server refuses a form
# field of more than 128 KiB (`http_max_field_value_size`), whatever the query asks for.
_PIECE = 60_000

NOT_UNICODE = "a text is not Unicode: it has half of a surrogate pair"

IDENTIFIER = re.compile(r"\{(\w+):Identifier\}")


class Identifier:
    """A name for a place of type Identifier: the client would escape a text, which ClickHouse does not undo there."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __str__(self) -> str:
        return self._name


def require_unicode(text: str) -> str:
    """Return the text; raises CannotJudgeError when it has one half of a surrogate pair without the other."""
    try:
        text.encode()
    except UnicodeEncodeError as problem:
        raise CannotJudgeError(NOT_UNICODE) from problem
    return text


def bind_names(sql: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters with the names among them as Identifier; raises CannotJudgeError for half a character."""
    for value in parameters.values():
        for text in value if isinstance(value, list) else [value]:
            require_unicode(str(text))
    names = set(IDENTIFIER.findall(sql))
    return {key: Identifier(value) if key in names else value for key, value in parameters.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """SQL with `{name:Type}` places and their values. Tables and columns are values of type Identifier, never text."""

    sql: str
    parameters: Mapping[str, Any]

    def __str__(self) -> str:
        """Return the SQL followed by a comment line for each parameter."""
        return "\n".join([self.sql, *(f"-- {name} = {value!r}" for name, value in self.parameters.items())])


def pack_rows(rows: Iterable[Sequence[str]]) -> dict[str, str]:
    """Return the parameters j0, j1, … that hold the rows: pieces of JSON, read several times faster than an array."""
    return {f"j{n}": piece for n, piece in enumerate(_iter_pieces(rows))}


def _iter_pieces(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    piece: list[str] = []
    size = 0
    for row in rows:
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        length = len(text.encode())
        if piece and size + length > _PIECE:
            yield f"[{','.join(piece)}]"
            piece, size = [], 0
        piece.append(text)
        size += length + 1
    yield f"[{','.join(piece)}]"


def render_source(pieces: Iterable[str], columns: Sequence[str]) -> str:
    """Return a SELECT that gives the rows of `pieces`, names of parameters, as columns of type String."""
    names = ", ".join(f"_row_[{n}] AS {name}" for n, name in enumerate(columns, start=1))
    places = ", ".join(f"{{{piece}:String}}" for piece in pieces)
    return (
        f"SELECT {names} FROM (SELECT arrayJoin(JSONExtract(_piece_, 'Array(Array(String))')) AS _row_\n"
        f"  FROM (SELECT arrayJoin([{places}]) AS _piece_))"
    )


def quote_identifier(identifier: str) -> str:
    """Quote a name where it cannot be bound: in an INSERT, and in statements that are shown and never sent."""
    return "`" + identifier.replace("\\", "\\\\").replace("`", "\\`") + "`"
