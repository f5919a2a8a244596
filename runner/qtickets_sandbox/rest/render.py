"""Orders, baskets, clients, discounts and promo codes as the REST API shows them.

See docs/qtickets.md, REST operations, Differences.
"""

from typing import Any

from qtickets_sandbox.instants import render_instant
from qtickets_sandbox.model.sales import Basket, Client, Discount, Order, PromoCode
from qtickets_sandbox.world import World

_SITE = "https://sandbox.example"


def render_client(client: Client) -> dict[str, Any]:
    """A client with its details, in observed key order."""
    return {
        "id": client.id,
        "email": client.email,
        "details": {
            "id": client.details_id,
            "name": client.name,
            "middlename": client.middlename,
            "surname": client.surname,
            "phone": client.phone,
            "vk_id": client.vk_id,
            "facebook_id": client.facebook_id,
        },
    }


def render_order(order: Order, *, single: bool = False) -> dict[str, Any]:
    """An order in observed key order; `integrations` differs between the list and the single order."""
    baskets = order.baskets
    return {
        "id": order.id,
        "uniqid": order.uniqid,
        "payed": order.payed_at is not None,
        "payed_at": render_instant(order.payed_at),
        "client_id": order.client.id,
        "client": render_client(order.client),
        "site_id": order.site_id,
        "site": {"id": order.site_id, "host": "билеты.example"},
        "payment_id": order.payment_id,
        "payment_type_id": order.payment_type_id,
        "payment_card_number": order.payment_card_number,
        "payment_url": f"{_SITE}/pay/{order.uniqid}",
        "cancel_url": f"{_SITE}/cancel-order/{order.uniqid}/{order.token}",
        "basket_user_id": order.basket_user_id,
        "backend_user_id": None,
        "access_code_id": None,
        "discount_id": order.discount_id,
        "promo_code_id": order.promo_code_id,
        "reserved": order.reserved,
        "reserved_to": render_instant(order.reserved_to),
        "reserve_extended": order.reserve_extended,
        "event_id": order.event_id,
        # Removed tickets count too: that is what the captures add up to (docs/qtickets.md, REST operations, Basket).
        "price": sum(basket.price for basket in baskets),
        "original_price": sum(basket.original_price for basket in baskets),
        "currency_id": order.currency_id,
        # An empty PHP array is [] whatever it would have held.
        "utm": order.utm or [],
        "custom": "",
        "fields": [],
        "baskets": [render_basket(basket) for basket in baskets],
        "refunds": list(order.refunds),
        "integrations": {"roistat": {"roistat_visit": None}} if single else [],
        "created_at": render_instant(order.created_at),
        "updated_at": render_instant(order.updated_at),
        "deleted_at": render_instant(order.deleted_at),
    }


def render_basket(basket: Basket) -> dict[str, Any]:
    """A ticket in observed key order; its files exist once it has a barcode."""
    file = f"{basket.token[:10]}/{basket.token}"
    return {
        "id": basket.id,
        "series": basket.series,
        "barcode": basket.barcode,
        "show_id": basket.show_id,
        "seat_id": basket.seat_id,
        "seat_name": basket.seat_name,
        "original_price": basket.original_price,
        "ticket_original_price": basket.original_price,
        "discount_value": basket.discount_value,
        "price": basket.price,
        "ticket_amount": basket.price,
        "service_fee_amount": 0,
        "multiprice_code": basket.multiprice_code,
        "quantity": 1,
        "client_email": basket.client_email,
        "client_phone": basket.client_phone,
        "client_name": basket.client_name,
        "client_surname": basket.client_surname,
        "client_middlename": basket.client_middlename,
        "organization_name": None,
        "legal_name": None,
        "work_position": None,
        "inn": None,
        "kpp": None,
        "comment": None,
        "pdf_url": f"{_SITE}/ticket/pdf/{file}" if basket.barcode else None,
        "passbook_url": f"{_SITE}/ticket/passbook/{file}" if basket.barcode else None,
        "related_baskets": list(basket.related),
        "services": [],
        "checked_at": render_instant(basket.checked_at),
        "created_at": render_instant(basket.created_at),
        "updated_at": render_instant(basket.updated_at),
        "deleted_at": render_instant(basket.deleted_at),
        "refunded_at": render_instant(basket.refunded_at),
        "refunded_amount": basket.refunded_amount,
        "refunded_deduction_amount": basket.refunded_deduction_amount,
        "refunds": list(basket.refunds),
    }


def render_discount(world: World, discount: Discount) -> dict[str, Any]:
    """A discount with short forms of its events and shows; it has no value field."""
    events = [world.events[event_id] for event_id in discount.event_ids if event_id in world.events]
    return {
        "id": discount.id,
        "is_active": int(discount.is_active),
        "name": discount.name,
        "active_from": render_instant(discount.active_from),
        "active_to": render_instant(discount.active_to),
        "type": "P",
        "events": [
            {
                "id": event.id,
                "is_active": int(event.is_active),
                "name": event.name,
                "deleted_at": render_instant(event.deleted_at),
            }
            for event in events
        ],
        "shows": [
            {
                "id": show.id,
                "is_active": int(show.is_active),
                "event_id": show.event_id,
                "sale_start_date": render_instant(show.sale_start_date),
                "sale_finish_date": render_instant(show.sale_finish_date),
                "open_date": render_instant(show.open_date),
                "start_date": render_instant(show.start_date),
                "finish_date": render_instant(show.finish_date),
                "created_at": render_instant(show.created_at),
                "updated_at": render_instant(show.updated_at),
                "deleted_at": render_instant(show.deleted_at),
            }
            for event in events
            for show in event.shows
        ],
        "created_at": render_instant(discount.created_at),
        "updated_at": render_instant(discount.updated_at),
        "deleted_at": render_instant(discount.deleted_at),
    }


def render_promo_code(promo_code: PromoCode) -> dict[str, Any]:
    """A promo code; `type` was 0 in every capture."""
    return {
        "id": promo_code.id,
        "is_active": int(promo_code.is_active),
        "type": 0,
        "discount_id": promo_code.discount_id,
        "code": promo_code.code,
        "max_uses_count": promo_code.max_uses_count,
        "active_from": render_instant(promo_code.active_from),
        "active_to": render_instant(promo_code.active_to),
        "created_at": render_instant(promo_code.created_at),
        "updated_at": render_instant(promo_code.updated_at),
        "deleted_at": render_instant(promo_code.deleted_at),
    }
