"""JSONPath (RFC 9535), each path compiled once in a process: a project repeats its paths, and a run uses them again."""

import re
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, TypeGuard

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.suggest import suggest_or_list

if TYPE_CHECKING:
    from jsonpath_rfc9535 import JSONPathQuery

# A member of an item, in the library's spelling of a filter.
_FILTERED = re.compile(r"@\['((?:[^'\\]|\\.)*)'\]")
# `$.data[0].id`, `$.data[*].id`: what they lead to is plain, and the library is not imported for them.
_PLAIN = re.compile(r"\$(?:\.[A-Za-z_][A-Za-z0-9_]*|\[(?:\*|0|[1-9][0-9]{0,8})\])*")
_PLAIN_STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[([0-9]+|\*)\]")


class Every(Enum):
    """The step of `[*]`."""

    EVERY = "*"


EVERY = Every.EVERY


@lru_cache(maxsize=4096)
def read_plain_steps(path: str) -> tuple[str | int | Every, ...] | None:
    """Return the names and indexes of a plain path, and its `[*]`; None for any other."""
    if not _PLAIN.fullmatch(path):
        return None
    return tuple(name or (EVERY if index == "*" else int(index)) for name, index in _PLAIN_STEP.findall(path))


@lru_cache(maxsize=4096)
def read_steps(path: str) -> tuple[str | int, ...] | None:
    """Return the names and indexes of a singular path, None for any other; raises what compile_jsonpath raises."""
    if (plain := read_plain_steps(path)) is not None:
        steps = tuple(step for step in plain if not isinstance(step, Every))
        return steps if len(steps) == len(plain) else None
    from jsonpath_rfc9535.selectors import IndexSelector, NameSelector

    query = compile_jsonpath(path)
    if not query.singular_query():
        return None
    selectors = (selector for segment in query.segments for selector in segment.selectors)
    return tuple(
        each.name if isinstance(each, NameSelector) else each.index
        for each in selectors
        if isinstance(each, NameSelector | IndexSelector)
    )


@lru_cache(maxsize=4096)
def compile_jsonpath(path: str) -> "JSONPathQuery":
    """Return the compiled path; raises JSONPathError, and RecursionError for one that is nested too deep."""
    from contracts_runner.reading.jsonpath_environment import ENVIRONMENT

    return ENVIRONMENT.compile(path)


def is_path(text: object) -> TypeGuard[str]:
    """Return whether a value that may be a path or an expression is a path."""
    return isinstance(text, str) and text.startswith("$") and not text.startswith("${")


def parse_jsonpath(text: str) -> str:
    """Return a valid RFC 9535 JSONPath as it is; raises FormError."""
    if "${" in text:
        raise FormError(f"'{text}' is not a JSONPath: expressions are not replaced inside of a path")
    if not text.startswith("$"):
        raise FormError(f"'{text}' is not a JSONPath: a path begins with $, such as $.data.id")
    if _PLAIN.fullmatch(text):
        return text
    from jsonpath_rfc9535 import JSONPathError

    try:
        compile_jsonpath(text)
    except JSONPathError as error:
        # The library's own text counts lines and columns of the path, which looks like a place in the file.
        place = f", at character {error.token.index + 1}" if error.token else ""
        raise FormError(f"'{text}' is not a JSONPath: {error.args[0]}{place}") from None
    except RecursionError:
        raise FormError(f"'{text[:40]}…' is not a JSONPath: nested too deep") from None
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class PathEnd:
    """How far a path that selects nothing leads: `start` selects `found`, and nothing in them is what `segment` does,
    which has these `names`. `filtered` are the members that a filter there looks at."""

    start: str
    found: list[Json]
    segment: str
    names: list[str]
    filtered: list[str]


def find_end(path: str, value: Json) -> PathEnd:
    """Return how far a path that selects nothing leads."""
    from jsonpath_rfc9535 import JSONPathQuery
    from jsonpath_rfc9535.selectors import FilterSelector, NameSelector

    query = compile_jsonpath(path)
    for count in reversed(range(len(query.segments))):
        start = JSONPathQuery(env=query.env, segments=query.segments[:count])
        if nodes := start.find(value):
            break
    segment = query.segments[count]
    filters = (str(each) for each in segment.selectors if isinstance(each, FilterSelector))
    return PathEnd(
        start=str(start),
        found=[node.value for node in nodes],
        segment=str(segment),
        names=[each.name for each in segment.selectors if isinstance(each, NameSelector)],
        filtered=[name for text in filters for name in _FILTERED.findall(text)],
    )


def explain_no_match(path: str, value: Json) -> tuple[str, str]:
    """Return why a path that selects nothing does so: how far it leads, and a hint with what there is instead."""
    end = find_end(path, value)
    keys = end.found[0] if isinstance(end.found[0], dict) else ()
    return f"{end.start} has no {end.segment}", suggest_or_list(end.names[0], keys) if end.names else ""
