"""A HAR archive is read entry by entry; what is not as HAR 1.2 says is told with the number of its entry."""

from typing import Any

import pytest

from contracts_runner.maintenance.importing.foreign_requests import ForeignPart
from contracts_runner.maintenance.importing.har_entries import is_har, read_har


def make_har(*requests: Any, status: Any = 200) -> dict[str, Any]:
    return {
        "log": {"version": "1.2", "entries": [{"request": each, "response": {"status": status}} for each in requests]}
    }


def make_request(**more: Any) -> dict[str, Any]:
    return {"method": "POST", "url": "https://a.example.com/x", "headers": [{"name": "X-A", "value": "1"}], **more}


def test_an_entry_is_a_request_with_the_status_of_its_answer() -> None:
    data = {"mimeType": "application/json", "text": '{"a": "é"}'}
    headers = [{"name": ":authority", "value": "a"}, {"name": "X-A", "value": "1"}]

    (request,) = read_har(make_har(make_request(postData=data, headers=headers), status=201), "a.har").requests

    assert (request.where, request.method, request.url) == ("a.har: entry 1", "POST", "https://a.example.com/x")
    assert request.headers == (("X-A", "1"), ("Content-Type", "application/json"))
    assert request.body == '{"a": "é"}'.encode()
    assert request.answer is not None
    assert request.answer.status_code == 201


@pytest.mark.parametrize(
    ("data", "body", "parts"),
    [
        ({"mimeType": "text/plain", "text": "YQ==", "encoding": "base64"}, b"a", None),
        (
            {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a b", "value": "1&2"}]},
            b"a+b=1%262",
            None,
        ),
        (
            {
                "mimeType": "multipart/form-data; boundary=x",
                "params": [{"name": "a", "value": "1"}, {"name": "f", "fileName": "x.png"}],
            },
            None,
            (ForeignPart(name="a", content=b"1"), ForeignPart(name="f", path="x.png", filename="x.png")),
        ),
        ({"mimeType": "", "text": ""}, None, None),
    ],
)
def test_bodies(data: Any, body: bytes | None, parts: Any) -> None:
    (request,) = read_har(make_har(make_request(postData=data)), "a.har").requests

    assert (request.body, request.parts, request.problem) == (body, parts, "")


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        (None, "it has no method or no URL"),
        ({"method": 1, "url": "x"}, "it has no method or no URL"),
        (make_request(postData={"text": "%", "encoding": "base64"}), "its body is no base64"),
        (make_request(postData={"mimeType": "image/png", "params": [{"name": "a"}]}), "its body was not recorded"),
    ],
)
def test_what_is_no_request_is_told(request_: Any, problem: str) -> None:
    (request,) = read_har(make_har(request_), "a.har").requests

    assert (request.where, request.problem) == ("a.har: entry 1", problem)


ODD: list[Any] = [None, 1, "x", [], {}, [1], [None], {"a": None}, True, -1, 1e400]


@pytest.mark.parametrize("key", ["headers", "postData", "method", "url", "cookies"])
def test_odd_members_are_no_fault(key: str) -> None:
    found = read_har(make_har(*(make_request(**{key: odd}) for odd in ODD), status={}), "a.har")

    assert [each.answer for each in found.requests] == [None] * len(ODD)
    for odd in ODD:
        assert not is_har(odd)
        assert read_har({"log": {"entries": odd}}, "a.har").notes == []
