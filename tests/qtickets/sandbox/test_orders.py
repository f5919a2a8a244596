"""The life of an order: paid, cancelled, expired, changed, refunded, restored (docs/qtickets.md, Order life)."""

from collections.abc import Callable
from typing import Any

import pytest

from helpers.qtickets.twin import Twin
from qtickets_sandbox.lifecycle import RuleBroken
from qtickets_sandbox.lifecycle.orders import cancel_order, extend_reservation, pay_order, place_order

ServeTwin = Callable[..., Twin]


def change(twin: Twin, number: int, **terms: Any) -> Any:
    return twin.rest("DELETE", f"/orders/{number}/baskets", terms)


def basket_of(order: dict[str, Any], number: int) -> dict[str, Any]:
    found = [basket for basket in order["baskets"] if basket["id"] == number]
    assert len(found) == 1
    return found[0]


def test_the_sample_order_is_as_the_samples_have_it(twin: Twin) -> None:
    order = twin.rest("GET", "/orders/4360").json()["data"]

    assert (order["event_id"], order["client"]["id"], order["payed"], order["price"]) == (33, 235, True, 800)
    assert [(basket["id"], basket["barcode"], basket["price"]) for basket in order["baskets"]] == [
        (63993, "877076325904", 150),
        (63994, "877344688530", 150),
        (63995, "875606411179", 500),
    ]


def test_integrations_differ_between_list_and_single_order(twin: Twin) -> None:
    listed = twin.rest("GET", "/orders").json()["data"][0]
    single = twin.rest("GET", f"/orders/{listed['id']}").json()["data"]

    assert (listed["integrations"], single["integrations"]) == ([], {"roistat": {"roistat_visit": None}})


def test_the_captured_invariants_hold_for_every_seeded_order(twin: Twin) -> None:
    orders = [order for page in (1, 2, 3) for order in twin.rest("GET", "/orders", {"page": page}).json()["data"]]

    for order in orders:
        assert order["price"] == sum(basket["price"] for basket in order["baskets"])
        assert (order["payed_at"] is None) == (not order["payed"])
        for basket in order["baskets"]:
            assert basket["original_price"] - basket["discount_value"] == basket["price"] == basket["ticket_amount"]
            assert (basket["barcode"] is None) == (basket["pdf_url"] is None) == (not order["payed"])


def test_the_seed_has_utm_as_empty_list_and_as_object(twin: Twin) -> None:
    orders = twin.rest("GET", "/orders").json()["data"]

    assert {type(order["utm"]) for order in orders} == {list, dict}
    assert all(order["utm"] == [] for order in orders if isinstance(order["utm"], list))


def test_a_removed_ticket_is_dated_and_its_seat_is_free(twin: Twin) -> None:
    order = change(twin, 4360, delete={"baskets": {"63993": []}}).json()["data"]

    assert basket_of(order, 63993)["deleted_at"] == "2026-06-01T12:00:00+03:00"
    assert order["deleted_at"] is None
    assert twin.is_free("CENTER_PARTERRE-21;11", show="33/41")


def test_an_order_goes_with_its_last_ticket(twin: Twin) -> None:
    order = change(twin, 4360, delete={"baskets": {"63993": [], "63994": [], "63995": []}}).json()["data"]

    assert order["deleted_at"] == "2026-06-01T12:00:00+03:00"
    assert order["price"] == 800


def test_an_order_can_stay_without_tickets(serve: ServeTwin) -> None:
    twin = serve(all_baskets_removed="keep_order")

    order = change(twin, 4360, delete={"baskets": {"63993": [], "63994": [], "63995": []}}).json()["data"]

    assert order["deleted_at"] is None


def test_a_season_ticket_stays_while_a_related_one_is_left(twin: Twin) -> None:
    order = change(twin, 5200, delete={"baskets": {"88374": [88375]}}).json()["data"]

    assert basket_of(order, 88375)["deleted_at"]
    assert basket_of(order, 88374)["deleted_at"] is None


def test_a_season_ticket_falls_with_its_last_related_one(twin: Twin) -> None:
    order = change(twin, 5200, delete={"baskets": {"88374": [88375, 88376]}}).json()["data"]

    assert basket_of(order, 88374)["deleted_at"]
    assert basket_of(order, 88344)["deleted_at"] is None


def test_a_season_ticket_takes_its_related_ones_along(twin: Twin) -> None:
    order = change(twin, 5200, delete={"baskets": {"88374": []}}).json()["data"]

    assert all(basket_of(order, number)["deleted_at"] for number in (88374, 88375, 88376))


def test_a_refund_by_amount_is_recorded_on_order_and_ticket(twin: Twin) -> None:
    order = change(twin, 4360, refund={"amount": 150, "baskets": {"63993": []}}).json()["data"]

    basket = basket_of(order, 63993)
    assert (basket["refunded_amount"], basket["refunded_deduction_amount"]) == (150, 0)
    assert basket["refunded_at"] == "2026-06-01T12:00:00+03:00"
    assert [(refund["amount"], refund["baskets"]) for refund in order["refunds"]] == [(150, [63993])]
    assert order["price"] == 800


def test_a_refund_by_deduction_is_the_price_less_the_deduction(twin: Twin) -> None:
    order = change(twin, 4360, refund={"deduction_amount": 65, "baskets": {"63993": [], "63995": []}}).json()["data"]

    amounts = [basket_of(order, number)["refunded_amount"] for number in (63993, 63995)]
    assert sum(amounts) == 150 + 500 - 65
    assert order["refunds"][0]["amount"] == 585


def test_a_refunded_seat_is_free(twin: Twin) -> None:
    change(twin, 4360, refund={"amount": 0, "baskets": {"63995": []}})

    assert twin.is_free("CENTER_BALCONY-1;14", show="33/41")


@pytest.mark.parametrize(
    "terms",
    [
        {"refund": {"amount": 10, "deduction_amount": 5, "baskets": {"63993": []}}},
        {"refund": {"baskets": {"63993": []}}},
        {"refund": {"amount": 151, "baskets": {"63993": []}}},
        {"refund": {"amount": "10", "baskets": {"63993": []}}},
        {"refund": {"amount": 10, "baskets": {"88344": []}}},
        {"delete": {"baskets": {"63993": [63994]}}},
        {"delete": {"baskets": {}}},
        {"delete": {"baskets": {"63993": []}}, "refund": {"amount": 1, "baskets": {"63993": []}}},
        {},
    ],
)
def test_wrong_terms_change_nothing(twin: Twin, terms: dict[str, Any]) -> None:
    before = twin.rest("GET", "/orders/4360").json()

    response = change(twin, 4360, **terms)

    assert response.status_code == 503
    assert twin.rest("GET", "/orders/4360").json() == before


def test_wrong_terms_can_be_a_validation_error(serve: ServeTwin) -> None:
    response = change(serve(rest_invalid="validation_error"), 4360)

    assert (response.status_code, response.json()["code"]) == (400, "VALIDATION_ERROR")


def test_a_ticket_is_refunded_once(twin: Twin) -> None:
    change(twin, 4360, refund={"amount": 10, "baskets": {"63993": []}})

    again = change(twin, 4360, refund={"amount": 10, "baskets": {"63993": []}})

    assert again.status_code == 503


def test_an_unpaid_order_is_not_refunded(twin: Twin) -> None:
    assert change(twin, 6000, refund={"amount": 1, "baskets": {"140844": []}}).status_code == 503


def test_restore_brings_an_order_back_with_its_seat(twin: Twin) -> None:
    free_before = twin.is_free("PARTERRE-1;27", show="12/20")

    order = twin.rest("POST", "/orders/11538/restore", {}).json()["data"]

    assert order["deleted_at"] is None
    assert [basket["deleted_at"] for basket in order["baskets"]] == [None]
    assert (free_before, twin.is_free("PARTERRE-1;27", show="12/20")) == (True, False)


@pytest.mark.parametrize("number", [11539, 4360])
def test_an_order_with_refunds_or_alive_is_not_restored(twin: Twin, number: int) -> None:
    assert twin.rest("POST", f"/orders/{number}/restore", {}).status_code == 503


@pytest.mark.parametrize(("needs_free", "status"), [(True, 503), (False, 200)])
def test_a_resold_seat_prevents_the_restore(serve: ServeTwin, needs_free: bool, status: int) -> None:
    twin = serve(restore_needs_free_seats=needs_free)
    twin.partners("/tickets/add/12/20", {"seat_id": "PARTERRE-1;27", "offer_id": "full", "paid": 1})

    assert twin.rest("POST", "/orders/11538/restore", {}).status_code == status


def test_what_was_removed_before_the_order_stays_removed(twin: Twin) -> None:
    change(twin, 4360, delete={"baskets": {"63993": []}})
    twin.time.advance(minutes=1)
    change(twin, 4360, delete={"baskets": {"63994": [], "63995": []}})

    order = twin.rest("POST", "/orders/4360/restore", {}).json()["data"]

    assert [bool(basket["deleted_at"]) for basket in order["baskets"]] == [True, False, False]


def test_put_basket_renames_the_holder(twin: Twin) -> None:
    body = {"data": {"client_name": "Вера", "client_email": "user@example.com"}}

    basket = twin.rest("PUT", "/baskets/63993", body).json()["data"]

    assert (basket["id"], basket["client_name"]) == (63993, "Вера")
    assert twin.rest("GET", "/orders/4360").json()["data"]["baskets"][0] == basket


def test_put_basket_recomputes_the_price_of_an_unpaid_ticket(twin: Twin) -> None:
    body = {"data": {"ticket_original_price": 400, "discount_value": 30}}

    basket = twin.rest("PUT", "/baskets/140844", body).json()["data"]

    assert (basket["original_price"], basket["discount_value"], basket["price"]) == (400, 30, 370)


@pytest.mark.parametrize(
    ("number", "data"),
    [
        (63993, {"discount_value": 10}),
        (140844, {"discount_value": 501}),
        (140844, {"ticket_original_price": "400"}),
        (140844, {"client_name": 7}),
    ],
)
def test_put_basket_refuses_a_wrong_price_or_name(twin: Twin, number: int, data: dict[str, Any]) -> None:
    assert twin.rest("PUT", f"/baskets/{number}", {"data": data}).status_code == 503


def test_a_foreign_basket_is_a_404(twin: Twin) -> None:
    response = twin.rest("PUT", "/baskets/149001", {"data": {}})

    assert response.json()["info"] == {"id": 149001, "resource": "Basket"}


def test_a_placed_order_takes_its_seats(twin: Twin) -> None:
    with twin.app.world.lock:
        place_order(twin.app.world, client_id=235, show_id=41, seats=[("CENTER_PARTERRE-20;7", "full")])

    assert not twin.is_free("CENTER_PARTERRE-20;7", show="33/41")


def test_a_paid_order_has_barcodes(twin: Twin) -> None:
    world = twin.app.world
    order = place_order(world, client_id=235, show_id=41, seats=[("CENTER_PARTERRE-20;7", "preferential")])

    pay_order(world, order)

    basket = twin.rest("GET", f"/orders/{order.id}").json()["data"]["baskets"][0]
    assert (basket["price"], basket["multiprice_code"]) == (150, "preferential")
    assert basket["barcode"].startswith("87")


def test_a_cancelled_order_shows_zero_refunds(twin: Twin) -> None:
    cancel_order(twin.app.world, twin.app.world.orders[6000])

    basket = twin.rest("GET", "/orders/6000").json()["data"]["baskets"][0]
    assert (basket["refunded_amount"], basket["refunded_deduction_amount"], basket["barcode"]) == (0, 0, None)


@pytest.mark.parametrize("act", [pay_order, cancel_order, extend_reservation])
def test_a_paid_order_cannot_be_paid_cancelled_or_extended(twin: Twin, act: Callable[..., None]) -> None:
    with pytest.raises(RuleBroken):
        act(twin.app.world, twin.app.world.orders[4360])


def test_a_busy_seat_cannot_be_placed(twin: Twin) -> None:
    with pytest.raises(RuleBroken):
        place_order(twin.app.world, client_id=235, show_id=41, seats=[("CENTER_PARTERRE-21;11", "full")])


@pytest.mark.parametrize(("hours", "is_deleted"), [(22, False), (22.5, True)])
def test_an_unpaid_order_is_swept_a_quarter_after_its_term(twin: Twin, hours: float, is_deleted: bool) -> None:
    twin.time.advance(hours=hours)

    order = twin.rest("GET", "/orders/6000").json()["data"]

    assert bool(order["deleted_at"]) == is_deleted
    assert bool(order["baskets"][0]["deleted_at"]) == is_deleted


def test_an_extended_reservation_lasts_a_day_longer(twin: Twin) -> None:
    extend_reservation(twin.app.world, twin.app.world.orders[6000])
    twin.time.advance(hours=23)

    order = twin.rest("GET", "/orders/6000").json()["data"]

    assert (order["reserve_extended"], order["deleted_at"]) == (True, None)
