"""Publishing: each run is there once, whoever publishes it and however often."""

import copy
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from contracts_runner.model.environment import PublishSettings, WarehouseSettings
from contracts_runner.results.lines import parse_results
from contracts_runner.warehouse import publishing
from contracts_runner.warehouse.client import Warehouse
from contracts_runner.warehouse.errors import WarehouseQueryError, WarehouseUnavailable
from contracts_runner.warehouse.history import find_published_runs
from contracts_runner.warehouse.publishing import publish_results
from helpers.warehouse_desk import Desk

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OUTCOMES = ("passed", "failed", "errored", "known", "fixed", "blocked", "skipped")
TABLES = ("contract_runs", "contract_results", "contract_latency")


def count(**outcomes: int) -> dict[str, int]:
    return {**dict.fromkeys(OUTCOMES, 0), **outcomes, "total": sum(outcomes.values())}


ROW = {"contract": "orders", "steps": []}
RESULTS: Mapping[str, Any] = {
    "ledger": {"lines": 9},
    "run": {
        "id": "0badcafe",
        "environment": "sandbox",
        "base_url": "http://127.0.0.1:1",
        "simulated": True,
        "complete": True,
        "started_at": "2026-11-22T11:00:00.125Z",
        "finished_at": "2026-11-22T11:00:09.500Z",
        "seed": 1,
        "tool_version": "0.1.0",
        "git_commit": None,
        "spec_sha256": "ab" * 32,
        "platform": "Linux",
    },
    "totals": {
        "scenarios": count(passed=1, failed=1),
        "properties": count(passed=1),
        "warehouse": count(passed=1, errored=1),
        "requests_sent": 7,
        "writes_sent": 2,
    },
    "scenarios": [
        {**ROW, "id": "1.1", "title": "List", "outcome": "passed", "reason": "", "duration_ms": 12.5},
        {**ROW, "id": "1.2", "title": "Añadir «ü»", "outcome": "failed", "reason": "status 500", "duration_ms": None},
    ],
    "properties": [{"id": "p1", "operation": "list", "check": "status", "outcome": "passed", "reason": ""}],
    "warehouse": {
        "checks": [
            {"id": "W.1", "table": "orders", "check": "exists", "outcome": "passed", "message": ""},
            {"id": "W.2", "table": "orders", "check": "unique", "outcome": "errored", "message": "no answer in time"},
        ]
    },
    "latency": [{"operation": "list", "count": 2, "min": 1.5, "p50": 1.5, "p90": 2.0, "p99": 2.0, "max": 2.0}],
}


@pytest.fixture(params=["embedded", "server"])
def target(request: pytest.FixtureRequest, desk: Desk) -> Iterator[WarehouseSettings]:
    """Give a database without tables, inside of this process and behind a real HTTP server."""
    if request.param == "embedded":
        yield WarehouseSettings(dsn="chdb://memory", database=desk.database)
        return
    bridge = pytest.importorskip(
        "helpers.clickhouse_bridge", reason="the test server passes queries to the embedded ClickHouse"
    )
    server = bridge.Bridge(users={"publisher": "sesame"})
    yield WarehouseSettings(dsn=server.dsn("publisher"), database=desk.database)
    server.stop()


def publish(
    target: WarehouseSettings,
    results: Mapping[str, Any] = RESULTS,
    *,
    create: bool = True,
    later: int = 0,
    keep: int | None = None,
) -> bool:
    settings = PublishSettings(target=target, is_creating=create, keep_days=keep)
    return publish_results(parse_results(json.dumps(results).encode()), settings, now=NOW + timedelta(seconds=later))


def find_rows(engine: Warehouse, target: WarehouseSettings, columns: str, table: str) -> list[tuple[Any, ...]]:
    return engine.query(f"SELECT {columns} FROM {target.database}.{table} FINAL ORDER BY ALL")


def count_stored(engine: Warehouse, target: WarehouseSettings) -> list[int]:
    return [engine.query(f"SELECT count() FROM {target.database}.{table}")[0][0] for table in TABLES]


def test_a_run_is_one_row_with_its_counts(engine: Warehouse, target: WarehouseSettings) -> None:
    publish(target)

    columns = "run_id, toString(started_at), environment, simulated, passed, failed, errored, requests_sent, git_commit"
    assert find_rows(engine, target, columns, "contract_runs") == [
        ("0badcafe", "2026-11-22 11:00:00.125", "sandbox", True, 3, 1, 1, 7, "")
    ]


def test_every_outcome_is_a_row(engine: Warehouse, target: WarehouseSettings) -> None:
    publish(target)

    columns = "phase, id, subject, rule, outcome, reason, duration_ms"
    assert find_rows(engine, target, columns, "contract_results") == [
        ("properties", "p1", "list", "status", "passed", "", None),
        ("scenarios", "1.1", "List", "", "passed", "", 12.5),
        ("scenarios", "1.2", "Añadir «ü»", "", "failed", "status 500", None),
        ("warehouse", "W.1", "orders", "exists", "passed", "", None),
        ("warehouse", "W.2", "orders", "unique", "errored", "no answer in time", None),
    ]


def test_half_a_surrogate_pair_in_a_reason_is_no_reason_to_fail(engine: Warehouse, target: WarehouseSettings) -> None:
    scenarios = [{**RESULTS["scenarios"][1], "reason": "an \ud83d and\n\t\0 \\ 'x' \"y\""}]

    publish(target, {**RESULTS, "scenarios": scenarios})

    [(reason,)] = engine.query(f"SELECT reason FROM {target.database}.contract_results FINAL WHERE id = '1.2'")
    assert reason == "an ? and\n\t\0 \\ 'x' \"y\""


def test_the_next_run_is_told_what_the_last_complete_ones_have_found(target: WarehouseSettings) -> None:
    def find(environment: str = "sandbox", run_id: str = "") -> list[tuple[str, str]]:
        runs = find_published_runs(target, environment=environment, run_id=run_id, most=2)
        assert all(("scenarios", "1.2", "failed") in run.rows and len(run.rows) == 5 for run in runs)
        return sorted((run.id, run.started_at) for run in runs)

    before_there_are_tables = find()
    for day, complete in ((20, True), (21, True), (22, True), (23, False)):
        run = {**RESULTS["run"], "id": f"run{day}", "started_at": f"2026-11-{day}T11:00:00.125Z", "complete": complete}
        publish(target, {**RESULTS, "run": run})

    assert before_there_are_tables == []
    assert find() == [("run21", "2026-11-21T11:00:00.125Z"), ("run22", "2026-11-22T11:00:00.125Z")]
    assert [run for run, _ in find(run_id="run22")] == ["run20", "run21"]
    assert find("prod") == []


def test_latency_is_a_row_for_each_operation(engine: Warehouse, target: WarehouseSettings) -> None:
    publish(target)

    assert find_rows(engine, target, "operation, count, p50, max", "contract_latency") == [("list", 2, 1.5, 2.0)]


def test_the_same_run_is_written_once(engine: Warehouse, target: WarehouseSettings) -> None:
    first = publish(target)
    before = count_stored(engine, target)

    second = publish(target, json.loads(json.dumps(RESULTS)), later=60)

    assert (first, second) == (True, False)
    assert count_stored(engine, target) == before == [1, 5, 1]


def test_a_run_that_was_resumed_replaces_its_rows(engine: Warehouse, target: WarehouseSettings) -> None:
    unfinished = copy.deepcopy(dict(RESULTS))
    unfinished["run"] |= {"complete": False, "finished_at": None}
    unfinished["scenarios"][1] |= {"outcome": "errored"}
    publish(target, unfinished)

    publish(target, later=60)

    assert find_rows(engine, target, "run_id, complete", "contract_runs") == [("0badcafe", True)]
    outcomes = find_rows(engine, target, "id, outcome", "contract_results")
    assert outcomes[:2] == [("1.1", "passed"), ("1.2", "failed")]


def sum_days(engine: Warehouse, target: WarehouseSettings) -> list[tuple[Any, ...]]:
    columns = "toString(day), environment, id, runs, passed, failed, errored, duration_ms_sum, duration_ms_max"
    return [row for row in find_rows(engine, target, columns, "contract_days") if row[2] in ("1.2", "W.2")]


def test_the_results_of_a_day_are_summed(engine: Warehouse, target: WarehouseSettings) -> None:
    def publish_at(time: str, environment: str = "sandbox", **scenario: Any) -> None:
        run = {**RESULTS["run"], "id": time, "started_at": time, "environment": environment}
        scenarios = [{**RESULTS["scenarios"][1], **scenario}]
        publish(target, {**RESULTS, "run": run, "scenarios": scenarios})

    publish_at("2026-11-22T00:00:00.000Z", outcome="passed", duration_ms=5.0)
    publish_at("2026-11-22T23:59:59.999Z", duration_ms=7.0)
    publish_at("2026-11-23T00:00:00.000Z")
    publish_at("2026-11-22T12:00:00.000Z", "prod")

    assert sum_days(engine, target) == [
        ("2026-11-22", "prod", "1.2", 1, 0, 1, 0, 0.0, None),
        ("2026-11-22", "prod", "W.2", 1, 0, 0, 1, 0.0, None),
        ("2026-11-22", "sandbox", "1.2", 2, 1, 1, 0, 12.0, 7.0),
        ("2026-11-22", "sandbox", "W.2", 2, 0, 0, 2, 0.0, None),
        ("2026-11-23", "sandbox", "1.2", 1, 0, 1, 0, 0.0, None),
        ("2026-11-23", "sandbox", "W.2", 1, 0, 0, 1, 0.0, None),
    ]


def test_a_run_that_was_resumed_counts_once_in_its_day(engine: Warehouse, target: WarehouseSettings) -> None:
    unfinished = copy.deepcopy(dict(RESULTS))
    unfinished["scenarios"][1] |= {"outcome": "errored"}
    publish(target, unfinished)
    publish(target, later=60)

    assert sum_days(engine, target)[0] == ("2026-11-22", "sandbox", "1.2", 1, 0, 1, 0, 0.0, None)


def test_a_run_counts_once_however_its_publishing_broke_off(engine: Warehouse, target: WarehouseSettings) -> None:
    def change(outcome: str, milliseconds: float | None) -> dict[str, Any]:
        return {**RESULTS, "scenarios": [{**RESULTS["scenarios"][1], "outcome": outcome, "duration_ms": milliseconds}]}

    publish(target, change("errored", 9.0))
    for later, outcome in enumerate(("failed", "known", "passed"), start=1):
        engine.raw_client.command(f"DROP TABLE {target.database}.contract_latency SYNC")
        with pytest.raises(WarehouseQueryError, match="contract_latency"):
            publish(target, change(outcome, 5.0), create=False, later=later)
        publish(target, change(outcome, 5.0), later=later)
        engine.raw_client.command(f"TRUNCATE TABLE {target.database}.contract_runs")
    publish(target, change("passed", 5.0), later=9)

    assert sum_days(engine, target) == [
        ("2026-11-22", "sandbox", "1.2", 1, 1, 0, 0, 5.0, 9.0),
        ("2026-11-22", "sandbox", "W.2", 1, 0, 0, 1, 0.0, None),
    ]


@pytest.mark.thorough
def test_the_sums_of_days_are_those_of_their_results(engine: Warehouse, target: WarehouseSettings) -> None:
    random = Random(7)
    for later in range(20):
        name = str(random.randrange(6))
        run = {**RESULTS["run"], "id": name, "started_at": f"2026-11-2{int(name) % 3}T11:00:00Z"}
        drawn = {"outcome": random.choice(OUTCOMES), "duration_ms": random.choice((None, 1.5, 4.0))}
        rows = [{**row, **drawn} for row in RESULTS["scenarios"][: random.randrange(3)]]
        publish(target, {**RESULTS, "run": run, "scenarios": rows}, later=later)

    keys = "day, phase, id, subject"
    counts = ", ".join(f"countIf(outcome = '{outcome}')" for outcome in OUTCOMES)
    recounted = engine.query(
        f"SELECT toDate(started_at, 'UTC') AS day, phase, id, subject, count(), {counts}, sum(ifNull(duration_ms, 0)),"
        f" count(duration_ms) FROM {target.database}.contract_results FINAL GROUP BY {keys} ORDER BY {keys}"
    )
    columns = f"{keys}, runs, {', '.join(OUTCOMES)}, duration_ms_sum, duration_ms_count"
    assert find_rows(engine, target, columns, "contract_days") == recounted != []


def test_rows_of_single_runs_go_in_time_and_the_sums_of_days_stay(engine: Warehouse, target: WarehouseSettings) -> None:
    old = {**RESULTS["run"], "id": "old", "started_at": "2020-01-01T00:00:00.000Z"}
    tables = {**dict.fromkeys(TABLES, "started_at"), "contract_days": "day"}

    def count_old() -> list[int]:
        found = []
        for table, column in tables.items():
            if table in ("contract_results", "contract_latency"):
                apply = f"ALTER TABLE {target.database}.{table} MATERIALIZE TTL SETTINGS mutations_sync = 2"
                engine.raw_client.command(apply)  # what a server does by and by
            where = f"WHERE toYear({column}) = 2020"
            found += engine.query(f"SELECT count() FROM {target.database}.{table} FINAL {where}")[0]
        return found

    publish(target, keep=7)
    publish(target, {**RESULTS, "run": old}, keep=18_250)
    assert count_old() == [1, 5, 1, 5]

    publish(target, {**RESULTS, "run": {**RESULTS["run"], "id": "new"}}, keep=30)
    assert count_old() == [1, 0, 0, 5]

    publish(target, {**RESULTS, "run": {**old, "id": "late"}, "scenarios": []}, keep=30)
    assert count_old()[-1] == 5
    # What it replaces is gone, and stays counted.
    publish(target, {**RESULTS, "run": old, "scenarios": []}, keep=30)
    assert engine.query(f"SELECT max(runs) FROM {target.database}.contract_days FINAL WHERE toYear(day) = 2020") == [
        (2,)
    ]


def test_tables_of_an_earlier_version_have_no_days(engine: Warehouse, target: WarehouseSettings) -> None:
    publish(target)
    for dropped in ("VIEW {}.contract_days_feed", "TABLE {}.contract_days"):
        engine.raw_client.command(f"DROP {dropped.format(target.database)} SYNC")
    table = f"{target.database}.contract_results"
    engine.raw_client.command(f"ALTER TABLE {table} DROP COLUMN was_outcome, DROP COLUMN was_duration_ms")

    publish(target, {**RESULTS, "run": {**RESULTS["run"], "id": "second"}}, create=False)

    assert len(find_rows(engine, target, "run_id", "contract_runs")) == 2

    # What was never counted is not taken away.
    publish(target, {**RESULTS, "scenarios": [{**RESULTS["scenarios"][1], "outcome": "passed"}]}, later=60)
    assert sum_days(engine, target)[0] == ("2026-11-22", "sandbox", "1.2", 1, 1, 0, 0, 0.0, None)


def test_many_rows_go_in_several_batches(
    engine: Warehouse, target: WarehouseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "_BATCH", 2)

    publish(target)

    assert count_stored(engine, target) == [1, 5, 1]


def test_two_runs_with_one_id_are_two_runs(engine: Warehouse, target: WarehouseSettings) -> None:
    other = copy.deepcopy(dict(RESULTS))
    other["run"]["started_at"] = "2026-11-23T11:00:00Z"
    publish(target)

    publish(target, other)

    assert len(find_rows(engine, target, "run_id", "contract_runs")) == 2


def test_an_empty_run_has_a_row(engine: Warehouse, target: WarehouseSettings) -> None:
    empty = {**RESULTS, "scenarios": [], "properties": [], "latency": [], "warehouse": {"checks": []}}

    publish(target, empty)

    assert count_stored(engine, target) == [1, 0, 0]


def test_without_create_missing_tables_are_an_error(target: WarehouseSettings) -> None:
    with pytest.raises(WarehouseQueryError, match="contract_runs"):
        publish(target, create=False)


def test_a_database_that_is_not_there_is_created(engine: Warehouse, target: WarehouseSettings) -> None:
    other = WarehouseSettings(dsn=target.dsn, database=f"{target.database}_history")

    publish(other)

    assert count_stored(engine, other) == [1, 5, 1]
    engine.raw_client.command(f"DROP DATABASE {other.database} SYNC")


def test_a_refused_account_says_so() -> None:
    bridge = pytest.importorskip(
        "helpers.clickhouse_bridge", reason="the test server passes queries to the embedded ClickHouse"
    )
    server = bridge.Bridge(users={"publisher": "sesame"})

    with pytest.raises(WarehouseUnavailable, match="does not accept the account"):
        publish(WarehouseSettings(dsn=server.dsn("publisher", "wrong")))
    server.stop()


def test_figures_go_into_tables_of_an_earlier_version_too(target: WarehouseSettings, engine: Warehouse) -> None:
    checks = [{**RESULTS["warehouse"]["checks"][0], "figure": "12.5"}]
    results = {**RESULTS, "warehouse": {"checks": checks}}
    publish(target)
    engine.raw_client.command(f"ALTER TABLE {target.database}.contract_results DROP COLUMN figure")

    publish(target, {**results, "ledger": {"lines": 8}}, create=False, later=1)
    publish(target, results, later=2)

    [(figure,)] = engine.query(f"SELECT figure FROM {target.database}.contract_results FINAL WHERE id = 'W.1'")
    assert figure == "12.5"
