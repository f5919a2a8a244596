"""One response on a connection, read with our own rules of where head and body end."""

import http.client
import io
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


class Received:
    """A response whose head has been read; the rest of it is still in the stream. `length` is that of its body, None
    where chunks or the connection's end tell it. `header_limit` is in bytes."""

    def __init__(self, stream: io.BufferedReader, method: str, *, header_limit: int) -> None:
        """Read the head; raises UnansweredError, BadResponseError or what the socket raises."""
        _await_first_byte(stream)
        self._stream, self._header_limit = stream, header_limit
        self.head: Head = read_head(stream, limit=header_limit)
        is_empty = ends_with_head(method, self.head.status)
        self._is_chunked = is_chunked(self.head) and not is_empty
        self.length = 0 if is_empty else None if self._is_chunked else find_length(self.head)

    @property
    def is_endless(self) -> bool:
        """True if the body ends with the connection."""
        return self.length is None and not self._is_chunked

    @property
    def is_last(self) -> bool:
        """True if the connection serves no further exchange."""
        options = self.head.list_values("connection")
        is_kept_alive = "close" not in options and (self.head.minor_version > 0 or "keep-alive" in options)
        return self.is_endless or not is_kept_alive

    def iter_raw(self) -> Iterator[bytes]:
        """Return the pieces of the body, its coding not undone; reading them raises BadResponseError."""
        if self._is_chunked:
            return iter_chunks(self._stream, trailer_limit=self._header_limit)
        return iter_until(self._stream, self.length)

    def refuse_rest(self, rest: bytes) -> None:
        """Raise BadResponseError if bytes have come after the whole response: they would be taken for the next one."""
        if rest.strip(b"\r\n"):
            is_bodiless = ends_with_head("", self.head.status)
            why = f" (a response of status {self.head.status} has no body)" if is_bodiless else ""
            raise BadResponseError(f"more bytes follow the end of the response{why}")


def _await_first_byte(stream: io.BufferedReader) -> None:
    try:
        has_begun = bool(stream.peek(1))
    except CONNECTION_ENDED as error:
        raise UnansweredError("no response") from error
    if not has_begun:
        raise UnansweredError("no response")
