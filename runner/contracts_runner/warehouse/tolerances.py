"""Numbers that need not be equal to the digit: the same judgement in Python and in SQL."""

from decimal import Context, Decimal

from contracts_runner.model.warehouse_values import Tolerance

# Digits after the point of what is compared in SQL. With 30 before it and the share's 12 behind, a product has at most
# 72 digits: a Decimal256 holds 76.
_SCALE = 30
_SHARE_SCALE = 12
_MOST = f"1e{_SCALE}"
_EXACT = Context(prec=1000)


def is_within(tolerance: Tolerance, expected: Decimal, actual: Decimal) -> bool:
    """Return whether a number is near enough to the expected one."""
    distance = abs(_EXACT.subtract(actual, expected))
    return distance <= tolerance.absolute or distance <= _EXACT.multiply(abs(expected), tolerance.relative)


def bind_tolerance(tolerance: Tolerance | None) -> dict[str, str]:
    """Return the parameters of `render_within`."""
    if tolerance is None:
        return {}
    return {
        "absolute": f"{min(tolerance.absolute, Decimal(_MOST)):.{_SCALE}f}",
        "relative": f"{tolerance.relative:.{_SHARE_SCALE}f}",
    }


def render_within(expected: str, actual: str) -> str:
    """Return SQL that is true where the text of a number is near enough to another; both are SQL of texts.

    Numbers too large for a Decimal are compared as floats; what is no number, or not finite, is near nothing.
    """
    theirs, ours = _render_decimal(expected), _render_decimal(actual)
    distance = f"abs({ours} - {theirs})"
    float_distance = f"abs(toFloat64OrNull({actual}) - toFloat64OrNull({expected}))"
    absolute, relative = f"{{absolute:Decimal(76, {_SCALE})}}", f"{{relative:Decimal(76, {_SHARE_SCALE})}}"
    is_near = f"{distance} <= {absolute} OR {distance} <= abs({theirs}) * {relative}"
    is_near_as_float = (
        f"isFinite({float_distance}) AND ({float_distance} <= toFloat64({absolute})"
        f" OR {float_distance} <= abs(toFloat64OrNull({expected})) * toFloat64({relative}))"
    )
    return f"ifNull(if(isNull({theirs}) OR isNull({ours}), {is_near_as_float}, {is_near}), 0)"


def _render_decimal(text: str) -> str:
    return f"if(abs(toFloat64OrNull({text})) < {_MOST}, toDecimal256OrNull({text}, {_SCALE}), NULL)"
