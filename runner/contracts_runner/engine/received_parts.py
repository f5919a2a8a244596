"""Reads a multipart body that came as its parts (RFC 2046 §5.1, RFC 7578), in time in proportion to its size."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from contracts_runner.late_pattern import compile_late
from contracts_runner.model.http import find_codec, parse_media_type

# Each is a value with several members; and the head of each is searched for parameters.
_MOST_PARTS = 10_000
_LONGEST_HEAD = 16 * 1024
_HEAD = compile_late(rb"\r?\n((?:[^\r\n]+\r?\n)*+)\r?\n")
_LINE = compile_late(r"([^:\s]+)[ \t]*:[ \t]*(.*?)[ \t]*")
_FOLD = compile_late(r"\r?\n[ \t]+")


class PartsError(ValueError):
    """A body that is no multipart, or one with too many parts."""


class Part(NamedTuple):
    """One part; a name that occurs twice among its headers has their values joined by ", "."""

    headers: dict[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """Return the value of a header, "" without one."""
        return next((value for key, value in self.headers.items() if key.lower() == name), "")

    @property
    def parameters(self) -> dict[str, str]:
        """The `name` and the `filename` of its Content-Disposition, as far as they are there (RFC 6266)."""
        found = parse_media_type(self.header("content-disposition"))[1]
        charset, _, extended = found.get("filename*", "").partition("'")
        codec = find_codec(charset)
        if codec and "'" in extended:
            found["filename"] = unquote(extended.partition("'")[2], encoding=codec)
        return found


def split_parts(body: bytes, content_type: str) -> list[Part]:
    """Return the parts; raises PartsError."""
    boundary = parse_media_type(content_type)[1].get("boundary")
    if not boundary:
        raise PartsError("the media type of the body names no boundary")
    delimiter = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary.encode()) + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    return list(_iter_parts(body, delimiter))


def _iter_parts(body: bytes, delimiter: re.Pattern[bytes]) -> Iterator[Part]:
    begin: int | None = None
    for count, match in enumerate(delimiter.finditer(body)):
        if begin is not None:
            yield _build_part(body[begin : match.start()], count)
        if match[1]:
            return
        if count == _MOST_PARTS:
            raise PartsError(f"the body has more than {_MOST_PARTS:,} parts")
        begin = match.end()
    raise PartsError("the body ends before the last boundary" if begin is not None else "the body has no boundary")


def _build_part(content: bytes, number: int) -> Part:
    head = _HEAD.match(content)
    if head is None:
        raise PartsError(f"part {number} of the body has no empty line behind its headers")
    if len(head[1]) > _LONGEST_HEAD:
        raise PartsError(f"the headers of part {number} are longer than {_LONGEST_HEAD:,} bytes")
    headers: dict[str, str] = {}
    for line in filter(None, re.split(r"\r?\n", _FOLD.sub(" ", _decode(head[1])))):
        found = _LINE.fullmatch(line)
        if found is None:
            raise PartsError(f"part {number} of the body has a header without a colon")
        name = next((name for name in headers if name.lower() == found[1].lower()), found[1])
        headers[name] = f"{headers[name]}, {found[2]}" if name in headers else found[2]
    return Part(headers, content[head.end() :])


def _decode(head: bytes) -> str:
    try:
        return head.decode()
    except UnicodeDecodeError:
        return head.decode("latin-1")
