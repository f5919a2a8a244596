"""The JSON value type, its text, its depth, and equality as JSON means it."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

# Any JSON value. `Any` and not a recursive union: values come from parsers and go to validators that take any.
Json = Any
# What an option of `contracts run` is in a ledger.
Plain = str | int | bool | list[str] | None


def parse_json(text: str) -> Json:
    """Return the value of a JSON text.

    Raises ValueError for what RFC 8259 does not allow (NaN), and for a number that is out of the range of floats;
    RecursionError for a text that is nested too deep.
    """
    return json.loads(text, parse_constant=_refuse_constant, parse_float=_parse_float)


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a value of JSON")


def _parse_float(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse_constant(text)


def is_deeper(value: Json, limit: int) -> bool:
    """Tell whether objects and lists are nested deeper than `limit`, without recursion."""
    level = [value]
    for _ in range(limit):
        level = [child for item in level for child in _list_collections(item)]
        if not level:
            return False
    return True


def count_levels(value: Json) -> list[int]:
    """Return how many values there are on each level, that of `value` first."""
    counts, level = [1], _list_collections([value])
    while level:
        counts.append(sum(map(len, level)))
        level = [child for item in level for child in _list_collections(item)]
    return counts


def _list_collections(value: Json) -> list[Json]:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [child for child in children if type(child) is dict or type(child) is list]


def iter_scalars(value: Json) -> Iterator[str]:
    """Yield the texts of a JSON value and its numbers as JSON writes them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float):
        yield "" if isinstance(value, bool) else str(value)
    elif isinstance(value, list | tuple):
        yield from (text for item in value for text in iter_scalars(item))
    elif isinstance(value, Mapping):
        yield from (text for item in value.values() for text in iter_scalars(item))


def is_equal(left: Json, right: Json) -> bool:
    """Compare as JSON: 1 equals 1.0, true does not equal 1, objects ignore order."""
    if type(left) is type(right) in (str, int, float):  # first: most are, and to ask for a Mapping is slow
        return bool(left == right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(is_equal(left[key], right[key]) for key in left)
    if isinstance(left, str) or isinstance(right, str):
        return bool(left == right)
    if isinstance(left, Sequence) and isinstance(right, Sequence):
        return len(left) == len(right) and all(map(is_equal, left, right))
    return bool(left == right)


def render_key(value: Json) -> str:
    """Return a text that is equal for equal JSON values: 1 and 1.0 are one number. It serves as a key where a service
    chooses the values: unlike those of numbers, the hashes of texts cannot be made equal on purpose."""
    return json.dumps(_normalise(value), sort_keys=True, ensure_ascii=False)


def _normalise(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_normalise(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _normalise(item) for key, item in value.items()}
    return value
