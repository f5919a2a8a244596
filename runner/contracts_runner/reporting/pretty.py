"""Lays out a recorded JSON body for reading without changing its content, and finds the places that checks name.

Parsing and printing again would drop duplicate keys and rewrite numbers (1.10 as 1.1): the tokens stay as they were
recorded. Only escapes of printable characters are shown as these characters.
"""

import json
import re
from collections.abc import Collection, Iterator

from markupsafe import Markup, escape

from contracts_runner.engine.jsonpath import find_all, list_places
from contracts_runner.errors import UndecidedError
from contracts_runner.model.json_pointer import Pointer
from contracts_runner.reading.jsonpaths import is_path, read_steps
from contracts_runner.reporting.text import make_visible

# The last text of a body that was cut has no end.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)
_INDENT = "  "
# Of a body that somebody else recorded: blanks in front of every token take many times its size.
_DEEPEST = 20
_LONGEST = 1 << 20
# Marks beyond these show nobody where to look.
_MOST_PLACES = 10
_SEGMENT = re.compile(r"\.([\w-]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]")


def pretty_json(text: str) -> str | None:
    """Return the JSON text in indented lines; None if it is not JSON, or is very long, or nested too deep to check."""
    tokens = _split(text, is_cut=False)
    return None if tokens is None else "".join(piece for piece, _ in _iter_pieces(tokens))


def render_body(text: str, paths: Collection[str] = (), *, is_cut: bool = False) -> Markup:
    """Return a body for a page: JSON in indented lines, with a mark at what each of the JSONPaths leads to, also where
    the end `is_cut` off; other text as it is."""
    tokens = _split(text, is_cut=is_cut)
    if tokens is None:
        return escape(make_visible(text))
    wanted = {pointer for path in paths for pointer in _list_pointers(path, "" if is_cut else text)}
    return Markup("").join(
        Markup("<mark>{}</mark>").format(make_visible(piece)) if pointer in wanted else escape(make_visible(piece))
        for piece, pointer in _iter_pieces(tokens)
    )


def _list_pointers(path: str, text: str) -> list[Pointer | None]:
    """Return where a JSONPath leads: if to a few places of a whole body, to each of them."""
    from jsonpath_rfc9535 import JSONPathError

    places: list[str] = []
    try:
        if text and is_path(path) and read_steps(path) is None:
            places = list_places(path, json.loads(text), len(find_all(path, json.loads(text))))
    except (JSONPathError, UndecidedError):
        # What was redacted in a path is no path any more.
        return [parse_pointer(path)]
    return [parse_pointer(place) for place in places] if 0 < len(places) <= _MOST_PLACES else [parse_pointer(path)]


def parse_pointer(path: str) -> Pointer | None:
    """Return where a JSONPath leads, up to its first segment that may lead to several places; None for the whole."""
    parts: list[str | int] = []
    at = 1
    while match := _SEGMENT.match(path, at):
        name, index, quoted = match.groups()
        parts.append(int(index) if index else name if name is not None else re.sub(r"\\(.)", r"\1", quoted))
        at = match.end()
    return tuple(parts) or None


def _split(text: str, *, is_cut: bool) -> list[str] | None:
    if len(text) > _LONGEST:
        return None
    tokens = list(_TOKEN.finditer(text))
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        if not is_cut or not tokens or error.pos < tokens[-1].start():
            return None
    except (ValueError, RecursionError):
        return None
    return [match.group() for match in tokens]


def _iter_pieces(tokens: Collection[str]) -> Iterator[tuple[str, Pointer]]:
    """Yield (token or white space, place of the value to which it belongs)."""
    place: list[str | int] = []
    opened: list[str] = []
    previous = ""
    for token in tokens:
        if token in "]}":
            opened.pop()
            place.pop()
            yield ("" if previous in ("[", "{") else _new_line(len(opened))) + token, ()
        elif token in ",:":
            if token == "," and opened[-1] == "[":
                place[-1] = int(place[-1]) + 1
            yield token, ()
        else:
            if opened and opened[-1] == "{" and previous != ":":
                place[-1] = _read(token)
            yield _separate(previous, len(opened)), ()
            yield _decode(token), tuple(place)
            if token in "[{":
                opened.append(token)
                place.append(0)
        previous = token


def _separate(previous: str, depth: int) -> str:
    if previous == ":":
        return " "
    return _new_line(depth) if previous else ""


def _new_line(depth: int) -> str:
    return "\n" + _INDENT * min(depth, _DEEPEST)


def _read(token: str) -> str:
    try:
        return str(json.loads(token))
    except ValueError:
        return token


def _decode(token: str) -> str:
    if "\\" not in token:
        return token
    value = _read(token)
    return json.dumps(value, ensure_ascii=False) if value.isprintable() and value != token else token
