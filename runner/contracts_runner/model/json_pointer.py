"""Reads and writes JSON Pointers (RFC 6901), as text and as URI fragments."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import quote, unquote

from contracts_runner.model.json import Json

Pointer = tuple[str | int, ...]

_BAD_ESCAPE = re.compile(r"~(?![01])")
_INDEX = re.compile(r"0|[1-9][0-9]*")
_ABSENT = object()


@lru_cache(maxsize=4096)  # a document has so many, and they are asked for with each answer
def parse_pointer(text: str) -> Pointer:
    """Return the parts of `/a/b` or `#/a/b` (percent-encoded); raises ValueError for any other text."""
    parts = unquote(text[1:], errors="strict") if text.startswith("#") else text
    if not parts:
        return ()
    if not parts.startswith("/"):
        raise ValueError(f"'{text}' is not a JSON Pointer: it starts with '/'")
    if _BAD_ESCAPE.search(parts):
        raise ValueError(f"'{text}' is not a JSON Pointer: '~' is followed by 0 or 1")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts[1:].split("/"))


def render_pointer(parts: Iterable[str | int]) -> str:
    """Return the pointer's text, `/a/b`, "" for the whole document."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def render_fragment(parts: Iterable[str | int]) -> str:
    """Return the pointer as a URI fragment, `#/a/b`, ready to be a `$ref`."""
    return "#" + quote(render_pointer(parts), safe="/~!$&'()*+,;=:@-._?")


def find_child(value: Json, part: str | int) -> Json:
    """Return an entry of a mapping or a list; raises KeyError where there is none."""
    if isinstance(value, dict | Mapping):
        found = value.get(str(part), _ABSENT)
        if found is not _ABSENT:
            return found
    elif isinstance(value, list) and _INDEX.fullmatch(str(part)) and int(part) < len(value):
        return value[int(part)]
    raise KeyError(part)


def step_into(value: Json, part: str | int) -> tuple[str | int, Json]:
    """Return an entry with its key as the value itself has it (a list's index is an int); raises KeyError."""
    found = find_child(value, part)
    return (int(part) if isinstance(value, list) else str(part)), found


def find_value(value: Json, parts: Iterable[str | int]) -> Json:
    """Return what a pointer leads to, without following references; raises KeyError where it leads to nothing."""
    for part in parts:
        value = find_child(value, part)
    return value
