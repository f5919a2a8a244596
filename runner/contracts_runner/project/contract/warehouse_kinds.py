"""Forms of the warehouse checks of one table alone (docs/design.md, Warehouse contract)."""

import re
from enum import StrEnum

from contracts_runner.model import warehouse_kinds as kinds
from contracts_runner.project.contract.warehouse_previous import AMOUNT, build_ratio, is_against_previous
from contracts_runner.reading.declarations import Form, Key, Reader, Scalar
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.forms import Value
from contracts_runner.reading.readers import DURATION, TEXT, TEXTS, either, mapping, member, parsed

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# A text that a column of numbers or of times has as a value.
_TYPED_TEXT = re.compile(r"[+-]?\.?\d")
# RE2 has neither lookarounds nor back-references; ClickHouse would refuse the whole query. Other escapes are skipped.
_NOT_IN_RE2 = re.compile(r"\\[^1-9]|(\(\?<?[=!]|\\[1-9])")


# The checks that judge a table without rows: they say what it is, or count.
JUDGING_EMPTY = ("exists", "engine", "order_by", "columns", "row_count", "delta", "job_status", "query")
# The checks that are about the table itself, or about counts that were taken of all its rows.
WHOLE_TABLE = ("exists", "engine", "order_by", "columns", "delta", "query")
# The checks that count what breaks them.
COUNTING = ("not_null", "unique", "accepted", "range", "matches", "references", "reconcile")


class Empty(StrEnum):
    """What becomes of a check that has no rows to look at."""

    FAIL = "fail"


EMPTY = member(Empty)


def _read_exists(value: Value) -> kinds.Exists:
    if value.value is not True:
        value.report(f"{value.name} must be true", "leave the check out where it does not apply")
    return kinds.Exists()


def _read_types(value: Value) -> dict[str, str]:
    if value.value == {}:
        value.report(f"{value.name} is empty")
    return _TYPES.read(value) or {}


_TYPES = mapping(TEXT)
EXISTS = Reader(_read_exists, {"type": "boolean", "const": True}, "`true`")
ENGINE = either("array", TEXTS, TEXT.then(lambda name: (name,))).then(lambda names: kinds.Engine(names=names))
ORDER_BY = TEXTS.then(lambda expressions: kinds.OrderBy(expressions=expressions))
COLUMNS = Reader(
    _read_types, {"type": "object", "minProperties": 1, "additionalProperties": TEXT.schema}, _TYPES.words
).then(lambda types: kinds.Columns(types=types))
NOT_NULL = TEXTS.then(lambda columns: kinds.NotNull(columns=columns))
UNIQUE = TEXTS.then(lambda columns: kinds.Unique(columns=columns))
NO_RAW_PII = TEXTS.then(lambda columns: kinds.NoRawPii(columns=columns))


def _is_order_known(low: float | str, high: float | str) -> bool:
    """Return whether Python compares the bounds as the column will: not times and numbers that are texts."""
    texts = [bound for bound in (low, high) if isinstance(bound, str)]
    return all(map(_DAY.fullmatch, texts)) or not any(map(_TYPED_TEXT.match, texts))


class BoundsForm(Form):
    """Two bounds, `min` and `max`, of which at least one is given."""

    def __init__(self, place: Value) -> None:
        super().__init__(place)
        if self.has_bounds:
            self._check_bounds()

    @property
    def has_bounds(self) -> bool:
        """True where the two mean something."""
        return True

    def _check_bounds(self) -> None:
        place, low, high = self.place, self.find(self.keys["min"]), self.find(self.keys["max"])
        if "min" not in place.value and "max" not in place.value:
            place.report(f"{place.name} has neither 'min' nor 'max'")
        elif low is None or high is None:
            return
        elif isinstance(low, str) is not isinstance(high, str):
            place.at("max").report("'min' and 'max' must both be numbers or both be text")
        elif _is_order_known(low, high) and low > high:
            place.at("max").report(f"'max' is below 'min' ({low})")


class RowCountForm(BoundsForm, rules={"minProperties": 1}):
    """Bounds of the number of rows; beside `against: previous` as a ratio."""

    noun = "the check 'row_count'"
    min = Key(AMOUNT, "At least so many; beside `against` so many times as many.", example="1")
    max = Key(AMOUNT, "At most so many; beside `against` so many times as many.", example="1000")

    def build(self) -> kinds.RowCount:
        """Return the kind of check."""
        if is_against_previous(self.place):
            return kinds.RowCount(least=None, most=None, ratio=build_ratio(self.min, self.max))
        least, most = (None if bound is None else int(bound) for bound in (self.min, self.max))
        return kinds.RowCount(least=least, most=most)


ROW_COUNT = RowCountForm.reader().then(RowCountForm.build)
# Fewer rows after the load than before it can be what an author expects.
_DIFFERENCE = Reader(lambda value: value.read_integer(-(2**63)), Scalar(type="integer"), "whole number")


class DeltaForm(BoundsForm, rules={"minProperties": 1}):
    """Bounds of the rows after the load minus the rows before it."""

    noun = "the check 'delta'"
    min = Key(_DIFFERENCE, "At least so many; below zero for fewer rows.", example="0")
    max = Key(_DIFFERENCE, "At most so many; below zero for fewer rows.", example="500")


DELTA = DeltaForm.reader().then(lambda form: kinds.Delta(least=form.min, most=form.max))


def _read_bound(value: Value) -> float | str | None:
    return value.read_text() if isinstance(value.value, str) else value.read_number()


BOUND: Reader[float | str] = Reader(_read_bound, {"type": ["number", "string"], "pattern": r"\S"}, "number, or text")


class RangeForm(BoundsForm, rules={"anyOf": [{"required": ["min"]}, {"required": ["max"]}]}):
    """Bounds of a column's values, both included."""

    noun = "the check 'range'"
    column = Key(TEXT, "The column.", required=True, example="revenue")
    min = Key(BOUND, "The least value, a number or a text.", example="0")
    max = Key(BOUND, "The greatest value, a number or a text.", example="100000")


RANGE = RangeForm.reader().then(lambda form: kinds.Range(column=form.column or "", least=form.min, most=form.max))


def _read_span(value: Value) -> kinds.Duration | None:
    seconds = DURATION.read(value)
    return None if seconds is None else kinds.Duration(seconds, str(value.value))


SPAN = Reader(_read_span, DURATION.schema, DURATION.words)


def read_scalars(value: Value) -> tuple[str | float | bool | None, ...]:
    items = value.read_items()
    for item in items:
        if isinstance(item.value, list | dict):
            item.report(f"{item.name} must be a scalar")
    return tuple(item.value for item in items)


SCALARS = Reader(
    read_scalars,
    {"type": "array", "minItems": 1, "items": {"type": ["null", "boolean", "number", "string"]}},
    "list of scalars",
)


class AcceptedForm(Form):
    """The values that a column may have; NULL passes."""

    noun = "the check 'accepted'"
    column = Key(TEXT, "The column.", required=True, example="currency")
    values = Key(SCALARS, "Scalars, of which every value is one.", required=True, example="[RUB, USD]")


ACCEPTED = AcceptedForm.reader().then(lambda form: kinds.Accepted(column=form.column or "", values=form.values or ()))


def _parse_re2(text: str) -> str:
    for found in filter(None, _NOT_IN_RE2.findall(text)):
        raise FormError(f"the pattern uses '{found}', which RE2 does not have")
    return text


_PATTERN = parsed(
    _parse_re2,
    "regular expression",
    r"^(?=[\s\S]*\S)([^\\(]|\\([^1-9]|$)|\((?!\?<?[=!]))*$",
    "RE2 has neither lookarounds nor back-references",
)


class MatchesForm(Form):
    """A pattern that every value of a column has a match of; NULL passes."""

    noun = "the check 'matches'"
    column = Key(TEXT, "The column.", required=True, example="email_hash")
    pattern = Key(
        _PATTERN, "An RE2 expression: no lookarounds, no back-references.", required=True, example="'^[0-9a-f]{64}$'"
    )


MATCHES = MatchesForm.reader().then(lambda form: kinds.Matches(column=form.column or "", pattern=form.pattern or ""))


DATABASE = Key(TEXT, "The database of the table, where it is another one than the environment's.", example="stock")


class ReferencesForm(Form):
    """A column whose values are keys of another table; NULL passes."""

    noun = "the check 'references'"
    column = Key(TEXT, "The column.", required=True, example="city")
    table = Key(TEXT, "The table that has the keys.", required=True, example="dim_city")
    key = Key(TEXT, "The column of that table.", required=True, example="name")
    database = DATABASE


REFERENCES = ReferencesForm.reader().then(
    lambda form: kinds.References(
        column=form.column or "", table=form.table or "", key=form.key or "", database=form.database
    )
)


class JobStatusForm(Form):
    """How the last run of a job ended, by its start."""

    noun = "the check 'job_status'"
    job = Key(TEXT, "The job, whose last run by start is looked at.", required=True, example="loader")
    status = Key(TEXT, "What its status must be; `ok` if left out.", example="ok")
    within = Key(SPAN, "How long ago it may have started, such as 26h.", example="26h")
    running = Key(SPAN, "One that runs for longer, such as 30m, is stuck.", example="30m")


JOB_STATUS = JobStatusForm.reader().then(
    lambda form: kinds.JobStatus(
        job=form.job or "", status=form.status or "ok", within=form.within, running=form.running
    )
)


def _read_ratio(value: Value) -> float | None:
    ratio = value.read_number()
    if ratio is not None and ratio < 1:
        value.report("'ratio' must be at least 1: there are never fewer raw rows than FINAL rows")
    return ratio


class DuplicateBacklogForm(Form):
    """How many raw rows there may be for each row that FINAL shows."""

    noun = "the check 'duplicate_backlog'"
    ratio = Key(
        Reader(_read_ratio, Scalar(type="number", minimum=1), "number, 1 or more"),
        "Raw rows / FINAL rows, at most; 1 or more.",
        required=True,
        example="1.5",
    )


DUPLICATE_BACKLOG = DuplicateBacklogForm.reader().then(lambda form: kinds.DuplicateBacklog(ratio=form.ratio or 1))
