"""Statuses, envelopes, headers and bytes as observed (docs/qtickets.md, Statuses and envelopes, Headers)."""

import gzip
from collections.abc import Callable

import pytest

from helpers.qtickets.twin import Twin
from qtickets_sandbox.credentials import PARTNER_KEY_P, REST_TOKEN_A, REST_TOKEN_B

ServeTwin = Callable[..., Twin]


@pytest.mark.parametrize("token", ["nonsense", PARTNER_KEY_P])
def test_a_bad_rest_token_is_a_403_before_the_resource_is_looked_up(twin: Twin, token: str) -> None:
    response = twin.rest("GET", "/events/999999999", token=token)

    assert response.status_code == 403
    assert response.json() == {"error": "Forbidden", "status": 403, "code": "FORBIDDEN", "info": []}


@pytest.mark.parametrize(
    ("path", "resource", "number"),
    [
        ("/orders/999999999", "Order", 999999999),
        ("/events/999999999", "Event", 999999999),
        ("/clients/1", "Client", 1),
        ("/discounts/colors", "Discount", 0),
    ],
)
def test_an_unknown_id_is_a_json_404_with_resource_and_cast_id(
    twin: Twin, path: str, resource: str, number: int
) -> None:
    response = twin.rest("GET", path)

    assert response.status_code == 404
    assert response.json() == {
        "error": f'Resource "{resource}" not found',
        "status": 404,
        "code": "RESOURCE_NOT_FOUND",
        "info": {"id": number, "resource": resource},
    }


def test_the_entities_of_another_organiser_are_a_404(twin: Twin) -> None:
    own = twin.rest("GET", "/orders/4360", token=REST_TOKEN_A)
    foreign = twin.rest("GET", "/orders/4360", token=REST_TOKEN_B)

    assert (own.status_code, foreign.status_code) == (200, 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/events/33/seats"),
        ("GET", "/events/33/seats/41"),
        ("GET", "/barcodes"),
        ("GET", "/barcodes/scan/1"),
        ("POST", "/orders/filter"),
        ("PATCH", "/events/33"),
        ("GET", "/price-shades"),
    ],
)
def test_an_unknown_route_is_the_html_page(twin: Twin, method: str, path: str) -> None:
    response = twin.rest(method, path)

    assert response.status_code == 404
    assert response.headers["Content-Type"] == "text/html; charset=UTF-8"
    assert 12_700 <= len(response.content) <= 12_900


def test_a_path_outside_the_two_apis_is_the_html_page(twin: Twin) -> None:
    response = twin.send("GET", "/events/33", token=REST_TOKEN_A)

    assert (response.status_code, response.headers["Content-Type"]) == (404, "text/html; charset=UTF-8")


def test_a_post_without_data_is_the_observed_503(twin: Twin) -> None:
    response = twin.rest("POST", "/orders", {"where": []})

    assert response.status_code == 503
    assert response.content == b'{"error":"Unknown error","status":503,"code":"UNKNOWN_ERROR","info":[]}'


@pytest.mark.parametrize("path", ["/tickets/find", "/tickets/check", "/events/lists", "/tickets/add/33/41"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_bad_partner_key_is_a_200_before_any_other_check(twin: Twin, method: str, path: str) -> None:
    response = twin.send(method, f"/api/partners/v1{path}", {"seat_id": 1}, token=REST_TOKEN_A)

    assert response.status_code == 200
    assert response.content == b'{"status":"error","code":"WRONG_AUTHORIZATION","message":"Wrong authorization"}'


def test_a_json_answer_has_the_observed_headers(twin: Twin) -> None:
    headers = twin.rest("GET", "/orders").headers

    assert headers["Content-Type"] == "application/json"
    assert headers["Cache-Control"] == "no-cache, private"
    assert headers["X-Cache-Status"] == "MISS"
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in headers


def test_a_503_has_neither_vary_nor_cache_status(twin: Twin) -> None:
    headers = twin.rest("POST", "/orders", {}).headers

    assert not {"Vary", "X-Cache-Status"} & set(headers)


def test_json_is_spelled_as_php_does(twin: Twin) -> None:
    text = twin.rest("GET", "/events/12").text

    assert "\\/" in text
    assert "\\u0412" in text
    assert ": " not in text.split('"created_at"')[1]


def test_gzip_is_honoured_on_request(twin: Twin) -> None:
    url = f"{twin.base_url}/api/partners/v1/events/lists"

    with twin.session.get(url, headers={"Accept-Encoding": "gzip"}, stream=True, timeout=30) as response:
        raw = response.raw.read(decode_content=False)

    assert response.headers["Content-Encoding"] == "gzip"
    assert b"WRONG_AUTHORIZATION" in gzip.decompress(raw)


def test_identity_is_sent_when_gzip_is_not_asked_for(twin: Twin) -> None:
    url = f"{twin.base_url}/api/partners/v1/events/lists"

    response = twin.session.get(url, headers={"Accept-Encoding": "identity"}, timeout=30)

    assert "Content-Encoding" not in response.headers


def test_malformed_json_counts_as_no_body(twin: Twin) -> None:
    url = f"{twin.base_url}/api/rest/v1/clients"
    headers = {"Authorization": f"Bearer {REST_TOKEN_A}", "Content-Type": "application/json"}

    response = twin.session.post(url, data=b'{"data":', headers=headers, timeout=30)

    assert response.status_code == 503


def test_an_unknown_route_can_ask_for_the_token_first(serve: ServeTwin) -> None:
    twin = serve(unknown_route_without_token="forbidden")

    assert twin.rest("GET", "/barcodes", token="nonsense").status_code == 403


def test_an_undeclared_method_can_be_a_405(serve: ServeTwin) -> None:
    twin = serve(undeclared_method="json_405")

    assert twin.rest("PATCH", "/events/33").status_code == 405
    assert twin.rest("PATCH", "/nothing").status_code == 404
