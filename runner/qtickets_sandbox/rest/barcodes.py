"""Barcodes of a show and their scanning (docs/qtickets.md, REST operations, R19–R22)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qtickets_sandbox.envelopes import RestError
from qtickets_sandbox.instants import parse_instant, render_instant
from qtickets_sandbox.model.sales import Basket, Order, PartnerTicket
from qtickets_sandbox.model.venue import Show
from qtickets_sandbox.php import cast_int
from qtickets_sandbox.rest.call import RestCall
from qtickets_sandbox.rest.render import render_basket
from qtickets_sandbox.rest.seats import find_show


@dataclass(frozen=True, slots=True)
class _Sold:
    """A barcode with the ticket behind it; `order` is None for a partner's ticket."""

    barcode: str
    ticket: Basket | PartnerTicket
    order: Order | None


def list_barcodes(call: RestCall) -> list[dict[str, Any]]:
    """Answer a bare array, with the selected keys only if `select` is given."""
    _, show = find_show(call)
    select = call.request.fields.get("select") if call.switches.body_filters else None
    rows = [_render(show, sold) for sold in _sold_tickets(call, show).values()]
    if isinstance(select, list):
        rows = [{name: row[name] for name in map(str, select) if name in row} for row in rows]
    return rows


def get_barcode(call: RestCall) -> dict[str, Any]:
    """Answer a bare object; an unknown barcode or one of another show is a 404."""
    sold = _find(call)
    return {"barcode": sold.barcode, "checked_at": render_instant(sold.ticket.checked_at)}


def scan_barcode(call: RestCall) -> dict[str, Any]:
    """Record one scan."""
    sold = _find(call)
    return _scan(call, sold, _checked_at(call, call.request.body))


def scan_barcodes(call: RestCall) -> dict[str, Any]:
    """Record a bare array of scans, all or none."""
    _, show = find_show(call)
    scans = call.request.body
    if not isinstance(scans, list) or not scans:
        raise call.invalid("a list of scans is required")
    known = _sold_tickets(call, show)
    planned = []
    for scan in scans:
        at = _checked_at(call, scan)
        barcode = str(scan.get("barcode"))
        if barcode not in known:
            raise _refuse_unknown(call, barcode)
        planned.append((known[barcode], at))
    results = [_scan(call, sold, at) for sold, at in planned]
    return {"data": results if call.switches.write_response == "object" else []}


def _sold_tickets(call: RestCall, show: Show) -> dict[str, _Sold]:
    """Return the tickets of a show by barcode: paid, and as a rule neither removed nor refunded."""
    world, all_issued = call.world, call.switches.listed_barcodes == "issued"
    sold = {
        basket.barcode: _Sold(basket.barcode, basket, order)
        for order, basket in world.baskets.values()
        if basket.show_id == show.id and basket.barcode and (basket.is_active or all_issued) and order.payed_at
    }
    if call.switches.barcodes_include_partners:
        for ticket in world.tickets.values():
            if ticket.show_id == show.id and ticket.barcode and (all_issued or not ticket.deleted):
                sold[ticket.barcode] = _Sold(ticket.barcode, ticket, None)
    return sold


def _find(call: RestCall) -> _Sold:
    _, show = find_show(call)
    barcode = call.path["barcode"]
    sold = _sold_tickets(call, show).get(barcode)
    if sold is None:
        raise _refuse_unknown(call, barcode)
    return sold


def _refuse_unknown(call: RestCall, barcode: str) -> RestError:
    if call.switches.unknown_barcode == "refused":
        return call.invalid("unknown barcode")
    return RestError.not_found("Barcode", cast_int(barcode))


def _checked_at(call: RestCall, scan: object) -> datetime:
    try:
        return parse_instant(scan.get("checked_at") if isinstance(scan, Mapping) else None)
    except ValueError as error:
        raise call.invalid("checked_at is required") from error


def _scan(call: RestCall, sold: _Sold, at: datetime) -> dict[str, Any]:
    if sold.ticket.checked_at is None or call.switches.rescan == "overwrite":
        sold.ticket.checked_at = at
    if sold.order is not None and isinstance(sold.ticket, Basket):
        sold.ticket.updated_at = sold.order.updated_at = call.world.clock.now()
        call.world.announce("checked", sold.order, checked_basket=render_basket(sold.ticket))
    return {
        "success": True,
        "barcode": sold.barcode,
        "checked_at": render_instant(sold.ticket.checked_at),
    }


def _render(show: Show, sold: _Sold) -> dict[str, Any]:
    ticket = sold.ticket
    seat = show.seats[ticket.seat_id]
    price = ticket.price if ticket.price is not None else show.price_of(seat, seat.offers[0])
    return {
        "barcode": sold.barcode,
        "admission": seat.admission,
        "price": float(price),
        "seat_name": f"{show.zones[seat.zone_id].name}, {seat.row}, {seat.place}",
        "zone_name": show.zones[seat.zone_id].name,
        "row": seat.row,
        "place": seat.place,
        "client_name": ticket.client_name,
        "client_surname": ticket.client_surname,
        "client_middlename": ticket.client_middlename,
    }
