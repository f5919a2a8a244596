"""Writing events, clients, promo codes and scans; what last_update_hash follows.

See docs/qtickets.md, REST operations, Update hash.
"""

from collections.abc import Callable
from typing import Any

import pytest

from helpers.qtickets.twin import Twin

ServeTwin = Callable[..., Twin]

NEW_EVENT = {
    "name": "Новое событие",
    "scheme_id": 18,
    "is_active": 1,
    "city_id": 7,
    "shows": [
        {
            "start_date": "2026-09-01T19:00:00+03:00",
            "finish_date": "2026-09-01T21:00:00+03:00",
            "prices": [{"default_price": 100, "color_theme": 1}, {"default_price": 250, "color_theme": 15}],
            "scheme_properties": {"zones": {"small-hall": {"disabled": "0", "price_id": "#1"}}},
        }
    ],
}


def hash_of(twin: Twin, show: str) -> str:
    text: str = twin.partners(f"/events/offers/{show}")["last_update_hash"]
    return text


def test_a_posted_event_can_be_read_back(twin: Twin) -> None:
    created = twin.rest("POST", "/events", {"data": NEW_EVENT}).json()["data"]

    assert twin.rest("GET", f"/events/{created['id']}").json()["data"] == created
    assert (created["name"], created["city"]["name"]) == ("Новое событие", "Новосибирск")


def test_an_index_names_a_price_of_the_same_request(twin: Twin) -> None:
    show = twin.rest("POST", "/events", {"data": NEW_EVENT}).json()["data"]["shows"][0]

    body = {"flat": True, "select": ["price"], "where": [{"column": "zone_id", "value": "small-hall"}]}
    seats = twin.rest("GET", f"/shows/{show['id']}/seats", body).json()["data"]

    assert seats["full_small-hall-A;1"]["price"] == 250


def test_a_color_theme_is_a_number_in_and_a_text_out(twin: Twin) -> None:
    prices = twin.rest("POST", "/events", {"data": NEW_EVENT}).json()["data"]["shows"][0]["prices"]

    assert [price["color_theme"] for price in prices] == ["1", "15"]


def test_the_answer_to_a_write_can_be_empty(serve: ServeTwin) -> None:
    answer = serve(write_response="empty").rest("POST", "/events", {"data": NEW_EVENT}).json()

    assert answer == {"data": []}


@pytest.mark.parametrize(
    "data",
    [
        {"description": "no name"},
        {"name": "x", "scheme_id": 999},
        {"name": "x", "shows": [{"start_date": "soon", "prices": [{"default_price": 1}]}]},
        {"name": "x", "shows": [{"start_date": "2026-09-01", "prices": []}]},
        {"name": "x", "city_id": 999},
        {"name": "x", "shows": "none"},
    ],
)
def test_an_event_that_cannot_be_read_is_refused_and_not_kept(twin: Twin, data: dict[str, Any]) -> None:
    before = twin.rest("GET", "/events").json()["paging"]["total"]

    response = twin.rest("POST", "/events", {"data": data})

    assert response.status_code == 503
    assert twin.rest("GET", "/events").json()["paging"]["total"] == before


def test_the_flat_body_of_the_test_document_is_refused(twin: Twin) -> None:
    assert twin.rest("POST", "/events", {"name": "x", "start_date": "2026-09-01"}).status_code == 503


def test_put_changes_what_is_given_and_nothing_else(twin: Twin) -> None:
    before = twin.rest("GET", "/events/33").json()["data"]

    after = twin.rest("PUT", "/events/33", {"data": {"name": "Другое имя", "age": "99+"}}).json()["data"]

    changed = {key for key in before if before[key] != after[key]}
    assert changed == {"name", "updated_at"}


def test_a_put_that_fails_changes_nothing(twin: Twin) -> None:
    before = twin.rest("GET", "/events/33").json()

    response = twin.rest("PUT", "/events/33", {"data": {"name": "x", "shows": [{"id": 4076}]}})

    assert response.status_code == 503
    assert twin.rest("GET", "/events/33").json() == before


@pytest.mark.parametrize(
    "call",
    [
        ("/tickets/add/12/21", {"seat_id": "1-1;2", "paid": 1}),
        ("/tickets/check/12/21", {"seat_id": "1-1;2"}),
        ("/tickets/find/12/21", None),
    ],
)
def test_the_hash_stays_with_sales_and_looks(twin: Twin, call: tuple[str, Any]) -> None:
    before = hash_of(twin, "12/21")

    answer = twin.partners(*call)

    assert answer["status"] == "success"
    assert hash_of(twin, "12/21") == before


def test_the_hash_can_move_with_sales(serve: ServeTwin) -> None:
    twin = serve(hash_moves_on_sales=True)
    before = hash_of(twin, "12/21")

    twin.partners("/tickets/add/12/21", {"seat_id": "1-1;2", "paid": 1})

    assert hash_of(twin, "12/21") != before


def test_the_hash_stays_with_update_and_remove(twin: Twin) -> None:
    before = hash_of(twin, "12/4076")

    twin.partners("/tickets/update/12/4076", {"id": 120260, "paid": 1})
    twin.partners("/tickets/remove/12/4076", {"id": 120261})

    assert hash_of(twin, "12/4076") == before


def test_a_new_price_moves_the_hash_of_its_show_only(twin: Twin) -> None:
    show = next(each for each in twin.rest("GET", "/events/12").json()["data"]["shows"] if each["id"] == 21)
    before = {number: hash_of(twin, f"12/{number}") for number in (20, 21, 4076)}
    prices = [{"id": show["prices"][0]["id"], "default_price": 321}]

    twin.rest("PUT", "/events/12", {"data": {"shows": [{"id": 21, "prices": prices}]}})

    after = {number: hash_of(twin, f"12/{number}") for number in before}
    assert [number for number in before if before[number] != after[number]] == [21]


def test_a_disabled_seat_moves_the_hash_and_cannot_be_had(twin: Twin) -> None:
    before = hash_of(twin, "33/41")
    show = twin.rest("GET", "/events/33").json()["data"]["shows"][0]
    properties = {**show["scheme_properties"], "seats": {"2-2;37": {"disabled": "1"}}}

    twin.rest("PUT", "/events/33", {"data": {"shows": [{"id": 41, "scheme_properties": properties}]}})

    assert hash_of(twin, "33/41") != before
    assert not twin.is_free("2-2;37", offer_id="", show="33/41")


def test_a_quota_set_by_the_admin_hook_moves_the_hash(twin: Twin) -> None:
    before = hash_of(twin, "12/21")

    with twin.app.world.lock:
        twin.app.world.shows[21].seats["3-1;1"].max_quantity = 10

    assert hash_of(twin, "12/21") != before


def test_a_client_is_created_and_then_updated_by_email(twin: Twin) -> None:
    first = twin.rest("POST", "/clients", {"data": {"email": "user+new@example.com", "details": {"name": "Вера"}}})
    second = twin.rest("POST", "/clients", {"data": {"email": "USER+new@example.com", "details": {"surname": "Ли"}}})

    details = second.json()["data"]["details"]
    assert first.json()["data"]["id"] == second.json()["data"]["id"]
    assert (details["name"], details["surname"]) == ("Вера", "Ли")


@pytest.mark.parametrize("body", [{}, {"email": "user@example.com"}, {"data": {}}, {"data": {"email": 7}}])
def test_a_client_without_data_or_email_is_refused(twin: Twin, body: dict[str, Any]) -> None:
    assert twin.rest("POST", "/clients", body).status_code == 503


def test_a_promo_code_is_created_for_a_discount(twin: Twin) -> None:
    data = {"is_active": 1, "discount_id": 45, "code": "SPRING", "max_uses_count": 3, "active_to": None}

    created = twin.rest("POST", "/promo-codes", {"data": data}).json()["data"]

    assert {key: created[key] for key in data} == data


@pytest.mark.parametrize("data", [{"code": "X"}, {"discount_id": 999, "code": "X"}, {"discount_id": 45}])
def test_a_promo_code_without_discount_or_code_is_refused(twin: Twin, data: dict[str, Any]) -> None:
    assert twin.rest("POST", "/promo-codes", {"data": data}).status_code == 503


def test_a_promo_code_is_changed(twin: Twin) -> None:
    data = {"is_active": 0, "code": "AUTUMN", "active_to": "2026-12-31T23:59:59+03:00"}

    changed = twin.rest("PUT", "/promo-codes/13513", {"data": data}).json()["data"]

    assert {key: changed[key] for key in data} == data


def test_there_are_fifteen_color_themes_without_paging(twin: Twin) -> None:
    answer = twin.rest("GET", "/color-themes").json()

    assert [theme["id"] for theme in answer["data"]] == [1, 2, 3, 4, 5, 6, 7, 8, 15, 9, 10, 11, 12, 13, 14]
    assert set(answer) == {"data"}


def test_barcodes_are_a_bare_array_of_what_is_valid(twin: Twin) -> None:
    twin.rest("DELETE", "/orders/4360/baskets", {"delete": {"baskets": {"63993": []}}})

    rows = twin.rest("GET", "/shows/41/barcodes", {"select": ["barcode"]}).json()

    assert {"barcode": "877344688530"} in rows
    assert {"barcode": "877076325904"} not in rows


@pytest.mark.parametrize("included", [True, False])
def test_barcodes_of_partners_are_listed_as_the_switch_says(serve: ServeTwin, included: bool) -> None:
    rows = serve(barcodes_include_partners=included).rest("GET", "/shows/4076/barcodes").json()

    assert ("872964136579" in {row["barcode"] for row in rows}) == included


def test_a_scan_is_recorded(twin: Twin) -> None:
    at = "2026-06-01T18:30:00+03:00"

    scanned = twin.rest("POST", "/shows/41/barcode/875196723453", {"checked_at": at}).json()

    assert scanned == {"success": True, "barcode": "875196723453", "checked_at": at}
    assert twin.rest("GET", "/shows/41/barcode/875196723453").json() == {"barcode": "875196723453", "checked_at": at}


@pytest.mark.parametrize(("policy", "hour"), [("overwrite", "19"), ("keep", "18")])
def test_a_second_scan_counts_as_the_switch_says(serve: ServeTwin, policy: str, hour: str) -> None:
    twin = serve(rescan=policy)
    for each in ("18", "19"):
        body = {"checked_at": f"2026-06-01T{each}:00:00+03:00"}
        answer = twin.rest("POST", "/shows/41/barcode/875196723453", body).json()

    assert answer["checked_at"] == f"2026-06-01T{hour}:00:00+03:00"


def test_a_barcode_of_another_show_is_a_404(twin: Twin) -> None:
    response = twin.rest("GET", "/shows/21/barcode/875196723453")

    assert (response.status_code, response.json()["info"]["resource"]) == (404, "Barcode")


def test_a_batch_of_scans_is_all_or_none(twin: Twin) -> None:
    at = "2026-06-01T18:30:00+03:00"
    scans = [{"barcode": code, "checked_at": at} for code in ("872900619969", "000000000000")]

    refused = twin.rest("POST", "/shows/41/barcodes", scans)
    accepted = twin.rest("POST", "/shows/41/barcodes", scans[:1])

    assert (refused.status_code, accepted.status_code) == (404, 200)
    assert accepted.json()["data"] == [{"success": True, "barcode": "872900619969", "checked_at": at}]


def test_the_refused_batch_left_no_scan(twin: Twin) -> None:
    scans = [{"barcode": code, "checked_at": "2026-06-01"} for code in ("872900619969", "000000000000")]

    twin.rest("POST", "/shows/41/barcodes", scans)

    assert twin.rest("GET", "/shows/41/barcode/872900619969").json()["checked_at"] is None


@pytest.mark.parametrize("body", [{}, {"checked_at": "soon"}, {"checked_at": None}])
def test_a_scan_without_a_date_is_refused(twin: Twin, body: dict[str, Any]) -> None:
    assert twin.rest("POST", "/shows/41/barcode/875196723453", body).status_code == 503
