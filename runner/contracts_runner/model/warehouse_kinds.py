"""The kinds of warehouse check (docs/design.md, Warehouse contract): what the author wrote, read and typed.

A new kind is a class here and a member of `CheckKind`; mypy then names the other places.
"""

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from enum import StrEnum

from contracts_runner.dataclass import dataclass
from contracts_runner.model.contract import ValueMatcher
from contracts_runner.model.json import Json
from contracts_runner.model.warehouse_values import Tolerance


@dataclass(frozen=True, slots=True)
class Duration:
    """A time span; `text` is how its author wrote it, which messages repeat."""

    seconds: float
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class ForEach:
    """An operation whose items say how another one is asked: `parameters` and `keep` map names to JSONPaths of an item.

    A parameter whose path finds several values is asked for each of them. `at_most`: how often the other one may be
    asked, None for no bound of its own.
    """

    operation: str
    rows: str
    parameters: Mapping[str, str]
    keep: Mapping[str, str]
    at_most: int | None = None

    @property
    def asks(self) -> "Asks":
        """What is asked for the items."""
        return Asks(operation=self.operation, rows=self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """What a check asks the API: the items at the JSONPath `rows` of every page of an operation; `parameters` and
    `body` go with each request. `timezone`: whose wall clock the columns show that do not say it themselves.
    `times`: JSONPath of an item -> how the API writes the time there (reading/time_patterns.py)."""

    operation: str
    rows: str
    parameters: Mapping[str, Json] = field(default_factory=dict)
    body: Json = None
    for_each: ForEach | None = None
    timezone: str | None = None
    times: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exists:
    """The table exists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The engine is one of those named."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBy:
    """The sorting key is this list of columns or expressions."""

    expressions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Column -> type; of all columns, unless `is_extra_allowed`."""

    types: Mapping[str, str]
    is_extra_allowed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """`against: previous`: bounds of a figure as a ratio to that of an earlier run; at least one is not None."""

    least: Decimal | None
    most: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCount:
    """Bounds of the number of rows; at least one of them is not None, or `ratio`."""

    least: int | None
    most: int | None
    ratio: Ratio | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """Bounds of the rows after the load minus the rows before it."""

    least: int | None
    most: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNull:
    """Columns without NULL and without an empty string."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique:
    """Columns that together are a key."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How old the newest value of a column may be; `within` may be None beside `ratio`."""

    column: str
    within: Duration | None
    timezone: str | None = None
    ratio: Ratio | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The values that a column may have, JSON scalars."""

    column: str
    values: tuple[str | float | bool | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Bounds of a column's values, both included: two numbers or two texts, or one bound alone."""

    column: str
    least: float | str | None
    most: float | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """An RE2 pattern that every value of a column has a match of."""

    column: str
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """A column whose values are keys of another table."""

    column: str
    table: str
    key: str
    database: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshnessOfItems:
    """How far the newest value of a column may be behind the newest item; `changed` is the JSONPath of its time."""

    asks: Asks
    column: str
    changed: str
    within: Duration

    @property
    def item_paths(self) -> tuple[str, ...]:
        """The JSONPaths that are looked for in an item."""
        return (self.changed,)


class Direction(StrEnum):
    """What `reconcile` looks for: items without a row, rows without an item, or both."""

    BOTH = "both"
    MISSING = "missing"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconcile:
    """Items of the API are rows of the table. The parts of `key`, and `changed`, are JSONPaths of an item; `column` has
    the columns of the parts, `compare` maps columns to JSONPaths. `within`: None for the environment's `max_lag`."""

    asks: Asks
    key: tuple[str, ...]
    column: tuple[str, ...]
    compare: Mapping[str, str]
    changed: str | None = None
    within: Duration | None = None
    tolerance: Tolerance | None = None
    direction: Direction = Direction.BOTH

    @property
    def item_paths(self) -> tuple[str, ...]:
        """The JSONPaths that are looked for in an item."""
        return (*self.key, *filter(None, [self.changed]), *self.compare.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class SumOfItems:
    """`sum_equals` against the API: `value` and `once` are JSONPaths of an item, `by` maps columns to their twin in an
    item, a JSONPath, or None for the member of the same name."""

    asks: Asks
    column: str
    value: str
    by: Mapping[str, str | None]
    once: tuple[str, ...] = ()
    tolerance: Tolerance | None = None

    @property
    def item_paths(self) -> tuple[str, ...]:
        """The JSONPaths that are looked for in an item."""
        return (self.value, *self.once, *filter(None, self.by.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class SumOfTable:
    """`sum_equals` against another table: `value` is a column of it, `by` maps columns to their twins there."""

    column: str
    table: str
    value: str
    by: Mapping[str, str]
    database: str | None = None
    tolerance: Tolerance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SumOfColumn:
    """`sum_equals` against an earlier run."""

    column: str
    ratio: Ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """How the last run of a job ended and when it started; `running`: how long one may run until it is stuck."""

    job: str
    status: str = "ok"
    within: Duration | None = None
    running: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRawPii:
    """Columns without an e-mail address, a phone number or a card number in the text."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateBacklog:
    """How many raw rows there may be for each row that FINAL shows."""

    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnQuery:
    """The author's own SELECT, `sql`, as it is in `file`; its rows are a list of objects that the matcher sees."""

    file: str
    sql: str
    matcher: ValueMatcher


# What compares a table with the API.
AskingKind = Reconcile | SumOfItems | FreshnessOfItems

# What may be compared with an earlier run.
ComparableKind = RowCount | Freshness | SumOfColumn

CheckKind = (
    Exists
    | Engine
    | OrderBy
    | Columns
    | RowCount
    | Delta
    | NotNull
    | Unique
    | Freshness
    | FreshnessOfItems
    | Accepted
    | Range
    | Matches
    | References
    | Reconcile
    | SumOfItems
    | SumOfTable
    | SumOfColumn
    | JobStatus
    | NoRawPii
    | DuplicateBacklog
    | OwnQuery
)
