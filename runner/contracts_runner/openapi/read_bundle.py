"""Makes one self-contained OpenAPI document of several files and remembers where each line came from."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import Problem, Rule
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, find_value
from contracts_runner.openapi.bundle import Bundle
from contracts_runner.openapi.bundler import Bundler
from contracts_runner.openapi.document_places import DOCUMENTS, build_places
from contracts_runner.openapi.object_kinds import iter_children
from contracts_runner.openapi.origins import Origins
from contracts_runner.openapi.overlays import render_action
from contracts_runner.openapi.refs import Source
from contracts_runner.reading.yaml_tree import MAX_VALUES

# What holds objects that say nothing without what they refer to.
_NEED_ALL = frozenset({"parameters", "headers", "requestBodies", "securitySchemes", "callbacks", "links"})
_OPERATION_DEPTH = len(("paths", "/path", "method"))


@dataclass(frozen=True, slots=True)
class SpecObject:
    """An object of the document, its kind (object_kinds) and the kind of the object that holds it, "" for the root."""

    pointer: Pointer
    value: Json
    kind: str
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadBundle(Bundle):
    """A document that has just been read, with what its checks need."""

    # Where references lead to, and the kind of object (object_kinds) that is expected there.
    targets: frozenset[tuple[Pointer, str]]
    # Where each reference is -> where it leads to.
    references: Mapping[Pointer, Pointer]
    # The names of the overlays.
    overlays: frozenset[str]
    # Of Swagger 2.0, None of any other.
    origins: Origins | None
    # Whether the same files give the same document again: one that was not there may come.
    is_settled: bool
    _texts: Mapping[Pointer, str] = field(repr=False)

    def drop_checks(self) -> Bundle:
        """Return what is needed of the document once it has been checked."""
        return Bundle(
            document=self.document, sha256=self.sha256, files=self.files, places=self.places, moves=self.moves
        )

    def render_mend(self, pointer: Pointer, update: Json = None) -> str:
        """Return the overlay action that updates a place, or removes it; "" where no overlay can: in another file."""
        written = self._find_written(pointer)
        return "" if written is None else render_action(written, update)

    def render_removal(self, pointer: Pointer) -> str:
        """Return the overlay action that removes a place, "" where that leaves no document."""
        is_alone = pointer[-1:] == ("$ref",) and (
            pointer[-2:-1] == ("requestBody",) or not _NEED_ALL.isdisjoint(pointer[-3:-2])
        )
        written = self._find_written(pointer[:-1] if is_alone else pointer)
        # An operation is not mended by taking it out.
        is_removable = written and (written[:1] != ("paths",) or len(written) > _OPERATION_DEPTH)
        return render_action(written) if written and is_removable else ""

    def find_written(self, pointer: Pointer) -> tuple[str, Pointer] | None:
        """Return the file ("" for the document itself, else its path from the document's folder) and the place in it
        that an overlay can change; None where nobody wrote what the pointer leads to."""
        if len(pointer) > 1 and pointer[0] == DOCUMENTS:
            return str(pointer[1]), pointer[2:]
        written = self._find_written(pointer)
        return None if written is None else ("", written)

    def _find_written(self, pointer: Pointer) -> Pointer | None:
        if len(pointer) > 1 and pointer[0] == DOCUMENTS:
            return None
        return self.origins.find(pointer) if self.origins else pointer

    def read_raw(self, pointer: Pointer) -> str | None:
        """Return a scalar's text as written, None for anything else."""
        try:
            value = find_value(self.document, pointer)
        except KeyError:
            return None
        if isinstance(value, str | dict | list):
            return value if isinstance(value, str) else None
        return self._texts.get(pointer) or json.dumps(value)

    def iter_objects(self) -> Iterator[SpecObject]:
        """Yield each object, of external files too, once for each kind that it is used as, in the document's order."""
        seen: set[tuple[Pointer, str]] = set()
        starts = [((), "document"), *sorted(self.targets, key=lambda target: (len(target[0]), target))]
        for pointer, kind in starts:
            stack = [SpecObject(pointer, find_value(self.document, pointer), kind)]
            while stack:
                found = stack.pop()
                if (found.pointer, found.kind) in seen:
                    continue
                seen.add((found.pointer, found.kind))
                is_container = found.kind[0] in "{["
                if not is_container:
                    yield found
                owner = found.owner if is_container else found.kind
                children = [
                    SpecObject((*found.pointer, key), found.value[key], child_kind, owner)
                    for key, child_kind in iter_children(found.kind, found.value)
                ]
                stack += reversed(children)


def load_bundle(
    path: Path, root: Path, overlays: tuple[Path, ...] = (), max_values: int = MAX_VALUES
) -> tuple[ReadBundle | None, tuple[Problem, ...]]:
    """Read a document, its overlays and all files that it refers to; None where the document itself is unusable.

    References that could not be followed are among the problems and stay as written.
    """
    bundler = Bundler(Path(os.path.abspath(path)), Path(os.path.abspath(root)), overlays, max_values)
    main = bundler.main.document
    if not isinstance(main.value, dict):
        message, hint = "an OpenAPI document is a mapping", "it begins with 'openapi: 3.1.0'"
        no_mapping = Problem(location=main.location(), message=message, hint=hint, rule=Rule.SPEC)
        return None, main.problems or (no_mapping,)
    document = bundler.build()
    read = (*bundler.sources, *bundler.converted)
    files = {source.document.name: source.document.sha256 for source in read} | bundler.overlays
    places, texts = build_places({source.name: source.document for source in bundler.sources}, files)
    bundle = ReadBundle(
        document=document,
        sha256=_combine(read, bundler.overlays),
        files=files,
        targets=frozenset(bundler.targets),
        references=bundler.references,
        overlays=frozenset(bundler.overlays),
        origins=bundler.origins,
        is_settled=bundler.is_settled,
        places=places,
        moves=bundler.origins.list_moves() if bundler.origins else {},
        _texts=texts,
    )
    return bundle, tuple(sorted(bundler.problems, key=lambda problem: problem.location))


def _combine(sources: tuple[Source, ...], overlays: Mapping[str, str]) -> str:
    main, *others = sources
    ordered = [main, *sorted(others, key=lambda source: source.name)]
    lines = [f"{source.name}\0{source.document.sha256}\n" for source in ordered]
    # In the order in which they are applied; a name of its own keeps them apart from files of the document.
    lines += [f"overlay\0{digest}\n" for digest in overlays.values()]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
