"""RFC 9535 JSONPath on response bodies."""

from collections.abc import Iterable, Mapping

from contracts_runner.engine.body import ParsedBody
from contracts_runner.errors import UndecidedError
from contracts_runner.model.json import Json, count_levels
from contracts_runner.openapi.explain_text import render_path
from contracts_runner.reading.jsonpaths import Every, compile_jsonpath, read_plain_steps, read_steps

_MOST_VISITS = 2_000_000


class NothingFoundError(Exception):
    """A singular path leads nowhere, or the body is not data."""


class NoNodeError(NothingFoundError):
    """An XPath finds no node."""


def find(path: str, value: Json) -> Json:
    """Return the value at a singular path, or the list of matches of any other.

    Raises NothingFoundError, and UndecidedError where a path would visit too many values.
    """
    steps = read_steps(path)
    if steps is None:
        return _find_matches(path, value)
    for step in steps:
        try:
            value = _step_into(value, step)
        except LookupError:
            raise NothingFoundError(f"nothing is found at {path}") from None
    return value


def _step_into(value: Json, step: str | int) -> Json:
    """Return a member of an object, or an item of an array; raises LookupError where there is none."""
    if isinstance(step, str):
        if isinstance(value, (dict, Mapping)):
            return value[step]
    elif isinstance(value, list):
        return value[step]
    raise LookupError


def _find_matches(path: str, value: Json) -> list[Json]:
    steps = read_plain_steps(path)
    if steps is None:
        _check_visits(path, value)
        return list(compile_jsonpath(path).find(value).values())
    found = [value]
    for step in steps:
        if isinstance(step, Every):
            found = [child for each in found for child in _list_children(each)]
        elif isinstance(step, str):
            found = [each[step] for each in found if isinstance(each, (dict, Mapping)) and step in each]
        else:
            found = [each[step] for each in found if isinstance(each, list) and step < len(each)]
    return found


def _list_children(value: Json) -> Iterable[Json]:
    return value.values() if isinstance(value, (dict, Mapping)) else value if isinstance(value, list) else ()


def _check_visits(path: str, value: Json) -> None:
    """Refuse several `..` in a value that is nested deep: each visits a value once for each of those around it."""
    descents = path.count("..")
    if descents > 1:
        visits = sum(count * level ** (descents - 1) for level, count in enumerate(count_levels(value), start=1))
        if visits > _MOST_VISITS:
            raise UndecidedError(f"{path} would visit {visits:,} values: {_MOST_VISITS:,} is the most")


def find_all(path: str, value: Json) -> list[Json]:
    """Return items: the matches of a path, or the elements when a singular path leads to a list."""
    found = find(path, value)
    return found if isinstance(found, list) else [found]


def find_in_body(path: str, body: ParsedBody) -> Json:
    """Return what `find` finds in a body; raises NothingFoundError also for one that is not data."""
    return find(path, _require_data(body))


def find_matches(path: str, body: ParsedBody) -> list[Json]:
    """Return the list of matches of any path in a body; raises NothingFoundError for one that is not data."""
    return _find_matches(path, _require_data(body))


def list_places(path: str, value: Json, count: int) -> list[str]:
    """Return the JSONPath of each of the `count` values that a path finds, or that are in the list that it leads to."""
    if read_steps(path) is not None:
        return [f"{path}[{number}]" for number in range(count)]
    return [render_path(node.location) for node in compile_jsonpath(path).find(value)]


def _require_data(body: ParsedBody) -> Json:
    if not body.is_data:
        raise NothingFoundError(body.problem)
    return body.value
