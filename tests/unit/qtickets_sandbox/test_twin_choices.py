"""The choices that no source settles can be taken the other way: those that no other file of tests looks at."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from twin_tools import Twin

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


def test_every_switch_is_taken_the_other_way_by_some_test() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))

    assert [
        each.name for each in fields(Switches) if f"{each.name}=" not in tests and f'"{each.name}"' not in tests
    ] == []
