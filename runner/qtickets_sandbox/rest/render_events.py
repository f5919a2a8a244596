"""Events and shows as the REST API shows them, in observed key order (docs/qtickets.md, REST operations)."""

from typing import Any

from qtickets_sandbox.instants import render_instant
from qtickets_sandbox.model.venue import Event, Price, Show

_SITE = "https://sandbox.example"


def render_event(event: Event) -> dict[str, Any]:
    """An event; dates, status and counters are not among its fields, they belong to shows."""
    slug = f"event-{event.id}"
    return {
        "id": event.id,
        "is_active": int(event.is_active),
        "name": event.name,
        "scheme_id": event.scheme_id,
        "currency_id": event.currency_id,
        "place_name": event.place_name,
        "place_address": event.place_address,
        "place_description": event.place_description,
        "city_id": event.city.id,
        "description": event.description,
        "site_url": event.site_url or _SITE,
        "external_id": event.external_id,
        "ticket_id": event.ticket_id,
        "mail_template_id": event.mail_template_id,
        "age": event.age,
        "shows": [render_show(show) for show in event.shows],
        "payments": [
            {
                "id": payment_id,
                "is_active": True,
                "name": "Invented payment",
                "handler": "sandbox",
                "agree_url": f"{_SITE}/agree/{payment_id}",
            }
            for payment_id in event.payments
        ],
        "poster": {
            "id": event.id,
            "content_type": "image/jpeg",
            "file_size": 20_480,
            "url": f"{_SITE}/poster/{event.id}.jpg",
        },
        "event_type_id": event.event_type_id,
        "city": {"id": event.city.id, "name": event.city.name, "timezone": event.city.timezone},
        "ticket": {"id": event.ticket_id, "is_active": 1, "name": "Invented ticket"},
        "mail_template": {"id": event.mail_template_id, "is_active": 1, "name": "Invented letter"},
        "slug": slug,
        "place_coordinates": list(event.city.coords),
        "url": f"{_SITE}/event/{slug}",
        "created_at": render_instant(event.created_at),
        "updated_at": render_instant(event.updated_at),
        "deleted_at": render_instant(event.deleted_at),
    }


def render_show(show: Show) -> dict[str, Any]:
    """A show with its prices and form-style scheme properties."""
    by_amount = sorted(show.prices, key=lambda price: price.default_price)
    return {
        "id": show.id,
        "name": show.name,
        "is_active": int(show.is_active),
        "sale_start_date": render_instant(show.sale_start_date),
        "sale_finish_date": render_instant(show.sale_finish_date),
        "open_date": render_instant(show.open_date),
        "start_date": render_instant(show.start_date),
        "finish_date": render_instant(show.finish_date),
        "scheme_properties": show.scheme_properties,
        "prices": [_render_price(price) for price in show.prices],
        "min_price": _render_price(by_amount[0]) if by_amount else None,
        "max_price": _render_price(by_amount[-1]) if by_amount else None,
        "created_at": render_instant(show.created_at),
        "updated_at": render_instant(show.updated_at),
        "deleted_at": render_instant(show.deleted_at),
    }


def _render_price(price: Price) -> dict[str, Any]:
    # Responses spell color_theme as text, requests as an integer (docs/qtickets.md, Differences).
    return {
        "id": price.id,
        "default_price": price.default_price,
        "color_theme": str(price.color_theme),
        "modifiers": [],
    }
