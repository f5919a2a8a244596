"""Make orders and tickets, for the seed and for sales alike."""

from datetime import datetime, timedelta

from qtickets_sandbox.credentials import ORGANISER_A
from qtickets_sandbox.model.sales import Basket, Client, Order
from qtickets_sandbox.model.venue import Number
from qtickets_sandbox.world import World

PHONE = "+70000000000"
_CARD = "999999******9999"


def build_order(
    world: World,
    order_id: int,
    client_id: int,
    event_id: int,
    created: datetime,
    *,
    organiser: str = ORGANISER_A,
) -> Order:
    """Return an unpaid order without baskets, held for a day (docs/qtickets.md, Order life)."""
    return Order(
        id=order_id,
        organiser=organiser,
        uniqid=world.issue_uniqid(),
        token=world.issue_token(),
        client=world.clients[client_id],
        event_id=event_id,
        created_at=created,
        updated_at=created,
        reserved_to=created + timedelta(days=1),
        baskets=[],
    )


def pay(order: Order) -> None:
    """Mark an order as paid five minutes after it was made."""
    order.payed_at = order.updated_at = order.created_at + timedelta(minutes=5)
    order.payment_card_number = _CARD


def build_basket(
    world: World,
    order: Order,
    basket_id: int,
    show_id: int,
    seat_id: str,
    price: Number,
    *,
    barcode: str | None = None,
    multiprice: str | None = None,
) -> Basket:
    """Return a ticket for a seat, in the name of the order's client."""
    client: Client = order.client
    seat = world.shows[show_id].seats[seat_id]
    zone = world.shows[show_id].zones[seat.zone_id]
    return Basket(
        id=basket_id,
        series=world.issue_series(),
        show_id=show_id,
        seat_id=seat_id,
        seat_name=f"{zone.name}, {seat.row}, {seat.place}",
        original_price=price,
        client_email=client.email,
        client_phone=client.phone or PHONE,
        client_name=client.name,
        client_surname=client.surname or "",
        client_middlename=client.middlename,
        created_at=order.created_at,
        updated_at=order.updated_at,
        token=world.issue_token(),
        barcode=barcode,
        multiprice_code=multiprice,
    )
