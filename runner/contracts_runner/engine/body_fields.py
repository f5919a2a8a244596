"""What the fields of forms and the parts of multipart bodies are written from: texts in a charset, values, bytes."""

import base64
from collections.abc import Mapping

from contracts_runner.engine.scope import Placeholder
from contracts_runner.engine.styles import UnsendableError, render_json, render_scalar
from contracts_runner.model.http import find_charset, find_codec, find_xml_charset, is_json_type
from contracts_runner.model.json import Json
from contracts_runner.project.files import FileError, ProjectFiles


def encode_text(text: str, charset: str) -> bytes:
    """Return a text in a charset; raises UnsendableError where it cannot hold the text."""
    codec = find_codec(charset)
    if codec is None:
        raise UnsendableError(f"the charset '{charset}' is unknown", is_of_document=True)
    try:
        return text.encode(codec)
    except UnicodeError:
        raise UnsendableError(f"the charset {charset} cannot hold the text") from None


def find_text_charset(media_type: str, text: str) -> str:
    """Return the charset of a text: that of its media type, else that which XML declares (RFC 7303 §3), else UTF-8."""
    return find_charset(media_type) or find_xml_charset(media_type, text) or "utf-8"


def read_bytes(value: Mapping[str, Json], files: ProjectFiles) -> bytes:
    """Return the bytes that {file: …} or {base64: …} stands for; raises UnsendableError."""
    key, *others = (key for key in ("file", "base64") if key in value)
    text = value[key]
    if others:
        raise UnsendableError("`file` and `base64` are two contents; write one of them")
    if not isinstance(text, str):
        raise UnsendableError(f"`{key}` is a text")
    if isinstance(text, Placeholder):
        return text.encode()
    try:
        return files.read(text) if key == "file" else base64.b64decode("".join(text.split()), validate=True)
    except FileError as error:
        raise UnsendableError(str(error)) from None
    except ValueError:
        raise UnsendableError("`base64` is not base64") from None


def list_items(value: Json) -> list[Json]:
    """Return the values that go out for a field, one after the other; null is left out."""
    return [item for item in (value if isinstance(value, list) else [value]) if item is not None]


def render_field(value: Json, media_type: str) -> str:
    """Return one value of a field: a scalar as JSON writes it, an object as JSON text."""
    if is_json_type(media_type):
        return render_json(value)
    if not isinstance(value, Mapping | list):
        return render_scalar(value)
    if media_type:
        raise UnsendableError(f"an object cannot be sent as {media_type}")
    return render_json(value)


def name_field(error: UnsendableError, name: str) -> UnsendableError:
    return UnsendableError(f"the field '{name}': {error}", is_of_document=error.is_of_document, field=name)
