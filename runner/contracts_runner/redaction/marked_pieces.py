"""Finds what a schema marks in texts that hold several values one after the other: sequences of JSON, server-sent
events, multipart; and the whole of a text that is marked itself."""

import re
from collections.abc import Iterator

from contracts_runner.model.data_kinds import DataKind, find_data_kind
from contracts_runner.model.http import parse_media_type
from contracts_runner.redaction.json_text import JsonText
from contracts_runner.redaction.mark import Mark
from contracts_runner.redaction.pii_marks import Place

_RECORD_SEPARATOR = "\x1e"
_LINE, _RECORD = re.compile(r"[^\r\n]+"), re.compile(r"[^\x1e]+")
_FIELD = re.compile(r"^(data|event|id):[ ]?([^\r\n]*)", re.MULTILINE)
_HEAD = re.compile(r"\r?\n((?:[^\r\n]+\r?\n)*+)\r?\n")
_DISPOSITION = re.compile(r"^content-disposition[ \t]*:([^\r\n]*)", re.MULTILINE | re.IGNORECASE)

_Piece = tuple[int, int, Place]


def find_marked(text: str, content_type: str, place: Place) -> Iterator[tuple[int, int, Mark]]:
    """Yield (start, end, mark) of what is marked in a text that `place` describes."""
    for start, end, inner in _iter_pieces(text, content_type, place):
        is_json = text[start:end].lstrip()[:1] in ("{", "[", '"')
        parsed = JsonText.parse(text[start:end], inner) if is_json else None
        if parsed:
            yield from ((start + first, start + last, mark) for first, last, mark in parsed.iter_spans())
        elif inner.mark:
            yield start, end, inner.mark


def _iter_pieces(text: str, content_type: str, place: Place) -> Iterator[_Piece]:
    # A schema is about the list of the pieces, or about each.
    item = each if (each := place.item(0)).is_described else place
    match find_data_kind(content_type):
        case DataKind.SEQUENCE:
            pattern = _RECORD if text.startswith(_RECORD_SEPARATOR) else _LINE
            yield from ((*match.span(), item) for match in pattern.finditer(text))
        case DataKind.EVENTS:
            yield from ((*match.span(2), item.field(match[1])) for match in _FIELD.finditer(text))
        case DataKind.MULTIPART:
            yield from _iter_parts(text, content_type, place)
        case _ if place.mark:
            yield 0, len(text), place


def _iter_parts(text: str, content_type: str, place: Place) -> Iterator[_Piece]:
    """Yield what the parts hold: each is described by its name, or as an item of the list."""
    boundary = re.escape(parse_media_type(content_type)[1].get("boundary", ""))
    begin = len(text)
    for match in re.finditer(rf"(?:\A|\r?\n)--{boundary}(?:--)?[ \t]*(?=\r?\n|\Z)", text):
        if head := _HEAD.match(text, begin, max(begin, match.start())):
            disposition = _DISPOSITION.search(head[1])
            name = parse_media_type(disposition[1])[1].get("name") if disposition else None
            named = place.field(name) if name is not None else place.item(0)
            yield head.end(), match.start(), named if named.is_described else place.item(0)
        begin = match.end()
