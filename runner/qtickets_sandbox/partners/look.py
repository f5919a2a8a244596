"""tickets/check and tickets/find: look without changing anything (docs/qtickets.md, Partners API, P7, P8)."""

from collections.abc import Mapping
from typing import Any

from qtickets_sandbox.envelopes import PartnersError
from qtickets_sandbox.model.sales import PartnerTicket
from qtickets_sandbox.partners.batch import run_items
from qtickets_sandbox.partners.call import PartnerCall
from qtickets_sandbox.partners.events import read_place
from qtickets_sandbox.partners.parameters import Parameters, invalid
from qtickets_sandbox.partners.render import render_header, render_ticket
from qtickets_sandbox.partners.seats import find_offered_seat, is_available
from qtickets_sandbox.php import cast_int

_FILTERS = ("external_order_id", "external_id", "barcode", "id")


def check_seats(call: PartnerCall) -> dict[str, Any]:
    """Answer price and availability of one seat or a batch; a busy seat is `available: false`, no error."""
    event, show = call.find_show()

    def check(item: Parameters, _is_single: bool) -> dict[str, Any]:
        seat, offer_id = find_offered_seat(show, item)
        return {
            "seat_id": seat.root_id,
            "offer_id": item.get("offer_id"),
            "available": is_available(call, show, seat, offer_id),
            "coords": list(seat.coords),
            "row": read_place(seat.row),
            "place": read_place(seat.place),
            "price": show.price_of(seat, offer_id),
            "currency_id": event.currency_id,
        }

    result = run_items(call, show, check)
    return {"status": "success", **render_header(call.world, event, show), "result": result}


def find_tickets(call: PartnerCall) -> dict[str, Any]:
    """Answer tickets, dead ones too; values of one filter are alternatives, filters add up.

    See docs/qtickets.md, Partner tickets.
    """
    tickets = [
        ticket
        for ticket in sorted(call.world.tickets.values(), key=lambda each: each.id)
        if ticket.partner_id == call.partner_id or call.switches.ticket_visibility == "all"
    ]
    if "event_id" in call.path:
        tickets = _within(call, tickets)
    wanted = _read_filter(call)
    found = [ticket for ticket in tickets if not wanted or _is_wanted(call, ticket, wanted)]
    if not found and call.switches.find_nothing == "ticket_not_found":
        raise PartnersError("TICKET_NOT_FOUND", "Ticket not found")
    return {"status": "success", "result": [render_ticket(ticket, with_deleted=True) for ticket in found]}


def _within(call: PartnerCall, tickets: list[PartnerTicket]) -> list[PartnerTicket]:
    event = call.find_event()
    shows = {show.id for show in event.shows}
    if "show_id" in call.path:
        shows &= {cast_int(call.path["show_id"])}
        if not shows:
            raise PartnersError("EVENT_NOT_FOUND", "Event not found")
    return [ticket for ticket in tickets if ticket.show_id in shows]


def _is_wanted(call: PartnerCall, ticket: PartnerTicket, wanted: Mapping[str, set[str]]) -> bool:
    hits = (str(getattr(ticket, name)) in values for name, values in wanted.items())
    return all(hits) if call.switches.find_filters == "add_up" else any(hits)


def _read_filter(call: PartnerCall) -> dict[str, set[str]]:
    """Return the wanted values as text by filter name; raises VALIDATION_ERROR for none, if they are needed."""
    given = call.parameters.get("filter")
    if given is not None and given != [] and not isinstance(given, Mapping):
        raise invalid("filter must be an object")
    wanted = {}
    for name in _FILTERS:
        value = given.get(name) if isinstance(given, Mapping) else None
        if value is None or value == []:
            continue
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(each, str | int) and not isinstance(each, bool) for each in values):
            raise invalid(f"filter.{name} must be a value or a list of values")
        wanted[name] = {str(each) for each in values}
    if not wanted:
        switches = call.switches
        policy = switches.find_event_without_filter if "event_id" in call.path else switches.find_without_filter
        if policy == "validation_error":
            raise invalid("filter is required")
    return wanted
