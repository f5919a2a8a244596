"""Warehouse contracts: what tables must hold (docs/design.md, Warehouse contract)."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import SourceLocation
from contracts_runner.model.json import Json
from contracts_runner.model.warehouse_beside import NO_LIMITS, Allowance, Condition, KnownFailure, QueryLimits

if TYPE_CHECKING:
    from contracts_runner.model.warehouse_kinds import Asks, CheckKind
    from contracts_runner.model.warehouse_values import Holding


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCheck:
    """One check of a table. `database`: None for the environment's. `word` is its kind as files and reports name it.
    `warehouse`: the name of the one that it is in, "" where its file names none.
    `id` is None for checks at table level; `is_final` is False for one that looks at the raw rows, `is_empty_failed`
    True for one that fails without any row. `where`: conditions that all hold for a row that is looked at. `at_most`:
    how many may break it, None for none. `is_warning`: a failure is told and fails nothing. `limits`: bounds of its
    queries, before those of the environment.

    `types`: database and table -> column -> what its texts or numbers hold, of all tables of the file.
    `written`: the word and the keys beside it with their values as in the file, only to show them.
    """

    kind: "CheckKind"
    word: str
    table: str
    database: str | None = None
    warehouse: str = ""
    id: str | None = None
    is_final: bool = True
    is_empty_failed: bool = False
    types: Mapping[tuple[str | None, str], Mapping[str, "Holding"]] = field(default_factory=dict)
    where: tuple[Condition, ...] = ()
    at_most: Allowance | None = None
    known: tuple[KnownFailure, ...] = ()
    is_warning: bool = False
    limits: QueryLimits = NO_LIMITS
    written: Mapping[str, Json]
    location: SourceLocation

    @property
    def name(self) -> str:
        """The id, or `<table>:<kind>` for a check without one, with its warehouse before it where one is named."""
        return self.id or ":".join(filter(None, (self.warehouse, self.table, self.word)))

    @property
    def place(self) -> str:
        """The table as a person reads it."""
        return name_place(self.warehouse, self.table)

    @property
    def expected(self) -> Json:
        """The value of the kind in the form that its author gave it, as a report shows it."""
        return self.written[self.word]


def name_place(warehouse: str, text: str) -> str:
    """Return a table, or what is said of several, with the name of its warehouse before it, if that has one."""
    return f"{warehouse}: {text}" if warehouse else text


def find_asks(check: TableCheck) -> "Asks | None":
    """Return what the check asks the API, None for one that looks at tables alone."""
    from contracts_runner.model.warehouse_kinds import AskingKind

    return check.kind.asks if isinstance(check.kind, AskingKind) else None


def iter_asked(check: TableCheck) -> Iterator[str]:
    """Yield the names of the operations that the check asks."""
    if asks := find_asks(check):
        yield asks.operation
        if asks.for_each is not None:
            yield asks.for_each.operation


def iter_tables(check: TableCheck) -> Iterator[tuple[str | None, str]]:
    """Yield the tables that the check reads, with their databases; None for the environment's."""
    from contracts_runner.model.warehouse_kinds import References, SumOfTable

    yield check.database, check.table
    if isinstance(check.kind, References | SumOfTable):
        yield check.kind.database, check.kind.table


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseContract:
    """One warehouse contract file; `spec` is the key of the spec whose operations it names,
    `name` that of a warehouse in `warehouses` of the environments, "" where the file names none."""

    spec: str
    name: str = ""
    tables: Mapping[str, str | None]  # table -> its database, None for the environment's
    checks: tuple[TableCheck, ...]  # in the order of the file, `exists` first for each table
    snapshots: tuple[str, ...]  # names, or patterns with `*`
    files: Mapping[str, str] = field(default_factory=dict)  # name -> SHA-256 of the files that its checks name
    location: SourceLocation
