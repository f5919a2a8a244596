"""Reconcile a table of a million rows with 100,000 and with 1,000,000 keys of an API, in the embedded ClickHouse.

The target: 100,000 keys against a million rows in under three seconds of query time on two cores, and memory bounded by
the chunk of 100,000 keys. Query time is what passes between sending a SELECT and having its rows; the rest of the total
is Python's own work on the items.
"""

import resource
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from contracts_runner.errors import SourceLocation
from contracts_runner.model.environment import RedactionMode, WarehouseSettings
from contracts_runner.model.json import Json
from contracts_runner.model.warehouse import TableCheck, WarehouseContract
from contracts_runner.model.warehouse_kinds import Asks, Reconcile
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import Event, WarehouseCheckFinished
from contracts_runner.warehouse.client import Warehouse, connect
from contracts_runner.warehouse.warehouse_phase import WarehousePhase

ROWS = 1_000_000
LOCATION = SourceLocation("benchmarks/bench_warehouse.py", 1)
SETTINGS = WarehouseSettings(dsn="chdb://memory", database="bench")
TABLE = (
    "CREATE DATABASE bench",
    "CREATE TABLE bench.orders (id String, price Decimal(18, 2), sale_ts DateTime, _ver UInt64)"
    " ENGINE = ReplacingMergeTree(_ver) ORDER BY id",
    # Every tenth row in two versions, so that FINAL has something to do.
    f"INSERT INTO bench.orders SELECT toString(number), number / 100, toDateTime(1750000000 + number), 1"
    f" FROM numbers({ROWS})",
    f"INSERT INTO bench.orders SELECT toString(number * 10), number / 10, toDateTime(1750000000 + number * 10), 2"
    f" FROM numbers({ROWS // 10})",
)
KIND = Reconcile(
    asks=Asks(operation="listOrders", rows="$.data[*]"), key="$.id", column="id", compare={"price": "$.price"}
)


class Orders:
    """An API of so many orders, every thousandth of which is missing from the table."""

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

        def query(warehouse: Warehouse, sql: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
            started = time.perf_counter()
            try:
                return self._query(warehouse, sql, parameters)
            finally:
                self.seconds += time.perf_counter() - started
                self.queries += 1

        Warehouse.query = query  # type: ignore[method-assign]  # a benchmark has no other place to look from


def measure(keys: int, measured: QueryTime) -> dict[str, float | int | str]:
    """Return the figures of one reconciliation of so many keys."""
    check = TableCheck(kind=KIND, word="reconcile", table="orders", written={"reconcile": {}}, location=LOCATION)
    contract = WarehouseContract(spec="shop", tables=("orders",), checks=(check,), snapshots=(), location=LOCATION)
    events: list[Event] = []
    measured.seconds, measured.queries = 0.0, 0
    started = time.perf_counter()
    redactor = Redactor(mode=RedactionMode.FULL, secrets={}, key=b"")
    with WarehousePhase(SETTINGS, [contract], redactor=redactor, clock=lambda: datetime.now(UTC)) as phase:
        phase.verify(events.append, {"shop": Orders(keys)})
    elapsed = time.perf_counter() - started
    [row] = [event.row for event in events if isinstance(event, WarehouseCheckFinished)]
    actual = row.actual
    assert actual["missing"] == keys // 1000, row
    return {
        "keys": keys,
        "query_seconds": round(measured.seconds, 2),
        "total_seconds": round(elapsed, 2),
        "queries": measured.queries,
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "missing": actual["missing"],
        "extra": actual["extra"],
    }


def main() -> None:
    """Print one line of figures for each number of keys."""
    keeper = connect(SETTINGS)
    for statement in TABLE:
        keeper.raw_client.command(statement)
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"table of {ROWS} rows; peak RSS before: {rss} MiB")
    measured = QueryTime()
    measured.install()
    for keys in (100_000, 100_000, 1_000_000):
        print(", ".join(f"{name}={value}" for name, value in measure(keys, measured).items()))
    keeper.close()


if __name__ == "__main__":
    main()
