"""Reads bodies that are not JSON as data, where that has one meaning (docs/design.md, Answers)."""

import csv
from collections import Counter
from collections.abc import Callable
from io import StringIO
from typing import assert_never
from urllib.parse import parse_qsl

from contracts_runner.engine.media_types import BodyKind, find_body_kind
from contracts_runner.engine.received_parts import Part, PartsError, split_parts
from contracts_runner.model.data_kinds import DataKind, find_data_kind
from contracts_runner.model.event_stream import EventReader
from contracts_runner.model.http import find_charset, find_codec
from contracts_runner.model.json import Json

_RECORD_SEPARATOR = b"\x1e"  # RFC 7464
_MOST_EVENTS = 500_000  # each takes far more memory than the shortest bytes of one
_MOST_LEVELS = 5  # of multipart in multipart: each is read again whole


class AmbiguousError(ValueError):
    """A body that has no single meaning as data; the message says why."""


def decode_text(body: bytes, content_type: str) -> str:
    """Return a body as text in the charset that its media type names, else UTF-8, without a byte order mark; raises
    AmbiguousError."""
    charset = find_charset(content_type) or "utf-8"
    codec = find_codec(charset)
    if codec is None:
        raise AmbiguousError(f"the charset '{charset}' is not one of those that are read")
    try:
        return body.decode(codec).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise AmbiguousError(f"the body is not text in {charset}") from None


def read_sequence(body: bytes, parse: Callable[[bytes], Json]) -> Json:
    """Return the values of NDJSON or of a JSON text sequence; blank lines are none. Raises what `parse` raises."""
    separator = _RECORD_SEPARATOR if body.startswith(_RECORD_SEPARATOR) else b"\n"
    return [parse(part) for part in body.split(separator) if part.strip()]


def read_table(text: str) -> Json:
    """Return the rows of CSV as objects by the header line, their cells as texts (RFC 4180); raises AmbiguousError."""
    try:
        header, *rows = [row for row in csv.reader(StringIO(text, newline=""), strict=True) if row] or [[]]
    except csv.Error as error:
        raise AmbiguousError(f"the body is not CSV: {error}") from None
    if twice := [name for name, count in Counter(header).items() if count > 1]:
        raise AmbiguousError(f"the header line of the CSV has the name '{twice[0]}' twice")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise AmbiguousError(f"row {number} of the CSV has {len(row)} cells, its header line {len(header)}")
    return [dict(zip(header, row, strict=True)) for row in rows]


def read_form(text: str) -> Json:
    """Return form data as an object of texts; of a repeated name the list of its values."""
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def read_events(body: bytes) -> Json:
    """Return server-sent events as objects of texts, null for what an event does not have; raises AmbiguousError."""
    reader = EventReader(_MOST_EVENTS)
    reader.read(body)
    if reader.has_all:
        raise AmbiguousError(f"the body has {_MOST_EVENTS:,} events or more, which are not read")
    return [
        {name: None if value is None else decode_text(value, "") for name, value in event.items()}
        for event in reader.events
    ]


def read_parts(body: bytes, content_type: str, parse: Callable[[bytes], Json], levels: int) -> Json:
    """Return the parts of a multipart body, each with its body read as its own media type says: as data, else as text;
    of what is neither one character for each byte. Raises AmbiguousError, and what `parse` raises."""
    if not levels:
        raise AmbiguousError(f"the body is multipart in multipart, more than {_MOST_LEVELS} deep")
    try:
        parts = split_parts(body, content_type)
    except PartsError as error:
        raise AmbiguousError(str(error)) from None
    return [
        {
            "name": part.parameters.get("name"),
            "filename": part.parameters.get("filename"),
            "headers": part.headers,
            "body": _read_part(part, parse, levels - 1),
        }
        for part in parts
    ]


def _read_part(part: Part, parse: Callable[[bytes], Json], levels: int) -> Json:
    content_type = part.header("content-type") or "text/plain"  # RFC 2046 §5.1
    if kind := find_data_kind(content_type):
        return read_data(kind, part.body, content_type, parse, levels)
    if find_body_kind(content_type) is BodyKind.TEXT:
        return decode_text(part.body, content_type)
    return part.body.decode("latin-1")


def read_data(
    kind: DataKind, body: bytes, content_type: str, parse: Callable[[bytes], Json], levels: int = _MOST_LEVELS
) -> Json:
    """Return a body as data; `parse` reads one JSON text. Raises AmbiguousError, and what `parse` raises."""
    match kind:
        case DataKind.JSON:
            return parse(body)
        case DataKind.SEQUENCE:
            return read_sequence(body, parse)
        case DataKind.CSV:
            return read_table(decode_text(body, content_type))
        case DataKind.FORM:
            return read_form(decode_text(body, content_type))
        case DataKind.EVENTS:
            return read_events(body)
        case DataKind.MULTIPART:
            return read_parts(body, content_type, parse, levels)
        case _:
            assert_never(kind)
