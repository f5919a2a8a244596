"""The key that names a time zone."""

from functools import cache

from contracts_runner.reading.declarations import Key, Reader
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.readers import TEXT


def _parse_timezone(text: str) -> str:
    known = _list_timezones()
    # A system without time zone data knows none; the server will then say what is wrong.
    if known and text not in known:
        raise FormError(f"'{text}' is not a time zone; write one such as Europe/Moscow")
    return text


@cache
def _list_timezones() -> frozenset[str]:
    import zoneinfo

    return frozenset(zoneinfo.available_timezones())  # walks through a folder of some hundred files


TIMEZONE = Key(
    Reader(lambda value: value.read_parsed(_parse_timezone), TEXT.schema, "time zone"),
    "Whose wall clock the column shows where it does not say so itself, such as Europe/Moscow.",
    example="Europe/Moscow",
)
