"""The one way to a socket: direct, through a forward proxy, or through the tunnel that a proxy opens (CONNECT).

A connection reports when the first byte of a request leaves, and a deadline can end it at any stage. The connection
classes of urllib3 are used without its pools: these rewrite the target of a request, and read the answer to CONNECT
without bounds.
"""

import contextlib
import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection, ProxyConfig
from urllib3.util import parse_url
from urllib3.util.ssl_ import create_urllib3_context
from urllib3.util.wait import wait_for_read

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import BadResponseError, NoResponseError
from contracts_runner.model.credential import ClientCertificate
from contracts_runner.model.environment import Limits
from contracts_runner.model.http import Origin, find_origin
from contracts_runner.model.proxies import Proxies, Proxy
from contracts_runner.transport.deadline import Deadline, Handle
from contracts_runner.transport.response import Received
from contracts_runner.transport.route import Route


@dataclass(slots=True)
class Sending:
    """What a connection reports to during one exchange. `proxy` is the address of the proxy while that is the other
    end: in a tunnel it is the service. `is_reused`: the connection has served an earlier exchange; for another one
    `connected_ms` is how long it took to open it."""

    deadline: Deadline | None = None
    on_leave: Callable[[], None] | None = None
    left_at: float | None = None
    connected_ms: float | None = None
    proxy: str = ""
    is_reused: bool = False


_CLOSED = "the connection was closed"


class _Watched:
    """Mixed into both connection classes of urllib3, which open the connection and close it."""

    route: Route
    sending: Sending
    header_limit: int
    sock: Any  # a socket, its TLS, or TLS within TLS
    _handle: Handle | None = None
    _stream: io.BufferedReader | None = None

    def open(self) -> None:
        """Connect, through the proxy if the route has one; raises NoResponseError or what socket and TLS raise."""
        route, proxy = self.route, self.route.tunnel_proxy
        if proxy is not None:
            self.set_tunnel(route.host, route.port, scheme=proxy.scheme)  # type: ignore[attr-defined]  # the base has it
        self.sending.proxy = route.proxy.address if route.proxy else ""
        self.connect()  # type: ignore[attr-defined]  # the base has it
        self._stream = self.sock.makefile("rb")

    def take_up(self, sending: Sending) -> None:
        """Serve another exchange on the open connection."""
        self.sending = sending
        sending.is_reused = True
        sending.proxy = self.route.forward_proxy.address if self.route.forward_proxy else ""
        self._watch(sending)

    def send_whole(self, head: bytes, body: bytes | None, *, timeout: float) -> None:
        """Send a request; raises what the socket raises."""
        sock = self._find_socket()
        sock.settimeout(timeout)
        if self.sending.on_leave is not None:
            self.sending.on_leave()
        self.sending.left_at = time.perf_counter()
        sock.sendall(head + body if body else head)

    def has_answer(self, seconds: float) -> bool:
        """Tell whether something comes within so many seconds."""
        return wait_for_read(self._find_socket(), seconds)

    def receive(self, method: str, *, timeout: float) -> Received:
        """Return the response with its head read; raises UnansweredError, BadResponseError, or what the socket
        raises."""
        stream = self._stream
        self._find_socket().settimeout(timeout)
        if stream is None:
            raise ConnectionAbortedError(_CLOSED)
        return Received(stream, method, header_limit=self.header_limit)

    def finish(self, received: Received) -> None:
        """End an exchange whose response has been read to its end, so that another one may begin; raises
        BadResponseError if more bytes came with it."""
        rest = b"" if received.is_endless else self._peek()
        if received.is_last:
            self.close()
        received.refuse_rest(rest)

    def close(self) -> None:
        """Close the connection, also while another thread waits for its answer: that has none then."""
        handle, stream, self._handle, self._stream = self._handle, self._stream, None, None
        if handle is not None:
            # First: such a thread has locked the stream until something comes, or the end.
            handle.shut_down()
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
        super().close()  # type: ignore[misc]  # the base has it
        if handle is not None:
            handle.close()

    def _find_socket(self) -> Any:
        """Return the socket. Raises ConnectionAbortedError where another thread has closed the connection."""
        if (sock := self.sock) is None:
            raise ConnectionAbortedError(_CLOSED)
        return sock

    def _peek(self) -> bytes:
        """Return bytes that have arrived already and were not asked for, without waiting."""
        assert self._stream is not None
        self.sock.settimeout(0)
        # A reset after a whole response, or half a TLS record, does not belong to this response.
        with contextlib.suppress(BlockingIOError, ssl.SSLError, ConnectionError):
            return bytes(self._stream.peek(1))
        return b""

    def _watch(self, sending: Sending) -> None:
        if sending.deadline is not None and self._handle is not None:
            sending.deadline.watch(self._handle)

    def _new_conn(self) -> socket.socket:
        sock: socket.socket = super()._new_conn()  # type: ignore[misc]  # the base has it
        self._handle = Handle(sock)
        self._watch(self.sending)
        return sock

    def _tunnel(self) -> None:
        """Ask the proxy for a tunnel; its answer is read and bounded as a response is.

        Takes the place of the standard library's, whose request would count as the one to the service.
        """
        proxy = self.route.tunnel_proxy
        assert proxy is not None
        authority = self.route.authority
        headers = {"Host": authority, **proxy.headers}
        lines = [f"CONNECT {authority} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self.sock.sendall("\r\n".join(lines).encode("ascii"))
        self._stream = self.sock.makefile("rb")
        try:
            response = Received(self._stream, "CONNECT", header_limit=self.header_limit)
            if not 200 <= response.head.status < 300:
                raise NoResponseError(_explain_refusal(proxy, response.head.status))
            response.refuse_rest(self._peek())
        except BadResponseError as error:
            message = f"the answer of the proxy {proxy.address} to CONNECT cannot be used: {error}"
            raise NoResponseError(message, limit=error.limit) from None
        finally:
            self._stream.close()
        self.sock.settimeout(self.timeout)  # type: ignore[attr-defined]  # the base has it
        self.sending.proxy = ""


def _explain_refusal(proxy: Proxy, status: int) -> str:
    if status == http.client.PROXY_AUTHENTICATION_REQUIRED:
        what = "does not accept the credentials in" if proxy.secret else "wants a user and a password in"
        return f"the proxy {proxy.address} {what} its URL (407)"
    return f"the proxy {proxy.address} opens no connection to the service: it answered CONNECT with status {status}"


class PlainConnection(_Watched, HTTPConnection):
    """To a service without TLS, or to a proxy without TLS that forwards to such a service."""


class TlsConnection(_Watched, HTTPSConnection):
    """To a service with TLS, directly or in a tunnel; or to a proxy with TLS."""


Connection = PlainConnection | TlsConnection


class Connector:
    """Builds connections. `ca_bundle` are the certificates to trust, for service and proxy; None for the usual ones."""

    def __init__(self, *, proxies: Proxies, ca_bundle: Path | None, limits: Limits) -> None:
        self._proxies = proxies
        self._ca_bundle = ca_bundle
        self._limits = limits
        self._contexts: dict[ClientCertificate | None, ssl.SSLContext] = {}
        self._routes: dict[tuple[Origin, ClientCertificate | None], Route] = {}
        self._lock = threading.Lock()

    def find_route(self, url: str, certificate: ClientCertificate | None = None) -> Route:
        """Return the way to the service of a URL; raises ValueError for a host that cannot be a name."""
        # By the guard's reading of the URL: a library may see another host in it.
        key = find_origin(url), certificate
        if key not in self._routes:
            self._routes[key] = self._build_route(url, *key)
        return self._routes[key]

    def _build_route(self, url: str, origin: Origin, certificate: ClientCertificate | None) -> Route:
        scheme, host, port = origin
        name = parse_url(f"{scheme}://[{host}]" if ":" in host else f"{scheme}://{host}").host or ""
        return Route(
            scheme=scheme,
            host=name.strip("[]"),
            port=port,
            proxy=self._proxies.find(url),
            certificate=certificate if scheme == "https" else None,
        )

    def build(self, route: Route, sending: Sending) -> Connection:
        """Return a connection that is not open yet."""
        proxy = route.proxy
        options: dict[str, Any] = {"timeout": self._limits.connect_seconds}
        if proxy is not None:
            options["proxy"] = parse_url(proxy.url)
        connection_class: type[Connection] = PlainConnection
        if route.scheme == "https" or (proxy is not None and proxy.scheme == "https"):
            connection_class = TlsConnection
            options["ssl_context"] = self._find_tls(route.certificate)
            options["proxy_config"] = proxy and ProxyConfig(self._find_tls(None), False, None, None)
        host, port = (proxy.host, proxy.port) if proxy else (route.host, route.port)
        connection = connection_class(host, port, **options)
        connection.route, connection.sending = route, sending
        connection.header_limit = self._limits.header_bytes
        return connection

    def _find_tls(self, certificate: ClientCertificate | None) -> ssl.SSLContext:
        """Raises NoResponseError for a certificate that cannot be used."""
        with self._lock:
            if certificate not in self._contexts:
                self._contexts[certificate] = self._build_tls(certificate)
            return self._contexts[certificate]

    def _build_tls(self, certificate: ClientCertificate | None) -> ssl.SSLContext:
        from requests.utils import DEFAULT_CA_BUNDLE_PATH  # a large library, for this and digest authentication

        # Certificates are verified: there is no switch (docs/design.md, Safety).
        context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
        context.load_verify_locations(self._ca_bundle or DEFAULT_CA_BUNDLE_PATH)
        if certificate is not None:
            try:
                # An empty password: nobody is asked on the terminal.
                context.load_cert_chain(certificate.certificate, certificate.key, password=lambda: "")
            except (OSError, ValueError) as error:
                what = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
                message = f"the client certificate {certificate.certificate.name} cannot be used with its key: {what}"
                raise NoResponseError(message) from None
        return context
