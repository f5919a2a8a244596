"""What the account of a DSN may do, and the statements that create one with the least rights."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contracts_runner.warehouse.catalogue import Place, name_table, require_database
from contracts_runner.warehouse.client import Warehouse
from contracts_runner.warehouse.errors import AccessDeniedError, WarehouseQueryError
from contracts_runner.warehouse.query import quote_identifier
from contracts_runner.warehouse.settings import QUERY_LIMITS

_GRANT = re.compile(r"GRANT (.+?) ON (\S+) TO ")
_ONE_ROW = "SELECT count() FROM (SELECT 1 FROM {db:Identifier}.{t:Identifier} LIMIT 1)"
_POLICIES = """SELECT database, table, arrayStringConcat(arraySort(groupArray(short_name)), ', ')
FROM system.row_policies WHERE database IN {databases:Array(String)} AND table IN {tables:Array(String)}
GROUP BY database, table"""
_WRITING = ("ALL", "INSERT", "ALTER", "CREATE", "DROP", "TRUNCATE", "OPTIMIZE", "UNDROP", "SYSTEM")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`writing`: the rights with which it could change something, each "RIGHT ON scope"; without effect when
    `is_read_only`. `unreadable`: tables that cannot be read, with the server's reason."""

    user: str
    is_read_only: bool
    writing: tuple[str, ...]
    unreadable: tuple[str, ...]


def examine_account(warehouse: Warehouse, tables: Iterable[Place]) -> Account:
    """Find out what the account may do with these tables; raises WarehouseUnavailable, WarehouseQueryError.

    Reads `SHOW GRANTS` (rights that come by way of a role are not in it) and tries to read a row of each table.
    """
    [[user]] = warehouse.query("SELECT currentUser()")
    grants = [str(row[0]) for row in warehouse.query("SHOW GRANTS")]
    return Account(
        user=user,
        is_read_only=warehouse.is_account_read_only,
        writing=tuple(list_writing_rights(grants)),
        unreadable=tuple(filter(None, (_find_read_problem(warehouse, table) for table in tables))),
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


def _find_read_problem(warehouse: Warehouse, place: Place) -> str:
    database, table = place
    try:
        warehouse.query(_ONE_ROW, {"db": database, "t": table})
    except WarehouseQueryError as problem:
        return f"{name_table(warehouse, database, table)}: {problem}"
    return ""


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


def render_account_sql(databases: Iterable[str], user: str = "contracts_ro") -> str:
    """Return the statements for an account that can read these databases, within our limits, and do nothing else."""
    limits = ", ".join(f"{name} = {value} CONST" for name, value in QUERY_LIMITS.items())
    name = quote_identifier(user)
    return "\n".join(
        (
            f"CREATE SETTINGS PROFILE {name} SETTINGS readonly = 1, {limits};",
            f"CREATE USER {name} IDENTIFIED WITH sha256_password BY '<password>' SETTINGS PROFILE {name};",
            *(f"GRANT SELECT ON {quote_identifier(database)}.* TO {name};" for database in databases),
            # Needed where the server is set to ask for it (select_from_system_db_requires_grant).
            f"GRANT SELECT ON system.tables TO {name};",
            f"GRANT SELECT ON system.columns TO {name};",
            # Without it a row policy that hides rows is not told.
            f"GRANT SHOW ROW POLICIES ON *.* TO {name};",
        )
    )
