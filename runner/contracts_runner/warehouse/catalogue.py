"""Which tables there are, and which of them need FINAL to show each row once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from contracts_runner.warehouse.client import Warehouse

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
        """True for what holds no rows of its own (a materialised view keeps them in another table)."""
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
