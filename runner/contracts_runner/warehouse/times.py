"""Times as instants with all their digits, and the time zones that ClickHouse knows."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json
from contracts_runner.reading.time_values import find_zone as find_named_zone
from contracts_runner.warehouse.errors import CannotJudgeError

# ISO 8601, extended and basic; a day also by its week: 2026-11-20, 20261120, 2026-W47-5.
_DAY_TEXT = r"\d{4}-\d{2}-\d{2}|\d{8}|\d{4}-W\d{2}-\d|\d{4}W\d{3}"
_CLOCK_TEXT = r"\d{2}:\d{2}(?::\d{2})?|\d{4}(?:\d{2})?"
_TIME = re.compile(rf"({_DAY_TEXT})[T ]({_CLOCK_TEXT})(?:[.,](\d+))?\s*(Z|z|[+-]\d{{2}}(?::?\d{{2}}){{0,2}})?")
_DAY = re.compile(_DAY_TEXT)
_FIXED = re.compile(r"Fixed/UTC([+-])(\d{2}):(\d{2}):(\d{2})")
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Time:
    """A time as it is written: its wall clock in whole seconds, the digits after them, its offset if it has one."""

    clock: datetime
    digits: str = ""
    offset: timedelta | None = None

    def count_ticks(self, digits: int, *, shift: timedelta) -> int:
        """Return the units of 10^-digits seconds from 1970 to this time, cut, when its clock is `shift` before UTC."""
        since = self.clock - _EPOCH - shift
        seconds = since.days * 86_400 + since.seconds
        return seconds * int(10**digits) + int(self.digits[:digits].ljust(digits, "0") or 0)

    def find_shift(self, zone: tzinfo | None) -> timedelta | None:
        """Return how far the clock is before UTC: its offset, else that of the zone; None without either."""
        if self.offset is not None or zone is None:
            return self.offset
        return find_offset(self.clock, zone)


def parse_time(value: Json) -> Time | None:
    """Return an ISO 8601 time; None for anything else, a day alone too."""
    found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        clock = datetime.fromisoformat(f"{found[1]}T{found[2]}")
        offset = datetime.fromisoformat(f"2000-01-01T00:00:00{found[4].upper()}").utcoffset() if found[4] else None
    except ValueError:
        return None
    return Time(clock, (found[3] or "").rstrip("0"), offset)


def parse_day(value: Json) -> date | None:
    """Return a day, `2026-11-20`; None for anything else."""
    if not isinstance(value, str) or not _DAY.fullmatch(value.strip()):
        return None
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        return None


def parse_moment(value: Json) -> Time | None:
    """Return a time, or the beginning of a day; None for anything else."""
    day = parse_day(value)
    return parse_time(value) if day is None else Time(datetime.combine(day, time()))


@lru_cache(maxsize=64)
def find_zone(name: str) -> tzinfo:
    """Return a zone by the name that ClickHouse has for it; raises CannotJudgeError for one that is not known here."""
    if fixed := _FIXED.fullmatch(name):
        hours, minutes, seconds = map(int, fixed.groups()[1:])
        offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        return timezone(-offset if fixed[1] == "-" else offset)
    try:
        return find_named_zone(name)
    except ValueError as problem:
        raise CannotJudgeError(f"the time zone {name} is not known here") from problem


def find_offset(clock: datetime, zone: tzinfo) -> timedelta:
    """Return how far a wall clock of the zone is before UTC."""
    return clock.replace(tzinfo=zone).utcoffset() or timedelta()


def move_clock(time: Time, zone: tzinfo) -> datetime:
    """Return the clock of a zone, in whole seconds, at a time with an offset; OverflowError near the years 1, 9999."""
    clock = time.clock - (time.offset or timedelta())
    return clock.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def render_clock(ticks: int, digits: int) -> str:
    """Return ISO 8601 without an offset for units of 10^-digits seconds since 1970."""
    seconds, rest = divmod(ticks, 10**digits)
    try:
        text = (_EPOCH + timedelta(seconds=seconds)).isoformat()
    except OverflowError:
        return str(ticks)
    return f"{text}.{rest:0{digits}d}" if rest else text
