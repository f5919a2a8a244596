"""No body, media type or header of a service can break the checks, or come out of them as something that acts."""

import json
import math
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.engine.body import parse_body
from contracts_runner.engine.media_types import find_media_type
from contracts_runner.model.exchange import Response, Timings

PARTS = [
    b'{"a":',
    b"}",
    b"[",
    b"]",
    b",",
    b"1",
    b"-",
    b"1e999",
    b"NaN",
    b"Infinity",
    b'"',
    b'"a"',
    b"\\ud800",
    b"\\u0000",
]
PARTS += [
    b"\xef\xbb\xbf",
    b"\xff",
    b"\x00",
    b"9" * 5000,
    b" ",
    b"\n",
    b"true",
    b"null",
    b"\xed\xa0\x80",
    b"0." + b"1" * 400,
]
bodies = st.one_of(
    st.binary(max_size=60), st.lists(st.sampled_from(PARTS), max_size=25).map(b"".join), st.text().map(str.encode)
)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False))
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
media_types = st.one_of(st.none(), st.text(max_size=30), st.sampled_from(["application/json", "text/html", "a/b+json"]))


def make_response(body: bytes, media_type: str | None = "application/json") -> Response:
    headers = (("Content-Type", media_type),) if media_type is not None else ()
    return Response(status_code=200, headers=headers, body=body, timings=Timings(first_byte_ms=1, total_ms=1))


def iter_leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from iter_leaves(item)
    else:
        yield value


@given(bodies, media_types)
def test_any_body_is_parsed_or_explained(body: bytes, media_type: str | None) -> None:
    parsed = parse_body(make_response(body, media_type), depth=20)

    if not parsed.is_data:
        assert parsed.value is None
        return
    assert parsed.problem == ""
    for leaf in iter_leaves(parsed.value):
        assert not (isinstance(leaf, float) and not math.isfinite(leaf))
        assert not (isinstance(leaf, str) and leaf != leaf.encode("utf-8", "replace").decode())


@given(json_values)
def test_json_is_read_as_it_was_written(value: Any) -> None:
    parsed = parse_body(make_response(json.dumps(value, ensure_ascii=False).encode()), depth=50)

    assert (parsed.is_data, parsed.value) == (True, value)


@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from([("[", "]", "1"), ('{"a":', "}", "1")]))
def test_depth_is_bounded_exactly(levels: int, limit: int, form: tuple[str, str, str]) -> None:
    opening, closing, leaf = form
    body = (opening * levels + leaf + closing * levels).encode()

    parsed = parse_body(make_response(body), depth=limit)

    assert parsed.is_data is (levels <= limit)
    assert parsed.is_data or f"deeper than {limit} levels" in parsed.problem


@given(st.dictionaries(st.text(max_size=20), st.just("/schema"), max_size=4), st.text(max_size=30))
def test_any_media_type_finds_a_declared_one_or_none(declared: dict[str, str], actual: str) -> None:
    assert find_media_type(declared, actual) in {None, *declared}
