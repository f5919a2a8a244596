"""Writes values by OpenAPI's `style` and `explode` (OpenAPI 3.1 §4.8.12.3, RFC 6570), wherever they go.

How a single text is escaped is the caller's, for each place has its own rule. What OpenAPI leaves undefined, and what a
reader could not tell apart, is an error.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import assert_never

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.scope import Placeholder
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Style

Escape = Callable[[str], str]
Pair = tuple[str, str]
_TRIPLET = re.compile(r"(%[0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Escaping:
    """How texts are escaped in one place: `name` what stands before `=`, `value` the rest."""

    name: Escape
    value: Escape


class UnsendableError(Exception):
    """A value cannot be sent as it is given; the message is a sentence. `is_of_document`: the document is the reason.
    `field` is that of a form, "" for anything else."""

    def __init__(self, message: str, *, is_of_document: bool = False, field: str = "") -> None:
        super().__init__(message)
        self.is_of_document = is_of_document
        self.field = field


def render_pairs(name: str, value: Json, *, style: Style, explode: bool, escaping: Escaping) -> list[Pair]:
    """Return the `name=value` pairs of a query, a form or cookies; none for an empty list or object (RFC 6570 §2.3)."""
    key, escape = escaping.name(name), escaping.value
    if isinstance(value, Placeholder):
        return [(key, escape(value))]
    match style:
        case Style.DEEP_OBJECT:
            return list(_iter_deep(escaping, name, value))
        case Style.FORM:
            if explode and isinstance(value, Mapping):
                return _list_members(value, escaping)
            if explode and isinstance(value, list):
                return [(key, escape(text)) for text in _iter_items(value)]
            delimiter = ","
        case Style.SPACE_DELIMITED | Style.PIPE_DELIMITED:
            delimiter = escape(" " if style is Style.SPACE_DELIMITED else "|")
            if explode:
                raise UnsendableError(f"OpenAPI does not define the style {style} with explode", is_of_document=True)
            if not isinstance(value, Mapping | list):
                raise UnsendableError(f"OpenAPI defines the style {style} for lists and objects only")
        case Style.SIMPLE | Style.LABEL | Style.MATRIX:
            raise UnsendableError(f"the style {style} is for paths and headers", is_of_document=True)
        case _:
            assert_never(style)
    if value == [] or value == {}:
        return []
    return [(key, _join(value, delimiter, escaping))]


def render_text(name: str, value: Json, *, style: Style, explode: bool, escaping: Escaping) -> str:
    """Return the text of a path parameter or a header."""
    match style:
        case Style.SIMPLE:
            prefix, delimiter = "", ","
        case Style.LABEL:
            prefix, delimiter = ".", "." if explode else ","
        case Style.MATRIX:
            return _render_matrix(name, value, explode=explode, escaping=escaping)
        case Style.FORM | Style.SPACE_DELIMITED | Style.PIPE_DELIMITED | Style.DEEP_OBJECT:
            raise UnsendableError(f"the style {style} is not for paths and headers", is_of_document=True)
        case _:
            assert_never(style)
    return prefix + _join(value, delimiter, escaping, is_paired=explode)


def render_scalar(value: Json) -> str:
    """Return a text as it is, any other scalar as JSON writes it."""
    if isinstance(value, Mapping | list):
        raise UnsendableError("OpenAPI does not define a list or an object within another one here")
    return value if isinstance(value, str) else render_json(value)


def render_json(value: Json, *, is_ascii: bool = False) -> str:
    """Return compact JSON; raises UnsendableError for a number that JSON does not have."""
    try:
        return json.dumps(value, ensure_ascii=is_ascii, separators=(",", ":"), allow_nan=False)
    except ValueError:
        raise UnsendableError("JSON has no number that is infinite or not a number") from None


def choose_reserved(reserved: str, value: Json) -> str:
    """Return the characters that `allowReserved` leaves: within an item not those that stand between items."""
    if not isinstance(value, Mapping | list):
        return reserved
    return "".join(character for character in reserved if character not in ",;=&")


def keep_triplets(text: str, escape: Escape) -> str:
    """Escape a text but for what is percent-encoded already (RFC 6570 §3.2.3)."""
    parts = _TRIPLET.split(text)
    return "".join(part if index % 2 else escape(part) for index, part in enumerate(parts))


def _render_matrix(name: str, value: Json, *, explode: bool, escaping: Escaping) -> str:
    key = escaping.name(name)
    if explode and isinstance(value, Mapping):
        pairs = _list_members(value, escaping)
    elif explode and isinstance(value, list):
        pairs = [(key, escaping.value(text)) for text in _iter_items(value)]
    else:
        pairs = [(key, _join(value, ",", escaping))]
    return "".join(f";{name}={text}" if text else f";{name}" for name, text in pairs)


def _iter_deep(escaping: Escaping, name: str, value: Json) -> Iterator[Pair]:
    """Yield `name[a][b]=1`, whatever `explode` says."""
    if not isinstance(value, Mapping):
        what = "a list" if isinstance(value, list) else "a single value"
        raise UnsendableError(f"OpenAPI does not define {what} in the style deepObject")
    for member, item in value.items():
        if item is None:
            continue
        inner = f"{name}[{member}]"
        if item == {}:
            raise UnsendableError("OpenAPI does not define an empty object within the style deepObject")
        if isinstance(item, Mapping | list):
            yield from _iter_deep(escaping, inner, item)
        else:
            yield escaping.name(inner), escaping.value(render_scalar(item))


def _join(value: Json, delimiter: str, escaping: Escaping, *, is_paired: bool = False) -> str:
    """Return items, or names and values, with a delimiter between them; `is_paired`: names and values by `=`."""
    if isinstance(value, list):
        parts = [escaping.value(text) for text in _iter_items(value)]
    elif isinstance(value, Mapping):
        pairs = _list_members(value, escaping)
        _refuse("=", [name for name, _ in pairs] if is_paired else [])
        parts = [f"{name}={text}" for name, text in pairs] if is_paired else [text for pair in pairs for text in pair]
    else:
        return escaping.value(render_scalar(value))
    _refuse(delimiter, parts)
    return delimiter.join(parts)


def _refuse(delimiter: str, parts: list[str]) -> None:
    if any(delimiter in part for part in parts):
        shown = {"%20": " ", "+": " ", "%7C": "|"}.get(delimiter, delimiter)
        raise UnsendableError(f"'{shown}' within an item cannot be told from the '{shown}' between items")


def _iter_items(value: list[Json]) -> Iterator[str]:
    """Yield the texts of a list's items; null is left out (RFC 6570 §2.3)."""
    return (render_scalar(item) for item in value if item is not None)


def _list_members(value: Mapping[str, Json], escaping: Escaping) -> list[Pair]:
    return [
        (escaping.name(str(name)), escaping.value(render_scalar(item)))
        for name, item in value.items()
        if item is not None
    ]
