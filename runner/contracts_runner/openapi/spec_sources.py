"""Finds what a reference means: the file, read once, and the place in it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, parse_pointer, step_into
from contracts_runner.openapi.spec_references import ReferenceMistake, find_file, split_reference
from contracts_runner.openapi.spec_shape import is_reference
from contracts_runner.reading.suggest import suggest
from contracts_runner.reading.yaml_source import YamlDocument, load_yaml

DOCUMENTS = "x-documents"

_MAX_HOPS = 100


@dataclass(eq=False, slots=True, kw_only=True)
class Source:
    """A file of the document; `name` is its path relative to the main file's folder, "" for the main file."""

    name: str
    folder: Path
    document: YamlDocument
    anchors: dict[str, Pointer] | None = None

    @property
    def prefix(self) -> Pointer:
        """Where the file stands in the bundle."""
        return (DOCUMENTS, self.name) if self.name else ()


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file."""

    source: Source
    pointer: Pointer

    def __truediv__(self, part: str | int) -> "Place":
        return Place(self.source, (*self.pointer, part))

    @property
    def in_bundle(self) -> Pointer:
        """The same place in the bundled document."""
        return (*self.source.prefix, *self.pointer)


@dataclass(slots=True)
class Sources:
    """The files that belong to a document, in the order in which they were met; the main one is first."""

    path: Path
    root: Path
    by_path: dict[Path, Source] = field(default_factory=dict)
    # Looking at the file system for each of some hundred references takes longer than reading the files.
    _found: dict[tuple[Path, str], Path] = field(default_factory=dict)

    def load(self, path: Path) -> Source:
        """Return a file, read at the first time."""
        if (source := self.by_path.get(path)) is None:
            name = Path(os.path.relpath(path, self.path.parent)).as_posix() if self.by_path else ""
            source = Source(name=name, folder=path.parent, document=load_yaml(path, self.root, lenient=True))
            self.by_path[path] = source
        return source

    def find(self, source: Source, text: str, hops: int = 0) -> tuple[Place, Json]:
        """Return the place that a reference in `source` leads to, and its value; raises ReferenceMistake.

        Where the way leads through another reference, the place is the one behind it.
        """
        if hops > _MAX_HOPS:
            raise ReferenceMistake(f"the reference '{text}' leads back to itself")
        reference = split_reference(text)
        if reference.file:
            source = self.load(self._find_file(reference.file, source.folder))
        value = source.document.value
        if value is None:
            raise ReferenceMistake(f"the reference '{text}' leads to a file that holds nothing")
        place = Place(source, ())
        for part in _find_parts(source, reference.fragment, text):
            if is_reference(value) and part not in value:
                place, value = self.find(place.source, value["$ref"], hops + 1)
            try:
                key, value = step_into(value, part)
            except KeyError:
                hint = suggest(str(part), value) if isinstance(value, dict) else ""
                raise ReferenceMistake(f"the reference '{text}' leads to nothing: there is no '{part}'", hint) from None
            place /= key
        return place, value

    def _find_file(self, file: str, folder: Path) -> Path:
        path = self._found.get((folder, file))
        if path is None:
            path = self._found[folder, file] = find_file(file, folder, self.root)
        return path


def _find_parts(source: Source, fragment: str, text: str) -> Pointer:
    if fragment.startswith("/") or not fragment:
        try:
            return parse_pointer(fragment)
        except ValueError as error:
            raise ReferenceMistake(f"the reference '{text}': {error}") from None
    if source.anchors is None:
        source.anchors = dict(_iter_anchors((), source.document.value))
    if (pointer := source.anchors.get(fragment)) is None:
        hint = suggest(fragment, source.anchors) or f"a pointer begins with '#/', as in '#/{fragment}'"
        raise ReferenceMistake(f"the reference '{text}' leads to nothing: there is no $anchor '{fragment}'", hint)
    return pointer


def _iter_anchors(pointer: Pointer, value: Json) -> Iterator[tuple[str, Pointer]]:
    if isinstance(value, dict):
        for keyword in ("$anchor", "$dynamicAnchor"):
            if isinstance(name := value.get(keyword), str):
                yield name, pointer
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from _iter_anchors((*pointer, key), child)
