"""What Partners answers have in common: the event header and the ticket (docs/qtickets.md, Partners API)."""

from datetime import timedelta, timezone
from typing import Any

from qtickets_sandbox.instants import render_instant
from qtickets_sandbox.layouts import SCHEMES
from qtickets_sandbox.model.sales import PartnerTicket
from qtickets_sandbox.model.venue import Event, Show
from qtickets_sandbox.partners.update_hash import compute_update_hash
from qtickets_sandbox.world import World


def render_header(world: World, event: Event, show: Show) -> dict[str, Any]:
    """The event header that precedes every result but that of tickets/find."""
    scheme = SCHEMES[event.scheme_id]
    zone = timezone(timedelta(hours=world.switches.partners_offset_hours))
    return {
        "event_id": event.id,
        "show_id": show.id,
        "event_name": event.name,
        "start_date": render_instant(show.start_date, zone),
        "finish_date": render_instant(show.finish_date, zone),
        "scheme": {
            "id": scheme.id,
            "venue_id": scheme.venue_id,
            "place_name": event.place_name,
            "place_address": event.place_address,
            "place_description": event.place_description,
            "width": scheme.width,
            "height": scheme.height,
        },
        "city": {
            "id": event.city.id,
            "name": event.city.name,
            "timezone": event.city.timezone,
            "coords": list(event.city.coords),
        },
        "last_update_hash": compute_update_hash(world, event, show),
    }


def render_ticket(
    ticket: PartnerTicket,
    *,
    text_id: bool = False,
    keep_offset: bool = False,
    with_deleted: bool = False,
) -> dict[str, Any]:
    """A ticket; the id is text after a single add, and only find tells whether it is deleted."""
    offset = ticket.reserved_to.isoformat(timespec="seconds")
    rendered = {
        "id": str(ticket.id) if text_id else ticket.id,
        "paid": int(ticket.paid_at is not None),
        "paid_at": render_instant(ticket.paid_at),
        "seat_id": ticket.seat_id,
        "offer_id": ticket.offer_id,
        "admission": ticket.admission,
        "payment_type_id": ticket.payment_type_id,
        "reserved_to": offset if keep_offset else render_instant(ticket.reserved_to),
        "external_id": ticket.external_id,
        "external_order_id": ticket.external_order_id,
        "barcode": ticket.barcode,
        "price": ticket.price,
        "client_email": ticket.client_email,
        "client_phone": ticket.client_phone,
        "client_name": ticket.client_name,
        "client_surname": ticket.client_surname,
        "client_middlename": ticket.client_middlename,
        "fanid_card": None if ticket.fanid is None else {"id": ticket.id, "value": ticket.fanid},
        "visitor_user_id": ticket.visitor_user_id,
    }
    if with_deleted:
        rendered["deleted"] = int(ticket.deleted)
    return rendered
