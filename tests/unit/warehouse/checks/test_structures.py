"""The same rows in every structure of ClickHouse: each kind of check gives the same verdict on them."""

from typing import Any

import pytest

from helpers.warehouse_desk import Desk, FakeSource, make_warehouse_check

pytestmark = pytest.mark.thorough

COLUMNS = "id UInt32, name String, price Decimal(9, 2), at DateTime('UTC'), ver UInt8"
ROWS = (
    "INSERT INTO DB.src VALUES (1, 'a', 1.5, '2026-11-20 11:00:00', 2), (2, 'b', 2.5, '2026-11-20 11:30:00', 2),"
    " (3, 'c', 3.5, '2026-11-20 11:59:00', 2)"
)
OLD = "INSERT INTO DB.orders VALUES (1, 'z', 9, '2026-11-20 11:59:59', 1)"
COPY = "INSERT INTO DB.orders SELECT * FROM DB.src"
SIGNED = (
    "INSERT INTO DB.orders SELECT *, 1 FROM DB.src",
    "INSERT INTO DB.orders VALUES (4, 'd', 1, 0, 1, 1)",
    "INSERT INTO DB.orders VALUES (4, 'd', 1, 0, 1, -1)",
)
REPLACING = f"CREATE TABLE DB.base ({COLUMNS}) ENGINE = ReplacingMergeTree(ver) ORDER BY id"
BASE = (REPLACING, OLD.replace("orders", "base"), COPY.replace("orders", "base"))
FEED = (
    f"CREATE TABLE DB.feed ({COLUMNS}) ENGINE = Null",
    "CREATE MATERIALIZED VIEW DB.orders %s AS SELECT * FROM DB.feed",
    OLD.replace("orders", "feed"),
    COPY.replace("orders", "feed"),
)


def make(engine: str, columns: str = COLUMNS) -> str:
    return f"CREATE TABLE DB.orders ({columns}) ENGINE = {engine}"


# Statements that fill `orders` with the rows of `src`.
STRUCTURES = {
    "MergeTree": (make("MergeTree ORDER BY id"), COPY),
    "partitions": (make("MergeTree PARTITION BY id ORDER BY tuple()"), COPY),
    "lightweight delete": (
        make("MergeTree ORDER BY id"),
        COPY,
        "INSERT INTO DB.orders VALUES (4, 'd', 1, 0, 1)",
        "DELETE FROM DB.orders WHERE id = 4",
    ),
    "projections": (
        make(
            "MergeTree ORDER BY id",
            f"{COLUMNS}, PROJECTION p (SELECT name, sum(price) GROUP BY name), PROJECTION q (SELECT * ORDER BY name)",
        ),
        COPY,
    ),
    "ReplacingMergeTree": (make("ReplacingMergeTree(ver) ORDER BY id"), OLD, COPY),
    "ReplacingMergeTree with deleted rows": (
        make("ReplacingMergeTree(ver, gone) ORDER BY id", f"{COLUMNS}, gone UInt8"),
        "INSERT INTO DB.orders SELECT *, 0 FROM DB.src",
        "INSERT INTO DB.orders VALUES (4, 'd', 1, 0, 1, 0)",
        "INSERT INTO DB.orders VALUES (4, 'd', 1, 0, 2, 1)",
    ),
    "CollapsingMergeTree": (make("CollapsingMergeTree(s) ORDER BY id", f"{COLUMNS}, s Int8"), *SIGNED),
    "VersionedCollapsingMergeTree": (
        make("VersionedCollapsingMergeTree(s, ver) ORDER BY id", f"{COLUMNS}, s Int8"),
        *SIGNED,
    ),
    "SummingMergeTree": (
        make("SummingMergeTree(price) ORDER BY (id, name, at, ver)"),
        COPY,
        "INSERT INTO DB.orders SELECT id, name, 1, at, ver FROM DB.src",
        "INSERT INTO DB.orders SELECT id, name, -1, at, ver FROM DB.src",
    ),
    "AggregatingMergeTree": (
        make(
            "AggregatingMergeTree ORDER BY id",
            "id UInt32, name SimpleAggregateFunction(anyLast, String), ver SimpleAggregateFunction(max, UInt8),"
            " price SimpleAggregateFunction(sum, Decimal(38, 2)), at SimpleAggregateFunction(max, DateTime('UTC'))",
        ),
        "INSERT INTO DB.orders (id, name, price, at) VALUES (1, 'z', -1, 0)",
        "INSERT INTO DB.orders (id, name, price, at) SELECT id, name, price + (id = 1), at FROM DB.src",
    ),
    **{engine: (make(engine), COPY) for engine in ("Memory", "Log", "TinyLog", "StripeLog", "Join(ANY, LEFT, id)")},
    "EmbeddedRocksDB": (make("EmbeddedRocksDB PRIMARY KEY id"), COPY),
    "view": (*BASE, "CREATE VIEW DB.orders AS SELECT * FROM DB.base FINAL"),
    "materialised view": (REPLACING, *(statement.replace("%s", "TO DB.base") for statement in FEED)),
    "materialised view with rows of its own": tuple(
        statement.replace("%s", "ENGINE = ReplacingMergeTree(ver) ORDER BY id") for statement in FEED
    ),
    "Merge": (*BASE, "CREATE TABLE DB.orders AS DB.base ENGINE = Merge('{db}', '^base$')"),
    "Alias": (*BASE, "CREATE TABLE DB.orders ENGINE = Alias('{db}', 'base')"),
    "Buffer": (*BASE, "CREATE TABLE DB.orders AS DB.base ENGINE = Buffer({db}, base, 1, 99, 99, 99, 99, 9999, 9999)"),
    "dictionary": (
        "CREATE DICTIONARY DB.orders (id UInt64, name String, price Decimal(9, 2), at DateTime('UTC'), ver UInt8)"
        " PRIMARY KEY id SOURCE(CLICKHOUSE(QUERY 'SELECT * FROM {db}.src')) LAYOUT(FLAT()) LIFETIME(0)",
    ),
}  # fmt: skip
ITEMS = [
    {"id": 1, "name": "a", "price": 1.5, "at": "2026-11-20T11:00:00Z"},
    {"id": 2, "name": "b", "price": "2.50", "at": "2026-11-20T14:30:00+03:00"},
    {"id": 3, "name": "c", "price": 3.5, "at": "2026-11-20T11:59:00Z"},
]
ASKS = {"operation": "listOrders", "rows": "$.data[*]"}
COMPARE = {"name": "$.name", "price": "$.price", "at": "$.at"}
KINDS: list[tuple[str, Any]] = [
    ("exists", True),
    ("row_count", {"min": 3, "max": 3}),
    ("not_null", ["id", "name"]),
    ("unique", ["name"]),
    ("freshness", {"column": "at", "within": "1m"}),
    ("freshness", {**ASKS, "column": "at", "changed": "$.at", "within": "1s"}),
    ("accepted", {"column": "name", "values": ["a", "b", "c"]}),
    ("range", {"column": "price", "min": 1.5, "max": 3.5}),
    ("matches", {"column": "name", "pattern": "^[abc]$"}),
    ("references", {"column": "name", "table": "src", "key": "name"}),
    ("reconcile", {**ASKS, "key": "$.id", "column": "id", "compare": COMPARE}),
    ("sum_equals", {**ASKS, "column": "price", "value": "$.price", "by": {"name": "$.name"}}),
    ("sum_equals", {"column": "price", "table": "src", "value": "price", "by": ["name"]}),
    ("no_raw_pii", ["name"]),
]


def fill(desk: Desk, *statements: str) -> None:
    desk.run(f"CREATE TABLE DB.src ({COLUMNS}) ENGINE = Memory", ROWS)
    desk.run(*(statement.replace("{db}", desk.database) for statement in statements))


@pytest.mark.parametrize("structure", STRUCTURES)
def test_every_kind_gives_the_same_verdict_on_every_structure(desk: Desk, structure: str) -> None:
    fill(desk, *STRUCTURES[structure])

    rows = desk.verify(
        *(make_warehouse_check(kind, options) for kind, options in KINDS),
        make_warehouse_check("row_count", {"min": 2, "max": 2}, where={"name": {"min": "b"}}),
        source=FakeSource({"listOrders": ITEMS}),
    )

    assert {f"{row['check']}: {row['message']}" for row in rows if row["outcome"] != "passed"} == set()


@pytest.mark.parametrize(
    "name", ["_k_", "_n_", "_v_", "_there_", "_unknown_", "_extra_", "_whole_", "_r0_", "_is_other_", "k", "{needed}"]
)
def test_a_column_may_have_a_name_that_our_queries_use(desk: Desk, name: str) -> None:
    desk.run(
        f"CREATE TABLE DB.orders (id UInt8, `{name}` String) ENGINE = ReplacingMergeTree ORDER BY id",
        "INSERT INTO DB.orders VALUES (1, 'a'), (2, 'b')",
    )
    asks = {**ASKS, "key": "$.name", "column": name}

    rows = desk.verify(
        make_warehouse_check("unique", [name]),
        make_warehouse_check("references", {"column": name, "table": "orders", "key": name}, where={name: ["a", "b"]}),
        make_warehouse_check("no_raw_pii", [name]),
        make_warehouse_check("sum_equals", {"column": "id", "table": "orders", "value": "id", "by": [name]}),
        make_warehouse_check("reconcile", {**asks, "compare": {name: "$.name"}}),
        make_warehouse_check("reconcile", {**asks, "direction": "extra"}),
        source=FakeSource({"listOrders": ITEMS[:2]}),
    )

    assert [(row["outcome"], row["message"].partition(";")[0]) for row in rows if row["outcome"] != "passed"] == []


def test_rows_in_a_buffer_are_told(desk: Desk) -> None:
    fill(desk, *STRUCTURES["Buffer"], "INSERT INTO DB.orders VALUES (1, 'd', 1.5, 0, 3)")

    row = desk.verify_one("unique", ["id"])

    told = "; rows that are still in the buffer are not merged with those of the table behind it"
    assert (row["outcome"], row["message"]) == ("failed", f"1 keys occur more than once{told}")


@pytest.mark.parametrize("kind", ["not_null", "unique", "no_raw_pii"])
def test_a_missing_column_is_told_in_words(desk: Desk, kind: str) -> None:
    fill(desk)

    row = desk.verify_one(kind, ["nope"], table="src")

    assert (row["outcome"], row["message"]) == (
        "errored",
        "the table has no column nope, or the account may not see it",
    )
