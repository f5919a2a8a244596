"""Sends one request over a kept-alive connection and returns its complete response, or raises why there is none.

A worker thread has one connection. A request goes through the adapter of requests, without a session: its redirects,
cookies and look-ups in the process environment are not wanted (docs/design.md, Contract file).
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_environ_proxies

from contracts_runner.errors import BadResponseError, NoResponseError, TransportError
from contracts_runner.model.environment import Limits
from contracts_runner.model.exchange import Request, Response, Timings
from contracts_runner.transport.connection import Sending, build_pool_manager
from contracts_runner.transport.deadline import Deadline, Watchdog
from contracts_runner.transport.decoding import Decoder
from contracts_runner.transport.failures import describe_failure
from contracts_runner.transport.guard import WriteGuard
from contracts_runner.transport.rate import RateLimiter
from contracts_runner.transport.response import StrictResponse


class _Adapter(HTTPAdapter):
    def __init__(self, sending: Sending, header_limit: int) -> None:
        self._sending = sending
        self._header_limit = header_limit
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        options.update(num_pools=connections, maxsize=maxsize, block=block)
        self.poolmanager = build_pool_manager(self._sending, header_limit=self._header_limit, **options)

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:  # noqa: ARG002
        """Return a shell with what `HttpTransport` reads: no cookies are taken, no headers parsed again."""
        response = requests.Response()
        response.raw = resp
        return response


class _Worker(threading.local):
    """The connection of one thread: `threading.local` calls `__init__` again in each."""

    def __init__(self, header_limit: int, adapters: list[_Adapter]) -> None:
        self.sending = Sending()
        self.adapter = _Adapter(self.sending, header_limit)
        adapters.append(self.adapter)


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """Where requests may go and within which bounds. `use_proxies`: take them from the process environment."""

    base_url: str
    limits: Limits
    verify: str | bool = True
    use_proxies: bool = True


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
        self._settings = settings
        self._guard = guard
        self._limiter = limiter
        self._on_leave = on_leave
        self._watchdog = Watchdog()
        self._adapters: list[_Adapter] = []
        self._worker = _Worker(settings.limits.header_bytes, self._adapters)
        self._proxies = get_environ_proxies(settings.base_url) if settings.use_proxies else {}

    def send(self, request: Request) -> Response:
        """Return the complete response; raises BlockedError, NoResponseError or BadResponseError."""
        self._guard.permit(request)
        self._limiter.wait()
        sending = self._worker.sending
        with self._watchdog.limit(self._settings.limits.exchange_seconds) as deadline:
            sending.deadline, sending.left_at = deadline, None
            sending.on_leave = lambda: self._on_leave(request)
            with self._explained(deadline, sending):
                received = self._worker.adapter.send(
                    _prepare(request),
                    stream=True,
                    timeout=(self._settings.limits.connect_seconds, self._settings.limits.first_byte_seconds),
                    verify=self._settings.verify,
                    proxies=self._proxies,
                )
                response = self._receive(received, sending)
            if deadline.has_expired:
                # The watchdog's end of the connection can look like the service's own, and the response whole.
                self._drop_connection()
                raise NoResponseError(_describe_overtime(deadline))
            return response

    def close(self) -> None:
        """Close all connections of all threads."""
        for adapter in self._adapters:
            adapter.close()

    def _receive(self, received: requests.Response, sending: Sending) -> Response:
        first_byte_at = time.perf_counter()
        left_at = sending.left_at or first_byte_at
        raw: urllib3.HTTPResponse = received.raw
        strict = raw._original_response
        assert isinstance(strict, StrictResponse)
        is_whole = False
        try:
            body = self._read_body(strict)
            strict.finish()
            is_whole = True
        finally:
            if not is_whole:
                raw.close()  # what is left of this response must not become the next one's beginning
            raw.release_conn()
        finished_at = time.perf_counter()
        return Response(
            status_code=strict.status,
            headers=strict.head.headers,
            body=body,
            timings=Timings(
                first_byte_ms=(first_byte_at - left_at) * 1000,
                total_ms=(finished_at - left_at) * 1000,
            ),
        )

    def _read_body(self, strict: StrictResponse) -> bytes:
        limits = self._settings.limits
        if (strict.length or 0) > limits.body_bytes:
            raise BadResponseError(
                f"the response announces {strict.length} bytes, over the limit of {limits.body_bytes} bytes"
            )
        decoder = Decoder(strict.head, limit=limits.body_bytes)
        try:
            for piece in strict.iter_raw():
                decoder.feed(piece)
        except TimeoutError as error:
            raise NoResponseError(
                f"the response stopped in its middle: nothing more came for {limits.first_byte_seconds:g} s"
            ) from error
        return decoder.finish()

    @contextlib.contextmanager
    def _explained(self, deadline: Deadline, sending: Sending) -> Iterator[None]:
        try:
            yield
        except (TransportError, requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            self._drop_connection()
            if deadline.has_expired:
                raise NoResponseError(_describe_overtime(deadline)) from error
            if isinstance(error, TransportError):
                raise
            raise describe_failure(error, has_left=sending.left_at is not None) from error

    def _drop_connection(self) -> None:
        self._worker.adapter.poolmanager.clear()


def _describe_overtime(deadline: Deadline) -> str:
    return f"no complete response within {deadline.seconds:g} s"


def _prepare(request: Request) -> requests.PreparedRequest:
    prepared = requests.PreparedRequest()
    prepared.method = request.method
    prepared.url = request.url
    # The rest of Latin-1, which the library would choose, has no other letters (RFC 9110 §5.5: obs-text).
    headers: Any = CaseInsensitiveDict((name, value.encode()) for name, value in request.headers)
    prepared.headers = headers
    prepared.body = request.body
    if request.body is not None:
        prepared.headers["Content-Length"] = str(len(request.body))
    elif request.method in ("POST", "PUT", "PATCH"):
        prepared.headers["Content-Length"] = "0"
    return prepared
