"""Reads a raw body by its media type, so that it can be redacted in its own form."""

import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, unquote_plus

from contracts_runner.dataclass import dataclass
from contracts_runner.late_pattern import compile_late
from contracts_runner.model.data_kinds import DataKind, find_data_kind
from contracts_runner.model.http import find_charset, find_codec, find_xml_charset, strip_parameters
from contracts_runner.redaction.columns import find_in_columns
from contracts_runner.redaction.detectors import find_personal
from contracts_runner.redaction.finder import Finder
from contracts_runner.redaction.json_text import JsonText
from contracts_runner.redaction.mark import Mark
from contracts_runner.redaction.marked_pieces import find_marked, iter_joined_events, iter_texts
from contracts_runner.redaction.named_values import NamedValues
from contracts_runner.redaction.overtime import check_time
from contracts_runner.redaction.pii_marks import Marks, Place
from contracts_runner.redaction.replacement import Span, replace_spans
from contracts_runner.redaction.spelling import unescape
from contracts_runner.redaction.urls import iter_pair_values, redact_pairs

_FORM = "application/x-www-form-urlencoded"
_BINARY = re.compile(r"(?:image|audio|video|font)/(?!svg)|application/(?:pdf|zip|gzip|wasm|vnd\.ms-|x-7z|x-tar)")
_TEXT = re.compile(r"text/|[^/]+/(?:[^/]+\+)?(?:json|xml|yaml|javascript|html)\b|" + re.escape(_FORM))
# Whatever their charset says (RFC 8259 §8.1, HTML §9.2.5).
_OF_UTF_8 = (DataKind.JSON, DataKind.SEQUENCE, DataKind.EVENTS)
# What calls itself a text may be read as a table (`read_as`).
_TABLE = compile_late(r"(?:text|application)/(?:csv|tab-separated-values|plain|octet-stream)")
_LINES = compile_late(r"text/plain|[^/]+/(?:[^/]+\+)?(?:x-)?ya?ml")
# Of JSON and XML.
_ENCODED = re.compile(r"[eWP][A-Pw-z0-9+/_-][A-Za-z0-9+/_-]{14,}={0,2}")
_LETTER = compile_late("[A-Za-z0-9+/_-]")
_URL_SAFE = str.maketrans("-_", "+/")
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_MEDIA_TYPE = compile_late(r"[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,60}")

Hidden = tuple[tuple[str, Mark], ...]


def read_body(body: bytes, content_type: str, marks: Marks, pointer: str) -> "Body":
    """Return the body of any media type; `pointer` leads to its schema ("" without one)."""
    media_type = strip_parameters(content_type)
    if _BINARY.match(media_type):
        return BinaryBody(body, media_type)
    text = _decode(body, content_type, is_text=_TEXT.match(media_type) is not None)
    hidden = _iter_otherwise(body, text, content_type, marks, pointer)
    if text is None:
        return BinaryBody(body, media_type, tuple(hidden))
    return _read_text(text, content_type, marks, pointer, marks.at(pointer), hidden)


def _read_text(
    text: str, content_type: str, marks: Marks, pointer: str, place: Place, hidden: Iterable[tuple[str, Mark]] = ()
) -> "FormBody | JsonBody | TextBody":
    media_type = strip_parameters(content_type)
    if media_type == _FORM:
        return FormBody(text, place, marks.named(""), (*hidden, *_iter_encoded(unquote(text), marks)))
    is_json = media_type.endswith(("/json", "+json")) or text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[", '"')
    if is_json and find_data_kind(content_type) is not DataKind.SEQUENCE:
        parsed = JsonText.parse(text, place)
        if parsed is not None:
            if parsed.encoded is None:
                parsed.encoded = tuple(_iter_encoded(text, marks))
            return JsonBody(parsed, marks.named(""), (*hidden, *parsed.encoded))
    hidden = [*hidden, *_iter_encoded(text, marks)]
    named = marks.named(pointer, is_json=is_json)
    found = [*named.find_in_document(text)]
    for start, end, own_type, own_place in iter_texts(text, content_type, place):
        own = text[start:end]
        marked = (*find_marked(own, own_type, own_place), *_find_named(own, own_type, own_place, named))
        found += ((start + first, start + last, mark) for first, last, mark in marked)
        for document, inner in iter_joined_events(own, own_type, own_place):
            hidden += _iter_hidden(document, inner, named)
    return TextBody(text, tuple(found), tuple(hidden))


def _iter_otherwise(
    body: bytes, text: str | None, content_type: str, marks: Marks, pointer: str
) -> Iterator[tuple[str, Mark]]:
    """Yield what is personal in a body that is read otherwise than it is written down: as UTF-8, whatever its charset
    says, as who reads JSON does, and each part in a charset of its own."""
    plain = _decode_plain(body)
    if plain is not None and plain != text:
        yield from _read_text(plain, content_type, marks, pointer, marks.at(pointer)).iter_personal()
    if find_data_kind(content_type) is DataKind.MULTIPART:
        is_other = text is None or text != plain
        # One letter for each byte.
        for start, end, own_type, place in iter_texts(body.decode("latin-1"), content_type, marks.at(pointer)):
            own = _decode(body[start:end], own_type, is_text=True) if is_other or find_charset(own_type) else None
            if own is not None:
                yield from _read_text(own, own_type, marks, pointer, place).iter_personal()


def _find_named(text: str, content_type: str, place: Place, named: NamedValues) -> Iterator[tuple[int, int, Mark]]:
    media_type = strip_parameters(content_type)
    if _LINES.match(media_type):
        yield from named.find_in_lines(text)
    if _TABLE.match(media_type):
        row = place.item(0)
        yield from find_in_columns(text, lambda name: row.field(name).mark or named.mark_of(name))


def _iter_encoded(text: str, marks: Marks) -> Iterator[tuple[str, Mark]]:
    """Yield what is personal in documents within a text, in base64: it is known then, and found there."""
    text = text.replace("\\/", "/")
    for match in _ENCODED.finditer(text):
        if match.start() and _LETTER.match(text, match.start() - 1):
            continue  # amid a longer run, which is something else
        letters = match[0].rstrip("=").translate(_URL_SAFE)
        raw = binascii.a2b_base64(letters[: len(letters) - (len(letters) % 4 == 1)] + "==")
        document = raw.decode("utf-8", "replace")
        yield from _iter_hidden(document, marks.at(""), marks.named(""))
        yield from ((document[each.start : each.end], Mark(each.kind)) for each in find_personal(document))


def _iter_hidden(document: str, place: Place, named: NamedValues) -> Iterator[tuple[str, Mark]]:
    """Yield what is personal in a document that does not stand in the body as it is."""
    if parsed := JsonText.parse(document, place):
        yield from JsonBody(parsed, named).iter_personal()
    else:
        yield from ((unescape(document[start:end]), mark) for start, end, mark in named.find_in_document(document))


@dataclass(frozen=True, slots=True)
class JsonBody:
    """A JSON body, redacted value by value; `named` finds what is personal within texts, `hidden` is so in another
    spelling."""

    json: JsonText
    named: NamedValues
    hidden: Hidden = ()

    def iter_personal(self) -> Iterator[tuple[str, Mark]]:
        yield from self.hidden
        for _, value, mark in self.json.iter_marked():
            yield value, mark
        named, found = self.json.named
        if named is not self.named:
            found = tuple(self._iter_named())
            self.json.named = self.named, found
        yield from found

    def _iter_named(self) -> Iterator[tuple[str, Mark]]:
        joined = "\0".join(token for token in dict.fromkeys(self.json.tokens) if isinstance(token, str))
        for start, end, mark in self.named.find(joined):
            yield unquote_plus(joined[start:end]), mark

    def redact(self, finder: Finder) -> str:
        state, text = self.json.redacted
        if state == finder.state:
            return text
        state = finder.state
        text = self._redact(finder)
        if state == finder.state:
            self.json.redacted = state, text
        return text

    def _redact(self, finder: Finder) -> str:
        tokens, marked = self.json.tokens, self.json.marked
        replacements = {number: finder.render(value, mark) for number, value, mark in self.json.iter_marked()}
        rest = set(tokens) if not marked else {token for index, token in enumerate(tokens) if index not in marked}
        strings = {token for token in rest if isinstance(token, str)}
        finder.publish(strings - self.json.loose)
        changed: dict[object, str] = dict(finder.redact_all(strings, loose=self.json.loose, named=self.named).items())
        for token in rest:
            check_time()
            form = finder.redact_number(token) if isinstance(token, int) else None
            if form:
                changed[token] = form
        if changed:
            replacements |= {
                index: changed[token] for index, token in enumerate(tokens) if token in changed and index not in marked
            }
        return self.json.splice(replacements)


@dataclass(frozen=True, slots=True)
class FormBody:
    """A form body, redacted field by field; a field that holds JSON is redacted like such a body."""

    text: str
    place: Place
    named: NamedValues
    hidden: Hidden = ()

    def iter_personal(self) -> Iterator[tuple[str, Mark]]:
        yield from self.hidden
        yield from iter_pair_values(self.text, self._find_mark)
        for pair in self.text.split("&"):
            if body := self._read_json(pair):
                yield from body.iter_personal()

    def redact(self, finder: Finder) -> str:
        return "&".join(self._redact_pair(pair, finder) for pair in self.text.split("&"))

    def _redact_pair(self, pair: str, finder: Finder) -> str:
        check_time()
        name, _, value = pair.partition("=")
        body = self._read_json(pair)
        if body is None or self._find_mark(unquote_plus(name)):
            return redact_pairs(pair, self._find_mark, finder)
        redacted = body.redact(finder)
        shown = value if redacted == unquote_plus(value) else redacted
        return redact_pairs(f"{name}=", self._find_mark, finder) + shown

    def _read_json(self, pair: str) -> JsonBody | None:
        name, _, value = pair.partition("=")
        text = unquote_plus(value)
        parsed = JsonText.parse(text, self._find_place(unquote_plus(name))) if text[:1] in ("{", "[") else None
        return JsonBody(parsed, self.named) if parsed else None

    def _find_mark(self, name: str) -> Mark | None:
        return self._find_place(name).mark

    def _find_place(self, name: str) -> Place:
        """Return the place of `name`, `outer[name]` or `outer[0]`."""
        place = self.place
        for part in re.findall(r"[^\[\]]+", name):
            place = place.item(int(part)) if part.isdecimal() else place.field(part)
        return place


@dataclass(frozen=True, slots=True)
class TextBody:
    """Any other text, and JSON that is broken: marked values are found by the names beside them."""

    text: str
    found: tuple[tuple[int, int, Mark], ...]
    hidden: Hidden = ()

    def iter_personal(self) -> Iterator[tuple[str, Mark]]:
        yield from self.hidden
        for start, end, mark in self.found:
            yield unescape(self.text[start:end]), mark
            if '""' in self.text[start:end]:  # of a table
                yield self.text[start:end].replace('""', '"'), mark

    def redact(self, finder: Finder) -> str:
        spans = [
            Span(start, end, finder.render(unescape(self.text[start:end]), mark)) for start, end, mark in self.found
        ]
        return finder.redact(replace_spans(self.text, spans))


@dataclass(frozen=True, slots=True)
class BinaryBody:
    """Bytes that are not text: written as their size and hash."""

    body: bytes
    media_type: str
    hidden: Hidden = ()

    def iter_personal(self) -> Iterator[tuple[str, Mark]]:
        return iter(self.hidden)

    def redact(self, finder: Finder) -> str:  # noqa: ARG002 - nothing of the bytes is written
        media_type = self.media_type if _MEDIA_TYPE.fullmatch(self.media_type) else "unknown type"
        return f"<{len(self.body)} bytes of {media_type}, sha256 {hashlib.sha256(self.body).hexdigest()}>"


Body = JsonBody | FormBody | TextBody | BinaryBody


def _decode(body: bytes, content_type: str, *, is_text: bool) -> str | None:
    """Return the text of a body, None if it is not one. What its character set does not have becomes U+FFFD."""
    if find_data_kind(content_type) in _OF_UTF_8 and (plain := _decode_plain(body)) is not None:
        return plain
    # XML is looked into whatever the body calls itself, by its byte order mark first.
    is_marked = body.startswith(_BYTE_ORDER_MARKS) and b"<" in body[:8]
    stated = None if is_marked else find_charset(content_type)
    charset = stated or find_xml_charset("text/xml", body[:1000].decode("ascii", "replace"))
    try:
        encoding = find_codec(charset) if charset else json.detect_encoding(body)
        text = body.decode(encoding) if encoding else "\0"
    except ValueError:
        text = "\0"
    if "\0" not in text:
        return text
    return body.decode("utf-8", "replace") if is_text else None


def _decode_plain(body: bytes) -> str | None:
    """Return the text of a body that is UTF-8, None if it is not."""
    try:
        text = body.decode()
    except ValueError:
        return None
    return text if "\0" not in text else None
