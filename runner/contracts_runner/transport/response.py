"""One response on a connection, read with our own rules of where head and body end.

It takes the place of the standard library's class inside a connection of urllib3, and keeps that class's promises to
the connection: when it is closed, when the connection may be used again.
"""

import contextlib
import http.client
import socket
import ssl
from collections.abc import Iterator

from contracts_runner.errors import BadResponseError
from contracts_runner.model.http import ends_with_head
from contracts_runner.transport.framing import find_length, is_chunked, iter_chunks, iter_until
from contracts_runner.transport.head import Head, read_head

# How the other end's closing shows; over TLS also without its goodbye, or after it.
CONNECTION_ENDED = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)


class UnansweredError(http.client.RemoteDisconnected):
    """The connection ended before any byte of a response came."""


class StrictResponse(http.client.HTTPResponse):
    """`head` is there after `begin`. `header_limit` is in bytes."""

    head: Head

    def __init__(
        self,
        sock: socket.socket,
        debuglevel: int = 0,
        method: str | None = None,
        url: str | None = None,
        *,
        header_limit: int,
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self.header_limit = header_limit
        self._sock = sock
        self._sent_method = method or ""

    def begin(self) -> None:
        """Read the head; raises UnansweredError, BadResponseError or what the socket raises."""
        self._await_first_byte()
        self.head = head = read_head(self.fp, limit=self.header_limit)
        self.code = self.status = head.status
        self.reason = head.reason
        self.version = 10 + min(head.minor_version, 1)
        is_empty = ends_with_head(self._sent_method, head.status)
        self.chunked = is_chunked(head) and not is_empty
        self.length = 0 if is_empty else None if self.chunked else find_length(head)
        is_endless = self.length is None and not self.chunked
        self.will_close = is_endless or not self._is_kept_alive()

    def iter_raw(self) -> Iterator[bytes]:
        """Return the pieces of the body, its coding not undone; reading them raises BadResponseError."""
        if self.chunked:
            return iter_chunks(self.fp, trailer_limit=self.header_limit)
        return iter_until(self.fp, self.length)

    def finish(self) -> None:
        """Close the response, so that its connection may be used again.

        Raises BadResponseError if more bytes came with it: they would be taken for the next request's answer.
        """
        extra = b"" if self.length is None and not self.chunked else self._peek()
        self.close()
        if extra.strip(b"\r\n"):
            why = f" (a response of status {self.status} has no body)" if ends_with_head("", self.status) else ""
            raise BadResponseError(f"more bytes follow the end of the response{why}")

    def _await_first_byte(self) -> None:
        try:
            has_begun = bool(self.fp.peek(1))
        except CONNECTION_ENDED as error:
            raise UnansweredError("no response") from error
        if not has_begun:
            raise UnansweredError("no response")

    def _is_kept_alive(self) -> bool:
        options = self.head.list_values("connection")
        return "close" not in options and (self.version == 11 or "keep-alive" in options)

    def _peek(self) -> bytes:
        """Return bytes that have arrived already and were not asked for, without waiting."""
        timeout = self._sock.gettimeout()
        self._sock.settimeout(0)
        try:
            # A reset after a whole response, or half a TLS record, does not belong to this response.
            with contextlib.suppress(BlockingIOError, ssl.SSLError, ConnectionError):
                return bytes(self.fp.peek(1))
            return b""
        finally:
            self._sock.settimeout(timeout)
