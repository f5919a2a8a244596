"""Parses what authors write with a unit: durations, sizes, rates, days."""

import re
from datetime import date

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_THOUSANDS = {None: 1, "k": 1000, "M": 1000_000}
_BYTES = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
# They mean the same in ECMA-262, so that schemas for editors have them, too.
DURATION = r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|m|h|d)"
SIZE = r"([0-9]{1,9}) ?(B|KiB|MiB|GiB)"
COUNT = r"([1-9][0-9]{0,8})(k|M)?"
RATE = r"([0-9]{1,9}(?:\.[0-9]{1,6})?)/([smh])"
DURATION_HINT = "write a number above zero with ms, s, m, h or d, such as 500ms or 3s"
SIZE_HINT = "write a number above zero with B, KiB, MiB or GiB, such as 64KiB"
COUNT_HINT = "write a whole number above zero, with k or M for thousands and millions, such as 200k or 500M"
RATE_HINT = "write requests per s, m or h, such as 2/s or 120/m"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class FormError(ValueError):
    """A text that is not of the wanted form; the message says what it should be."""


def parse_duration(text: str) -> float:
    """Return the seconds, above zero, of `500ms`, `3s`, `10m`, `1h`, `2d`; raises FormError."""
    number, unit = _split(text, DURATION, f"a duration; {DURATION_HINT}")
    return number * _SECONDS[unit]


def parse_size(text: str) -> int:
    """Return the bytes of `512B`, `64 KiB`, `32MiB`, `1GiB`; raises FormError."""
    number, unit = _split(text, SIZE, f"a size; {SIZE_HINT}")
    return int(number) * _BYTES[unit]


def parse_count(text: str) -> int:
    """Return the number of `45`, `200k`, `500M`; raises FormError."""
    match = re.fullmatch(COUNT, text)
    if match is None:
        raise FormError(f"'{text}' is not a count; {COUNT_HINT}")
    return int(match[1]) * _THOUSANDS[match[2]]


def parse_rate(text: str) -> float:
    """Return the requests per second of `2/s`, `120/m`, `1000/h`; raises FormError."""
    number, unit = _split(text, RATE, f"a rate; {RATE_HINT}")
    return number / _SECONDS[unit]


def _split(text: str, pattern: str, wanted: str) -> tuple[float, str]:
    match = re.fullmatch(pattern, text)
    if match is None or float(match[1]) == 0:
        raise FormError(f"'{text}' is not {wanted}")
    return float(match[1]), match[2]


def parse_day(text: str) -> date:
    """Return the day of `2027-06-30`; raises FormError."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError as error:
        raise FormError(f"'{text}' is not a day of the calendar: {error}") from None
    raise FormError(f"'{text}' is not a day; write it as 2027-06-30")
