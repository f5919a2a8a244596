"""Reading the JSON of a response: strictly, and with the reason where there is none."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.engine.body import parse_body
from helpers.answers import make_response

JSON = "application/json"


TOO_DEEP = "the body is nested deeper than 10 levels (`limits: {depth: 10}` of the environment)"


@pytest.mark.parametrize("media_type", [JSON, "application/json; charset=utf-8", "application/problem+json", None])
def test_json_is_read(media_type: str | None) -> None:
    body = parse_body(make_response(b'{"a": [1, 2.5, null]}', media_type=media_type), depth=10)

    assert body.is_data
    assert body.value == {"a": [1, 2.5, None]}
    assert body.problem == ""


@pytest.mark.parametrize(
    "media_type", ["text/html", "text/plain; a=b", "application/jsonp", "application/octet-stream"]
)
def test_body_of_another_type_is_not_read(media_type: str) -> None:
    body = parse_body(make_response(b"{}", media_type=media_type), depth=10)

    assert not body.is_data
    assert body.problem == f"the body is not JSON but {media_type.split(';')[0]}"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the body is empty"),
        (b"  \n", "the body is not JSON: it is blank"),
        (b"<!DOCTYPE html>", 'the body is not JSON: it begins with "<!DOCTYPE html>"'),
        (b'{"a" 1}', "the body is not JSON: expecting ':' delimiter in line 1, column 6"),
        (b'{"a": 1} {}', "the body is not JSON: extra data in line 1, column 10"),
        (b'["a\nb"]', "the body is not JSON: invalid control character in line 1, column 4"),
        (b'{"a": NaN}', "the body holds NaN, which is not a JSON number"),
        (b"[-Infinity]", "the body holds -Infinity, which is not a JSON number"),
        (b"[1e400]", "the body holds the number 1e400, which is out of range"),
        (b"[" + b"1" * 5000 + b"]", "the body holds a number with thousands of digits"),
        (b'{"id": 1, "b": {}, "id": 1}', 'the body has the property "id" twice in one object'),
        (b'[{"a": {"b": 1, "b": 2}}]', 'the body has the property "b" twice in one object'),
        (b'["\xff"]', "the body is not UTF-8: byte 0xff at offset 2"),
        ('["é"]'.encode("latin-1"), "the body is not UTF-8: byte 0xe9 at offset 2"),
        (b"\xef\xbb\xbf{}", "the body begins with a byte order mark, which JSON forbids"),
        ("{}".encode("utf-16"), "the body begins with a byte order mark, which JSON forbids"),
        (rb'["\ud800"]', "the body holds a lone surrogate, which is not a character"),
        (rb'{"\uDFFF": 1}', "the body holds a lone surrogate, which is not a character"),
        (b"[" * 11 + b"]" * 11, TOO_DEEP),
        (b'{"a":' * 11 + b"1" + b"}" * 11, TOO_DEEP),
        (b"[" * 100_000 + b"]" * 100_000, TOO_DEEP),
    ],
)
def test_what_is_no_strict_json_has_its_reason(content: bytes, problem: str) -> None:
    body = parse_body(make_response(content, media_type=JSON), depth=10)

    assert not body.is_data
    assert body.problem == problem


@pytest.mark.parametrize("content", [b"[" * 10 + b"]" * 10, b'{"a":' * 9 + b'"[[[[[[[[[[[["' + b"}" * 9, b"1"])
def test_depth_counts_collections_only(content: bytes) -> None:
    assert parse_body(make_response(content, media_type=JSON), depth=10).is_data


def test_depth_has_a_bound_of_its_own() -> None:
    content = b"[" * 501 + b"]" * 501

    assert parse_body(make_response(content, media_type=JSON), depth=100_000).problem == (
        "the body is nested deeper than 500 levels"
    )


def test_pair_of_surrogate_escapes_is_a_character() -> None:
    assert parse_body(make_response(rb'["\ud83d\ude00"]', media_type=JSON), depth=10).value == ["😀"]


def test_integers_keep_all_their_digits() -> None:
    body = parse_body(make_response(b"[123456789012345678901234567890]", media_type=JSON), depth=10)

    assert body.value == [123456789012345678901234567890]


def test_body_without_media_type_may_be_anything() -> None:
    assert parse_body(make_response(b"<html>", media_type=None), depth=10).is_data is False


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_every_json_value_is_read_back(value: Any) -> None:
    for content in (json.dumps(value).encode(), json.dumps(value, ensure_ascii=False).encode()):
        assert parse_body(make_response(content, media_type=JSON), depth=100).value == value


@given(st.binary())
def test_no_bytes_raise(content: bytes) -> None:
    body = parse_body(make_response(content, media_type=JSON), depth=10)

    assert body.is_data is not bool(body.problem)
