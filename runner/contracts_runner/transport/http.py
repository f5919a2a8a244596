"""Sends one request over a kept-alive connection and returns its complete response, or raises why there is none.

A worker thread has one connection for each service. Nothing is followed, kept or looked up: redirects, cookies and
a netrc file are not wanted (docs/design.md, Contract file).
"""

import contextlib
import errno
import http.client
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import field
from pathlib import Path

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.turn import TURN
from contracts_runner.errors import BadResponseError, NoResponseError, StaleConnectionError, TransportError
from contracts_runner.model.credential import ClientCertificate
from contracts_runner.model.environment import Limits
from contracts_runner.model.event_stream import EventReader
from contracts_runner.model.exchange import Request, Response, Timings
from contracts_runner.model.proxies import Proxies
from contracts_runner.model.spec import Effect
from contracts_runner.transport.connection import Connection, Sending
from contracts_runner.transport.connector import Connector
from contracts_runner.transport.deadline import Watchdog
from contracts_runner.transport.decoding import Decoder
from contracts_runner.transport.failures import describe_failure
from contracts_runner.transport.guard import WriteGuard
from contracts_runner.transport.rate import RateLimiter
from contracts_runner.transport.response import CONNECTION_ENDED, Received, UnansweredError
from contracts_runner.transport.route import Route
from contracts_runner.transport.wire import build_head

# Of waiting for an answer without letting others compute, and what an answer takes that is worth it.
_PAUSE_SECONDS = 0.001
_QUICK_SECONDS = 0.0004


class _Worker(threading.local):
    """The connections of one thread: `threading.local` calls `__init__` again in each."""

    def __init__(self, connections: list[dict[Route, Connection]]) -> None:
        self.connections: dict[Route, Connection] = {}
        connections.append(self.connections)

    def drop(self) -> None:
        """Close the connections: after a fault nobody knows what is still on its way."""
        _close(self.connections)


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """Within which bounds requests go out, through which proxy, and with which certificate if they have none."""

    limits: Limits
    ca_bundle: Path | None = None
    proxies: Proxies = field(default_factory=Proxies)
    certificate: ClientCertificate | None = None


class HttpTransport:
    """Implements engine's Transport. `on_leave` is called when a request's first byte is about to leave."""

    def __init__(
        self,
        settings: TransportSettings,
        *,
        guard: WriteGuard,
        limiter: RateLimiter,
        on_leave: Callable[[Request], None],
    ) -> None:
        self._limits = settings.limits
        self._connector = Connector(proxies=settings.proxies, ca_bundle=settings.ca_bundle, limits=settings.limits)
        self._guard = guard
        self._certificate = settings.certificate
        self._limiter = limiter
        self._on_leave = on_leave
        self._watchdog = Watchdog()
        # The service answered the last request sooner than another thread begins to compute.
        self._is_quick = False
        self._connections: list[dict[Route, Connection]] = []
        self._worker = _Worker(self._connections)

    def send(self, request: Request) -> Response:
        """Return the complete response; raises BlockedError, NoResponseError or BadResponseError.

        After a StaleConnectionError the next request of the thread has a new connection.
        """
        request = self._guard.permit(request)
        self._limiter.wait()
        with self._watchdog.limit(self._limits.exchange_seconds) as deadline:
            sending = Sending(deadline=deadline, on_leave=lambda: self._on_leave(request))
            with self._explained(sending, request):
                response = self._exchange(request, sending)
                if deadline.has_expired:
                    # The watchdog's end of the connection can look like the service's own, and the response whole.
                    raise TimeoutError
                return response

    def reserve(self) -> float:
        """Take the place of a request that is not sent by this transport; returns the seconds until it may leave."""
        return self._limiter.reserve()

    def allow_tokens(self, url: str) -> None:
        """Let requests for tokens go to an address."""
        self._guard.allow_tokens(url)

    def close(self) -> None:
        """Close all connections of all threads."""
        for connections in self._connections:
            _close(connections)

    def _exchange(self, request: Request, sending: Sending) -> Response:
        own = self._certificate if self._guard.is_service(request.url) else None
        route = self._connector.find_route(request.url, request.certificate or own)
        head = build_head(request, route)
        connection = self._connect(route, sending)
        try:
            connection.send_whole(head, request.body, timeout=self._limits.connect_seconds)
        except OSError as error:
            # The service may have answered before it read the whole request, and closed: its answer is still there.
            if not isinstance(error, CONNECTION_ENDED) and error.errno != errno.EPROTOTYPE:
                raise
        with self._waiting(connection):
            received = connection.receive(request.method, timeout=self._limits.first_byte_seconds)
            return self._read(connection, received, sending, request.events)

    @contextlib.contextmanager
    def _waiting(self, connection: Connection) -> Iterator[None]:
        """Let other threads compute until the answer is there, unless it comes sooner than they could begin."""
        began = time.perf_counter()
        if self._is_quick and connection.has_answer(_PAUSE_SECONDS):
            self._is_quick = time.perf_counter() - began < _QUICK_SECONDS
            yield
            return
        with TURN.given_up():
            yield
            self._is_quick = time.perf_counter() - began < _QUICK_SECONDS

    def _connect(self, route: Route, sending: Sending) -> Connection:
        """Return an open connection: that of the last request, unless the other end has closed it since."""
        connection = self._worker.connections.get(route)
        if connection is not None and connection.is_connected:
            connection.take_up(sending)
            return connection
        if connection is not None:
            connection.close()
        self._worker.connections[route] = connection = self._connector.build(route, sending)
        began = time.perf_counter()
        with TURN.given_up():
            connection.open()
            sending.connected_ms = (time.perf_counter() - began) * 1000
        return connection

    def _read(self, connection: Connection, received: Received, sending: Sending, events: int | None) -> Response:
        first_byte_at = time.perf_counter()
        left_at = sending.left_at or first_byte_at
        reader = None if events is None else EventReader(events)
        body = self._read_body(received, reader)
        if reader is not None and reader.has_all:
            # The rest of the stream is still on its way.
            self._worker.drop()
        else:
            connection.finish(received)
        finished_at = time.perf_counter()
        return Response(
            status_code=received.head.status,
            headers=received.head.headers,
            body=body,
            timings=Timings(
                first_byte_ms=(first_byte_at - left_at) * 1000,
                total_ms=(finished_at - left_at) * 1000,
                connect_ms=sending.connected_ms,
            ),
        )

    def _read_body(self, received: Received, reader: EventReader | None) -> bytes:
        limits = self._limits
        if (received.length or 0) > limits.body_bytes:
            raise BadResponseError(
                f"the response announces {received.length} bytes, over the limit of {limits.body_bytes} bytes",
                limit="body",
            )
        decoder = Decoder(received.head, limit=limits.body_bytes)
        try:
            for piece in received.iter_raw():
                decoder.feed(piece)
                if reader is not None:
                    reader.read(decoder.body)
                    if reader.has_all:
                        return bytes(decoder.body[: reader.end])
        except TimeoutError as error:
            raise NoResponseError(
                f"the response stopped in its middle: nothing more came for {limits.first_byte_seconds:g} s",
                limit="first_byte",
            ) from error
        return decoder.finish()

    @contextlib.contextmanager
    def _explained(self, sending: Sending, request: Request) -> Iterator[None]:
        """Turn what goes wrong into a TransportError; whatever it is, the connection is not used again."""
        try:
            yield
        except (TransportError, http.client.HTTPException, OSError, ValueError) as error:
            self._worker.drop()
            if sending.deadline is not None and sending.deadline.has_expired:
                message = f"no complete response within {sending.deadline.seconds:g} s"
                raise NoResponseError(message + self._limits.explain("exchange")) from error
            failure = describe_failure(error, has_left=sending.left_at is not None, proxy=sending.proxy)
            failure.args = (f"{failure}{self._limits.explain(failure.limit)}",)
            is_safe = request.method in ("GET", "HEAD") and request.effect is Effect.READ
            if is_safe and sending.is_reused and isinstance(error, UnansweredError):
                raise StaleConnectionError(str(failure)) from error
            raise failure from error
        except BaseException:
            self._worker.drop()
            raise


def _close(connections: dict[Route, Connection]) -> None:
    for connection in list(connections.values()):
        connection.close()
    connections.clear()
