"""What answers instead of a ClickHouse, or of the proxy before it, is bounded (docs/design.md, Safety)."""

import contextlib
import gzip
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from clickhouse_connect.driver.httputil import get_pool_manager

from contracts_runner.warehouse.answers import AnswerLimits, bound_answers
from contracts_runner.warehouse.errors import AnswerRefused, AnswerTooLarge, describe_failure, is_answer_too_large
from helpers.servers import Handler, RawServer, always, answer, serve_raw

LIMITS = AnswerLimits(header_bytes=4096, body_bytes=50_000, seconds=0.3)
FIELDS = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 1000) for number in range(30))
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNK = b"1000\r\n" + b"a" * 4096 + b"\r\n"


def dribble(start: bytes, drop: bytes) -> Handler:
    """Return a handler that sends without an end, each byte soon after the one before."""

    def handle(connection: socket.socket, _: bytes) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(drop)
            connection.recv(1)  # waits until the other end has gone

    return handle


def pour(start: bytes, drop: bytes) -> Handler:
    """Return a handler that sends without an end, as fast as it can."""

    def handle(connection: socket.socket, _: bytes) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(drop)

    return handle


HOSTILE: dict[str, tuple[Handler, str]] = {
    "a long head": (always(HEAD + FIELDS + b"\r\n"), "the head of the answer is over the limit of 4096 bytes"),
    "a head without an end": (pour(HEAD, FIELDS), "the head of the answer is over the limit of 4096 bytes"),
    "a line without an end": (pour(HEAD + b"X: ", b"a" * 1000), "the head of the answer is over the limit"),
    "continue without an end": (
        pour(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        "the head of the answer is over the limit",
    ),
    "a large body": (always(answer(body=b"a" * 100_000)), "the answer is over the limit of 50000 bytes"),
    "a body without an end": (pour(HEAD + b"\r\n", b"a" * 1000), "the answer is over the limit of 50000 bytes"),
    "chunks without an end": (
        pour(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", CHUNK),
        "the answer is over the limit of 50000 bytes",
    ),
    "a body that unpacks": (
        always(answer("200 OK", gzip.compress(bytes(1 << 20)), "Content-Encoding: gzip")),
        "the answer is compressed, which was not asked for",
    ),
    "a body that never comes": (dribble(HEAD + b"Content-Length: 9\r\n\r\n", b"a"), "no answer in time"),
    "a head that never ends": (dribble(HEAD, b"X"), "no answer in time"),
    "a redirect": (always(answer("302 Found", b"", "Location: http://127.0.0.1:1/")), "which is not followed"),
    "another redirect": (always(answer("308 Permanent", b"", "Location: /there")), "which is not followed"),
}


@contextlib.contextmanager
def reach(server: RawServer, *, proxy: str = "", limits: AnswerLimits = LIMITS) -> Iterator[Any]:
    pool = get_pool_manager(**({"http_proxy": proxy} if proxy else {}))
    bound_answers(pool, limits)
    yield lambda: pool.request("POST", server.base_url, timeout=5, retries=3).data
    pool.clear()


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_answer_is_refused(name: str) -> None:
    handler, words = HOSTILE[name]

    with serve_raw(handler) as server, reach(server) as ask, pytest.raises(Exception, match=r".") as caught:
        ask()

    assert words in describe_failure(caught.value)
    assert is_answer_too_large(caught.value) == ("over the limit of 50000" in words)
    assert {request.split(b" ")[1] for request in server.requests} == {b"/"}


@pytest.mark.parametrize("name", ["a head that never ends", "a head without an end", "a line without an end"])
def test_the_answer_of_a_proxy_to_connect_is_bounded(name: str) -> None:
    handler, words = HOSTILE[name]
    service = RawServer("https://clickhouse.example.test")

    with (
        serve_raw(handler) as proxy,
        reach(service, proxy=proxy.base_url) as ask,
        pytest.raises(Exception, match=r".") as caught,
    ):
        ask()

    assert words in describe_failure(caught.value)
    assert all(request.startswith(b"CONNECT clickhouse.example.test:443 ") for request in proxy.requests)


def test_answers_within_the_limits_are_whole_also_on_one_connection() -> None:
    body = bytes(range(256)) * 190

    with serve_raw(always(answer(body=body))) as server, reach(server) as ask:
        assert [ask() for _ in range(3)] == [body] * 3

    assert server.connections == 1


def test_what_a_loader_reads_is_not_bounded_in_size() -> None:
    packed = gzip.compress(bytes(1 << 20))

    with (
        serve_raw(always(answer("200 OK", packed, "Content-Encoding: gzip"))) as server,
        reach(server, limits=AnswerLimits(header_bytes=4096)) as ask,
    ):
        assert ask() == bytes(1 << 20)


def test_an_answer_that_is_too_large_is_an_error_of_the_network_for_libraries() -> None:
    assert issubclass(AnswerTooLarge, AnswerRefused)
    assert issubclass(AnswerRefused, OSError)
