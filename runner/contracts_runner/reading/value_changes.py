"""What `${…}` makes of a value: a member of it, arithmetic, another type, a time in a format, a code or hash of it."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

from contracts_runner.model.json import Json
from contracts_runner.model.reference import Reference
from contracts_runner.reading.suggest import suggest_or_list
from contracts_runner.reading.time_values import (
    UNIX,
    UNIX_MS,
    NoTimeError,
    find_day,
    move_text,
    parse_time,
    write_time,
)
from contracts_runner.reading.variables import VariableType


class ValueChangeError(ValueError):
    """A value does not have what an expression asks of it; the message is a sentence that does not quote the value."""


class _WrongValueError(ValueError):
    """The message goes on after "the value" or the name of a member."""


def is_time_format(change: str) -> bool:
    """Tell whether what stands after the colon writes a time."""
    return change in (UNIX, UNIX_MS) or "%" in change


def apply_reference(reference: Reference, value: Json | datetime) -> Json:
    """Return what an expression makes of the value of its name, which is a moment for now and today.

    Raises ValueChangeError.
    """
    try:
        if isinstance(value, datetime):
            made = _write_moment(reference, value)
        else:
            made = _change_value(reference, _find_member(value, reference.path))
        change = reference.change
        return made if not change or is_time_format(change) else CHANGES[change](made)
    except (_WrongValueError, NoTimeError) as error:
        raise ValueChangeError(f"{reference.text}: the value {error}") from None
    except OverflowError:
        raise ValueChangeError(f"{reference.text}: the value leaves the calendar, or the range of numbers") from None


def render_text(value: Json) -> str:
    """Return a text as it is, any other value as compact JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def describe_kind(value: Json) -> str:
    """Return what kind of value it is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    return "a text" if isinstance(value, str) else "an object" if isinstance(value, Mapping) else "a list"


def _write_moment(reference: Reference, now: datetime) -> Json:
    form = reference.change if is_time_format(reference.change) else ""
    if reference.name == "today":
        day = find_day(now, reference.offset_seconds, reference.zone)
        return write_time(day, zone=reference.zone, form=form)
    moment = now + timedelta(seconds=reference.offset_seconds)
    return write_time(moment if form else moment.replace(microsecond=0), zone=reference.zone, form=form)


def _change_value(reference: Reference, value: Json) -> Json:
    if reference.offset_seconds:
        value = move_text(_take_text(value), reference.offset_seconds)
    if reference.addend is not None:
        value = _add(value, reference.addend)
    if reference.zone or is_time_format(reference.change):
        form = reference.change if is_time_format(reference.change) else ""
        return write_time(parse_time(_take_text(value)), zone=reference.zone, form=form)
    return value


def _find_member(value: Json, path: Sequence[str | int]) -> Json:
    for key in path:
        if isinstance(value, Mapping) and isinstance(key, str):
            if key not in value:
                raise _WrongValueError(f"has no member '{key}'; {suggest_or_list(key, value)}".removesuffix("; "))
            value = value[key]
        elif isinstance(value, list) and isinstance(key, int):
            if not -len(value) <= key < len(value):
                raise _WrongValueError(f"has no item [{key}]: there are {len(value)}")
            value = value[key]
        elif isinstance(value, list):
            raise _WrongValueError(f"has no member '{key}': it is a list, whose items are [0], [1], … [-1]")
        else:
            raise _WrongValueError(f"has no member '{key}': it is {describe_kind(value)}")
    return value


def _take_text(value: Json) -> str:
    if not isinstance(value, str):
        raise _WrongValueError(f"is {describe_kind(value)}, not a time")
    return value


def _add(value: Json, addend: Decimal) -> Json:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _WrongValueError(f"is {describe_kind(value)}, to which no number can be added")
    if isinstance(value, int) and addend == addend.to_integral_value():
        return value + int(addend)
    # As people reckon: 0.1 and 0.2 are 0.3.
    return float(Decimal(repr(value)) + addend)


def _read_number(kind: VariableType, value: Json) -> Json:
    """Return the number that a value is, or that its text says."""
    if isinstance(value, str):
        try:
            return kind.parse(value)
        except (ValueError, RecursionError):
            raise _WrongValueError(f"is a text that is not of the type {kind}") from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _WrongValueError(f"is {describe_kind(value)}, not of the type {kind}")
    if kind is VariableType.INTEGER and isinstance(value, float):
        if not value.is_integer():
            raise _WrongValueError("is a number that is no integer")
        return int(value)
    return value


def _read_json(value: Json) -> Json:
    try:
        return VariableType.JSON.parse(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        raise _WrongValueError("is a text that is not JSON") from None


def _encode(value: Json) -> bytes:
    try:
        return render_text(value).encode()
    except UnicodeEncodeError:
        raise _WrongValueError("holds a lone surrogate, which is not a character") from None


# What stands after the colon, beside the formats of times.
CHANGES: Mapping[str, Callable[[Json], Json]] = {
    "text": render_text,
    "integer": lambda value: _read_number(VariableType.INTEGER, value),
    "number": lambda value: _read_number(VariableType.NUMBER, value),
    "json": _read_json,
    "urlencode": lambda value: quote(_encode(value), safe=""),
    "base64": lambda value: base64.b64encode(_encode(value)).decode(),
    "sha256": lambda value: hashlib.sha256(_encode(value)).hexdigest(),
}
CHANGE_WORDS: Mapping[str, str] = {
    "text": "The value as a text, as JSON writes it.",
    "integer": "The whole number that a text says.",
    "number": "The number that a text says.",
    "json": "The value that a text says as JSON.",
    "urlencode": "The text with percent signs, as a part of an address.",
    "base64": "The bytes of the text in base64.",
    "sha256": "The SHA-256 of the bytes of the text, in hex.",
    UNIX: "A time as seconds since 1970.",
    UNIX_MS: "A time as milliseconds since 1970.",
    "%": "A time by a format, such as %d.%m.%Y.",
}
