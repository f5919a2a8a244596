"""Every defect that can be planted in a load shows in the tables, and a correct load does not show it."""

from datetime import datetime
from typing import Any

import pytest

from helpers.qtickets.loader import Desk, Loaded
from helpers.qtickets.twin import Twin
from qtickets_sandbox.loader import DEFECTS, LoadError
from qtickets_sandbox.loader.defects import build_practice

pytestmark = pytest.mark.thorough

_ORDERS = "db.stg_qtickets_api_orders_raw FINAL"
_DAILY = "db.fact_qtickets_sales_daily FINAL"
_STOCK = "db.fact_qtickets_inventory_latest FINAL"

# The query, and its value after a correct load and after one with the defect.
CASES: dict[str, tuple[str, Any, Any]] = {
    "first-page-only": ("SELECT count() FROM db.stg_qtickets_api_clients_raw FINAL", 118, 100),
    "unpaid-counted": (f"SELECT countIf(order_id = '6000') FROM {_ORDERS}", 0, 1),
    "refunds-counted": (f"SELECT sumIf(tickets_sold, order_id = '11539') FROM {_ORDERS}", 0, 1),
    "discount-ignored": (f"SELECT sumIf(revenue, order_id = '20002') FROM {_ORDERS}", 1300.0, 1400.0),
    "shifted-time-zone": (
        f"SELECT minIf(sale_ts, order_id = '4360') FROM {_ORDERS}",
        datetime(2026, 3, 18, 12, 5),
        datetime(2026, 3, 18, 9, 5),
    ),
    "wrong-currency": (f"SELECT any(currency) FROM {_ORDERS}", "RUB", "USD"),
    "city-object": ("SELECT countIf(startsWith(city, '{')) FROM db.dim_events FINAL", 0, 24),
    "lost-dates": ("SELECT countIf(start_date IS NULL) FROM db.dim_events FINAL", 0, 24),
    "tariffs-counted": ("SELECT maxIf(tickets_total, event_id = '2001') FROM db.dim_events FINAL", 216, 232),
    "duplicate-after-replay": (f"SELECT count() - uniqExact(order_id) FROM {_ORDERS}", 0, 106),
    "lost-partner-tickets": ("SELECT count() FROM db.stg_qtickets_api_partner_tickets_raw FINAL", 5, 0),
    "raw-email": ("SELECT countIf(match(email, '@')) FROM db.stg_qtickets_api_clients_raw FINAL", 0, 118),
    "raw-payload": (f"SELECT countIf(match(payload_json, '@example')) FROM {_ORDERS}", 0, 106),
    "stale-data": (f"SELECT max(sale_ts) < toDateTime('2026-05-30 00:00:00') FROM {_ORDERS}", 0, 1),
    "facts-forgotten": ("SELECT count() FROM db.fact_qtickets_inventory FINAL", 24, 0),
    "stuck-job": ("SELECT max(status) FROM db.meta_job_runs", "ok", "running"),
    "failed-job": ("SELECT max(status) FROM db.meta_job_runs", "ok", "error"),
    "unrecorded-job": ("SELECT count() FROM db.meta_job_runs", 1, 0),
    "lost-city": (f"SELECT countIf(city = '') FROM {_ORDERS}", 0, 106),
    "lost-utm": (f"SELECT countIf(utm_source = '') > 100 FROM {_ORDERS}", 0, 1),
    "facts-in-utc": (
        f"SELECT countIf(toDate(sale_ts) NOT IN (SELECT sales_date FROM {_DAILY})) FROM {_ORDERS}",
        3,
        10,
    ),
    "amount-in-kopecks": (f"SELECT sumIf(revenue, order_id = '20002') FROM {_ORDERS}", 1300.0, 130000.0),
    "negative-refunds": (f"SELECT min(revenue) < 0 FROM {_ORDERS}", 0, 1),
    "places-unknown": (f"SELECT countIf(isNull(tickets_left)) FROM {_STOCK}", 0, 24),
    "lost-validity": ("SELECT countIf(isNotNull(valid_from)) = 0 FROM db.stg_qtickets_api_promo_codes_raw FINAL", 0, 1),
    "lost-inventory": (f"SELECT count() FROM {_STOCK}", 24, 0),
    "lost-barcodes": ("SELECT count() FROM db.stg_qtickets_api_barcodes_raw FINAL", 147, 0),
    "lost-price-shades": ("SELECT count() FROM db.stg_qtickets_api_price_shades_raw FINAL", 15, 0),
    "lost-discounts": ("SELECT count() FROM db.stg_qtickets_api_discounts_raw FINAL", 65, 0),
    "lost-clients": ("SELECT count() FROM db.stg_qtickets_api_clients_raw FINAL", 118, 0),
    "view-out-of-step": ("SELECT countIf(event_id = '33') FROM db.v_qtickets_sales_utm_daily", 2, 0),
    "view-without-final": ("SELECT count() FROM db.v_qtickets_inventory", 24, 48),
    "unnamed-utm-group": ("SELECT countIf(utm_group = '') > 0 FROM db.v_qtickets_sales_utm_daily", 0, 1),
    "event-in-two-cities": (f"SELECT count() - uniqExact(event_id) FROM {_STOCK}", 0, 1),
    "ambiguous-version": (
        "SELECT count() - uniqExact(_dedup_key, _ver) FROM db.stg_qtickets_api_orders_raw",
        0,
        1,
    ),
    "merges-behind": ("SELECT count() FROM db.stg_qtickets_api_clients_raw", 118, 590),
    "drifted-column": (
        "SELECT toTypeName(any(name)) FROM db.stg_qtickets_api_discounts_raw",
        "String",
        "Nullable(String)",
    ),
    "dropped-view": ("SELECT count() FROM system.tables WHERE database || '.' = 'db.' AND name LIKE 'v_plan%'", 1, 0),
    "stray-event": (f"SELECT countIf(event_id = '1') FROM {_DAILY}", 0, 1),
}
_NEEDS_TWO_LOADS = {"duplicate-after-replay"}


def test_every_defect_has_its_case() -> None:
    assert {*CASES, "false-ok"} == set(DEFECTS)


@pytest.mark.parametrize("name", CASES)
def test_a_correct_load_is_right(loaded: Loaded, name: str) -> None:
    query, right, _ = CASES[name]

    assert loaded.desk.value(query) == right


@pytest.mark.parametrize("name", CASES)
def test_a_planted_defect_shows(desk: Desk, loaded: Loaded, name: str) -> None:
    query, _, wrong = CASES[name]

    for _ in range(2 if name in _NEEDS_TWO_LOADS else 1):
        desk.load(loaded.twin, [name])

    assert desk.value(query) == wrong


@pytest.mark.parametrize(("defects", "status"), [((), "error"), (("false-ok",), "ok")])
def test_false_ok_hides_a_failure(desk: Desk, twin: Twin, defects: tuple[str, ...], status: str) -> None:
    twin.base_url += "/elsewhere"

    with pytest.raises(LoadError):
        desk.load(twin, defects)

    assert desk.value("SELECT status FROM db.meta_job_runs") == status


def test_an_unknown_defect_is_refused_with_the_valid_ones(desk: Desk, twin: Twin) -> None:
    with pytest.raises(ValueError, match="unknown defect 'nothing'; valid are: ambiguous-version, "):
        desk.load(twin, ["nothing"])


def test_a_stuck_job_began_a_day_ago(desk: Desk, loaded: Loaded) -> None:
    desk.load(loaded.twin, ["stuck-job"])

    assert desk.value("SELECT dateDiff('hour', started_at, finished_at) FROM db.meta_job_runs") == 24


def test_defects_of_one_kind_add_up() -> None:
    practice = build_practice(["lost-barcodes", "lost-clients", "dropped-view", "drifted-column"])

    assert practice.lost == {"stg_qtickets_api_barcodes_raw", "stg_qtickets_api_clients_raw"}
    assert len(practice.afterwards) == 2
