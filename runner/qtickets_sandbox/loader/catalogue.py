"""Clients, color themes, discounts, promo codes, barcodes and partner tickets to rows.

See docs/qtickets.md, Loader rules.
"""

from datetime import datetime
from typing import Any

from qtickets_sandbox.instants import MOSCOW, parse_instant
from qtickets_sandbox.loader.practice import Practice
from qtickets_sandbox.loader.privacy import Pseudonyms
from qtickets_sandbox.loader.sales import Row, Stamp, dump_payload
from qtickets_sandbox.loader.source import Source


def build_clients(source: Source, practice: Practice, pseudonyms: Pseudonyms, stamp: Stamp) -> list[Row]:
    """Return clients with digests for e-mail, phone and names."""
    rows = []
    for client in source.clients:
        details = client["details"]
        personal = {
            "email": client["email"],
            "phone": details["phone"],
            "first_name": details["name"],
            "last_name": details["surname"],
            "middle_name": details["middlename"],
        }
        digests = {name: practice.pseudonym(pseudonyms, text) for name, text in personal.items()}
        rows.append({"client_id": str(client["id"]), **digests, **_tail(client, practice, stamp)})
    return rows


def build_price_shades(source: Source, practice: Practice, stamp: Stamp) -> list[Row]:
    """Return the color themes; they have no name."""
    return [
        {"shade_id": str(theme["id"]), "name": "", "color": theme["color"], **_tail(theme, practice, stamp)}
        for theme in source.color_themes
    ]


def build_discounts(source: Source, practice: Practice, stamp: Stamp) -> list[Row]:
    """Return the discounts; the API tells no value, so it stays NULL."""
    return [
        {
            "discount_id": str(discount["id"]),
            "name": discount["name"],
            "discount_type": str(discount["type"]),
            "discount_value": None,
            **_tail(discount, practice, stamp),
        }
        for discount in source.discounts
    ]


def build_promo_codes(source: Source, practice: Practice, stamp: Stamp) -> list[Row]:
    """Return the promo codes with the time in which they are valid."""
    return [
        {
            "promo_code_id": str(promo_code["id"]),
            "code": promo_code["code"],
            "discount_type": str(promo_code["type"]),
            "discount_value": None,
            "valid_from": _wall(practice.validity(promo_code)[0], stamp),
            "valid_to": _wall(practice.validity(promo_code)[1], stamp),
            **_tail(promo_code, practice, stamp),
        }
        for promo_code in source.promo_codes
    ]


def build_barcodes(source: Source, practice: Practice, stamp: Stamp) -> list[Row]:
    """Return every valid ticket's barcode; `status` is checked or sold."""
    return [
        {
            "barcode": row["barcode"],
            "event_id": str(event["id"]),
            "show_id": str(show["id"]),
            "status": "checked" if row["checked_at"] else "sold",
            "checked_at": _wall(row["checked_at"], stamp),
            **_tail(row, practice, stamp),
        }
        for event in source.events
        for show in event["shows"]
        for row in source.barcodes[show["id"]]
    ]


def build_partner_tickets(source: Source, practice: Practice, stamp: Stamp) -> list[Row]:
    """Return the partner's tickets, dead ones too: `deleted` is in the payload."""
    return [
        {
            "ticket_id": str(ticket["id"]),
            "event_id": str(ticket["event_id"]),
            "show_id": str(ticket["show_id"]),
            "external_order_id": ticket["external_order_id"] or "",
            "external_id": ticket["external_id"] or "",
            "barcode": ticket["barcode"] or "",
            "paid": ticket["paid"],
            "price": ticket["price"],
            **_tail(ticket, practice, stamp),
        }
        for ticket in source.partner_tickets
    ]


def _tail(payload: Any, practice: Practice, stamp: Stamp) -> Row:
    return {
        "payload_json": dump_payload(practice.strip(payload)),
        "_ver": stamp.version,
        "_ingest_ts": stamp.now,
    }


def _wall(text: str | None, stamp: Stamp) -> datetime | None:
    if text is None:
        return None
    return stamp.wall(parse_instant(text).astimezone(MOSCOW).replace(tzinfo=None))
