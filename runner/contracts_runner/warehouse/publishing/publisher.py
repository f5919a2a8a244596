"""Writes the rows of one run, once: the only place of the framework that writes into a ClickHouse."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
from typing import Any

from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.results.results import Results
from contracts_runner.warehouse.client import Warehouse, connect
from contracts_runner.warehouse.publishing.rows import Row, build_rows, digest_results
from contracts_runner.warehouse.query import quote_identifier

_FIND_RUN = (
    "SELECT count() FROM {db:Identifier}.contract_runs FINAL\n"
    "WHERE run_id = {id:String} AND started_at = parseDateTime64BestEffort({at:String}, 3, 'UTC')\n"
    "  AND results_sha256 = {digest:String}"
)


def publish_results(results: Results, target: WarehouseSettings, *, is_creating: bool, now: datetime) -> bool:
    """Write results.json into the tables of `target`, an account that may insert there; True if anything was written.

    The same results of the same run are written once, however often this is called; changed ones (a run that was
    resumed) replace the rows of before. With `is_creating`, missing tables are created. Raises WarehouseUnavailable,
    WarehouseQueryError.
    """
    warehouse = connect(target)
    try:
        if is_creating:
            _create_tables(warehouse)
        if _is_published(warehouse, results):
            return False
        for table, rows in build_rows(results, now).items():
            _insert(warehouse, table, rows)
        return True
    finally:
        warehouse.close()


def iter_statements() -> Iterator[str]:
    """Yield the statements that create the tables, with {database:Identifier} for the database."""
    script = files(__package__).joinpath("tables.sql").read_text("utf-8")
    lines = (line for line in script.splitlines() if not line.startswith("--"))
    yield from (statement.strip() for statement in "\n".join(lines).split(";") if statement.strip())


def _create_tables(warehouse: Warehouse) -> None:
    parameters = {"database": warehouse.database}
    for statement in iter_statements():
        warehouse.write(partial(_command, statement=statement, parameters=parameters))


def _command(client: Any, *, statement: str, parameters: Mapping[str, str]) -> None:
    client.command(statement, parameters=parameters)


def _is_published(warehouse: Warehouse, results: Results) -> bool:
    run = results.run
    parameters = {
        "db": warehouse.database,
        "id": run.id,
        "at": run.started_at,
        "digest": digest_results(results),
    }
    [[count]] = warehouse.query(_FIND_RUN, parameters)
    return int(count) > 0


def _insert(warehouse: Warehouse, table: str, rows: list[Row]) -> None:
    if not rows:
        return
    # As JSON, because the client loads pandas to find out that rows are no data frame: half a second.
    lines = (json.dumps(row, ensure_ascii=False, default=_render_time) for row in rows)
    # Half of a surrogate pair, which a hostile answer may have left in a reason, becomes a question mark.
    block = "\n".join(lines).encode(errors="replace")
    target = ".".join(map(quote_identifier, (warehouse.database, table)))
    warehouse.write(
        lambda client: client.raw_insert(target, column_names=list(rows[0]), insert_block=block, fmt="JSONEachRow")
    )


def _render_time(value: datetime) -> str:
    """Return a time as JSONEachRow takes it for a DateTime64(3, 'UTC')."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
