"""The life of an order on the site: placed, paid, cancelled, changed (docs/qtickets.md, Order life).

The API has no operation that sells; `place_order`, `pay_order` and `cancel_order` are hooks for tests.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from qtickets_sandbox.amounts import is_amount
from qtickets_sandbox.lifecycle import RuleBroken
from qtickets_sandbox.lifecycle.making import build_basket, build_order, pay
from qtickets_sandbox.model.sales import Basket, Order
from qtickets_sandbox.world import World


def place_order(world: World, *, client_id: int, show_id: int, seats: Sequence[tuple[str, str]]) -> Order:
    """Reserve seats, given as (root seat id, offer id), for a day; raises RuleBroken for a busy seat."""
    show = world.shows[show_id]
    for seat_id, offer_id in seats:
        if not world.rules.seat_has_room(world.count_free(show.seats[seat_id], offer_id)):
            raise RuleBroken(f"seat {seat_id} is not available")
    order = build_order(world, world.issue_id("order"), client_id, show.event_id, world.clock.now())
    for seat_id, offer_id in seats:
        price = show.price_of(show.seats[seat_id], offer_id)
        order.baskets.append(
            build_basket(
                world,
                order,
                world.issue_id("basket"),
                show_id,
                seat_id,
                price,
                multiprice=offer_id or None,
            )
        )
    world.add_order(order)
    world.announce("created", order)
    return order


def pay_order(world: World, order: Order) -> None:
    """Pay a reserved order: its tickets get barcodes; raises RuleBroken if it is paid or deleted."""
    if order.payed_at or order.deleted_at:
        raise RuleBroken("only a reserved order can be paid")
    pay(order)
    order.payed_at = order.updated_at = world.clock.now()
    for basket in order.baskets:
        basket.barcode = world.issue_barcode()
        basket.updated_at = order.updated_at
        world.occupy(basket, paid=True)
    world.announce("payed", order)


def extend_reservation(world: World, order: Order) -> None:
    """Give an unpaid order one more day, once; raises RuleBroken otherwise."""
    if order.payed_at or order.deleted_at or order.reserve_extended:
        raise RuleBroken("only an unpaid order can be extended, and once")
    order.reserve_extended = True
    order.reserved_to += timedelta(days=1)
    order.updated_at = world.clock.now()
    world.announce("updated", order)


def cancel_order(world: World, order: Order) -> None:
    """Delete an unpaid order and free its seats; raises RuleBroken if it is paid or deleted."""
    if order.payed_at or order.deleted_at:
        raise RuleBroken("only a reserved order can be cancelled")
    for basket in order.baskets:
        _remove(world, basket)
        # Unpaid tickets that went show zero instead of null (docs/qtickets.md, REST operations, Basket).
        basket.refunded_amount = basket.refunded_deduction_amount = 0
    order.deleted_at = order.updated_at = world.clock.now()
    world.announce("deleted", order)


def sweep_orders(world: World) -> None:
    """Cancel what stayed unpaid for longer than `sweep_delay_minutes` after reserved_to."""
    limit = world.clock.now() - timedelta(minutes=world.switches.sweep_delay_minutes)
    for order in world.orders.values():
        if order.payed_at or order.deleted_at or order.reserved:
            continue
        if order.reserved_to <= limit:
            cancel_order(world, order)


def remove_baskets(world: World, order: Order, wanted: Mapping[str, Any]) -> None:
    """Remove tickets (docs/qtickets.md, REST operations, R3): `{basket id: related ids}`.

    No related ids mean the ticket itself.

    A main ticket falls with its last active related one. Raises RuleBroken for a foreign or inactive ticket.
    """
    chosen = _choose(order, wanted)
    for basket in chosen:
        _remove(world, basket)
    for main in order.baskets:
        if main.related and main.is_active and not any(each.is_active for each in _related(order, main)):
            _remove(world, main)
    now = order.updated_at = world.clock.now()
    gone = all(basket.deleted_at for basket in order.baskets)
    if gone and world.switches.all_baskets_removed == "delete_order":
        order.deleted_at = now
    world.announce("deleted" if order.deleted_at else "updated", order)


def refund_baskets(world: World, order: Order, wanted: Mapping[str, Any], terms: Mapping[str, Any]) -> None:
    """Refund paid tickets (docs/qtickets.md, REST operations, R4) by `amount` or by `deduction_amount`.

    The two are alternatives.

    Raises RuleBroken for an unpaid order, an inactive ticket, or terms that are neither or both.
    """
    chosen = _choose(order, wanted)
    total = sum(basket.price for basket in chosen)
    amount, deduction = terms.get("amount"), terms.get("deduction_amount")
    if order.payed_at is None or not chosen:
        raise RuleBroken("only paid tickets can be refunded")
    if (amount is None) == (deduction is None):
        raise RuleBroken("amount and deduction_amount are alternatives")
    given = deduction if amount is None else amount
    if not is_amount(given) or given > total:
        raise RuleBroken("a refund is from nothing to what the tickets cost")
    refunded = total - given if amount is None else given
    now = order.updated_at = world.clock.now()
    refund = {
        "id": world.issue_id("refund"),
        "amount": refunded,
        "deduction_amount": total - refunded,
        "baskets": [basket.id for basket in chosen],
    }
    order.refunds.append(refund)
    for basket in chosen:
        share = refunded * basket.price / total if total else 0
        basket.refunded_at = basket.updated_at = now
        basket.refunded_amount = _whole(share)
        basket.refunded_deduction_amount = _whole(basket.price - share)
        basket.refunds.append(refund)
        world.release(basket)
    world.announce("refunded", order, refunded_baskets=chosen)


def restore_order(world: World, order: Order) -> None:
    """Bring a deleted order back (docs/qtickets.md, REST operations, R6).

    Raises RuleBroken if it has refunds or lost its seats.
    """
    if order.deleted_at is None or order.refunds:
        raise RuleBroken("only a deleted order without refunds can be restored")
    # Only what went with the order comes back, not what was removed before.
    back = [basket for basket in order.baskets if basket.deleted_at == order.deleted_at]
    for index, basket in enumerate(back):
        if world.switches.restore_needs_free_seats and not world.has_room_for(basket):
            for each in back[:index]:
                world.release(each)
            raise RuleBroken(f"seat {basket.seat_id} is taken")
        world.occupy(basket, paid=order.payed_at is not None)
    now = world.clock.now()
    order.deleted_at, order.updated_at = None, now
    if order.payed_at is None:
        # Without a new term the next sweep would delete it again.
        order.reserved_to = max(order.reserved_to, now + timedelta(days=1))
    for basket in back:
        basket.deleted_at, basket.updated_at = None, now
        basket.refunded_amount = basket.refunded_deduction_amount = None
    world.announce("updated", order)


def change_offer(world: World, order: Order, basket: Basket, offer_id: str | None) -> None:
    """Move a ticket to another offer of its seat; raises RuleBroken if somebody else has the seat there."""
    before = basket.multiprice_code
    if not basket.is_active or offer_id == before:
        basket.multiprice_code = offer_id
        return
    world.release(basket)
    basket.multiprice_code = offer_id
    is_taken = world.switches.seat_across_offers == "per_offer" and not world.has_room_for(basket)
    if is_taken:
        basket.multiprice_code = before
    world.occupy(basket, paid=order.payed_at is not None)
    if is_taken:
        raise RuleBroken(f"seat {basket.seat_id} is taken in this offer")


def _choose(order: Order, wanted: Mapping[str, Any]) -> list[Basket]:
    """Return the tickets that `{basket id: related ids}` names; raises RuleBroken for one that is not active."""
    by_id = {basket.id: basket for basket in order.baskets}
    chosen: dict[int, Basket] = {}
    for key, related in wanted.items():
        main = by_id.get(int(key)) if str(key).isdigit() else None
        if main is None or not isinstance(related, list):
            raise RuleBroken(f"no ticket {key}")
        if any(number not in main.related for number in related):
            raise RuleBroken(f"not related to ticket {key}")
        for number in related or (main.id, *main.related):
            basket = by_id[number]
            if basket.is_active:
                chosen[number] = basket
            elif number == main.id or related:
                raise RuleBroken(f"ticket {number} is not active")
    return list(chosen.values())


def _related(order: Order, main: Basket) -> list[Basket]:
    return [basket for basket in order.baskets if basket.id in main.related]


def _remove(world: World, basket: Basket) -> None:
    if basket.deleted_at is None:
        basket.deleted_at = basket.updated_at = world.clock.now()
        world.release(basket)


def _whole(amount: float) -> int | float:
    return int(amount) if amount == int(amount) else round(amount, 2)
