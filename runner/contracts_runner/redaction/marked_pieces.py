"""Finds what a schema marks in texts that hold several values one after the other: sequences of JSON, server-sent
events, multipart, each part of its own type; and the whole of a text that is marked itself."""

import re
from collections.abc import Iterator

from contracts_runner.late_pattern import compile_late
from contracts_runner.model.data_kinds import DataKind, find_data_kind
from contracts_runner.model.http import parse_media_type
from contracts_runner.redaction.json_text import JsonText
from contracts_runner.redaction.mark import Mark
from contracts_runner.redaction.pii_marks import Place

_RECORD_SEPARATOR = "\x1e"
_LINE, _RECORD = compile_late(r"[^\r\n]+"), compile_late(r"[^\x1e]+")
_FIELD = compile_late(r"(?:^\ufeff?|(?<=\r))(data|event|id):[ ]?([^\r\n]*)", re.MULTILINE)
_EVENT_END = compile_late(r"\r\n\r\n|\n\n|\r\r")
_HEAD = compile_late(r"\r?\n((?:[^\r\n]+\r?\n)*+)\r?\n")
_DISPOSITION = compile_late(r"^content-disposition[ \t]*:([^\r\n]*)", re.MULTILINE | re.IGNORECASE)
_TYPE = compile_late(r"^content-type[ \t]*:([^\r\n]*)", re.MULTILINE | re.IGNORECASE)
_MOST_LEVELS = 5

# Where it begins and ends, its Content-Type, and what describes it.
Text = tuple[int, int, str, Place]
_Piece = tuple[int, int, Place]


def find_marked(text: str, content_type: str, place: Place) -> Iterator[tuple[int, int, Mark]]:
    """Yield (start, end, mark) of what is marked in a text that `place` describes, and that is no multipart."""
    for start, end, inner in _iter_pieces(text, content_type, place):
        is_json = text[start:end].lstrip()[:1] in ("{", "[", '"')
        parsed = JsonText.parse(text[start:end], inner) if is_json else None
        if parsed:
            yield from ((start + first, start + last, mark) for first, last, mark in parsed.iter_spans())
        elif inner.mark:
            yield start, end, inner.mark


def iter_texts(text: str, content_type: str, place: Place, levels: int = _MOST_LEVELS) -> Iterator[Text]:
    """Yield a text, or the parts of a multipart body and their parts."""
    if find_data_kind(content_type) is not DataKind.MULTIPART or not levels:
        yield 0, len(text), content_type, place
        return
    for start, end, own_type, own_place in _iter_parts(text, content_type, place):
        for first, last, inner_type, inner in iter_texts(text[start:end], own_type, own_place, levels - 1):
            yield start + first, start + last, inner_type, inner


def iter_joined_events(text: str, content_type: str, place: Place) -> Iterator[tuple[str, Place]]:
    """Yield the data of each event of a stream that stands in several lines."""
    if find_data_kind(content_type) is DataKind.EVENTS:
        data = _find_item(place).field("data")
        for event in _EVENT_END.split(text):
            lines = [match[2] for match in _FIELD.finditer(event) if match[1] == "data"]
            if len(lines) > 1:
                yield "\n".join(lines), data


def _iter_pieces(text: str, content_type: str, place: Place) -> Iterator[_Piece]:
    match find_data_kind(content_type):
        case DataKind.SEQUENCE:
            pattern = _RECORD if text.startswith(_RECORD_SEPARATOR) else _LINE
            yield from ((*match.span(), _find_item(place)) for match in pattern.finditer(text))
        case DataKind.EVENTS:
            item = _find_item(place)
            yield from ((*match.span(2), item.field(match[1])) for match in _FIELD.finditer(text))
        case _:
            yield 0, len(text), place


def _find_item(place: Place) -> Place:
    """Return the place of each of several pieces: a schema is about the list of them, or about each."""
    return each if (each := place.item(0)).is_described else place


def _iter_parts(text: str, content_type: str, place: Place) -> Iterator[Text]:
    """Yield what the parts hold: each is described by its name, or as an item of the list."""
    boundary = re.escape(parse_media_type(content_type)[1].get("boundary", ""))
    begin = len(text)
    for match in re.finditer(rf"(?:\A|\r?\n)--{boundary}(?:--)?[ \t]*(?=\r?\n|\Z)", text):
        if head := _HEAD.match(text, begin, max(begin, match.start())):
            disposition, own_type = _DISPOSITION.search(head[1]), _TYPE.search(head[1])
            name = parse_media_type(disposition[1])[1].get("name") if disposition else None
            named = place.field(name) if name is not None else place.item(0)
            own_place = named if named.is_described or named.mark else place.item(0)
            yield head.end(), match.start(), own_type[1].strip() if own_type else "text/plain", own_place
        begin = match.end()
