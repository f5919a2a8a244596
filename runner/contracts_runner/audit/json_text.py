"""JSON that may be hostile, as a value."""

import json
import re
from collections import Counter
from typing import Any

from contracts_runner.audit.files import LIMITS, RunFiles, TooLargeError, UnreadableError, read_file
from contracts_runner.model.json import Json, is_deeper

MAX_DEPTH = 200
# In a text without escapes.
_STRING = re.compile(rb'"[^"]*+"')


class NotJsonError(UnreadableError):
    """The bytes are not JSON that two readers would read alike."""


def read_json(files: RunFiles, name: str) -> Json:
    """Return the value of a file of a run. Raises UnreadableError."""
    return parse_json(read_file(files, name, files.limits.json_bytes), files.limits.values)


def parse_json(data: bytes, max_values: int = LIMITS.values) -> Json:
    """Return the value of JSON that may be hostile: bounded depth, no NaN, no name twice in an object. Raises
    NotJsonError, TooLargeError for more values than that."""
    if _count_structure(data) > max_values and count_values(data) > max_values:
        raise TooLargeError(max_values, "values")
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
    if is_deeper(value, MAX_DEPTH):
        raise NotJsonError(f"nested deeper than {MAX_DEPTH}")
    return value


def count_values(data: bytes) -> int:
    """Return at least how many values a JSON text holds, before any of them takes its memory."""
    return _count_structure(_STRING.sub(b"", data.replace(rb"\\", b"").replace(rb"\"", b"")))


def _count_structure(data: bytes) -> int:
    # What strings hold counts too, as long as they are there.
    return 1 + data.count(b",") + data.count(b"[") + data.count(b"{")


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise NotJsonError(f"the name '{twice[:50]}' occurs twice in one object")
    return result


def _refuse_constant(name: str) -> None:
    raise NotJsonError(f"{name} is not JSON")
