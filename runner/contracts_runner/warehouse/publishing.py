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
from contracts_runner.warehouse.history import has_figures
from contracts_runner.warehouse.query import quote_identifier

Row = dict[str, Any]

_FIND_RUN = (
    "SELECT count() FROM {db:Identifier}.contract_runs FINAL\n"
    "WHERE run_id = {id:String} AND started_at = parseDateTime64BestEffort({at:String}, 3, 'UTC')\n"
    "  AND results_sha256 = {digest:String}"
)

_HAS_DAYS = "SELECT count() FROM system.tables WHERE database = {db:String} AND name = 'contract_days'"
_COUNTS = ", ".join(f"countIf(outcome = '{outcome}')" for outcome in Outcome)
# All results of the day, so that one that is published again replaces what it was counted as.
_SUM_DAY = (
    "INSERT INTO {db:Identifier}.contract_days (day, environment, phase, id, subject, rule, runs,\n"
    f"  {', '.join(Outcome)}, duration_ms_sum, duration_ms_count, duration_ms_max, published_at)\n"
    "SELECT toDate(started_at, 'UTC') AS day, environment, phase, id, subject, rule, count(),\n"
    f"  {_COUNTS},\n"
    "  sum(ifNull(duration_ms, 0)), count(duration_ms), max(duration_ms), now64(3, 'UTC')\n"
    "FROM {db:Identifier}.contract_results FINAL\n"
    "WHERE environment = {environment:String}\n"
    "  AND started_at >= toDateTime64({day:String}, 3, 'UTC')\n"
    "  AND started_at < toDateTime64({day:String}, 3, 'UTC') + INTERVAL 1 DAY\n"
    "GROUP BY day, environment, phase, id, subject, rule"
)
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
    resumed) replace the earlier rows, and are counted anew in the sums of the day. Raises WarehouseUnavailable,
    WarehouseQueryError.
    """
    since = None if settings.keep_days is None else now - timedelta(days=settings.keep_days)
    warehouse = connect(settings.target)
    try:
        if settings.is_creating:
            _create_tables(warehouse)
            _limit_age(warehouse, settings.keep_days)
        if _is_published(warehouse, results):
            return False
        dropped = set() if has_figures(warehouse) else {"figure"}
        for table, rows in _build_rows(results, now).items():
            if table == "contract_runs":
                _sum_day(warehouse, results, since)
            _insert(warehouse, table, [{key: row[key] for key in row if key not in dropped} for row in rows])
        return True
    finally:
        warehouse.close()


def _create_tables(warehouse: Warehouse) -> None:
    script = files(__package__).joinpath("publishing.sql").read_text("utf-8")
    text = "\n".join(line for line in script.splitlines() if not line.startswith("--"))
    statements = [*filter(None, map(str.strip, text.split(";")))]
    for statement in statements[:-1] if has_figures(warehouse) else statements:
        warehouse.write(methodcaller("command", statement, parameters={"database": warehouse.database}))


def _is_published(warehouse: Warehouse, results: Results) -> bool:
    run = results.run
    parameters = {"db": warehouse.database, "id": run.id, "at": run.started_at, "digest": _digest(results)}
    [[count]] = warehouse.query(_FIND_RUN, parameters)
    return int(count) > 0


def _limit_age(warehouse: Warehouse, days: int | None) -> None:
    """Let the rows of single runs go when they are that old; None leaves it as it is."""
    for table in () if days is None else _OF_RUNS:
        names = {"db": warehouse.database, "table": table}
        [[is_set]] = warehouse.query(_FIND_TTL, {**names, "ttl": f"toIntervalDay({days})"})
        if not is_set:
            warehouse.write(methodcaller("command", _SET_TTL, parameters={**names, "days": days}))


def _sum_day(warehouse: Warehouse, results: Results, since: datetime | None) -> None:
    """Write the sums of the day of a run, if all of that is there `since`; not where an earlier version has made the
    tables."""
    began = datetime.fromisoformat(results.run.started_at).astimezone(UTC)
    day = began.replace(hour=0, minute=0, second=0, microsecond=0)
    [[has_days]] = warehouse.query(_HAS_DAYS, {"db": warehouse.database})
    if has_days and (since is None or since <= day):
        names = {"db": warehouse.database, "environment": results.run.environment, "day": f"{day:%Y-%m-%d %H:%M:%S}"}
        warehouse.write(methodcaller("command", _SUM_DAY, parameters=names))


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
