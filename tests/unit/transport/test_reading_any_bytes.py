"""Whatever bytes come, reading them ends in a response or in words of ours: no other error, no other reading."""

import gzip
import http.client
import io
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts_runner.errors import BadResponseError
from contracts_runner.transport.decoding import Decoder
from contracts_runner.transport.framing import find_length, is_chunked, iter_chunks, iter_until
from contracts_runner.transport.head import Head, quote_beginning, read_head

LIMIT = 2_000
HEAD_PARTS = [b"HTTP/1.1 200 OK", b"HTTP/1.1 100 Continue", b"\r\n", b"\n", b"\r", b"A: b", b"Content-Length: 3"]
HEAD_PARTS += [b"Transfer-Encoding: chunked", b" ", b":", b"\0", b"\xff", b"\t", b"HTTP/1.0 204 "]
heads = st.lists(st.one_of(st.sampled_from(HEAD_PARTS), st.binary(max_size=4)), max_size=20).map(b"".join)
bodies = st.binary(max_size=3_000)
cuts = st.lists(st.integers(1, 400), max_size=10)


def make_head(*headers: tuple[str, str], status: int = 200, minor_version: int = 1) -> Head:
    return Head(minor_version, status, "OK", headers)


def read_body(data: bytes, head: Head) -> bytes:
    stream = io.BytesIO(data)
    decoder = Decoder(head, limit=LIMIT)
    pieces = iter_chunks(stream, trailer_limit=100) if is_chunked(head) else iter_until(stream, find_length(head))
    for piece in pieces:
        decoder.feed(piece)
    return decoder.finish()


def split(body: bytes, sizes: list[int]) -> list[bytes]:
    pieces = []
    for size in sizes:
        pieces, body = [*pieces, body[:size]], body[size:]
    return [piece for piece in [*pieces, body] if piece]


def chunk(body: bytes, sizes: list[int]) -> bytes:
    return b"".join(b"%x;x=y\r\n%s\r\n" % (len(piece), piece) for piece in split(body, sizes)) + b"0\r\nA: b\r\n\r\n"


@given(heads)
@example(b"HTTP/1.1 200 OK\r\n folded first\r\n\r\n")
def test_any_head_is_read_or_refused(data: bytes) -> None:
    try:
        head = read_head(io.BytesIO(data), limit=200)
    except (BadResponseError, http.client.RemoteDisconnected):
        return

    assert 200 <= head.status <= 999
    assert not any(character in name + value for name, value in head.headers for character in "\r\n\0")


@given(bodies, st.sampled_from(["", "gzip", "x-gzip", "deflate", "br", "gzip, gzip", "identity"]), st.booleans())
def test_any_body_is_read_or_refused(data: bytes, coding: str, has_chunks: bool) -> None:
    framing = ("Transfer-Encoding", "chunked") if has_chunks else ("Content-Length", str(len(data)))
    try:
        body = read_body(data, make_head(framing, ("Content-Encoding", coding)))
    except BadResponseError:
        return

    assert len(body) <= LIMIT
    assert coding not in ("br", "gzip, gzip")


@given(st.binary(max_size=LIMIT), cuts, st.sampled_from(["", "gzip", "deflate", "raw"]))
def test_what_is_well_formed_comes_out_as_it_went_in(body: bytes, sizes: list[int], coding: str) -> None:
    packed = {"": bytes, "gzip": gzip.compress, "deflate": zlib.compress, "raw": lambda data: zlib.compress(data)[2:-4]}
    sent = packed[coding](body)
    head = make_head(("Transfer-Encoding", "chunked"), ("Content-Encoding", coding.replace("raw", "deflate")))

    assert read_body(chunk(sent, sizes), head) == body


@given(st.binary(min_size=1, max_size=LIMIT), st.sampled_from([gzip.compress, zlib.compress]), st.integers(1, 8))
def test_a_body_that_is_cut_off_is_never_taken_for_a_whole_one(body: bytes, pack: object, missing: int) -> None:
    packed = gzip.compress(body) if pack is gzip.compress else zlib.compress(body)
    coding = "gzip" if pack is gzip.compress else "deflate"
    data = packed[: -min(missing, 4)]
    head = make_head(("Content-Length", str(len(data))), ("Content-Encoding", coding))

    with pytest.raises(BadResponseError, match="Content-Encoding"):
        read_body(data, head)


@given(st.binary(min_size=1, max_size=300), cuts, st.data())
def test_chunks_that_are_cut_off_are_never_whole(body: bytes, sizes: list[int], data: st.DataObject) -> None:
    sent = chunk(body, sizes)
    cut = data.draw(st.integers(0, len(sent) - 1))

    with pytest.raises(BadResponseError):
        read_body(sent[:cut], make_head(("Transfer-Encoding", "chunked")))


@pytest.mark.parametrize("lengths", [("5", "5"), ("5, 5",), ("05",)])
def test_lengths_that_say_the_same_are_one(lengths: tuple[str, ...]) -> None:
    assert find_length(make_head(*[("Content-Length", length) for length in lengths])) == 5


@pytest.mark.parametrize("length", ["", "5.0", "0x5", "5_0", "٥", "5 5", "1" * 19, "5,", "-0"])
def test_a_length_that_two_readers_could_read_in_two_ways_is_none(length: str) -> None:
    with pytest.raises(BadResponseError, match="not a length"):
        find_length(make_head(("Content-Length", length)))


VALUES = ["agrafena.peresvetova@example.org", "+7 916 731-55-08", "4539 1488 0343 6467", "very-secret-key-of-the-test"]


@given(st.text(st.characters(max_codepoint=255), max_size=70), st.sampled_from(VALUES), st.text(max_size=40))
def test_what_is_quoted_has_a_value_whole_or_not_at_all(before: str, value: str, after: str) -> None:
    quoted = quote_beginning(f"{before} {value} {after}".encode())

    assert quoted.isascii() or quoted.rstrip("…").isascii()
    assert value in quoted or value[:9] not in quoted or value[:9] in ascii(before)
    assert len(quoted) < 700


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("width", range(62))
def test_no_width_cuts_a_value(value: str, width: int) -> None:
    quoted = quote_beginning(f"{'x' * width} {value} and more{' of it' * 9}".encode())

    assert value in quoted or value[:4] not in quoted
