"""Partners: the lifecycle of a ticket, batches, finding, the inventory that REST shares.

See docs/qtickets.md, Partner tickets.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from helpers.qtickets.twin import Twin
from qtickets_sandbox.credentials import PARTNER_KEY_Q

ServeTwin = Callable[..., Twin]

SEAT = {"seat_id": "CENTER_PARTERRE-20;5", "offer_id": "full"}
OTHER_SEAT = {"seat_id": "CENTER_PARTERRE-20;6", "offer_id": "full"}
HOLD = {**SEAT, "reserved_to": "2026-06-01T15:00:00+03:00"}


def test_a_hold_has_no_barcode_and_takes_the_seat_in_all_offers(twin: Twin) -> None:
    ticket = twin.partners("/tickets/add/12/4076", HOLD)["result"]

    assert (ticket["id"], ticket["paid"], ticket["barcode"], ticket["price"]) == ("120299", 0, None, None)
    assert not twin.is_free(SEAT["seat_id"])
    assert not twin.is_free(SEAT["seat_id"], offer_id="preferential")


def test_a_paid_add_has_a_barcode_at_once(twin: Twin) -> None:
    ticket = twin.partners("/tickets/add/12/4076", {**SEAT, "paid": 1})["result"]

    assert (ticket["paid"], ticket["paid_at"]) == (1, "2026-06-01T12:00:00+03:00")
    assert len(ticket["barcode"]) == 12
    assert ticket["barcode"].startswith("87")


def test_what_was_sent_is_echoed(twin: Twin) -> None:
    sent = {
        "external_id": "ticket12345",
        "external_order_id": "order67890",
        "price": 1500.5,
        "client_email": "user@example.com",
        "client_phone": "+70000000000",
        "client_name": "Анна",
        "client_surname": "Примерова",
        "client_middlename": "Тестовна",
    }

    ticket = twin.partners("/tickets/add/12/4076", {**HOLD, **sent})["result"]

    assert {name: ticket[name] for name in sent} == sent


def test_a_single_add_repeats_the_sent_offset(twin: Twin) -> None:
    body = {**SEAT, "reserved_to": "2026-06-01T22:00:00+10:00"}

    assert twin.partners("/tickets/add/12/4076", body)["result"]["reserved_to"] == "2026-06-01T22:00:00+10:00"


def test_a_batch_add_answers_in_moscow_time_and_in_order(twin: Twin) -> None:
    hold = {"reserved_to": "2026-06-01T22:00:00+10:00"}
    body = {"batch": [{**OTHER_SEAT, **hold}, {**SEAT, **hold}]}

    tickets = twin.partners("/tickets/add/12/4076", body)["result"]

    assert [ticket["seat_id"] for ticket in tickets] == [OTHER_SEAT["seat_id"], SEAT["seat_id"]]
    assert {ticket["reserved_to"] for ticket in tickets} == {"2026-06-01T15:00:00+03:00"}
    assert all(isinstance(ticket["id"], int) for ticket in tickets)


def test_an_add_without_terms_can_hold(serve: ServeTwin) -> None:
    twin = serve(add_without_hold="hold", default_hold_minutes=20)

    ticket = twin.partners("/tickets/add/12/4076", SEAT)["result"]

    assert ticket["reserved_to"] == "2026-06-01T12:20:00+03:00"


def test_an_admission_area_sells_until_it_is_full(twin: Twin) -> None:
    answers = [twin.partners("/tickets/add/12/21", {"seat_id": "3-1;1", "paid": 1}) for _ in range(15)]

    assert [answer["status"] for answer in answers] == ["success"] * 14 + ["error"]
    assert answers[0]["result"]["admission"] is True


def test_a_fan_event_sells_with_a_fan_id(twin: Twin) -> None:
    body = {"seat_id": "small-hall-A;1", "offer_id": "full", "paid": 1, "fanid": "123"}

    assert twin.partners("/tickets/add/50/61", body)["result"]["fanid_card"]["value"] == "123"


def test_a_hold_becomes_a_sale(twin: Twin) -> None:
    body = {"id": 120260, "paid": 1, "paid_at": "2026-06-01T11:00:00+03:00", "client_email": "user@example.com"}

    ticket = twin.partners("/tickets/update/12/4076", body)["result"]

    assert (ticket["id"], ticket["paid"], ticket["paid_at"]) == (120260, 1, "2026-06-01T11:00:00+03:00")
    assert ticket["barcode"].startswith("87")


def test_the_barcode_is_issued_once(twin: Twin) -> None:
    first = twin.partners("/tickets/update/12/4076", {"id": 120260, "paid": 1})["result"]["barcode"]

    second = twin.partners("/tickets/update/12/4076", {"id": "120260", "paid": 1})["result"]["barcode"]

    assert first == second


def test_a_ticket_is_found_by_its_external_id(twin: Twin) -> None:
    ticket = twin.partners("/tickets/update/12/4076", {"external_id": "seed-120261", "price": 99})["result"]

    assert (ticket["id"], ticket["price"]) == (120261, 99)


@pytest.mark.parametrize(
    ("switch", "policy", "path", "body"),
    [
        ("unpay_ticket", "reserve", "update", {"id": 134856, "paid": 0, "reserved_to": "2026-06-02"}),
        ("remove_paid", "remove", "remove", {"id": 134856}),
        ("ticket_visibility", "all", "remove", {"id": 130001}),
        ("duplicate_external_id", "allow", "add", {**HOLD, "external_id": "seed-120260"}),
        ("reserved_to_in_past", "accept", "add", {**SEAT, "reserved_to": "2025-11-08"}),
    ],
)
def test_a_refusal_can_be_switched_off(
    serve: ServeTwin, switch: str, policy: str, path: str, body: dict[str, Any]
) -> None:
    refused = serve().partners(f"/tickets/{path}/12/4076", body)
    allowed = serve(**{switch: policy}).partners(f"/tickets/{path}/12/4076", body)

    assert (refused["status"], allowed["status"]) == ("error", "success")


@pytest.mark.parametrize(
    ("switch", "policy", "path", "body", "code"),
    [
        ("update_paid", "validation_error", "update/12/4076", {"id": 134856, "price": 1}, "VALIDATION_ERROR"),
        ("dead_ticket", "validation_error", "update/12/4076", {"id": 134858, "price": 1}, "VALIDATION_ERROR"),
        ("missing_show", "event_not_found", "add/12", HOLD, "EVENT_NOT_FOUND"),
        ("find_event_without_filter", "validation_error", "find/12", {}, "VALIDATION_ERROR"),
    ],
)
def test_another_refusal_can_be_switched_on(
    serve: ServeTwin, switch: str, policy: str, path: str, body: dict[str, Any], code: str
) -> None:
    answer = serve(**{switch: policy}).partners(f"/tickets/{path}", body)

    assert answer["code"] == code


def test_a_paid_ticket_that_is_unpaid_loses_its_barcode(serve: ServeTwin) -> None:
    twin = serve(unpay_ticket="reserve")

    ticket = twin.partners("/tickets/update/12/4076", {"id": 134856, "paid": 0, "reserved_to": "2026-06-02"})["result"]

    assert (ticket["paid"], ticket["barcode"]) == (0, None)


def test_a_removed_ticket_is_dead_and_its_seat_free(twin: Twin) -> None:
    removed = twin.partners("/tickets/remove/12/4076", {"id": 120260})

    assert removed["result"] is True
    assert twin.find_ticket(120260)["deleted"] == 1
    assert twin.is_free("PARTERRE-1;25")


@pytest.mark.parametrize(("policy", "expected"), [("list", [True, True]), ("true", True)])
def test_a_removed_batch_answers_as_the_switch_says(serve: ServeTwin, policy: str, expected: object) -> None:
    twin = serve(remove_batch_result=policy)

    answer = twin.partners("/tickets/remove/12/4076", {"batch": [{"id": 120260}, {"id": 120261}]})

    assert answer["result"] == expected


@pytest.mark.parametrize(("minutes", "deleted"), [(179, 0), (180, 1)])
def test_a_hold_expires_at_its_term(twin: Twin, minutes: int, deleted: int) -> None:
    number = twin.partners("/tickets/add/12/4076", HOLD)["result"]["id"]

    twin.time.advance(minutes=minutes)

    assert twin.find_ticket(number)["deleted"] == deleted
    assert twin.is_free(SEAT["seat_id"]) == bool(deleted)


def test_the_admin_hook_moves_the_clock(twin: Twin) -> None:
    twin.app.world.clock.advance(timedelta(days=2))

    assert twin.find_ticket(120260)["deleted"] == 1


def test_an_extended_hold_lives_on(twin: Twin) -> None:
    number = twin.partners("/tickets/add/12/4076", HOLD)["result"]["id"]
    twin.partners("/tickets/update/12/4076", {"id": number, "reserved_to": "2026-06-01T16:00:00+03:00"})

    twin.time.advance(minutes=200)

    assert twin.find_ticket(number)["deleted"] == 0


def test_one_user_session_can_extend_its_hold_by_adding_again(serve: ServeTwin) -> None:
    twin = serve(same_session_readd="extend")
    first = twin.partners("/tickets/add/12/4076", {**HOLD, "user_session": "s"})["result"]

    again = twin.partners(
        "/tickets/add/12/4076", {**HOLD, "user_session": "s", "reserved_to": "2026-06-01T17:00:00+03:00"}
    )

    assert again["result"]["id"] == first["id"]
    assert again["result"]["reserved_to"] == "2026-06-01T17:00:00+03:00"


def test_by_default_a_user_session_cannot_add_again(twin: Twin) -> None:
    twin.partners("/tickets/add/12/4076", {**HOLD, "user_session": "s"})

    assert twin.partners("/tickets/add/12/4076", {**HOLD, "user_session": "s"})["code"] == "SEAT_NOT_AVAILABLE"


def test_check_of_a_busy_seat_is_no_error(twin: Twin) -> None:
    body = {"batch": [{"seat_id": "6-1;52"}, {"seat_id": "6-1;53", "offer_id": ""}]}

    result = twin.partners("/tickets/check/12/21", body)["result"]

    assert [item["available"] for item in result] == [False, True]
    assert (result[1]["row"], result[1]["place"], result[1]["currency_id"]) == (1, 53, "RUB")


def test_a_bad_item_undoes_the_whole_batch(twin: Twin) -> None:
    hold = {"reserved_to": HOLD["reserved_to"]}

    answer = twin.partners("/tickets/add/12/4076", {"batch": [{**SEAT, **hold}, {**SEAT, **hold}]})

    assert answer["code"] == "SEAT_NOT_AVAILABLE"
    assert twin.is_free(SEAT["seat_id"])


def test_a_bad_item_undoes_the_updates_before_it(twin: Twin) -> None:
    twin.partners("/tickets/update/12/4076", {"batch": [{"id": 120260, "paid": 1}, {"id": 1, "paid": 1}]})

    assert twin.find_ticket(120260)["paid"] == 0


def test_items_can_stand_for_themselves(serve: ServeTwin) -> None:
    twin = serve(batch_failure="per_item")
    hold = {"reserved_to": HOLD["reserved_to"]}

    result = twin.partners("/tickets/add/12/4076", {"batch": [{**SEAT, **hold}, {**SEAT, **hold}]})["result"]

    assert result[0]["seat_id"] == SEAT["seat_id"]
    assert (result[1]["status"], result[1]["code"]) == ("error", "SEAT_NOT_AVAILABLE")


def find_ids(twin: Twin, path: str = "/tickets/find", **wanted: Any) -> list[int]:
    body = {"filter": wanted} if wanted else None
    return [ticket["id"] for ticket in twin.partners(path, body)["result"]]


def test_values_of_one_filter_are_alternatives(twin: Twin) -> None:
    assert find_ids(twin, id=[120260, "134858"]) == [120260, 134858]


def test_filters_add_up(twin: Twin) -> None:
    assert find_ids(twin, external_order_id="order-b", barcode=["872964136579", "000000000000"]) == [134856]


def test_no_match_is_an_empty_result(twin: Twin) -> None:
    assert find_ids(twin, external_id="nobody") == []


def test_an_event_without_filter_lists_its_own_tickets(twin: Twin) -> None:
    assert find_ids(twin, "/tickets/find/12") == [120260, 120261, 134856, 134857, 134858]


def test_an_event_and_show_without_filter_list_the_tickets_of_the_show(twin: Twin) -> None:
    assert find_ids(twin, "/tickets/find/12/21") == []


def test_all_tickets_can_be_listed(serve: ServeTwin) -> None:
    assert len(find_ids(serve(find_without_filter="list"))) == 5


def test_find_has_no_event_header(twin: Twin) -> None:
    assert set(twin.partners("/tickets/find/12")) == {"status", "result"}


def test_a_partner_sees_its_own_tickets_only(twin: Twin) -> None:
    tickets = twin.partners("/tickets/find/12", key=PARTNER_KEY_Q)["result"]

    assert [ticket["id"] for ticket in tickets] == [130001]


def test_a_partner_sale_is_a_busy_seat_in_the_rest_api(twin: Twin) -> None:
    twin.partners("/tickets/add/12/4076", {**SEAT, "paid": 1})

    body = {"flat": True, "select": ["free_quantity", "payed_quantity", "available"]}
    seat = twin.rest("GET", "/shows/4076/seats", body).json()["data"]["preferential_CENTER_PARTERRE-20;5"]

    assert seat == {"free_quantity": 0, "payed_quantity": 1, "available": False}


def test_a_partner_hold_counts_as_ordered_in_the_rest_api(twin: Twin) -> None:
    body = {"flat": True, "select": ["ordered_quantity", "payed_quantity"]}

    seat = twin.rest("GET", "/shows/4076/seats", body).json()["data"]["full_PARTERRE-1;25"]

    assert seat == {"ordered_quantity": 1, "payed_quantity": 0}
