"""Discounts, promo codes and color themes (docs/qtickets.md, REST operations, R14–R18)."""

from typing import Any

from qtickets_sandbox.instants import parse_instant
from qtickets_sandbox.model.sales import Discount, PromoCode
from qtickets_sandbox.rest.call import RestCall
from qtickets_sandbox.rest.lists import list_page
from qtickets_sandbox.rest.render import render_discount, render_promo_code

# The documentation lists theme 15 between 8 and 9.
_THEME_IDS = (1, 2, 3, 4, 5, 6, 7, 8, 15, 9, 10, 11, 12, 13, 14)


def list_color_themes(_call: RestCall) -> dict[str, Any]:
    """Fifteen themes, without paging."""
    return {"data": [{"id": each, "color": f"#{each * 1_118_481:06x}"[:7]} for each in _THEME_IDS]}


def list_discounts(call: RestCall) -> dict[str, Any]:
    """A hundred a page."""

    def render(discount: Discount) -> dict[str, Any]:
        return render_discount(call.world, discount)

    return list_page(call, call.owned(call.world.discounts), render, per_page=100)


def get_discount(call: RestCall) -> dict[str, Any]:
    """Answer one discount; the route is observed, not documented."""
    return {"data": render_discount(call.world, call.find("Discount", call.world.discounts, "id"))}


def list_promo_codes(call: RestCall) -> dict[str, Any]:
    """Five hundred a page, not by ascending id."""
    return list_page(call, call.owned(call.world.promo_codes), render_promo_code, per_page=500)


def post_promo_code(call: RestCall) -> dict[str, Any]:
    """Create a promo code of a discount of the caller."""
    data = call.data()
    discount = call.world.discounts.get(_integer(call, data, "discount_id", 0))
    if discount is None or discount.organiser != call.organiser:
        raise call.invalid("discount_id is required")
    now = call.world.clock.now()
    promo_code = PromoCode(
        id=0,
        organiser=call.organiser,
        discount_id=discount.id,
        code="",
        max_uses_count=1,
        created_at=now,
        updated_at=now,
    )
    _apply(call, promo_code, data)
    promo_code.id = call.world.issue_id("promo_code")
    call.world.promo_codes[promo_code.id] = promo_code
    return call.written(render_promo_code(promo_code))


def put_promo_code(call: RestCall) -> dict[str, Any]:
    """Change the given fields of a promo code; its discount stays."""
    promo_code = call.find("PromoCode", call.world.promo_codes, "id")
    _apply(call, promo_code, call.data())
    return call.written(render_promo_code(promo_code))


def _apply(call: RestCall, promo_code: PromoCode, data: dict[str, Any]) -> None:
    code = data.get("code", promo_code.code)
    if not isinstance(code, str) or not code:
        raise call.invalid("code is required")
    uses = _integer(call, data, "max_uses_count", promo_code.max_uses_count)
    active = _integer(call, data, "is_active", int(promo_code.is_active))
    try:
        dates = {
            name: None if data[name] is None else parse_instant(data[name])
            for name in ("active_from", "active_to")
            if name in data
        }
    except ValueError as error:
        raise call.invalid(str(error)) from error
    promo_code.code, promo_code.max_uses_count, promo_code.is_active = code, uses, bool(active)
    for name, value in dates.items():
        setattr(promo_code, name, value)
    promo_code.updated_at = call.world.clock.now()


def _integer(call: RestCall, data: dict[str, Any], name: str, default: int) -> int:
    value = data.get(name, default)
    if not isinstance(value, int):
        raise call.invalid(f"{name} is not a number")
    return value
