"""Writes the body of a request in the media type that the document declares (OpenAPI 3.1 §4.8.14, §4.8.15)."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import assert_never
from urllib.parse import quote_plus

from contracts_runner.engine.media_types import BodyKind, choose_media_type, find_body_kind
from contracts_runner.engine.scope import Placeholder
from contracts_runner.engine.styles import (
    Escaping,
    UnsendableError,
    choose_reserved,
    keep_triplets,
    render_json,
    render_pairs,
    render_scalar,
)
from contracts_runner.model.http import (
    MULTIPART,
    find_charset,
    find_codec,
    find_field_fault,
    is_json_type,
    strip_parameters,
)
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Encoding, Operation

# The keys of a part that is bytes.
_BYTES, _ABOUT_BYTES = frozenset({"file", "base64"}), frozenset({"filename", "media_type"})
_PLAIN = Encoding()
# What `allowReserved` leaves as it is in a form; the others would end a field or be read as a blank.
_RESERVED = ":/?#[]@!$'()*,;="


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedBody:
    """The bytes of a body and its Content-Type."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    text: str
    media_type: str = ""
    headers: Mapping[str, Json] = field(default_factory=dict)


def encode_operation_body(operation: Operation, body: Json) -> EncodedBody:
    """Return the body in the operation's media type that fits it; raises UnsendableError."""
    media_type = choose_media_type(operation, body)
    encodings = operation.body.encodings.get(media_type, {}) if operation.body else {}
    return encode_body(body, media_type, encodings)


def encode_body(body: Json, media_type: str, encodings: Mapping[str, Encoding]) -> EncodedBody:
    """Return the body; `encodings` is field -> encoding of a form. Raises UnsendableError."""
    kind = find_body_kind(media_type)
    if kind is not BodyKind.JSON and isinstance(body, Placeholder):
        return EncodedBody(media_type=media_type, content=body.encode())
    charset = find_charset(media_type) or "utf-8"
    match kind:
        case BodyKind.JSON:
            content = _encode_json(body, charset)
        case BodyKind.FORM:
            fields = _read_fields(body, media_type)
            pairs = [pair for name, value in fields for pair in _iter_pairs(name, value, encodings, charset)]
            content = "&".join(pairs).encode("ascii")
        case BodyKind.MULTIPART:
            parts = [
                part for name, value in _read_fields(body, media_type) for part in _iter_parts(name, value, encodings)
            ]
            return _encode_parts(parts)
        case BodyKind.TEXT:
            content = encode_text(_read_text(body, media_type), charset)
        case BodyKind.BYTES:
            raise UnsendableError(f"a text or a value is not a body of the media type {media_type}, which is bytes")
        case _:
            assert_never(kind)
    return EncodedBody(media_type=media_type, content=content)


def encode_text(text: str, charset: str) -> bytes:
    """Return a text in a charset; raises UnsendableError where it cannot hold the text."""
    codec = find_codec(charset)
    if codec is None:
        raise UnsendableError(f"the charset '{charset}' is unknown", is_of_document=True)
    try:
        return text.encode(codec)
    except UnicodeError:
        raise UnsendableError(f"the charset {charset} cannot hold the text") from None


def _encode_json(body: Json, charset: str) -> bytes:
    try:
        return encode_text(render_json(body), charset)
    except UnsendableError as error:
        if error.is_of_document:
            raise
        # What the charset lacks has an escape in JSON.
        return encode_text(render_json(body, is_ascii=True), charset)


def _read_text(body: Json, media_type: str) -> str:
    if not isinstance(body, str):
        raise UnsendableError(f"a body of the media type {media_type} is a text")
    return body


def _read_fields(body: Json, media_type: str) -> list[tuple[str, Json]]:
    """Return the fields of a form; null is left out."""
    if not isinstance(body, Mapping):
        raise UnsendableError(f"a body of the media type {media_type} is a mapping of fields")
    if find_body_kind(media_type) is BodyKind.MULTIPART and strip_parameters(media_type) != MULTIPART:
        raise UnsendableError(f"bodies of the media type {media_type} cannot be sent", is_of_document=True)
    return [(str(name), value) for name, value in body.items() if value is not None]


def _iter_pairs(name: str, value: Json, encodings: Mapping[str, Encoding], charset: str) -> Iterator[str]:
    """Yield the pairs of one field of a form."""
    encoding = encodings.get(name, _PLAIN)
    try:
        escape = partial(_escape, charset=charset)
        keeping = partial(
            keep_triplets, escape=partial(_escape, charset=charset, safe=choose_reserved(_RESERVED, value))
        )
        escaping = Escaping(escape, keeping if encoding.is_reserved_allowed else escape)
        for key, text in _list_pairs(name, value, encoding, escaping):
            yield f"{key}={text}"
    except UnsendableError as error:
        raise _name_field(error, name) from None


def _list_pairs(name: str, value: Json, encoding: Encoding, escaping: Escaping) -> list[tuple[str, str]]:
    if encoding.style is not None:
        return render_pairs(name, value, style=encoding.style, explode=encoding.explode, escaping=escaping)
    texts = [_render_field(item, encoding.media_type) for item in _list_items(value)]
    return [(escaping.name(name), escaping.value(text)) for text in texts]


def _list_items(value: Json) -> list[Json]:
    """Return the values that go out for a field, one after the other; null is left out."""
    return [item for item in (value if isinstance(value, list) else [value]) if item is not None]


def _render_field(value: Json, media_type: str) -> str:
    """Return one value of a field: a scalar as JSON writes it, an object as JSON text."""
    if is_json_type(media_type):
        return render_json(value)
    if not isinstance(value, Mapping | list):
        return render_scalar(value)
    if media_type:
        raise UnsendableError(f"an object cannot be sent as {media_type}")
    return render_json(value)


def _escape(text: str, *, charset: str, safe: str = "") -> str:
    encode_text(text, charset)
    return quote_plus(text, safe=safe, encoding=charset)


def _iter_parts(name: str, value: Json, encodings: Mapping[str, Encoding]) -> Iterator[_Part]:
    """Yield the parts of one field of multipart/form-data; a list is one part for each item (RFC 7578 §4.3)."""
    encoding = encodings.get(name, _PLAIN)
    try:
        if encoding.style is not None:
            pairs = render_pairs(
                name, value, style=encoding.style, explode=encoding.explode, escaping=Escaping(str, str)
            )
            yield from (_Part(key, text, headers=encoding.headers) for key, text in pairs)
            return
        for item in _list_items(value):
            _refuse_bytes(item)
            media_type = _choose_part_type(item, encoding.media_type)
            yield _Part(name, _render_field(item, media_type), media_type, encoding.headers)
    except UnsendableError as error:
        raise _name_field(error, name) from None


def _refuse_bytes(value: Json) -> None:
    if isinstance(value, Mapping) and value.keys() & _BYTES and value.keys() <= _BYTES | _ABOUT_BYTES:
        raise UnsendableError("parts of {file} or {base64} cannot be sent")


def _choose_part_type(value: Json, declared: str) -> str:
    """Return the first of the types of `contentType`, "" for the default of a part, which is text."""
    names = [name.strip() for name in declared.split(",") if name.strip() and "*" not in name]
    if names:
        return names[0]
    return "application/json" if isinstance(value, Mapping | list) else ""


def _encode_parts(parts: list[_Part]) -> EncodedBody:
    rendered = [_encode_part(part) for part in parts]
    digest = hashlib.sha256(b"\0".join(rendered)).hexdigest()
    # Made of the content: a dry run, a run and a recording show the same bytes.
    boundary = next(mark for mark in _iter_boundaries(digest) if not any(mark.encode() in part for part in rendered))
    content = b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in rendered)
    return EncodedBody(media_type=f"{MULTIPART}; boundary={boundary}", content=content + f"--{boundary}--\r\n".encode())


def _iter_boundaries(digest: str) -> Iterator[str]:
    return (f"contracts-{digest[start : start + 32]}" for start in range(32))


def _encode_part(part: _Part) -> bytes:
    try:
        name = part.name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        lines = [f'Content-Disposition: form-data; name="{name}"']
        lines += [f"Content-Type: {part.media_type}"] if part.media_type else []
        lines += [f"{header}: {_render_header(header, value)}" for header, value in part.headers.items()]
        content = encode_text(part.text, find_charset(part.media_type) or "utf-8")
    except UnsendableError as error:
        raise _name_field(error, part.name) from None
    return "\r\n".join([*lines, "", ""]).encode() + content


def _render_header(name: str, value: Json) -> str:
    if value is None:
        raise UnsendableError(
            f"the document requires the header {name} of the part and gives no value for it", is_of_document=True
        )
    text = render_scalar(value)
    if fault := find_field_fault(text):
        raise UnsendableError(f"the header {name} of the part cannot hold {fault}", is_of_document=True)
    return text


def _name_field(error: UnsendableError, name: str) -> UnsendableError:
    return UnsendableError(f"the field '{name}': {error}", is_of_document=error.is_of_document, field=name)
