"""The ways to a service: direct, forwarded, through a tunnel, each with and without TLS. All of them behave alike."""

import base64
import itertools
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from contracts_runner.engine.effects import Effects
from contracts_runner.engine.exchanger import send
from contracts_runner.errors import BlockedError, NoResponseError, TransportError
from contracts_runner.model.environment import Limits, WritePolicy
from contracts_runner.model.exchange import Request, Response
from contracts_runner.model.proxies import Proxies, parse_proxy
from contracts_runner.model.spec import Effect
from contracts_runner.transport.connector import Connector
from contracts_runner.transport.guard import WriteGuard
from contracts_runner.transport.http import HttpTransport, TransportSettings
from contracts_runner.transport.rate import RateLimiter
from contracts_runner.transport.reachability import Reachability, probe_base_url
from helpers.proxies import Authority, make_authority, serve_proxy
from helpers.servers import Handler, RawServer, always, answer, answer_once, find_closed_port, serve_raw

QUICK = Limits(connect_seconds=2, first_byte_seconds=2, exchange_seconds=0.6, body_bytes=1000, header_bytes=1000)
PATIENT = Limits(header_bytes=1000, body_bytes=1000)
CREDENTIALS = "user:pass/word"
BASIC = b"Proxy-Authorization: Basic " + base64.b64encode(CREDENTIALS.encode())
# The service's scheme, and the proxy's, "" without one.
WAYS = list(itertools.product(["http", "https"], ["", "http", "https"]))
PROXIED = [way for way in WAYS if way[1]]


@pytest.fixture(scope="module")
def authority() -> Authority:
    return make_authority()


@pytest.fixture(scope="module")
def ca_bundle(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pki") / "ca.pem"
    path.write_bytes(authority.pem)
    return path


@dataclass
class Way:
    """A service, the proxy before it, and the transport that uses both."""

    service: RawServer
    proxy: RawServer | None
    transport: HttpTransport
    sent: list[Request]

    def send(self, path: str = "/x", **changes: object) -> Response:
        return self.transport.send(make_request(self.service.base_url, path, **changes))


def make_request(base_url: str, path: str = "/x", **changes: object) -> Request:
    values = {"method": "GET", "url": f"{base_url}{path}", "operation": "x", "effect": Effect.READ}
    return Request(**{**values, **changes})  # type: ignore[arg-type]


@contextmanager
def open_way(
    way: tuple[str, str],
    handle: Handler,
    authority: Authority,
    ca_bundle: Path,
    *,
    limits: Limits = PATIENT,
    writes: WritePolicy = WritePolicy.ALLOW,
) -> Iterator[Way]:
    scheme, proxy_scheme = way
    with ExitStack() as stack:
        context = authority.context if scheme == "https" else None
        service = stack.enter_context(serve_raw(handle, context=context))
        proxy, proxies = None, Proxies()
        if proxy_scheme:
            context = authority.context if proxy_scheme == "https" else None
            proxy = stack.enter_context(serve_proxy(credentials=CREDENTIALS, context=context))
            proxies = Proxies(fixed=parse_proxy(proxy.base_url.replace("://", "://user:pass%2Fword@")))
        sent: list[Request] = []
        transport = HttpTransport(
            TransportSettings(limits=limits, ca_bundle=ca_bundle, proxies=proxies),
            guard=WriteGuard(base_url=service.base_url, writes=writes, effects=Effects(())),
            limiter=RateLimiter(None),
            on_leave=sent.append,
        )
        stack.enter_context(closing(transport))
        yield Way(service, proxy, transport, sent)


@pytest.mark.parametrize("way", WAYS)
def test_the_service_gets_the_same_bytes_whatever_the_way(
    way: tuple[str, str], authority: Authority, ca_bundle: Path
) -> None:
    with open_way(way, always(answer()), authority, ca_bundle) as opened:
        headers = (("X-A", "1"), ("Accept", "a/b"))
        response = opened.send("/a/../b//c?x=%2f&y=a|b", method="POST", body=b'{"a": 1}', headers=headers)

    host = opened.service.base_url.partition("//")[2]
    [request] = opened.service.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[0] == b"POST /a/../b//c?x=%2f&y=a|b HTTP/1.1"
    assert sorted(head.decode().split("\r\n")[1:]) == [
        "Accept-Encoding: identity",
        "Accept: a/b",
        "Content-Length: 8",
        f"Host: {host}",
        "X-A: 1",
    ]
    assert (body, response.status_code, response.body) == (b'{"a": 1}', 200, b"{}")
    assert len(opened.sent) == 1


@pytest.mark.parametrize("way", WAYS)
def test_one_connection_serves_several_requests(way: tuple[str, str], authority: Authority, ca_bundle: Path) -> None:
    with open_way(way, always(answer()), authority, ca_bundle) as opened:
        for _ in range(3):
            opened.send()

    assert (opened.service.connections, len(opened.service.requests), len(opened.sent)) == (1, 3, 3)
    assert opened.proxy is None or opened.proxy.connections == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_connection_that_was_closed_meanwhile_is_opened_again(
    way: tuple[str, str], authority: Authority, ca_bundle: Path
) -> None:
    with open_way(
        way, always(answer("200 OK", b"{}", "Connection: close"), close=True), authority, ca_bundle
    ) as opened:
        statuses = [opened.send().status_code for _ in range(3)]

    assert (statuses, len(opened.service.requests), len(opened.sent)) == ([200] * 3, 3, 3)


@pytest.mark.parametrize("way", WAYS)
def test_a_read_on_a_connection_that_had_been_closed_is_sent_again_on_a_new_one(
    way: tuple[str, str], authority: Authority, ca_bundle: Path
) -> None:
    with open_way(way, answer_once(answer()), authority, ca_bundle) as opened:
        request = make_request(opened.service.base_url)
        sendings = [send(opened.transport, request) for _ in range(3)]

    assert [sending.error for sending in sendings] == [None] * 3
    assert [sending.attempts for sending in sendings] == [1, 2, 2]
    assert (opened.service.connections, len(opened.service.requests), len(opened.sent)) == (3, 5, 5)


@pytest.mark.parametrize("way", WAYS)
def test_a_write_on_a_connection_that_had_been_closed_is_not_sent_again(
    way: tuple[str, str], authority: Authority, ca_bundle: Path
) -> None:
    with open_way(way, answer_once(answer()), authority, ca_bundle) as opened:
        request = make_request(opened.service.base_url, method="PUT", effect=Effect.WRITE)
        sendings = [send(opened.transport, request) for _ in range(2)]

    assert [(sending.outcome, sending.attempts) for sending in sendings] == [("passed", 1), ("errored", 1)]
    assert len(opened.service.requests) == len(opened.sent) == 2


@pytest.mark.parametrize("way", PROXIED)
def test_credentials_go_to_the_proxy_alone(way: tuple[str, str], authority: Authority, ca_bundle: Path) -> None:
    with open_way(way, always(answer()), authority, ca_bundle) as opened:
        opened.send()
        opened.send()

    assert opened.proxy is not None
    is_tunnel = way[0] == "https"
    host = opened.service.base_url.partition("//")[2]
    asked = [request.split(b"\r\n")[0].decode() for request in opened.proxy.requests]
    assert asked == ([f"CONNECT {host} HTTP/1.1"] if is_tunnel else [f"GET {opened.service.base_url}/x HTTP/1.1"] * 2)
    assert all(BASIC in request for request in opened.proxy.requests)
    assert not any(b"proxy-authorization" in request.lower() for request in opened.service.requests)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<html>hello</html>\r\n", "BadResponseError: the response does not begin with an HTTP status line"),
        (answer("200 OK", b"{}", "X: " + "y" * 1000), "BadResponseError: the response headers are over the limit"),
        (answer("200 OK", b"x" * 1001), "BadResponseError: the response announces 1001 bytes"),
        (answer() + answer(), "BadResponseError: more bytes follow the end of the response"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}", "BadResponseError: the response ended before the length"),
        (b"", "NoResponseError: "),
    ],
    ids=["no-status-line", "long-headers", "long-body", "two-responses", "cut-off", "nothing"],
)
def test_a_broken_response_is_told_whatever_the_way(
    way: tuple[str, str], authority: Authority, ca_bundle: Path, data: bytes, words: str
) -> None:
    with (
        open_way(way, always(data, close=True), authority, ca_bundle) as opened,
        pytest.raises(TransportError) as caught,
    ):
        opened.send()

    assert f"{type(caught.value).__name__}: {caught.value}".startswith(words)
    assert len(opened.sent) == len(opened.service.requests) == 1


@pytest.mark.parametrize("way", WAYS)
def test_no_dribble_outlives_the_limit_of_the_exchange(
    way: tuple[str, str], authority: Authority, ca_bundle: Path
) -> None:
    ended = threading.Event()

    def dribble(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
        while not ended.wait(0.05):
            connection.sendall(b"x")

    with open_way(way, dribble, authority, ca_bundle, limits=QUICK) as opened:
        try:
            with pytest.raises(NoResponseError, match=r"no complete response within 0\.6 s"):
                opened.send()
        finally:
            ended.set()


@pytest.mark.parametrize("way", PROXIED)
def test_a_write_that_is_kept_back_reaches_no_proxy(
    way: tuple[str, str], authority: Authority, ca_bundle: Path
) -> None:
    with (
        open_way(way, always(answer()), authority, ca_bundle, writes=WritePolicy.BLOCK) as opened,
        pytest.raises(BlockedError),
    ):
        opened.send(method="POST", effect=Effect.WRITE)

    assert opened.proxy is not None
    assert (opened.proxy.connections, opened.sent) == (0, [])


@pytest.mark.parametrize("way", [way for way in PROXIED if "https" in way])
def test_a_certificate_that_is_not_trusted_is_refused_whatever_the_way(
    way: tuple[str, str], authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "other.pem").write_bytes(make_authority().pem)

    with (
        open_way(way, always(answer()), authority, tmp_path / "other.pem") as opened,
        pytest.raises(NoResponseError, match=r"the TLS certificate.* is not trusted") as caught,
    ):
        opened.send()

    # The first certificate on the way is the one that is told.
    assert ("of the proxy" in str(caught.value)) == (way[1] == "https")
    assert (opened.sent, opened.service.requests) == ([], [])


@contextmanager
def open_before(
    proxy_url: str, base_url: str, *, limits: Limits = PATIENT
) -> Iterator[tuple[HttpTransport, list[Request]]]:
    """Yield a transport to a service that nobody needs: the proxy before it does not get that far."""
    sent: list[Request] = []
    transport = HttpTransport(
        TransportSettings(limits=limits, proxies=Proxies(fixed=parse_proxy(proxy_url))),
        guard=WriteGuard(base_url=base_url, writes=WritePolicy.ALLOW, effects=Effects(())),
        limiter=RateLimiter(None),
        on_leave=sent.append,
    )
    with closing(transport):
        yield transport, sent


def _forever(connection: socket.socket, request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-More: y\r\n")


def _trickle(connection: socket.socket, request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    pause = threading.Event()
    while not pause.wait(0.05):
        connection.sendall(b"y")


def _trickle_in_handshake(connection: socket.socket, request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    connection.recv(1)  # the handshake has begun
    # A TLS record that announces 16 KiB, and comes byte by byte.
    connection.sendall(b"\x16\x03\x03\x40\x00")
    pause = threading.Event()
    while not pause.wait(0.05):
        connection.sendall(b"\0")


REFUSALS: dict[str, tuple[Handler, str]] = {
    "407": (
        always(answer("407 Wanted", b"x" * 9)),
        r"the proxy ADDRESS wants a user and a password in its URL \(407\)",
    ),
    "502": (always(answer("502 Bad Gateway", b"")), "opens no connection to the service: it answered .* status 502"),
    "302": (always(answer("302 Found", b"", "Location: http://127.0.0.1:1/")), "answered CONNECT with status 302"),
    "101": (always(b"HTTP/1.1 101 Switching\r\n\r\n"), "the answer of the proxy ADDRESS to CONNECT cannot be used: "),
    "endless-headers": (_forever, "to CONNECT cannot be used: the response headers are over the limit of 1000 bytes"),
    "informational": (always(b"HTTP/1.1 100 Continue\r\n\r\n" * 30), "informational"),
    "with-a-body": (always(answer("200 OK", b"{}")), "cannot be used: more bytes follow the end of the response"),
    "a-response-too": (always(b"HTTP/1.1 200 OK\r\n\r\n" + answer()), "more bytes follow the end of the response"),
    "no-http": (always(b"SSH-2.0-x\r\n"), "to CONNECT cannot be used: the response does not begin with an HTTP status"),
    "closes": (always(b"", close=True), "the proxy ADDRESS closed the connection without a response"),
    "closes-in-head": (always(b"HTTP/1.1 200 OK\r\nX", close=True), "ended in the middle of its headers"),
    "closes-tunnel": (always(b"HTTP/1.1 200 OK\r\n\r\n", close=True), "TLS failed|the connection was reset"),
    "trickle": (_trickle, "no complete response within 0.6 s"),
    "trickle-in-handshake": (_trickle_in_handshake, "no complete response within 0.6 s"),
    "silence": (lambda *_: None, "no complete response within 0.6 s"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_tunnel_that_is_not_opened_is_no_response_and_nothing_left(name: str) -> None:
    handle, words = REFUSALS[name]

    with (
        serve_raw(handle) as proxy,
        open_before(proxy.base_url, "https://127.0.0.1:1", limits=QUICK if "0.6 s" in words else PATIENT) as (
            transport,
            sent,
        ),
        pytest.raises(NoResponseError, match=words.replace("ADDRESS", proxy.base_url.partition("//")[2])),
    ):
        transport.send(make_request("https://127.0.0.1:1"))

    assert sent == []
    assert [request.split(b"\r\n")[0] for request in proxy.requests] == [b"CONNECT 127.0.0.1:1 HTTP/1.1"]


@pytest.mark.parametrize("base_url", ["http://shop.example.test", "https://shop.example.test"])
def test_a_proxy_that_is_not_there_is_named(base_url: str) -> None:
    port = find_closed_port()

    with (
        open_before(f"http://u:secret-1@127.0.0.1:{port}", base_url) as (transport, sent),
        pytest.raises(NoResponseError) as caught,
    ):
        transport.send(make_request(base_url))

    assert str(caught.value) == f"the proxy 127.0.0.1:{port} refused the connection"
    assert sent == []


def test_a_proxy_without_an_address_is_named() -> None:
    with (
        open_before("http://proxy.invalid:3128", "http://a.invalid") as (transport, _),
        pytest.raises(NoResponseError, match=r"the host name of the proxy proxy\.invalid:3128 cannot be resolved"),
    ):
        transport.send(make_request("http://a.invalid"))


@pytest.mark.parametrize("status", ["403 Forbidden", "407 Proxy Authentication Required", "502 Bad Gateway"])
def test_what_a_forward_proxy_answers_itself_is_a_response(status: str) -> None:
    with (
        serve_raw(always(answer(status))) as proxy,
        open_before(proxy.base_url, "http://shop.example.test:8080") as (transport, sent),
    ):
        response = transport.send(make_request("http://shop.example.test:8080"))

    assert f"{response.status_code}" == status[:3]
    assert len(sent) == 1
    assert proxy.requests[0].startswith(
        b"GET http://shop.example.test:8080/x HTTP/1.1\r\nHost: shop.example.test:8080\r\n"
    )


def test_credentials_that_the_proxy_does_not_accept_are_told_and_not_repeated() -> None:
    with (
        serve_proxy(credentials="u:right") as proxy,
        open_before(proxy.base_url.replace("://", "://u:wrong-1@"), "https://127.0.0.1:1") as (transport, _),
        pytest.raises(NoResponseError, match=r"does not accept the credentials in its URL \(407\)") as caught,
    ):
        transport.send(make_request("https://127.0.0.1:1"))

    assert "wrong-1" not in str(caught.value)


def probe(base_url: str, *, proxy: str = "", ca_bundle: Path | None = None) -> Reachability:
    proxies = Proxies(fixed=parse_proxy(proxy) if proxy else None)
    return probe_base_url(base_url, Connector(proxies=proxies, ca_bundle=ca_bundle, limits=PATIENT), PATIENT)


@pytest.mark.parametrize("way", WAYS)
def test_doctor_takes_the_way_that_requests_take(way: tuple[str, str], authority: Authority, ca_bundle: Path) -> None:
    with open_way(way, always(answer()), authority, ca_bundle) as opened:
        url = opened.proxy.base_url.replace("://", "://user:pass%2Fword@") if opened.proxy else ""
        reach = probe(opened.service.base_url, proxy=url, ca_bundle=ca_bundle)

    assert (reach.is_reached, reach.has_met_proxy) == (True, True), reach.how
    assert ("certificate valid until" in reach.how) == (way[0] == "https")
    assert ("the proxy 127.0.0.1" in reach.how) == bool(way[1])
    assert opened.service.requests == []


def test_doctor_tells_a_proxy_that_is_down_from_a_service_that_is_down() -> None:
    closed = find_closed_port()
    with serve_proxy() as proxy:
        no_service = probe(f"https://127.0.0.1:{closed}", proxy=proxy.base_url)
    no_proxy = probe("https://127.0.0.1:1", proxy=f"http://127.0.0.1:{closed}")

    assert (no_service.is_reached, no_service.has_met_proxy) == (False, True)
    assert "opens no connection to the service: it answered CONNECT with status 502" in no_service.how
    assert (no_proxy.is_reached, no_proxy.has_met_proxy) == (False, False)
    assert no_proxy.how == f"the proxy 127.0.0.1:{closed} refused the connection"
