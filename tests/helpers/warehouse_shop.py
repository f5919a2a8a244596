"""A small shop: its warehouse without a fault, its API, and a contract with every kind of check."""

from typing import Any

from helpers.warehouse_desk import make_warehouse_check

TABLES = (
    """CREATE TABLE DB.events (id String, name String, starts Nullable(Date), _ver UInt64)
    ENGINE = ReplacingMergeTree(_ver) ORDER BY id""",
    """CREATE TABLE DB.orders (
        order_id String, event_id String, city LowCardinality(String), email_hash String, payload String,
        sale_ts DateTime, tickets UInt32, revenue Float64, currency LowCardinality(String), note Nullable(String),
        _ver UInt64, _key String)
    ENGINE = ReplacingMergeTree(_ver) ORDER BY _key""",
    """CREATE TABLE DB.daily (day Date, event_id String, revenue Decimal(18, 2), _ver UInt64)
    ENGINE = ReplacingMergeTree(_ver) ORDER BY (event_id, day)""",
    """CREATE TABLE DB.jobs (job LowCardinality(String), run_id UUID DEFAULT generateUUIDv4(),
        started_at DateTime('UTC'), finished_at DateTime('UTC'), status LowCardinality(String))
    ENGINE = MergeTree ORDER BY (job, started_at)""",
    """CREATE VIEW DB.by_day AS SELECT toDate(sale_ts) AS day, event_id, sum(revenue) AS revenue
    FROM DB.orders FINAL GROUP BY day, event_id""",
)
HASH = "a" * 64
# Now is 2026-11-20 12:00 UTC, 15:00 in Moscow; the tables show the wall clock of Moscow.
ORDERS = "INSERT INTO DB.orders VALUES "
ROWS = (
    f"('1', '10', 'msk', '{HASH}', '{{}}', '2026-11-20 00:30:00', 2, 0.3, 'RUB', NULL, 1, 'k1')",
    f"('2', '10', 'spb', '{HASH}', '{{}}', '2026-11-20 13:00:00', 1, 700, 'RUB', NULL, 1, 'k2')",
    f"('3', '11', 'spb', '{HASH}', '{{}}', '2026-11-19 23:30:00', 3, 2500.5, 'RUB', NULL, 1, 'k3')",
)
CLEAN = (
    "INSERT INTO DB.events VALUES ('10', 'Swan Lake', '2026-12-01', 1), ('11', 'Carmen', NULL, 1)",
    ORDERS + ", ".join(ROWS),
    "INSERT INTO DB.daily VALUES ('2026-11-20', '10', 700.3, 1), ('2026-11-19', '11', 2500.5, 1)",
    """INSERT INTO DB.jobs (job, started_at, finished_at, status) VALUES
    ('load', '2026-11-19 02:00:00', '2026-11-19 02:10:00', 'error'),
    ('load', '2026-11-20 02:00:00', '2026-11-20 02:10:00', 'ok')""",
)


def build_items() -> list[dict[str, Any]]:
    def order(number: int, event: int, at: str, tickets: int, price: Any, payed: bool = True) -> dict[str, Any]:
        item = {"id": number, "event_id": event, "payed_at": at, "tickets": tickets, "price": price}
        return {**item, "payed": payed, "updated_at": "2026-11-20T08:00:00+03:00"}

    return [
        order(1, 10, "2026-11-20T00:30:00+03:00", 2, 0.3),
        order(2, 10, "2026-11-20T13:00:00+03:00", 1, "700.00"),
        order(3, 11, "2026-11-19T23:30:00+03:00", 3, 2500.5),
        order(4, 11, "2026-11-19T23:30:00+03:00", 1, 1, payed=False),
    ]


PAID = {"operation": "listOrders", "rows": "$.data[?@.payed == true]"}
CHECKS = (
    make_warehouse_check("exists", True, id="exists"),
    make_warehouse_check("engine", "ReplacingMergeTree", id="engine"),
    make_warehouse_check("order_by", ["_key"], id="order_by"),
    make_warehouse_check("row_count", {"min": 2, "max": 10}, id="row_count"),
    make_warehouse_check("not_null", ["order_id", "event_id", "city"], id="not_null"),
    make_warehouse_check("unique", ["order_id"], id="unique"),
    make_warehouse_check("unique", ["_key"], id="unique-raw", final=False),
    make_warehouse_check(
        "freshness", {"column": "sale_ts", "within": "24h", "timezone": "Europe/Moscow"}, id="freshness"
    ),
    make_warehouse_check("accepted", {"column": "currency", "values": ["RUB", "USD"]}, id="accepted"),
    make_warehouse_check("range", {"column": "revenue", "min": 0, "max": 100000}, id="range"),
    make_warehouse_check("matches", {"column": "email_hash", "pattern": "^[0-9a-f]{64}$"}, id="matches"),
    make_warehouse_check("references", {"column": "event_id", "table": "events", "key": "id"}, id="references"),
    make_warehouse_check("no_raw_pii", ["email_hash", "payload", "note"], id="pii"),
    make_warehouse_check("duplicate_backlog", {"ratio": 1.5}, id="backlog"),
    make_warehouse_check(
        "reconcile",
        {
            **PAID,
            "key": "$.id",
            "column": "order_id",
            "compare": {
                "revenue": "$.price",
                "tickets": "$.tickets",
                "sale_ts": "$.payed_at",
                "event_id": "$.event_id",
            },
            "changed": "$.updated_at",
            "within": "2h",
            "timezone": "Europe/Moscow",
        },
        id="reconcile",
    ),
    make_warehouse_check(
        "sum_equals",
        {**PAID, "column": "revenue", "value": "$.price", "by": {"event_id": "$.event_id"}},
        id="sum-api",
    ),
    make_warehouse_check(
        "sum_equals",
        {**PAID, "column": "revenue", "value": "$.price", "by": {"day": "$.payed_at", "event_id": "$.event_id"}},
        id="sum-day",
        table="daily",
    ),
    make_warehouse_check(
        "sum_equals",
        {"column": "revenue", "table": "orders", "value": "revenue", "by": {"day": "sale_ts", "event_id": "event_id"}},
        id="sum-table",
        table="daily",
    ),
    make_warehouse_check(
        "sum_equals",
        {"column": "revenue", "table": "by_day", "value": "revenue", "by": ["day", "event_id"]},
        id="sum-view",
        table="daily",
    ),
    make_warehouse_check("job_status", {"job": "load", "within": "26h", "running": "2h"}, id="job", table="jobs"),
)
