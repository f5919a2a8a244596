"""Reads the values of a list as what they are sorted by: as they are, or texts as numbers or times."""

import re
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from contracts_runner.model.contract import SortedAs
from contracts_runner.model.json import Json
from contracts_runner.openapi.explain_text import render_value
from contracts_runner.reading.time_values import NoTimeError, parse_time

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,4})?")


class NoSortKeyError(ValueError):
    """The values have no order; the message goes on after the path."""


def read_sort_keys(items: list[Json], read_as: SortedAs | None) -> list[Any]:
    """Return what the values are compared by; raises NoSortKeyError."""
    match read_as:
        case SortedAs.NUMBER:
            return list(map(_read_number, items))
        case SortedAs.TIME:
            return _read_times(items)
    if not (all(map(_is_number, items)) or all(isinstance(item, str) for item in items)):
        raise NoSortKeyError("the values are neither all numbers nor all strings")
    return items


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _read_number(value: Json) -> Decimal | int | float:
    if _is_number(value):
        number: int | float = value
        return number
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return Decimal(value)
    raise NoSortKeyError(f"{render_value(value)} is not a number")


def _read_times(items: list[Json]) -> list[datetime]:
    times = list(map(_read_time, items))
    if len({moment.tzinfo is None for moment in times}) > 1:
        raise NoSortKeyError("some of the times have a zone, others have none")
    return times


def _read_time(value: Json) -> datetime:
    try:
        found = parse_time(value) if isinstance(value, str) else None
    except NoTimeError:
        found = None
    if found is None:
        raise NoSortKeyError(f"{render_value(value)} is not a time (RFC 3339)")
    return found if isinstance(found, datetime) else datetime.combine(found, time())
