"""What a check works with: its table, one way to run a SELECT, the time, and the API."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.warehouse import TableCheck
from contracts_runner.model.warehouse_beside import QueryLimits
from contracts_runner.model.warehouse_kinds import Asks, References, SumOfTable
from contracts_runner.model.warehouse_values import Holding
from contracts_runner.results.rows import PagesRow
from contracts_runner.warehouse.account import require_right
from contracts_runner.warehouse.api_rows import RowPart
from contracts_runner.warehouse.catalogue import Counts, Place, TableInfo, name_table
from contracts_runner.warehouse.client import Warehouse
from contracts_runner.warehouse.columns import Column, build_column
from contracts_runner.warehouse.errors import CannotJudgeError
from contracts_runner.warehouse.held_values import hold, is_state, render_source
from contracts_runner.warehouse.query import IDENTIFIER, Query
from contracts_runner.warehouse.row_transport import API_ROWS, select_beside

# How many keys or values a row of the report shows.
SAMPLE = 10

# Of a text that is not what it should be.
_LONGEST_SHOWN = 60

# Clocks differ; more than this is a wrong time zone rather than a fast clock.
FUTURE_SECONDS = 300

RAW_ROWS = "{db:Identifier}.{t:Identifier}"
# In a SELECT with both tables the columns of the other one are bound by names that begin with its letter.
_OTHER = "o"
# In a SELECT from the rows of `where`: the columns that the rest of it names, so that no right on others is needed.
_NEEDED = "{needed}"
# A name that our SELECTs give to a value: where a column has it, ClickHouse would take one for the other.
_ALIAS = re.compile(r"\b_\w+_\b")
OTHER_ROWS = "{other_db:Identifier}.{other:Identifier}"

COLUMNS = "SELECT name, type FROM system.columns WHERE database = {db:String} AND table = {t:String} ORDER BY position"

SERVER_ZONE = "SELECT timezone()"

# (SELECT, database, table) -> its rows.
Known = dict[tuple[str, str, str], list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on the rows of a table, and its parameters."""

    sql: str
    parameters: Mapping[str, Any]


class PageSource(Protocol):
    """The API as a check sees it: all items of an operation, page after page, sent and recorded by the engine."""

    def iter_items(self, asks: Asks) -> Iterator[Json]:
        """Yield the items of all pages.

        With `for_each` an item that is an object has the values of the parameters, and what is kept of the other item,
        as members of their names.
        Raises TransportError when a page is missing, NotAskedError (engine/listing_request.py) without the credential
        for it.
        """
        ...

    @property
    def evidence(self) -> PagesRow | None:
        """The requests behind what the latest `iter_items` gave; None where nothing was sent."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found; `message` may be empty when it passed.

    `looked_at`: how many rows (and items) the verdict is about; None for a check that may judge an empty table.
    `broken`: how many break the check, and of how many, as the message counts them; None where nothing is counted.
    `pages`: the requests to the API that it is about; `columns`: those with other values than the API has.
    `figure`: what `against: previous` of a later run compares with; None where there is none.
    """

    outcome: Outcome
    expected: Json = None
    actual: Json = None
    message: str = ""
    looked_at: int | None = None
    broken: tuple[int, int] | None = None
    pages: PagesRow | None = None
    columns: tuple[str, ...] = ()
    figure: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousFigure:
    """What an earlier run has found: `run` is its id, `started_at` as its results have it."""

    number: Decimal
    run: str
    started_at: str


# A check -> its figure in the last run that has one, None if none has; raises WarehouseQueryError.
FindPrevious = Callable[[TableCheck], PreviousFigure | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """What one check works with. `table`: its entry in the catalogue, None where it is absent. `before`: row counts
    before the load, None without a snapshot in this run. `source`: the API, None when it is not used in this run.
    `redact` removes secrets and personal data from a text. `folder`: of the run, where much may be kept.
    `max_lag_seconds`: how far the warehouse may be behind the API in this environment. `find_previous` looks into
    earlier runs. `filter`: which rows of the table are looked at. `shown`: each SELECT that was run, with its
    parameters for a reader. `known`: what `select_once` has read, shared by the checks of one pass."""

    warehouse: Warehouse
    check: TableCheck
    table: TableInfo | None
    catalogue: Mapping[Place, TableInfo]
    clock: Callable[[], datetime]
    redact: Callable[[str], str]
    folder: Path | None
    before: Counts | None
    source: PageSource | None
    max_lag_seconds: float | None
    find_previous: FindPrevious = lambda _: None
    filter: Filter | None = None
    shown: dict[str, str] = field(default_factory=dict)
    known: Known = field(default_factory=dict)

    def select(self, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Run one SELECT with `db` and `t` bound to the check's table; its text is remembered for the report.

        A parameter that is a Column stands for its values, read as what they hold.
        """
        query = self._build_query(sql, parameters)
        self.shown.setdefault(query.sql, str(query))
        return self.warehouse.query(query.sql, query.parameters, limits=self.limits)

    def select_beside(self, part: RowPart, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Run a SELECT that reads API_ROWS, these rows; a report shows the first of many, and of the rows no value."""
        query = self._build_query(sql, parameters)
        rows = f"-- {API_ROWS} = the items of the API, as rows of {', '.join(part.columns)}"
        self.shown.setdefault(query.sql, f"{query}\n{rows}")
        return select_beside(self.warehouse, query.sql, query.parameters, part, limits=self.limits)

    def select_lines(self, sql: str) -> list[bytes]:
        """Run a SELECT of the author and return each row as JSON; its text is remembered for the report."""
        self.shown.setdefault(sql, sql)
        return self.warehouse.query_lines(sql, database=self.database, limits=self.limits)

    @property
    def limits(self) -> QueryLimits:
        """The bounds of its queries: the check's, then the environment's."""
        return self.check.limits.over(self.warehouse.limits)

    def select_once(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a SELECT on what a table is, or take its rows from another check of this pass that has run the same."""
        key = (sql, self.database, self.check.table)
        if key not in self.known:
            self.known[key] = self.select(sql)
        self.shown.setdefault(sql, str(self._build_query(sql, {})))
        return self.known[key]

    def _build_query(self, sql: str, parameters: Mapping[str, Any]) -> Query:
        own = {"db": self.database, "t": self.check.table}
        bound = {**own, **(self.filter.parameters if self.filter else {}), **parameters}
        for name, column in list(bound.items()):
            if isinstance(column, Column):
                bound[name] = column.name
                if column.held:
                    sql = sql.replace(f"{{{name}:Identifier}}", f"({column.held.render(name)})")
                    bound |= column.held.bind(name)
        sql = sql.replace(_NEEDED, self._list_needed(sql, bound))
        taken = {bound[name] for name in IDENTIFIER.findall(sql)}
        return Query(sql=_ALIAS.sub(lambda alias: alias[0] * (1 + (alias[0] in taken)), sql), parameters=bound)

    def _list_needed(self, sql: str, bound: Mapping[str, Any]) -> str:
        """Return the columns of the check's table that a SELECT names, each once."""
        others = {"db", "t", *(self.filter.parameters if self.filter else ())}
        names = [name for name in IDENTIFIER.findall(sql) if name not in others and not name.startswith(_OTHER)]
        return ", ".join({bound[name]: f"{{{name}:Identifier}}" for name in names}.values()) or "1"

    @property
    def database(self) -> str:
        """The database of the check's table."""
        return self.check.database or self.warehouse.database

    @property
    def name(self) -> str:
        """The check's table as snapshots name it."""
        return name_table(self.warehouse, self.check.database, self.check.table)

    def find_other(self, kind: References | SumOfTable) -> TableInfo | None:
        """Return the other table that a check names, None where it is absent."""
        return self.catalogue.get((kind.database or self.warehouse.database, kind.table))

    @property
    def rows(self) -> str:
        """The FROM of the check's table: with FINAL where the engine has it, unless the check says `final: false`."""
        return self._narrow(RAW_ROWS + (self.table.final if self.table and self.check.is_final else ""))

    @property
    def raw_rows(self) -> str:
        """The FROM of the rows as they are stored."""
        return self._narrow(RAW_ROWS)

    def _narrow(self, source: str) -> str:
        return f"(SELECT {_NEEDED} FROM {source} WHERE {self.filter.sql})" if self.filter else source

    def find_types(self, other: TableInfo | None = None) -> dict[str, str]:
        """Return column -> type of a table, the check's own by default; raises as `Warehouse.query` does."""
        database, table = (other.database, other.name) if other else (self.database, self.check.table)
        key = (COLUMNS, database, table)
        if key not in self.known:
            self.known[key] = self.warehouse.query(COLUMNS, {"db": database, "t": table})
        return {str(column): str(type_name) for column, type_name in self.known[key]}

    def build_column(self, name: str, *, other: TableInfo | None = None, zone: str | None = None) -> Column:
        """Return a column of a table, the check's own by default, as `types` says what it holds.

        Raises what `columns.build_column` does, and CannotJudgeError for a text that is not what `types` says.
        """
        types = self.find_types(other)
        holding = self.find_holding(name, other)
        if holding is None or name not in types:
            return build_column(name, types, zone=zone)
        held = hold(name, holding, types[name], zone=zone, server_zone=self.find_server_zone())
        column = Column(name, held.type, zone, held=held)
        rows = RAW_ROWS + other.final if other else self.rows
        place = {"db": other.database, "t": other.name} if other else {}
        text = held.render_text("raw")
        wrong = f"isNotNull({text}) AND isNull({{c:Identifier}})"
        sql = f"SELECT countIf({wrong}), minIf({text}, {wrong}) FROM {rows}"
        count, first = self.select(sql, **place, c=column, raw=name)[0]
        if count:
            raise CannotJudgeError(f"{name} holds {first[:_LONGEST_SHOWN]!r}, which is not {holding}; {count} in all")
        return column

    def find_source(self, name: str, place: str) -> str:
        """Return SQL for the values of a column that is bound as `place`, whatever they are said to hold.

        Raises what `columns.build_column` does for a column that is missing, and for states of an aggregate function,
        unless `types` has it.
        """
        types = self.find_types()
        if name not in types or (self.find_holding(name) is None and is_state(types[name])):
            build_column(name, types)
        return render_source(types[name], place)

    def find_holding(self, name: str, other: TableInfo | None = None) -> Holding | None:
        """Return what `types` says of a column, None if nothing."""
        return self.check.types.get(self._find_place(other), {}).get(name)

    def _find_place(self, other: TableInfo | None) -> tuple[str | None, str]:
        if other is None:
            return self.check.database, self.check.table
        return (None if other.database == self.warehouse.database else other.database), other.name

    def find_server_zone(self) -> str:
        """Return whose wall clock a time shows that does not say it itself."""
        key = (SERVER_ZONE, "", "")
        if key not in self.known:
            self.known[key] = self.warehouse.query(SERVER_ZONE)
        return str(self.known[key][0][0])


def judge(
    holds: bool,
    *,
    expected: Json,
    actual: Json,
    message: str = "",
    looked_at: int | None = None,
    broken: tuple[int, int] | None = None,
    figure: Decimal | None = None,
) -> Finding:
    """Return passed, or failed with the message."""
    return Finding(
        outcome=Outcome.PASSED if holds else Outcome.FAILED,
        expected=expected,
        actual=actual,
        message="" if holds else message,
        looked_at=looked_at,
        broken=broken,
        figure=figure,
    )


def judge_count(wrong: int, rows: int, *, expected: Json, sample: Json, message: str) -> Finding:
    """Return passed when nothing is wrong; the finding always says how many rows were looked at."""
    actual = {"rows": rows, "wrong": wrong, "sample": sample} if wrong else {"rows": rows, "wrong": 0}
    return judge(wrong == 0, expected=expected, actual=actual, message=message, looked_at=rows, broken=(wrong, rows))


def miss_table(context: CheckContext, kind: References | SumOfTable) -> Finding:
    """Return failed: the other table that the check names does not exist. Raises what `select` raises."""
    require_right(context.warehouse, kind.database or context.warehouse.database, kind.table)
    name = name_table(context.warehouse, kind.database, kind.table)
    message = f"there is no table {name}, or the account may not see it"
    return Finding(outcome=Outcome.FAILED, expected=context.check.expected, message=message)
