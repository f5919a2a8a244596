"""`against: previous` beside a warehouse check: its bounds are ratios to what an earlier run has counted."""

from decimal import Decimal
from typing import Any

from contracts_runner.model.warehouse_kinds import Ratio
from contracts_runner.reading.declarations import Reader, Scalar
from contracts_runner.reading.forms import Value
from contracts_runner.reading.readers import choice, integer

_WORD = "against"
AGAINST = choice("previous")
# The checks that have one figure.
COMPARABLE = ("row_count", "freshness", "sum_equals")


def is_against_previous(kind: Value) -> bool:
    """Return whether a check compares with an earlier run; `kind` is the value of its word."""
    check = kind.around.value if kind.pointer else None
    return isinstance(check, dict) and _WORD in check


def _read_ratio(value: Value) -> float | None:
    number = value.read_number()
    if number is not None and not 0 <= number <= 1e9:
        value.report(f"{value.name} is a ratio beside 'against', from 0 to 1e9, not {number}")
        return None
    return number


RATIO = Reader(_read_ratio, Scalar(type="number", minimum=0, maximum=1e9), "number, 0 or more")
_COUNT = integer(0)
# Which of the two it is says the schema of the check.
AMOUNT: Reader[float] = Reader(
    lambda value: (RATIO if is_against_previous(value.around) else _COUNT).read(value),
    Scalar(type="number", minimum=0),
    f"{_COUNT.words}; a number beside `against`",
)


def build_ratio(least: float | None, most: float | None) -> Ratio:
    """Return the bounds as they were written, digit for digit."""
    low, high = (None if bound is None else Decimal(str(bound)) for bound in (least, most))
    return Ratio(least=low, most=high)


_BOUNDED = {"anyOf": [{"required": ["min"]}, {"required": ["max"]}]}

# What the schema of a check says of it: with the key, and without.
RULE: dict[str, Any] = {
    "if": {"required": [_WORD]},
    "then": {
        "properties": {
            "freshness": {"not": {"required": ["operation"]}, **_BOUNDED},
            "sum_equals": {"not": {"anyOf": [{"required": ["operation"]}, {"required": ["table"]}]}, **_BOUNDED},
        }
    },
    "else": {
        "properties": {
            "row_count": {"properties": {"min": {"type": "integer"}, "max": {"type": "integer"}}},
            "freshness": {"required": ["within"], "not": _BOUNDED},
            "sum_equals": {"anyOf": [{"required": ["operation"]}, {"required": ["table"]}]},
        }
    },
}
