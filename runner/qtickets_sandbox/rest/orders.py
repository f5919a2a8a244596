"""Orders and their tickets (docs/qtickets.md, REST operations, R1–R6)."""

from typing import Any

from qtickets_sandbox.amounts import is_amount
from qtickets_sandbox.envelopes import RestError
from qtickets_sandbox.lifecycle import RuleBroken
from qtickets_sandbox.lifecycle.orders import change_offer, refund_baskets, remove_baskets, restore_order
from qtickets_sandbox.php import cast_int
from qtickets_sandbox.rest.call import RestCall
from qtickets_sandbox.rest.lists import list_page
from qtickets_sandbox.rest.render import render_basket, render_order

_NAMES = ("client_email", "client_name", "client_surname", "client_middlename")
_PRICES = ("ticket_original_price", "discount_value")


def list_orders(call: RestCall) -> dict[str, Any]:
    """Fifty a page, deleted ones included unless filtered."""
    orders = sorted(call.owned(call.world.orders), key=lambda order: order.id)
    return list_page(call, orders, render_order, per_page=50)


def get_order(call: RestCall) -> dict[str, Any]:
    """Answer one order; here `integrations` is an object."""
    return {"data": render_order(call.find("Order", call.world.orders, "id"), single=True)}


def post_order(call: RestCall) -> dict[str, Any]:
    """Fail as observed: the path is routed, and no request is known that it accepts.

    See docs/qtickets.md, Statuses and envelopes.
    """
    call.data()
    raise RestError.unknown()


def delete_baskets(call: RestCall) -> dict[str, Any]:
    """Remove or refund tickets; raises what `rest_invalid` says for anything else."""
    order = call.find("Order", call.world.orders, "id")
    fields = call.request.fields
    removal, refund = fields.get("delete"), fields.get("refund")
    terms = removal if removal is not None else refund
    if (removal is None) == (refund is None) or not isinstance(terms, dict):
        raise call.invalid("delete or refund is required")
    baskets = terms.get("baskets")
    if not isinstance(baskets, dict) or not baskets:
        raise call.invalid("baskets are required")
    try:
        if removal is not None:
            remove_baskets(call.world, order, baskets)
        else:
            refund_baskets(call.world, order, baskets, terms)
    except RuleBroken as error:
        raise call.invalid(str(error)) from error
    return {"data": render_order(order, single=True)}


def post_restore(call: RestCall) -> dict[str, Any]:
    """Bring a deleted order back."""
    order = call.find("Order", call.world.orders, "id")
    try:
        restore_order(call.world, order)
    except RuleBroken as error:
        raise call.invalid(str(error)) from error
    return {"data": render_order(order, single=True)}


def put_basket(call: RestCall) -> dict[str, Any]:
    """Change a ticket's holder, and its price while the order is unpaid (docs/qtickets.md, REST operations, R5)."""
    number = cast_int(call.path["id"])
    order, basket = call.world.baskets.get(number, (None, None))
    if order is None or basket is None or order.organiser != call.organiser:
        raise RestError.not_found("Basket", number)
    data = call.data()
    if order.payed_at and any(name in data for name in _PRICES):
        raise call.invalid("the price of a paid ticket is fixed")
    names = {name: data[name] for name in _NAMES if name in data}
    offer_id = data.get("multiprice_code", basket.multiprice_code)
    prices = {name: data[name] for name in _PRICES if name in data}
    if not all(value is None or isinstance(value, str) for value in (*names.values(), offer_id)):
        raise call.invalid("a name is not a text")
    if not all(is_amount(value) for value in prices.values()):
        raise call.invalid("a price is not a number")
    original = prices.get("ticket_original_price", basket.original_price)
    discount = prices.get("discount_value", basket.discount_value)
    if discount > original:
        raise call.invalid("the discount is more than the price")
    try:
        change_offer(call.world, order, basket, offer_id)
    except RuleBroken as error:
        raise call.invalid(str(error)) from error
    basket.original_price, basket.discount_value = original, discount
    for name, value in names.items():
        setattr(basket, name, value)
    basket.updated_at = order.updated_at = call.world.clock.now()
    call.world.announce("updated", order)
    rendered = render_basket(basket)
    return {"data": rendered if call.switches.basket_response == "object" else [rendered]}
