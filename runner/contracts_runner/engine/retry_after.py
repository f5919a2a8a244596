"""How long a service asks to be left alone (RFC 9110 §10.2.3)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from contracts_runner.model.exchange import Response

# Too Many Requests (RFC 6585 §4), Service Unavailable (RFC 9110 §15.6.4).
_BUSY = (429, 503)
# Zero, or a time that has passed, is no reason to ask without a pause.
_LEAST_SECONDS = 1.0
# What no clock reaches; more digits are not a number of seconds.
_MOST_DIGITS = 9


def read_retry_after(response: Response, *, now: datetime) -> float | None:
    """Return the seconds after which a service wants to be asked again, whatever the status; below zero for a time that
    has passed, None where there is no Retry-After that can be read."""
    return _parse(response.header("retry-after") or "", now)


def find_wait(response: Response, *, now: datetime) -> float | None:
    """Return the seconds, at least one, after which a busy service wants to be asked again; None where it does not say
    so: another status, or no Retry-After that can be read."""
    if response.status_code not in _BUSY:
        return None
    seconds = read_retry_after(response, now=now)
    return None if seconds is None else max(seconds, _LEAST_SECONDS)


def _parse(text: str, now: datetime) -> float | None:
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return float(text) if len(text) <= _MOST_DIGITS else float("inf")
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    # A date of HTTP is GMT, also where it is written as -0000.
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now.timestamp()
