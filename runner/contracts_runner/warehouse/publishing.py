"""Publishing: the results of a run as rows of the tables in publishing.sql, for dashboards over many runs and machines.

The only place of the framework that writes into a ClickHouse.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from operator import methodcaller
from typing import Any

from msgspec import structs

from contracts_runner.model.environment import PublishSettings
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.results.lines import results_as_json
from contracts_runner.results.results import Results
from contracts_runner.results.rows import QUARANTINED, WarehouseRow
from contracts_runner.warehouse.client import Warehouse, connect
from contracts_runner.warehouse.query import quote_identifier

Row = dict[str, Any]

_OF_RUN = "run_id = {id:String} AND started_at = parseDateTime64BestEffort({at:String}, 3, 'UTC')"
_FIND_RUN = f"SELECT toString(results_sha256) FROM {{db:Identifier}}.contract_runs FINAL WHERE {_OF_RUN}"
# All of them are counted in the sums of their day.
_FIND_RESULTS = (
    "SELECT phase, id, subject, outcome, duration_ms FROM {db:Identifier}.contract_results FINAL\n"
    f"WHERE {_OF_RUN} AND was_outcome != '-'"
)
_FIND_COLUMNS = "SELECT name FROM system.columns WHERE database = {db:String} AND table = 'contract_results'"
# Those that an earlier version did not have.
_NEW_COLUMNS = ("figure", "was_outcome", "was_duration_ms")
# Tables whose rows are of single runs, of which there are many.
_OF_RUNS = ("contract_results", "contract_latency")
_FIND_TTL = (
    "SELECT count() FROM system.tables\n"
    "WHERE database = {db:String} AND name = {table:String} AND position(engine_full, {ttl:String}) > 0"
)
_SET_TTL = (
    "ALTER TABLE {db:Identifier}.{table:Identifier}\nMODIFY TTL toDateTime(started_at) + toIntervalDay({days:UInt32})"
)
# Rows that are sent at once.
_BATCH = 20_000


def publish_results(results: Results, settings: PublishSettings, *, now: datetime) -> bool:
    """Write results.json into the tables of a server, by an account that may insert there; True if anything was
    written.

    The same results of the same run are written once, however often this is called; changed ones (a run that was
    resumed) replace the earlier rows, also in the sums of the day. Raises WarehouseUnavailable, WarehouseQueryError.
    """
    warehouse = connect(settings.target)
    try:
        if settings.is_creating:
            _create_tables(warehouse)
            _limit_age(warehouse, settings.keep_days)
        published = _find_published(warehouse, results)
        if published == _digest(results):
            return False
        tables, missing = _build_rows(results, now), _find_missing(warehouse)
        if published and _is_gone(results, settings, now):
            tables["contract_results"] = []  # what they replace is gone, but stays counted
        elif "was_outcome" not in missing:
            tables["contract_results"] = _add_replaced(warehouse, results, tables["contract_results"])
        for table, rows in tables.items():
            _insert(warehouse, table, [{key: row[key] for key in row if key not in missing} for row in rows])
        return True
    finally:
        warehouse.close()


def _create_tables(warehouse: Warehouse) -> None:
    script = files(__package__).joinpath("publishing.sql").read_text("utf-8")
    text = "\n".join(line for line in script.splitlines() if not line.startswith("--"))
    for statement in filter(None, map(str.strip, text.split(";"))):
        if statement.startswith("ALTER") and not _find_missing(warehouse):
            continue  # which an account that may create nothing may not do either
        warehouse.write(methodcaller("command", statement, parameters={"database": warehouse.database}))


def _find_published(warehouse: Warehouse, results: Results) -> str:
    """Return the digest of the results of the run that are there whole, "" for none."""
    parameters = {"db": warehouse.database, "id": results.run.id, "at": results.run.started_at}
    found = warehouse.query(_FIND_RUN, parameters)
    return str(found[0][0]) if found else ""


def _find_missing(warehouse: Warehouse) -> set[str]:
    """Return the columns that tables of an earlier version do not have."""
    return {*_NEW_COLUMNS} - {name for (name,) in warehouse.query(_FIND_COLUMNS, {"db": warehouse.database})}


def _is_gone(results: Results, settings: PublishSettings, now: datetime) -> bool:
    """Tell whether the server may have let the rows of the run go."""
    days = settings.keep_days
    return days is not None and datetime.fromisoformat(results.run.started_at) < now - timedelta(days=days)


def _limit_age(warehouse: Warehouse, days: int | None) -> None:
    """Let the rows of single runs go when they are that old; None leaves it as it is."""
    for table in () if days is None else _OF_RUNS:
        names = {"db": warehouse.database, "table": table}
        [[is_set]] = warehouse.query(_FIND_TTL, {**names, "ttl": f"toIntervalDay({days})"})
        if not is_set:
            warehouse.write(methodcaller("command", _SET_TTL, parameters={**names, "days": days}))


def _add_replaced(warehouse: Warehouse, results: Results, rows: list[Row]) -> list[Row]:
    """Return rows of results with what each of them was when it was last written, which may have broken off."""
    parameters = {"db": warehouse.database, "id": results.run.id, "at": results.run.started_at}
    before = {tuple(row[:3]): row[3:] for row in warehouse.query(_FIND_RESULTS, parameters)}
    for row in rows:
        outcome, duration = before.get((row["phase"], row["id"], row["subject"]), ("", None))
        row |= {"was_outcome": outcome, "was_duration_ms": duration}
    return rows


def _insert(warehouse: Warehouse, table: str, rows: list[Row]) -> None:
    for begin in range(0, len(rows), _BATCH):
        _insert_batch(warehouse, table, rows[begin : begin + _BATCH])


def _insert_batch(warehouse: Warehouse, table: str, rows: list[Row]) -> None:
    # As JSON, because the client loads pandas to find out that rows are not a data frame: half a second.
    lines = (json.dumps(row, ensure_ascii=False, default=_render_time) for row in rows)
    # Half of a surrogate pair, which a hostile answer may have left in a reason, becomes a question mark.
    block = "\n".join(lines).encode(errors="replace")
    target = ".".join(map(quote_identifier, (warehouse.database, table)))
    warehouse.write(
        methodcaller("raw_insert", target, column_names=list(rows[0]), insert_block=block, fmt="JSONEachRow")
    )


def _render_time(value: datetime) -> str:
    """Return a time as JSONEachRow takes it for a DateTime64(3, 'UTC')."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _digest(results: Results) -> str:
    """Return the SHA-256 (hex) of results.json, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(results_as_json(results), sort_keys=True).encode()).hexdigest()


def _build_rows(results: Results, published_at: datetime) -> dict[str, list[Row]]:
    """Return table -> rows; the table of runs comes last, so that a run in it is complete in the others."""
    run = results.run
    started_at = datetime.fromisoformat(run.started_at)
    head = {"run_id": run.id, "started_at": started_at, "environment": run.environment}
    tail = {"published_at": published_at}
    return {
        "contract_results": [{**head, **row, **tail} for row in _iter_results(results)],
        "contract_latency": [{**head, **structs.asdict(row), **tail} for row in results.latency],
        "contract_runs": [{**head, **_build_run(results), **tail}],
    }


def _build_run(results: Results) -> Row:
    run, totals = results.run, results.totals
    return {
        "finished_at": datetime.fromisoformat(run.finished_at) if run.finished_at else None,
        "base_url": run.base_url,
        "simulated": run.simulated,
        "complete": run.complete,
        **{outcome.value: sum(totals[phase][outcome] for phase in Phase) for outcome in Outcome},
        "requests_sent": totals.requests_sent,
        "writes_sent": totals.writes_sent,
        "seed": run.seed or 0,
        **{key: getattr(run, key) or "" for key in ("tool_version", "git_commit", "spec_sha256", "platform")},
        "results_sha256": _digest(results),
    }


def _iter_results(results: Results) -> Iterator[Row]:
    for scenario in results.scenarios:
        row = _build_result(
            Phase.SCENARIOS,
            scenario.id,
            scenario.title,
            scenario.outcome,
            f"{QUARANTINED}: {scenario.reason}" if scenario.quarantine else scenario.reason,
        )
        yield {**row, "duration_ms": scenario.duration_ms}
    for found in results.properties:
        yield _build_result(Phase.PROPERTIES, found.id, found.operation, found.outcome, found.reason, found.check)
    for check in results.warehouse.checks:
        row = _build_result(Phase.WAREHOUSE, check.id, check.table, check.outcome, _explain(check), check.check)
        yield {**row, "figure": check.figure or ""}


def _explain(check: WarehouseRow) -> str:
    """Return the message; that a failure fails nothing stands before it, for the tables have no column for that."""
    return f"{check.severity}: {check.message}" if check.is_warning else check.message


def _build_result(phase: Phase, identifier: str, subject: str, outcome: Outcome, reason: str, rule: str = "") -> Row:
    return {
        "phase": phase,
        "id": identifier,
        "subject": subject,
        "rule": rule,
        "outcome": outcome,
        "reason": reason,
        "figure": "",
        "duration_ms": None,
    }
