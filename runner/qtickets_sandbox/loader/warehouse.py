"""The statements that the loader sends to ClickHouse: schema, inserts, removal of what is outdated."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from importlib.resources import files
from string import Template
from typing import Any, Protocol
from zoneinfo import ZoneInfo

Row = Mapping[str, Any]
_OUTDATED = "_ver < {version:UInt64}"


class Client(Protocol):
    """What the loader needs of a clickhouse_connect client."""

    def command(self, cmd: str, parameters: dict[str, Any] | None = None) -> Any: ...

    def query(self, query: str, parameters: dict[str, Any] | None = None) -> Any: ...

    def raw_insert(
        self, table: str, column_names: Sequence[str] | None = None, insert_block: bytes | None = None, *, fmt: str
    ) -> Any: ...


def create_tables(*, client: Client, database: str) -> None:
    """Create the database with its tables and views where they are missing.

    Raises ValueError for a database name that is not a plain identifier.
    """
    # A bound identifier would make a parameterised view of each view, so the name is put in as text.
    if not (database.isascii() and database.isidentifier()):
        raise ValueError(f"not a database name: {database!r}")
    script = files(__package__).joinpath("schema.sql").read_text("utf-8")
    for statement in _iter_statements(Template(script).substitute(database=database)):
        client.command(statement)


def _iter_statements(script: str) -> Iterator[str]:
    lines = [line for line in script.splitlines() if not line.startswith("--")]
    for statement in "\n".join(lines).split(";"):
        if statement.strip():
            yield statement.strip()


class Warehouse:
    """One database, written to by one run of the loader."""

    def __init__(self, *, client: Client, database: str) -> None:
        self._client = client
        self._database = database

    def read_zone(self) -> ZoneInfo:
        """Return the server's time zone, in which a plain DateTime is shown."""
        return ZoneInfo(str(self._client.query("SELECT timezone()").result_rows[0][0]))

    def next_version(self, tables: Sequence[str], *, at_least: int) -> int:
        """Return a `_ver` above every one that is stored, so that this run wins even within one second."""
        names = {f"t{n}": table for n, table in enumerate(tables)}
        selects = [f"SELECT max(_ver) FROM {{database:Identifier}}.{{{name}:Identifier}}" for name in names]
        stored = self._client.query(" UNION ALL ".join(selects), parameters={"database": self._database, **names})
        return max(at_least, *(int(version) + 1 for (version,) in stored.result_rows))

    def insert(self, table: str, rows: Sequence[Row]) -> int:
        """Insert rows that all have the same columns, and return how many."""
        if rows:
            # As JSON, because the client loads pandas to find out that rows are no data frame: half a second.
            block = "\n".join(json.dumps(row, ensure_ascii=False, default=_render_time) for row in rows)
            self._client.raw_insert(
                f"{self._database}.{table}",
                column_names=list(rows[0]),
                insert_block=block.encode(errors="replace"),
                fmt="JSONEachRow",
            )
        return len(rows)

    def spoil(self, statement: str) -> None:
        """Run a statement of a planted defect, with $database for the database."""
        self._client.command(Template(statement).substitute(database=self._database))

    def delete_outdated(self, conditions: Mapping[str, str], version: int, **values: int) -> None:
        """Remove what an earlier run wrote, this one did not replace, and the condition of ours for the table covers.

        Replaced rows are left to the engine, which drops them when it merges.
        """
        for table in self._find_outdated(conditions, version, **values):
            self._client.command(
                f"DELETE FROM {{database:Identifier}}.{{table:Identifier}} WHERE {_OUTDATED} AND {conditions[table]}",
                parameters={"database": self._database, "table": table, "version": version, **values},
            )

    def _find_outdated(self, conditions: Mapping[str, str], version: int, **values: int) -> list[str]:
        """Return the tables that have such rows: a DELETE is a mutation, which costs far more than the question."""
        names = {f"t{n}": table for n, table in enumerate(conditions)}
        counts = self._client.query(
            " UNION ALL ".join(
                f"SELECT {{{name}:String}}, count() FROM {{database:Identifier}}.{{{name}:Identifier}} FINAL\n"
                f"WHERE {_OUTDATED} AND {conditions[table]}"
                for name, table in names.items()
            ),
            parameters={"database": self._database, "version": version, **names, **values},
        )
        return [table for table, count in counts.result_rows if count]


def _render_time(value: date) -> int | str:
    """Return what JSONEachRow takes for a DateTime and a Date: Unix seconds, and the day."""
    return int(value.timestamp()) if isinstance(value, datetime) else value.isoformat()
