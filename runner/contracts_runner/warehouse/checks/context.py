"""What a check works with: its table, one way to run a SELECT, the time, and the API."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.warehouse import TableCheck
from contracts_runner.model.warehouse_kinds import Asks
from contracts_runner.warehouse.account import require_right
from contracts_runner.warehouse.catalogue import Counts, TableInfo
from contracts_runner.warehouse.client import Warehouse
from contracts_runner.warehouse.columns import Column, build_column
from contracts_runner.warehouse.errors import CannotJudgeError
from contracts_runner.warehouse.held_values import hold, render_trimmed
from contracts_runner.warehouse.query import Query

# How many keys or values a row of the report shows.
SAMPLE = 10

# Of a text that is not what it should be.
_LONGEST_SHOWN = 60

# Clocks differ; more than this is a wrong time zone rather than a fast clock.
FUTURE_SECONDS = 300

RAW_ROWS = "{db:Identifier}.{t:Identifier}"

COLUMNS = "SELECT name, type FROM system.columns WHERE database = {db:String} AND table = {t:String} ORDER BY position"

SERVER_ZONE = "SELECT timezone()"

# (SELECT, table) -> its rows.
Known = dict[tuple[str, str], list[tuple[Any, ...]]]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found; `message` may be empty when it passed.

    `looked_at`: how many rows (and items) the verdict is about; None for a check that may judge an empty table.
    """

    outcome: Outcome
    expected: Json = None
    actual: Json = None
    message: str = ""
    looked_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """What one check works with. `table`: its entry in the catalogue, None where it is absent. `before`: row counts
    before the load, None without a snapshot in this run. `source`: the API, None when it is not used in this run.
    `redact` removes secrets and personal data from a text. `max_lag_seconds`: how far the warehouse may be behind the
    API in this environment. `shown`: each SELECT that was run, with its parameters for a reader. `known`: what
    `select_once` has read, shared by the checks of one pass."""

    warehouse: Warehouse
    check: TableCheck
    table: TableInfo | None
    catalogue: Mapping[str, TableInfo]
    clock: Callable[[], datetime]
    redact: Callable[[str], str]
    before: Counts | None
    source: PageSource | None
    max_lag_seconds: float | None
    shown: dict[str, str] = field(default_factory=dict)
    known: Known = field(default_factory=dict)

    def select(self, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Run one SELECT with `db` and `t` bound to the check's table; its text is remembered for the report.

        A parameter that is a Column stands for its values, read as what they hold.
        """
        query = self._build_query(sql, parameters)
        # Of a SELECT that is sent for each chunk only the first: a report and the memory cannot hold all.
        self.shown.setdefault(query.sql, str(query))
        return self.warehouse.query(query.sql, query.parameters)

    def select_once(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a SELECT on what a table is, or take its rows from another check of this pass that has run the same."""
        key = (sql, self.check.table)
        if key not in self.known:
            self.known[key] = self.select(sql)
        self.shown.setdefault(sql, str(self._build_query(sql, {})))
        return self.known[key]

    def _build_query(self, sql: str, parameters: Mapping[str, Any]) -> Query:
        bound = {"db": self.warehouse.database, "t": self.check.table, **parameters}
        for name, column in parameters.items():
            if isinstance(column, Column):
                bound[name] = column.name
                if column.held:
                    sql = sql.replace(f"{{{name}:Identifier}}", f"({column.held.render(name)})")
                    bound |= column.held.bind(name)
        return Query(sql=sql, parameters=bound)

    @property
    def rows(self) -> str:
        """The FROM of the check's table: with FINAL where the engine has it, unless the check says `final: false`."""
        return RAW_ROWS + (self.table.final if self.table and self.check.is_final else "")

    def find_types(self, table: str | None = None) -> dict[str, str]:
        """Return column -> type of a table, the check's own by default; raises as `Warehouse.query` does."""
        key = (COLUMNS, table or self.check.table)
        if key not in self.known:
            self.known[key] = self.warehouse.query(COLUMNS, {"db": self.warehouse.database, "t": key[1]})
        return {str(column): str(type_name) for column, type_name in self.known[key]}

    def build_column(self, name: str, *, table: str | None = None, zone: str | None = None) -> Column:
        """Return a column of a table, the check's own by default, as `types` says what it holds.

        Raises what `columns.build_column` does, and CannotJudgeError for a text that is not what `types` says.
        """
        column = build_column(name, self.find_types(table), zone=zone)
        table = table or self.check.table
        holding = self.check.types.get(table, {}).get(name)
        if holding is None:
            return column
        held = hold(name, holding, column.type, zone=zone, server_zone=self.find_server_zone())
        column = replace(column, type=held.type, held=held)
        rows = self.rows if table == self.check.table else RAW_ROWS + self.catalogue[table].final
        text = render_trimmed("{raw:Identifier}")
        wrong = f"isNotNull({text}) AND isNull({{c:Identifier}})"
        sql = f"SELECT countIf({wrong}), minIf(toString({{raw:Identifier}}), {wrong}) FROM {rows}"
        count, first = self.select(sql, t=table, c=column, raw=name)[0]
        if count:
            raise CannotJudgeError(f"{name} holds {first[:_LONGEST_SHOWN]!r}, which is not {holding}; {count} in all")
        return column

    def find_server_zone(self) -> str:
        """Return whose wall clock a time shows that does not say it itself."""
        key = (SERVER_ZONE, "")
        if key not in self.known:
            self.known[key] = self.warehouse.query(SERVER_ZONE)
        return str(self.known[key][0][0])


def judge(holds: bool, *, expected: Json, actual: Json, message: str = "", looked_at: int | None = None) -> Finding:
    """Return passed, or failed with the message."""
    outcome = Outcome.PASSED if holds else Outcome.FAILED
    return Finding(
        outcome=outcome, expected=expected, actual=actual, message="" if holds else message, looked_at=looked_at
    )


def judge_count(wrong: int, rows: int, *, expected: Json, sample: Json, message: str) -> Finding:
    """Return passed when nothing is wrong; the finding always says how many rows were looked at."""
    actual = {"rows": rows, "wrong": wrong, "sample": sample} if wrong else {"rows": rows, "wrong": 0}
    return judge(wrong == 0, expected=expected, actual=actual, message=message, looked_at=rows)


def miss_table(context: CheckContext, name: str) -> Finding:
    """Return failed: the other table that the check names does not exist. Raises what `select` raises."""
    require_right(context.warehouse, name)
    message = f"there is no table {name}, or the account may not see it"
    return Finding(outcome=Outcome.FAILED, expected=context.check.expected, message=message)
