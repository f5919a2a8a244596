"""`limits` of a check and of the warehouse: a query that meets them is errored, never a smaller number."""

import pytest

from contracts_runner.model.warehouse_beside import QueryLimits
from contracts_runner.warehouse.client import Warehouse
from contracts_runner.warehouse.errors import WarehouseQueryError
from helpers.warehouse_desk import Desk, collect_rows, make_warehouse_check


@pytest.fixture
def orders(desk: Desk) -> Desk:
    desk.run(
        "CREATE TABLE DB.orders (id UInt64) ENGINE = MergeTree ORDER BY id",
        "INSERT INTO DB.orders SELECT number FROM numbers(45)",
    )
    return desk


def test_a_check_that_meets_its_bound_says_which_and_its_neighbours_go_on(orders: Desk) -> None:
    sums = {"column": "id", "table": "orders", "value": "id", "by": ["id"]}

    rows = orders.verify(
        make_warehouse_check("unique", ["id"], limits={"rows": 10}),
        make_warehouse_check("unique", ["id"], limits={"rows": "1k"}),
        make_warehouse_check("sum_equals", sums),
    )

    assert [row["outcome"] for row in rows] == ["errored", "passed", "passed"]
    assert rows[0]["message"].startswith("the query met its bound `rows: 10`; look at fewer rows with `where`, or ")


def test_the_bounds_of_the_environment_hold_where_a_check_says_nothing(orders: Desk) -> None:
    phase = orders.phase(
        make_warehouse_check("unique", ["id"]),
        make_warehouse_check("unique", ["id"], limits={"rows": 100}),
        query_limits=QueryLimits(rows=10),
    )

    assert [row["outcome"] for row in collect_rows(phase)] == ["errored", "passed"]


def test_an_answer_of_too_many_groups_is_refused(orders: Desk, engine: Warehouse) -> None:
    with pytest.raises(WarehouseQueryError, match="met its bound `groups: 44`"):
        engine.query(f"SELECT id FROM {orders.database}.orders", limits=QueryLimits(groups=44))


def test_the_seconds_go_out_with_the_query(engine: Warehouse) -> None:
    sql = "SELECT value FROM system.settings WHERE name = 'max_execution_time'"

    assert engine.query(sql, limits=QueryLimits(seconds=7)) == [("7",)]
