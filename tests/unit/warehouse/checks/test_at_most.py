"""`at_most` beside a check: how many may break it, a count or a share."""

from collections.abc import Iterator
from typing import Any

import pytest

from contracts_runner.warehouse.client import Warehouse
from helpers.warehouse_desk import Desk, FakeSource, make_warehouse_check

ITEMS = [{"id": n, "name": "x", "state": "new" if n < 2 else "ok"} for n in range(100)]
RECONCILE = {
    "operation": "listOrders",
    "rows": "$.data[*]",
    "key": "$.id",
    "column": "id",
    "compare": {"name": "$.name", "state": "$.state"},
}

# Kind, options, and how many of 100 break it.
KINDS: list[tuple[str, Any, int]] = [
    ("not_null", ["name", "state"], 3),
    ("accepted", {"column": "state", "values": ["ok", None]}, 3),
    ("range", {"column": "id", "min": 5}, 5),
    ("matches", {"column": "state", "pattern": "^ok$"}, 3),
    ("unique", ["twice"], 2),
    # Two have another name, and five another state, these two among them.
    ("reconcile", RECONCILE, 5),
]


@pytest.fixture(scope="module")
def orders(engine: Warehouse) -> Iterator[Desk]:
    """The module's own table, which every test only reads."""
    engine.raw_client.command("CREATE DATABASE test_at_most")
    desk = Desk(engine.raw_client, "test_at_most")
    desk.run(
        "CREATE TABLE DB.orders (id UInt32, name Nullable(String), state Nullable(String), twice UInt32)"
        " ENGINE = MergeTree ORDER BY id",
        "INSERT INTO DB.orders SELECT number, if(number IN (0, 1), NULL, 'x'),"
        " multiIf(number IN (1, 2, 3), 'old', number IN (0, 4), NULL, 'ok'), if(number < 4, number % 2, number)"
        " FROM numbers(100)",
        "CREATE TABLE DB.names (name String) ENGINE = MergeTree ORDER BY name",
    )
    yield desk
    desk.close()
    engine.raw_client.command("DROP DATABASE test_at_most")


def test_so_many_may_break_each_kind_and_not_one_more(orders: Desk) -> None:
    checks = [
        make_warehouse_check(kind, options, at_most=at_most)
        for kind, options, broken in KINDS
        for at_most in (broken, f"{broken}%", broken - 1, f"{broken - 0.001}%")
    ]

    rows = orders.verify(*checks, source=FakeSource({"listOrders": ITEMS}))

    outcomes = [(row["check"], row["outcome"]) for row in rows]
    expected = ["passed", "passed", "failed", "failed"]
    assert outcomes == [(kind, outcome) for kind, *_ in KINDS for outcome in expected]
    assert rows[4]["message"].endswith("3 of 100 rows have another state; at_most: 3 allows it")
    assert rows[6]["message"].endswith("3 of 100 rows have another state; at_most: 2")


def test_the_share_of_references_is_of_different_values(orders: Desk) -> None:
    options = {"column": "state", "table": "names", "key": "name"}

    rows = orders.verify(
        *(make_warehouse_check("references", options, at_most=at_most) for at_most in (2, 1, "100%", "99%"))
    )

    assert [row["outcome"] for row in rows] == ["passed", "failed", "passed", "failed"]


def test_at_most_finds_nothing_wrong_in_no_rows(orders: Desk) -> None:
    row = orders.verify_one("not_null", ["name"], at_most="50%", where={"id": 999})

    assert row["outcome"] == "skipped"
