"""What does not hold in an answer, in words that are the same in the next run: no values, no indexes."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from contracts_runner.engine.body import ParsedBody
from contracts_runner.engine.jsonpath import find_matches
from contracts_runner.model.checks import UNREADABLE, Violation
from contracts_runner.model.contract import ValueMatcher
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, step_into
from contracts_runner.openapi.differences import iter_differences, name_keyword
from contracts_runner.openapi.explain import SchemaError, find_type
from contracts_runner.openapi.explain_text import name_type, render_path
from contracts_runner.openapi.schemas import SchemaStore
from contracts_runner.reading.jsonpaths import PathEnd, find_end, is_path, read_steps
from contracts_runner.reading.schema_types import require_types

# A row tells so many; of an answer that is wrong in more ways the first ones are enough to find its like.
_MOST = 20
_INDEX = re.compile(r"\[-?\d+\]")
_BRACKETED = re.compile(r"\['([^\W\d]\w*)'\]")
_LAST_NAME = re.compile(r"(?:\.([^.\[\]]+)|\['((?:[^'\\]|\\.)*)'\])(?:\[[^'\]]*\])*$")

_NUMBERS = {"integer", "number"}
# Of these the name is of what an object has not, or should not have.
_OF_NAMES = frozenset({"required", "additionalProperties"})

# Of a place in a schema where the document says so, "" for none.
TellPlace = Callable[[Pointer], str]


def list_violations(
    errors: Iterable[SchemaError], root: str = "$", *, tell_place: TellPlace = lambda _: ""
) -> tuple[Violation, ...]:
    """Return what breaks a schema, each kind once; `root` is the JSONPath or the header of the value."""
    return _take_first(each for error in errors for each in _iter_violations(error, root, tell_place))


def list_mismatches(
    matcher: ValueMatcher, value: Json, path: str, *, schemas: SchemaStore, is_one: bool = False
) -> tuple[Violation, ...]:
    """Return how a value at a path is not as a contract says, whose expressions are resolved already. `is_one`: it is
    one of those that the path finds, else all of them."""
    if matcher.is_schema:
        errors = schemas.check_inline(require_types(matcher.value), value)
        found = list_violations(errors, path, tell_place=schemas.tell_place)
    else:
        found = _take_first(_iter_differing(value, matcher.value, path))
    if is_one or not is_path(path) or read_steps(path) is not None:
        return found
    # The list is that of the values that are found: no part of the body.
    root = _normalise(path)
    return _take_first(replace(each, path=each.path.replace(f"{root}[*]", root, 1)) for each in found)


def name_relation(kind: str, path: str) -> Violation:
    """Return that the values at a path are not as a relation says."""
    return _build(kind, path)


def describe_missing(path: str, body: ParsedBody) -> tuple[Violation, ...]:
    """Return why nothing is found at a path of a body, as far as that can be told: the first name on it that is not
    there, a list that has too few items, a value that has none, a body that is no data."""
    if not body.is_data:
        return (UNREADABLE,)
    return tuple(_iter_missing(find_end(path, body.value)))


def describe_uncoded(pointer: Pointer, body: ParsedBody) -> tuple[Violation, ...]:
    """Return why no error code is where a pointer into a body leads to: nothing is there, or no text and no number."""
    if not body.is_data:
        return (UNREADABLE,)
    value, passed = body.value, list[str | int]()
    for part in pointer:
        try:
            key, child = step_into(value, part)
        except KeyError:
            names = [str(part)] if isinstance(value, Mapping) else []
            end = PathEnd(start=render_path(passed), found=[value], segment="", names=names, filtered=[])
            return tuple(_iter_missing(end))
        passed, value = [*passed, key], child
    # Null is no other type: it says that there is none.
    return (_build("value" if value is None else "type", render_path(passed), found=name_type(value)),)


def list_missing(path: str, body: ParsedBody) -> tuple[Violation, ...]:
    """Return the name that is missing, or the value that is no object, if that is why a path finds nothing."""
    if not body.is_data or find_matches(path, body):
        return ()
    return tuple(each for each in describe_missing(path, body) if each.keyword in ("required", "type"))


def keep_missing(violations: Iterable[Violation]) -> tuple[Violation, ...]:
    """Return those that say that a name is missing."""
    return tuple(each for each in violations if each.keyword == "required")


def name_missing_header(name: str) -> Violation:
    """Return that a header is missing, whose name has no case."""
    return Violation(keyword="header", property=name.lower())


def _take_first(violations: Iterable[Violation]) -> tuple[Violation, ...]:
    found: dict[Violation, None] = {}
    for violation in violations:
        found[violation] = None
        if len(found) == _MOST:
            break
    return tuple(found)


def _iter_missing(end: PathEnd) -> Iterator[Violation]:
    objects = [value for value in end.found if isinstance(value, Mapping)]
    lists = [value for value in end.found if isinstance(value, list)]
    if end.filtered:
        items = [item for value in lists for item in value]
        members = [item for item in items if isinstance(item, Mapping)]
        names = (name for name in end.filtered if members and not any(name in member for member in members))
        yield from (_build_required(name, f"{end.start}[*]") for name in islice(names, 1))
    elif end.names and (objects or end.segment.startswith("..")):
        yield _build_required(end.names[0], end.start)
    elif lists and not end.names:
        # Of a list that is empty, or too short, no name is missing.
        yield _build("minItems", end.start)
    elif end.found and not objects:
        yield _build("type", end.start, found=name_type(end.found[0]))


def _iter_differing(value: Json, expected: Json, path: str) -> Iterator[Violation]:
    pointers = [pointer for pointer, _ in iter_differences(value, expected)] or [()]
    for pointer in pointers:
        found, wanted = find_type(value, pointer), find_type(expected, pointer)
        # Null is no other type: a value may be missing, or be there too soon.
        kind = "value" if {"", "null"} & {found, wanted} or found == wanted or {found, wanted} == _NUMBERS else "type"
        yield _build(name_keyword(value, expected, pointer) or kind, path + render_path(pointer)[1:], found=found)


def _iter_violations(error: SchemaError, root: str, tell_place: TellPlace) -> Iterator[Violation]:
    if error.inner:
        for inner in error.inner:
            yield from _iter_violations(inner, root, tell_place)
        return
    path, place = root + error.path.removeprefix("$"), tell_place(error.place)
    match error.keyword, error.expected, error.actual:
        case "required", str(name), _:
            yield _build_required(name, path, place)
        case ("additionalProperties" | "unevaluatedProperties") as keyword, _, list(names):
            for name in names:
                yield Violation(keyword=keyword, property=str(name), path=_normalise(path), place=place)
        case "format", name, _:
            yield _build("format", path, place, found=error.found, wanted=str(name))
        case keyword, _, _:
            yield _build(error.case or keyword, path, place, found=error.found)


def _build_required(name: str, holder: str, place: str = "") -> Violation:
    return Violation(keyword="required", property=name, path=_normalise(holder), place=place)


def _normalise(path: str) -> str:
    return _BRACKETED.sub(r".\1", _INDEX.sub("[*]", path))


def _build(keyword: str, path: str, place: str = "", *, found: str = "", wanted: str = "") -> Violation:
    """Return the violation of the last name of a path; of one that an object has not, or should not have, the path is
    that of the object."""
    path = _normalise(path)
    name = _LAST_NAME.search(path)
    if name is None:
        return Violation(keyword=keyword, path=path, place=place, found=found, wanted=wanted)
    if keyword in _OF_NAMES:
        return Violation(keyword=keyword, property=name[1] or name[2], path=path[: name.start()], place=place)
    return Violation(keyword=keyword, property=name[1] or name[2], path=path, place=place, found=found, wanted=wanted)
