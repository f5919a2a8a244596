"""What the account of a DSN may do, and the statements that create one with the least rights."""

import re
from collections.abc import Container, Iterable, Sequence

from contracts_runner.dataclass import dataclass
from contracts_runner.model.warehouse_beside import QueryLimits
from contracts_runner.warehouse.catalogue import Place, load_catalogue, name_table, require_database
from contracts_runner.warehouse.client import Warehouse
from contracts_runner.warehouse.errors import AccessDeniedError, WarehouseQueryError
from contracts_runner.warehouse.query import quote_identifier
from contracts_runner.warehouse.settings import render_limits

_GRANT = re.compile(r"GRANT (.+?) ON (\S+) TO ")
_ONE_ROW = "SELECT count() FROM (SELECT 1 FROM {db:Identifier}.{t:Identifier} LIMIT 1)"
_ONE_VALUE = "SELECT ignore({c:Identifier}) FROM {db:Identifier}.{t:Identifier} LIMIT 1"
_POLICIES = """SELECT database, table, arrayStringConcat(arraySort(groupArray(short_name)), ', ')
FROM system.row_policies WHERE database IN {databases:Array(String)} AND table IN {tables:Array(String)}
GROUP BY database, table"""
_WRITING = ("ALL", "INSERT", "ALTER", "CREATE", "DROP", "TRUNCATE", "OPTIMIZE", "UNDROP", "SYSTEM")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`writing`: the rights with which it could change something, each "RIGHT ON scope"; without effect when
    `is_read_only`. `unreadable`: tables that cannot be read, with the server's reason; `missing`: the statements that
    give it the rights for them. `policies`: what may hide rows."""

    user: str
    is_read_only: bool
    writing: tuple[str, ...]
    unreadable: tuple[str, ...]
    missing: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()


def examine_account(warehouse: Warehouse, tables: Sequence[Place]) -> Account:
    """Find out what the account may do with these tables; raises WarehouseUnavailable, WarehouseQueryError.

    Reads `SHOW GRANTS` (rights that come by way of a role are not in it) and tries to read a row of each table.
    """
    [[user]] = warehouse.query("SELECT currentUser()")
    catalogue = load_catalogue(warehouse, [database for database, _ in tables])
    problems = {place: problem for place in tables if (problem := _find_read_problem(warehouse, place, catalogue))}
    lacking = [problem.grant for problem in problems.values() if isinstance(problem, AccessDeniedError)]
    grants = [str(row[0]) for row in warehouse.query("SHOW GRANTS")]
    return Account(
        user=user,
        is_read_only=warehouse.is_account_read_only,
        writing=tuple(list_writing_rights(grants)),
        unreadable=tuple(f"{name_table(warehouse, *place)}: {problem}" for place, problem in problems.items()),
        missing=tuple(f"GRANT {grant} TO {quote_identifier(user)};" for grant in dict.fromkeys(filter(None, lacking))),
        policies=tuple(
            f"{name_table(warehouse, *place)}: {note}" for place, note in find_policies(warehouse, tables).items()
        ),
    )


def list_writing_rights(grants: Sequence[str]) -> list[str]:
    """Return "RIGHT ON scope" for each right of `SHOW GRANTS` with which something can be changed."""
    return [
        f"{right} ON {match[2]}"
        for grant in grants
        if (match := _GRANT.match(grant))
        for right in re.split(r", (?![^(]*\))", match[1])
        if right.split(" ")[0].split("(")[0] in _WRITING
    ]


def _find_read_problem(warehouse: Warehouse, place: Place, catalogue: Container[Place]) -> WarehouseQueryError | None:
    """Return why a table cannot be read, None for one that is not there."""
    try:
        warehouse.query(_ONE_ROW, {"db": place[0], "t": place[1]})
    except WarehouseQueryError as problem:
        return problem if place in catalogue or isinstance(problem, AccessDeniedError) else None
    return None


def require_right(warehouse: Warehouse, database: str, table: str) -> None:
    """Raise AccessDeniedError where a table that the account does not see is there, MissingDatabaseError where its
    database is not; WarehouseUnavailable."""
    require_database(warehouse, database)
    if warehouse.is_embedded:
        return
    try:
        warehouse.query(_ONE_ROW, {"db": database, "t": table})
    except AccessDeniedError:
        raise
    except WarehouseQueryError:
        return  # there is none


def require_column_right(warehouse: Warehouse, place: Place, column: str) -> None:
    """Raise AccessDeniedError where a column that the account does not see is there; WarehouseUnavailable."""
    if warehouse.is_embedded:
        return
    try:
        warehouse.query(_ONE_VALUE, {"db": place[0], "t": place[1], "c": column})
    except AccessDeniedError:
        raise
    except WarehouseQueryError:
        return  # there is none


def find_policies(warehouse: Warehouse, places: Sequence[Place]) -> dict[Place, str]:
    """Return a note on each of the tables that has a row policy, none where the account may not see policies; raises
    WarehouseUnavailable. A policy on all tables of a database has an empty name of the table."""
    if warehouse.is_embedded:
        return {}
    databases, tables = ({place[n] for place in places} for n in range(2))
    try:
        rows = warehouse.query(_POLICIES, {"databases": sorted(databases), "tables": ["", *sorted(tables)]})
    except WarehouseQueryError:
        return {}
    names = {(database, table): policies for database, table, policies in rows}
    return {
        (database, table): f"rows may be hidden from the account by the row policy {', '.join(found)}"
        for database, table in places
        if (found := [names[database, key] for key in ("", table) if (database, key) in names])
    }


def render_account_sql(databases: Iterable[str], limits: QueryLimits, user: str = "contracts_ro") -> str:
    """Return the statements for an account that can read these databases, within the limits, and do nothing else."""
    bounds = ", ".join(f"{name} = {value} CONST" for name, value in render_limits(limits).items())
    name = quote_identifier(user)
    return "\n".join(
        (
            f"CREATE SETTINGS PROFILE {name} SETTINGS readonly = 1, {bounds};",
            f"CREATE USER {name} IDENTIFIED WITH sha256_password BY '<password>' SETTINGS PROFILE {name};",
            *(f"GRANT SELECT ON {quote_identifier(database)}.* TO {name};" for database in databases),
            # Needed where the server is set to ask for it (select_from_system_db_requires_grant).
            f"GRANT SELECT ON system.tables TO {name};",
            f"GRANT SELECT ON system.columns TO {name};",
            # Without it a row policy that hides rows is not told.
            f"GRANT SHOW ROW POLICIES ON *.* TO {name};",
        )
    )
