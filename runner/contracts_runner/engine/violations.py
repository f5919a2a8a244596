"""What does not hold in an answer, in words that are the same in the next run: no values, no indexes."""

import re
from collections.abc import Iterable, Iterator

from contracts_runner.engine.body import ParsedBody
from contracts_runner.model.checks import Violation
from contracts_runner.model.contract import ValueMatcher
from contracts_runner.model.json import Json
from contracts_runner.openapi.explain import SchemaError
from contracts_runner.openapi.explain_text import name_type
from contracts_runner.openapi.schemas import SchemaStore
from contracts_runner.reading.schema_types import require_types

# A row tells so many; of an answer that is wrong in more ways the first ones are enough to find its like.
_MOST = 20
_INDEX = re.compile(r"\[-?\d+\]")
_LAST_NAME = re.compile(r"(?:\.([^.\[\]]+)|\['((?:[^'\\]|\\.)*)'\])(?:\[[^'\]]*\])*$")
_NUMBERS = ("integer", "number")


def list_violations(errors: Iterable[SchemaError], root: str = "$") -> tuple[Violation, ...]:
    """Return what breaks a schema, each kind once; `root` is the JSONPath or the header of the value."""
    found: dict[Violation, None] = {}
    for violation in (each for error in errors for each in _iter_violations(error, root)):
        found[violation] = None
        if len(found) == _MOST:
            break
    return tuple(found)


def list_mismatches(matcher: ValueMatcher, value: Json, path: str, *, schemas: SchemaStore) -> tuple[Violation, ...]:
    """Return how a value at a path is not as a contract says, whose expressions are resolved already."""
    if matcher.is_schema:
        return list_violations(schemas.check_inline(require_types(matcher.value), value), path)
    there, wanted = name_type(value), name_type(matcher.value)
    is_other_type = there != wanted and not (there in _NUMBERS and wanted in _NUMBERS)
    return (_build("type" if is_other_type else "value", path),)


def describe_missing(path: str, body: ParsedBody) -> tuple[Violation, ...]:
    """Return that nothing is found at a path of a body, or that the body is no data."""
    return (_build("required", path) if body.is_data else Violation(keyword="unreadable"),)


def _iter_violations(error: SchemaError, root: str) -> Iterator[Violation]:
    if error.inner:
        for inner in error.inner:
            yield from _iter_violations(inner, root)
        return
    path = _INDEX.sub("[*]", root + error.path.removeprefix("$"))
    match error.keyword, error.expected, error.actual:
        case "required", str(name), _:
            yield Violation(keyword="required", property=name, path=path)
        case ("additionalProperties" | "unevaluatedProperties") as keyword, _, list(names):
            for name in names:
                yield Violation(keyword=keyword, property=str(name), path=path)
        case keyword, _, _:
            yield _build(keyword, path)


def _build(keyword: str, path: str) -> Violation:
    """Return the violation of the last name of a path; of one that is missing the path is that of its object."""
    path = _INDEX.sub("[*]", path)
    name = _LAST_NAME.search(path)
    if name is None:
        return Violation(keyword=keyword, path=path)
    where = path[: name.start()] if keyword == "required" else path
    return Violation(keyword=keyword, property=name[1] or name[2], path=where)
