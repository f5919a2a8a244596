"""What comes back from a real socket: the response, or in words why there is none."""

import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from contracts_runner.engine.effects import Effects
from contracts_runner.engine.exchanger import send
from contracts_runner.errors import (
    BadResponseError,
    BlockedError,
    NoResponseError,
    StaleConnectionError,
    TransportError,
)
from contracts_runner.model.environment import Limits, WritePolicy
from contracts_runner.model.exchange import Request
from contracts_runner.model.proxies import Proxies
from contracts_runner.model.spec import Effect, Operation
from contracts_runner.transport.connection import Sending
from contracts_runner.transport.connector import Connector
from contracts_runner.transport.guard import WriteGuard
from contracts_runner.transport.http import HttpTransport, TransportSettings
from contracts_runner.transport.rate import RateLimiter
from helpers.operations import HERE
from helpers.servers import Handler, always, answer, answer_once, find_closed_port, reset, serve_raw

QUICK = Limits(connect_seconds=2, first_byte_seconds=0.3, exchange_seconds=0.6, body_bytes=1000, header_bytes=1000)
# Where nothing waits for a limit: a busy machine may be slow.
PATIENT = Limits()


UNLIMITED = RateLimiter(None)
NO_OPERATIONS = Effects(())


@contextmanager
def open_transport(
    base_url: str,
    *,
    limits: Limits = QUICK,
    writes: WritePolicy = WritePolicy.ALLOW,
    limiter: RateLimiter = UNLIMITED,
    effects: Effects = NO_OPERATIONS,
) -> Iterator[tuple[HttpTransport, list[Request]]]:
    sent: list[Request] = []
    transport = HttpTransport(
        TransportSettings(limits=limits),
        guard=WriteGuard(base_url=base_url, writes=writes, effects=effects),
        limiter=limiter,
        on_leave=sent.append,
    )
    with closing(transport):
        yield transport, sent


@contextmanager
def ended_at_last(event: threading.Event) -> Iterator[None]:
    try:
        yield
    finally:
        event.set()


def make_request(base_url: str, *, method: str = "GET", body: bytes | None = None, **changes: object) -> Request:
    values = {"method": method, "url": f"{base_url}/x", "body": body, "operation": "x", "effect": Effect.READ}
    return Request(**{**values, **changes})  # type: ignore[arg-type]


def test_a_response_is_returned_whole_with_its_headers_apart() -> None:
    with (
        serve_raw(always(answer("201 Created", b'{"a": 1}', "X-A: 1", "X-A: 2"))) as server,
        open_transport(server.base_url) as (transport, _),
    ):
        response = transport.send(make_request(server.base_url))

    assert response.status_code == 201
    assert response.body == b'{"a": 1}'
    assert response.header("x-a") == "1, 2"
    assert response.media_type == "application/json"


STREAM = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
EVENT = b"data: 1\n\n"


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_stream_of_events_is_read_until_so_many_came(is_chunked: bool) -> None:
    def handle(connection: socket.socket, _: bytes) -> None:
        connection.sendall((STREAM + "Transfer-Encoding: chunked\r\n" * is_chunked + "\r\n").encode())
        pieces = [EVENT, b"data: 2\n", b"\n: more", b"data: 3"]
        for piece in pieces:
            connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if is_chunked else piece)

    with serve_raw(handle) as server, open_transport(server.base_url, limits=PATIENT) as (transport, _):
        first, second = (transport.send(make_request(server.base_url, events=count)) for count in (2, 1))

    assert (first.body, second.body) == (EVENT + b"data: 2\n\n", EVENT)
    assert server.connections == 2


@pytest.mark.parametrize("media_type", ["text/event-stream", "text/plain"])
def test_what_ends_before_so_many_events_is_whole(media_type: str) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {len(EVENT) + 3}\r\n\r\n".encode()

    with (
        serve_raw(always(head + EVENT + b"abc")) as server,
        open_transport(server.base_url) as (transport, _),
    ):
        bodies = {transport.send(make_request(server.base_url, events=2)).body for _ in range(2)}

    assert (bodies, server.connections) == ({EVENT + b"abc"}, 1)


def test_a_get_with_a_body_is_sent_as_it_is() -> None:
    with serve_raw(always(answer())) as server, open_transport(server.base_url) as (transport, _):
        transport.send(make_request(server.base_url, body=b'{"where": []}'))

    assert server.requests[0].startswith(b"GET /x HTTP/1.1\r\n")
    assert server.requests[0].endswith(b'\r\n\r\n{"where": []}')


def test_one_thread_keeps_one_connection() -> None:
    with serve_raw(always(answer())) as server, open_transport(server.base_url) as (transport, _):
        times = [transport.send(make_request(server.base_url)).timings.connect_ms for _ in range(5)]

    assert server.connections == 1
    # Only the first one had to wait for a connection.
    assert times[0] is not None
    assert (times[0] > 0, times[1:]) == (True, [None] * 4)


def test_a_redirect_is_the_response() -> None:
    with (
        serve_raw(always(answer("302 Found", b"", "Location: http://127.0.0.1:1/"))) as server,
        open_transport(server.base_url) as (transport, _),
    ):
        response = transport.send(make_request(server.base_url))

    assert response.status_code == 302
    assert len(server.requests) == 1


def test_cookies_are_not_kept() -> None:
    with (
        serve_raw(always(answer("200 OK", b"{}", "Set-Cookie: a=b"))) as server,
        open_transport(server.base_url) as (transport, _),
    ):
        transport.send(make_request(server.base_url))
        transport.send(make_request(server.base_url))

    assert b"cookie" not in server.requests[1].lower()


def test_dots_of_a_path_are_not_resolved() -> None:
    with serve_raw(always(answer())) as server, open_transport(server.base_url) as (transport, _):
        transport.send(make_request(server.base_url, url=f"{server.base_url}/orders/%2E%2E/x"))

    assert server.requests[0].startswith(b"GET /orders/%2E%2E/x ")


def test_a_closed_port_is_no_response_and_nothing_left() -> None:
    base_url = f"http://127.0.0.1:{find_closed_port()}"

    with open_transport(base_url) as (transport, sent), pytest.raises(NoResponseError, match="refused"):
        transport.send(make_request(base_url))

    assert sent == []


def test_an_unknown_host_is_no_response() -> None:
    base_url = "http://does-not-exist.invalid"

    with open_transport(base_url) as (transport, _), pytest.raises(NoResponseError, match="DNS"):
        transport.send(make_request(base_url))


def test_a_silent_service_is_no_response() -> None:
    with (
        serve_raw(lambda connection, request: None) as server,
        open_transport(server.base_url) as (transport, sent),
        pytest.raises(NoResponseError, match="no answer within"),
    ):
        transport.send(make_request(server.base_url))

    assert len(sent) == 1


@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\nX-A: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_dribble_cannot_outlive_the_exchange_limit(beginning: bytes) -> None:
    ended = threading.Event()

    def dribble(connection: socket.socket, request: bytes) -> None:
        connection.sendall(beginning)
        while not ended.wait(0.05):
            connection.sendall(b"H")

    with (
        serve_raw(dribble) as server,
        open_transport(server.base_url) as (transport, _),
        ended_at_last(ended),
        pytest.raises(NoResponseError, match=r"within 0\.6 s \(`limits: {exchange: 0\.6s}`"),
    ):
        transport.send(make_request(server.base_url))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "before the length"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc", "chunk length"),
        (b"NONSENSE\r\n\r\n", "status line"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", "Content-Encoding"),
        (answer(body=b"x" * 1001), r"announces 1001 bytes, .* \(`limits: {body: 1000 B}`"),
        (answer("200 OK", b"{}", "X-Long: " + "y" * 1000), r"limit of 1000 bytes \(`limits: {headers: 1000 B}`"),
    ],
)
def test_a_response_that_breaks_http_or_the_limits_says_how(data: bytes, message: str) -> None:
    with (
        serve_raw(always(data, close=True)) as server,
        open_transport(server.base_url) as (transport, _),
        pytest.raises(BadResponseError, match=message),
    ):
        transport.send(make_request(server.base_url))


def test_a_body_is_bounded_after_decompression() -> None:
    bomb = gzip.compress(b"0" * 100_000)
    with (
        serve_raw(always(answer("200 OK", bomb, "Content-Encoding: gzip"))) as server,
        open_transport(server.base_url) as (transport, _),
        pytest.raises(BadResponseError, match="decompressed"),
    ):
        transport.send(make_request(server.base_url))


def test_after_a_broken_response_the_next_request_has_a_new_connection() -> None:
    data = [answer(body=b"x" * 2000), answer(body=b'{"b": 2}')]
    with (
        serve_raw(lambda connection, _: connection.sendall(data.pop(0))) as server,
        open_transport(server.base_url) as (transport, _),
    ):
        with pytest.raises(BadResponseError):
            transport.send(make_request(server.base_url))
        response = transport.send(make_request(server.base_url))

    assert response.body == b'{"b": 2}'
    assert server.connections == 2


CLOSED = always(b"", close=True)


@pytest.mark.parametrize("end", [CLOSED, reset(b"")], ids=["closed", "reset"])
def test_the_end_of_a_kept_alive_connection_before_any_byte_is_named(end: Handler) -> None:
    with (
        serve_raw(answer_once(answer(), end)) as server,
        open_transport(server.base_url, limits=PATIENT) as (transport, sent),
    ):
        transport.send(make_request(server.base_url))
        with pytest.raises(StaleConnectionError, match=r"closed the connection without|was reset"):
            transport.send(make_request(server.base_url))
        transport.send(make_request(server.base_url))

    assert (server.connections, len(server.requests), len(sent)) == (2, 3, 3)


CANCEL = Operation(spec="s", label="cancel", method="GET", path="/cancel", effect=Effect.WRITE, location=HERE)


@pytest.mark.parametrize(
    ("method", "path", "attempts"),
    [("GET", "/x", 2), ("HEAD", "/x", 2), ("GET", "/cancel", 1), ("HEAD", "/cancel", 1), ("OPTIONS", "/x", 1)]
    + [(method, "/x", 1) for method in ("POST", "PUT", "PATCH", "DELETE")],
)
def test_only_a_get_or_head_that_writes_nothing_is_sent_again(method: str, path: str, attempts: int) -> None:
    with (
        serve_raw(answer_once(answer(body=b""), CLOSED)) as server,
        open_transport(server.base_url, limits=PATIENT, effects=Effects((CANCEL,))) as (transport, sent),
    ):
        transport.send(make_request(server.base_url))
        sending = send(transport, make_request(server.base_url, method=method, url=server.base_url + path))

    assert (sending.attempts, len(sent), len(server.requests)) == (attempts, attempts + 1, attempts + 1)


@pytest.mark.parametrize(
    "end",
    [
        always(b"HTTP/1.", close=True),
        always(b"HTTP/1.1 100 Continue\r\n\r\n", close=True),
        always(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", close=True),
        reset(b"HTTP/1."),
        reset(b"HTTP/1.1 100 Continue\r\n\r\n"),
        reset(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
    ],
    ids=["status-line", "continue", "head", "status-line-reset", "continue-reset", "head-reset"],
)
def test_a_kept_alive_connection_that_ends_within_an_answer_is_not_taken_for_a_closed_one(end: Handler) -> None:
    with (
        serve_raw(answer_once(answer(), end)) as server,
        open_transport(server.base_url, limits=PATIENT) as (transport, _),
    ):
        transport.send(make_request(server.base_url))
        with pytest.raises(TransportError) as caught:
            transport.send(make_request(server.base_url))

    assert type(caught.value) in (NoResponseError, BadResponseError)


@pytest.mark.parametrize("end", [CLOSED, reset(b"")], ids=["closed", "reset"])
def test_a_new_connection_that_ends_is_no_reason_to_send_again(end: Handler) -> None:
    with serve_raw(end) as server, open_transport(server.base_url, limits=PATIENT) as (transport, sent):
        sending = send(transport, make_request(server.base_url))

    assert (type(sending.error), len(server.requests), len(sent)) == (NoResponseError, 1, 1)


def test_a_silent_kept_alive_connection_is_no_reason_to_send_again() -> None:
    with (
        serve_raw(answer_once(answer(), lambda connection, request: None)) as server,
        open_transport(server.base_url) as (transport, sent),
    ):
        sendings = [send(transport, make_request(server.base_url)) for _ in range(2)]

    message = "no answer within the time limit (`limits: {first_byte: 0.3s}` of the environment)"
    assert (str(sendings[1].error), len(sent)) == (message, 2)


def test_a_request_that_is_sent_again_waits_for_its_turn() -> None:
    waits: list[float] = []
    limiter = RateLimiter(1, clock=lambda: 0.0, sleep=waits.append)
    with (
        serve_raw(answer_once(answer())) as server,
        open_transport(server.base_url, limits=PATIENT, limiter=limiter) as (transport, _),
    ):
        sendings = [send(transport, make_request(server.base_url)) for _ in range(2)]

    assert ([sending.attempts for sending in sendings], waits) == ([1, 2], [1.0, 2.0])


def test_a_blocked_write_never_connects() -> None:
    with (
        serve_raw(always(answer())) as server,
        open_transport(server.base_url, writes=WritePolicy.BLOCK) as (transport, sent),
        pytest.raises(BlockedError, match="writes: block"),
    ):
        transport.send(make_request(server.base_url, method="POST", effect=Effect.WRITE))

    assert (server.connections, sent) == (0, [])


def test_a_service_that_never_reads_is_no_response() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with open_transport(base_url) as (transport, _), pytest.raises(NoResponseError):
            transport.send(make_request(base_url, method="POST", body=b"x" * 50_000_000))


@pytest.mark.parametrize(
    "first",
    [
        answer(body=b'{"a": 1}') + answer(body=b'{"a": "smuggled"}'),
        b"HTTP/1.1 204 No Content\r\n\r\n" + answer(body=b'{"a": "smuggled"}'),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + answer(body=b'{"a": "smuggled"}'),
    ],
)
def test_a_second_response_is_a_failure_and_never_the_next_answer(first: bytes) -> None:
    data = [first, answer(body=b'{"b": 2}')]
    with (
        serve_raw(lambda connection, _: connection.sendall(data.pop(0))) as server,
        open_transport(server.base_url, limits=PATIENT) as (transport, _),
    ):
        with pytest.raises(BadResponseError, match="more bytes follow the end"):
            transport.send(make_request(server.base_url))
        response = transport.send(make_request(server.base_url))

    assert (response.body, server.connections) == (b'{"b": 2}', 2)


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_headers_of_a_body_that_never_comes_keep_nobody_waiting(method: str) -> None:
    head = b"HTTP/1.1 %d OK\r\nTransfer-Encoding: chunked\r\n\r\n" % (200 if method == "HEAD" else 304)
    with serve_raw(always(head)) as server, open_transport(server.base_url, limits=PATIENT) as (transport, _):
        bodies = [transport.send(make_request(server.base_url, method=method)).body for _ in range(2)]

    assert (bodies, server.connections) == ([b"", b""], 1)


def test_bytes_that_arrive_later_are_not_read_either() -> None:
    sent = threading.Event()

    def act(connection: socket.socket, request: bytes) -> None:
        connection.sendall(answer(body=b'{"a": 1}'))
        if len(server.requests) == 1:
            sent.wait(5)
            connection.sendall(answer(body=b'{"a": "smuggled"}'))
            arrived.set()

    arrived = threading.Event()
    with serve_raw(act) as server, open_transport(server.base_url, limits=PATIENT) as (transport, _):
        transport.send(make_request(server.base_url))
        sent.set()
        assert arrived.wait(5)
        response = transport.send(make_request(server.base_url))

    assert response.body == b'{"a": 1}'


def test_who_waits_for_an_answer_has_none_when_the_connections_are_closed() -> None:
    arrived, went_on = threading.Event(), threading.Event()
    problems: list[NoResponseError] = []

    def stay_silent(_: socket.socket, __: bytes) -> None:
        arrived.set()
        went_on.wait(60)

    with ended_at_last(went_on), serve_raw(stay_silent) as service, open_transport(service.base_url) as (transport, _):

        def ask() -> None:
            with pytest.raises(NoResponseError) as raised:
                transport.send(make_request(service.base_url))
            problems.append(raised.value)

        asking = threading.Thread(target=ask)
        asking.start()
        arrived.wait(60)
        transport.close()
        asking.join(60)

    assert len(problems) == 1


def test_a_connection_that_another_thread_has_closed_says_so() -> None:
    with serve_raw(always(answer())) as server:
        connector = Connector(proxies=Proxies(), ca_bundle=None, limits=PATIENT)
        connection = connector.build(connector.find_route(server.base_url), Sending())
        connection.open()
        connection.close()

        for use in (
            lambda: connection.send_whole(b"GET / HTTP/1.1\r\n\r\n", None, timeout=1),
            lambda: connection.has_answer(1),
            lambda: connection.receive("GET", timeout=1),
        ):
            with pytest.raises(ConnectionAbortedError, match="the connection was closed"):
                use()
