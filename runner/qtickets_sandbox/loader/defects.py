"""Defects that can be planted in a load by name, so that warehouse checks can be shown to find them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from qtickets_sandbox.instants import parse_instant
from qtickets_sandbox.loader.practice import Payload, Practice


@dataclass(frozen=True, slots=True)
class Defect:
    """One way to load wrongly: what it does to a correct practice."""

    name: str
    description: str
    change: Callable[[Practice], Practice]


def _changes(description: str, **changes: Any) -> tuple[str, Mapping[str, Any]]:
    return description, changes


def _sale_time_in_utc(order: Payload) -> datetime:
    sold = parse_instant(order["payed_at"] or order["created_at"])
    return sold.astimezone(UTC).replace(tzinfo=None)


def _is_older_than_three_days(order: Payload, now: datetime) -> bool:
    return parse_instant(order["created_at"]) < now - timedelta(days=3)


def _key_with_version(order_id: str, event_id: str, sale_ts: datetime, _revenue: float, version: int) -> str:
    return f"{order_id}::{event_id}::{sale_ts.isoformat()}::{version}"


def _day_in_utc(sale_ts: datetime) -> date:
    # The wall clock of Moscow is three hours ahead, all year.
    return (sale_ts - timedelta(hours=3)).date()


def _negative_if_dead(basket: Payload) -> float:
    amount = float(basket["price"]) * int(basket["quantity"])
    return amount if basket["deleted_at"] is None and basket["refunded_at"] is None else -amount


def _table(name: str) -> frozenset[str]:
    return frozenset({f"stg_qtickets_api_{name}_raw"})


_INVENTORY = _table("inventory") | {"fact_qtickets_inventory_latest"}

_CHANGES: dict[str, tuple[str, Mapping[str, Any]]] = {
    "first-page-only": _changes("Read the first page of every list only", pages=lambda _total, _size: 1),
    "unpaid-counted": _changes("Load unpaid orders as sales", order_counts=lambda _order: True),
    "refunds-counted": _changes("Count refunded and removed tickets as sold", ticket_counts=lambda _basket: True),
    "discount-ignored": _changes(
        "Take the price before the discount as revenue", amount=lambda basket: float(basket["original_price"])
    ),
    "shifted-time-zone": _changes("Store sale times in UTC instead of Moscow time", sale_time=_sale_time_in_utc),
    "wrong-currency": _changes("Write USD for every order", currency=lambda _order: "USD"),
    "city-object": _changes("Write the city object as text", city=lambda event: str(event["city"])),
    "lost-dates": _changes("Look for dates on the event, where there are none", dates=lambda _event: (None, None)),
    "tariffs-counted": _changes("Count a seat once per tariff", seat_key=lambda seat: str(seat["id"])),
    "duplicate-after-replay": _changes(
        "Make the deduplication key differ between runs", order_key=_key_with_version, deletes_outdated=False
    ),
    "lost-partner-tickets": _changes("Load no ticket that a partner sold", partner_tickets=lambda _tickets: []),
    "raw-email": _changes("Store e-mail, phone and names as they are", pseudonym=lambda _pseudonyms, text: text or ""),
    "raw-payload": _changes("Keep personal fields in payload_json", strip=lambda payload: payload),
    "stale-data": _changes("Miss the orders of the last three days", order_is_recent=_is_older_than_three_days),
    "facts-forgotten": _changes("Fill the staging tables but not the facts", writes_facts=False),
    "lost-city": _changes("Look for the city on the order, where there is none", order_city=lambda _city: ""),
    "facts-in-utc": _changes("Count a sale for its day in UTC", day=_day_in_utc),
    "lost-utm": _changes("Look for utm_source beside the order's utm", utm=lambda _order: []),
    "amount-in-kopecks": _changes("Count kopecks as roubles", amount=lambda basket: float(basket["price"]) * 100),
    "negative-refunds": _changes(
        "Subtract what was refunded or removed", ticket_counts=lambda _basket: True, amount=_negative_if_dead
    ),
    "places-unknown": _changes("Write NULL for places, because a call was refused", places=lambda _number: None),
    "lost-validity": _changes(
        "Look for valid_from of a promo code, not active_from", validity=lambda _code: (None, None)
    ),
    "lost-inventory": _changes("Lose the snapshot of places, of which one call was refused", lost=_INVENTORY),
    "lost-barcodes": _changes("Ask for barcodes at a path that is not there", lost=_table("barcodes")),
    "lost-price-shades": _changes("Ask for price shades at a path that is not there", lost=_table("price_shades")),
    "lost-discounts": _changes("Skip the discounts, as optional", lost=_table("discounts")),
    "lost-clients": _changes("Skip the clients, as optional", lost=_table("clients")),
    "unrecorded-job": _changes("Leave no trace in meta_job_runs", records_job=False),
    "failed-job": _changes("Report an error, although all was written", job_status=lambda _status: "error"),
    "view-out-of-step": _changes(
        "Let the view of daily sales leave an event out",
        afterwards=(
            "CREATE OR REPLACE VIEW $database.v_qtickets_sales_utm_daily AS SELECT *, 'x' AS utm_group "
            "FROM $database.fact_qtickets_sales_utm_daily FINAL WHERE event_id != '33'",
        ),
    ),
    "unnamed-utm-group": _changes(
        "Leave the utm group empty instead of unknown",
        afterwards=(
            "CREATE OR REPLACE VIEW $database.v_qtickets_sales_utm_daily AS SELECT *, utm_source AS utm_group "
            "FROM $database.fact_qtickets_sales_utm_daily FINAL",
        ),
    ),
    "view-without-final": _changes(
        "Let a view read all versions of a row",
        afterwards=(
            "SYSTEM STOP MERGES $database.fact_qtickets_inventory_latest",
            "INSERT INTO $database.fact_qtickets_inventory_latest SELECT * REPLACE (_ver + 1 AS _ver) "
            "FROM $database.fact_qtickets_inventory_latest FINAL",
            "CREATE OR REPLACE VIEW $database.v_qtickets_inventory AS "
            "SELECT * FROM $database.fact_qtickets_inventory_latest",
        ),
    ),
    "event-in-two-cities": _changes(
        "Keep an event under its former city too",
        afterwards=(
            "INSERT INTO $database.fact_qtickets_inventory_latest SELECT * REPLACE ('тверь' AS city) "
            "FROM $database.fact_qtickets_inventory_latest WHERE event_id = '33'",
        ),
    ),
    "ambiguous-version": _changes(
        "Write an order twice under one version, with two contents",
        afterwards=(
            "SYSTEM STOP MERGES $database.stg_qtickets_api_orders_raw",
            "INSERT INTO $database.stg_qtickets_api_orders_raw SELECT * REPLACE ('тверь' AS utm_content) "
            "FROM $database.stg_qtickets_api_orders_raw FINAL ORDER BY order_id LIMIT 1",
        ),
    ),
    "merges-behind": _changes(
        "Write every client four more times and never merge",
        afterwards=(
            "SYSTEM STOP MERGES $database.stg_qtickets_api_clients_raw",
            *(
                f"INSERT INTO $database.stg_qtickets_api_clients_raw SELECT * REPLACE (_ver + {n} AS _ver) "
                "FROM $database.stg_qtickets_api_clients_raw FINAL"
                for n in range(1, 5)
            ),
        ),
    ),
    "drifted-column": _changes(
        "Let a column become Nullable",
        afterwards=("ALTER TABLE $database.stg_qtickets_api_discounts_raw MODIFY COLUMN name Nullable(String)",),
    ),
    "dropped-view": _changes("Drop a view that dashboards read", afterwards=("DROP VIEW $database.v_plan_vs_fact",)),
    "stray-event": _changes(
        "Keep a fact of an event that nobody knows",
        afterwards=(
            "INSERT INTO $database.fact_qtickets_sales_daily (sales_date, event_id, city, tickets_sold, revenue, _ver) "
            "SELECT max(sales_date), '1', 'тверь', 1, 10, 1 FROM $database.fact_qtickets_sales_daily",
        ),
    ),
    "stuck-job": _changes(
        "Leave the job running, a day after it was started",
        job_status=lambda _status: "running",
        job_start=lambda started: started - timedelta(days=1),
    ),
    "false-ok": _changes("Report ok whatever happened", job_status=lambda _status: "ok"),
}


def _plant(changes: Mapping[str, Any]) -> Callable[[Practice], Practice]:
    return lambda practice: replace(practice, **{name: _add(practice, name, value) for name, value in changes.items()})


def _add(practice: Practice, name: str, value: Any) -> Any:
    """Return what a defect makes of one decision: lists of statements and tables are added to, the rest is replaced."""
    match getattr(practice, name):
        case tuple() as statements:
            return statements + value
        case frozenset() as tables:
            return tables | value
        case _:
            return value


DEFECTS: dict[str, Defect] = {
    name: Defect(name, description, _plant(changes)) for name, (description, changes) in _CHANGES.items()
}


def build_practice(defects: Iterable[str]) -> Practice:
    """Return a correct practice with these defects planted; raises ValueError for an unknown name."""
    practice = Practice()
    for name in defects:
        if name not in DEFECTS:
            raise ValueError(f"unknown defect '{name}'; valid are: {', '.join(sorted(DEFECTS))}")
        practice = DEFECTS[name].change(practice)
    return practice
