"""Row counts of the tables that a contract names, by name or pattern, at one moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from contracts_runner.warehouse.catalogue import TableInfo
from contracts_runner.warehouse.client import Warehouse
from contracts_runner.warehouse.errors import WarehouseQueryError


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Table -> rows, None where nothing could be counted; `notes` say why, or which pattern met nothing. `absent`: the
    tables that were looked for by name and are not there."""

    tables: Mapping[str, int | None]
    notes: tuple[str, ...]
    absent: frozenset[str] = frozenset()


def count_tables(warehouse: Warehouse, names: Iterable[str], catalogue: Mapping[str, TableInfo]) -> Counts:
    """Count every table that `names` (exact, or patterns with `*`) mean; raises WarehouseUnavailable.

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
