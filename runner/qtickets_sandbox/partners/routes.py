"""The routes of the Partners API: every method by GET and by POST, with and without ids."""

from collections.abc import Iterator

from qtickets_sandbox.partners import add, change, events, look
from qtickets_sandbox.partners.call import PartnerHandler
from qtickets_sandbox.routing import Router

PARTNERS_BASE = "/api/partners/v1"

_METHODS: dict[str, PartnerHandler] = {
    "/events/seatmap": events.get_seatmap,
    "/events/offers": events.get_offers,
    "/events/seats": events.get_seats,
    "/tickets/add": add.add_tickets,
    "/tickets/update": change.update_tickets,
    "/tickets/remove": change.remove_tickets,
    "/tickets/check": look.check_seats,
    "/tickets/find": look.find_tickets,
}


def _iter_routes() -> Iterator[tuple[str, str, PartnerHandler]]:
    for verb in ("GET", "POST"):
        yield verb, "/events/lists", events.list_shows
        for path, handler in _METHODS.items():
            # Routed without event_id too: it answers an envelope (docs/qtickets.md, Statuses and envelopes).
            for ids in ("", "/{event_id}", "/{event_id}/{show_id}"):
                yield verb, path + ids, handler


PARTNERS_ROUTER: Router[PartnerHandler] = Router(PARTNERS_BASE, _iter_routes())
