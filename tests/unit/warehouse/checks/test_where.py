"""`where` beside a check: the rows that it looks at."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from contracts_runner.warehouse.client import Warehouse
from helpers.warehouse_desk import Desk, FakeSource, make_warehouse_check

TABLE = (
    "CREATE TABLE DB.orders (id UInt32, status String, city LowCardinality(Nullable(String)), price Decimal(18, 2),"
    " paid Bool, rate Float64, at DateTime('UTC'), day Date, kind Enum8('web' = 1, 'app' = 2), code FixedString(3),"
    " uid UUID, dear Bool MATERIALIZED price > 15) ENGINE = ReplacingMergeTree ORDER BY id"
)
ROWS = (
    "INSERT INTO DB.orders VALUES"
    " (1, 'paid', 'Казань', 10.5, true, 0.1, '2026-11-18 00:00:00', '2026-11-18', 'web', 'a',"
    "  '00000000-0000-0000-0000-000000000001'),"
    " (2, 'paid', NULL, 20, false, 0.2, '2026-11-18 23:59:59', '2026-11-19', 'app', 'b',"
    "  '00000000-0000-0000-0000-000000000002'),"
    " (3, 'o''neil {x} %', '', -1, true, nan, '2026-11-19 12:00:00', '2026-11-20', 'web', 'abc',"
    "  '00000000-0000-0000-0000-000000000003')"
)


@pytest.fixture(scope="module")
def orders(engine: Warehouse) -> Iterator[Desk]:
    """The module's own table, which every test only reads."""
    engine.raw_client.command("CREATE DATABASE test_where")
    desk = Desk(engine.raw_client, "test_where")
    desk.run(TABLE, ROWS)
    yield desk
    desk.close()
    engine.raw_client.command("DROP DATABASE test_where")


CONDITIONS = [
    ({"status": "paid"}, [1, 2]),
    ({"status": ["paid", "void"]}, [1, 2]),
    ({"status": {"not": "paid"}}, [3]),
    ({"status": "o'neil {x} %"}, [3]),
    ({"status": {"min": "p"}}, [1, 2]),
    ({"city": "Казань"}, [1]),
    ({"city": None}, [2]),
    ({"city": ""}, [3]),
    ({"city": {"not": None}}, [1, 3]),
    ({"city": {"not": "Казань"}}, [2, 3]),
    ({"city": [None, "Казань"]}, [1, 2]),
    ({"price": 10.5}, [1]),
    ({"price": "10.50"}, [1]),
    ({"price": {"min": 10.5, "max": 20}}, [1, 2]),
    ({"price": {"not": {"min": 0}}}, [3]),
    ({"paid": True}, [1, 3]),
    ({"rate": 0.1}, [1]),
    ({"rate": {"not": {"min": 0}}}, [3]),
    ({"rate": "NaN"}, [3]),
    ({"rate": {"not": ["nan", 0.1]}}, [2]),
    ({"at": "2026-11-18"}, [1, 2]),
    ({"at": "2026-11-18T23:59:59Z"}, [2]),
    ({"at": {"max": "2026-11-18"}}, [1, 2]),
    ({"day": ["2026-11-18", "2026-11-20"]}, [1, 3]),
    ({"kind": {"not": ["web"]}}, [2]),
    ({"code": "a"}, [1]),
    ({"uid": "00000000-0000-0000-0000-000000000002"}, [2]),
    ({"dear": True}, [2]),
    ({"status": "paid", "paid": True}, [1]),
]


@pytest.fixture(scope="module")
def looked_at(orders: Desk) -> list[Mapping[str, Any]]:
    """For each condition the row of a check that only its rows pass, and of one that none passes; in one pass."""
    values = [{"column": "id", "values": kept} for _, ids in CONDITIONS for kept in (ids, [99])]
    wheres = [where for where, _ in CONDITIONS for _ in range(2)]
    pairs = zip(values, wheres, strict=True)
    return orders.verify(*(make_warehouse_check("accepted", value, where=where) for value, where in pairs))


@pytest.mark.parametrize("number", range(len(CONDITIONS)), ids=[str(where) for where, _ in CONDITIONS])
def test_a_check_looks_at_the_rows_that_where_names(looked_at: list[Mapping[str, Any]], number: int) -> None:
    kept, none = looked_at[2 * number : 2 * number + 2]

    assert kept["outcome"] == "passed", kept["message"]
    assert none["actual"]["wrong"] == len(CONDITIONS[number][1])


@pytest.mark.parametrize("type_name", ["Variant(UInt8, String)", "Dynamic"])
def test_null_is_looked_for_in_any_type(desk: Desk, type_name: str) -> None:
    desk.run(f"CREATE TABLE DB.orders (v {type_name}) ENGINE = Memory", "INSERT INTO DB.orders VALUES (1), (NULL)")

    rows = desk.verify(
        *(make_warehouse_check("row_count", {"min": 1, "max": 1}, where={"v": null}) for null in (None, {"not": None})),
        make_warehouse_check("row_count", {"min": 1}, where={"v": 1}),
    )

    assert [row["outcome"] for row in rows] == ["passed", "passed", "errored"]


def test_the_rows_that_were_looked_at_stand_in_the_report(orders: Desk) -> None:
    row = orders.verify_one("range", {"column": "price", "min": 0}, where={"status": "paid"})

    assert row["message"] == 'rows where {"status": "paid"}: 2'
    assert "-- w1_0 = 'paid'" in row["sql"]


def test_where_without_a_row_leaves_nothing_to_look_at(orders: Desk) -> None:
    row = orders.verify_one("not_null", ["city"], where={"status": "void"})

    assert row["outcome"] == "skipped"
    assert row["message"] == 'no rows to look at; rows where {"status": "void"}: 0'


@pytest.mark.parametrize(
    ("kind", "options", "outcome"),
    [
        ("row_count", {"min": 2, "max": 2}, "passed"),
        ("unique", ["status"], "failed"),
        ("freshness", {"column": "at", "within": "36h"}, "failed"),
        ("matches", {"column": "status", "pattern": "^paid$"}, "passed"),
        ("references", {"column": "id", "table": "orders", "key": "id"}, "passed"),
        ("sum_equals", {"column": "price", "table": "orders", "value": "price"}, "failed"),
        ("no_raw_pii", ["status"], "passed"),
        ("duplicate_backlog", {"ratio": 1}, "passed"),
    ],
)
def test_where_stands_beside_the_kinds_that_look_at_rows(orders: Desk, kind: str, options: Any, outcome: str) -> None:
    row = orders.verify_one(kind, options, where={"status": "paid"})

    assert row["outcome"] == outcome, row["message"]
    assert row["message"].endswith('rows where {"status": "paid"}: 2')
    assert "SELECT *" not in row["sql"]


def test_only_columns_that_the_check_needs_are_read(orders: Desk) -> None:
    checked = {"column": "city", "table": "orders", "key": "code"}

    row = orders.verify_one("references", checked, where={"status": "paid", "price": {"min": 0}})

    assert "FROM (SELECT {c:Identifier} FROM {db:Identifier}.{t:Identifier} FINAL WHERE (" in row["sql"]
    assert row["outcome"] == "failed", row["message"]


def test_runs_of_a_job_are_those_of_where(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE DB.orders (job String, status String, started_at DateTime('UTC'), finished_at DateTime('UTC'),"
        " host String) ENGINE = Memory",
        "INSERT INTO DB.orders VALUES ('load', 'error', '2026-11-20 11:00:00', '2026-11-20 11:10:00', 'a'),"
        " ('load', 'ok', '2026-11-20 10:00:00', '2026-11-20 10:10:00', 'b')",
    )

    rows = [desk.verify_one("job_status", {"job": "load"}, where={"host": host}) for host in ("a", "b", "c")]

    assert [row["outcome"] for row in rows] == ["failed", "passed", "failed"]


def test_reconcile_knows_only_those_rows(orders: Desk) -> None:
    source = FakeSource({"listOrders": [{"id": 1}, {"id": 2}, {"id": 3}]})
    options = {"operation": "listOrders", "rows": "$.data[*]", "key": "$.id", "column": "id"}

    row = orders.verify_one("reconcile", options, where={"status": "paid"}, source=source)

    assert (row["actual"]["matched"], row["actual"]["missing"], row["actual"]["extra"]) == (2, 1, 0)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"nope": 1}, "the table has no column nope, or the account may not see it"),
        ({"id": -1}, "id is UInt32, which cannot hold -1"),
        ({"uid": {"min": "a"}}, "uid is UUID, which has no range"),
        ({"rate": {"max": "NaN"}}, "NaN is no bound of rate: nothing is below or above it"),
    ],
)
def test_a_condition_that_cannot_be_judged_is_errored(orders: Desk, where: dict[str, Any], message: str) -> None:
    row = orders.verify_one("not_null", ["id"], where=where)

    assert (row["outcome"], row["message"]) == ("errored", message)
