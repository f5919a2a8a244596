"""The checks of what a table is."""

import pytest

from helpers.warehouse_desk import Desk, make_warehouse_check

ORDERS = (
    "CREATE TABLE DB.orders (id String, price Decimal(18, 2), day Date, _ver UInt64) "
    "ENGINE = ReplacingMergeTree(_ver) ORDER BY (id, toYYYYMM(day))"
)
COLUMNS = {"day": "Date", "id": "String", "price": "Decimal(18,2)", "_ver": "UInt64"}


def test_table_that_is_there_exists(desk: Desk) -> None:
    desk.run(ORDERS)

    row = desk.verify_one("exists", True)

    assert row["outcome"] == "passed"


def test_absent_table_fails_and_blocks_its_other_checks(desk: Desk) -> None:
    rows = desk.verify(make_warehouse_check("exists", True), make_warehouse_check("row_count", {"min": 1}))

    assert [row["outcome"] for row in rows] == ["failed", "blocked"]
    assert rows[1]["message"] == "there is no table orders"


def test_absent_table_without_an_exists_check_fails_each_check(desk: Desk) -> None:
    row = desk.verify_one("row_count", {"min": 1})

    assert row["outcome"] == "failed"
    assert "no such table" in row["message"]


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("engine", "ReplacingMergeTree", "MergeTree"),
        ("order_by", ["id", "toYYYYMM( day )"], ["toYYYYMM(day)", "id"]),
        ("columns", COLUMNS, {**COLUMNS, "price": "Float64"}),
        ("columns", COLUMNS, {"id": "String"}),
        ("columns", COLUMNS, {**COLUMNS, "city": "String"}),
    ],
)
def test_structure_is_compared_exactly(desk: Desk, kind: str, right: object, wrong: object) -> None:
    desk.run(ORDERS)

    rows = desk.verify(make_warehouse_check(kind, right), make_warehouse_check(kind, wrong))

    assert [row["outcome"] for row in rows] == ["passed", "failed"]


def test_columns_name_each_difference(desk: Desk) -> None:
    desk.run(ORDERS)

    row = desk.verify_one("columns", {"id": "UUID", "price": "Decimal(18, 2)", "city": "String", "_ver": "UInt64"})

    assert row["message"] == "city is missing; day is not in the contract; id is String, not UUID"


def test_row_shows_its_sql_with_the_parameters(desk: Desk) -> None:
    desk.run(ORDERS)

    row = desk.verify_one("row_count", {"min": 0})

    assert row["sql"] == (
        f"SELECT count() FROM {{db:Identifier}}.{{t:Identifier}} FINAL\n-- db = '{desk.database}'\n-- t = 'orders'"
    )


def test_check_without_an_id_is_named_after_its_table(desk: Desk) -> None:
    rows = desk.verify(
        make_warehouse_check("exists", True),
        make_warehouse_check("exists", True),
        make_warehouse_check("exists", True, id="W.1"),
    )

    assert [row["id"] for row in rows] == ["orders:exists", "orders:exists:2", "W.1"]


@pytest.mark.parametrize("name", ["a.b", "a b; DROP TABLE x --", "a) UNION ALL SELECT 1 --"])
def test_table_name_is_never_read_as_sql(desk: Desk, name: str) -> None:
    desk.run(f"CREATE TABLE DB.`{name}` (id String) ENGINE = MergeTree ORDER BY id")

    row = desk.verify_one("row_count", {"max": 0}, table=name)

    assert row["outcome"] == "passed"


def test_checks_that_share_a_select_each_show_it(desk: Desk) -> None:
    desk.run("CREATE TABLE DB.orders (id String) ENGINE = MergeTree ORDER BY id")

    rows = desk.verify(
        make_warehouse_check("exists", True, id="1"),
        make_warehouse_check("engine", "MergeTree", id="2"),
        make_warehouse_check("order_by", ["id"], id="3"),
    )

    assert [row["outcome"] for row in rows] == ["passed"] * 3
    assert {row["sql"] for row in rows} == {rows[0]["sql"]}
    assert "SELECT engine, sorting_key" in rows[0]["sql"]
    assert "-- t = 'orders'" in rows[0]["sql"]
