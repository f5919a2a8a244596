"""How a correct load decides; each decision is a function that a defect can replace.

See docs/qtickets.md, Loader rules.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from qtickets_sandbox.instants import MOSCOW, parse_instant
from qtickets_sandbox.loader.privacy import Pseudonyms, strip_personal

Payload = Mapping[str, Any]


def _all_pages(total: int, per_page: int) -> int:
    return -(-total // per_page)


def _is_paid(order: Payload) -> bool:
    return order["payed"] is True


def _is_sold(basket: Payload) -> bool:
    return basket["deleted_at"] is None and basket["refunded_at"] is None


def _amount(basket: Payload) -> float:
    return float(basket["price"]) * int(basket["quantity"])


def _sale_time(order: Payload) -> datetime:
    """Return the wall clock of Moscow when the order was paid, without a zone."""
    sold = parse_instant(order["payed_at"] or order["created_at"])
    return sold.astimezone(MOSCOW).replace(tzinfo=None)


def _currency(order: Payload) -> str:
    return str(order["currency_id"])


def _city(event: Payload) -> str:
    return str(event["city"]["name"]).strip().lower()


def _dates(event: Payload) -> tuple[date | None, date | None]:
    """Return the first and the last day of an event's shows; the event itself has no dates."""
    shows = event["shows"]
    if not shows:
        return None, None
    starts = [parse_instant(show["start_date"]).astimezone(MOSCOW).date() for show in shows]
    ends = [parse_instant(show["finish_date"]).astimezone(MOSCOW).date() for show in shows]
    return min(starts), max(ends)


def _order_city(city: str) -> str:
    """Return the city of an order: that of its event, because an order has none."""
    return city


def _day(sale_ts: datetime) -> date:
    """Return the day of a sale, in Moscow as its time is."""
    return sale_ts.date()


def _utm(order: Payload) -> Any:
    return order["utm"]


def _places(number: int) -> int | None:
    return number


def _validity(promo_code: Payload) -> tuple[str | None, str | None]:
    return promo_code["active_from"], promo_code["active_to"]


def _seat_key(seat: Payload) -> str:
    """Return the seat itself: each of its tariffs lists it once more."""
    return str(seat["root_id"])


def _order_key(order_id: str, event_id: str, sale_ts: datetime, revenue: float, _version: int) -> str:
    return f"{order_id}::{event_id}::{sale_ts.isoformat()}::{revenue}"


def _is_recent(_order: Payload, _now: datetime) -> bool:
    return True


def _digest(pseudonyms: Pseudonyms, text: str | None) -> str:
    return pseudonyms.digest(text)


def _same_tickets(tickets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return tickets


def _same_status(status: str) -> str:
    return status


def _same_start(started: datetime) -> datetime:
    return started


@dataclass(frozen=True, slots=True)
class Practice:
    """The decisions of one load."""

    pages: Callable[[int, int], int] = _all_pages
    order_counts: Callable[[Payload], bool] = _is_paid
    order_is_recent: Callable[[Payload, datetime], bool] = _is_recent
    ticket_counts: Callable[[Payload], bool] = _is_sold
    amount: Callable[[Payload], float] = _amount
    sale_time: Callable[[Payload], datetime] = _sale_time
    currency: Callable[[Payload], str] = _currency
    city: Callable[[Payload], str] = _city
    order_city: Callable[[str], str] = _order_city
    day: Callable[[datetime], date] = _day
    utm: Callable[[Payload], Any] = _utm
    dates: Callable[[Payload], tuple[date | None, date | None]] = _dates
    places: Callable[[int], int | None] = _places
    validity: Callable[[Payload], tuple[str | None, str | None]] = _validity
    seat_key: Callable[[Payload], str] = _seat_key
    order_key: Callable[[str, str, datetime, float, int], str] = _order_key
    pseudonym: Callable[[Pseudonyms, str | None], str] = _digest
    strip: Callable[[Any], Any] = strip_personal
    partner_tickets: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] = _same_tickets
    writes_facts: bool = True
    records_job: bool = True
    # Tables that are left without rows.
    lost: frozenset[str] = frozenset()
    # Statements after the load, with $database: what happens to tables and views behind the loader's back.
    afterwards: tuple[str, ...] = ()
    deletes_outdated: bool = True
    job_status: Callable[[str], str] = _same_status
    job_start: Callable[[datetime], datetime] = _same_start
