"""Writes the body of a request in the media type that the document declares (OpenAPI 3.1 §4.8.14, §4.8.15)."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import assert_never
from urllib.parse import quote_plus

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.body_fields import (
    encode_text,
    find_text_charset,
    list_items,
    name_field,
    read_bytes,
    render_field,
)
from contracts_runner.engine.media_types import (
    BodyKind,
    choose_media_type,
    find_body_kind,
    find_schema_key,
    is_bytes,
)
from contracts_runner.engine.multipart import encode_parts, iter_parts
from contracts_runner.engine.scope import Placeholder
from contracts_runner.engine.styles import (
    Escaping,
    UnsendableError,
    choose_reserved,
    keep_triplets,
    render_json,
    render_pairs,
)
from contracts_runner.model.http import (
    MULTIPART,
    find_charset,
    strip_parameters,
)
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Encoding, Operation
from contracts_runner.project.files import NO_FILES, ProjectFiles

_PLAIN = Encoding()
# What `allowReserved` leaves as it is in a form; the others would end a field or be read as a blank.
_RESERVED = ":/?#[]@!$'()*,;="


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedBody:
    """The bytes of a body and its Content-Type."""

    media_type: str
    content: bytes


def encode_operation_body(
    operation: Operation, body: Json, media_type: str = "", files: ProjectFiles = NO_FILES
) -> EncodedBody:
    """Return the body in a media type, or that of the operation which fits it; raises UnsendableError."""
    media_type = choose_media_type(operation, body, media_type)
    if "*" in media_type:
        raise UnsendableError(f"the document leaves the type of the body open ({media_type}); write `media_type`")
    declared = find_schema_key(operation, media_type)
    encodings = operation.body.encodings.get(declared or "", {}) if operation.body else {}
    return encode_body(body, media_type, encodings, files)


def encode_body(
    body: Json, media_type: str, encodings: Mapping[str, Encoding], files: ProjectFiles = NO_FILES
) -> EncodedBody:
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
            fields = _read_fields(body, media_type)
            parts = [part for name, value in fields for part in iter_parts(name, value, encodings, files)]
            media_type, content = encode_parts(parts)
        case BodyKind.TEXT:
            text = _read_text(body, media_type)
            content = encode_text(text, find_text_charset(media_type, text))
        case BodyKind.BYTES:
            if not is_bytes(body):
                raise UnsendableError(
                    f"a body of the media type {media_type} is bytes: write {{file: path}} or {{base64: …}}"
                )
            content = read_bytes(body, files)
        case _:
            assert_never(kind)
    return EncodedBody(media_type=media_type, content=content)


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
        hint = "; `body_file` takes it from a file" if is_bytes(body) else ""
        raise UnsendableError(f"a body of the media type {media_type} is a text{hint}")
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
        raise name_field(error, name) from None


def _list_pairs(name: str, value: Json, encoding: Encoding, escaping: Escaping) -> list[tuple[str, str]]:
    if encoding.style is not None:
        return render_pairs(name, value, style=encoding.style, explode=encoding.explode, escaping=escaping)
    texts = [render_field(item, encoding.media_type) for item in list_items(value)]
    return [(escaping.name(name), escaping.value(text)) for text in texts]


def _escape(text: str, *, charset: str, safe: str = "") -> str:
    encode_text(text, charset)
    return quote_plus(text, safe=safe, encoding=charset)
