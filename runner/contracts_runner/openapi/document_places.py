"""Remembers the file and the line of every value of a bundled document, in a fraction of the space of its trees."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import SourceLocation
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, step_into
from contracts_runner.reading.yaml_source import YamlDocument
from contracts_runner.reading.yaml_tree import Node

# Where a document has the files that it refers to.
DOCUMENTS = "x-documents"
# Of a scalar its place, of a collection a list of its own place and of the lines of each entry, in their order.
Lines = Any


@dataclass(slots=True, eq=False)
class Places:
    """The places of a document and of the files that it refers to, by their names in the bundle ("" the document's).

    A place is one number: the line, and which of the `files` it is in.
    """

    files: tuple[str, ...]
    lines: dict[str, Lines]
    # Object -> where each of its entries is among them.
    _positions: dict[int, dict[str, int]] = field(default_factory=dict)

    def locate(self, document: Mapping[str, Json], pointer: Pointer) -> SourceLocation:
        """Return the line of an entry's key or of a list item of the bundled document; where it has none, of the
        nearest one around it."""
        name, parts = "", pointer
        value: Json = document
        if len(pointer) > 1 and pointer[0] == DOCUMENTS and str(pointer[1]) in self.lines:
            name, parts = str(pointer[1]), pointer[2:]
            value = document[DOCUMENTS][name]
        found = self.lines[name]
        for part in parts:
            try:
                key, child = step_into(value, part)
            except KeyError:
                break
            position = 1 + (key if isinstance(key, int) else self._find_position(value, key))
            # What was added to the document has none.
            if not isinstance(found, list) or position >= len(found):
                break
            value, found = child, found[position]
        return self._read(_get_own(found))

    def is_one_line(self, file: str) -> bool:
        """Tell whether all of a file is in one line."""
        roots = [lines for lines in self.lines.values() if self._read(_get_own(lines)).path == file]
        return bool(roots) and all(self._read(_get_last(lines)) == SourceLocation(file, 1) for lines in roots)

    def _read(self, place: int) -> SourceLocation:
        line, number = divmod(place, len(self.files))
        return SourceLocation(self.files[number], line)

    def _find_position(self, value: Mapping[str, Json], key: str) -> int:
        positions = self._positions.get(id(value))
        if positions is None:
            positions = self._positions[id(value)] = {each: position for position, each in enumerate(value)}
        return positions[key]


def _get_own(lines: Lines) -> int:
    return int(lines[0] if isinstance(lines, list) else lines)


def _get_last(lines: Lines) -> int:
    while isinstance(lines, list):
        lines = lines[-1]
    return int(lines)


def build_places(documents: Mapping[str, YamlDocument], overlays: Iterable[str]) -> tuple[Places, dict[Pointer, str]]:
    """Return the places of documents, which may hold what overlays of these names wrote, and the texts of numbers,
    booleans and nulls that their authors wrote in another way than JSON does."""
    files = tuple(dict.fromkeys([*(document.name for document in documents.values()), *overlays]))
    numbers = {name: number for number, name in enumerate(files)}
    lines, texts = {}, {}
    for name, document in documents.items():
        try:
            root = document.find_node(())
        except KeyError:  # a file that cannot be read
            root = Node(1)
        reader = _Reader(numbers, parts=[DOCUMENTS, name] if name else [])
        lines[name] = reader.read(root, root.line, document.name)
        texts.update(reader.texts)
    return Places(files, lines), texts


@dataclass(slots=True)
class _Reader:
    numbers: Mapping[str, int]
    texts: dict[Pointer, str] = field(default_factory=dict)
    # Where the value is that is read.
    parts: list[str | int] = field(default_factory=list)

    def read(self, node: Node, line: int, file: str) -> Lines:
        """Return the lines of a value, which has its own at `line` of `file`."""
        file = node.file or file
        place = line * len(self.numbers) + self.numbers[file]
        if isinstance(node.value, dict):
            return [place, *(self._enter(key, child, start, file) for key, (start, child) in node.entries.items())]
        if isinstance(node.value, list):
            return [place, *(self._enter(index, child, child.line, file) for index, child in enumerate(node.items))]
        if node.text is not None and type(node.value) is not str and node.text != json.dumps(node.value):
            self.texts[tuple(self.parts)] = node.text
        return place

    def _enter(self, part: str | int, node: Node, line: int, file: str) -> Lines:
        self.parts.append(part)
        lines = self.read(node, line, file)
        self.parts.pop()
        return lines
