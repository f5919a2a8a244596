"""The statements that the loader sends to ClickHouse: schema, inserts, removal of what is outdated."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from string import Template
from typing import Any, Protocol
from zoneinfo import ZoneInfo

Row = Mapping[str, Any]


class Client(Protocol):
    """What the loader needs of a clickhouse_connect client."""

    def command(self, cmd: str, parameters: dict[str, Any] | None = None) -> Any: ...

    def query(self, query: str, parameters: dict[str, Any] | None = None) -> Any: ...

    def insert(
        self, table: str, data: Sequence[Sequence[Any]], column_names: Sequence[str], database: str | None
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
        stored = [
            self._client.query(
                "SELECT max(_ver) FROM {database:Identifier}.{table:Identifier}",
                parameters={"database": self._database, "table": table},
            ).result_rows[0][0]
            for table in tables
        ]
        return max(at_least, *(int(version) + 1 for version in stored))

    def insert(self, table: str, rows: Sequence[Row]) -> int:
        """Insert rows that all have the same columns, and return how many."""
        if rows:
            columns = list(rows[0])
            data = [[row[column] for column in columns] for row in rows]
            self._client.insert(table, data, column_names=columns, database=self._database)
        return len(rows)

    def delete_outdated(self, table: str, version: int, *, condition: str = "1", **values: int) -> None:
        """Remove what an earlier run wrote, this one did not replace, and the condition of ours covers.

        Replaced rows are left to the engine, which drops them when it merges.
        """
        where = f"_ver < {{version:UInt64}} AND {condition}"
        parameters = {"database": self._database, "table": table, "version": version, **values}
        target = "{database:Identifier}.{table:Identifier}"
        left = self._client.query(f"SELECT count() FROM {target} FINAL WHERE {where}", parameters=parameters)
        # A DELETE is a mutation, which costs far more than the question whether it is needed.
        if left.result_rows[0][0]:
            self._client.command(f"DELETE FROM {target} WHERE {where}", parameters=parameters)
