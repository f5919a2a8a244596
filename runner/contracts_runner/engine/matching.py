"""Compares one value with what a contract says of it: equality, or a JSON Schema."""

from collections.abc import Mapping

from contracts_runner.model.contract import ValueMatcher
from contracts_runner.model.json import Json, is_equal
from contracts_runner.openapi.differences import iter_differences
from contracts_runner.openapi.explain_text import render_path, render_value
from contracts_runner.openapi.schemas import SchemaStore
from contracts_runner.reading.schema_types import require_types

# Messages name the first violations; the rest is counted.
SHOWN_VIOLATIONS = 5


def find_mismatch(matcher: ValueMatcher, value: Json, *, schemas: SchemaStore) -> str | None:
    """Return what does not match in one sentence, None if all does. The matcher's expressions are resolved already."""
    if not matcher.is_schema:
        return describe_difference(value, matcher.value)
    return join_violations(
        [f"{error.path} {error.message}" for error in schemas.check_inline(require_types(matcher.value), value)]
    )


def find_pair(matcher: ValueMatcher, value: Json, *, schemas: SchemaStore) -> tuple[Json, Json]:
    """Return the two values that show best what does not match: of a schema and what is deep in a value those of the
    first violation, else what is expected and the value."""
    if matcher.is_schema and isinstance(value, Mapping | list):
        first = schemas.check_inline(require_types(matcher.value), value)[0].first
        if first.pointer or first.keyword == "required":
            return first.expected, first.actual
    return matcher.value, value


def describe_difference(value: Json, expected: Json) -> str | None:
    """Return the value and what was expected instead, of two objects or two lists where they differ; None if they are
    equal."""
    if is_equal(value, expected):
        return None
    places = [f"{render_path(pointer)} {message}" for pointer, message in iter_differences(value, expected)]
    return join_violations(places) or f"is {render_value(value)}, expected {render_value(expected)}"


def join_violations(messages: list[str]) -> str | None:
    """Return the first violations and how many more there are; None for none."""
    if not messages:
        return None
    hidden = len(messages) - SHOWN_VIOLATIONS
    return "; ".join(messages[:SHOWN_VIOLATIONS]) + (f"; and {hidden} more" if hidden > 0 else "")
