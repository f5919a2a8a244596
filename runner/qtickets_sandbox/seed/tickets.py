"""Seed the partner tickets of the samples on show 4076, and one of the other partner (docs/qtickets.md, Seed)."""

from datetime import datetime, timedelta

from qtickets_sandbox.credentials import PARTNER_P, PARTNER_Q
from qtickets_sandbox.model.sales import PartnerTicket
from qtickets_sandbox.world import World


def seed_tickets(world: World) -> None:
    """Add 120260 and 120261 reserved, 134856 and 134857 paid, 134858 expired; the next id is 120299."""
    world.start_ids(ticket=120298)
    now = world.clock.now()
    day = timedelta(days=1)
    for ticket_id, place, order_id in ((120260, 25, "order-a"), (120261, 26, "order-a")):
        world.add_ticket(_build_ticket(ticket_id, place, order_id, reserved_to=now + day))
    for ticket_id, place, barcode in ((134856, 27, "872964136579"), (134857, 28, "879979255977")):
        ticket = _build_ticket(ticket_id, place, "order-b", reserved_to=now - 2 * day)
        ticket.paid_at, ticket.barcode, ticket.price = now - 3 * day, barcode, 500
        world.add_ticket(ticket)
    expired = _build_ticket(134858, 29, "order-b", reserved_to=now - day)
    expired.deleted = True
    world.add_ticket(expired)
    foreign = _build_ticket(130001, 30, "order-q", reserved_to=now + day)
    foreign.partner_id = PARTNER_Q
    world.add_ticket(foreign)


def _build_ticket(ticket_id: int, place: int, order_id: str, *, reserved_to: datetime) -> PartnerTicket:
    return PartnerTicket(
        id=ticket_id,
        partner_id=PARTNER_P,
        event_id=12,
        show_id=4076,
        seat_id=f"PARTERRE-1;{place}",
        offer_id="full",
        admission=False,
        reserved_to=reserved_to,
        external_id=f"seed-{ticket_id}",
        external_order_id=order_id,
        client_email="user@example.com",
        client_phone="+70000000000",
        client_name="Анна",
        client_surname="Примерова",
    )
