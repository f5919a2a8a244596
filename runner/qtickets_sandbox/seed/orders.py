"""Seed the orders that the vendor's samples and the test document name (docs/qtickets.md, Seed)."""

from datetime import datetime, timedelta

from qtickets_sandbox.credentials import ORGANISER_B
from qtickets_sandbox.lifecycle.making import build_basket, build_order, pay
from qtickets_sandbox.world import World


def seed_orders(world: World) -> None:
    """Add orders 4360, 4711, 5200, 6000, 11538, 11539, and 30001 of the other organiser."""
    world.start_ids(order=30000, basket=150000, refund=700)
    days = timedelta(days=1)
    now = world.clock.now()
    _seed_sample_order(world, now - 75 * days)
    _seed_scanned_order(world, now - 74 * days)
    _seed_season_order(world, now - 73 * days)
    unpaid = build_order(world, 6000, 235, 33, now - timedelta(hours=2))
    unpaid.baskets = [build_basket(world, unpaid, 140844, 41, "CENTER_BALCONY-1;15", 500)]
    world.add_order(unpaid)
    _seed_deleted_orders(world, now)
    foreign = build_order(world, 30001, 8001, 900, now - 5 * days, organiser=ORGANISER_B)
    foreign.payed_at = foreign.created_at
    foreign.baskets = [build_basket(world, foreign, 149001, 950, "small-hall-A;1", 700)]
    world.add_order(foreign)


def _seed_sample_order(world: World, created: datetime) -> None:
    """Add order 4360: paid, price 800, three tickets for event 33."""
    order = build_order(world, 4360, 235, 33, created)
    pay(order)
    for basket_id, seat_id, price, barcode in (
        (63993, "CENTER_PARTERRE-21;11", 150, "877076325904"),
        (63994, "CENTER_PARTERRE-21;12", 150, "877344688530"),
        (63995, "CENTER_BALCONY-1;14", 500, "875606411179"),
    ):
        order.baskets.append(
            build_basket(world, order, basket_id, 41, seat_id, price, barcode=barcode, multiprice="full")
        )
    world.add_order(order)


def _seed_scanned_order(world: World, created: datetime) -> None:
    """Add order 4711 with the barcodes of the scanning samples, on show 41."""
    order = build_order(world, 4711, 337, 33, created)
    pay(order)
    for offset, (seat_id, barcode) in enumerate(
        (
            ("5-1;8", "871495495233"),
            ("3-1;1", "874432174155"),
            ("8-1;42", "875196723453"),
            ("4-1;49", "872900619969"),
            ("1-1;2", "875136523412"),
            ("1-1;3", "875136213454"),
        )
    ):
        order.baskets.append(build_basket(world, order, 71001 + offset, 41, seat_id, 300, barcode=barcode))
    world.add_order(order)


def _seed_season_order(world: World, created: datetime) -> None:
    """Add order 5200: two tickets and a season ticket whose related tickets are for the other shows."""
    order = build_order(world, 5200, 10, 12, created)
    pay(order)
    for basket_id, show_id, seat_id, price in (
        (88344, 20, "PARTERRE-1;25", 500),
        (88402, 20, "PARTERRE-1;26", 500),
        (88374, 20, "LEFT_PARTERRE-1;22", 600),
        (88375, 21, "LEFT_PARTERRE-1;22", 0),
        (88376, 4076, "LEFT_PARTERRE-1;22", 0),
    ):
        barcode = world.issue_barcode()
        order.baskets.append(build_basket(world, order, basket_id, show_id, seat_id, price, barcode=barcode))
    order.baskets[2].related = [88375, 88376]
    world.add_order(order)


def _seed_deleted_orders(world: World, now: datetime) -> None:
    """Add 11538, deleted without refunds, and 11539, deleted after a refund."""
    for order_id, seat_id in ((11538, "PARTERRE-1;27"), (11539, "PARTERRE-1;28")):
        created = now - timedelta(days=70)
        order = build_order(world, order_id, 337, 12, created)
        pay(order)
        removed = created + timedelta(days=1)
        basket = build_basket(world, order, 90000 + order_id, 20, seat_id, 500, barcode=world.issue_barcode())
        basket.deleted_at = basket.updated_at = order.deleted_at = order.updated_at = removed
        order.baskets = [basket]
        if order_id == 11539:
            basket.refunded_at, basket.refunded_amount, basket.refunded_deduction_amount = removed, 500, 0
            refund = {"id": 501, "amount": 500, "deduction_amount": 0, "baskets": [basket.id]}
            order.refunds = [refund]
            basket.refunds = [refund]
        world.add_order(order)
