"""Changes documents into what authors do not mean: odd values, keys too many, keys too few."""

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

from helpers.editor_grammars import Grammar, Pointer, find, iter_pointers

ODD_VALUES: tuple[Any, ...] = (
    *(None, True, False, -1, 0, 5, 200, 600, 1.5),
    *("", " ", "text", "two words", "a/b", "module:name", "none", "sandbox", "https://a.example.com", "../a"),
    *("3s", "0.0h", "3sec", "64KiB", "0B", "2/s", "0/s", "2xx", "6XX", "2027-06-30", "2025-13-01"),
    *("$.a", "$a", "$.${a}", "${now+1h}", "${uuid+1h}", "${ a }", "${a", "$${a", "$$${a}", "${a} b", "$NAME"),
    *("(?=a)", r"\1", r"\\(?:a)"),
    *([], ["text"], ["a", "a"], ["a", 5], [200, "2xx"], ["$.a"], [{"a": "${"}]),
    *({}, {"a": "text"}, {"a": "$.a"}, {"a": 5}, {"a": ""}, {"type": "string"}, {"type": "${a}"}, {"app": "a:b"}),
)
ODD_KEYS = ("unknown", "order-id", "5x", "имя", "", "two words", "$.a", "a.b", "none", "now", "x-a")


class Change(NamedTuple):
    """A new value in the place of an old one."""

    pointer: Pointer
    old: Any
    new: Any


def cut(value: Any, pointer: Pointer) -> tuple[Any, Pointer]:
    """Return a copy with one item in each list, the one that leads to the pointer, and the pointer in it."""
    head, rest = (pointer[0], pointer[1:]) if pointer else (None, ())
    if isinstance(value, list) and value:
        item, below = cut(value[head if isinstance(head, int) else 0], rest)
        return [item], (0, *below) if pointer else ()
    if isinstance(value, dict):
        parts = {key: cut(child, rest if key == head else ()) for key, child in value.items()}
        return {key: part for key, (part, _) in parts.items()}, (head, *parts[head][1]) if pointer else ()  # type: ignore[index]
    return value, ()


def iter_places(grammar: Grammar) -> Iterator[tuple[Any, Pointer]]:
    """Yield a small document and a pointer for each place: the keys that lead to it, and the type of its value."""
    seen = set()
    for document in grammar.documents:
        for pointer in iter_pointers(document):
            keys = tuple(part if isinstance(part, str) else "*" for part in pointer)
            place = (keys, type(find(document, pointer)))
            if place not in seen:
                seen.add(place)
                yield cut(document, pointer)


def iter_changes(document: Any, pointer: Pointer) -> Iterator[Change]:
    """Yield odd values in the place of one, a list twice, a mapping without one of its keys and with others."""
    value = find(document, pointer)
    for odd in ODD_VALUES:
        yield Change(pointer, value, odd)
    if isinstance(value, list):
        yield Change(pointer, value, value * 2)
    if isinstance(value, dict):
        for key in value:
            yield Change(pointer, value, {other: child for other, child in value.items() if other != key})
        for key in ODD_KEYS:
            yield Change(pointer, value, {**value, key: next(iter(value.values()), "text")})


def replace_at(value: Any, pointer: Pointer, new: Any) -> Any:
    """Return a copy with a new value at the pointer."""
    if not pointer:
        return new
    copied = copy.copy(value)
    copied[pointer[0]] = replace_at(value[pointer[0]], pointer[1:], new)
    return copied
