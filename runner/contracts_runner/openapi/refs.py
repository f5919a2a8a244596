"""Follows the references of a document through its files: each file is read once, and none outside of the project."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import Problem
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, parse_pointer, step_into
from contracts_runner.openapi.document_places import DOCUMENTS
from contracts_runner.openapi.object_kinds import is_reference
from contracts_runner.openapi.overlays import apply_overlays, find_strange_files
from contracts_runner.reading.suggest import suggest
from contracts_runner.reading.yaml_source import YamlDocument, load_yaml
from contracts_runner.reading.yaml_tree import MAX_VALUES

_MAX_HOPS = 100
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_FILE_LIKE = re.compile(r"[#/]|\.(?:ya?ml|json)$", re.IGNORECASE)


class ReferenceMistake(Exception):
    """A reference that cannot be followed: `message` is the reason, `hint` what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(eq=False, slots=True, kw_only=True)
class Source:
    """A file of the document; `name` is its path relative to the main file's folder, "" for the main file."""

    name: str
    folder: Path
    document: YamlDocument
    anchors: dict[str, Pointer] | None = None


@dataclass(frozen=True, slots=True)
class FilePointer:
    """A pointer into a file."""

    source: Source
    pointer: Pointer

    def __truediv__(self, part: str | int) -> "FilePointer":
        return FilePointer(self.source, (*self.pointer, part))

    @property
    def in_bundle(self) -> Pointer:
        """The same place in the bundled document."""
        return (DOCUMENTS, self.source.name, *self.pointer) if self.source.name else self.pointer


@dataclass(slots=True)
class Sources:
    """The files of a document in the order in which they were met; the main one is first."""

    path: Path
    root: Path
    overlays: tuple[Path, ...] = ()
    max_values: int = MAX_VALUES
    by_path: dict[Path, Source] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)  # of all that were read, "" that of the main one
    # Of the overlays.
    problems: tuple[Problem, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    # Whether all that it refers to was there, so that the same files give the same document.
    is_settled: bool = True
    # Looking at the file system for each of some hundred references takes longer than reading the files.
    _found: dict[tuple[Path, str], Path] = field(default_factory=dict)
    _read_overlays: list[YamlDocument] = field(default_factory=list)

    def load(self, path: Path) -> Source:
        """Return a file, which is read only once."""
        if (source := self.by_path.get(path)) is None:
            name = self.tell_path(path) if self.by_path else ""
            document = load_yaml(path, self.root, lenient=True, max_values=self.max_values)
            document = self._overlay(document, name)
            self.names.append(name)
            source = Source(name=name, folder=path.parent, document=document)
            self.by_path[path] = source
        return source

    def tell_path(self, path: Path) -> str:
        """Return the path of a file as it is from the folder of the main one."""
        return Path(os.path.relpath(path, self.path.parent)).as_posix()

    def _overlay(self, document: YamlDocument, name: str) -> YamlDocument:
        if not self.by_path:
            self._read_overlays = [load_yaml(path, self.root) for path in self.overlays]
            self.files = {overlay.name: overlay.sha256 for overlay in self._read_overlays}
        if document.value is not None and self._read_overlays:
            document, problems = apply_overlays(document, self._read_overlays, name)
            self.problems += problems
        return document

    def finish(self) -> None:
        """Note what overlays say of files that nothing refers to: all that is referred to has been read."""
        self.problems += tuple(find_strange_files(self._read_overlays, self.names[1:]))

    def find(self, source: Source, text: str, hops: int = 0) -> tuple[FilePointer, Json]:
        """Return the place that a reference in `source` leads to, and its value; raises ReferenceMistake.

        Where the way leads through another reference, the place is the one behind it.
        """
        if hops > _MAX_HOPS:
            raise ReferenceMistake(f"the reference '{text}' leads back to itself")
        file, _, fragment = map(unquote, text.partition("#"))
        if file and is_own_address(source.document.value, file):
            file = ""
        if file and is_remote(text):
            hint = "keep a copy of the document in the project and refer to that file"
            raise ReferenceMistake(f"the reference '{text}' leads out to the network; only files are read", hint)
        if file:
            source = self.load(self._find_file(file, source.folder))
        value = source.document.value
        if value is None:
            raise ReferenceMistake(f"the reference '{text}' leads to an empty file")
        place = FilePointer(source, ())
        for part in _find_parts(source, fragment, text):
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
            try:
                path = self._found[folder, file] = find_file(file, folder, self.root)
            except ReferenceMistake:
                self.is_settled = False
                raise
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


def is_remote(text: str) -> bool:
    """Tell whether a reference is an absolute URI, such as `https:…` or `//host/…`."""
    return text.startswith("//") or _SCHEME.match(text) is not None


def is_own_address(document: Json, text: str) -> bool:
    """Tell whether a reference without its fragment leads to the document itself, which says its address (OpenAPI 3.2,
    `$self`)."""
    own = document.get("$self") if isinstance(document, Mapping) else None
    try:
        return isinstance(own, str) and bool(own) and urljoin(own, text) == urldefrag(own)[0]
    except ValueError:
        return False


def is_file_like(text: str) -> bool:
    """Tell whether a value of `discriminator.mapping` is a reference and not the name of a schema."""
    return _FILE_LIKE.search(text) is not None


def find_file(file: str, folder: Path, root: Path) -> Path:
    """Return the path of a file that a document in `folder` refers to; raises ReferenceMistake."""
    path = Path(os.path.normpath(folder / file))
    if not file.isprintable():
        raise ReferenceMistake(f"the reference to '{file}' names no file")
    # A link inside of the project may lead out of it, so the name and its target are both checked.
    if not (path.is_relative_to(root) and path.resolve().is_relative_to(root.resolve())):
        raise ReferenceMistake(f"the reference to '{file}' leaves the project", "move the file into the project")
    if not path.is_file():
        raise ReferenceMistake(f"there is no file '{file}'", _suggest_file(path))
    return path


def _suggest_file(path: Path) -> str:
    if not path.parent.is_dir():
        return f"there is no folder '{path.parent.name}' either"
    return suggest(path.name, (entry.name for entry in path.parent.iterdir() if entry.is_file()))
