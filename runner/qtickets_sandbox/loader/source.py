"""All that one load reads from the service, before anything is written."""

from dataclasses import dataclass
from typing import Any

from qtickets_sandbox.loader.api import Api
from qtickets_sandbox.loader.practice import Practice

_SEAT_FIELDS = ["id", "root_id", "max_quantity", "free_quantity"]
_BARCODE_FIELDS = ["barcode", "admission", "price", "seat_name", "zone_name", "row", "place"]

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The lists as the service gave them; seats and barcodes by show id."""

    orders: list[Json]
    events: list[Json]
    clients: list[Json]
    color_themes: list[Json]
    discounts: list[Json]
    promo_codes: list[Json]
    seats: dict[int, list[Json]]
    barcodes: dict[int, list[Json]]
    partner_tickets: list[Json]


def read_source(api: Api, practice: Practice) -> Source:
    """Read everything; raises LoadError as soon as something cannot be read."""
    events = list(api.iter_pages("/events", practice.pages))
    orders = list(api.iter_pages("/orders", practice.pages))
    show_ids = [show["id"] for event in events for show in event["shows"]]
    return Source(
        orders=orders,
        events=events,
        clients=list(api.iter_pages("/clients", practice.pages)),
        color_themes=api.get("/color-themes")["data"],
        discounts=list(api.iter_pages("/discounts", practice.pages)),
        promo_codes=list(api.iter_pages("/promo-codes", practice.pages)),
        seats={show_id: _read_seats(api, show_id) for show_id in show_ids},
        barcodes=_read_barcodes(api, show_ids, orders),
        partner_tickets=practice.partner_tickets(_read_partner_tickets(api)),
    )


def _read_seats(api: Api, show_id: int) -> list[Json]:
    seats = api.get(f"/shows/{show_id}/seats", {"flat": True, "select": _SEAT_FIELDS})["data"]
    # An empty PHP map is a list.
    return list(seats.values()) if isinstance(seats, dict) else []


def _read_barcodes(api: Api, show_ids: list[int], orders: list[Json]) -> dict[int, list[Json]]:
    """Return the barcodes of each show with `checked_at`, which the list does not tell."""
    checked = {
        basket["barcode"]: basket["checked_at"] for order in orders for basket in order["baskets"] if basket["barcode"]
    }
    found: dict[int, list[Json]] = {}
    for show_id in show_ids:
        found[show_id] = []
        for row in api.get(f"/shows/{show_id}/barcodes", {"select": _BARCODE_FIELDS}):
            barcode = row["barcode"]
            if barcode not in checked:
                # Sold by a partner: no order tells of it.
                checked[barcode] = api.get(f"/shows/{show_id}/barcode/{barcode}")["checked_at"]
            found[show_id].append({**row, "checked_at": checked[barcode]})
    return found


def _read_partner_tickets(api: Api) -> list[Json]:
    """Return the tickets of every show that the partner sells, each with its event_id and show_id."""
    tickets = []
    for item in api.ask_partners("/events/lists"):
        event_id, show_id = item["event_id"], item["show_id"]
        for ticket in api.ask_partners(f"/tickets/find/{event_id}/{show_id}"):
            tickets.append({**ticket, "event_id": event_id, "show_id": show_id})
    return tickets
