"""A column in a check: how its values are read, compared with the API, a contract or another table, and shown.

Both sides are brought to one text, NULL and null to the empty one, and texts are compared. Texts are equal exactly when
values are: numbers with all their digits, floats by their bits, times as instants.
"""

import ipaddress
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from hashlib import md5

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json
from contracts_runner.model.warehouse_values import Tolerance
from contracts_runner.warehouse import api_values, column_sql
from contracts_runner.warehouse.column_types import NESTED, NUMBERS, TEXTS, ColumnType, Kind, parse_type
from contracts_runner.warehouse.errors import CannotJudgeError, WarehouseQueryError
from contracts_runner.warehouse.held_values import HeldValue
from contracts_runner.warehouse.numbers import add_decimals, parse_decimal, render_decimal
from contracts_runner.warehouse.times import (
    Time,
    find_offset,
    find_zone,
    move_clock,
    parse_moment,
    parse_time,
    render_clock,
)
from contracts_runner.warehouse.tolerances import render_within

# Bytes; of a longer text the MD5 is compared, because all values of a walk travel to ClickHouse.
_LONGEST_TEXT = 1000
# Before a value that the column's type cannot hold: no text of the table begins so, but a String's, which holds all.
_UNEQUAL = "≠ "
_LONG = NESTED | {Kind.STRING, Kind.FIXED}


@dataclass(frozen=True)
class Column:
    """A column; `zone` is the check's `timezone`: whose wall clock it shows if its type does not say it, and whose day
    a Date is. `tolerance`: only of a number; its texts are then decimal numbers, of floats too. `held`: how its values
    are read where they are kept as texts or numbers; `type` is then that of what they hold."""

    name: str
    type: ColumnType
    zone: str | None = None
    tolerance: Tolerance | None = None
    held: HeldValue | None = None

    @cached_property
    def is_wall_clock(self) -> bool:
        """True for a time whose instants are those of the wall clock that it shows, read in `zone`."""
        return self.type.kind is Kind.TIME and self.type.zone is None and self.zone is not None

    @cached_property
    def is_private(self) -> bool:
        """True where a value may be a name or an address, which a report does not show."""
        return self.type.kind in TEXTS | NESTED | {Kind.UUID, Kind.ADDRESS} - {Kind.ENUM}

    def sql_text(self, place: str) -> str:
        """Return SQL for the text of a value of this column; `place` is the SQL of the value."""
        if self.tolerance:
            return f"ifNull(toString({place}), '')"
        text = f"toString({self.sql_ticks(place)})" if self.is_wall_clock else column_sql.render_text(self.type, place)
        return f"ifNull({self._sql_short(text)}, '')"

    def sql_differs(self, theirs: str, ours: str) -> str:
        """Return SQL that is true where a text of the API and one of `sql_text` mean different values.

        With a tolerance it has the places of `bind_tolerance`.
        """
        return f"{ours} != {theirs}" + (f" AND NOT {render_within(theirs, ours)}" if self.tolerance else "")

    def sql_whole_text(self, place: str) -> str:
        """Return SQL for the text of a value, however long, for a comparison within ClickHouse."""
        return f"ifNull({column_sql.render_text(self.type, place)}, '')"

    def sql_of_api(self, place: str) -> str:
        """Return SQL for that text of a value of the API which came as `text` has made it."""
        if self.type.kind is not Kind.JSON:
            return place
        return f"if({place} LIKE '{{%', {self._sql_short(f'''toJSONString(CAST({place}, 'JSON'))''')}, {place})"

    def _sql_short(self, text: str) -> str:
        if self.type.kind not in _LONG:
            return text
        return f"if(length({text}) > {_LONGEST_TEXT}, lower(hex(MD5({text}))), {text})"

    def sql_ticks(self, place: str) -> str:
        """Return SQL for a time in units of its last digit since 1970, of the instant or of the wall clock."""
        return column_sql.render_ticks(self.type, place, is_wall_clock=self.is_wall_clock)

    def text(self, value: Json) -> str:
        """Return a value of the API as the text that `sql_text` gives for the same value in the table.

        A list of numbers, the matches of a JSONPath, is the sum of them where the column is a number. Raises
        CannotJudgeError for a value that we cannot judge: a time without a zone, half a character.
        """
        if value is None:
            return ""
        text = _read_number(value) if self.tolerance else self._read(value)
        if text is None:
            return _UNEQUAL + api_values.render_string(value)[:_LONGEST_TEXT]
        return self.shorten(text)

    def shorten(self, text: str) -> str:
        """Return the text that `sql_text` gives for a value with this one."""
        if self.type.kind not in _LONG - {Kind.JSON} or len(text) * 4 <= _LONGEST_TEXT:
            return text
        raw = text.encode()
        return md5(raw, usedforsecurity=False).hexdigest() if len(raw) > _LONGEST_TEXT else text

    def _read(self, value: Json) -> str | None:
        if self.type.kind is Kind.TIME:
            moment = parse_moment(value)
            return None if moment is None else self._read_time(moment)
        if self.type.kind is Kind.DATE and (moment := parse_time(value)) is not None:
            return api_values.render_day(self.type, self._find_day(moment))
        if self.type.kind in NUMBERS and isinstance(value, list):
            return _read_sum(self.type, value)
        return api_values.render_value(self.type, value)

    def _read_time(self, moment: Time) -> str | None:
        shift = moment.find_shift(find_zone(self.zone) if self.zone else None)
        if shift is None:
            raise CannotJudgeError(f"the API writes a time without a zone for {self.name}: the check needs 'timezone'")
        if self.is_wall_clock and self.zone and moment.offset is not None:
            # Two steps, because the clock of the zone depends on the instant.
            try:
                clock = move_clock(moment, find_zone(self.zone))
            except OverflowError:
                return None
            moment, shift = Time(clock, moment.digits), timedelta()
        elif self.is_wall_clock:
            shift = timedelta()
        return api_values.render_ticks(self.type, moment.count_ticks(self.type.scale, shift=shift))

    def _find_day(self, moment: Time) -> date | None:
        """Return the day of a time: the one in `zone`, else the one that the API wrote beside an offset."""
        if moment.offset is None and self.zone is None:
            raise CannotJudgeError(f"the API writes a time without a zone for {self.name}: the check needs 'timezone'")
        if moment.offset is None or self.zone is None:
            return moment.clock.date()
        try:
            return move_clock(moment, find_zone(self.zone)).date()
        except OverflowError:
            return None

    def read_written(self, value: Json, server_zone: str) -> str:
        """Return a value of a contract as a text; raises CannotJudgeError for one that the type cannot hold.

        A time without an offset is one of the column's zone, else of the server's.
        """
        if self.type.kind is Kind.TIME:
            moment = parse_time(value)
            text = None
            if moment is not None and api_values.is_exact(self.type, moment):
                shift = moment.find_shift(find_zone(self.type.zone or server_zone)) or timedelta()
                text = api_values.render_ticks(self.type, moment.count_ticks(self.type.scale, shift=shift))
        else:
            text = api_values.render_value(self.type, value)
        if text is None:
            raise CannotJudgeError(f"{self.name} is {self.type.name}, which cannot hold {value!r}")
        return text

    def read_day(self, day: date, server_zone: str) -> str:
        """Return the beginning of a day as a text; raises CannotJudgeError as `read_written` does."""
        return self.read_written(f"{day.isoformat()}T00:00:00", server_zone)

    def find_instant(self, ticks: int, server_zone: str) -> float:
        """Return the Unix seconds of what `sql_ticks` gave."""
        seconds: float = ticks / 10**self.type.scale
        if not self.is_wall_clock:
            return seconds
        clock = datetime(1970, 1, 1) + timedelta(seconds=ticks // 10**self.type.scale)
        return seconds - find_offset(clock, find_zone(self.zone or server_zone)).total_seconds()

    def show(self, text: str) -> str:
        """Return a text of this column as a reader knows the value."""
        if text.startswith(_UNEQUAL):
            return text.removeprefix(_UNEQUAL)
        match self.type.kind:
            case Kind.FLOAT if self.tolerance is None:
                return api_values.read_float(self.type, text)
            case Kind.BOOL:
                return {"1": "true", "0": "false"}.get(text, text)
            case Kind.TIME if text:
                return render_clock(int(text), self.type.scale) + ("" if self.is_wall_clock else "Z")
            case Kind.ADDRESS if text:
                return str(ipaddress.ip_address(bytes.fromhex(text)))
        return text


def build_column(name: str, types: Mapping[str, str], *, zone: str | None = None) -> Column:
    """Return a column by the types of its table; raises WarehouseQueryError when the table does not have it.

    Raises CannotJudgeError where values of its type cannot be compared.
    """
    if name not in types:
        raise WarehouseQueryError(f"the table has no column {name}, or the account may not see it")
    try:
        return Column(name, parse_type(types[name]), zone)
    except CannotJudgeError as problem:
        raise CannotJudgeError(f"{name} {problem}") from problem


def _read_sum(column_type: ColumnType, values: list[Json]) -> str | None:
    total = _add(values)
    return None if total is None else api_values.render_value(column_type, total)


def _read_number(value: Json) -> str | None:
    """Return a number, or the sum of a list of them, whether or not the type can hold it."""
    return (_add(value) if isinstance(value, list) else _add([value])) or api_values.read_not_finite(value)


def _add(values: list[Json]) -> str | None:
    numbers = [parse_decimal(value) for value in values if value is not None]
    known = [number for number in numbers if number is not None]
    return render_decimal(add_decimals(known)) if len(known) == len(numbers) else None
