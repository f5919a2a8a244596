"""The life of a partner's ticket: reserved, paid, removed, expired (docs/qtickets.md, Partner tickets)."""

from qtickets_sandbox.model.sales import PartnerTicket
from qtickets_sandbox.world import World


def settle(world: World, ticket: PartnerTicket) -> None:
    """Issue the barcode that a ticket has come to need, and make its seat follow."""
    if world.rules.ticket_needs_barcode(ticket):
        ticket.barcode = world.issue_barcode()
    world.settle_ticket(ticket)


def kill(world: World, ticket: PartnerTicket) -> None:
    """Remove or expire a ticket: find shows it as deleted, and its seat is free."""
    ticket.deleted = True
    world.settle_ticket(ticket)


def sweep_tickets(world: World) -> None:
    """Expire every hold whose reserved_to has come."""
    now = world.clock.now()
    for ticket in world.tickets.values():
        if not ticket.deleted and world.rules.hold_has_lapsed(ticket, now):
            kill(world, ticket)
