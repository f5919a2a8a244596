"""Find a seat in an offer, and say whether a partner can have it (docs/qtickets.md, Preconditions, steps 4 and 5)."""

from qtickets_sandbox.envelopes import PartnersError
from qtickets_sandbox.model.venue import Seat, Show
from qtickets_sandbox.partners.call import PartnerCall
from qtickets_sandbox.partners.parameters import Parameters, read_text, require_text


def find_offered_seat(show: Show, parameters: Parameters) -> tuple[Seat, str]:
    """Return the seat and the offer id, "" for the untariffed offer; raises SEAT_NOT_FOUND for no such pair."""
    seat_id = require_text(parameters, "seat_id")
    offer_id = read_text(parameters, "offer_id") or ""
    seat = show.seats.get(seat_id)
    if seat is None or offer_id not in seat.offers:
        raise PartnersError("SEAT_NOT_FOUND", f'Seat "{seat_id}" is not found')
    return seat, offer_id


def is_available(call: PartnerCall, show: Show, seat: Seat, offer_id: str) -> bool:
    """Say whether the seat is on sale in the offer, has room, and is in nobody else's quota."""
    now = call.world.clock.now()
    starts, ends = show.sale_start_date, show.sale_finish_date
    on_sale = (starts is None or starts <= now) and (ends is None or now < ends)
    allowed = seat.quota is None or seat.quota.partner_id == call.partner_id
    free = call.world.count_free(seat, offer_id)
    return on_sale and allowed and not seat.disabled and call.world.rules.seat_has_room(free)


def require_available(call: PartnerCall, show: Show, seat: Seat, offer_id: str) -> None:
    """Raise SEAT_NOT_AVAILABLE unless the partner can have the seat in the offer."""
    if not is_available(call, show, seat, offer_id):
        raise PartnersError("SEAT_NOT_AVAILABLE", f'Seat "{seat.root_id}" is not available')
