"""Seats of a show: select, where, context, flat (docs/qtickets.md, REST operations, R13)."""

from collections.abc import Iterator, Mapping
from typing import Any

from qtickets_sandbox.envelopes import RestError
from qtickets_sandbox.model.venue import OFFERS, Event, Seat, Show
from qtickets_sandbox.php import cast_int
from qtickets_sandbox.rest.call import RestCall
from qtickets_sandbox.rest.filters import read_column
from qtickets_sandbox.rest.lists import filter_rows


def find_show(call: RestCall) -> tuple[Event, Show]:
    """Return the show that the path names; raises the 404 if it is not the caller's."""
    number = cast_int(call.path["id"])
    show = call.world.shows.get(number)
    event = call.world.events.get(show.event_id) if show else None
    if show is None or event is None or event.organiser != call.organiser:
        raise RestError.not_found("Show", number)
    return event, show


def get_seats(call: RestCall) -> dict[str, Any]:
    """Answer a map of seats, or of zones that hold their seats; one entry per seat and tariff."""
    event, show = find_show(call)
    asked = call.request.fields if call.switches.body_filters else {}
    context = asked.get("context") if isinstance(asked.get("context"), dict) else {}
    rows = [
        _render_seat(call, event, show, seat, offer_id, opened=_is_open(seat, context or {}))
        for seat, offer_id in _iter_offered(call, show, context or {})
    ]
    seats = filter_rows(call, list(rows), asked.get("where"))
    select = asked.get("select")
    if asked.get("flat") is True:
        return {"data": {seat["id"]: _pick(call, seat, select) for seat in seats}}
    return {"data": _zones(call, show, seats, select)}


def _iter_offered(call: RestCall, show: Show, context: Mapping[str, Any]) -> Iterator[tuple[Seat, str]]:
    for seat in show.seats.values():
        if call.switches.quota_seats == "hidden" and not _is_open(seat, context):
            continue
        for offer_id in seat.offers:
            yield seat, offer_id


def _is_open(seat: Seat, context: Mapping[str, Any]) -> bool:
    """Say whether the seat is for anybody, or for whom the context names."""
    quota = seat.quota
    return quota is None or (
        context.get("client_email") in quota.client_emails
        or context.get("user_id") in quota.users
        or (quota.partner_id is not None and context.get("partner_id") == quota.partner_id)
    )


def _render_seat(
    call: RestCall, event: Event, show: Show, seat: Seat, offer_id: str, *, opened: bool
) -> dict[str, Any]:
    holders, free = call.world.list_holders(seat, offer_id), call.world.count_free(seat, offer_id)
    paid = sum(holders.values())
    quota = seat.quota
    price = next(each for each in show.prices if each.id == seat.price_id)
    return {
        "id": f"{offer_id}_{seat.root_id}" if offer_id else seat.root_id,
        "root_id": seat.root_id,
        "name": f"{show.zones[seat.zone_id].name}, {seat.row}, {seat.place}",
        "zone_id": seat.zone_id,
        "zone_root_id": seat.zone_id,
        "short_seat_id": f"{seat.row};{seat.place}",
        "admission": seat.admission,
        "row": seat.row,
        "place": seat.place,
        "max_quantity": seat.max_quantity,
        "free_quantity": free,
        "ordered_quantity": len(holders) - paid,
        "payed_quantity": paid,
        "in_basket_quantity": 0,
        "available": opened and not seat.disabled and free > 0,
        "disabled": seat.disabled,
        "ordered": bool(holders) and free == 0,
        "price": float(show.price_of(seat, offer_id)),
        "currency_id": event.currency_id,
        "related_seats": [],
        "multiprice_name": OFFERS[offer_id].name if offer_id else None,
        "multiprice_code": offer_id or None,
        "spread": {
            "partner_id": quota.partner_id if quota else None,
            "users": list(quota.users) if quota and quota.users else None,
            "client_groups": None,
            "client_emails": list(quota.client_emails) if quota and quota.client_emails else None,
            "agents": False,
        },
        "color_theme_id": price.color_theme,
        "coords": list(seat.coords),
    }


def _pick(call: RestCall, seat: Mapping[str, Any], select: object) -> dict[str, Any]:
    """Return the selected fields; a dotted name stays one level deep under its parent."""
    if not isinstance(select, list):
        if call.switches.seats_without_select == "full":
            return dict(seat)
        return {"seat_id": seat["root_id"], "admission": seat["admission"]}
    picked: dict[str, Any] = {}
    for name in map(str, select):
        head, dot, tail = name.partition(".")
        if head not in seat:
            continue
        if dot and tail in seat[head]:
            picked.setdefault(head, {})[tail] = read_column(seat, name)
        elif not dot:
            picked[head] = seat[head]
    return picked


def _zones(call: RestCall, show: Show, seats: list[Mapping[str, Any]], select: object) -> dict[str, dict[str, Any]]:
    minimal = not isinstance(select, list) and call.switches.seats_without_select == "minimal"
    zones: dict[str, dict[str, Any]] = {}
    for seat in seats:
        zone = show.zones[seat["zone_id"]]
        entry = zones.setdefault(
            zone.id,
            {
                "zone_id": zone.id,
                "name": zone.name,
                "description": zone.description,
                "zones": {},
                "seats": {},
            },
        )
        if minimal:
            entry.pop("zones", None)
        # R-1027 saw minimal seats under their short id, which the tariffs of a seat share.
        key = seat["short_seat_id"] if minimal else seat["id"]
        entry["seats"][key] = _pick(call, seat, select)
    return zones
