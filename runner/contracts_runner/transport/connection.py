"""The one way to a socket: direct, through a forward proxy, or through the tunnel that a proxy opens (CONNECT).

A connection reports when the first byte of a request leaves, and a deadline can end it at any stage.
"""

import contextlib
import http.client
import io
import select
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import BadResponseError, NoResponseError
from contracts_runner.model.proxies import Proxy
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


class Connection:
    """Mixed into a connection class of the standard library or of urllib3, which adds TLS to the socket and closes it.

    `has_met_proxy`: a connection to the proxy of the route could be set up.
    """

    route: Route
    sending: Sending
    header_limit: int
    sock: Any  # a socket, its TLS, or TLS within TLS
    has_met_proxy: bool = False
    _handle: Handle | None = None
    _stream: io.BufferedReader | None = None

    def open(self) -> None:
        """Connect, through the proxy if the route has one; raises NoResponseError or what socket and TLS raise."""
        route, proxy = self.route, self.route.tunnel_proxy
        if proxy is not None:
            self.set_tunnel(route.host, route.port, scheme=proxy.scheme)  # type: ignore[attr-defined]  # the base has it
        self.sending.proxy = route.proxy.address if route.proxy else ""
        self.connect()  # type: ignore[attr-defined]  # the base has it
        self.has_met_proxy = route.proxy is not None
        self._stream = self.sock.makefile("rb")

    @property
    def is_connected(self) -> bool:
        """Whether the other end has neither closed the connection nor sent what nobody asked for."""
        return self.sock is not None and not _wait_for_read(self.sock, 0)

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
        return _wait_for_read(self._find_socket(), seconds)

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
        """Return a socket to the proxy or the service; takes the place of urllib3's, whose errors have others within.

        Raises what the socket raises for the address that is to be preferred.
        """
        end = self.route.proxy or self.route
        try:
            sock = socket.create_connection((end.host, end.port), self.timeout, all_errors=True)  # type: ignore[attr-defined]  # the base has it
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._handle = Handle(sock)
        self._watch(self.sending)
        return sock

    def _tunnel(self) -> None:
        """Ask the proxy for a tunnel; its answer is read and bounded as a response is.

        Takes the place of the standard library's, whose request would count as the one to the service.
        """
        proxy = self.route.tunnel_proxy
        assert proxy is not None
        self.has_met_proxy = True
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


def _wait_for_read(sock: Any, seconds: float) -> bool:
    """Tell whether something comes, or the end, within so many seconds."""
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([sock], [], [], seconds)[0])
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


class PlainConnection(Connection, http.client.HTTPConnection):
    """To a service without TLS, or to a proxy without TLS that forwards to such a service."""

    def connect(self) -> None:
        self.sock = self._new_conn()
