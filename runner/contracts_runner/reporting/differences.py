"""The two values of a check, held against each other path by path."""

from collections.abc import Mapping

from contracts_runner.openapi.differences import iter_differences
from contracts_runner.openapi.explain_text import render_path
from contracts_runner.results.rows import CheckRow, WarehouseRow

# What is expected by these is a JSON Schema where it is an object: the message says what does not match it.
_SCHEMATIC = frozenset({"body", "header", "text", "xml", "body_schema", "response_headers", "every", "count", "bytes"})
# Of these one value is not that which was compared with the other.
_OF_SETS = frozenset({"disjoint", "subset", "superset", "same_items", "unique"})
# Of the checks of tables this one compares two objects.
_COLUMNS = "columns"
_MOST = 50


def list_differences(check: CheckRow | WarehouseRow) -> list[tuple[str, str]]:
    """Return (JSONPath, what is different there) for two lists, or two objects of which one is not a schema; the first
    ones of very many. Nothing for what a check of the warehouse says of its rule and of what it counted."""
    expected, actual = check.expected, check.actual
    is_rule = isinstance(check, WarehouseRow) and check.check != _COLUMNS
    if check.check in _OF_SETS or (is_rule and isinstance(expected, Mapping)):
        return []
    if isinstance(expected, Mapping) and (check.check in _SCHEMATIC or not expected.keys() & _keys(actual)):
        return []
    found = iter_differences(actual, expected)
    return [(render_path(pointer), message) for (pointer, message), _ in zip(found, range(_MOST), strict=False)]


def _keys(value: object) -> set[str]:
    return set(value) if isinstance(value, Mapping) else set()
