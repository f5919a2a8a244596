"""Orders to rows of sales, and rows of sales to daily facts (docs/qtickets.md, Loader rules, without its defects)."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from qtickets_sandbox.loader.practice import Practice

Row = dict[str, Any]
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """The version of a run, its instant, and the zone in which the server shows a DateTime."""

    version: int
    now: datetime
    zone: ZoneInfo

    def wall(self, naive: datetime) -> datetime:
        """Return the instant that the server shows as this wall clock time."""
        return naive.replace(tzinfo=self.zone)


def dump_payload(payload: Any) -> str:
    """Return canonical JSON: sorted keys, readable text."""
    return json.dumps(payload, sort_keys=True, ensure_ascii=False)


def build_sales(
    orders: Iterable[Mapping[str, Any]], cities: Mapping[int, str], practice: Practice, stamp: Stamp
) -> list[Row]:
    """Return a row for every paid order, with tickets and revenue of what is neither refunded nor removed."""
    rows = []
    for order in orders:
        if not practice.order_counts(order) or not practice.order_is_recent(order, stamp.now):
            continue
        sold = [basket for basket in order["baskets"] if practice.ticket_counts(basket)]
        order_id, event_id = str(order["id"]), str(order["event_id"])
        sale_ts = practice.sale_time(order)
        revenue = sum(practice.amount(basket) for basket in sold)
        key = practice.order_key(order_id, event_id, sale_ts, revenue, stamp.version)
        rows.append(
            {
                "order_id": order_id,
                "event_id": event_id,
                "city": practice.order_city(cities.get(order["event_id"], "")),
                **_read_utm(practice.utm(order)),
                "sale_ts": stamp.wall(sale_ts),
                "tickets_sold": sum(basket["quantity"] for basket in sold),
                "revenue": revenue,
                "currency": practice.currency(order),
                "payload_json": dump_payload(practice.strip(order)),
                "_ver": stamp.version,
                "_dedup_key": hashlib.md5(key.encode(), usedforsecurity=False).hexdigest(),
            }
        )
    return rows


def build_daily(sales: Iterable[Row], practice: Practice, stamp: Stamp, *, by_utm: bool) -> list[Row]:
    """Return tickets and revenue per event, city and Moscow day [and utm], without days of no ticket."""
    names = ("event_id", "city", *(_UTM if by_utm else ()))
    facts: dict[tuple[Any, ...], Row] = {}
    for sale in sales:
        if not sale["tickets_sold"]:
            continue
        day = practice.day(sale["sale_ts"])
        key = (day, *(sale[name] for name in names))
        fact = facts.setdefault(
            key,
            {
                "sales_date": day,
                **{name: sale[name] for name in names},
                "tickets_sold": 0,
                "revenue": 0.0,
                "_ver": stamp.version,
            },
        )
        fact["tickets_sold"] += sale["tickets_sold"]
        fact["revenue"] += sale["revenue"]
    return list(facts.values())


def _read_utm(utm: Any) -> dict[str, str]:
    # An order without utm has an empty list here.
    given = utm if isinstance(utm, Mapping) else {}
    return {name: str(given.get(name, "")).strip() for name in _UTM}
