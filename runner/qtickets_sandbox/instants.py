"""Read and write points in time the way the service does."""

from datetime import MAXYEAR, MINYEAR, datetime, timedelta, timezone, tzinfo

# Every observed value carries +03:00, whatever the city's time zone says (docs/qtickets.md, REST conventions).
MOSCOW = timezone(timedelta(hours=3))


def render_instant(value: datetime | None, zone: tzinfo = MOSCOW) -> str | None:
    """Return `YYYY-MM-DDThh:mm:ss+03:00`, or None for None."""
    return None if value is None else value.astimezone(zone).isoformat(timespec="seconds")


def parse_instant(value: object) -> datetime:
    """Return the instant that an ISO 8601 text names; without an offset it is Moscow time.

    Raises ValueError for anything else.
    """
    if not isinstance(value, str):
        raise ValueError(f"not a date: {value!r}")
    parsed = datetime.fromisoformat(value)
    # At the ends of the calendar another offset would be another year, which datetime cannot hold.
    if not MINYEAR < parsed.year < MAXYEAR:
        raise ValueError(f"not a date of our time: {value!r}")
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=MOSCOW)
