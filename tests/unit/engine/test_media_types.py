"""Which media types go out: of a body, and in Accept."""

from typing import Any

import pytest

from contracts_runner.engine.media_types import BodyKind, choose_accept, choose_media_type, find_body_kind, is_json_type
from contracts_runner.model.contract import Expectation
from contracts_runner.model.spec import RequestBody, ResponseSpec
from helpers.operations import HERE, make_operation

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("application/json", BodyKind.JSON),
        ("Text/JSON; charset=utf-8", BodyKind.JSON),
        ("application/vnd.acme+json", BodyKind.JSON),
        (f"{FORM}; charset=utf-8", BodyKind.FORM),
        ("multipart/form-data", BodyKind.MULTIPART),
        ("multipart/mixed", BodyKind.MULTIPART),
        ("text/csv", BodyKind.TEXT),
        ("application/soap+xml", BodyKind.TEXT),
        ("application/xml", BodyKind.TEXT),
        ("application/x-ndjson", BodyKind.TEXT),
        ("image/png", BodyKind.BYTES),
        ("application/octet-stream", BodyKind.BYTES),
    ],
)
def test_a_media_type_says_how_its_bodies_go_out(media_type: str, kind: BodyKind) -> None:
    assert find_body_kind(media_type) is kind
    assert is_json_type(media_type) is (kind is BodyKind.JSON)


@pytest.mark.parametrize(
    ("declared", "body", "chosen"),
    [
        ([], "a", "application/json"),
        ([FORM, "application/json"], {"a": 1}, "application/json"),
        (["text/plain", FORM], {"a": 1}, FORM),
        ([FORM, "text/xml"], "<a/>", "text/xml"),
        (["image/png", "multipart/form-data"], {"a": 1}, "multipart/form-data"),
        ([FORM, "multipart/form-data"], "a", FORM),
        (["*/*"], "a", "application/json"),
        (["text/*"], "a", "text/plain"),
    ],
)
def test_json_goes_first_then_what_fits_the_body(declared: list[str], body: Any, chosen: str) -> None:
    operation = make_operation(body=RequestBody(is_required=True, schemas=dict.fromkeys(declared, "")))

    assert choose_media_type(operation, body) == chosen


RESPONSES = {
    "200": ["application/pdf", "image/*"],
    "202": ["application/vnd.acme+json"],
    "204": [],
    "4XX": ["application/problem+json", "application/pdf"],
    "default": ["text/html"],
}


@pytest.mark.parametrize(
    ("expect", "accept"),
    [
        (Expectation(), "application/pdf, image/*, application/vnd.acme+json"),
        (Expectation(status=((200, 200),)), "application/pdf, image/*"),
        (Expectation(status=((200, 299),)), "application/pdf, image/*, application/vnd.acme+json"),
        (
            Expectation(status=((404, 404), (202, 202))),
            "application/vnd.acme+json, application/problem+json, application/pdf",
        ),
        (
            Expectation(status=((204, 204),)),
            "application/pdf, image/*, application/vnd.acme+json, application/problem+json, text/html",
        ),
        (
            Expectation(success=False),
            "application/pdf, image/*, application/vnd.acme+json, application/problem+json, text/html",
        ),
        (
            Expectation(error="X"),
            "application/pdf, image/*, application/vnd.acme+json, application/problem+json, text/html",
        ),
    ],
)
def test_accept_is_all_that_the_expected_status_declares(expect: Expectation, accept: str) -> None:
    responses = {
        status: ResponseSpec(status=status, schemas=dict.fromkeys(types, ""), headers=(), location=HERE)
        for status, types in RESPONSES.items()
    }

    assert choose_accept(make_operation(responses=responses), expect) == accept


def test_accept_is_json_where_nothing_is_declared() -> None:
    assert choose_accept(make_operation(), Expectation()) == "application/json"
