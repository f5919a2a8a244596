"""Forms of how values are read and compared in warehouse checks (docs/design.md, Values are compared exactly)."""

from decimal import Decimal

from contracts_runner.model.warehouse_values import Tolerance
from contracts_runner.reading.declarations import Form, Key, Reader, Scalar
from contracts_runner.reading.forms import Value
from contracts_runner.reading.readers import mapping, parsed
from contracts_runner.reading.time_patterns import EPOCHS, FORMAT_PATTERN, parse_time_format

# The digits after the point with which SQL compares (warehouse/tolerances.py).
_LEAST_ABSOLUTE, _LEAST_SHARE = 1e-30, 1e-12


def _read_distance(value: Value) -> Decimal | None:
    return _read_number(value, least=_LEAST_ABSOLUTE, most=1e30)


def _read_share(value: Value) -> Decimal | None:
    return _read_number(value, least=_LEAST_SHARE, most=1)


def _read_number(value: Value, *, least: float, most: float) -> Decimal | None:
    number = value.read_number()
    if number is not None and number != 0 and not least <= number <= most:
        value.report(f"{value.name} must be 0, or from {least} to {most}, not {number}")
        return None
    return None if number is None else Decimal(str(number))


class ToleranceForm(Form, rules={"minProperties": 1}):
    """How far numbers may be apart; one of the two is enough."""

    noun = "'tolerance'"
    absolute = Key(
        Reader(_read_distance, Scalar(type="number", minimum=0, maximum=1e30), "number, 0 or more"),
        "The distance that numbers may have.",
        example="0.01",
    )
    relative = Key(
        Reader(_read_share, Scalar(type="number", minimum=0, maximum=1), "number, 0 to 1"),
        "The distance as a share of the expected number.",
        example="0.001",
    )

    def __init__(self, place: Value) -> None:
        super().__init__(place)
        if place.value == {}:
            place.report(f"{place.name} has neither 'absolute' nor 'relative'")


TOLERANCE = Key(
    ToleranceForm.reader().then(
        lambda form: Tolerance(absolute=form.absolute or Decimal(), relative=form.relative or Decimal())
    ),
    "How far numbers may be from the expected ones; equal to the last digit if left out.",
    example="{absolute: 0.01}",
)


def _parse_form(text: str) -> str:
    if text not in EPOCHS:
        parse_time_format(text)
    return text


TIME_FORM = parsed(
    _parse_form, "`unix` | `unix_ms` | `rfc2822` | format such as `%d.%m.%Y %H:%M`", f"^{FORMAT_PATTERN}$"
)
TIMES = Key(
    mapping(TIME_FORM),
    "JSONPath of an item -> how the API writes the time there; ISO 8601 if left out.",
    example="{$.created: unix}",
)
