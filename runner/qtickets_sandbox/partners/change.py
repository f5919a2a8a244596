"""tickets/update and tickets/remove (docs/qtickets.md, Partners API, P5, P6)."""

from typing import Any

from qtickets_sandbox.envelopes import PartnersError
from qtickets_sandbox.lifecycle.tickets import kill, settle
from qtickets_sandbox.model.sales import PartnerTicket
from qtickets_sandbox.model.venue import Show
from qtickets_sandbox.partners.batch import run_items
from qtickets_sandbox.partners.call import PartnerCall
from qtickets_sandbox.partners.parameters import (
    CLIENT_FIELDS,
    Parameters,
    invalid,
    read_flag,
    read_instant,
    read_price,
    read_text,
    read_ticket_key,
)
from qtickets_sandbox.partners.render import render_header, render_ticket


def update_tickets(call: PartnerCall) -> dict[str, Any]:
    """Update one ticket or a batch."""
    event, show = call.find_show()

    def update(item: Parameters, _is_single: bool) -> dict[str, Any]:
        return render_ticket(_update(call, show, item))

    result = run_items(call, show, update)
    return {"status": "success", **render_header(call.world, event, show), "result": result}


def remove_tickets(call: PartnerCall) -> dict[str, Any]:
    """Remove one ticket or a batch."""
    event, show = call.find_show()

    def remove(item: Parameters, _is_single: bool) -> bool:
        ticket = _find(call, show, item)
        if ticket.paid_at is not None and call.switches.remove_paid == "validation_error":
            raise invalid("a paid ticket cannot be removed")
        kill(call.world, ticket)
        return True

    result = run_items(call, show, remove)
    if call.switches.remove_batch_result == "true" and isinstance(result, list):
        result = True
    return {**render_header(call.world, event, show), "status": "success", "result": result}


def _update(call: PartnerCall, show: Show, item: Parameters) -> PartnerTicket:
    key = read_ticket_key(item)
    paid, paid_at = read_flag(item, "paid"), read_instant(item, "paid_at")
    reserved_to = read_instant(item, "reserved_to")
    price = read_price(item)
    texts = {name: read_text(item, name) for name in ("external_order_id", *CLIENT_FIELDS) if name in item}
    now = call.world.clock.now()
    if paid is False and reserved_to is None:
        raise invalid("reserved_to is required when paid is 0")
    if (
        reserved_to is not None
        and reserved_to <= now
        and not paid
        and call.switches.reserved_to_in_past == "validation_error"
    ):
        raise invalid("reserved_to is in the past")
    ticket = _find_by_key(call, show, key)
    _require_changeable(call, ticket, unpay=paid is False)
    if paid or (paid is None and paid_at is not None):
        ticket.paid_at = paid_at or ticket.paid_at or now
    elif paid is False:
        ticket.paid_at = ticket.barcode = None
    ticket.reserved_to = reserved_to or ticket.reserved_to
    ticket.price = price if "price" in item else ticket.price
    for name, value in texts.items():
        setattr(ticket, name, value)
    settle(call.world, ticket)
    return ticket


def _require_changeable(call: PartnerCall, ticket: PartnerTicket, *, unpay: bool) -> None:
    if ticket.paid_at is None:
        return
    if unpay and call.switches.unpay_ticket == "validation_error":
        raise invalid("a paid ticket cannot become unpaid")
    if call.switches.update_paid == "validation_error":
        raise invalid("a paid ticket cannot be updated")


def _find(call: PartnerCall, show: Show, item: Parameters) -> PartnerTicket:
    return _find_by_key(call, show, read_ticket_key(item))


def _find_by_key(call: PartnerCall, show: Show, key: tuple[int | None, str | None]) -> PartnerTicket:
    """Return the live ticket of this show and partner; raises TICKET_NOT_FOUND.

    See docs/qtickets.md, Preconditions, step 6.
    """
    number, external_id = key
    found = [
        ticket
        for ticket in call.world.tickets.values()
        if (ticket.id == number if number is not None else ticket.external_id == external_id)
        and ticket.show_id == show.id
        and (ticket.partner_id == call.partner_id or call.switches.ticket_visibility == "all")
    ]
    for ticket in found:
        if call.world.rules.ticket_is_alive(ticket):
            return ticket
    if found and call.switches.dead_ticket == "validation_error":
        raise invalid("the ticket is removed or expired")
    raise PartnersError("TICKET_NOT_FOUND", "Ticket not found")
