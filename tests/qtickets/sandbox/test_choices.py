"""The choices that no source settles can be taken the other way: those that no other file of tests looks at."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from helpers.qtickets.twin import Twin
from qtickets_sandbox.switches import Switches

ServeTwin = Callable[..., Twin]

HOLD = {"seat_id": "CENTER_PARTERRE-20;5", "offer_id": "full", "paid": 0}


@pytest.mark.parametrize(("policy", "kind"), [("string", str), ("int", int)])
def test_a_single_add_has_an_id_of_either_type(serve: ServeTwin, policy: str, kind: type) -> None:
    twin = serve(single_add_id=policy)

    added = twin.partners("/tickets/add/12/4076", {**HOLD, "reserved_to": twin.later(hours=1)})

    assert type(added["result"]["id"]) is kind


@pytest.mark.parametrize(("echoes", "hour"), [(True, "22:00:00+10:00"), (False, "15:00:00+03:00")])
def test_a_single_add_repeats_or_converts_the_offset(serve: ServeTwin, echoes: bool, hour: str) -> None:
    twin = serve(echo_sent_offset=echoes)

    added = twin.partners("/tickets/add/12/4076", {**HOLD, "reserved_to": "2026-06-01T22:00:00+10:00"})

    assert added["result"]["reserved_to"] == f"2026-06-01T{hour}"


@pytest.mark.parametrize(("policy", "expected"), [("add_up", []), ("alternatives", [120260, 134856])])
def test_two_fields_of_a_filter_are_joined_as_the_switch_says(
    serve: ServeTwin, policy: str, expected: list[int]
) -> None:
    wanted = {"filter": {"id": 120260, "barcode": "872964136579"}}

    found = serve(find_filters=policy).partners("/tickets/find", wanted)

    assert [ticket["id"] for ticket in found["result"]] == expected


def test_to_find_nothing_can_be_an_error(serve: ServeTwin) -> None:
    answer = serve(find_nothing="ticket_not_found").partners("/tickets/find", {"filter": {"id": 1}})

    assert (answer["status"], answer["code"]) == ("error", "TICKET_NOT_FOUND")


@pytest.mark.parametrize("show", [41, 21])
def test_an_unknown_barcode_can_be_refused(serve: ServeTwin, show: int) -> None:
    barcode = "870000000000" if show == 41 else "875196723453"

    response = serve(unknown_barcode="refused").rest("GET", f"/shows/{show}/barcode/{barcode}")

    assert (response.status_code, response.json()["code"]) == (503, "UNKNOWN_ERROR")


def test_the_code_of_a_403_can_be_another(serve: ServeTwin) -> None:
    response = serve(forbidden_code="WRONG_AUTHORIZATION").rest("GET", "/events", token="nonsense")

    assert (response.status_code, response.json()["code"]) == (403, "WRONG_AUTHORIZATION")


def test_a_validation_error_can_have_another_status(serve: ServeTwin) -> None:
    response = serve(rest_invalid="validation_error", rest_invalid_status=422).rest("POST", "/clients", {})

    assert (response.status_code, response.json()["code"]) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize(("works", "page"), [(True, 2), (False, 1)])
def test_a_page_in_the_query_counts_as_the_switch_says(serve: ServeTwin, works: bool, page: int) -> None:
    answer = serve(query_page=works).rest("GET", "/events?page=2").json()

    assert answer["paging"]["currentPage"] == page


@pytest.mark.parametrize(("works", "paid"), [(True, {True}), (False, {True, False})])
def test_a_filter_in_the_body_of_a_get_counts_as_the_switch_says(
    serve: ServeTwin, works: bool, paid: set[bool]
) -> None:
    where = {"where": [{"column": "payed", "value": 1}]}

    orders = serve(body_filters=works).rest("GET", "/orders", where).json()["data"]

    assert {order["payed"] for order in orders} == paid


@pytest.mark.parametrize(("policy", "has_price"), [("minimal", False), ("full", True)])
def test_seats_without_select_are_as_the_switch_says(serve: ServeTwin, policy: str, has_price: bool) -> None:
    seats = serve(seats_without_select=policy).rest("GET", "/shows/41/seats", {"flat": True}).json()["data"]

    assert {"price" in seat for seat in (seats.values() if isinstance(seats, dict) else seats)} == {has_price}


@pytest.mark.parametrize(("minutes", "is_deleted"), [(15, True), (60, False)])
def test_the_sweep_of_unpaid_orders_can_be_later(serve: ServeTwin, minutes: int, is_deleted: bool) -> None:
    twin = serve(sweep_delay_minutes=minutes)
    twin.time.advance(hours=22, minutes=30)

    order = twin.rest("GET", "/orders/6000").json()["data"]

    assert bool(order["deleted_at"]) == is_deleted


@pytest.mark.parametrize(("policy", "status"), [("all", 200), ("shown", 503)])
def test_a_list_knows_the_operators_that_the_switch_says(serve: ServeTwin, policy: str, status: int) -> None:
    twin = serve(list_operators=policy)
    after, undeleted = {"column": "id", "operator": ">", "value": 1}, {"column": "deleted_at", "operator": "null"}

    assert twin.rest("GET", "/orders", {"where": [after]}).status_code == status
    assert twin.rest("GET", "/orders", {"where": [undeleted, {"column": "payed", "value": 1}]}).status_code == 200
    # Those of seats are documented.
    price = {"column": "price", "operator": ">", "value": 1}
    assert twin.rest("GET", "/shows/41/seats", {"where": [price], "select": ["id"]}).status_code == 200


@pytest.mark.parametrize(("policy", "kind"), [("object", dict), ("list", list)])
def test_a_changed_ticket_comes_alone_or_in_a_list(serve: ServeTwin, policy: str, kind: type) -> None:
    answer = serve(basket_response=policy).rest("PUT", "/baskets/63993", {"data": {"client_name": "Вера"}})

    assert type(answer.json()["data"]) is kind


@pytest.mark.parametrize(("policy", "is_same"), [("update", True), ("create", False)])
def test_a_known_e_mail_is_updated_or_created_once_more(serve: ServeTwin, policy: str, is_same: bool) -> None:
    twin = serve(known_client=policy)
    sent = {"data": {"email": "user@example.com", "details": {"name": "Вера"}}}

    first, second = (twin.rest("POST", "/clients", sent).json()["data"]["id"] for _ in range(2))

    assert (first == second) == is_same


@pytest.mark.parametrize(("policy", "is_listed"), [("valid", False), ("issued", True)])
def test_barcodes_of_removed_tickets_are_listed_as_the_switch_says(
    serve: ServeTwin, policy: str, is_listed: bool
) -> None:
    twin = serve(listed_barcodes=policy, remove_paid="remove")
    twin.rest("DELETE", "/orders/4360/baskets", {"delete": {"baskets": {"63993": []}}})
    twin.partners("/tickets/remove/12/4076", {"id": 134856})

    found = {row["barcode"] for show in (41, 4076) for row in twin.rest("GET", f"/shows/{show}/barcodes").json()}

    assert ({"877076325904", "872964136579"} & found == {"877076325904", "872964136579"}) == is_listed
    assert twin.rest("GET", "/shows/41/barcode/877076325904").status_code == (200 if is_listed else 404)


@pytest.mark.parametrize(("hours", "offset"), [(3, "+03:00"), (10, "+10:00")])
def test_the_event_header_has_the_offset_that_the_switch_says(serve: ServeTwin, hours: int, offset: str) -> None:
    twin = serve(partners_offset_hours=hours)

    header = twin.partners("/events/offers/33/41")

    assert header["start_date"].endswith(offset)
    assert header["last_update_hash"] == serve().partners("/events/offers/33/41")["last_update_hash"]


def test_every_switch_is_taken_the_other_way_by_some_test() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))

    assert [
        each.name for each in fields(Switches) if f"{each.name}=" not in tests and f'"{each.name}"' not in tests
    ] == []
