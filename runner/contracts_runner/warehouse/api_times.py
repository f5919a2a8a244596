"""Times of the API in the form that an author tells by `times`, as ISO 8601, which everything else reads."""

from datetime import datetime, timedelta

from contracts_runner.model.json import Json
from contracts_runner.reading.time_patterns import EPOCHS, parse_time_format
from contracts_runner.warehouse.numbers import parse_decimal

_DIGITS = 9
_MOST_DIGITS = 20


def read_api_time(form: str, value: Json) -> str | None:
    """Return a time as ISO 8601, a day as a day; None for a value of another form."""
    if form in EPOCHS:
        return _read_epoch(value, _DIGITS - EPOCHS[form])
    return parse_time_format(form).read(value) if isinstance(value, str) else None


def _read_epoch(value: Json, shift: int) -> str | None:
    number = None if isinstance(value, bool) else parse_decimal(value)
    if number is None or number.adjusted() > _MOST_DIGITS:
        return None
    seconds, rest = divmod(int(number.scaleb(shift).to_integral_value("ROUND_FLOOR")), 10**_DIGITS)
    try:
        clock = datetime(1970, 1, 1) + timedelta(seconds=seconds)
    except OverflowError:
        return None
    return f"{clock.isoformat()}.{rest:0{_DIGITS}}Z"
