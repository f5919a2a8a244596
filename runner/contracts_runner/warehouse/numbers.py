"""Numbers of the API and of contracts, exactly as written: no float and no rounding takes part."""

import re
from collections.abc import Iterable
from decimal import Context, Decimal

from contracts_runner.model.json import Json

# What no column of ClickHouse can hold is no number for us: an exponent of a million would fill the memory.
_MOST_DIGITS = 400
# Enough for the sum of any numbers that pass `parse_decimal`.
_EXACT = Context(prec=2 * _MOST_DIGITS + 50)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def parse_decimal(value: Json) -> Decimal | None:
    """Return a number, or a text that is one, exactly as written; None for anything else."""
    if isinstance(value, bool):
        return Decimal(int(value))
    if not isinstance(value, int | float | str):
        return None
    text = str(value).strip()
    if not _NUMBER.fullmatch(text) or len(text) > _MOST_DIGITS:
        return None
    number = Decimal(text)
    is_small = not number or abs(number.adjusted()) <= _MOST_DIGITS
    return number if is_small else None


def add_decimals(numbers: Iterable[Decimal]) -> Decimal:
    """Return the sum with all digits."""
    total = Decimal()
    for number in numbers:
        total = _EXACT.add(total, number)
    return total


def render_decimal(number: Decimal) -> str:
    """Return the shortest text of a number without an exponent, as ClickHouse writes a Decimal."""
    return format(number.normalize(_EXACT), "f") if number else "0"
