"""A correct load: all that the API has and nothing else, the same after a second load.

See docs/qtickets.md, Warehouse tables.
"""

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from helpers.qtickets.loader import FACTS, STAGING, Desk, Loaded, list_all
from helpers.qtickets.twin import Twin
from qtickets_sandbox.instants import MOSCOW, parse_instant
from qtickets_sandbox.lifecycle.orders import pay_order, place_order
from qtickets_sandbox.loader import LoadError, create_tables

ServeTwin = Callable[..., Twin]


def paid_orders(twin: Twin) -> list[dict[str, Any]]:
    return [order for order in list_all(twin, "/orders") if order["payed"]]


def sold(order: dict[str, Any]) -> list[dict[str, Any]]:
    return [basket for basket in order["baskets"] if not basket["deleted_at"] and not basket["refunded_at"]]


@pytest.mark.parametrize(
    ("table", "key", "path"),
    [
        ("stg_qtickets_api_clients_raw", "client_id", "/clients"),
        ("stg_qtickets_api_discounts_raw", "discount_id", "/discounts"),
        ("stg_qtickets_api_promo_codes_raw", "promo_code_id", "/promo-codes"),
        ("dim_events", "event_id", "/events"),
        ("stg_qtickets_api_inventory_raw", "event_id", "/events"),
        ("fact_qtickets_inventory_latest", "event_id", "/events"),
        ("fact_qtickets_inventory", "event_id", "/events"),
    ],
)
def test_a_table_has_the_ids_of_its_list(loaded: Loaded, table: str, key: str, path: str) -> None:
    ids = [row[0] for row in loaded.desk.rows(f"SELECT {key} FROM db.{table} FINAL")]

    assert sorted(ids) == sorted(str(row["id"]) for row in list_all(loaded.twin, path))


def test_every_paid_order_is_there_with_what_it_sold(loaded: Loaded) -> None:
    rows = loaded.desk.rows("SELECT order_id, tickets_sold, revenue FROM db.stg_qtickets_api_orders_raw FINAL")

    assert sorted(rows) == sorted(
        (str(order["id"]), len(sold(order)), float(sum(basket["price"] for basket in sold(order))))
        for order in paid_orders(loaded.twin)
    )


def test_the_seed_has_paid_orders_that_sold_less_than_they_list(loaded: Loaded) -> None:
    assert any(len(sold(order)) < len(order["baskets"]) for order in paid_orders(loaded.twin))
    assert loaded.desk.value("SELECT count() FROM db.stg_qtickets_api_orders_raw FINAL WHERE tickets_sold = 0") > 0


def test_every_partner_ticket_is_there(loaded: Loaded) -> None:
    ids = [row[0] for row in loaded.desk.rows("SELECT ticket_id FROM db.stg_qtickets_api_partner_tickets_raw FINAL")]

    assert sorted(ids) == sorted(str(ticket["id"]) for ticket in loaded.twin.partners("/tickets/find/12")["result"])


def test_every_barcode_is_there_with_its_scan(desk: Desk, twin: Twin) -> None:
    at = {"checked_at": "2026-06-01T18:30:00+03:00"}
    twin.rest("POST", "/shows/41/barcode/875196723453", at)
    twin.rest("POST", "/shows/4076/barcode/872964136579", at)

    desk.load(twin)

    query = "SELECT barcode, checked_at FROM db.stg_qtickets_api_barcodes_raw FINAL WHERE status = 'checked' ORDER BY 1"
    assert desk.rows(query) == [
        ("872964136579", datetime(2026, 6, 1, 18, 30)),
        ("875196723453", datetime(2026, 6, 1, 18, 30)),
    ]


def test_sale_times_are_the_wall_clock_of_moscow(loaded: Loaded) -> None:
    rows = dict(loaded.desk.rows("SELECT order_id, sale_ts FROM db.stg_qtickets_api_orders_raw FINAL"))

    assert rows == {
        str(order["id"]): parse_instant(order["payed_at"]).astimezone(MOSCOW).replace(tzinfo=None)
        for order in paid_orders(loaded.twin)
    }


def test_city_is_the_name_and_currency_the_orders_own(loaded: Loaded) -> None:
    cities = loaded.desk.rows("SELECT DISTINCT city FROM db.stg_qtickets_api_orders_raw FINAL ORDER BY city")

    assert [city for (city,) in cities] == ["красноярск", "москва", "новосибирск"]
    assert loaded.desk.rows("SELECT DISTINCT currency FROM db.stg_qtickets_api_orders_raw FINAL") == [("RUB",)]


def test_the_dates_of_an_event_are_those_of_its_shows(loaded: Loaded) -> None:
    assert loaded.desk.rows("SELECT start_date, end_date FROM db.dim_events FINAL WHERE event_id = '12'") == [
        (date(2026, 6, 21), date(2026, 7, 11))
    ]


def test_inventory_counts_each_seat_once(loaded: Loaded) -> None:
    body = {"flat": True, "select": ["root_id", "max_quantity", "free_quantity"]}
    seats = {seat["root_id"]: seat for seat in loaded.twin.rest("GET", "/shows/41/seats", body).json()["data"].values()}

    total, left = loaded.desk.rows("SELECT tickets_total, tickets_left FROM db.dim_events FINAL WHERE event_id = '33'")[
        0
    ]

    assert total == sum(seat["max_quantity"] for seat in seats.values())
    assert left == sum(seat["free_quantity"] for seat in seats.values())


@pytest.mark.parametrize("fact", ["fact_qtickets_sales_daily", "fact_qtickets_sales_utm_daily"])
def test_facts_add_up_to_the_orders(loaded: Loaded, fact: str) -> None:
    sums = "toDate({}) AS day, event_id, city, sum(tickets_sold), sum(toDecimal64(revenue, 2))"

    of_orders = loaded.desk.rows(
        f"SELECT {sums.format('sale_ts')} FROM db.stg_qtickets_api_orders_raw FINAL "
        "WHERE tickets_sold > 0 GROUP BY day, event_id, city ORDER BY day, event_id, city"
    )
    of_facts = loaded.desk.rows(
        f"SELECT {sums.format('sales_date')} FROM db.{fact} FINAL "
        "GROUP BY day, event_id, city ORDER BY day, event_id, city"
    )

    assert of_facts == of_orders
    assert isinstance(of_facts[0][4], Decimal)


def test_utm_is_kept_for_orders_that_have_it(loaded: Loaded) -> None:
    query = "SELECT DISTINCT utm_source, utm_campaign FROM db.fact_qtickets_sales_utm_daily FINAL ORDER BY 1"
    assert loaded.desk.rows(query) == [("", ""), ("newsletter", "spring"), ("vk", "108")]


def test_a_second_load_keeps_every_count(desk: Desk, twin: Twin) -> None:
    desk.load(twin)
    first = desk.counts()

    desk.load(twin)

    assert desk.counts() == first
    assert min(first.values()) > 0


def test_a_load_returns_the_rows_of_each_table(desk: Desk, twin: Twin) -> None:
    written = desk.load(twin)

    assert written == {**desk.counts(), "meta_job_runs": 1}


def test_a_refund_after_the_first_load_leaves_no_double(desk: Desk, twin: Twin) -> None:
    desk.load(twin)
    twin.rest("DELETE", "/orders/4360/baskets", {"refund": {"amount": 500, "baskets": {"63995": []}}})

    desk.load(twin)

    query = "SELECT tickets_sold, revenue FROM db.stg_qtickets_api_orders_raw FINAL WHERE order_id = '4360'"
    assert desk.rows(query) == [(2, 300.0)]


def test_a_day_without_tickets_left_has_no_fact(desk: Desk, twin: Twin) -> None:
    desk.load(twin)
    baskets = {"63993": [], "63994": [], "63995": []}
    twin.rest("DELETE", "/orders/4360/baskets", {"refund": {"amount": 800, "baskets": baskets}})

    desk.load(twin)

    query = "SELECT count() FROM db.fact_qtickets_sales_daily FINAL WHERE event_id = '33' AND revenue = 800"
    assert desk.value(query) == 0


def test_a_new_sale_is_there_after_the_next_load(desk: Desk, twin: Twin) -> None:
    desk.load(twin)
    with twin.app.world.lock:
        order = place_order(twin.app.world, client_id=235, show_id=41, seats=[("2-2;37", "")])
        pay_order(twin.app.world, order)

    desk.load(twin)

    query = f"SELECT revenue FROM db.stg_qtickets_api_orders_raw FINAL WHERE order_id = '{order.id}'"
    assert desk.rows(query) == [(300.0,)]


def test_the_last_snapshot_of_each_day_stays(desk: Desk, twin: Twin) -> None:
    for hours in (0, 1, 24):
        twin.time.advance(hours=hours)
        desk.load(twin)

    query = "SELECT DISTINCT snapshot_ts FROM db.stg_qtickets_api_inventory_raw FINAL ORDER BY 1"
    assert desk.rows(query) == [(datetime(2026, 6, 1, 13),), (datetime(2026, 6, 2, 13),)]


def test_no_text_column_tells_of_a_person(loaded: Loaded) -> None:
    people = [*list_all(loaded.twin, "/clients"), *(order["client"] for order in list_all(loaded.twin, "/orders"))]
    secrets = {client["email"] for client in people} | {client["details"]["surname"] for client in people}
    secrets |= {"@", "+7000", "999999*", "/pay/"}

    texts = [
        str(value)
        for table in (*STAGING, *FACTS, "meta_job_runs")
        for row in loaded.desk.rows(f"SELECT * FROM db.{table}")
        for value in row
    ]

    assert [text for text in texts if any(secret and secret in text for secret in secrets)] == []


def test_equal_people_stay_equal_and_different_ones_different(loaded: Loaded) -> None:
    emails, distinct = loaded.desk.rows("SELECT count(), uniqExact(email) FROM db.stg_qtickets_api_clients_raw FINAL")[
        0
    ]

    assert emails == distinct == len(list_all(loaded.twin, "/clients"))
    assert (
        loaded.desk.value("SELECT uniqExact(phone) FROM db.stg_qtickets_api_clients_raw FINAL WHERE phone != ''") == 1
    )


def test_payloads_keep_what_is_not_personal(loaded: Loaded) -> None:
    text = loaded.desk.value("SELECT payload_json FROM db.stg_qtickets_api_orders_raw FINAL WHERE order_id = '4360'")

    payload = json.loads(text)
    assert (payload["price"], payload["baskets"][0]["seat_id"]) == (800, "CENTER_PARTERRE-21;11")


def test_a_run_is_recorded(desk: Desk, twin: Twin) -> None:
    written = desk.load(twin)

    job, status, rows, message = desk.rows("SELECT job, status, rows_processed, message FROM db.meta_job_runs")[0]

    assert (job, status) == ("qtickets_api", "ok")
    assert rows == sum(written.values()) - 1
    assert json.loads(message)["rows"]["stg_qtickets_api_discounts_raw"] == 65


@pytest.mark.parametrize("fault", ["unavailable-503", "html-404", "expired-token", "envelope-200", "truncated-json"])
def test_a_service_that_fails_is_an_error_and_writes_no_data(desk: Desk, serve: ServeTwin, fault: str) -> None:
    with pytest.raises(LoadError):
        desk.load(serve(faults=[fault]))

    assert desk.rows("SELECT status, message FROM db.meta_job_runs") == [
        ("error", '{"error": "LoadError", "rows": {}, "status": "error"}')
    ]
    assert set(desk.counts().values()) == {0}


def test_a_failed_load_leaves_the_last_one_in_place(desk: Desk, twin: Twin, serve: ServeTwin) -> None:
    desk.load(twin)
    before = desk.counts()

    with pytest.raises(LoadError):
        desk.load(serve(faults=["unavailable-503"]))

    assert desk.counts() == before


def test_a_service_that_fails_now_and_then_is_read(desk: Desk, serve: ServeTwin) -> None:
    written = desk.load(serve(faults=["flaky-503"]))

    assert written["stg_qtickets_api_discounts_raw"] == 65


def test_tables_can_be_created_twice(desk: Desk) -> None:
    create_tables(client=desk.client, database=desk.database)
    create_tables(client=desk.client, database=desk.database)

    query = f"SELECT count() FROM system.tables WHERE database = '{desk.database}' AND engine != 'View'"
    # The plan, the costs, the record of jobs, and the materialised view with the table that it fills.
    assert desk.value(query) == len(STAGING) + len(FACTS) + 5


@pytest.mark.parametrize(
    "view",
    [
        "v_qtickets_sales_utm_daily",
        "v_qtickets_sales_dashboard",
        "v_plan_vs_fact",
        "v_qtickets_inventory",
        "v_qtickets_freshness",
        "mv_qtickets_sales_latest",
    ],
)
def test_a_view_shows_rows(loaded: Loaded, view: str) -> None:
    assert loaded.desk.rows(f"SELECT * FROM db.{view} LIMIT 1")


def test_the_dashboard_has_each_event_once(loaded: Loaded) -> None:
    assert loaded.desk.value("SELECT count() FROM db.v_qtickets_sales_dashboard") == len(
        list_all(loaded.twin, "/events")
    )


@pytest.mark.parametrize("name", ["a-b", "a;DROP TABLE x", "", "имя", "$database"])
def test_a_database_name_must_be_an_identifier(desk: Desk, name: str) -> None:
    with pytest.raises(ValueError, match="not a database name"):
        create_tables(client=desk.client, database=name)
