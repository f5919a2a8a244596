"""Defects that can be planted in a load by name, so that warehouse checks can be shown to find them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
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
    "stuck-job": _changes(
        "Leave the job running, a day after it was started",
        job_status=lambda _status: "running",
        job_start=lambda started: started - timedelta(days=1),
    ),
    "false-ok": _changes("Report ok whatever happened", job_status=lambda _status: "ok"),
}


def _plant(changes: Mapping[str, Any]) -> Callable[[Practice], Practice]:
    return lambda practice: replace(practice, **changes)


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
