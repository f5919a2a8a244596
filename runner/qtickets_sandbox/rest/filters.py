"""The filter language: `where`, `orderBy`, evaluated on what the client sees (docs/qtickets.md, REST conventions)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from qtickets_sandbox.instants import parse_instant

Row = Mapping[str, Any]


class UnknownColumn(Exception):
    """A condition on a column that no row has."""


class BadCondition(Exception):
    """A condition that is not `{column, operator?, value?}` with a known operator."""


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": eq,
    "!=": ne,
    "<": lt,
    ">": gt,
    "<=": le,
    ">=": ge,
}
_MISSING = object()


def select_rows(rows: list[Row], where: object) -> list[Row]:
    """Return the rows that satisfy all conditions; raises UnknownColumn or BadCondition."""
    for condition in _conditions(where):
        rows = [row for row in rows if _holds(row, condition)]
    return rows


def check_operators(where: object, allowed: Iterable[str]) -> None:
    """Raise BadCondition if a condition has another operator."""
    for condition in _conditions(where):
        if _operator(condition) not in allowed:
            raise BadCondition(f"unknown operator {_operator(condition)}")


def check_columns(known: Iterable[Row], where: object) -> None:
    """Raise UnknownColumn if a condition names a column that no known row has."""
    rows = list(known)
    for condition in _conditions(where):
        column = str(condition["column"])
        if rows and all(read_column(row, column) is _MISSING for row in rows):
            raise UnknownColumn(column)


def sort_rows(rows: list[Row], order: object) -> list[Row]:
    """Return the rows by `{column: asc|desc}`, first column most significant; nulls first ascending."""
    if not isinstance(order, Mapping):
        return rows
    for column, direction in reversed(list(order.items())):
        rows = sorted(rows, key=partial(_sort_key, str(column)), reverse=direction == "desc")
    return rows


def read_column(row: Row, column: str) -> Any:
    """Return the value at a dotted path, or a marker that equals nothing."""
    value: Any = row
    for part in column.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return _MISSING
        value = value[part]
    return value


def _conditions(where: object) -> list[Mapping[str, Any]]:
    if where is None:
        return []
    items = list(where.values()) if isinstance(where, Mapping) else where
    if not isinstance(items, list):
        raise BadCondition("where is not a list")
    for item in items:
        if not isinstance(item, Mapping) or not isinstance(item.get("column"), str):
            raise BadCondition("a condition has no column")
    return items


def _operator(condition: Mapping[str, Any]) -> str:
    return str(condition.get("operator", "=")).lower()


def _holds(row: Row, condition: Mapping[str, Any]) -> bool:
    value = read_column(row, condition["column"])
    operator = _operator(condition)
    wanted = condition.get("value")
    if operator in ("null", "not null"):
        return (value is None or value is _MISSING) == (operator == "null")
    if operator in ("in", "not in", "in array", "not in array"):
        if not isinstance(wanted, list):
            raise BadCondition(f"{operator} needs a list")
        members = value if isinstance(value, list) else [value]
        found = any(_compare(eq, member, each) for member in members for each in wanted)
        return found != operator.startswith("not")
    if operator not in _COMPARISONS:
        raise BadCondition(f"unknown operator {operator}")
    return _compare(_COMPARISONS[operator], value, wanted)


def _compare(comparison: Callable[[Any, Any], bool], value: Any, wanted: Any) -> bool:
    """Compare as a database would: numbers with numeric text, instants with dates, null with nothing."""
    if value is _MISSING or value is None or wanted is None:
        return False
    for convert in (_number, _instant):
        left, right = convert(value), convert(wanted)
        if left is not None and right is not None:
            return comparison(left, right)
    return comparison(str(value), str(wanted))


def _number(value: Any) -> float | None:
    if isinstance(value, bool | int | float):
        return float(value)
    if not isinstance(value, str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _instant(value: Any) -> datetime | None:
    try:
        return parse_instant(value)
    except ValueError:
        return None


def _sort_key(column: str, row: Row) -> tuple[int, Any]:
    value = read_column(row, column)
    if value is None or value is _MISSING:
        return (0, 0)
    number = _number(value)
    if number is not None:
        return (1, number)
    instant = _instant(value)
    return (2, instant.timestamp()) if instant else (3, str(value))
