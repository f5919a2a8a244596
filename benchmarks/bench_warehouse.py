"""Reconcile tables of 100,000 and of 1,000,000 rows, or as many as the arguments say, with as many items of an API.

ClickHouse is the embedded engine behind HTTP in a process of its own, so that the memory is that of the tool alone.
Query time is what passes between sending a SELECT and having its rows; the rest is Python's own work on the items. The
target: rows per second do not fall, and memory does not grow, with the number of items.
"""

import importlib
import multiprocessing
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from contracts_runner.errors import SourceLocation
from contracts_runner.model.environment import RedactionMode, WarehouseSettings
from contracts_runner.model.json import Json
from contracts_runner.model.warehouse import TableCheck, WarehouseContract
from contracts_runner.model.warehouse_kinds import Asks, Reconcile
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import Event, WarehouseCheckFinished
from contracts_runner.warehouse.client import Warehouse
from contracts_runner.warehouse.warehouse_phase import WarehousePhase

HELPERS = Path(__file__).parent.parent / "tests"
USER = {"reader": "sesame"}
LOCATION = SourceLocation("benchmarks/bench_warehouse.py", 1)
TABLE = (
    "CREATE DATABASE bench",
    "CREATE TABLE bench.orders (id String, price Decimal(18, 2), sale_ts DateTime, _ver UInt64)"
    " ENGINE = ReplacingMergeTree(_ver) ORDER BY id",
    # Every tenth row in two versions, so that FINAL has something to do.
    "INSERT INTO bench.orders SELECT toString(number), toDecimal64(number, 2) / 100, toDateTime(1750000000), 1"
    " FROM numbers({rows})",
    "INSERT INTO bench.orders SELECT toString(number * 10), toDecimal64(number, 2) / 10, toDateTime(1750000000), 2"
    " FROM numbers({rows} / 10)",
)
KIND = Reconcile(
    asks=Asks(operation="listOrders", rows="$.data[*]"), key=("$.id",), column=("id",), compare={"price": "$.price"}
)


class Orders:
    """An API of so many orders, every thousandth of which is missing from the table."""

    evidence = None  # nothing is sent

    def __init__(self, count: int) -> None:
        self.count = count

    def iter_items(self, asks: Asks) -> Iterator[Json]:  # noqa: ARG002 - the signature of PageSource
        """Yield the items without asking anybody."""
        for number in range(self.count):
            yield {"id": number if number % 1000 else -number - 1, "price": f"{number / 100:.2f}"}


class QueryTime:
    """Adds up the seconds that `Warehouse.query` takes."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.queries = 0
        self._query = Warehouse.query

    def install(self) -> None:
        """Measure every query from now on."""

        def query(warehouse: Warehouse, *arguments: Any, **options: Any) -> list[tuple[Any, ...]]:
            started = time.perf_counter()
            try:
                return self._query(warehouse, *arguments, **options)
            finally:
                self.seconds += time.perf_counter() - started
                self.queries += 1

        Warehouse.query = query  # type: ignore[assignment,method-assign]  # a benchmark has no other place to look from


def serve(rows: int, pipe: Connection) -> None:
    """Serve a table of so many rows until the other side hangs up; send the DSN first."""
    sys.path.insert(0, str(HELPERS))
    from contracts_runner.warehouse.client import connect

    # Here and no earlier: the engine is no part of the measuring process.
    build_bridge = importlib.import_module("helpers.clickhouse_bridge").Bridge
    keeper = connect(WarehouseSettings(dsn="chdb://memory"))
    for statement in TABLE:
        keeper.raw_client.command(statement.format(rows=rows))
    bridge = build_bridge(users=USER)
    pipe.send(bridge.dsn(*next(iter(USER.items()))))
    pipe.poll(None)
    bridge.stop()
    keeper.close()


def measure(keys: int, dsn: str, pipe: Connection) -> None:
    """Send the figures of one reconciliation of so many keys."""
    check = TableCheck(kind=KIND, word="reconcile", table="orders", written={"reconcile": {}}, location=LOCATION)
    contract = WarehouseContract(spec="shop", tables={"orders": None}, checks=(check,), snapshots=(), location=LOCATION)
    settings = WarehouseSettings(dsn=dsn, database="bench")
    redactor = Redactor(mode=RedactionMode.FULL, secrets={}, key=b"")
    events: list[Event] = []
    measured = QueryTime()
    measured.install()
    with WarehousePhase(settings, [contract], redactor=redactor, clock=lambda: datetime.now(UTC)) as phase:
        phase.probe()  # everything is imported, so that what follows is the reconciliation
        before, started, worked = _find_peak(), time.perf_counter(), time.process_time()
        measured.seconds, measured.queries = 0.0, 0
        phase.verify(events.append, {"shop": Orders(keys)})
        elapsed, cpu = time.perf_counter() - started, time.process_time() - worked
    [row] = [event.row for event in events if isinstance(event, WarehouseCheckFinished)]
    actual: Any = row.actual
    assert actual, row
    assert actual["missing"] == actual["extra"] == -(-keys // 1000), row
    assert not actual["differing"], row
    pipe.send(
        {
            "keys": keys,
            "rows_per_second": round(keys / elapsed),
            "total_seconds": round(elapsed, 1),
            "cpu_seconds": round(cpu, 1),
            "query_seconds": round(measured.seconds, 1),
            "queries": measured.queries,
            "mib_before": before,
            "mib_more": _find_peak() - before,
        }
    )


def _find_peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main(counts: Sequence[int] = ()) -> None:
    """Print one line of figures for each number of keys; each is measured in a process of its own."""
    for keys in counts or [100_000, 1_000_000]:
        spawn = multiprocessing.get_context("spawn")
        here, there = spawn.Pipe()
        server = spawn.Process(target=serve, args=(keys, there), daemon=True)
        server.start()
        client_here, client_there = spawn.Pipe()
        client = spawn.Process(target=measure, args=(keys, here.recv(), client_there))
        client.start()
        client_there.close()  # else nobody notices that the other process has ended
        print(", ".join(f"{name}={value}" for name, value in client_here.recv().items()), flush=True)
        client.join()
        here.send("end")
        server.join()


if __name__ == "__main__":
    main([int(count) for count in sys.argv[1:]])
