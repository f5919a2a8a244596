"""Forms of how values are read and compared in warehouse checks (docs/design.md, Values are compared exactly)."""

import re
from decimal import Decimal

from contracts_runner.model.warehouse_values import Holding, Tolerance
from contracts_runner.project.contract.timezones import TIMEZONE
from contracts_runner.reading.declarations import Form, Key, Reader, Scalar
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.forms import Value
from contracts_runner.reading.readers import either, mapping, parsed
from contracts_runner.reading.suggest import suggest_or_list
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


_ZONE = r"'[A-Za-z0-9_+/-]+'"
_TYPE_ARGUMENTS = {
    **{f"{sign}Int{size}": "" for size in (8, 16, 32, 64, 128, 256) for sign in ("", "U")},
    "Decimal": r"\((?:[1-9]|[1-6][0-9]|7[0-6]), ?[0-9]{1,2}\)",
    **dict.fromkeys(("Float32", "Float64", "Bool", "Date", "Date32", "UUID", "String"), ""),
    "DateTime": rf"(?:\({_ZONE}\))?",
    "DateTime64": rf"\([0-9](?:, ?{_ZONE})?\)",
}
_TYPE_PATTERN = "|".join(name + arguments for name, arguments in _TYPE_ARGUMENTS.items())
_EXAMPLES = {"Decimal": "Decimal(18, 2)", "DateTime64": "DateTime64(3, 'UTC')"}


def _parse_type(text: str) -> Holding:
    name = text.partition("(")[0]
    if text.count("(") > text.count(")"):
        raise FormError(f"'{text}' is not whole; between braces a comma ends it: put the type in quotes")
    if name not in _TYPE_ARGUMENTS:
        raise FormError(f"'{text}' is no type that a text can hold; {suggest_or_list(name, _TYPE_ARGUMENTS)}")
    if not re.fullmatch(_TYPE_PATTERN, text):
        raise FormError(f"'{text}' is not a type; write {_EXAMPLES.get(name, name)}")
    digits = re.findall("[0-9]+", text) if name == "Decimal" else ()
    if digits and int(digits[1]) > int(digits[0]):
        raise FormError(f"'{text}' has more digits after the point than it has")
    return Holding(type=text.replace(" ", ""))


class TimeForm(Form):
    """A time that a column holds as a text or a number."""

    noun = "a time in 'types'"
    time = Key(TIME_FORM, "How it is written.", required=True, example="unix_ms")
    timezone = TIMEZONE

    def __init__(self, place: Value) -> None:
        super().__init__(place)
        if self.timezone and self.time and (self.time in EPOCHS or parse_time_format(self.time).has_zone):
            self.at(TimeForm.timezone).report(f"a time in the form {self.time} says itself where it is")


TYPES = Key(
    mapping(
        either(
            "object",
            TimeForm.reader().then(lambda form: Holding(time=form.time or "", timezone=form.timezone)),
            parsed(_parse_type, "ClickHouse type", f"^({_TYPE_PATTERN})$"),
        )
    ),
    "Column -> what its texts, numbers or states are: a type, or a time with its form; the checks look at that.",
    example="{price: 'Decimal(18,2)', ms: {time: unix_ms}}",
)
