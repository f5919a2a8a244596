"""SQL that reads what a text or a number is said to hold (`types` of a table) as a value of a type of its own.

A text that is not what is said gives NULL, as an empty one does; `CheckContext.build_column` finds the first.
"""

from dataclasses import replace

from contracts_runner.dataclass import dataclass
from contracts_runner.model.warehouse_values import Holding
from contracts_runner.reading.time_patterns import EPOCHS, MONTHS, TimePattern, parse_time_format
from contracts_runner.warehouse.column_types import ColumnType, Kind, parse_type
from contracts_runner.warehouse.errors import CannotJudgeError
from contracts_runner.warehouse.expressions import split_call

_MICRO = 6
_DIGITS = 76  # of a Decimal256
# The seconds of the years that a DateTime64 holds.
_FIRST, _LAST = -2_208_988_800, 10_413_791_999
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?"
_ISO_TIME = f"'^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ]{_CLOCK}(Z|[-+][0-9]{{2}}:?[0-9]{{2}})?$'"


@dataclass(frozen=True, slots=True)
class HeldValue:
    """How a column is read: `type` is that of what `render` gives; `regex` and `zone` are parameters of it."""

    holding: Holding
    type: ColumnType
    zone: str | None = None
    pattern: TimePattern | None = None
    actual: str = ""  # the column's own type

    def bind(self, name: str) -> dict[str, str]:
        """Return the parameters of `render` beside that of the column, whose name is `name`."""
        regex = {f"{name}_form": self.pattern.regex} if self.pattern else {}
        return {**regex, **({f"{name}_zone": self.zone} if self.zone else {})}

    def render(self, name: str) -> str:
        """Return SQL for the value of the column that is bound as `name`."""
        if self.type.kind is Kind.STRING:
            return f"toString({render_source(self.actual, name)})"
        text = self.render_text(name)
        if self.pattern:
            groups = f"extractGroups(ifNull({text}, ''), {{{name}_form:String}})"
            text = _let("_parts_", groups, _render_iso(self.pattern, "_parts_"))
        return _let("_held_", text, self._render_value("_held_", f"{{{name}_zone:String}}"))

    def render_text(self, name: str) -> str:
        """Return SQL for the text without blanks around it; NULL for an empty one."""
        text = f"toString({render_source(self.actual, name)})"
        return f"nullIf(replaceRegexpAll({text}, '^[\\\\s\\\\x00]+|[\\\\s\\\\x00]+$', ''), '')"

    def _render_value(self, text: str, zone: str) -> str:
        """Return SQL for the value of a text; `zone` is the place of the zone, where there is one."""
        if self.holding.time in EPOCHS:
            return _render_epoch(self.type, text, EPOCHS[self.holding.time])
        match self.type.kind:
            case Kind.INTEGER:
                return f"accurateCastOrNull(toInt256OrNull({text}), '{self.type.name}')"
            case Kind.DECIMAL:
                # With all the digits that its whole part leaves room for: none of them is cut in silence.
                whole = f"toDecimal256OrNull({text}, {_DIGITS - self.type.size + self.type.scale})"
                exact = f"toDecimal256OrNull({text}, {self.type.scale})"
                return f"if({whole} = {exact}, {exact}, NULL)"
            case Kind.FLOAT:
                number = f"toFloat{self.type.size}OrNull({text})"
                # A number that is too large is no infinity.
                return f"if(isInfinite({number}) AND match({text}, '[0-9]'), NULL, {number})"
            case Kind.BOOL:
                return f"multiIf(lower({text}) IN ('1', 'true'), true, lower({text}) IN ('0', 'false'), false, NULL)"
            case Kind.UUID:
                return f"toUUIDOrNull({text})"
            case Kind.DATE:
                return _render_day(text, self.type.name)
            case _:
                time = f"parseDateTime64BestEffortOrNull({text}, {self.type.scale}, {zone})"
                is_time = f"match({text}, {_ISO_TIME}) AND isNotNull({_render_day(f'substring({text}, 1, 10)')})"
                return f"if({is_time}, {time}, NULL)"


def hold(name: str, holding: Holding, actual: str, *, zone: str | None, server_zone: str) -> HeldValue:
    """Return how a column of the type `actual` is read, of a state of an aggregate function what it comes to; `zone` is
    the check's `timezone`.

    Raises CannotJudgeError for a time without an offset where nothing says whose it is.
    """
    held = _hold(name, holding, actual, zone=zone, server_zone=server_zone)
    return replace(held, actual=actual)


def _hold(name: str, holding: Holding, actual: str, *, zone: str | None, server_zone: str) -> HeldValue:
    if holding.time in EPOCHS:
        scale = EPOCHS[holding.time] if _is_integer(actual) else _MICRO
        return HeldValue(holding, _build_time(scale, "UTC"))
    if holding.time:
        pattern = parse_time_format(holding.time)
        if not pattern.has_clock:
            return HeldValue(holding, parse_type("Date32"), pattern=pattern)
        zone = holding.timezone or zone or ("UTC" if pattern.has_zone else None)
        if zone is None:
            raise CannotJudgeError(f"{name} has times without a zone: its 'types' needs 'timezone'")
        scale = _MICRO if "f" in pattern.letters else 0
        return HeldValue(holding, _build_time(scale, zone), zone, pattern)
    held = parse_type(holding.type)
    if held.kind is Kind.TIME:
        zone = held.zone or zone or server_zone
        return HeldValue(holding, _build_time(held.scale, zone), zone)
    return HeldValue(holding, held)


def is_state(type_name: str) -> bool:
    """Return whether a type holds states of an aggregate function."""
    return split_call(type_name)[0] == "AggregateFunction"


def render_source(type_name: str, name: str) -> str:
    """Return SQL for the values of a column of a type, bound as `name`; of states for what they come to."""
    place = f"{{{name}:Identifier}}"
    return f"finalizeAggregation({place})" if is_state(type_name) else place


def _is_integer(type_name: str) -> bool:
    try:
        return parse_type(type_name).kind is Kind.INTEGER
    except CannotJudgeError:
        return False


def _let(name: str, value: str, inner: str) -> str:
    """Return SQL for `inner`, in which a name stands for a value: written, and computed, once."""
    return f"arrayMap({name} -> {inner}, [{value}])[1]"


def _build_time(scale: int, zone: str) -> ColumnType:
    return ColumnType(kind=Kind.TIME, name=f"DateTime64({scale}, '{zone}')", scale=scale, zone=zone)


def _render_epoch(column_type: ColumnType, text: str, shift: int) -> str:
    number = f"toDecimal128OrNull({text}, 9)"
    micros = f"toInt64({number} * {10 ** (_MICRO - shift)})"
    time = f"toDateTime64(fromUnixTimestamp64Micro({micros}, 'UTC'), {column_type.scale}, 'UTC')"
    return f"if({number} BETWEEN {_FIRST * 10**shift} AND {_LAST * 10**shift}, {time}, NULL)"


def _render_day(text: str, name: str = "Date32") -> str:
    # Read back, because 31 February is read as a day of March.
    return f"if(toString(to{name}OrNull({text})) = {text}, to{name}OrNull({text}), NULL)"


def _render_iso(pattern: TimePattern, groups: str) -> str:
    """Return SQL for the time of the groups of a pattern in ISO 8601."""
    part = {letter: f"{groups}[{n}]" for n, letter in enumerate(pattern.letters, start=1)}
    year = part.get("Y") or f"concat(if(toUInt8OrZero({part['y']}) < 69, '20', '19'), {part['y']})"
    name = part.get("b") or part.get("B")
    months = str(list(MONTHS))
    month = part.get("m") or f"toString(indexOf({months}, lower(substring({name}, 1, 3))))"
    day = f"concat({year}, '-', {_pad(month)}, '-', {_pad(part['d'])})"
    if not pattern.has_clock:
        return day
    hour = part.get("H") or _render_hour(part["I"], part["p"])
    clock = [_pad(hour), "':'", _pad(part["M"]) if "M" in part else "'00'", "':'"]
    clock.append(_pad(part["S"]) if "S" in part else "'00'")
    if "f" in part:
        clock += ["'.'", part["f"]]
    if "z" in part:
        clock.append(f"if(match({part['z']}, '^[-+]'), {part['z']}, 'Z')")
    return f"concat({day}, 'T', {', '.join(clock)})"


def _render_hour(hour: str, half: str) -> str:
    number = f"toUInt8OrZero({hour})"
    is_known = f"{number} BETWEEN 1 AND 12"
    return f"if({is_known}, toString({number} % 12 + if(lower({half}) = 'pm', 12, 0)), '99')"


def _pad(text: str) -> str:
    return f"leftPad({text}, 2, '0')"
