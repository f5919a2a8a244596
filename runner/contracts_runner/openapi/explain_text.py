"""Renders JSON values, types and paths for sentences, at bounded length whatever a service sends.

A value appears whole or not at all: half of an e-mail address or a phone number would not be recognised as one when
the sentence is redacted.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from contracts_runner.late_pattern import compile_late
from contracts_runner.model.json import Json
from contracts_runner.model.nouns import count_noun

MAX_TEXT = 80

_MAX_ENTRIES = 10
_MAX_DEPTH = 4
# RFC 9535 §2.3.1: what may follow a dot, by what may not: a class of a million characters is compiled for milliseconds.
_SHORT_NAME = compile_late(r"[^\0-@\[-^`{-\x7f\ud800-\udfff][^\0-/:-@\[-^`{-\x7f\ud800-\udfff]*")
# RFC 9535 §2.7: what a normalized path escapes.
_ESCAPES = {"\b": r"\b", "\t": r"\t", "\n": r"\n", "\f": r"\f", "\r": r"\r", "'": r"\'", "\\": r"\\"}
_ESCAPED = re.compile(r"[\x00-\x1f'\\]")
_ARTICLES = {"integer": "an", "object": "an", "array": "an", "null": ""}


def shorten(text: str, limit: int = MAX_TEXT) -> str:
    """Return the text, or its beginning and an ellipsis where it is longer than `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def render_value(value: Json, limit: int = MAX_TEXT) -> str:
    """Return the value as JSON, or in words that say its size where that is longer than `limit` characters."""
    text = json.dumps(_clip(value, limit, _MAX_DEPTH), ensure_ascii=False)
    return text if len(text) <= limit else _describe_size(value)


def clip_value(value: Json) -> Json:
    """Return a scalar as it is, a long string or a collection as text, see render_value."""
    if isinstance(value, str) and len(value) <= MAX_TEXT:
        return value
    return render_value(value) if isinstance(value, str | Mapping | list) else value


def _describe_size(value: Json) -> str:
    match value:
        case str():
            return f"a string of {len(value)} characters"
        case Mapping():
            return f"an object with {count_noun(len(value), 'member')}"
        case list():
            return f"an array of {count_noun(len(value), 'item')}"
    return f"a number of {len(str(value))} digits"


def render_path(parts: Iterable[str | int]) -> str:
    """Return an RFC 9535 JSONPath in its short form: `$.data[0].id`, `$['a b']`."""
    return "$" + "".join(map(_render_segment, parts))


def name_type(value: Json) -> str:
    """Return the JSON Schema type of a value; a number is an "integer" only if it is written as one."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"


def add_article(type_name: str) -> str:
    """Return "a string", "an integer", "null"."""
    return f"{_ARTICLES.get(type_name, 'a')} {type_name}".strip()


def join_words(words: Sequence[str], last: str) -> str:
    """Return "a", "a or b", "a, b or c" for last = "or"; of many words the first ones."""
    if len(words) > _MAX_ENTRIES:
        words = [*words[:_MAX_ENTRIES], f"{len(words) - _MAX_ENTRIES} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def quote_name(name: str) -> str:
    """Return a property's name in quotes, shortened."""
    return f"'{shorten(name)}'"


def _render_segment(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    name = shorten(part)
    if _SHORT_NAME.fullmatch(name) or _SHORT_NAME.fullmatch(part[: MAX_TEXT - 1]):
        return f".{name}"
    escaped = _ESCAPED.sub(lambda match: _ESCAPES.get(match[0], f"\\u{ord(match[0]):04x}"), name)
    return f"['{escaped}']"


def _clip(value: Json, limit: int, depth: int) -> Json:
    """Return enough of the value to render `limit` characters of it."""
    if isinstance(value, str):
        return value[: limit + 1]
    if isinstance(value, Mapping):
        return {k[: limit + 1]: _clip(value[k], limit, depth - 1) for k in list(value)[:limit]} if depth else "…"
    if isinstance(value, list):
        return [_clip(item, limit, depth - 1) for item in value[:limit]] if depth else "…"
    return value
