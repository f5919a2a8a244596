"""events/lists, seatmap, offers and the deprecated seats (docs/qtickets.md, Partners API, P1, P2, P3, P9)."""

from typing import Any

from qtickets_sandbox.model.venue import OFFERS, Event, Seat, Show, Zone
from qtickets_sandbox.partners.call import PartnerCall
from qtickets_sandbox.partners.render import render_header
from qtickets_sandbox.partners.seats import is_available

_EVENT_TYPES = {2: "Концерт", 7: "Конференция"}


def list_shows(call: PartnerCall) -> dict[str, Any]:
    """Answer one item per upcoming show that is open to the partner."""
    shows = [_render_item(call, event, show) for event in call.open_events() for show in call.upcoming_shows(event)]
    return {"status": "success", "result": shows}


def _render_item(call: PartnerCall, event: Event, show: Show) -> dict[str, Any]:
    item = render_header(call.world, event, show)
    update_hash = item.pop("last_update_hash")
    item["scheme"] = {key: item["scheme"][key] for key in item["scheme"] if key not in ("width", "height")}
    return {
        **item,
        "event_type": {"id": event.event_type_id, "name": _EVENT_TYPES[event.event_type_id]},
        "age": event.age,
        "fanid_required": event.fanid_required,
        "has_document_verification": event.has_document_verification,
        "integrations": [{"source_name": name, "source_id": number} for name, number in event.integrations],
        "last_update_hash": update_hash,
    }


def get_seatmap(call: PartnerCall) -> dict[str, Any]:
    """Answer the plan of the hall: where each seat is, not whether it is free."""
    event, show = call.find_show()
    header = render_header(call.world, event, show)
    zones: dict[str, Any] = {}
    for zone in show.zones.values():
        seats = {seat.root_id: _place(call, seat) for seat in _seats_of(show, zone)}
        if seats:
            zones[zone.id] = {
                "name": zone.name,
                "description": zone.description,
                "width": zone.width,
                "height": zone.height,
                "offset": list(zone.offset),
                "seats": seats,
            }
    size = {"width": float(header["scheme"]["width"]), "height": float(header["scheme"]["height"])}
    return {"status": "success", **header, "seatmap": {**size, "zones": zones}}


def get_offers(call: PartnerCall) -> dict[str, Any]:
    """Answer what is on sale by tariff; the untariffed offer has the empty id."""
    event, show = call.find_show()
    offers: dict[str, Any] = {}
    for seat in show.seats.values():
        for offer_id in seat.offers:
            offer = offers.setdefault(offer_id, {"name": OFFERS[offer_id].name, "seats": {}})
            offer["seats"][seat.root_id] = {
                "available": is_available(call, show, seat, offer_id),
                "price": show.price_of(seat, offer_id),
            }
    return {"status": "success", **render_header(call.world, event, show), "offers": offers}


def get_seats(call: PartnerCall) -> dict[str, Any]:
    """Answer zones twice, as the deprecated method does: in the scheme and with availability."""
    event, show = call.find_show()
    header = render_header(call.world, event, show)
    zones = [zone for zone in show.zones.values() if _seats_of(show, zone)]
    header["scheme"]["zones"] = [
        {
            "zone_id": zone.number,
            "name": zone.name,
            "description": zone.description,
            "width": zone.width,
            "height": zone.height,
            "offset": list(zone.offset),
            "seats": [{"seat_id": seat.root_id} for seat in _seats_of(show, zone)],
        }
        for zone in zones
    ]
    status = {"status": "success"} if call.switches.seats_status else {}
    return {
        **status,
        **header,
        "zones": [
            {
                "zone_id": zone.number,
                "name": zone.name,
                "seats": [
                    {
                        "seat_id": seat.root_id,
                        # No offers here: the first one stands for the seat.
                        "available": is_available(call, show, seat, seat.offers[0]),
                        **_place(call, seat),
                        "price": show.price_of(seat, seat.offers[0]),
                        "currency_id": event.currency_id,
                    }
                    for seat in _seats_of(show, zone)
                ],
            }
            for zone in zones
        ],
    }


def _seats_of(show: Show, zone: Zone) -> list[Seat]:
    return [seat for seat in show.seats.values() if seat.zone_id == zone.id]


def _place(call: PartnerCall, seat: Seat) -> dict[str, Any]:
    place: dict[str, Any] = {
        "coords": list(seat.coords),
        "row": read_place(seat.row),
        "place": read_place(seat.place),
    }
    if seat.admission:
        place.update(admission=True, free_quantity=call.world.count_free(seat, seat.offers[0]))
    return place


def read_place(text: str) -> int | str:
    """Return a row or place as the integer that Partners shows, or as text if it has letters."""
    return int(text) if text.isdigit() else text
