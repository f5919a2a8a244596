"""What a ClickHouse type is to us: its kind, and the numbers, words and zone that belong to it."""

import re
from enum import StrEnum
from functools import lru_cache

from contracts_runner.dataclass import dataclass
from contracts_runner.warehouse.errors import CannotJudgeError
from contracts_runner.warehouse.expressions import split_call, split_label, unquote

_INTEGER = re.compile(r"(U?)Int(\d+)")
_ENUM_WORD = re.compile(r"('(?:[^'\\]|\\.)*')\s*=\s*-?\d+", re.DOTALL)
# What columns hold that have no values of one type.
_NO_VALUES = {
    "AggregateFunction": "states of an aggregate function; `types` tells what finalizeAggregation makes of them",
    "Variant": "values of several types; `types` tells which one is meant",
    "Dynamic": "values of several types; `types` tells which one is meant",
}


class Kind(StrEnum):
    """How values of a type are read and compared."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    BOOL = "bool"
    DATE = "date"
    TIME = "time"
    STRING = "string"
    FIXED = "fixed"
    ENUM = "enum"
    UUID = "uuid"
    ADDRESS = "address"
    ARRAY = "array"
    MAP = "map"
    TUPLE = "tuple"
    JSON = "json"


NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT})
TEXTS = frozenset({Kind.STRING, Kind.FIXED, Kind.ENUM})
NESTED = frozenset({Kind.ARRAY, Kind.MAP, Kind.TUPLE, Kind.JSON})


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnType:
    """A type without LowCardinality, Nullable and the like; `name` is how ClickHouse writes it.

    `size`: bits of an integer, a float or an address (IPv4 32, IPv6 128), digits of a Decimal, bytes of a FixedString.
    `scale`: digits after the point, of a second too. `words`: the names of an enum's or a tuple's parts.
    """

    kind: Kind
    name: str
    size: int = 0
    scale: int = 0
    is_signed: bool = True
    zone: str | None = None
    words: tuple[str, ...] = ()
    parts: tuple["ColumnType", ...] = ()


@lru_cache(maxsize=1024)
def parse_type(text: str) -> ColumnType:
    """Return the type; raises CannotJudgeError for one whose values cannot be compared, such as an aggregate state."""
    name, arguments = split_call(text)
    match name:
        case "LowCardinality" | "Nullable" | "SimpleAggregateFunction" if arguments:
            return parse_type(arguments[-1])
        case "Array" if arguments:
            return ColumnType(kind=Kind.ARRAY, name=text, parts=(parse_type(arguments[0]),))
        case "Map" if arguments:
            return ColumnType(kind=Kind.MAP, name=text, parts=tuple(map(parse_type, arguments)))
        case "Tuple" if arguments:
            return _parse_tuple(text, arguments)
        case "Nested" if arguments:
            return ColumnType(kind=Kind.ARRAY, name=text, parts=(_parse_tuple(text, arguments),))
    return _parse_scalar(text, name, arguments)


def _parse_tuple(text: str, arguments: list[str]) -> ColumnType:
    found = [split_label(argument) for argument in arguments]
    labels = tuple(label for label, _ in found if label)
    return ColumnType(kind=Kind.TUPLE, name=text, words=labels, parts=tuple(parse_type(part) for _, part in found))


def _parse_scalar(text: str, name: str, arguments: list[str]) -> ColumnType:
    if integer := _INTEGER.fullmatch(name):
        return ColumnType(kind=Kind.INTEGER, name=text, size=int(integer[2]), is_signed=not integer[1])
    match name, len(arguments):
        case (("Float32" | "Float64"), _):
            return ColumnType(kind=Kind.FLOAT, name=text, size=int(name[5:]))
        case "Decimal", 2:
            return ColumnType(kind=Kind.DECIMAL, name=text, size=int(arguments[0]), scale=int(arguments[1]))
        case "Bool", _:
            return ColumnType(kind=Kind.BOOL, name=text)
        case (("Date" | "Date32"), _):
            return ColumnType(kind=Kind.DATE, name=text)
        case "DateTime", _:
            return ColumnType(kind=Kind.TIME, name=text, zone=unquote(arguments[0]) if arguments else None)
        case "DateTime64", (1 | 2):
            zone = unquote(arguments[1]) if len(arguments) > 1 else None
            return ColumnType(kind=Kind.TIME, name=text, scale=int(arguments[0]), zone=zone)
        case "String", _:
            return ColumnType(kind=Kind.STRING, name=text)
        case "FixedString", 1:
            return ColumnType(kind=Kind.FIXED, name=text, size=int(arguments[0]))
        case (("Enum8" | "Enum16"), _):
            words = tuple(unquote(word) for word in _ENUM_WORD.findall(text))
            return ColumnType(kind=Kind.ENUM, name=text, words=words)
        case "UUID", _:
            return ColumnType(kind=Kind.UUID, name=text)
        case (("IPv4" | "IPv6"), _):
            return ColumnType(kind=Kind.ADDRESS, name=text, size=32 if name == "IPv4" else 128)
        case "JSON", _:
            return ColumnType(kind=Kind.JSON, name=text)
    why = _NO_VALUES.get(name)
    raise CannotJudgeError(f"cannot be compared: the type {text}" + (f" holds {why}" if why else ""))
