"""Looks at a live table and drafts its contract: the structure, and of the checks those that hold.

A check is tried before it is drafted, by the code that will run it. What is seen of values is told in comments, and of
values that may be personal never more than that they are there.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from datetime import datetime

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import SourceLocation, UsageError
from contracts_runner.model import warehouse_kinds as kinds
from contracts_runner.model.nouns import count_noun
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.table_draft import CheckDraft, TableDraft
from contracts_runner.model.warehouse import TableCheck
from contracts_runner.reading.suggest import find_similar
from contracts_runner.redaction.personal_names import find_personal_kind, is_free_text
from contracts_runner.warehouse.account import require_right
from contracts_runner.warehouse.catalogue import Place, TableInfo, require_catalogue
from contracts_runner.warehouse.checks import run_check
from contracts_runner.warehouse.checks.context import CheckContext, Finding
from contracts_runner.warehouse.checks.tables import split_expressions
from contracts_runner.warehouse.client import Warehouse
from contracts_runner.warehouse.column_types import ColumnType, Kind, parse_type
from contracts_runner.warehouse.errors import CannotJudgeError, WarehouseQueryError
from contracts_runner.warehouse.expressions import unquote
from contracts_runner.warehouse.seen_values import SeenColumn, look_at_columns

_TABLE = "SELECT sorting_key, primary_key FROM system.tables WHERE database = {db:String} AND name = {t:String}"
# What is only written has no values.
_COLUMNS = (
    "SELECT name, type, default_kind = 'EPHEMERAL' FROM system.columns "
    "WHERE database = {db:String} AND table = {t:String} ORDER BY position"
)
_NAME = r"(`(?:[^`\\]|\\.)+`|[^.`]+)"
_PLACE = re.compile(rf"{_NAME}\.(`(?:[^`\\]|\\.)+`|[^`]+)", re.DOTALL)
_KEYS = ("id", "uuid", "guid", "_id", "key")
# The newest of these is told first: when a row was loaded, then when it was changed, then any time.
_TIMES = ("load", "ingest", "insert", "sync", "updat", "modif", "chang", "creat", "")
_DAY = 86_400
# An older table is not filled any more.
_LONGEST = 60 * _DAY
_WITHIN = kinds.Duration(100 * 366 * _DAY, "100 years")
_NOWHERE = SourceLocation("", 1)
# Of columns that are looked at in one query: 300 of a table are some queries.
_CHUNK = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """A table that is looked at; `columns`: name -> type, None for one whose values cannot be compared."""

    context: CheckContext
    info: TableInfo
    sorting_key: tuple[str, ...]
    primary_key: tuple[str, ...]
    types: Mapping[str, str]
    columns: Mapping[str, ColumnType | None]
    remarks: list[str] = field(default_factory=list)

    def find(self, kind: kinds.CheckKind) -> Finding:
        """Return what a check of the table finds; raises WarehouseQueryError."""
        return run_check(replace(self.context, check=replace(self.context.check, kind=kind)))


def sketch_table(
    warehouse: Warehouse, name: str, *, redact: Callable[[str], str], clock: Callable[[], datetime]
) -> TableDraft:
    """Return the draft of the contract of a table, of another database as `database.table` or as snapshots name it.

    Raises UsageError for a table that is not there, WarehouseUnavailable, WarehouseQueryError.
    """
    table = _open(warehouse, name, redact=redact, clock=clock)
    database = table.context.check.database
    keys = {
        **({"database": database} if database else {}),
        "engine": table.info.engine,
        **({"order_by": list(table.sorting_key)} if table.sorting_key else {}),
    }
    try:
        rows = _count(table)
        seen = _look(table, rows) if rows else {}
        checks = tuple(_iter_checks(table, seen)) if rows else ()
    except WarehouseQueryError as problem:
        rows, seen, checks = None, {}, ()
        table.remarks.append(f"Its rows were not looked at: {redact(str(problem))}")
    counted = [] if rows is None else [_tell_rows(rows, clock())]
    comments = (*counted, *table.remarks)
    notes = {column: note for column, each in seen.items() if (note := each.note)}
    return TableDraft(
        name=table.info.name, keys=keys, columns=table.types, notes=notes, checks=checks, comments=comments
    )


def _tell_rows(rows: int, now: datetime) -> str:
    text = f"{count_noun(rows, 'row')} on {now.date().isoformat()}."
    return text if rows else f"{text} What holds can be seen where there are some."


def _find(warehouse: Warehouse, name: str) -> tuple[dict[Place, TableInfo], Place]:
    """Return the catalogue and the table; a dot is part of a table's name where there is such a table."""
    places = [(warehouse.database, name)]
    if named := _PLACE.fullmatch(name):
        places.append((unquote(named[1]), unquote(named[2])))
    catalogue = require_catalogue(warehouse, [database for database, _ in places[1:]])
    for place in places:
        if place in catalogue:
            return catalogue, place
    if similar := find_similar(name, [table for base, table in catalogue if base == warehouse.database]):
        raise UsageError(f"there is no table {name}; did you mean '{similar}'?")
    database, table = places[-1]
    require_right(warehouse, database, table)
    similar = find_similar(table, [each for base, each in catalogue if base == database])
    hint = f"did you mean '{database}.{similar}'?" if similar else "none that the account may see has such a name"
    raise UsageError(f"there is no table {name}; {hint}")


def _open(warehouse: Warehouse, name: str, *, redact: Callable[[str], str], clock: Callable[[], datetime]) -> _Table:
    catalogue, place = _find(warehouse, name)
    database = None if place[0] == warehouse.database else place[0]
    parameters = {"db": place[0], "t": place[1]}
    [[sorting_key, primary_key]] = warehouse.query(_TABLE, parameters)
    described = warehouse.query(_COLUMNS, parameters)
    check = TableCheck(
        kind=kinds.Exists(),
        word="exists",
        table=place[1],
        database=database,
        written={"exists": True},
        location=_NOWHERE,
    )
    return _Table(
        context=CheckContext(
            warehouse=warehouse,
            check=check,
            table=catalogue[place],
            catalogue=catalogue,
            clock=clock,
            redact=redact,
            before=None,
            source=None,
            folder=None,
            max_lag_seconds=None,
        ),
        info=catalogue[place],
        sorting_key=_read_key(sorting_key),
        primary_key=_read_key(primary_key),
        types={str(column): str(type_name) for column, type_name, _ in described},
        columns={
            str(column): _read_type(str(type_name)) for column, type_name, is_unread in described if not is_unread
        },
    )


def _read_key(text: str) -> tuple[str, ...]:
    """Return the columns and expressions of a key, a column by its name alone."""
    parts = split_expressions(text)
    return tuple(unquote(part) if part.startswith("`") and part.endswith("`") else part for part in parts)


def _read_type(text: str) -> ColumnType | None:
    try:
        return parse_type(text)
    except CannotJudgeError:
        return None


def _count(table: _Table) -> int:
    [[rows]] = table.context.select(f"SELECT count() FROM {table.context.rows}")
    return int(rows)


def _look(table: _Table, rows: int) -> dict[str, SeenColumn]:
    known = [(name, each) for name, each in table.columns.items() if each is not None]
    seen: dict[str, SeenColumn] = {}
    for start in range(0, len(known), _CHUNK):
        chunk = dict(known[start : start + _CHUNK])
        seen |= look_at_columns(table.context, table.find, chunk, table.types, rows)
    return seen


def _iter_checks(table: _Table, seen: Mapping[str, SeenColumn]) -> Iterator[CheckDraft]:
    """Yield the checks that hold."""
    yield from _iter_unique(table)
    filled = [name for name, each in seen.items() if each.is_filled and name.strip()]
    if filled:
        yield CheckDraft(word="not_null", content=filled)
    yield from _iter_freshness(table)
    clean = [
        name
        for name, each in seen.items()
        if each.is_text and not each.is_personal and name.strip() and (find_personal_kind(name) or is_free_text(name))
    ]
    if clean:
        yield CheckDraft(word="no_raw_pii", content=clean)


def _iter_unique(table: _Table) -> Iterator[CheckDraft]:
    """Yield the keys that hold: a column that is called so, then what the engine keeps once, or looks up by."""
    own = table.sorting_key if "Replacing" in table.info.engine else table.primary_key
    called = [(name,) for name in table.columns if name.casefold() in _KEYS]
    found: list[tuple[str, ...]] = []
    for key in dict.fromkeys([*called, own]):
        if (
            not key
            or any(table.columns.get(name) is None for name in key)
            or any(set(each) <= set(key) for each in found)
        ):
            continue
        finding = table.find(kinds.Unique(columns=key))
        if finding.outcome is Outcome.PASSED:
            found.append(key)
            yield CheckDraft(word="unique", content=list(key))
        elif finding.outcome is Outcome.FAILED:
            table.remarks.append(f"{', '.join(key)}: not unique, {finding.message}.")


def _iter_freshness(table: _Table) -> Iterator[CheckDraft]:
    times = [
        name
        for name, each in table.columns.items()
        if each is not None and each.kind in (Kind.TIME, Kind.DATE) and not find_personal_kind(name)
    ]
    for name in sorted(times, key=lambda name: next(n for n, word in enumerate(_TIMES) if word in name.casefold())):
        finding = table.find(kinds.Freshness(column=name, within=_WITHIN))
        if finding.outcome is not Outcome.PASSED:
            continue
        newest = str(finding.actual)
        age = (table.context.clock() - datetime.fromisoformat(newest)).total_seconds()
        if age > _LONGEST:
            table.remarks.append(f"The newest {name} is of {newest[:7]}.")
            return
        yield CheckDraft(
            word="freshness",
            content={"column": name, "within": _round(age)},
            comments=(f"The newest was {count_noun(round(max(age, 0) / 3600), 'hour')} old.",),
        )
        return


def _round(seconds: float) -> str:
    """Return twice the time, a day at least, in whole days."""
    return f"{max(1, -(-2 * seconds // _DAY)):.0f}d"
