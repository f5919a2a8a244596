"""Where the body of a response ends (RFC 9112 §6), read strictly: a length that can be read in two ways is refused."""

import io
import re
from collections.abc import Iterator

from contracts_runner.errors import BadResponseError
from contracts_runner.transport.head import Head, quote_beginning, quote_text

PIECE_BYTES = 64 * 1024
_LENGTH = re.compile(r"[0-9]{1,18}")
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")
_LONGEST_CHUNK_LINE = 4096


def is_chunked(head: Head) -> bool:
    """Return whether the body comes in chunks; raises BadResponseError for any other transfer coding."""
    codings = head.list_values("transfer-encoding")
    if not codings:
        return False
    if codings != ["chunked"]:
        raise BadResponseError(
            f"the response has the Transfer-Encoding {quote_text(', '.join(codings))}, not chunked alone"
        )
    if head.minor_version == 0:
        raise BadResponseError("the response has a Transfer-Encoding, which HTTP/1.0 does not have")
    if head.list_values("content-length"):
        raise BadResponseError("the response has both a Transfer-Encoding and a Content-Length")
    return True


def find_length(head: Head) -> int | None:
    """Return the length of a body that is not chunked, None if it ends with the connection; raises BadResponseError."""
    lengths = set(head.list_values("content-length"))
    wrong = [length for length in lengths if not _LENGTH.fullmatch(length)]
    if wrong:
        raise BadResponseError(f"the response has the Content-Length {quote_text(wrong[0])}, which is not a length")
    if len({int(length) for length in lengths}) > 1:
        raise BadResponseError("the response has two different Content-Lengths")
    return int(lengths.pop()) if lengths else None


def iter_until(stream: io.BufferedIOBase, length: int | None) -> Iterator[bytes]:
    """Yield the pieces of a body of a known length, or of one that ends with the connection (None)."""
    if length is None:
        while piece := stream.read1(PIECE_BYTES):
            yield piece
        return
    left = length
    while left:
        piece = stream.read(min(PIECE_BYTES, left))
        left -= len(piece)
        if not piece:
            raise BadResponseError(
                f"the response ended before the length that it announced: {length - left} of {length} bytes came"
            )
        yield piece


def iter_chunks(stream: io.BufferedIOBase, *, trailer_limit: int) -> Iterator[bytes]:
    """Yield the pieces of a chunked body; its trailer is read and ignored."""
    while size := _read_chunk_size(stream):
        left = size
        while left:
            piece = stream.read(min(PIECE_BYTES, left))
            left -= len(piece)
            if not piece:
                raise BadResponseError(f"the response ended inside a chunk: {size - left} of {size} bytes came")
            yield piece
        end = stream.read(2)
        if end != b"\r\n":
            problem = "a chunk does not end where its length says" if len(end) == 2 else "the last chunk is missing"
            raise BadResponseError(f"the response has invalid chunks: {problem}")
    _skip_trailer(stream, trailer_limit)


def _read_chunk_size(stream: io.BufferedIOBase) -> int:
    line = stream.readline(_LONGEST_CHUNK_LINE + 1)
    match = _CHUNK_LINE.fullmatch(line)
    if match is not None:
        return int(match[1], 16)
    if not line:
        raise BadResponseError("the response has invalid chunks: the last chunk is missing")
    if len(line) > _LONGEST_CHUNK_LINE:
        raise BadResponseError(f"the response has a chunk length of over {_LONGEST_CHUNK_LINE} bytes")
    raise BadResponseError(f"the response has an invalid chunk length: {quote_beginning(line.rstrip())}")


def _skip_trailer(stream: io.BufferedIOBase, limit: int) -> None:
    left = limit
    while True:
        line = stream.readline(left + 1)
        left -= len(line)
        if left < 0:
            message = f"the trailer after the last chunk is over the limit of {limit} bytes"
            raise BadResponseError(message, limit="headers")
        if line == b"\r\n":
            return
        if not line.endswith(b"\r\n"):
            raise BadResponseError("the response ended before the empty line after its last chunk")
