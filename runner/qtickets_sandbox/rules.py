"""The rules on which the lifecycle of seats and tickets turns, each a function that a fault can replace."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from qtickets_sandbox.model.sales import PartnerTicket


def _has_room(free_quantity: int) -> bool:
    return free_quantity > 0


def _is_alive(ticket: PartnerTicket) -> bool:
    return not ticket.deleted


def _takes_seat(_ticket: PartnerTicket) -> bool:
    return True


def _has_lapsed(ticket: PartnerTicket, now: datetime) -> bool:
    return ticket.paid_at is None and ticket.reserved_to <= now


def _needs_barcode(ticket: PartnerTicket) -> bool:
    return ticket.paid_at is not None and ticket.barcode is None


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds in a healthy service (docs/qtickets.md, Partner tickets)."""

    seat_has_room: Callable[[int], bool] = _has_room
    ticket_is_alive: Callable[[PartnerTicket], bool] = _is_alive
    ticket_takes_seat: Callable[[PartnerTicket], bool] = _takes_seat
    hold_has_lapsed: Callable[[PartnerTicket, datetime], bool] = _has_lapsed
    ticket_needs_barcode: Callable[[PartnerTicket], bool] = _needs_barcode
