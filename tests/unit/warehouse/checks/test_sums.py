"""The check sum_equals: money, per group."""

from typing import Any

import pytest

from contracts_runner.model.json import Json
from helpers.warehouse_desk import Desk, FakeSource

API = {"operation": "listOrders", "rows": "$.data[*]", "column": "price", "value": "$.price"}


@pytest.fixture
def table(desk: Desk) -> Desk:
    desk.run(
        """CREATE TABLE DB.orders (
            event UInt32, day Date, at DateTime, price Float64, tax Nullable(Decimal(18, 4)), _ver UInt8)
        ENGINE = ReplacingMergeTree(_ver) ORDER BY (event, at)""",
        """INSERT INTO DB.orders VALUES
        (1, '2026-11-20', '2026-11-20 00:30:00', 0.1, 1.5, 1), (1, '2026-11-20', '2026-11-20 12:00:00', 0.2, NULL, 1),
        (2, '2026-11-19', '2026-11-19 12:00:00', 100, 0.0001, 1)""",
        "INSERT INTO DB.orders VALUES (2, '2026-11-19', '2026-11-19 12:00:00', 100, 0.0001, 2)",
        """CREATE TABLE DB.facts (event_id String, day Date, revenue Decimal(18, 2))
        ENGINE = SummingMergeTree ORDER BY (event_id, day)""",
        "INSERT INTO DB.facts VALUES ('1', '2026-11-20', 0.1), ('2', '2026-11-19', 100)",
        "INSERT INTO DB.facts VALUES ('1', '2026-11-20', 0.2)",
    )
    return desk


def sum_items(desk: Desk, items: list[dict[str, Any]], **options: Json) -> Any:
    return desk.verify_one("sum_equals", {**API, **options}, source=FakeSource({"listOrders": items}))


def test_sums_are_decimal_numbers_and_no_floats(table: Desk) -> None:
    row = sum_items(table, [{"price": 0.3}, {"price": "100.00"}])

    assert row["outcome"] == "passed"
    assert (row["expected"], row["actual"]) == (
        {"sum": "100.3", "of": "listOrders"},
        {"sum": "100.3", "groups": 1, "differing": 0},
    )


def test_a_text_is_no_number_unless_types_tells_so(table: Desk) -> None:
    options = {"column": "event_id", "table": "facts", "value": "event_id"}

    row = table.verify_one("sum_equals", options, table="facts")

    assert (row["outcome"], row["message"]) == (
        "errored",
        "cannot be added up: the type String; 'types' tells what a text holds",
    )


@pytest.mark.parametrize(("options", "outcome"), [({"timezone": "Europe/Moscow"}, "passed"), ({}, "failed")])
def test_a_day_is_that_of_the_zone_whatever_the_offset(table: Desk, options: dict[str, str], outcome: str) -> None:
    items = [
        {"price": 0.3, "at": "2026-11-19T21:30:00+00:00"},  # 00:30 of the 20th in Moscow
        {"price": 100, "at": "2026-11-20T06:59:59+10:00"},  # 23:59:59 of the 19th
    ]

    row = sum_items(table, items, by={"day": "$.at"}, **options)

    assert row["outcome"] == outcome


def test_an_item_that_is_listed_several_times_counts_once(table: Desk) -> None:
    items = [{"price": 0.3, "show": 1, "seat": "a"}, {"price": 0.3, "show": 1, "seat": "a"}]
    items += [{"price": 100, "show": 2, "seat": "a"}, {"price": 7, "show": 2, "seat": "a"}]

    row = sum_items(table, items, once=["$.show", "$.seat"])

    assert (row["outcome"], row["actual"]["sum"]) == ("passed", "100.3")


def test_one_kopeck_too_much_is_seen(table: Desk) -> None:
    row = sum_items(table, [{"price": 0.31}, {"price": 100}])

    assert (row["outcome"], row["message"]) == (
        "failed",
        "the sum of price is 100.3, listOrders has 100.31; 1 of 1 groups differ",
    )


def test_sums_that_only_agree_in_total_differ_by_group(table: Desk) -> None:
    items = [{"price": 100, "event": 1}, {"price": 0.3, "event": 2}]

    row = sum_items(table, items, by="event")

    assert row["actual"]["sample"] == [
        {"event": "1", "expected": "100", "actual": "0.3"},
        {"event": "2", "expected": "0.3", "actual": "100"},
    ]


@pytest.mark.parametrize(
    "by",
    [
        {"event": "$.show.event"},
        {"day": "$.payed_at"},
        {"event": "$.show.event", "day": "$.payed_at"},
    ],
)
def test_groups_are_found_by_paths_and_a_day_is_the_one_that_the_api_wrote(table: Desk, by: Json) -> None:
    items = [
        {"price": 0.1, "show": {"event": 1}, "payed_at": "2026-11-20T00:30:00+03:00"},
        {"price": 0.2, "show": {"event": "1"}, "payed_at": "2026-11-20T12:00:00+03:00"},
        {"price": 100, "show": {"event": 2}, "payed_at": "2026-11-19T12:00:00+03:00"},
    ]

    row = sum_items(table, items, by=by)

    assert (row["outcome"], row["message"]) == ("passed", "")


def test_group_of_a_time_is_that_of_the_wall_clock_in_the_timezone(table: Desk) -> None:
    items = [
        {"price": 0.1, "at": "2026-11-20T00:30:00+03:00"},
        {"price": 0.2, "at": "2026-11-20T09:00:00Z"},
        {"price": 100, "at": "2026-11-19 12:00:00"},
    ]

    row = sum_items(table, items, by={"at": "$.at"}, timezone="Europe/Moscow")

    assert (row["outcome"], row["message"]) == ("passed", "")


def test_all_matches_of_a_path_are_added_and_null_adds_nothing(table: Desk) -> None:
    items = [
        {"baskets": [{"price": 0.1}, {"price": 0.2}]},
        {"baskets": []},
        {"baskets": [{"price": None}, {"price": 100}]},
    ]

    row = sum_items(table, items, value="$.baskets[*].price")

    assert row["outcome"] == "passed"


def test_amount_that_is_no_number_fails(table: Desk) -> None:
    row = sum_items(table, [{"price": "a lot"}])

    assert (row["outcome"], row["message"]) == ("failed", "the API has something at $.price that is not a number")


def test_null_of_the_table_adds_nothing(table: Desk) -> None:
    row = sum_items(table, [{"price": 1.5001}], column="tax")

    assert row["outcome"] == "passed"


def test_tables_are_compared_with_final_on_both_sides(table: Desk) -> None:
    by = {"event": "event_id", "day": "day"}

    row = table.verify_one("sum_equals", {"column": "price", "table": "facts", "value": "revenue", "by": by})

    assert (row["outcome"], row["message"]) == ("passed", "")
    assert row["actual"] == {"sum": "100.3", "groups": 2, "differing": 0}


def test_time_counts_for_its_day_where_the_twin_is_a_date(table: Desk) -> None:
    options = {"column": "revenue", "table": "orders", "value": "price", "by": {"event_id": "event", "day": "at"}}

    row = table.verify_one("sum_equals", options, table="facts")

    assert (row["outcome"], row["message"]) == ("passed", "")


def test_group_that_only_the_other_table_has_differs(table: Desk) -> None:
    table.run("INSERT INTO DB.facts VALUES ('3', '2026-11-18', 7)")
    options = {"column": "price", "table": "facts", "value": "revenue", "by": {"event": "event_id"}}

    row = table.verify_one("sum_equals", options)

    assert (row["outcome"], row["actual"]["sample"]) == ("failed", [{"event": "3", "expected": "7", "actual": "0"}])


def test_sums_without_groups_compare_the_totals_of_two_tables(table: Desk) -> None:
    row = table.verify_one("sum_equals", {"column": "price", "table": "facts", "value": "revenue"})

    assert row["outcome"] == "passed"


def test_other_table_that_is_not_there_fails(table: Desk) -> None:
    row = table.verify_one("sum_equals", {"column": "price", "table": "nowhere", "value": "revenue"})

    assert (row["outcome"], row["message"]) == (
        "failed",
        "there is no table nowhere, or the account may not see it",
    )
