"""Times in `${…}`: read from texts, moved, written in a zone and a format."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from contracts_runner.late_pattern import compile_late
from contracts_runner.reading.suggest import suggest

UNIX, UNIX_MS = "unix", "unix_ms"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {UNIX: timedelta(seconds=1), UNIX_MS: timedelta(milliseconds=1)}
_DAY = 86400
# Those of strftime that mean the same on every platform and in every language.
DIRECTIVES = "aAbBdfGHIjmMpSuUVwWyYzZ%"
_DIRECTIVE = compile_late(r"%(.?)", re.DOTALL)
# RFC 3339, with or without a zone and seconds.
_TIME = compile_late(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:(?P<mark>[T ])(?P<clock>\d\d:\d\d(?::\d\d)?)(?P<rest>(?:\.\d+)?(?:Z|[-+]\d\d:?\d\d)?))?"
)


class NoTimeError(ValueError):
    """A value is no time, or none that can be written so; the message goes on after "it"."""


@lru_cache(maxsize=64)
def find_zone(name: str) -> tzinfo:
    """Return a zone by its IANA name; raises ValueError."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        hint = suggest(name, available_timezones()) or "write one such as Europe/Moscow"
        raise ValueError(f"there is no time zone '{name}'; {hint}") from None


def check_format(text: str) -> None:
    """Raise ValueError for a format with a directive that is not the same everywhere."""
    for match in _DIRECTIVE.finditer(text):
        if not match[1] or match[1] not in DIRECTIVES:
            known = " ".join(f"%{letter}" for letter in DIRECTIVES)
            raise ValueError(f"'{match[0]}' is not a part of a time; known: {known}")


def parse_time(text: str) -> datetime | date:
    """Return the day or the moment of an RFC 3339 text, without a zone where it has none; raises NoTimeError."""
    match = _TIME.fullmatch(text)
    try:
        if match:
            return datetime.fromisoformat(text) if match["clock"] else date.fromisoformat(text)
    except ValueError:
        pass
    raise NoTimeError("is a text that is no time such as 2026-01-31 or 2026-01-31T12:00:00Z")


def move_text(text: str, seconds: int) -> str:
    """Return the text of a time that is later, in the same form; raises NoTimeError."""
    parse_time(text)
    match = _TIME.fullmatch(text)
    if match is None or not match["clock"]:
        if seconds % _DAY:
            raise NoTimeError("is a day, which moves by whole days only")
        return (date.fromisoformat(text) + timedelta(seconds=seconds)).isoformat()
    clock = datetime.fromisoformat(f"{match['day']}T{match['clock']}") + timedelta(seconds=seconds)
    precision = "seconds" if match["clock"].count(":") == 2 or seconds % 60 else "minutes"
    return clock.isoformat(match["mark"], precision) + match["rest"]


def find_day(moment: datetime, seconds: int, zone: str) -> date:
    """Return the day in a zone (else that of the moment), moved: whole days by the calendar, the rest by the clock."""
    days, rest = divmod(seconds, _DAY)
    moved = moment + timedelta(seconds=rest)
    return (moved.astimezone(find_zone(zone)) if zone else moved).date() + timedelta(days=days)


def write_time(value: datetime | date, *, zone: str, form: str) -> str | int:
    """Return a time as `form` says: "unix", "unix_ms", a format of strftime, or "" for ISO 8601.

    A day begins in the zone, without one in UTC. Raises NoTimeError for a moment without a zone where it needs one.
    """
    if isinstance(value, datetime):
        if value.tzinfo is None and (zone or form in _UNITS):
            raise NoTimeError("is a time without a zone")
        moment = value.astimezone(find_zone(zone)) if zone else value
    elif not form:
        return value.isoformat()
    else:
        moment = datetime.combine(value, time(), find_zone(zone) if zone else UTC)
    if form in _UNITS:
        return (moment - _EPOCH) // _UNITS[form]
    return moment.strftime(form) if form else moment.isoformat()
