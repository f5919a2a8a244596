"""SQL for the text of a value by its type: equal values have equal texts, whatever a server shows of them.

`api_values` writes the texts of the other side; tests/unit/warehouse/test_values_by_type.py holds the two together.
"""

from typing import assert_never

from contracts_runner.warehouse.column_types import NESTED, NUMBERS, TEXTS, ColumnType, Kind
from contracts_runner.warehouse.errors import CannotJudgeError

# NULL inside an array, map or tuple; other texts there are hexadecimal, so that no quoting is needed.
NULL = "~"
# Digits after the point with which floats are added up, and the least float that they hold with all its digits.
_FLOAT_SCALE = 38
_LEAST_FLOAT = "1e-21"
# Functions of which ClickHouse knows that they keep the order, so that it leaves out partitions by them.
_TICKS = {3: "toUnixTimestamp64Milli", 6: "toUnixTimestamp64Micro", 9: "toUnixTimestamp64Nano"}


def render_text(column_type: ColumnType, place: str, *, depth: int = 0) -> str:
    """Return SQL for the text of the value that the SQL `place` gives; NULL gives NULL."""
    match column_type.kind:
        case Kind.FLOAT:
            bits = f"toString(reinterpretAsUInt{column_type.size}({place}))"
            return f"if(isNaN({place}), 'nan', {bits})"
        case Kind.BOOL:
            return f"toString(toUInt8({place}))"
        case Kind.TIME:
            return f"toString({render_ticks(column_type, place)})"
        case Kind.FIXED:
            return f"replaceRegexpOne(toString({place}), '\\\\x00+$', '')"
        case Kind.ADDRESS:
            # Of an IPv4 it leaves out the bytes in front that are 0.
            return f"leftPad(hex({place}), {column_type.size // 4}, '0')"
        case Kind.JSON if depth == 0:
            # Written and read once more, so that it has the types that a JSON of the API gets.
            return f"toJSONString(CAST(toJSONString({place}), 'JSON'))"
        case Kind.JSON:
            raise CannotJudgeError(f"cannot be compared: the type {column_type.name} inside another type")
        case Kind.ARRAY:
            name = f"_x{depth}_"
            parts = f"arrayMap({name} -> {_part(column_type, 0, name, depth)}, {place})"
            return f"concat('[', arrayStringConcat({parts}, ','), ']')"
        case Kind.MAP:
            key, value = f"_k{depth}_", f"_v{depth}_"
            pair = f"concat({_part(column_type, 0, key, depth)}, ':', {_part(column_type, 1, value, depth)})"
            pairs = f"arrayMap(({key}, {value}) -> {pair}, mapKeys({place}), mapValues({place}))"
            return f"concat('{{', arrayStringConcat(arraySort({pairs}), ','), '}}')"
        case Kind.TUPLE:
            places = [f"tupleElement({place}, {n + 1})" for n in range(len(column_type.parts))]
            parts = ", ',', ".join(_part(column_type, n, part, depth) for n, part in enumerate(places))
            return f"concat('(', {parts}, ')')"
        case Kind.INTEGER | Kind.DECIMAL | Kind.DATE | Kind.STRING | Kind.ENUM | Kind.UUID:
            return f"toString({place})"
        case _:
            assert_never(column_type.kind)


def _part(column_type: ColumnType, number: int, place: str, depth: int) -> str:
    return f"ifNull(hex({render_text(column_type.parts[number], place, depth=depth + 1)}), '{NULL}')"


def render_ticks(column_type: ColumnType, place: str, *, is_wall_clock: bool = False) -> str:
    """Return SQL for a time in units of its last digit since 1970, by UTC or by the wall clock that it shows."""
    is_whole = column_type.name.startswith("DateTime(") or column_type.name == "DateTime"
    ticks = f"{'toInt64' if is_whole else _TICKS.get(column_type.scale, 'reinterpretAsInt64')}({place})"
    return f"{ticks} + {10**column_type.scale} * timezoneOffset({place})" if is_wall_clock else ticks


def render_text_beside(column_type: ColumnType, twin: ColumnType, place: str) -> str:
    """Return SQL for the text of a value that is compared with values of the type `twin` in another table.

    A time beside a day counts for its day; anything beside a text is the text that ClickHouse writes. Raises
    CannotJudgeError for two types that have nothing in common.
    """
    kinds = {column_type.kind, twin.kind}
    if kinds == {Kind.TIME}:
        factor = 10 ** max(0, twin.scale - column_type.scale)
        return f"toString(toInt256({render_ticks(column_type, place)}) * {factor})"
    if kinds == {Kind.FLOAT} and column_type.size != twin.size:
        return render_text(ColumnType(kind=Kind.FLOAT, name="Float64", size=64), f"toFloat64({place})")
    if kinds == {Kind.ADDRESS}:
        return f"hex(toIPv6({place}))"
    if kinds == {Kind.DATE, Kind.TIME}:
        return f"toString(toDate32({place}))"
    if len(kinds) == 1 or kinds <= TEXTS or kinds <= {Kind.INTEGER, Kind.DECIMAL, Kind.BOOL}:
        return render_text(column_type, place)
    if kinds <= NUMBERS:
        return f"ifNull(toString(toDecimal256OrNull(toString({place}), {_FLOAT_SCALE})), toString({place}))"
    if kinds & TEXTS and not kinds & NESTED:
        return render_text(column_type, place) if column_type.kind in TEXTS else f"toString({place})"
    raise CannotJudgeError(f"cannot be compared: the types {column_type.name} and {twin.name}")


def find_scale(column_type: ColumnType) -> int:
    """Return the digits after the point with which a column is added up; raises CannotJudgeError for no number."""
    if column_type.kind not in NUMBERS:
        hint = "; 'types' tells what a text holds" if column_type.kind is Kind.STRING else ""
        raise CannotJudgeError(f"cannot be added up: the type {column_type.name}{hint}")
    return _FLOAT_SCALE if column_type.kind is Kind.FLOAT else column_type.scale


def render_amount(column_type: ColumnType, place: str, scale: int) -> str:
    """Return SQL for a number as a Decimal that can be added up; NULL gives NULL."""
    if column_type.kind is Kind.FLOAT:
        return f"toDecimal256OrNull(toString({place}), {scale})"
    return f"toDecimal256({place}, {scale})"


def render_reach(column_type: ColumnType, place: str) -> str:
    """Return SQL for the size of a number: of a sum beyond `find_limit`, and of what is not finite, digits are lost."""
    size = f"abs(toFloat64({place}))"
    return f"if({place} != 0 AND {size} < {_LEAST_FLOAT}, inf, {size})" if column_type.kind is Kind.FLOAT else size


def check_reach(name: str, reach: float | None, scale: int) -> None:
    """Raise CannotJudgeError when a sum of sizes says that digits were lost."""
    if reach is not None and not reach < 10.0 ** (75 - scale):
        raise CannotJudgeError(f"cannot be added up: {name} has values that are too large, too small or not finite")
