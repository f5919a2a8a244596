"""What a column's type means for a comparison: how ClickHouse writes its values as text, and how we write the API's.

Both sides are brought to one text, NULL and null to the empty one, and texts are compared: a number as its shortest
decimal form (12.50 and 12.5 are equal, no float takes part), a time as the wall clock that the table shows.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from enum import StrEnum
from hashlib import md5
from zoneinfo import ZoneInfo

from contracts_runner.model.json import Json
from contracts_runner.warehouse.errors import WarehouseQueryError

# Bytes; of a longer text the MD5 is compared, because all values of a walk travel to ClickHouse.
_LONGEST_TEXT = 1000

# Digits after the point that count. Float64 columns hold money such as 2.9999999999999996.
_DIGITS = 6
_STEP = Decimal(1).scaleb(-_DIGITS)
_ARITHMETIC = Context(prec=76, rounding=ROUND_HALF_EVEN)

_WRAPPER = re.compile(r"(?:LowCardinality|Nullable)\((.*)\)")
_ZONE = re.compile(r"DateTime(?:64)?\((?:\d+,\s*)?'([^']+)'\)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Kind(StrEnum):
    """How values of a type are compared."""

    NUMBER = "number"
    BOOL = "bool"
    DATE = "date"
    TIME = "time"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column; `zone` is the one whose wall clock it shows: that of its type, else of the check; None if neither
    states one."""

    name: str
    kind: Kind
    zone: str | None = None

    def sql_text(self, place: str, *, is_whole: bool = False) -> str:
        """Return SQL for the text of a value of this column; `place` is the SQL of the value.

        `is_whole`: a long text stays as it is, for a comparison within ClickHouse.
        """
        match self.kind:
            case Kind.NUMBER:
                text = (
                    f"coalesce(toString(toDecimal128OrNull(toString(round({place}, {_DIGITS})), 9)), toString({place}))"
                )
            case Kind.TIME:
                text = f"substring(toString({place}), 1, 19)"
            case Kind.BOOL | Kind.DATE:
                text = f"toString({place})"
            case Kind.TEXT:
                text = f"toString({place})"
                if not is_whole:
                    text = f"if(length({text}) > {_LONGEST_TEXT}, lower(hex(MD5({text}))), {text})"
        return f"ifNull({text}, '')"

    def text(self, value: Json) -> str:
        """Return a value of the API as the text that `sql_text` gives for the same value in the table.

        A list of numbers, the matches of a JSONPath, is the sum of them where the column is a number.
        """
        if value is None:
            return ""
        match self.kind:
            case Kind.NUMBER:
                return _render_sum(value) if isinstance(value, list) else render_number(value)
            case Kind.BOOL:
                return {"1": "true", "0": "false"}.get(render_number(value), str(value))
            case Kind.DATE:
                return self._render_time(value)[:10]
            case Kind.TIME:
                return self._render_time(value)
            case Kind.TEXT:
                return _shorten(render_key(value))

    def _render_time(self, value: Json) -> str:
        """Return the wall clock: in the column's zone if it is known, else as the API wrote it."""
        moment = parse_time(value)
        if moment is None:
            return str(value)
        if self.zone is not None and moment.tzinfo is not None:
            moment = moment.astimezone(ZoneInfo(self.zone))
        return moment.strftime("%Y-%m-%d %H:%M:%S")


def build_column(name: str, types: Mapping[str, str], *, zone: str | None = None) -> Column:
    """Return a column by the types of its table; raises WarehouseQueryError when the table does not have it.

    `zone`: whose wall clock a type without a zone shows, and whose day a Date is.
    """
    if name not in types:
        raise WarehouseQueryError(f"the table has no column {name}")
    type_name = types[name]
    while wrapped := _WRAPPER.fullmatch(type_name):
        type_name = wrapped[1]
    own = _ZONE.fullmatch(type_name)
    return Column(name=name, kind=_classify(type_name), zone=own[1] if own else zone)


def _classify(type_name: str) -> Kind:
    if re.match(r"U?Int\d|Float\d|Decimal", type_name):
        return Kind.NUMBER
    if type_name.startswith("DateTime"):
        return Kind.TIME
    return {"Date": Kind.DATE, "Date32": Kind.DATE, "Bool": Kind.BOOL}.get(type_name, Kind.TEXT)


def parse_decimal(value: Json) -> Decimal | None:
    """Return a number, or a text that is one, exactly as written; None for anything else."""
    if isinstance(value, bool):
        return Decimal(int(value))
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def render_decimal(number: Decimal) -> str:
    """Return the shortest text of a number, rounded as the table's side is."""
    rounded = number.quantize(_STEP, context=_ARITHMETIC)
    return format(rounded.normalize(_ARITHMETIC), "f") if rounded else "0"


def render_number(value: Json) -> str:
    """Return the shortest text of a number; what is not a number stays as it is, and equals none."""
    number = parse_decimal(value)
    # More digits than a Decimal(76) holds can only be nonsense, which must not stop the check.
    return str(value) if number is None or number.adjusted() > 60 else render_decimal(number)


def _render_sum(values: list[Json]) -> str:
    numbers = [parse_decimal(value) for value in values if value is not None]
    known = [number for number in numbers if number is not None]
    return render_decimal(sum(known, Decimal())) if len(known) == len(numbers) else str(values)


def render_key(value: Json) -> str:
    """Return a JSON value as the text that a loader stores in a String; half of a surrogate pair becomes `?`."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return render_number(value)
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def _shorten(text: str) -> str:
    raw = text.encode()
    return md5(raw, usedforsecurity=False).hexdigest() if len(raw) > _LONGEST_TEXT else text


def parse_time(value: Json) -> datetime | None:
    """Return an ISO 8601 time, aware if it has an offset; None for anything else."""
    if not isinstance(value, str) or not _DAY.match(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None
