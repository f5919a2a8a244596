"""Tells where two JSON values differ: what was added, removed or changed, each at its path."""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

from contracts_runner.model.json import Json, is_equal, render_key
from contracts_runner.model.json_pointer import Pointer, find_value
from contracts_runner.openapi.explain_text import render_value

# Longer lists are compared item by item: to find what is moved takes the square of their length.
_MOST_ALIGNED = 200


def iter_differences(value: Json, expected: Json) -> Iterator[tuple[Pointer, str]]:
    """Yield (pointer, predicate) of each place below two objects or two lists that differ; nothing for other values."""
    if isinstance(value, Mapping) and isinstance(expected, Mapping):
        for name, wanted in expected.items():
            yield from _compare(name, value[name], wanted) if name in value else _remove(name, wanted)
        for name in value:
            if name not in expected:
                yield (name,), f"is added: {render_value(value[name])}"
    elif isinstance(value, list) and isinstance(expected, list):
        yield from _compare_lists(value, expected)


def name_keyword(value: Json, expected: Json, pointer: Pointer) -> str:
    """Return the keyword of JSON Schema that says what differs at a pointer: "required" for a name that the value does
    not have, "additionalProperties" for one that only the value has, "" for another value."""
    if pointer and _lacks_name(value, pointer):
        return "required"
    return "additionalProperties" if pointer and _lacks_name(expected, pointer) else ""


def _lacks_name(value: Json, pointer: Pointer) -> bool:
    try:
        holder = find_value(value, pointer[:-1])
    except KeyError:
        return False
    return isinstance(holder, Mapping) and pointer[-1] not in holder


def _compare(part: str | int, value: Json, expected: Json) -> Iterator[tuple[Pointer, str]]:
    is_below = False
    for pointer, message in iter_differences(value, expected):
        is_below = True
        yield (part, *pointer), message
    if not is_below and not is_equal(value, expected):
        yield (part,), f"is {render_value(value)}, expected {render_value(expected)}"


def _remove(part: str | int, expected: Json) -> Iterator[tuple[Pointer, str]]:
    yield (part,), f"is removed: expected {render_value(expected)}"


def _compare_lists(value: list[Json], expected: list[Json]) -> Iterator[tuple[Pointer, str]]:
    for here, there in _align(value, expected):
        for index, other in zip(here, there, strict=False):
            yield from _compare(index, value[index], expected[other])
        for index in here[len(there) :]:
            yield (index,), f"is added: {render_value(value[index])}"
        for other in there[len(here) :]:
            yield from _remove(other, expected[other])


def _align(value: list[Json], expected: list[Json]) -> Iterator[tuple[range, range]]:
    """Yield the indexes of the stretches that are not equal."""
    if max(len(value), len(expected)) > _MOST_ALIGNED:
        yield range(len(value)), range(len(expected))
        return
    matcher = SequenceMatcher(None, [*map(render_key, expected)], [*map(render_key, value)], autojunk=False)
    for kind, low, high, start, end in matcher.get_opcodes():
        if kind != "equal":
            yield range(start, end), range(low, high)
