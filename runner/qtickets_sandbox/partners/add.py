"""tickets/add: reserve or buy a seat (docs/qtickets.md, Partners API, P4)."""

from datetime import datetime, timedelta
from typing import Any

from qtickets_sandbox.instants import MOSCOW
from qtickets_sandbox.lifecycle.tickets import settle
from qtickets_sandbox.model.sales import PartnerTicket
from qtickets_sandbox.model.venue import Event, Seat, Show
from qtickets_sandbox.partners.batch import run_items
from qtickets_sandbox.partners.call import PartnerCall
from qtickets_sandbox.partners.parameters import (
    CLIENT_FIELDS,
    Parameters,
    invalid,
    read_flag,
    read_instant,
    read_price,
    read_session,
    read_text,
    require_text,
)
from qtickets_sandbox.partners.render import render_header, render_ticket
from qtickets_sandbox.partners.seats import find_offered_seat, require_available


def add_tickets(call: PartnerCall) -> dict[str, Any]:
    """Add one ticket or a batch; the checks come in the order of docs/qtickets.md, Preconditions."""
    event, show = call.find_show()

    def add(item: Parameters, is_single: bool) -> dict[str, Any]:
        ticket = _add(call, event, show, item)
        return render_ticket(
            ticket,
            text_id=is_single and call.switches.single_add_id == "string",
            keep_offset=is_single and call.switches.echo_sent_offset,
        )

    result = run_items(call, show, add)
    return {**render_header(call.world, event, show), "status": "success", "result": result}


def _add(call: PartnerCall, event: Event, show: Show, item: Parameters) -> PartnerTicket:
    draft = _read_ticket(call, event, show, item)
    seat, offer_id = find_offered_seat(show, item)
    own = _own_hold(call, draft, seat, offer_id)
    if own is not None:
        own.reserved_to = draft.reserved_to
        return own
    require_available(call, show, seat, offer_id)
    draft.id = call.world.issue_id("ticket")
    draft.offer_id = offer_id or None
    draft.admission = seat.admission
    call.world.tickets[draft.id] = draft
    settle(call.world, draft)
    return draft


def _read_ticket(call: PartnerCall, event: Event, show: Show, item: Parameters) -> PartnerTicket:
    """Return the ticket as asked for, without an id; raises VALIDATION_ERROR."""
    paid_at, reserved_to = _read_terms(call, item)
    fanid = read_text(item, "fanid")
    if event.fanid_required and not fanid:
        raise invalid("fanid is required for this event")
    external_id = read_text(item, "external_id")
    if external_id and call.switches.duplicate_external_id == "validation_error":
        _require_unused(call, show, external_id)
    ticket = PartnerTicket(
        id=0,
        partner_id=call.partner_id,
        event_id=event.id,
        show_id=show.id,
        seat_id=require_text(item, "seat_id"),
        offer_id=read_text(item, "offer_id"),
        admission=False,
        reserved_to=reserved_to,
        paid_at=paid_at,
        payment_type_id=read_text(item, "payment_type_id"),
        external_id=external_id,
        external_order_id=read_text(item, "external_order_id"),
        user_session=read_session(item),
        price=read_price(item),
        fanid=fanid,
        visitor_user_id=read_text(item, "visitor_user_id"),
    )
    for name in CLIENT_FIELDS:
        setattr(ticket, name, read_text(item, name))
    return ticket


def _read_terms(call: PartnerCall, item: Parameters) -> tuple[datetime | None, datetime]:
    """Return (paid_at or None, reserved_to)."""
    now = call.world.clock.now().astimezone(MOSCOW)
    paid, paid_at = read_flag(item, "paid"), read_instant(item, "paid_at")
    reserved_to = read_instant(item, "reserved_to")
    if paid or (paid is None and paid_at is not None):
        # Orders keep reserved_to when they are paid; a ticket bought at once has none but this instant.
        return paid_at or now, reserved_to or now
    if reserved_to is None:
        if paid is None and call.switches.add_without_hold == "hold":
            return None, now + timedelta(minutes=call.switches.default_hold_minutes)
        raise invalid("paid or reserved_to is required")
    if reserved_to <= now and call.switches.reserved_to_in_past == "validation_error":
        raise invalid("reserved_to is in the past")
    return None, reserved_to


def _require_unused(call: PartnerCall, show: Show, external_id: str) -> None:
    for ticket in call.world.tickets.values():
        if (
            ticket.external_id == external_id
            and ticket.partner_id == call.partner_id
            and ticket.show_id == show.id
            and not ticket.deleted
        ):
            raise invalid(f'external_id "{external_id}" is already in use')


def _own_hold(call: PartnerCall, draft: PartnerTicket, seat: Seat, offer_id: str) -> PartnerTicket | None:
    """Return the hold that the same user_session has on the seat, if such a hold may be extended."""
    if call.switches.same_session_readd != "extend" or not draft.user_session or seat.admission:
        return None
    holders = call.world.list_holders(seat, offer_id)
    for ticket in call.world.tickets.values():
        if (
            ticket.holder in holders
            and ticket.show_id == draft.show_id
            and ticket.partner_id == draft.partner_id
            and ticket.user_session == draft.user_session
            and ticket.paid_at is None
        ):
            return ticket
    return None
