"""Walks the files of an OpenAPI document along its references and copies them into one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from contracts_runner.errors import Problem, Rule
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, render_fragment
from contracts_runner.openapi.document_places import DOCUMENTS
from contracts_runner.openapi.object_kinds import is_reference, iter_children
from contracts_runner.openapi.origins import Origins
from contracts_runner.openapi.refs import (
    FilePointer,
    ReferenceMistake,
    Source,
    Sources,
    is_file_like,
    is_remote,
)
from contracts_runner.openapi.swagger import is_swagger
from contracts_runner.reading.yaml_source import YamlDocument
from contracts_runner.reading.yaml_tree import MAX_VALUES

if TYPE_CHECKING:
    from contracts_runner.openapi.swagger_files import SwaggerFiles

# In an object of unknown kind these keys most likely hold data.
_LIKELY_DATA = frozenset({"example", "enum", "const", "value"})
_UNKNOWN = "unknown"


class Bundler:
    """Reads the file at `path`, with the overlays applied, and all that it refers to.

    After `build`, `problems` has what was wrong with files and references, and `targets` where references lead to: the
    place in the bundle and the kind of object that is expected there.
    """

    def __init__(self, path: Path, root: Path, overlays: tuple[Path, ...] = (), max_values: int = MAX_VALUES) -> None:
        self._sources = Sources(path, root, overlays, max_values)
        self.main = self._sources.load(path)
        self._swagger = self._read_swagger() if is_swagger(self.main.document) else None
        if self._swagger:
            self.main.document = self._swagger.document
            self._sources.by_path = {path: self.main}
        self.problems: list[Problem] = []
        self.targets: set[tuple[Pointer, str]] = set()
        # The text of a reference -> what it leads to.
        self._targets: dict[FilePointer, FilePointer] = {}
        self._seen: set[tuple[FilePointer, str]] = set()
        self._known: set[FilePointer] = set()
        self._open: list[tuple[FilePointer, Json, str]] = []

    def _read_swagger(self) -> "SwaggerFiles":
        from contracts_runner.openapi.swagger_files import read_swagger_files

        return read_swagger_files(self.main, self._sources)

    @property
    def sources(self) -> tuple[Source, ...]:
        """All files read so far, the main one first."""
        return tuple(self._sources.by_path.values())

    @property
    def overlays(self) -> dict[str, str]:
        """Overlay, its path relative to the project -> SHA-256 (hex) of its bytes."""
        return self._sources.files

    @property
    def origins(self) -> Origins | None:
        """Where the author wrote what is elsewhere now, None where all is as written."""
        return self._swagger.origins if self._swagger else None

    @property
    def converted(self) -> tuple[Source, ...]:
        """Further files, whose contents are in the main document."""
        return self._swagger.others if self._swagger else ()

    @property
    def is_settled(self) -> bool:
        """Whether all files were there and could be read."""
        return self._sources.is_settled and all(each.document.sha256 for each in (*self.sources, *self.converted))

    @property
    def references(self) -> dict[Pointer, Pointer]:
        """Where each reference is in the bundle -> what it leads to."""
        return {place.in_bundle: target.in_bundle for place, target in self._targets.items()}

    def build(self) -> dict[str, Json]:
        """Return the bundled document."""
        self._walk(FilePointer(self.main, ()), "document")
        # What no reference leads to is walked too, so that no reference of the bundle is left as written. Each such
        # file may lead to further ones.
        done = 1
        while done < len(self.sources):
            self._walk(FilePointer(self.sources[done], ()), _UNKNOWN)
            done += 1
        self._sources.finish()
        self.problems += self._sources.problems
        self.problems += [
            replace(
                problem,
                message=_tell_place(source.document, problem.pointer or ()) + problem.message,
                pointer=self._find_bundled(FilePointer(source, problem.pointer or ())),
            )
            for source in (*self.sources, *self.converted)
            for problem in source.document.problems
        ]
        self._find_cycles()
        document: dict[str, Json] = self._copy(FilePointer(self.main, ()), self.main.document.value)
        embedded = {
            source.name: self._copy(FilePointer(source, ()), source.document.value) for source in self.sources[1:]
        }
        return {**document, DOCUMENTS: embedded} if embedded else document

    def _find_bundled(self, place: FilePointer) -> Pointer:
        is_brought = self._swagger is not None and place.source in self._swagger.others
        return self._swagger.find(place) if self._swagger and is_brought else place.in_bundle

    def _walk(self, start: FilePointer, kind: str) -> None:
        self._open.append((start, start.source.document.value, kind))
        while self._open:
            place, value, kind = self._open.pop()
            is_done = place in self._known if kind == _UNKNOWN else (place, kind) in self._seen
            if not is_done:
                self._known.add(place)
                self._seen.add((place, kind))
                self._visit(place, value, kind)

    def _visit(self, place: FilePointer, value: Json, kind: str) -> None:
        for keys, text, target_kind in _iter_references(kind, value):
            self._follow(FilePointer(place.source, (*place.pointer, *keys)), text, target_kind)
        children = _iter_unknown(value) if kind == _UNKNOWN else iter_children(kind, value)
        for key, child_kind in children:
            if isinstance(value[key], dict | list):
                self._open.append((place / key, value[key], child_kind))

    def _follow(self, place: FilePointer, text: str, kind: str) -> None:
        try:
            if self._swagger and text in self._swagger.mistakes:
                raise self._swagger.mistakes[text]
            target, value = self._sources.find(place.source, text)
        except ReferenceMistake as mistake:
            self._report(place, mistake)
            return
        self._targets[place] = target
        self.targets.add((target.in_bundle, kind))
        self._open.append((target, value, kind))

    def _find_cycles(self) -> None:
        for start, target in self._targets.items():
            passed, place = {start}, target / "$ref"
            while place in self._targets and place not in passed:
                passed.add(place)
                place = self._targets[place] / "$ref"
            if place == start:
                self._report(start, ReferenceMistake("the reference leads back to itself"))

    def _report(self, place: FilePointer, mistake: ReferenceMistake) -> None:
        location = place.source.document.location(place.pointer)
        self.problems.append(
            Problem(
                location=location,
                message=_tell_place(place.source.document, place.pointer) + mistake.message,
                hint=mistake.hint,
                rule=Rule.REFERENCE,
                pointer=place.in_bundle,
            )
        )

    def _copy(self, place: FilePointer, value: Json) -> Json:
        if isinstance(value, dict):
            return {key: self._copy_entry(place, key, item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._copy(place / index, item) for index, item in enumerate(value)]
        return value

    def _copy_entry(self, place: FilePointer, key: str, value: Json) -> Json:
        if isinstance(value, str):
            target = self._targets.get(place / key)
            return render_fragment(target.in_bundle) if target else value
        return self._copy(place / key, value) if isinstance(value, dict | list) else value


def _tell_place(document: YamlDocument, pointer: Pointer) -> str:
    """Return the beginning of a sentence, where a line says nothing of its place."""
    return f"{render_fragment(pointer)}: " if pointer and document.is_one_line else ""


def _iter_references(kind: str, value: Json) -> Iterator[tuple[Pointer, str, str]]:
    """Yield each reference of an object: where it is, its text, and the kind of what it leads to."""
    if not isinstance(value, dict):
        return
    if is_reference(value):
        yield ("$ref",), value["$ref"], kind
    match kind:
        case "schema" if isinstance(text := value.get("$dynamicRef"), str):
            yield ("$dynamicRef",), text, "schema"
        case "link" if isinstance(text := value.get("operationRef"), str) and not is_remote(text):
            yield ("operationRef",), text, "operation"
        case "discriminator" if isinstance(mapping := value.get("mapping"), dict):
            names = ((name, text) for name, text in mapping.items() if isinstance(text, str) and is_file_like(text))
            yield from ((("mapping", name), text, "schema") for name, text in names)


def _iter_unknown(value: Json) -> Iterator[tuple[str | int, str]]:
    if isinstance(value, list):
        yield from ((index, _UNKNOWN) for index in range(len(value)))
    elif isinstance(value, dict):
        keys = (key for key in value if key not in _LIKELY_DATA and not key.startswith("x-"))
        yield from ((key, _UNKNOWN) for key in keys)
