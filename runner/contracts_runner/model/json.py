"""The JSON value type, its depth, and equality as JSON means it."""

from collections.abc import Mapping, Sequence
from typing import Any

# Any JSON value. `Any` and not a recursive union: values come from parsers and go to validators that take any.
Json = Any
# What an option of `contracts run` is in a ledger.
Plain = str | int | bool | list[str] | None


def is_deeper(value: Json, limit: int) -> bool:
    """Tell whether objects and lists are nested deeper than `limit`, without recursion."""
    level = [value]
    for _ in range(limit):
        level = [child for item in level for child in _list_collections(item)]
        if not level:
            return False
    return True


def _list_collections(value: Json) -> list[Json]:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [child for child in children if type(child) is dict or type(child) is list]


def is_equal(left: Json, right: Json) -> bool:
    """Compare as JSON: 1 equals 1.0, true does not equal 1, objects ignore order."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(is_equal(left[key], right[key]) for key in left)
    if isinstance(left, str) or isinstance(right, str):
        return bool(left == right)
    if isinstance(left, Sequence) and isinstance(right, Sequence):
        return len(left) == len(right) and all(map(is_equal, left, right))
    return bool(left == right)
