"""One entry of recorded traffic: what its answer is, and why it is not judged."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.model.exchange import Response, Timings
from contracts_runner.results.traffic_rows import LeftOut
from contracts_runner.run.observing.har_files import read_har_file
from contracts_runner.run.observing.recorded import NoEntryError, Recorded, read_recorded
from helpers.recorded_traffic import make_entry, write_har

URL = "https://test.example.com/things"
BODY = b'{"name": "\xd0\xb6"}'


def read(folder: Path, entry: Any, most_bytes: int = 1000) -> Recorded:
    (found,) = read_har_file(write_har(folder / "a.har", [entry])).entries
    return read_recorded(found, most_bytes=most_bytes)


def read_answer(folder: Path, content: Any, *headers: tuple[str, str], most_bytes: int = 1000) -> Response:
    entry = make_entry(URL, BODY)
    entry["response"] |= {"content": content, "headers": [{"name": name, "value": value} for name, value in headers]}
    answer = read(folder, entry, most_bytes).request.answer
    assert answer is not None
    return answer


LIMIT = "(`limits: {body: 1000 B}` of the environment)"


@pytest.mark.parametrize(
    ("content", "headers", "body"),
    [
        ({"text": BODY.decode(), "size": len(BODY), "mimeType": "application/json"}, [], BODY),
        ({"text": base64.b64encode(BODY).decode(), "encoding": "base64"}, [("content-encoding", "gzip")], BODY),
        (
            {"text": base64.b64encode(gzip.compress(BODY)).decode(), "encoding": "base64", "size": 900},
            [("Content-Encoding", "gzip"), ("transfer-encoding", "chunked")],
            BODY,
        ),
        (
            {"text": BODY.decode(), "size": 40},
            [("content-encoding", "gzip"), ("content-type", "application/json")],
            BODY,
        ),
        ({"size": 0}, [], b""),
    ],
    ids=["text", "base64, unpacked", "base64, packed", "size as it was packed", "none"],
)
def test_a_body_is_what_the_service_sent(
    tmp_path: Path, content: Any, headers: list[tuple[str, str]], body: bytes
) -> None:
    answer = read_answer(tmp_path, content, *headers)

    assert (answer.body, answer.unread) == (body, "")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({"size": 90}, "the recording does not have the body"),
        ({"size": -1}, "the recording does not have the body"),
        ({}, "the recording does not have the body"),
        (
            {"text": base64.b64encode(b"\x8b\xff").decode(), "encoding": "base64"},
            "the recording has the body as it was packed on its way",
        ),
        ({"size": 90, "text": "half"}, "the recording has 4 of 90 bytes of the body"),
        ({"text": "!", "encoding": "base64"}, "the body in the recording is no base64"),
        ({"text": "x" * 1001}, f"its body is over the limit of 1000 bytes {LIMIT}"),
        (
            {"text": base64.b64encode(gzip.compress(BODY * 999)).decode(), "encoding": "base64"},
            f"the response body is over the limit of 1000 bytes (decompressed) {LIMIT}",
        ),
    ],
    ids=["missing", "left out", "without size", "still packed", "cut", "no base64", "large", "large, packed"],
)
def test_a_body_that_is_not_known_is_none_that_is_empty(tmp_path: Path, content: Any, why: str) -> None:
    answer = read_answer(tmp_path, content, ("Content-Encoding", "gzip"), ("Content-Type", "application/json"))

    assert (answer.body, answer.unread) == (b"", why)


@pytest.mark.parametrize(
    ("name", "unread"),
    [
        ("b1.json", ""),
        *((name, "the recording does not have the body") for name in ("../b1.json", "none.json", ".", 7)),
    ],
)
def test_a_body_beside_the_archive_is_read_from_its_folder(tmp_path: Path, name: Any, unread: str) -> None:
    (tmp_path / "b1.json").write_bytes(BODY)

    answer = read_answer(tmp_path, {"_file": name, "size": -1})

    assert (answer.body, answer.unread) == (b"" if unread else BODY, unread)


@pytest.mark.parametrize(
    ("mime", "headers", "expected"),
    [
        ("application/json; charset=utf-8", (), (("Content-Type", "application/json; charset=utf-8"),)),
        ("text/plain", ((":status", "200"), ("x-trace", "1")), (("x-trace", "1"),)),
        ("x-unknown", (), ()),
    ],
    ids=["no headers are recorded", "guessed by the browser", "no type"],
)
def test_the_media_type_is_that_of_the_headers(tmp_path: Path, mime: str, headers: Any, expected: Any) -> None:
    assert read_answer(tmp_path, {"text": "{}", "mimeType": mime}, *headers).headers == expected


@pytest.mark.parametrize(
    ("timings", "expected"),
    [
        ({"send": 1, "wait": 10, "receive": 1, "blocked": -1}, Timings(first_byte_ms=11, total_ms=12)),
        ({"send": -1, "wait": 2.5, "receive": -1}, Timings(first_byte_ms=2.5, total_ms=2.5)),
        ({"wait": -1}, None),
        (None, None),
    ],
    ids=str,
)
def test_a_time_that_nobody_measured_is_none(tmp_path: Path, timings: Any, expected: Timings | None) -> None:
    answer = read(tmp_path, make_entry(URL, timings=timings)).request.answer

    assert answer is not None
    assert answer.timings == expected


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (make_entry(URL), None),
        (make_entry("data:image/png;base64,AAAA"), LeftOut.NO_HTTP),
        (make_entry("blob:https://test.example.com/1"), LeftOut.NO_HTTP),
        (make_entry("wss://test.example.com/live", status=101), LeftOut.NO_HTTP),
        (make_entry(URL, _resourceType="websocket"), LeftOut.NO_HTTP),
        (make_entry(URL, _fromCache="disk"), LeftOut.CACHED),
        (make_entry(URL, status=0, _error="net::ERR_ABORTED"), LeftOut.ABANDONED),
        (make_entry(URL, status=-1, _error="NS_BINDING_ABORTED"), LeftOut.ABANDONED),
        (make_entry(URL, status=0, _error="net::ERR_CONNECTION_REFUSED"), None),
    ],
    ids=lambda each: each["request"]["url"] if isinstance(each, dict) else str(each),
)
def test_what_is_not_judged_wherever_it_went(tmp_path: Path, entry: Any, why: LeftOut | None) -> None:
    assert read(tmp_path, entry).left_out is why


def test_an_entry_without_an_answer_says_why(tmp_path: Path) -> None:
    entry = make_entry(URL, status=0)
    entry["response"]["_error"] = "net::ERR_CONNECTION_REFUSED"
    unanswered = {key: value for key, value in make_entry(URL).items() if key != "response"}

    assert read(tmp_path, entry).failure == "the recording has no answer: net::ERR_CONNECTION_REFUSED"
    assert read(tmp_path, unanswered).failure == "the recording has no answer"


@pytest.mark.parametrize("entry", [{}, {"request": {"method": "GET"}}, [], {"request": json.loads("[1]")}, 7], ids=str)
def test_what_is_no_entry_is_told(tmp_path: Path, entry: Any) -> None:
    with pytest.raises(NoEntryError, match="has no method or no URL"):
        read(tmp_path, entry)
