"""`limits` of a check and of the warehouse: a query that meets them is errored, never a smaller number."""

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from contracts_runner.model.json import Json
from contracts_runner.model.warehouse_beside import NO_LIMITS, QueryLimits
from contracts_runner.warehouse.client import Warehouse
from contracts_runner.warehouse.errors import WarehouseQueryError, build_query_error
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
    assert rows[0]["message"].startswith(
        "the query met its bound `rows: 10`; look at fewer rows with `where` on what it is "
    )


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


DAYS, ROWS = 20, 10_000
PARTED = [
    ("MergeTree", "day", "id", {"day": "2026-01-03"}),
    ("MergeTree", "toYYYYMMDD(at)", "id", {"at": {"min": "2026-01-03", "max": "2026-01-03"}}),
    ("MergeTree", "toDate(fine)", "id", {"fine": {"min": "2026-01-03T00:00:00Z", "max": "2026-01-03T10:00:00Z"}}),
    ("MergeTree", "word", "id", {"word": "b"}),
    ("MergeTree", "tuple()", "(at, id)", {"at": {"min": "2026-01-03", "max": "2026-01-03"}}),
    ("ReplacingMergeTree", "day", "(day, id)", {"day": ["2026-01-03"]}),
    ("ReplacingMergeTree", "tuple()", "id", {"id": {"min": 10, "max": 20}}),
]


def make_parted(desk: Desk, kind: str, partition: str, order: str) -> None:
    desk.run(
        "CREATE TABLE DB.orders (id UInt64, day Date, at DateTime('UTC'), fine DateTime64(3, 'UTC'),"
        " word LowCardinality(String), note String)"
        f" ENGINE = {kind} PARTITION BY {partition} ORDER BY {order} SETTINGS index_granularity = 128",
        f"INSERT INTO DB.orders SELECT number, toDate('2026-01-01') + number % {DAYS} AS d, d, d,"
        f" if(number % {DAYS} = 2, 'b', 'a'), 'x' FROM numbers({ROWS})",
    )


@pytest.mark.parametrize(("kind", "partition", "order", "where"), PARTED)
def test_where_leaves_out_what_lies_elsewhere(
    desk: Desk, kind: str, partition: str, order: str, where: dict[str, Json]
) -> None:
    make_parted(desk, kind, partition, order)

    row = desk.verify_one("not_null", ["note"], where=where, limits={"rows": ROWS // DAYS * 2})

    assert row["outcome"] == "passed", row["message"]


@pytest.mark.parametrize(
    ("kind", "partition", "order", "words"),
    [
        ("MergeTree", "day", "id", "`where` on day, by which the table is partitioned, or what it is sorted by (id)"),
        ("MergeTree", "tuple()", "(at, id)", "`where` on what it is sorted by (at, id)"),
        (
            "ReplacingMergeTree",
            "day",
            "id",
            "`where` on what it is sorted by (id) (day would not help: FINAL reads every partition, where a newer",
        ),
    ],
)
def test_a_bound_that_is_met_says_by_what_the_table_can_be_narrowed(
    desk: Desk, kind: str, partition: str, order: str, words: str
) -> None:
    make_parted(desk, kind, partition, order)

    row = desk.verify_one("not_null", ["note"], limits={"rows": ROWS // DAYS})

    assert row["outcome"] == "errored"
    assert f"met its bound `rows: 500`; look at fewer rows with {words}" in row["message"]


def test_a_version_in_another_partition_counts_whatever_the_profile_says(desk: Desk) -> None:
    """Before a version of ClickHouse said so itself, and with a setting since, FINAL missed what pruning left out."""
    make_parted(desk, "ReplacingMergeTree", "day", "id")
    desk.run("INSERT INTO DB.orders SELECT 2, '2026-01-09', now(), now(), 'b', 'x'")

    row = desk.verify_one("row_count", {"min": 1}, where={"day": "2026-01-03"})

    assert row["actual"] == ROWS // DAYS - 1


@pytest.mark.parametrize(("code", "word"), [(160, "time"), (241, "memory"), (307, "bytes read")])
def test_what_the_server_does_not_give_is_a_bound_too(code: int, word: str) -> None:
    failure = DatabaseError(f"Code: {code}. DB::Exception: too much")
    failure.code = code

    problem = build_query_error(failure, "", NO_LIMITS)

    assert str(problem).startswith(f"the query met a bound of the server ({word}); look at fewer rows with `where`, or")
