"""Writes multipart/form-data: a part for each field, or for each item of a list (RFC 7578)."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import PurePosixPath

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.body_fields import encode_text, list_items, name_field, read_bytes, render_field
from contracts_runner.engine.media_types import is_bytes
from contracts_runner.engine.styles import Escaping, UnsendableError, render_pairs, render_scalar
from contracts_runner.model.http import BYTES, JSON, MULTIPART, TOKEN, find_charset, find_field_fault
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Encoding
from contracts_runner.project.files import ProjectFiles
from contracts_runner.reading.suggest import suggest

# What a part of bytes may say beside them.
PART_KEYS = frozenset({"filename", "media_type"})
_PLAIN = Encoding()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body; a text is written in the charset that its media type names."""

    name: str
    content: str | bytes
    media_type: str = ""
    headers: Mapping[str, Json] = field(default_factory=dict)
    filename: str = ""


def iter_parts(name: str, value: Json, encodings: Mapping[str, Encoding], files: ProjectFiles) -> Iterator[Part]:
    """Yield the parts of one field of multipart/form-data; a list is one part for each item (RFC 7578 §4.3)."""
    encoding = encodings.get(name, _PLAIN)
    try:
        if encoding.style is not None and not any(is_bytes(item, PART_KEYS) for item in list_items(value)):
            pairs = render_pairs(
                name, value, style=encoding.style, explode=encoding.explode, escaping=Escaping(str, str)
            )
            yield from (Part(key, text, headers=encoding.headers) for key, text in pairs)
            return
        for item in list_items(value):
            if is_bytes(item, PART_KEYS):
                yield _build_file_part(name, item, encoding, files)
                continue
            _refuse_misspelt(item)
            media_type = choose_part_type(item, encoding.media_type)
            yield Part(name, render_field(item, media_type), media_type, encoding.headers)
    except UnsendableError as error:
        raise name_field(error, name) from None


def _refuse_misspelt(value: Json) -> None:
    """Raise UnsendableError for what is likely meant to be a part of bytes: any other object is JSON."""
    if isinstance(value, Mapping) and value.keys() & {"file", "base64"}:
        for key in value.keys() - {"file", "base64", *PART_KEYS}:
            if hint := suggest(key, sorted(PART_KEYS)):
                raise UnsendableError(f"a part of bytes has no key '{key}'; {hint}")


def _build_file_part(name: str, value: Mapping[str, Json], encoding: Encoding, files: ProjectFiles) -> Part:
    """Return a part of bytes; a file has its own name if it is given no other."""
    filename = value.get("filename", PurePosixPath(str(value.get("file", ""))).name)
    media_type = choose_part_type(value, encoding.media_type)
    if not isinstance(filename, str) or not isinstance(media_type, str):
        raise UnsendableError("`filename` and `media_type` are texts")
    if not re.fullmatch(rf"{TOKEN}/{TOKEN}(\s*;.*)?", media_type):
        raise UnsendableError(f"'{media_type}' is not a media type; write one such as image/png")
    return Part(name, read_bytes(value, files), media_type, encoding.headers, filename)


def choose_part_type(value: Json, declared: str) -> str:
    """Return what a part of bytes says itself, else the first of the types of `contentType`; "" for the default of a
    part, which is text."""
    own = value.get("media_type", "") if is_bytes(value, PART_KEYS) else ""
    names = [name for name in split_types(declared) if "*" not in name]
    if own or names:
        return own or names[0]
    if is_bytes(value, PART_KEYS):
        return BYTES
    return JSON if isinstance(value, Mapping | list) else ""


def split_types(declared: str) -> list[str]:
    """Return the media types of `contentType`."""
    return [name.strip() for name in declared.split(",") if name.strip()]


def encode_parts(parts: list[Part]) -> tuple[str, bytes]:
    """Return the media type, with the boundary, and the bytes."""
    rendered = [_encode_part(part) for part in parts]
    digest = hashlib.sha256(b"\0".join(rendered)).hexdigest()
    # Made of the content: a dry run, a run and a recording show the same bytes.
    boundary = next(mark for mark in _iter_boundaries(digest) if not any(mark.encode() in part for part in rendered))
    content = b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in rendered)
    return f"{MULTIPART}; boundary={boundary}", content + f"--{boundary}--\r\n".encode()


def _iter_boundaries(digest: str) -> Iterator[str]:
    return (f"contracts-{digest[start : start + 32]}" for start in range(32))


def _encode_part(part: Part) -> bytes:
    try:
        about = f'form-data; name="{_quote(part.name)}"'
        about += f'; filename="{_quote(part.filename)}"' if part.filename else ""
        lines = [f"Content-Disposition: {about}"]
        lines += [f"Content-Type: {part.media_type}"] if part.media_type else []
        lines += [f"{header}: {_render_header(header, value)}" for header, value in part.headers.items()]
        content = part.content
        if isinstance(content, str):
            content = encode_text(content, find_charset(part.media_type) or "utf-8")
    except UnsendableError as error:
        raise name_field(error, part.name) from None
    return "\r\n".join([*lines, "", ""]).encode() + content


def _quote(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _render_header(name: str, value: Json) -> str:
    if value is None:
        raise UnsendableError(
            f"the document requires the header {name} of the part and gives no value for it", is_of_document=True
        )
    text = render_scalar(value)
    if fault := find_field_fault(text):
        raise UnsendableError(f"the header {name} of the part cannot hold {fault}", is_of_document=True)
    return text
