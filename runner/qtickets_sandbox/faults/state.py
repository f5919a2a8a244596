"""Faults of the state: what is sold, held, removed or written is not what was answered."""

import copy
import re
from dataclasses import replace

from qtickets_sandbox.faults.types import Answer, Setting
from qtickets_sandbox.http import Request, Response
from qtickets_sandbox.rules import Rules

_STATE = ("events", "shows", "clients", "orders", "baskets", "discounts", "promo_codes", "tickets")
_PARTNERS_WRITE = re.compile(r"/api/partners/v1/tickets/(add|update|remove)(/.*)?")


def sell_twice(rules: Rules) -> Rules:
    """A busy seat is free."""
    return replace(rules, seat_has_room=lambda _free_quantity: True)


def use_after_remove(rules: Rules) -> Rules:
    """A dead ticket is alive."""
    return replace(rules, ticket_is_alive=lambda _ticket: True)


def lose_holds(rules: Rules) -> Rules:
    """A reservation does not take its seat; a sale does."""
    return replace(rules, ticket_takes_seat=lambda ticket: ticket.paid_at is not None)


def keep_holds(rules: Rules) -> Rules:
    """A reservation never expires."""
    return replace(rules, hold_has_lapsed=lambda _ticket, _now: False)


def give_barcode_early(rules: Rules) -> Rules:
    """A ticket has its barcode before it is paid."""
    return replace(rules, ticket_needs_barcode=lambda ticket: ticket.barcode is None)


def withhold_barcode(rules: Rules) -> Rules:
    """A paid ticket never gets a barcode."""
    return replace(rules, ticket_needs_barcode=lambda _ticket: False)


def forget_writes(answer: Answer, setting: Setting) -> Answer:
    """Answer a write as done, and put everything back as it was."""

    def forget(request: Request) -> Response:
        if not _writes(request):
            return answer(request)
        world = setting.world
        with world.lock:
            # One copy of all of it, so that an order and its basket index stay the same objects.
            saved = copy.deepcopy({name: getattr(world, name) for name in _STATE})
            response = answer(request)
            for name, value in saved.items():
                setattr(world, name, value)
        return response

    return forget


def _writes(request: Request) -> bool:
    if _PARTNERS_WRITE.fullmatch(request.path):
        return True
    return request.path.startswith("/api/rest/") and request.method not in ("GET", "HEAD")
