"""Finds what a JSON Schema for editors says of a place in a document, and what our readers accept there."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from contracts_runner.errors import SourceLocation
from contracts_runner.reading.forms import Value

Pointer = tuple[str | int, ...]
# Keywords whose values are schemas, lists of schemas, mappings of schemas.
_ONE = ("additionalProperties", "items", "propertyNames", "if", "then", "else", "not")
_LISTS = ("allOf", "anyOf", "oneOf")
_MAPS = ("properties", "patternProperties", "$defs")


class EditorSchema:
    """A schema, and the pointers of the parts of it that apply to a place."""

    def __init__(self, root: dict[str, Any]) -> None:
        self.root = root
        self._validators: dict[Pointer, Any] = {}

    @cached_property
    def validator(self) -> Any:
        """Draft 2020-12, as the schema says."""
        return jsonschema_rs.Draft202012Validator(self.root)

    def iter_parts(self, place: Pointer = ()) -> Iterator[tuple[Pointer, dict[str, Any]]]:
        """Yield every schema that stands in this one, itself included."""
        node = find(self.root, place)
        if not isinstance(node, dict):
            return
        yield place, node
        for key in _ONE:
            if key in node:
                yield from self.iter_parts((*place, key))
        for key in _LISTS:
            for index in range(len(node.get(key, ()))):
                yield from self.iter_parts((*place, key, index))
        for key in _MAPS:
            for name in node.get(key, ()):
                yield from self.iter_parts((*place, key, name))

    def locate(self, instance: Any, pointer: Pointer) -> frozenset[Pointer]:
        """Return the parts that apply to the value at `pointer` of a valid instance."""
        places = set(self._apply((), instance))
        for part in pointer:
            instance = instance[part]
            places = {
                applied
                for place in places
                for child in self._find_child(place, part)
                for applied in self._apply(child, instance)
            }
        return frozenset(places)

    def _find_child(self, place: Pointer, part: str | int) -> Iterator[Pointer]:
        node = find(self.root, place)
        if isinstance(part, int):
            found: tuple[str, ...] = ("items",)
        else:
            found = ("properties", part) if part in node.get("properties", ()) else ("additionalProperties",)
        if isinstance(node.get(found[0]), dict):
            yield (*place, *found)

    def _apply(self, place: Pointer, value: Any) -> Iterator[Pointer]:
        node = find(self.root, place)
        yield place
        if "$ref" in node:
            yield from self._apply(tuple(node["$ref"].removeprefix("#/").split("/")), value)
        if "if" in node:
            branch = "then" if self._holds((*place, "if"), value) else "else"
            if branch in node:
                yield from self._apply((*place, branch), value)
        for key in _LISTS:
            for index in range(len(node.get(key, ()))):
                if self._holds((*place, key, index), value):
                    yield from self._apply((*place, key, index), value)

    def _holds(self, place: Pointer, value: Any) -> bool:
        if place not in self._validators:
            part = {"$defs": self.root["$defs"], "allOf": [find(self.root, place)]}
            self._validators[place] = jsonschema_rs.Draft202012Validator(part)
        return bool(self._validators[place].is_valid(value))


def find(value: Any, pointer: Pointer) -> Any:
    """Return the value at keys and indexes that exist."""
    for part in pointer:
        value = value[part]
    return value


def iter_pointers(value: Any, pointer: Pointer = ()) -> Iterator[Pointer]:
    """Yield the pointer of every value, parents first."""
    yield pointer
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in entries:
        yield from iter_pointers(child, (*pointer, key))


@dataclass(frozen=True)
class PlainDocument:
    """Stands for a YamlDocument without any YAML: quick to make, and good for values that no author would write."""

    value: Any
    problems: tuple[Any, ...] = ()

    def location(self, pointer: Pointer = ()) -> SourceLocation:
        """Return a place; nobody looks at it."""
        return SourceLocation("example.yaml", 1)

    def raw(self, pointer: Pointer) -> str | None:
        """Return a scalar as an author would write it."""
        value = find(self.value, pointer)
        if isinstance(value, dict | list):
            return None
        return value if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True)
class Taken:
    """What a reader takes at a place: the keys of a mapping, or words. `reader`: file and function."""

    pointer: Pointer
    words: tuple[str, ...]
    reader: tuple[str, str]


class Recorder:
    """What the readers asked for while it was on."""

    def __init__(self) -> None:
        self.sections: list[Taken] = []
        self.choices: list[Taken] = []

    @contextmanager
    def listen(self) -> Iterator[None]:
        """Note each call of read_section and read_choice, which do what they always do."""
        read_section, read_choice = Value.read_section, Value.read_choice

        def note_section(value: Value, noun: str, known: Sequence[str], required: Sequence[str] = ()) -> Any:
            self.sections.append(Taken(value.pointer, tuple(known), _name_caller()))
            return read_section(value, noun, known, required)

        def note_choice(value: Value, choices: Any) -> Any:
            self.choices.append(Taken(value.pointer, tuple(map(str, choices)), _name_caller()))
            return read_choice(value, choices)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Value, "read_section", note_section)
            patch.setattr(Value, "read_choice", note_choice)
            yield


def _name_caller() -> tuple[str, str]:
    code = sys._getframe(2).f_code
    return Path(code.co_filename).stem, code.co_qualname.split(".")[0]
