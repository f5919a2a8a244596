"""JSON values of the API, and of contracts, as the texts that `column_sql` gives for equal values of a column."""

import ipaddress
import json
import re
import struct
from collections.abc import Mapping
from datetime import date
from typing import assert_never

from contracts_runner.model.json import Json
from contracts_runner.warehouse.column_sql import NULL
from contracts_runner.warehouse.column_types import ColumnType, Kind
from contracts_runner.warehouse.errors import CannotJudgeError
from contracts_runner.warehouse.numbers import parse_decimal, render_decimal
from contracts_runner.warehouse.query import require_unicode
from contracts_runner.warehouse.times import Time, parse_day, parse_time

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NOT_FINITE = {"nan": "nan", "inf": "inf", "+inf": "inf", "infinity": "inf", "-inf": "-inf", "-infinity": "-inf"}
_DAYS = {"Date": (date(1970, 1, 1), date(2149, 6, 6)), "Date32": (date(1900, 1, 1), date(2299, 12, 31))}
_MAPPED = 0xFFFF << 32


def render_value(column_type: ColumnType, value: Json) -> str | None:
    """Return the text of a value that is not null; None when the type cannot hold it.

    A time is ISO 8601 with an offset: `Column` reads the others, because it knows the zone. Raises CannotJudgeError
    for one without, and for a text that is no Unicode.
    """
    match column_type.kind:
        case Kind.INTEGER | Kind.DECIMAL:
            return _render_exact(column_type, value)
        case Kind.FLOAT:
            return _render_float(column_type, value)
        case Kind.BOOL:
            text = render_string(value)
            return {"true": "1", "1": "1", "false": "0", "0": "0"}.get(text)
        case Kind.DATE:
            return render_day(column_type, parse_day(value))
        case Kind.TIME:
            return _render_time(column_type, parse_time(value))
        case Kind.STRING:
            return render_string(value)
        case Kind.FIXED:
            text = render_string(value).rstrip("\0")
            return text if len(text.encode()) <= column_type.size else None
        case Kind.ENUM:
            return value if isinstance(value, str) and value in column_type.words else None
        case Kind.UUID:
            return value.lower() if isinstance(value, str) and _UUID.fullmatch(value.lower()) else None
        case Kind.ADDRESS:
            return _render_address(column_type, value)
        case Kind.ARRAY | Kind.MAP | Kind.TUPLE:
            return _render_nested(column_type, value)
        case Kind.JSON:
            # ClickHouse makes the text of it, by `Column.sql_of_api`.
            return render_json(value) if isinstance(value, Mapping) else None
        case _:
            assert_never(column_type.kind)


def _render_time(column_type: ColumnType, moment: Time | None) -> str | None:
    if moment is None:
        return None
    if moment.offset is None:
        raise CannotJudgeError("the API writes a time without a zone inside an array, a map or a tuple")
    return render_ticks(column_type, moment.count_ticks(column_type.scale, shift=moment.offset))


def _render_exact(column_type: ColumnType, value: Json) -> str | None:
    number = parse_decimal(value)
    if number is None:
        return None
    text = render_decimal(number)
    whole, _, digits = text.partition(".")
    if column_type.kind is Kind.DECIMAL:
        is_held = len(digits) <= column_type.scale and len(whole.lstrip("-0")) <= column_type.size - column_type.scale
        return text if is_held else None
    least = -(2 ** (column_type.size - 1)) if column_type.is_signed else 0
    most = 2 ** (column_type.size - column_type.is_signed) - 1
    return text if not digits and least <= int(whole) <= most else None


def _render_float(column_type: ColumnType, value: Json) -> str | None:
    number = parse_decimal(value)
    if number is None and not (isinstance(value, str | float) and str(value).lower() in _NOT_FINITE):
        return None
    try:
        exact = float(number if number is not None else str(value))
        packed = struct.pack(">f" if column_type.size == 32 else ">d", exact)
    except OverflowError:
        return None
    if exact != exact:
        return "nan"
    is_lost = number is not None and exact in (float("inf"), float("-inf"))
    return None if is_lost else str(int.from_bytes(packed))


def read_not_finite(value: Json) -> str | None:
    """Return what ClickHouse writes for NaN and the infinities; None for anything else."""
    return _NOT_FINITE.get(str(value).lower()) if isinstance(value, str | float) else None


def read_float(column_type: ColumnType, text: str) -> str:
    """Return the number whose bits `text` is, as a reader knows it."""
    if not text.isdigit():
        return text
    size = column_type.size // 8
    number = struct.unpack(">f" if size == 4 else ">d", int(text).to_bytes(size))[0]
    # Of the texts that mean these bits, the shortest.
    short = next((f"{number:.{n}g}" for n in range(1, 10) if size == 4 and _has_bits(f"{number:.{n}g}", text)), None)
    decimal = parse_decimal(short or number)
    return str(number) if decimal is None else render_decimal(decimal)


def _has_bits(short: str, text: str) -> bool:
    try:
        return str(int.from_bytes(struct.pack(">f", float(short)))) == text
    except OverflowError:  # rounded up, it is more than a short float holds
        return False


def render_day(column_type: ColumnType, day: date | None) -> str | None:
    """Return the text of a day; None for one that the type cannot hold."""
    least, most = _DAYS[column_type.name]
    return day.isoformat() if day is not None and least <= day <= most else None


def render_ticks(column_type: ColumnType, ticks: int) -> str | None:
    """Return the text of a time in units of its column; None for one that the type cannot hold."""
    least, most = (-(2**63), 2**63 - 1) if column_type.name.startswith("DateTime64") else (0, 2**32 - 1)
    return str(ticks) if least <= ticks <= most else None


def is_exact(column_type: ColumnType, time: Time) -> bool:
    """Return whether the column keeps all digits of a time."""
    return len(time.digits) <= column_type.scale


def _render_address(column_type: ColumnType, value: Json) -> str | None:
    try:
        number = int(address) if isinstance(value, str) and (address := ipaddress.ip_address(value.strip())) else None
    except ValueError:
        return None
    if number is None:
        return None
    is_short = isinstance(address, ipaddress.IPv4Address)
    if column_type.size == 128:
        return f"{number | (_MAPPED if is_short else 0):032X}"
    if not is_short and number >> 32 != _MAPPED >> 32:
        return None
    return f"{number & 0xFFFFFFFF:08X}"


def _render_nested(column_type: ColumnType, value: Json) -> str | None:
    match column_type.kind:
        case Kind.ARRAY if isinstance(value, list):
            parts = [_render_part(column_type.parts[0], item) for item in value]
            return None if None in parts else f"[{','.join(map(str, parts))}]"
        case Kind.MAP if isinstance(value, Mapping):
            pairs = [
                (_render_part(column_type.parts[0], key), _render_part(column_type.parts[1], item))
                for key, item in value.items()
            ]
            texts = sorted(f"{key}:{item}" for key, item in pairs)
            return None if any(None in pair for pair in pairs) else f"{{{','.join(texts)}}}"
        case Kind.TUPLE:
            parts = [
                _render_part(part, item)
                for part, item in zip(column_type.parts, _list_parts(column_type, value), strict=False)
            ]
            is_whole = len(parts) == len(column_type.parts) and None not in parts
            return f"({','.join(map(str, parts))})" if is_whole else None
    return None


def _list_parts(column_type: ColumnType, value: Json) -> list[Json]:
    """Return the parts of a tuple in order: of an object with just its names, or of a list; none of anything else."""
    if isinstance(value, Mapping) and set(value) == set(column_type.words):
        return [value[word] for word in column_type.words]
    return value if isinstance(value, list) and len(value) == len(column_type.parts) else []


def _render_part(column_type: ColumnType, value: Json) -> str | None:
    if value is None:
        return NULL
    text = render_value(column_type, value)
    return None if text is None else text.encode().hex().upper()


def render_string(value: Json) -> str:
    """Return a JSON value as the text that a loader stores; raises CannotJudgeError for half a character."""
    if isinstance(value, str):
        return require_unicode(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        number = parse_decimal(value)
        return str(value) if number is None or abs(number.adjusted()) > 60 else render_decimal(number)
    render_json(value)
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def render_json(value: Json) -> str:
    """Return a value as JSON; raises CannotJudgeError for half a character."""
    return require_unicode(json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
