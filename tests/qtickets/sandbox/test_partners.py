"""Partners: events and seats on sale, and the order of preconditions.

See docs/qtickets.md, Partners API, Preconditions.
"""

from collections.abc import Callable
from typing import Any

import pytest

from helpers.qtickets.twin import Twin
from qtickets_sandbox.credentials import PARTNER_KEY_Q

ServeTwin = Callable[..., Twin]

SEAT = {"seat_id": "CENTER_PARTERRE-20;5", "offer_id": "full"}
OTHER_SEAT = {"seat_id": "CENTER_PARTERRE-20;6", "offer_id": "full"}
HOLD = {**SEAT, "reserved_to": "2026-06-01T15:00:00+03:00"}


def test_lists_has_one_item_per_upcoming_show(twin: Twin) -> None:
    shows = [item["show_id"] for item in twin.partners("/events/lists")["result"]]

    assert shows == [20, 21, 4076, 41, 61]


def test_lists_has_only_what_is_open_to_the_partner(twin: Twin) -> None:
    shows = [item["show_id"] for item in twin.partners("/events/lists", key=PARTNER_KEY_Q)["result"]]

    assert shows == [20, 21, 4076, 41]


def test_a_show_that_has_begun_is_gone_from_the_list(twin: Twin) -> None:
    twin.time.advance(days=21)

    assert 20 not in [item["show_id"] for item in twin.partners("/events/lists")["result"]]


def test_get_with_query_equals_post_with_body(twin: Twin) -> None:
    by_get = twin.send(
        "GET",
        "/api/partners/v1/tickets/check/12/4076?seat_id=CENTER_PARTERRE-20%3B5&offer_id=full",
        token="sandbox-partner-key",
    ).json()

    assert by_get == twin.partners("/tickets/check/12/4076", SEAT)


def test_a_batch_can_be_bracketed_in_the_query(twin: Twin) -> None:
    query = "batch[0][seat_id]=2-2;37&batch[1][seat_id]=2-2;38"

    answer = twin.send("GET", f"/api/partners/v1/tickets/check/12/4076?{query}", token="sandbox-partner-key").json()

    assert [item["seat_id"] for item in answer["result"]] == ["2-2;37", "2-2;38"]


@pytest.mark.parametrize("path", ["/events/seatmap/12/21", "/events/offers/12/21", "/events/seats/12/21"])
def test_the_event_header_names_event_show_and_hall(twin: Twin, path: str) -> None:
    answer = twin.partners(path)

    assert (answer["event_id"], answer["show_id"], answer["scheme"]["id"]) == (12, 21, 48)
    assert len(answer["last_update_hash"]) == 40


def test_seatmap_places_the_sample_seat(twin: Twin) -> None:
    zones = twin.partners("/events/seatmap/12/4076")["seatmap"]["zones"]

    assert zones["CENTER_PARTERRE"]["seats"]["CENTER_PARTERRE-20;5"] == {"coords": [967, 525], "row": 20, "place": 5}


def test_an_admission_area_tells_what_is_left(twin: Twin) -> None:
    seat = twin.partners("/events/seatmap/12/21")["seatmap"]["zones"]["3"]["seats"]["3-1;1"]

    assert (seat["admission"], seat["free_quantity"]) == (True, 14)


def test_offers_price_one_seat_by_tariff(twin: Twin) -> None:
    offers = twin.partners("/events/offers/12/21")["offers"]

    seat = "RIGHT_PARTERRE-1;1"
    assert [offers[offer]["seats"][seat] for offer in ("full", "preferential")] == [
        {"available": True, "price": 600},
        {"available": True, "price": 300},
    ]
    assert offers[""]["seats"]["6-1;52"] == {"available": False, "price": 300}


def test_deprecated_seats_number_their_zones(twin: Twin) -> None:
    answer = twin.partners("/events/seats/12/21")

    zone = next(zone for zone in answer["zones"] if zone["zone_id"] == 6)
    assert {seat["seat_id"]: seat["available"] for seat in zone["seats"]}["6-1;52"] is False
    assert all(isinstance(zone["zone_id"], int) for zone in answer["scheme"]["zones"])


@pytest.mark.parametrize("has_status", [True, False])
def test_deprecated_seats_have_a_status_as_the_switch_says(serve: ServeTwin, has_status: bool) -> None:
    assert ("status" in serve(seats_status=has_status).partners("/events/seats/12/21")) == has_status


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/tickets/add", HOLD, "EVENT_NOT_FOUND"),
        ("/tickets/add/999/4076", {}, "EVENT_NOT_FOUND"),
        ("/tickets/add/1240/1700", HOLD, "EVENT_NOT_FOUND"),
        ("/tickets/add/12/41", {}, "EVENT_NOT_FOUND"),
        ("/tickets/add/12", HOLD, "VALIDATION_ERROR"),
        ("/tickets/add/12/4076", {"offer_id": "full", "paid": 1}, "VALIDATION_ERROR"),
        ("/tickets/add/12/4076", {"seat_id": 5, "paid": 1}, "VALIDATION_ERROR"),
        ("/tickets/add/12/4076", SEAT, "VALIDATION_ERROR"),
        ("/tickets/add/12/4076", {**SEAT, "paid": 2}, "VALIDATION_ERROR"),
        ("/tickets/add/12/4076", {**SEAT, "paid": 0}, "VALIDATION_ERROR"),
        ("/tickets/add/12/4076", {**SEAT, "reserved_to": "soon"}, "VALIDATION_ERROR"),
        ("/tickets/add/12/4076", {**SEAT, "reserved_to": "2025-11-08T12:00:00+03:00"}, "VALIDATION_ERROR"),
        ("/tickets/add/12/4076", {**HOLD, "user_session": "x" * 41}, "VALIDATION_ERROR"),
        ("/tickets/add/12/4076", {**HOLD, "price": "much"}, "VALIDATION_ERROR"),
        ("/tickets/add/12/4076", {**HOLD, "external_id": "seed-120260"}, "VALIDATION_ERROR"),
        ("/tickets/add/12/4076", {"batch": []}, "VALIDATION_ERROR"),
        ("/tickets/add/50/61", {"seat_id": "small-hall-A;1", "offer_id": "full", "paid": 1}, "VALIDATION_ERROR"),
        ("/tickets/add/12/4076", {**HOLD, "seat_id": "NOWHERE-1;1"}, "SEAT_NOT_FOUND"),
        ("/tickets/add/12/4076", {**HOLD, "offer_id": None}, "SEAT_NOT_FOUND"),
        ("/tickets/add/12/4076", {**HOLD, **OTHER_SEAT, "offer_id": "preferential"}, "SEAT_NOT_FOUND"),
        ("/tickets/add/12/21", {"seat_id": "6-1;52", "paid": 1}, "SEAT_NOT_AVAILABLE"),
        ("/tickets/add/12/21", {"seat_id": "7-1;8", "paid": 1}, "SEAT_NOT_AVAILABLE"),
        ("/tickets/check/12/4076", {"seat_id": "NOWHERE-1;1"}, "SEAT_NOT_FOUND"),
        ("/tickets/update/12/4076", {"paid": 1}, "VALIDATION_ERROR"),
        ("/tickets/update/12/4076", {"id": "x", "paid": 1}, "VALIDATION_ERROR"),
        ("/tickets/update/12/4076", {"id": 1, "paid": 0}, "VALIDATION_ERROR"),
        ("/tickets/update/12/4076", {"id": 1, "paid": 1}, "TICKET_NOT_FOUND"),
        ("/tickets/update/12/21", {"id": 120260, "paid": 1}, "TICKET_NOT_FOUND"),
        ("/tickets/update/12/4076", {"id": 134858, "paid": 1}, "TICKET_NOT_FOUND"),
        ("/tickets/remove/12/4076", {"external_id": "nobody"}, "TICKET_NOT_FOUND"),
        ("/tickets/remove/12/4076", {"id": 130001}, "TICKET_NOT_FOUND"),
        ("/tickets/remove/12/4076", {"id": 134856}, "VALIDATION_ERROR"),
        ("/tickets/find", {}, "VALIDATION_ERROR"),
        ("/tickets/find", {"filter": {"id": []}}, "VALIDATION_ERROR"),
        ("/tickets/find", {"filter": {"id": [{}]}}, "VALIDATION_ERROR"),
        ("/tickets/find/12/41", {}, "EVENT_NOT_FOUND"),
    ],
)
def test_each_broken_precondition_has_its_code(twin: Twin, path: str, body: dict[str, Any], code: str) -> None:
    answer = twin.partners(path, body)

    assert (answer["status"], answer.get("code")) == ("error", code)


def test_the_taken_seat_is_named_in_the_message(twin: Twin) -> None:
    answer = twin.partners("/tickets/add/12/21", {"seat_id": "6-1;52", "paid": 1})

    assert answer["message"] == 'Seat "6-1;52" is not available'


def test_other_errors_can_have_another_status(serve: ServeTwin) -> None:
    twin = serve(partners_error_status=422)

    response = twin.send("POST", "/api/partners/v1/tickets/find", {}, token="sandbox-partner-key")

    assert (response.status_code, response.json()["code"]) == (422, "VALIDATION_ERROR")


def test_the_quota_of_another_partner_is_closed(twin: Twin) -> None:
    body = {"seat_id": "7-1;8"}

    own = twin.partners("/tickets/check/12/21", body, key=PARTNER_KEY_Q)["result"]["available"]
    foreign = twin.partners("/tickets/check/12/21", body)["result"]["available"]

    assert (own, foreign) == (True, False)
