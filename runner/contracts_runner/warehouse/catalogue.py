"""Which tables there are, which of them need FINAL to show each row once, and how many rows they have."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from contracts_runner.warehouse.client import Warehouse
from contracts_runner.warehouse.errors import WarehouseQueryError

_VIEWS = frozenset({"View", "MaterializedView", "LiveView", "WindowView"})
_MERGING = re.compile(
    r"(Replicated|Shared)?(Replacing|Summing|Aggregating|Collapsing|VersionedCollapsing|Coalescing|Graphite)MergeTree"
)
# `create_table_query` is our only source for both that every version of ClickHouse has.
_VIEW_TARGET = re.compile(r"\sTO\s+(?:`?[^`\s.]+`?\.)?(?:`([^`]+)`|([^\s(`]+))")
_VIEW_ENGINE = re.compile(r"\bENGINE = (\w+)")

_SQL = (
    "SELECT name, engine, if(engine = 'MaterializedView', create_table_query, '') AS definition\n"
    "FROM system.tables WHERE database = {db:String}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableInfo:
    """A table or view. `is_merging`: its engine replaces or adds up rows some time after they were written."""

    name: str
    engine: str
    is_merging: bool

    @property
    def is_view(self) -> bool:
        """True for what holds no rows itself (a materialised view keeps them in another table)."""
        return self.engine in _VIEWS

    @property
    def final(self) -> str:
        """What follows the table's name in a FROM so that each row counts once."""
        return " FINAL" if self.is_merging else ""


def load_catalogue(warehouse: Warehouse) -> dict[str, TableInfo]:
    """Return the tables of the database by name, as far as the account may see them.

    A materialised view needs FINAL where its target does. FINAL on an ordinary view, or on an engine that never
    merges, is an error in ClickHouse or has no effect (notes on ClickHouse §6); a Distributed table is read plainly.
    Raises WarehouseUnavailable, WarehouseQueryError.
    """
    rows = warehouse.query(_SQL, {"db": warehouse.database})
    tables = {
        name: TableInfo(name=name, engine=engine, is_merging=_MERGING.fullmatch(engine) is not None)
        for name, engine, _ in rows
    }
    for name, _, definition in rows:
        if definition:
            tables[name] = replace(tables[name], is_merging=_is_view_merging(definition, tables))
    return tables


def _is_view_merging(definition: str, tables: Mapping[str, TableInfo]) -> bool:
    head = definition.split(" AS SELECT", 1)[0]
    if engine := _VIEW_ENGINE.search(head):
        return _MERGING.fullmatch(engine[1]) is not None
    target = _VIEW_TARGET.search(head)
    return target is not None and (info := tables.get(target[1] or target[2])) is not None and info.is_merging


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Table -> rows, None where nothing could be counted; `notes` say why, or which pattern matches nothing. `absent`:
    the tables that are named and do not exist."""

    tables: Mapping[str, int | None]
    notes: tuple[str, ...]
    absent: frozenset[str] = frozenset()


def count_tables(warehouse: Warehouse, names: Iterable[str], catalogue: Mapping[str, TableInfo]) -> Counts:
    """Count every table that `names` (exact, or patterns with `*`) match; raises WarehouseUnavailable.

    A pattern leaves views out, because their rows are counted in their tables already, and ClickHouse's own inner
    tables; a view that is named exactly is counted. A table that is named and absent is None.
    """
    tables: dict[str, int | None] = {}
    notes: list[str] = []
    absent: set[str] = set()
    for name in names:
        found = _resolve(name, catalogue)
        if not found and "*" in name:
            notes.append(f"no table matches {name}")
        elif not found and name not in absent:
            notes.append(f"{name}: no such table")
            tables[name] = None
            absent.add(name)
        for table in found:
            if table not in tables:
                tables[table], note = _count(warehouse, catalogue[table])
                notes.extend(filter(None, [note]))
    return Counts(tables=tables, notes=tuple(notes), absent=frozenset(absent))


def _resolve(name: str, catalogue: Mapping[str, TableInfo]) -> list[str]:
    if "*" not in name:
        return [name] if name in catalogue else []
    # Only `*` is special in a contract; `[` and `?` are characters of a name.
    pattern = name.replace("[", "[[]").replace("?", "[?]")
    return sorted(
        table
        for table, info in catalogue.items()
        if fnmatchcase(table, pattern) and not info.is_view and not table.startswith(".inner")
    )


def _count(warehouse: Warehouse, info: TableInfo) -> tuple[int | None, str]:
    # With FINAL, so that a merge between two counts does not look like loss.
    sql = f"SELECT count() FROM {{db:Identifier}}.{{t:Identifier}}{info.final}"
    try:
        return int(warehouse.query(sql, {"db": warehouse.database, "t": info.name})[0][0]), ""
    except WarehouseQueryError as problem:
        return None, f"{info.name}: {problem}"
