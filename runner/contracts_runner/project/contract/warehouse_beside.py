"""Forms of what stands beside a warehouse check (docs/design.md, Warehouse contract): which rows are looked at, how
many of them may break it, what a failure means."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from contracts_runner.model.warehouse_beside import Allowance, Condition, KnownFailure
from contracts_runner.project.contract.known import KnownDeviationForm, check_days
from contracts_runner.project.contract.shares import SHARE, parse_share
from contracts_runner.project.contract.warehouse_kinds import BOUND, SCALARS, BoundsForm
from contracts_runner.project.names import ENVIRONMENTS
from contracts_runner.reading.declarations import Form, Key, Reader
from contracts_runner.reading.forms import Value
from contracts_runner.reading.readers import TEXT, choice, items


class BetweenForm(BoundsForm, rules={"minProperties": 1}):
    """Rows whose value is between two bounds, both included."""

    noun = "a condition"
    min = Key(BOUND, "The least value, a number or a text; a day on a time column means all of it.", example="0")
    max = Key(BOUND, "The greatest value, a number or a text.", example="100000")


def _read_plain(value: Value) -> Condition | None:
    match value.value:
        case dict():
            form = BetweenForm.take(value)
            return None if form is None else Condition(least=form.min, most=form.max)
        case list():
            return Condition(values=SCALARS.read(value) or ())
    return Condition(values=(value.value,))


_SCALAR = {"type": ["null", "boolean", "number", "string"]}
_PLAIN = Reader(
    _read_plain,
    {
        "if": {"type": "object"},
        "then": BetweenForm,
        "else": {"if": {"type": "array"}, "then": SCALARS.schema, "else": _SCALAR},
    },
    "scalar, null, list of scalars, or `{min, max}`",
)


class ExceptForm(Form):
    """Rows for which the condition does not hold, those with NULL among them."""

    noun = "a condition"
    not_ = Key(_PLAIN, "A value, null, a list of values, or `{min, max}`.", required=True, example="void")


def _read_condition(value: Value) -> Condition | None:
    if not isinstance(value.value, Mapping) or ExceptForm.not_.name not in value.value:
        return _PLAIN.read(value)
    form = ExceptForm.take(value)
    return form.not_ and replace(form.not_, is_negated=True) if form else None


_CONDITION = Reader(
    _read_condition,
    {"if": {"type": "object", "required": ["not"]}, "then": ExceptForm, "else": _PLAIN.schema},
    f"{_PLAIN.words}, or `{{not: …}}`",
)


def _read_where(value: Value) -> tuple[Condition, ...]:
    if value.value == {}:
        value.report(f"{value.name} is empty")
    read = ((name, _CONDITION.read(entry)) for name, entry in value.read_entries().items())
    return tuple(replace(condition, column=name) for name, condition in read if condition)


WHERE = Reader(
    _read_where,
    {"type": "object", "minProperties": 1, "additionalProperties": _CONDITION.schema},
    f"mapping; each value: {_CONDITION.words}",
)


def _read_allowance(value: Value) -> Allowance | None:
    if isinstance(value.value, int) and not isinstance(value.value, bool):
        count = value.read_integer(0)
        return None if count is None else Allowance(str(count), count=count)
    return value.read_parsed(parse_share)


AT_MOST = Reader(
    _read_allowance,
    {
        "if": {"type": "number"},
        "then": {"type": "integer", "minimum": 0},
        "else": {"type": "string", "pattern": f"^{SHARE}$", "patternErrorMessage": "write such as 3 or 1%"},
    },
    "whole number, or a share such as `1%`",
)


class KnownFailureForm(Form):
    """A failure that the team has accepted, with its reason and its end."""

    noun = "a known failure"
    because = KnownDeviationForm.because
    since = KnownDeviationForm.since
    until = KnownDeviationForm.until
    environments = Key(ENVIRONMENTS, "Where it is accepted; everywhere if left out.", example="[prod]")
    instead = Key(TEXT, "Id of the scenario or check that shows what works instead.", example='"W.2"')

    def __init__(self, place: Value) -> None:
        super().__init__(place)
        check_days(self, self.since, self.until)


KNOWN = items(
    KnownFailureForm.reader().then(
        lambda form: KnownFailure(
            because=form.because or "",
            until=form.until or date.max,
            since=form.since,
            environments=form.environments or (),
            instead=form.instead,
            location=form.location,
        )
    )
)
SEVERITY = choice("error", "warning")
