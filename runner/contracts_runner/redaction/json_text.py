"""JSON text in which single values are replaced and everything else stays byte for byte as the service sent it."""

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from functools import lru_cache
from typing import Any

from msgspec import Struct

from contracts_runner.dataclass import dataclass
from contracts_runner.late_pattern import compile_late
from contracts_runner.redaction.mark import Mark
from contracts_runner.redaction.pii_marks import Place
from contracts_runner.results.lines import encode_row, list_fields, list_members

# A JSON value, with an object as the tuple of its pairs: so a name that occurs twice is not lost.
Node = Any

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|-?(?:[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|Infinity)|NaN', re.DOTALL)
_TOKENS = compile_late(f"({_TOKEN.pattern})", re.DOTALL)
_KEY_END = compile_late(r"[ \t\r\n]*:")
_REMEMBERED_CHARACTERS = 2 * 1024 * 1024
# JSON permits them in a string; they steer terminals (C1), change the order of what is read, end lines, or have no
# UTF-8 form. C0 controls are always escaped.
_UNSAFE = compile_late(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)


@lru_cache(maxsize=4096)  # most are the same few forms
def encode_string(text: str) -> str:
    """Return a JSON string literal: readable, in one line, and always encodable."""
    return escape_unsafe(json.dumps(text, ensure_ascii=False))


def escape_unsafe(text: str) -> str:
    """Escape what JSON may contain but a terminal, a line or a file may not: the JSON means the same."""
    if text.isascii() and "\x7f" not in text:
        return text
    return _UNSAFE.sub(lambda match: json.dumps(match[0])[1:-1], text)


def render_document(value: object, *, levels: int) -> str:
    """Return a JSON document, or the rows in one, for people and programs: the outermost levels with a line for each
    member, what lies deeper in one line. The library's encoder, many times as fast as one that indents, writes nearly
    all of it."""
    return escape_unsafe(_render_level(value, levels, "\n", list_fields)) + "\n"


def iter_results(results: Struct, *, levels: int) -> Iterator[str]:
    """Yield results.json as `render_document` writes it, a piece for each row: one text is several times its size. The
    levels are those of steps and their fields at least: these have an order of their own."""
    for piece in _iter_level(results, levels, "\n", 2):
        yield escape_unsafe(piece)
    yield "\n"


def _iter_level(value: Any, levels: int, indent: str, depth: int) -> Iterator[str]:
    members = list_members(value) if isinstance(value, Struct) else value
    if not depth or not members or not isinstance(members, dict | list | tuple):
        yield _render_level(value, levels, indent, list_members)
        return
    named = isinstance(members, dict)
    before, inner = "{" if named else "[", indent + "  "
    for name, item in members.items() if isinstance(members, dict) else enumerate(members):
        yield before + inner + (f"{encode_row(name)}: " if named else "")
        yield from _iter_level(item, levels - 1, inner, depth - 1)
        before = ","
    yield indent + ("}" if named else "]")


def _render_level(value: Any, levels: int, indent: str, open_struct: Callable[[Struct], dict[str, Any]]) -> str:
    """Return a value; `indent` is a line end and the blanks before what ends it."""
    if levels and isinstance(value, Struct):
        value = open_struct(value)
    if not levels or not value or not isinstance(value, dict | list | tuple):
        return encode_row(value)
    inner = indent + "  "
    if isinstance(value, dict):
        rows = [
            f"{encode_row(name)}: {_render_level(item, levels - 1, inner, open_struct)}" for name, item in value.items()
        ]
        return f"{{{inner}{f',{inner}'.join(rows)}{indent}}}"
    rows = [_render_level(item, levels - 1, inner, open_struct) for item in value]
    return f"[{inner}{f',{inner}'.join(rows)}{indent}]"


@dataclass(slots=True)
class JsonText:
    """A JSON text, its tokens and its marks.

    `tokens` are the names, strings and numbers in the order of the text, decoded. `marked` holds the marks of tokens by
    their number. `loose` holds the strings where no schema describes anything. `encoded` is what is personal in a code
    within it, None until somebody has looked. `named` is what names within its texts say is personal, with what knows
    these names; `redacted` is the redacted text with the state of the finder that made it.
    """

    text: str
    tokens: list[str | int | float] = field(default_factory=list)
    marked: dict[int, Mark] = field(default_factory=dict)
    loose: set[str] = field(default_factory=set)
    encoded: tuple[tuple[str, Mark], ...] | None = None
    named: tuple[object, tuple[tuple[str, Mark], ...]] = (None, ())
    redacted: tuple[object, str] = (None, "")

    @classmethod
    def parse(cls, text: str, place: Place) -> "JsonText | None":
        """Return the tokens of a text whose root is described by `place`; None if it cannot be read as JSON."""
        return _recent.parse(text, place)

    def iter_marked(self) -> Iterator[tuple[int, str, Mark]]:
        """Yield (token number, value as text, mark) of the marked values that are not empty."""
        for number, mark in self.marked.items():
            token = self.tokens[number]
            if token != "":
                yield number, str(token), mark

    def iter_spans(self) -> Iterator[tuple[int, int, Mark]]:
        """Yield (start, end, mark) of the marked values in the text, without quotation marks."""
        for number, match in enumerate(_TOKEN.finditer(self.text)):
            if mark := self.marked.get(number):
                inset = 1 if match[0].startswith('"') else 0
                yield match.start() + inset, match.end() - inset, mark

    def splice(self, replacements: Mapping[int, str]) -> str:
        """Return the text with the tokens of these numbers replaced by strings. Two different names that become equal
        get a number, so that no member of an object is lost to a reader."""
        if not replacements:
            return self.text
        # What is between two tokens, the token, what is between, …
        parts = _TOKENS.split(self.text)
        names: dict[str, dict[str, str]] = {}
        for number in sorted(replacements):
            place, new = 2 * number + 1, replacements[number]
            if _KEY_END.match(parts[place + 1]):
                given = names.setdefault(new, {})
                new = given.setdefault(parts[place], f"{new} ({len(given) + 1})" if given else new)
            parts[place] = encode_string(new)
        return "".join(parts)

    def _visit(self, node: Node, place: Place) -> None:
        kind = type(node)
        if kind is tuple:
            self._visit_object(node, place)
        elif kind is list:
            inner, last = place, place.prefix_length
            for index, item in enumerate(node):
                if index <= last:
                    inner = place.item(index)
                if type(item) is tuple:
                    self._visit_object(item, inner)
                else:
                    self._visit(item, inner)
        elif kind is str or kind is int or kind is float:
            if place.mark:
                self.marked[len(self.tokens)] = place.mark
            elif kind is str and not place.is_described:
                self.loose.add(node)
            self.tokens.append(node)

    def _visit_object(self, node: Node, place: Place) -> None:
        # Written for speed: bodies of a megabyte have a hundred thousand members, most of them plain strings.
        if not place.is_described:
            place = place.with_members(name for name, _ in node)
        tokens, find_field = self.tokens, place.fields.get
        key_mark = place.key_mark
        found = place.find_named(node)
        for name, child in node:
            if key_mark:
                self.marked[len(tokens)] = key_mark
            tokens.append(name)
            inner = found.get(name) or find_field(name) or place.field(name)
            kind = type(child)
            if kind is tuple:
                self._visit_object(child, inner)
            elif kind is str and inner.is_plain:
                tokens.append(child)
            elif kind is str or kind is list or inner.mark:
                self._visit(child, inner)
            elif kind is int or kind is float:
                tokens.append(child)


def _parse(text: str, place: Place) -> JsonText | None:
    result = JsonText(text)
    try:
        root = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=tuple)
        result._visit(root, place)
    except (ValueError, RecursionError):
        return None
    return result


class _Recent:
    """The bodies read last: many come again in a run, byte for byte."""

    def __init__(self, most_characters: int) -> None:
        self._most_characters = self._left = most_characters
        self._found: OrderedDict[tuple[str, Place], JsonText | None] = OrderedDict()
        self._lock = threading.Lock()

    def parse(self, text: str, place: Place) -> JsonText | None:
        key = text, place
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        result = _parse(text, place)
        if len(text) * 8 <= self._most_characters:
            with self._lock:
                self._left -= 0 if key in self._found else len(text)
                self._found[key] = result
                while self._left < 0:
                    (old, _), _ = self._found.popitem(last=False)
                    self._left += len(old)
        return result


_recent = _Recent(_REMEMBERED_CHARACTERS)
