"""Reads the head of a response strictly (RFC 9112): status line and headers, bounded as a whole.

The standard library accepts much that is not a header, and ends the headers silently at the first line that it does
not understand: what follows then counts as the body. Two readers that disagree on where a response ends are how one
response is smuggled into another one, so here everything that is not HTTP is refused.
"""

import http.client
import io
import re

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import BadResponseError

# Servers send one or two informational responses (100, 103) before the final one.
MOST_INFORMATIONAL = 20
_STATUS_LINE = re.compile(rb"HTTP/1\.([0-9]) ([1-9][0-9]{2})(?: ([^\r\n]*))?")
_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\r\n\0]*)")
_SWITCHING_PROTOCOLS = 101
_SHOWN = 60
# The word that the end of the quotation cuts, and a number before it that may be written in groups.
_CUT_OFF = re.compile(rb"[\d\s()+.-]*\S*\Z")


@dataclass(frozen=True, slots=True)
class Head:
    """`minor_version` is 1 of HTTP/1.1; header names as received, values in Latin-1 without the white space around."""

    minor_version: int
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]

    def list_values(self, name: str) -> list[str]:
        """Return the members of a header that is a list, over all its lines, in lower case."""
        values = [value for key, value in self.headers if len(key) == len(name) and key.lower() == name]
        return [item.strip(" \t").lower() for value in values for item in value.split(",")]


def read_head(stream: io.BufferedIOBase, *, limit: int) -> Head:
    """Return the final response's head; informational ones before it are skipped. `limit` is in bytes, for all of them.

    Raises BadResponseError, or RemoteDisconnected if the connection ends before the first byte.
    """
    reader = _HeadReader(stream, limit)
    for _ in range(MOST_INFORMATIONAL + 1):
        head = reader.read()
        if head.status == _SWITCHING_PROTOCOLS:
            raise BadResponseError("the service switches to another protocol (101), which was not asked for")
        if head.status >= 200:
            return head
    raise BadResponseError(f"over {MOST_INFORMATIONAL} informational responses (1xx) came instead of a final one")


class _HeadReader:
    def __init__(self, stream: io.BufferedIOBase, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._left = limit

    def read(self) -> Head:
        line = self._read_line()
        if line is None:
            raise http.client.RemoteDisconnected("no response")
        match = _STATUS_LINE.fullmatch(line)
        if match is None:
            raise BadResponseError(
                f"the response does not begin with an HTTP status line but with {quote_beginning(line)}"
            )
        headers: list[tuple[str, str]] = []
        while line := self._read_line():
            _take_field(headers, line)
        if line is None:
            raise BadResponseError("the response ended in the middle of its headers")
        reason = (match[3] or b"").decode("latin-1").strip()
        return Head(int(match[1]), int(match[2]), reason, tuple(headers))

    def _read_line(self) -> bytes | None:
        """Return the next line without its end; None at the end of the connection."""
        line = self._stream.readline(self._left + 1)
        self._left -= len(line)
        if self._left < 0:
            raise BadResponseError(f"the response headers are over the limit of {self._limit} bytes", limit="headers")
        if line[-2:] == b"\r\n":
            return line[:-2]
        if not line:
            return None
        if not line.endswith(b"\n"):
            raise BadResponseError("the response ended in the middle of its headers")
        return line[:-1]


def _take_field(headers: list[tuple[str, str]], line: bytes) -> None:
    if match := _FIELD.fullmatch(line):
        headers.append((match[1].decode("ascii"), match[2].decode("latin-1").rstrip(" \t")))
        return
    if line[:1] in (b" ", b"\t") and headers and b"\r" not in line and b"\0" not in line:
        # An obsolete folded line: a recipient puts one space in its place (RFC 9112 §5.2).
        name, value = headers[-1]
        headers[-1] = (name, f"{value} {line.decode('latin-1').strip()}".strip())
        return
    raise BadResponseError(_explain_field(line, number=len(headers) + 1))


def _explain_field(line: bytes, *, number: int) -> str:
    """Say what is wrong with a header. Its value is not shown: it may be a cookie or a token."""
    name, colon, _ = line.partition(b":")
    if b"\0" in line:
        return f"header {number} of the response has a NUL in it"
    if b"\r" in line:
        return f"header {number} of the response has a carriage return in it"
    if not colon:
        return f"header {number} of the response has no colon"
    return f"header {number} of the response has a name that HTTP does not allow: {quote_beginning(name)}"


def quote_beginning(data: bytes) -> str:
    """Return a beginning with everything that is not printable ASCII escaped, and an ellipsis where there is more.

    It ends between words: half of an address, a number or a token would not be recognised as one when it is redacted.
    """
    shown = data if len(data) <= _SHOWN else _CUT_OFF.sub(b"", data[:_SHOWN], count=1)
    try:
        text = shown.decode("utf-8")
    except UnicodeDecodeError:
        text = shown.decode("latin-1")
    return ascii(text) + "…" * (len(data) > len(shown))


def quote_text(text: str) -> str:
    """Return the beginning of a header's value, quoted as `quote_beginning` does."""
    return quote_beginning(text.encode("latin-1", "backslashreplace"))
