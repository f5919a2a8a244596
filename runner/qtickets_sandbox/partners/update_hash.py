"""`last_update_hash` of a show: moves when the organiser changes what is on sale (docs/qtickets.md, Update hash)."""

import hashlib
import json
from typing import Any

from qtickets_sandbox.instants import render_instant
from qtickets_sandbox.model.venue import Event, Show
from qtickets_sandbox.world import World


def compute_update_hash(world: World, event: Event, show: Show) -> str:
    """Return 40 hexadecimal digits over name, dates, hall, seats, prices, quotas and flags.

    Ticket state is left out, since in the samples a sale does not move the hash; `hash_moves_on_sales`
    puts it in.
    """
    seats: list[Any] = [
        (
            seat.root_id,
            seat.offers,
            [show.price_of(seat, offer_id) for offer_id in seat.offers],
            seat.max_quantity,
            seat.disabled,
            repr(seat.quota),
            sorted(seat.holders.items()) if world.switches.hash_moves_on_sales else None,
        )
        for seat in show.seats.values()
    ]
    subject = {
        "event": [event.name, event.age, event.fanid_required, event.has_document_verification],
        "place": [event.scheme_id, event.place_name, event.place_address, event.city.id],
        "active": [event.is_active, show.is_active, event.currency_id],
        "dates": [
            render_instant(each)
            for each in (show.start_date, show.finish_date, show.sale_start_date, show.sale_finish_date)
        ],
        "seats": seats,
    }
    text = json.dumps(subject, sort_keys=True, separators=(",", ":"))
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
