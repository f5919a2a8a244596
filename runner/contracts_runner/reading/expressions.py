"""Parses and evaluates `${…}` in values; expression_syntax.py has what stands between the braces."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from contracts_runner.model.json import Json
from contracts_runner.model.reference import Reference
from contracts_runner.reading.expression_syntax import BUILTINS, ExpressionError, parse_expression
from contracts_runner.reading.value_changes import render_text

__all__ = ["BUILTINS", "ExpressionError", "Reference"]

# `$${` first: it is the way to write a plain `${`.
_PART = re.compile(r"\$\$\{|\$\{([^{}]*)(\})?")

# The values of an item of a table are members of this name.
ROW = "row"


@lru_cache(maxsize=4096)
def parse_template(text: str) -> tuple[str | Reference, ...]:
    """Split a text into literal pieces and references, in order; `$${` gives a literal `${`. Raises ExpressionError.

    One Reference alone is a whole expression; an empty text gives no pieces.
    """
    parts: list[str | Reference] = []
    literal, end = "", 0
    for match in _PART.finditer(text):
        literal += text[end : match.start()]
        end = match.end()
        if match[0] == "$${":
            literal += "${"
            continue
        reference = _parse_expression(match)
        if literal:
            parts.append(literal)
            literal = ""
        parts.append(reference)
    literal += text[end:]
    return (*parts, literal) if literal else tuple(parts)


def is_whole_expression(text: str) -> bool:
    """True if the text is one expression and nothing else, so that its value keeps its type. Raises ExpressionError."""
    parts = parse_template(text)
    return len(parts) == 1 and isinstance(parts[0], Reference)


def iter_texts(value: Json) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield each text in a JSON value with the keys and indexes that lead to it; keys of mappings are not texts."""
    if isinstance(value, str):
        yield (), value
        return
    if isinstance(value, (dict, Mapping)):
        children: Iterator[tuple[str | int, Json]] = iter(value.items())
    elif isinstance(value, (list, tuple)):
        children = iter(enumerate(value))
    else:
        return
    for key, child in children:
        if isinstance(child, str):
            yield (key,), child
        elif child is not None and not isinstance(child, (int, float)):  # most are scalars: there is no text in them
            for pointer, text in iter_texts(child):
                yield (key, *pointer), text


def iter_references(value: Json) -> Iterator[Reference]:
    """Yield every reference in the texts of a JSON value, in order, and the arguments of calls; raises
    ExpressionError."""
    for _, text in iter_texts(value):
        for part in parse_template(text):
            if isinstance(part, Reference):
                yield from part.iter_all()


def evaluate(value: Json, resolve: Callable[[Reference], Json]) -> Json:
    """Return a copy with every reference replaced.

    A text that is one whole expression becomes the value that `resolve` gives, type and all; inside of a longer text a
    value is written out, texts as they are and everything else as compact JSON. Raises ExpressionError and whatever
    `resolve` raises.
    """
    if isinstance(value, str):
        return _evaluate_text(value, resolve)
    if value is None or isinstance(value, (int, float)):  # to ask for a Mapping is slow
        return value
    if isinstance(value, Mapping):
        return {key: evaluate(child, resolve) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [evaluate(child, resolve) for child in value]
    return value


def _evaluate_text(text: str, resolve: Callable[[Reference], Json]) -> Json:
    if "$" not in text:
        return text
    parts = parse_template(text)
    if len(parts) == 1 and isinstance(parts[0], Reference):
        return resolve(parts[0])
    return "".join(part if isinstance(part, str) else render_text(resolve(part)) for part in parts)


def _parse_expression(match: re.Match[str]) -> Reference:
    if match[2] is None:
        closed = f"{match[0].rstrip()}}}, or " if match[1].strip() else ""
        raise ExpressionError(f"'{match[0]}' is not closed; write {closed}$${{ for a plain ${{")
    return parse_expression(match[1])
