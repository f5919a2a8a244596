"""A seat that is taken in one offer is taken in all of its offers, or only in this one: to REST and Partners alike."""

from collections.abc import Callable
from typing import Any

import pytest

from helpers.qtickets.twin import Twin
from qtickets_sandbox.lifecycle.orders import place_order

ServeTwin = Callable[..., Twin]

SEAT = "CENTER_PARTERRE-20;7"
PAID = {"seat_id": SEAT, "paid": 1}
EITHER_WAY = pytest.mark.parametrize(("policy", "is_free"), [("shared", False), ("per_offer", True)])


def sell_in_rest(twin: Twin, offer_id: str) -> int:
    order = place_order(twin.app.world, client_id=235, show_id=41, seats=[(SEAT, offer_id)])
    return order.baskets[0].id


def look_in_rest(twin: Twin, offer_id: str, *, seat: str = SEAT, show: int = 41) -> dict[str, Any]:
    body = {"flat": True, "select": ["available", "ordered", "free_quantity", "ordered_quantity", "payed_quantity"]}
    seats = twin.rest("GET", f"/shows/{show}/seats", body).json()["data"]
    return dict(seats[f"{offer_id}_{seat}"])


def look_in_partners(twin: Twin, seat: str = SEAT) -> dict[str, bool]:
    offers = twin.partners("/events/offers/33/41")["offers"]
    return {offer_id: offer["seats"][seat]["available"] for offer_id, offer in offers.items() if seat in offer["seats"]}


@EITHER_WAY
def test_a_partner_s_ticket_leaves_the_other_offer_as_the_switch_says(
    serve: ServeTwin, policy: str, is_free: bool
) -> None:
    twin = serve(seat_across_offers=policy)

    twin.partners("/tickets/add/33/41", {**PAID, "offer_id": "full"})

    assert look_in_partners(twin) == {"full": False, "preferential": is_free}
    assert twin.is_free(SEAT, offer_id="preferential", show="33/41") == is_free
    assert [look_in_rest(twin, offer_id)["available"] for offer_id in ("full", "preferential")] == [False, is_free]


@EITHER_WAY
def test_an_order_leaves_the_other_offer_as_the_switch_says(serve: ServeTwin, policy: str, is_free: bool) -> None:
    twin = serve(seat_across_offers=policy)

    sell_in_rest(twin, "preferential")

    assert look_in_partners(twin) == {"full": is_free, "preferential": False}
    assert look_in_rest(twin, "full") == {
        "available": is_free,
        "ordered": not is_free,
        "free_quantity": int(is_free),
        "ordered_quantity": int(not is_free),
        "payed_quantity": 0,
    }


@EITHER_WAY
def test_a_seat_is_sold_in_its_other_offer_as_the_switch_says(serve: ServeTwin, policy: str, is_free: bool) -> None:
    twin = serve(seat_across_offers=policy)
    sell_in_rest(twin, "preferential")

    added = [twin.partners("/tickets/add/33/41", {**PAID, "offer_id": "full"}) for _ in range(2)]

    assert [answer["status"] for answer in added] == ["success" if is_free else "error", "error"]
    assert added[1]["code"] == "SEAT_NOT_AVAILABLE"


@pytest.mark.parametrize(("offer_id", "status"), [("full", 503), ("preferential", 200)])
def test_a_deleted_order_comes_back_if_its_offer_is_free(serve: ServeTwin, offer_id: str, status: int) -> None:
    twin = serve(seat_across_offers="per_offer")
    twin.rest("DELETE", "/orders/4360/baskets", {"delete": {"baskets": {"63993": [], "63994": [], "63995": []}}})
    last = "CENTER_BALCONY-1;14"
    twin.partners("/tickets/add/33/41", {"seat_id": last, "offer_id": offer_id, "paid": 1})

    assert twin.rest("POST", "/orders/4360/restore", {}).status_code == status
    # A refused restore holds nothing.
    assert twin.is_free("CENTER_PARTERRE-21;11", show="33/41") == (status == 503)


@pytest.mark.parametrize(("policy", "status"), [("shared", 200), ("per_offer", 503)])
def test_a_ticket_is_not_moved_to_an_offer_that_is_taken(serve: ServeTwin, policy: str, status: int) -> None:
    twin = serve(seat_across_offers=policy)
    basket = sell_in_rest(twin, "preferential")
    twin.partners("/tickets/add/33/41", {**PAID, "offer_id": "full"})

    moved = twin.rest("PUT", f"/baskets/{basket}", {"data": {"multiprice_code": "full"}})

    assert moved.status_code == status
    assert look_in_rest(twin, "preferential")["available"] is False


def test_a_ticket_that_is_moved_frees_the_offer_that_it_had(serve: ServeTwin) -> None:
    twin = serve(seat_across_offers="per_offer")
    basket = sell_in_rest(twin, "preferential")

    twin.rest("PUT", f"/baskets/{basket}", {"data": {"multiprice_code": "full"}})

    assert look_in_partners(twin) == {"full": False, "preferential": True}


def test_a_seat_sold_in_no_offer_is_taken_in_all(serve: ServeTwin) -> None:
    twin = serve(seat_across_offers="per_offer")

    sold = [look_in_rest(twin, offer_id, seat="RIGHT_PARTERRE-1;2", show=21) for offer_id in ("full", "preferential")]

    assert [seat["available"] for seat in sold] == [False, False]


@pytest.mark.parametrize("policy", ["shared", "per_offer"])
def test_a_session_extends_its_hold_in_the_offer_that_it_asks_for(serve: ServeTwin, policy: str) -> None:
    twin = serve(seat_across_offers=policy, same_session_readd="extend")
    hold = {"seat_id": SEAT, "reserved_to": twin.later(hours=1), "user_session": "one"}

    first, second = (
        twin.partners("/tickets/add/33/41", {**hold, "offer_id": offer}) for offer in ("full", "preferential")
    )

    assert (first["result"]["id"] == second["result"]["id"]) == (policy == "shared")
