"""Rows of texts as an Avro container, compressed: what ClickHouse reads from a file and as external data alike."""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence

# Fixed, so that blocks that were packed apart can be put together.
_SYNC = b"contracts-runner"
# Of the smallest integers, which nearly all lengths are.
_SHORT = [bytes([2 * number]) for number in range(64)]


def encode_row(texts: Sequence[str]) -> bytes:
    """Return a row; raises UnicodeEncodeError for half a character."""
    return b"".join(map(_encode_bytes, map(str.encode, texts)))


def pack_block(rows: Sequence[bytes]) -> bytes:
    """Return encoded rows as one block."""
    packer = zlib.compressobj(1, wbits=-zlib.MAX_WBITS)
    packed = packer.compress(b"".join(rows)) + packer.flush()
    return _encode_long(len(rows)) + _encode_bytes(packed) + _SYNC


def render_header(columns: Iterable[str]) -> bytes:
    """Return what stands before the blocks."""
    fields = [{"name": name, "type": "string"} for name in columns]
    schema = json.dumps({"type": "record", "name": "row", "fields": fields}).encode()
    pairs = ((b"avro.schema", schema), (b"avro.codec", b"deflate"))
    content = b"".join(_encode_bytes(key) + _encode_bytes(value) for key, value in pairs)
    return b"Obj\x01" + _encode_long(len(pairs)) + content + _encode_long(0) + _SYNC


def iter_rows(blocks: bytes, width: int) -> Iterator[list[str]]:
    """Yield the rows of blocks, each of so many texts."""
    at = 0
    while at < len(blocks):
        count, at = _decode_long(blocks, at)
        size, at = _decode_long(blocks, at)
        content, place = zlib.decompress(blocks[at : at + size], wbits=-zlib.MAX_WBITS), 0
        at += size + len(_SYNC)
        for _ in range(count):
            row = []
            for _ in range(width):
                length, place = _decode_long(content, place)
                row.append(content[place : place + length].decode())
                place += length
            yield row


def _encode_bytes(content: bytes) -> bytes:
    length = len(content)
    return (_SHORT[length] if length < len(_SHORT) else _encode_long(length)) + content


def _encode_long(number: int) -> bytes:
    """Return a number from 0 as Avro's variable-length zigzag."""
    number *= 2
    content = bytearray()
    while number > 0x7F:
        content.append(number & 0x7F | 0x80)
        number >>= 7
    content.append(number)
    return bytes(content)


def _decode_long(content: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = content[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number >> 1, at
        shift += 7
