"""Reads JSON that may be hostile: bounded depth, no NaN, no name twice in an object."""

import json
from collections import Counter
from typing import Any

from contracts_runner.model.json import Json

MAX_DEPTH = 200


class NotJsonError(Exception):
    """The bytes are no JSON that two readers would read alike; the message says why."""


def parse_json(data: bytes) -> Json:
    """Return the value. Raises NotJsonError."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_build_object, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise NotJsonError(f"not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise NotJsonError(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise NotJsonError(f"nested deeper than {MAX_DEPTH}") from error
    except ValueError as error:
        # An integer with more digits than Python converts.
        raise NotJsonError(f"not JSON that can be read: {error}") from error
    if _is_too_deep(value):
        raise NotJsonError(f"nested deeper than {MAX_DEPTH}")
    return value


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise NotJsonError(f"the name '{twice[:50]}' stands twice in one object")
    return result


def _refuse_constant(name: str) -> None:
    raise NotJsonError(f"{name} is not JSON")


def _is_too_deep(value: Json) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for item in level for inner in _list_members(item) if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _list_members(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
