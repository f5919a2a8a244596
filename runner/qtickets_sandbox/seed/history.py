"""Seed two months of ordinary sales, the same for the same seed of the world."""

from datetime import datetime, timedelta
from itertools import islice
from random import Random

from qtickets_sandbox.lifecycle.making import build_basket, build_order, pay
from qtickets_sandbox.model.sales import Order
from qtickets_sandbox.seed.catalogue import FIRST_HISTORY_CLIENT, HISTORY_CLIENTS
from qtickets_sandbox.world import World

_ORDERS = 112
_FIRST_ORDER = 20001
_UTM: tuple[dict[str, str], ...] = (
    {},
    {},
    {"utm_source": "vk", "utm_medium": "cpc", "utm_campaign": "108", "utm_content": "msk_12_05"},
    {"utm_source": "newsletter", "utm_medium": "email", "utm_campaign": "spring"},
)


def seed_history(world: World) -> None:
    """Add 112 orders, the newest an hour old: paid, refunded, partly removed, expired."""
    chance = Random(20250601)
    now = world.clock.now()
    events = [event for event in world.events.values() if event.id >= 2001]
    for index in range(_ORDERS):
        created = now - timedelta(hours=1 + 13 * (_ORDERS - 1 - index), minutes=chance.randrange(30))
        event = events[index % len(events)]
        client_id = FIRST_HISTORY_CLIENT + chance.randrange(HISTORY_CLIENTS)
        order = build_order(world, _FIRST_ORDER + index, client_id, event.id, created)
        order.utm = dict(_UTM[index % len(_UTM)])
        order.payment_type_id = "card" if index % 3 else "19"
        _add_baskets(world, order, event.shows[0].id, 1 + chance.randrange(2))
        _finish(world, order, index, now)
        world.add_order(order)


def _add_baskets(world: World, order: Order, show_id: int, count: int) -> None:
    show = world.shows[show_id]
    # The admission area comes last and has room for all, so there is always a seat left.
    for seat in islice((seat for seat in show.seats.values() if world.count_free(seat, seat.offers[0])), count):
        offer_id = seat.offers[0]
        basket = build_basket(
            world,
            order,
            world.issue_id("basket"),
            show_id,
            seat.root_id,
            show.price_of(seat, offer_id),
            multiprice=offer_id or None,
        )
        order.baskets.append(basket)


def _finish(world: World, order: Order, index: int, now: datetime) -> None:
    """Give an order its end: one in ten expires unpaid, one in twelve is refunded, one in fifteen cut."""
    if index % 10 == 4 and order.reserved_to < now - timedelta(days=1):
        gone = order.reserved_to + timedelta(minutes=15)
        order.deleted_at = order.updated_at = gone
        for basket in order.baskets:
            basket.deleted_at = basket.updated_at = gone
            basket.refunded_amount = basket.refunded_deduction_amount = 0
        return
    pay(order)
    if index % 6 == 1:
        order.discount_id = 45
        for basket in order.baskets:
            basket.discount_value = 50
    for basket in order.baskets:
        basket.barcode = world.issue_barcode()
        basket.updated_at = order.updated_at
    last = order.baskets[-1]
    if index % 12 == 7:
        last.refunded_at = last.updated_at = order.updated_at + timedelta(minutes=10)
        last.refunded_amount, last.refunded_deduction_amount = last.price, 0
        refund = {
            "id": world.issue_id("refund"),
            "amount": last.price,
            "deduction_amount": 0,
            "baskets": [last.id],
        }
        order.refunds, last.refunds = [refund], [refund]
    elif index % 15 == 8 and len(order.baskets) > 1:
        last.deleted_at = last.updated_at = order.updated_at + timedelta(minutes=20)
