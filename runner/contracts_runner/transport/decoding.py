"""Undoes the Content-Encoding of a body piece by piece, bounded: a small response can unpack to gigabytes.

Requests accept no coding (`Accept-Encoding: identity`); services that compress anyway are understood as far as
the standard library goes. The libraries below neither notice a compressed body that is cut off nor what follows it.
"""

import zlib

from contracts_runner.errors import BadResponseError
from contracts_runner.transport.head import Head, quote_text

_GZIP_WINDOW, _ZLIB_WINDOW, _RAW_WINDOW = 31, 15, -15
_ZLIB_METHOD = 8


class Decoder:
    """Collects one body, of at most `limit` bytes after decompression."""

    def __init__(self, head: Head, *, limit: int) -> None:
        self._coding = _find_coding(head)
        self._limit = limit
        self._body = bytearray()
        self._start = b""
        self._unpacker: zlib._Decompress | None = None

    def feed(self, piece: bytes) -> None:
        """Take the next piece; raises BadResponseError if the body breaks its coding or the limit."""
        if not self._coding:
            self._take(piece)
            return
        try:
            self._unpack(piece)
        except zlib.error as error:
            raise self._refuse(str(error).rpartition(": ")[2]) from error

    @property
    def body(self) -> bytearray:
        """What has come so far."""
        return self._body

    def finish(self) -> bytes:
        """Return the whole body; raises BadResponseError if its coding is not at its end."""
        is_begun = self._unpacker is not None or bool(self._start)
        if is_begun and not (self._unpacker and self._unpacker.eof):
            raise self._refuse("it is cut off")
        return bytes(self._body)

    def _refuse(self, why: str) -> BadResponseError:
        return BadResponseError(f"the response body does not match its Content-Encoding {self._coding}: {why}")

    def _unpack(self, piece: bytes) -> None:
        while piece:
            if self._unpacker is None:
                self._start += piece
                if len(self._start) < 2:
                    return
                piece, self._start = self._start, b""
                self._unpacker = zlib.decompressobj(_find_window(self._coding, piece))
            if self._unpacker.eof:
                # Several gzip members may follow each other (RFC 1952 §2.2).
                if self._coding != "gzip":
                    raise zlib.error("bytes follow its end")
                self._unpacker = None
                continue
            self._take(self._unpacker.decompress(piece, self._limit - len(self._body) + 1))
            piece = self._unpacker.unused_data

    def _take(self, piece: bytes) -> None:
        self._body += piece
        if len(self._body) > self._limit:
            message = f"the response body is over the limit of {self._limit} bytes (decompressed)"
            raise BadResponseError(message, limit="body")


def _find_coding(head: Head) -> str:
    codings = [coding for coding in head.list_values("content-encoding") if coding not in ("", "identity")]
    match codings:
        case []:
            return ""
        case ["gzip" | "x-gzip"]:
            return "gzip"
        case ["deflate"]:
            return "deflate"
    shown = quote_text(", ".join(codings))
    raise BadResponseError(f"the response has the Content-Encoding {shown}, which the request did not accept")


def _find_window(coding: str, start: bytes) -> int:
    if coding == "gzip":
        return _GZIP_WINDOW
    # "deflate" is the zlib format; some servers send it without its frame (RFC 9110 §8.4.1.2).
    is_zlib = start[0] & 15 == _ZLIB_METHOD and int.from_bytes(start[:2], "big") % 31 == 0
    return _ZLIB_WINDOW if is_zlib else _RAW_WINDOW
