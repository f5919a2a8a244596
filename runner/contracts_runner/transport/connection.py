"""The one way to a socket: direct, through a forward proxy, or through the tunnel that a proxy opens (CONNECT).

A connection reports when the first byte of a request leaves, and a deadline can end it at any stage. The connection
classes of urllib3 are used without its pools: these rewrite the target of a request, and read the answer to CONNECT
without bounds.
"""

import functools
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection, ProxyConfig
from urllib3.util import parse_url
from urllib3.util.ssl_ import create_urllib3_context

from contracts_runner.errors import BadResponseError, NoResponseError
from contracts_runner.model.credential import ClientCertificate
from contracts_runner.model.environment import Limits
from contracts_runner.model.http import find_origin
from contracts_runner.model.proxies import Proxies, Proxy
from contracts_runner.transport.deadline import Deadline
from contracts_runner.transport.response import StrictResponse

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How a service is reached. `host` is as it goes out: lower case, IDNA, an IPv6 address without brackets.
    `certificate` is shown to the service, never to a proxy."""

    scheme: str
    host: str
    port: int
    proxy: Proxy | None
    certificate: ClientCertificate | None = None

    @property
    def tunnel_proxy(self) -> Proxy | None:
        """The proxy that opens a tunnel to the service; it sees TLS only."""
        return self.proxy if self.scheme == "https" else None

    @property
    def forward_proxy(self) -> Proxy | None:
        """The proxy that gets the requests themselves, each with the whole URL as its target (RFC 9112 §3.2.2)."""
        return self.proxy if self.scheme == "http" else None

    @property
    def authority(self) -> str:
        """Host and port, also the default one (RFC 9112 §3.2.3)."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host, and a port that is not the default one."""
        return f"{self.scheme}://{self.authority.removesuffix(f':{_PORTS[self.scheme]}')}"


@dataclass(slots=True)
class Sending:
    """What a connection reports to during one exchange. `proxy` is the address of the proxy while that is the other
    end: in a tunnel it is the service. `is_reused`: the connection has served an earlier exchange."""

    deadline: Deadline | None = None
    on_leave: Callable[[], None] | None = None
    left_at: float | None = None
    proxy: str = ""
    is_reused: bool = False


class _Watched:
    """Mixed into both connection classes of urllib3."""

    route: Route
    sending: Sending
    response_class: Any  # a function that returns a StrictResponse
    sock: Any  # a socket, its TLS, or TLS within TLS
    timeout: float | None

    def open(self) -> None:
        """Connect, through the proxy if the route has one; raises NoResponseError or what socket and TLS raise."""
        route, proxy = self.route, self.route.tunnel_proxy
        if proxy is not None:
            self.set_tunnel(route.host, route.port, scheme=proxy.scheme)  # type: ignore[attr-defined]  # the base has it
        self.sending.proxy = route.proxy.address if route.proxy else ""
        self.connect()  # type: ignore[attr-defined]  # the base has it

    def take_up(self, sending: Sending) -> None:
        """Serve another exchange on the open connection."""
        self.sending = sending
        sending.is_reused = True
        sending.proxy = self.route.forward_proxy.address if self.route.forward_proxy else ""
        if sending.deadline is not None:
            sending.deadline.watch(self.sock)

    def send(self, data: Any) -> None:
        if self.sending.left_at is None:
            if self.sending.on_leave is not None:
                self.sending.on_leave()
            self.sending.left_at = time.perf_counter()
        super().send(data)  # type: ignore[misc]  # the base has it

    def receive(self) -> StrictResponse:
        """Return the response with its head read; urllib3's own wrapper around it is not needed."""
        if self.sock is not None:
            self.sock.settimeout(self.timeout)
        response = http.client.HTTPConnection.getresponse(self)  # type: ignore[arg-type]  # mixed into it
        assert isinstance(response, StrictResponse)
        return response

    def _new_conn(self) -> socket.socket:
        sock: socket.socket = super()._new_conn()  # type: ignore[misc]  # the base has it
        if self.sending.deadline is not None:
            self.sending.deadline.watch(sock)
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
        response = self.response_class(self.sock, method="CONNECT")
        try:
            response.begin()
            if not 200 <= response.status < 300:
                raise NoResponseError(_explain_refusal(proxy, response.status))
            response.finish()
        except BadResponseError as error:
            message = f"the answer of the proxy {proxy.address} to CONNECT cannot be used: {error}"
            raise NoResponseError(message) from None
        finally:
            response.close()
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
        self._lock = threading.Lock()

    def find_route(self, url: str, certificate: ClientCertificate | None = None) -> Route:
        """Return the way to the service of a URL; raises ValueError for a host that cannot be a name."""
        # By the guard's reading of the URL: a library may see another host in it.
        scheme, host, port = find_origin(url)
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
        connection.response_class = functools.partial(StrictResponse, header_limit=self._limits.header_bytes)
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
