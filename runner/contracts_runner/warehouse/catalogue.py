"""Which tables there are, which of them need FINAL to show each row once, and how many rows they have."""

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from contracts_runner.dataclass import dataclass
from contracts_runner.warehouse.client import Warehouse
from contracts_runner.warehouse.errors import WarehouseQueryError
from contracts_runner.warehouse.expressions import split_call, unquote
from contracts_runner.warehouse.query import quote_identifier

_VIEWS = frozenset({"View", "MaterializedView", "LiveView", "WindowView"})
_MERGING = re.compile(
    r"(Replicated|Shared)?(Replacing|Summing|Aggregating|Collapsing|VersionedCollapsing|Coalescing|Graphite)MergeTree"
)
# What reads other tables: Merge by a pattern, the others by name.
_PROXIES = frozenset({"Merge", "Buffer", "Distributed", "Alias"})
# Where a materialised view keeps its rows; names and comments are passed over. `create_table_query` is our only source
# for both that every version of ClickHouse has.
_NAME = r"`(?:[^`\\]|\\.)*`"
_VIEW_ROWS = re.compile(
    rf"'(?:[^'\\]|\\.)*'|\bENGINE = (\w+)|\sTO\s+(?:({_NAME}|[^`\s.(]+)\.)?({_NAME}|[^`\s.(]+)|{_NAME}", re.DOTALL
)

_SQL = (
    "SELECT database, name, engine,\n"
    "  multiIf(engine = 'MaterializedView', create_table_query, engine IN {proxies:Array(String)}, engine_full, '')\n"
    "FROM system.tables"
)
_FINAL = "SELECT 1 FROM {db:Identifier}.{t:Identifier} FINAL LIMIT 1"
_DATABASE = "SELECT name FROM system.databases WHERE name = {db:String}"
_SOME = f"{_SQL} WHERE database IN {{databases:Array(String)}}"

# (database, table).
Place = tuple[str, str]


class MissingDatabaseError(WarehouseQueryError):
    """There is no such database, as far as the account may see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableInfo:
    """A table or view. `is_merging`: its engine replaces or adds up rows some time after they were written."""

    database: str
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


def require_catalogue(warehouse: Warehouse, others: Iterable[str] = ()) -> dict[Place, TableInfo]:
    """Return the same; raises MissingDatabaseError, too, where there is no database of the environment."""
    catalogue = load_catalogue(warehouse, others)
    if not any(database == warehouse.database for database, _ in catalogue):
        require_database(warehouse, warehouse.database)
    return catalogue


def require_database(warehouse: Warehouse, database: str) -> None:
    """Raise MissingDatabaseError where there is no such database; raises what `Warehouse.query` raises."""
    if not warehouse.query(_DATABASE, {"db": database}):
        place = "the environment" if database == warehouse.database else "the contract"
        raise MissingDatabaseError(
            f"there is no database {database}, or the account may not see it; correct `database` of {place}, or "
            f"GRANT SELECT ON {quote_identifier(database)}.*"
        )


def name_table(warehouse: Warehouse, database: str | None, table: str) -> str:
    """Return a table as snapshots name it: with its database where that is another one than the environment's.

    Quoted, because a dot in a table's name is part of the name.
    """
    if database is None or database == warehouse.database:
        return table
    return f"{quote_identifier(database)}.{quote_identifier(table)}"


def load_catalogue(warehouse: Warehouse, others: Iterable[str] = ()) -> dict[Place, TableInfo]:
    """Return the tables of the environment's database, and of others, as far as the account may see them.

    What reads another table (a materialised view, Merge, Buffer, Distributed) needs FINAL where that one does; where it
    cannot be seen, what takes FINAL gets it. FINAL on an ordinary view, or on an engine that never merges, is an error
    in ClickHouse or has no effect (notes on ClickHouse §6).
    Raises WarehouseUnavailable, WarehouseQueryError.
    """
    databases = list(dict.fromkeys([warehouse.database, *others]))
    parameters = {"databases": databases, "proxies": sorted(_PROXIES)}
    rows = warehouse.query(_SOME, parameters)
    definitions = _define(rows)
    # A Merge may read any database by its pattern.
    if any(engine == "Merge" or is_merging(place, definitions) is None for place, (engine, _) in definitions.items()):
        definitions = _define(warehouse.query(_SQL, parameters))
    return {
        (base, name): TableInfo(
            database=base, name=name, engine=engine, is_merging=_needs_final(warehouse, (base, name), definitions)
        )
        for base, name, engine, _ in rows
    }


def _define(rows: Iterable[tuple[str, str, str, str]]) -> "_Definitions":
    return {(base, name): (engine, definition) for base, name, engine, definition in rows}


def find_buffers(places: Iterable[Place], catalogue: Mapping[Place, TableInfo]) -> dict[Place, str]:
    """Return a note on each of the tables in which FINAL leaves the rows that are still in memory as they are."""
    found = (place for place in places if place in catalogue)
    note = "rows that are still in the buffer are not merged with those of the table behind it"
    return {place: note for place in found if catalogue[place].engine == "Buffer" and catalogue[place].is_merging}


# Table -> engine, and what the table says of others.
_Definitions = Mapping[Place, tuple[str, str]]


def _needs_final(warehouse: Warehouse, table: Place, definitions: _Definitions) -> bool:
    found = is_merging(table, definitions)
    if found is not None:
        return found
    try:
        warehouse.query(_FINAL, {"db": table[0], "t": table[1]})
    except WarehouseQueryError:
        return False
    return True


def is_merging(table: Place, definitions: _Definitions, seen: frozenset[Place] = frozenset()) -> bool | None:
    """Return whether rows of a table are merged later, in it or in one that it reads, however often through others.

    None where it reads one that is on another server, or that the account may not see.
    """
    if table not in definitions:
        return None
    if table in seen:
        return False
    engine, definition = definitions[table]
    if _MERGING.fullmatch(engine) or not definition:
        return _MERGING.fullmatch(engine) is not None
    if engine in _PROXIES:
        sources = _find_sources(table, engine, definition, definitions)
    else:
        found = next((match for match in _VIEW_ROWS.finditer(definition) if match.lastindex), None)
        if found and found[1]:
            return _MERGING.fullmatch(found[1]) is not None
        sources = [(unquote(found[2] or table[0]), unquote(found[3]))] if found else []
    answers = [is_merging(source, definitions, seen | {table}) for source in sources]
    return True if any(answers) else None if None in answers else False


def _find_sources(table: Place, engine: str, definition: str, definitions: _Definitions) -> list[Place]:
    """Return the tables that a proxy reads, by the arguments of its engine."""
    arguments = split_call(_cut_call(definition))[1]
    if engine != "Merge":
        arguments = arguments[engine == "Distributed" :]
        # An Alias may name the table alone.
        base, name = arguments[:2] if len(arguments) > 1 else ("", arguments[0])
        return [(_read_base(base, table), unquote(name))]
    base, pattern = arguments[0], unquote(arguments[-1])
    is_pattern = base.startswith("REGEXP(")
    bases = unquote(split_call(base)[1][0]) if is_pattern else re.escape(_read_base(base, table))
    return [source for source in definitions if re.fullmatch(bases, source[0]) and re.search(pattern, source[1])]


def _cut_call(definition: str) -> str:
    """Return `Merge(…)` of an engine with settings behind it."""
    depth = 0
    for match in re.finditer(r"'(?:[^'\\]|\\.)*'|[()]", definition):
        depth += (match[0] == "(") - (match[0] == ")")
        if match[0] == ")" and depth == 0:
            return definition[: match.end()]
    return definition


def _read_base(base: str, table: Place) -> str:
    """Return the database that an argument names: `currentDatabase()` and an empty one are the table's."""
    return table[0] if base.endswith("()") else unquote(base) or table[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Table -> rows, None where nothing could be counted; `notes` say why, or which pattern matches nothing. `absent`:
    the tables that are named and do not exist."""

    tables: Mapping[str, int | None]
    notes: tuple[str, ...]
    absent: frozenset[str] = frozenset()


def count_tables(
    warehouse: Warehouse, names: Iterable[tuple[str | None, str]], catalogue: Mapping[Place, TableInfo]
) -> Counts:
    """Count every table that `names` match: databases, None for the environment's, with names, exact or patterns with
    `*`. Raises WarehouseUnavailable.

    A pattern leaves views out, because their rows are counted in their tables already, and ClickHouse's own inner
    tables; a view that is named exactly is counted. A table that is named and absent is None.
    """
    tables: dict[str, int | None] = {}
    notes: list[str] = []
    absent: set[str] = set()
    for database, pattern in names:
        found = _resolve((database or warehouse.database, pattern), catalogue)
        name = name_table(warehouse, database, pattern)
        if not found and "*" in pattern:
            notes.append(f"no table matches {name}")
        elif not found and name not in absent:
            notes.append(f"{name}: no such table")
            tables[name] = None
            absent.add(name)
        for info in found:
            name = name_table(warehouse, info.database, info.name)
            if name not in tables:
                tables[name], problem = _count(warehouse, info)
                notes.extend([f"{name}: {problem}"] if problem else [])
    return Counts(tables=tables, notes=tuple(notes), absent=frozenset(absent))


def _resolve(place: Place, catalogue: Mapping[Place, TableInfo]) -> list[TableInfo]:
    database, name = place
    if "*" not in name:
        return [catalogue[place]] if place in catalogue else []
    return [
        info
        for (base, table), info in sorted(catalogue.items())
        if base == database and fits(table, name) and not info.is_view and not table.startswith(".inner")
    ]


def fits(table: str, pattern: str) -> bool:
    """Return whether a table is one of a pattern. Only `*` is special in a contract; `[` and `?` are characters."""
    return fnmatchcase(table, pattern.replace("[", "[[]").replace("?", "[?]"))


def _count(warehouse: Warehouse, info: TableInfo) -> tuple[int | None, str]:
    # With FINAL, so that a merge between two counts does not look like loss.
    sql = f"SELECT count() FROM {{db:Identifier}}.{{t:Identifier}}{info.final}"
    try:
        parameters = {"db": info.database, "t": info.name}
        return int(warehouse.query(sql, parameters, limits=warehouse.limits)[0][0]), ""
    except WarehouseQueryError as problem:
        return None, str(problem)
