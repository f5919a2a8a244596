"""The published history of many results on the embedded ClickHouse: what the queries of examples/history cost, and
what a run costs that is published into it.

HISTORY_ROWS is how many results there are (a million if it is not set): 255 scenarios of 50 environments, every five
minutes. Each figure is that of a process of its own, whose memory is its peak; the first look at a cold table counts.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contracts_runner.model.environment import PublishSettings, WarehouseSettings
from contracts_runner.results.lines import parse_results
from contracts_runner.warehouse.client import Warehouse, connect
from contracts_runner.warehouse.history import find_published_runs
from contracts_runner.warehouse.publishing import publish_results

QUERIES = Path(__file__).resolve().parents[1] / "examples" / "history"
SCENARIOS, ENVIRONMENTS, OPERATIONS = 255, 50, 20
SECONDS = 300
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_CHUNK = 5_000_000 // SCENARIOS
ENVIRONMENT = "env7"

_RUN = f"""toDateTime64('2026-01-01 00:00:00', 3, 'UTC') + toIntervalSecond(intDiv(run, {ENVIRONMENTS}) * {SECONDS})
        AS started_at, lower(leftPad(hex(run), 8, '0')) AS run_id, concat('env', toString(run % {ENVIRONMENTS}))
        AS environment"""
_RESULTS = f"""
    INSERT INTO history.contract_results (run_id, started_at, environment, phase, id, subject, rule, outcome, reason,
        figure, duration_ms, was_outcome, published_at)
    WITH intDiv(number, {SCENARIOS}) AS run, number % {SCENARIOS} AS k, cityHash64(run, k) % 3000 AS luck, {_RUN},
        multiIf(luck < 3, 'failed', luck = 3, 'errored', luck < 20, 'known', 'passed') AS outcome
    SELECT run_id, started_at, environment, 'scenarios', concat(toString(intDiv(k, 20) + 1), '.', toString(k % 20 + 1)),
        concat('Scenario number ', toString(k)), '', outcome, if(outcome = 'passed', '', 'status 500 is not 200'), '',
        round(20 + luck / 10, 1), '', started_at
    FROM numbers({{first:UInt64}} * {SCENARIOS}, {{count:UInt64}} * {SCENARIOS})"""
_LATENCY = f"""
    INSERT INTO history.contract_latency (run_id, started_at, environment, operation, count, min, p50, p90, p99, max,
        published_at)
    WITH intDiv(number, {OPERATIONS}) AS run, number % {OPERATIONS} AS k, {_RUN}, cityHash64(run, k) % 100 AS luck
    SELECT run_id, started_at, environment, concat('operation', toString(k)), 12, 10 + luck, 20 + luck, 40 + luck,
        90 + luck, 100 + luck, started_at
    FROM numbers({{first:UInt64}} * {OPERATIONS}, {{count:UInt64}} * {OPERATIONS})"""
_RUNS = f"""
    INSERT INTO history.contract_runs (run_id, started_at, finished_at, environment, base_url, complete, passed, failed,
        requests_sent, published_at)
    WITH number AS run, {_RUN}
    SELECT run_id, started_at, started_at + toIntervalSecond(20), environment, 'http://a.example.com', true, 254, 1,
        300, started_at
    FROM numbers({{first:UInt64}}, {{count:UInt64}})"""


def main() -> None:
    """Fill a history, and print what each look at it costs."""
    runs = int(os.environ.get("HISTORY_ROWS", "1000000")) // SCENARIOS
    with tempfile.TemporaryDirectory(prefix="contracts-history-") as folder:
        filled = _call(folder, "fill", runs)
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / 1024**2
        print(
            f"history: {runs * SCENARIOS} results of {runs} runs, {size:.0f} MiB, written in {filled['seconds']:.0f} s"
        )
        for name in (*sorted(path.stem for path in QUERIES.glob("*.sql")), "since", "publish"):
            cost = _call(folder, name, runs)
            print(f"{name}: {cost['seconds']:.2f} s, {cost['mib']:.0f} MiB, {cost['rows']} rows", flush=True)


def _call(folder: str, name: str, runs: int) -> Mapping[str, float]:
    command = [sys.executable, "-m", "benchmarks.bench_history", folder, name, str(runs)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    cost: Mapping[str, float] = json.loads(done.stdout.splitlines()[-1])
    return cost


def _work(folder: str, name: str, runs: int) -> None:
    settings = WarehouseSettings(dsn=f"chdb://{folder}", database="history")
    end = BEGIN + timedelta(seconds=runs // ENVIRONMENTS * SECONDS)
    works: Mapping[str, Callable[[], int]] = {
        "fill": lambda: _fill(settings, runs),
        "publish": lambda: _publish(settings, end),
        "since": lambda: len(find_published_runs(settings, environment=ENVIRONMENT, run_id="", most=20)),
    }
    work = works.get(name) or _prepare_query(connect(settings), name, end)
    begun = time.perf_counter()
    rows = work()
    seconds = time.perf_counter() - begun
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "mib": mib, "rows": rows}))


def _prepare_query(warehouse: Warehouse, name: str, end: datetime) -> Callable[[], int]:
    """Return what asks a query of a dashboard: the last week, and of days all of them."""
    begin = BEGIN if name in ("days", "unstable") else end - timedelta(days=7)
    text = (QUERIES / f"{name}.sql").read_text(encoding="utf-8").replace(" contract_", " history.contract_")
    for word, filled in {
        "{environment:String}": f"'{ENVIRONMENT}'",
        "{from:DateTime}": f"toDateTime('{begin:%Y-%m-%d %H:%M:%S}', 'UTC')",
        "{to:DateTime}": f"toDateTime('{end:%Y-%m-%d %H:%M:%S}', 'UTC')",
    }.items():
        text = text.replace(word, filled)
    client = warehouse.raw_client
    return lambda: len(client.query(text).result_rows)


def _fill(settings: WarehouseSettings, runs: int) -> int:
    _publish(settings, BEGIN - timedelta(days=1))  # which makes the tables
    client = connect(settings).raw_client
    for first in range(0, runs, _CHUNK):
        part = {"first": first, "count": min(_CHUNK, runs - first)}
        for statement in (_RESULTS, _LATENCY, _RUNS):
            client.command(statement, parameters=part)
    return runs


def _publish(settings: WarehouseSettings, at: datetime) -> int:
    """Publish one run more."""
    counts = {"passed": SCENARIOS, "total": SCENARIOS}
    row = {"contract": "a", "steps": [], "outcome": "passed", "reason": "", "duration_ms": 20.0}
    document = {
        "run": {"id": "ffffffff", "environment": ENVIRONMENT, "complete": True, "started_at": at.isoformat()},
        "totals": {"scenarios": counts, "properties": {}, "warehouse": {}, "requests_sent": 300, "writes_sent": 0},
        "scenarios": [{**row, "id": f"{number}", "title": f"Scenario {number}"} for number in range(SCENARIOS)],
        "ledger": {"lines": 2},
    }
    results = parse_results(json.dumps(document).encode())
    publish_results(results, PublishSettings(target=settings, is_creating=True), now=at)
    return SCENARIOS


if __name__ == "__main__":
    _work(sys.argv[1], sys.argv[2], int(sys.argv[3]))
