"""JSONPath (RFC 9535), each path compiled once in a process: a project repeats its paths, and a run uses them again."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeGuard

import jsonpath_rfc9535
from iregexp_check import check
from jsonpath_rfc9535.function_extensions import Match, Search
from jsonpath_rfc9535.selectors import FilterSelector, IndexSelector, NameSelector

from contracts_runner.model.json import Json
from contracts_runner.model.patterns import compile_pattern
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.suggest import suggest_or_list

# A member of an item, in the library's spelling of a filter.
_FILTERED = re.compile(r"@\['((?:[^'\\]|\\.)*)'\]")
_DOT = re.compile(r"\\.|\[(?:\\.|[^]\\])*\]|\.", re.DOTALL)


class _BoundedMatch(Match):
    """`match`, whose texts and patterns may both be a service's, by an engine that does not go back."""

    def __call__(self, string: object, pattern: object) -> bool:
        return _is_in(string, pattern, "^(?:{})$")


class _BoundedSearch(Search):
    """`search`, likewise."""

    def __call__(self, string: object, pattern: object) -> bool:
        return _is_in(string, pattern, "{}")


def _is_in(text: object, pattern: object, form: str) -> bool:
    if not (isinstance(text, str) and isinstance(pattern, str) and check(pattern)):
        return False
    # The one difference between I-Regexp and what the engine reads (RFC 9485 §5.3).
    translated = _DOT.sub(lambda match: r"[^\n\r]" if match[0] == "." else match[0], pattern)
    try:
        return compile_pattern(form.format(translated)).is_in(text)
    except ValueError:
        return False


class _Environment(jsonpath_rfc9535.JSONPathEnvironment):
    """Without a limit on `$..` beside that of the bodies, which are never nested so deep (engine/body.py)."""

    max_recursion_depth = 1_000

    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        self.function_extensions |= {"match": _BoundedMatch(), "search": _BoundedSearch()}


_ENVIRONMENT = _Environment()


@lru_cache(maxsize=4096)
def read_steps(path: str) -> tuple[str | int, ...] | None:
    """Return the names and indexes of a singular path, None for any other; raises what compile_jsonpath raises."""
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
def compile_jsonpath(path: str) -> jsonpath_rfc9535.JSONPathQuery:
    """Return the compiled path; raises JSONPathError, and RecursionError for one that is nested too deep."""
    return _ENVIRONMENT.compile(path)


def is_path(text: object) -> TypeGuard[str]:
    """Return whether a value that may be a path or an expression is a path."""
    return isinstance(text, str) and text.startswith("$") and not text.startswith("${")


def parse_jsonpath(text: str) -> str:
    """Return a valid RFC 9535 JSONPath as it is; raises FormError."""
    if "${" in text:
        raise FormError(f"'{text}' is not a JSONPath: expressions are not replaced inside of a path")
    if not text.startswith("$"):
        raise FormError(f"'{text}' is not a JSONPath: a path begins with $, such as $.data.id")
    try:
        compile_jsonpath(text)
    except jsonpath_rfc9535.JSONPathError as error:
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
    query = compile_jsonpath(path)
    for count in reversed(range(len(query.segments))):
        start = jsonpath_rfc9535.JSONPathQuery(env=_ENVIRONMENT, segments=query.segments[:count])
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
