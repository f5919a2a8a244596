"""What counts as an amount of money in a request."""

from typing import TypeGuard

_TOO_MUCH = 10**12


def is_amount(value: object) -> TypeGuard[int | float]:
    """Say whether a JSON value is a number from 0 to below 10¹²; 1e400, which is infinite, is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _TOO_MUCH
