"""Each planted defect is seen by exactly the checks that should see it, and by no other."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from helpers.warehouse_desk import Desk, FakeSource, collect_rows
from helpers.warehouse_shop import CHECKS, CLEAN, HASH, ORDERS, ROWS, TABLES, build_items


@dataclass
class Shop:
    """The warehouse and the API, for a defect to spoil."""

    desk: Desk
    items: list[dict[str, Any]] = field(default_factory=build_items)

    def run(self, *statements: str) -> None:
        self.desk.run(*statements)

    def change(self, order: str, **values: str) -> None:
        """Give the order's columns other values, as SQL; in place, so that no second version waits for a merge."""
        columns = ", ".join(f"{column} = {value}" for column, value in values.items())
        self.run(f"ALTER TABLE DB.orders UPDATE {columns} WHERE order_id = '{order}' SETTINGS mutations_sync = 2")

    def delete(self, table: str, condition: str) -> None:
        self.run(f"ALTER TABLE DB.{table} DELETE WHERE {condition} SETTINGS mutations_sync = 2")

    def insert_job(self, start: str, status: str) -> None:
        self.run(
            "INSERT INTO DB.jobs (job, started_at, finished_at, status) "
            f"VALUES ('load', '{start}', '{start}', '{status}')"
        )


def lose_a_page(shop: Shop) -> None:
    shop.delete("orders", "order_id = '3'")


def keep_a_refund(shop: Shop) -> None:
    shop.items[1]["payed"] = False


def shift_the_time_zone(shop: Shop) -> None:
    for order in "123":
        shop.change(order, sale_ts="sale_ts - 10800")


def copy_with_another_key(shop: Shop) -> None:
    shop.run("INSERT INTO DB.orders SELECT * REPLACE ('k9' AS _key) FROM DB.orders WHERE order_id = '2'")


def replay_without_merging(shop: Shop) -> None:
    shop.run("SYSTEM STOP MERGES DB.orders", ORDERS + ", ".join(ROWS))


def make_stale(shop: Shop) -> None:
    for order, item in zip("123", shop.items, strict=False):
        shop.change(order, sale_ts="sale_ts - 604800")
        item["payed_at"] = item["payed_at"].replace("-11-20T", "-11-13T").replace("-11-19T", "-11-12T")
    shop.run("TRUNCATE TABLE DB.daily")
    shop.run("INSERT INTO DB.daily VALUES ('2026-11-13', '10', 700.3, 1), ('2026-11-12', '11', 2500.5, 1)")


DEFECTS: list[tuple[str, Callable[[Shop], None], set[str]]] = [
    ("nothing", lambda shop: None, set()),
    ("last page is not loaded", lose_a_page, {"reconcile", "sum-api", "sum-table", "sum-view"}),
    ("table is gone", lambda shop: shop.run("DROP TABLE DB.orders"), {"exists", "sum-table", "sum-view"}),
    ("refund is still counted", keep_a_refund, {"reconcile", "sum-api", "sum-day"}),
    ("time zone is shifted", shift_the_time_zone, {"reconcile", "sum-table", "sum-view"}),
    ("money is in another currency", lambda shop: shop.change("2", currency="'EUR'"), {"accepted"}),
    (
        "amount is in kopecks",
        lambda shop: shop.change("2", revenue="70000"),
        {"reconcile", "sum-api", "sum-table", "sum-view"},
    ),
    (
        "amount is negative",
        lambda shop: shop.change("2", revenue="-700"),
        {"range", "reconcile", "sum-api", "sum-table", "sum-view"},
    ),
    ("tickets are miscounted", lambda shop: shop.change("2", tickets="7"), {"reconcile"}),
    ("city is empty", lambda shop: shop.change("1", city="''"), {"not_null"}),
    (
        "event is empty",
        lambda shop: shop.change("1", event_id="''"),
        {"not_null", "references", "reconcile", "sum-api", "sum-table", "sum-view"},
    ),
    ("event is unknown to the dimension", lambda shop: shop.delete("events", "id = '11'"), {"references"}),
    ("e-mail is not hashed", lambda shop: shop.change("1", email_hash="'user@example.com'"), {"matches", "pii"}),
    ("hash is in capitals", lambda shop: shop.change("1", email_hash=f"'{HASH.upper()}'"), {"matches"}),
    ("payload has a phone", lambda shop: shop.change("1", payload='\'{"p":"+70000000000"}\''), {"pii"}),
    ("note has a card", lambda shop: shop.change("1", note="'4111 1111 1111 1111, thanks'"), {"pii"}),
    (
        "replay wrote one order under a second key",
        copy_with_another_key,
        {"unique", "sum-api", "sum-table", "sum-view"},
    ),
    ("replay is not merged", replay_without_merging, {"unique-raw", "backlog"}),
    (
        "fact is out of step",
        lambda shop: shop.run("INSERT INTO DB.daily VALUES ('2026-11-20', '10', 700.31, 2)"),
        {"sum-day", "sum-table", "sum-view"},
    ),
    (
        "fact has a day too many",
        lambda shop: shop.run("INSERT INTO DB.daily VALUES ('2026-11-01', '10', 5, 1)"),
        {"sum-day", "sum-table", "sum-view"},
    ),
    (
        "view leaves an event out",
        lambda shop: shop.run(
            """CREATE OR REPLACE VIEW DB.by_day AS SELECT toDate(sale_ts) AS day, event_id, sum(revenue) AS revenue
            FROM DB.orders FINAL WHERE event_id != '11' GROUP BY day, event_id"""
        ),
        {"sum-view"},
    ),
    ("job failed", lambda shop: shop.insert_job("2026-11-20 10:00:00", "error"), {"job"}),
    ("job is stuck", lambda shop: shop.insert_job("2026-11-20 09:00:00", "running"), {"job"}),
    ("job is running", lambda shop: shop.insert_job("2026-11-20 11:00:00", "running"), set()),
    ("job did not run", lambda shop: shop.delete("jobs", "started_at > '2026-11-19 03:00:00'"), {"job"}),
    ("job never ran", lambda shop: shop.delete("jobs", "1"), {"job"}),
    (
        "sales are in the future",
        lambda shop: shop.change("2", sale_ts="toDateTime('2026-11-20 16:00:00')"),
        {"freshness", "reconcile"},
    ),
    ("nothing was sold for a week", make_stale, {"freshness"}),
    (
        "table was made anew with another engine",
        lambda shop: shop.run(
            "CREATE TABLE DB.plain ENGINE = MergeTree ORDER BY order_id AS SELECT * FROM DB.orders",
            "EXCHANGE TABLES DB.orders AND DB.plain",
        ),
        # by_day reads with FINAL, which a plain MergeTree does not have: that one is errored.
        {"engine", "order_by", "sum-view"},
    ),
    (
        "everything is lost",
        lambda shop: shop.delete("orders", "1"),
        {"row_count", "reconcile", "sum-api", "sum-table", "sum-view"},
    ),
    (
        "API lists an order that was never loaded",
        lambda shop: shop.items.append({**shop.items[2], "id": 9}),
        {"reconcile", "sum-api", "sum-day"},
    ),
    (
        "API lists a new order that need not be loaded yet",
        lambda shop: shop.items.append(
            {**shop.items[2], "id": 9, "price": 0, "updated_at": "2026-11-20T14:00:00+03:00"}
        ),
        set(),
    ),
]


@pytest.mark.parametrize(("plant", "seen"), [case[1:] for case in DEFECTS], ids=[case[0] for case in DEFECTS])
def test_defect_is_seen_by_exactly_these_checks(desk: Desk, plant: Callable[[Shop], None], seen: set[str]) -> None:
    desk.run(*TABLES, *CLEAN)
    shop = Shop(desk)
    plant(shop)

    rows = collect_rows(desk.phase(*CHECKS), FakeSource({"listOrders": shop.items}))

    assert {row["id"] for row in rows if row["outcome"] in ("failed", "errored")} == seen
