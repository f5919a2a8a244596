"""Brings what a Swagger 2.0 document has in other files into the document, which is read as one of OpenAPI 3.0 then.

What a reference means there depends on what refers to it: a parameter of another file may be the body of one operation.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import field, replace

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, render_fragment
from contracts_runner.openapi.object_kinds import is_reference, iter_children
from contracts_runner.openapi.origins import Origins
from contracts_runner.openapi.refs import FilePointer, ReferenceMistake, Source, Sources, is_remote
from contracts_runner.openapi.swagger import read_swagger
from contracts_runner.reading.yaml_source import YamlDocument
from contracts_runner.reading.yaml_tree import Node, iter_nodes

# Kind of object -> the mapping of the document that holds what is shared of it.
_SECTIONS = {"schema": "definitions", "parameter": "parameters", "response": "responses"}
# Where the forms of 2.0 differ from those of object_kinds.
_SHAPES: dict[str, dict[str, str]] = {
    "document": {
        "paths": "{path_item}",
        "x-success": "schema",
        **{section: f"{{{kind}}}" for kind, section in _SECTIONS.items()},
    },
    "response": {"schema": "schema"},
}
_MOST_HOPS = 50
_UNSAFE = re.compile(r"[^\w.-]", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwaggerFiles:
    """A document that was read as one of OpenAPI 3.0; `others` are the files that were brought into it.

    `places`: a place of another file -> where it is in the document now.
    """

    document: YamlDocument
    origins: Origins
    others: tuple[Source, ...]
    places: Mapping[FilePointer, Pointer]
    # The text of a reference in the document now -> why it leads to nothing.
    mistakes: Mapping[str, ReferenceMistake]

    def find(self, place: FilePointer) -> Pointer:
        """Return where a place of another file is in the document, as far as it is there."""
        for length in range(len(place.pointer), -1, -1):
            found = self.places.get(FilePointer(place.source, place.pointer[:length]))
            if found is not None:
                return (*found, *place.pointer[length:])
        return place.in_bundle


def read_swagger_files(main: Source, sources: Sources) -> SwaggerFiles:
    """Return the document of `main`; the sources have been given the files that it refers to."""
    files = _Files(main, sources)
    written = files.find_root(main)
    brought = main.document.replace_root(files.bring_all(written))
    converted = read_swagger(brought)
    origins = Origins(written, converted.find_node(()), tuple(files.roots.values()))
    others = tuple(source for source in sources.by_path.values() if source is not main)
    places = {place: ("components", "schemas", name) for (place, kind), name in files.names.items() if kind == "schema"}
    return SwaggerFiles(document=converted, origins=origins, others=others, places=places, mistakes=files.mistakes)


@dataclass(slots=True)
class _Files:
    main: Source
    sources: Sources
    roots: dict[str, Node] = field(default_factory=dict)
    # What was brought, and as which kind of object -> its name in the document.
    names: dict[tuple[FilePointer, str], str] = field(default_factory=dict)
    mistakes: dict[str, ReferenceMistake] = field(default_factory=dict)
    _added: dict[str, dict[str, Node]] = field(default_factory=lambda: {each: {} for each in _SECTIONS.values()})
    _pending: list[tuple[FilePointer, str, str]] = field(default_factory=list)
    _open: set[tuple[FilePointer, str]] = field(default_factory=set)

    def bring_all(self, root: Node) -> Node:
        """Return the document with all that its references lead to."""
        brought = self._bring(root, self.main, "document")
        for target, kind, name in self._pending:
            self._added[_SECTIONS[kind]][name] = self._bring(self._find(target), target.source, kind)
        entries = dict(brought.entries)
        for section, added in self._added.items():
            if added:
                line, own = entries.get(section) or (root.line, Node(root.line, {}))
                more = {name: (node.line, node) for name, node in added.items()}
                entries[section] = (line, _rebuild(own, {**own.entries, **more}))
        return brought if entries == brought.entries else _rebuild(brought, entries)

    def find_root(self, source: Source) -> Node:
        """Return the tree of a file, one and the same each time."""
        return self.roots.setdefault(source.document.name, source.document.find_node(()))

    def _bring(self, node: Node, source: Source, kind: str) -> Node:
        """Return a node without references that lead elsewhere than to what the document shares."""
        if is_reference(node.value):
            return self._refer(node, source, kind)
        changed: dict[str | int, Node] = {}
        children = dict(iter_nodes(node))
        for key, child_kind in _iter_children(kind, node.value):
            brought = self._bring(children[key], source, child_kind)
            if brought is not children[key]:
                changed[key] = brought
        if not changed:
            return node
        if isinstance(node.value, list):
            items = [changed.get(index, item) for index, item in enumerate(node.items)]
            return replace(node, value=[item.value for item in items], items=items, origin=node.origin or node)
        return _rebuild(node, {key: (line, changed.get(key, each)) for key, (line, each) in node.entries.items()})

    def _refer(self, node: Node, source: Source, kind: str) -> Node:
        text, section = str(node.value["$ref"]), _SECTIONS.get(kind)
        if is_remote(text) or (source is self.main and section and text.startswith(f"#/{section}/")):
            return node
        try:
            target, _ = self.sources.find(source, text)
        except ReferenceMistake as mistake:
            told = text if source is self.main else self._tell(source, text)
            self.mistakes[told] = mistake
            return _write_reference(node, told)
        if section is None:
            return self._insert(node, target, kind)
        if target.source is self.main and target.pointer[:1] == (section,):
            return _write_reference(node, render_fragment(target.pointer))
        return _write_reference(node, render_fragment((section, self._share(target, kind))))

    def _tell(self, source: Source, text: str) -> str:
        """Return a reference that leads to nothing as it is from the document."""
        file, mark, fragment = text.partition("#")
        path = next(path for path, each in self.sources.by_path.items() if each is source)
        return self.sources.tell_path(path.parent / file if file else path) + mark + fragment

    def _insert(self, node: Node, target: FilePointer, kind: str) -> Node:
        """Return what a reference leads to in its place, with what stands beside it."""
        if (target, kind) in self._open or len(self._open) > _MOST_HOPS:
            return node
        self._open.add((target, kind))
        brought = self._bring(self._find(target), target.source, kind)
        self._open.discard((target, kind))
        beside = {key: entry for key, entry in node.entries.items() if key != "$ref"}
        return _rebuild(brought, {**brought.entries, **beside}) if beside else brought

    def _share(self, target: FilePointer, kind: str) -> str:
        """Return the name under which the document shares what is elsewhere."""
        if (name := self.names.get((target, kind))) is None:
            name = self.names[target, kind] = self._choose_name(target, _SECTIONS[kind])
            self._added[_SECTIONS[kind]][name] = Node(1)  # until its turn comes
            self._pending.append((target, kind, name))
        return name

    def _choose_name(self, target: FilePointer, section: str) -> str:
        file = target.source.document.name.rpartition("/")[2].partition(".")[0]
        wanted = _UNSAFE.sub("-", str(target.pointer[-1]) if target.pointer else file) or section
        own = self.find_root(self.main).value.get(section)
        taken = {*(own if isinstance(own, Mapping) else ()), *self._added[section]}
        numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
        return wanted if wanted not in taken else next(each for each in numbered if each not in taken)

    def _find(self, place: FilePointer) -> Node:
        found = self.find_root(place.source)
        for part in place.pointer:
            found = dict(iter_nodes(found))[part]
        return replace(found, file=found.file or place.source.document.name, origin=found.origin or found)


def _iter_children(kind: str, value: Json) -> Iterator[tuple[str | int, str]]:
    if kind in _SHAPES:
        shape = _SHAPES[kind]
        yield from ((key, shape[key]) for key in (value if isinstance(value, Mapping) else ()) if key in shape)
    else:
        yield from iter_children(kind, value)


def _rebuild(node: Node, entries: Mapping[str, tuple[int, Node]]) -> Node:
    value = {key: each.value for key, (_, each) in entries.items()}
    return replace(node, value=value, entries=dict(entries), origin=node.origin or node)


def _write_reference(node: Node, text: str) -> Node:
    line, written = node.entries["$ref"]
    if text == written.value:
        return node
    other = replace(written, value=text, text=text, origin=written.origin or written)
    return _rebuild(node, {**node.entries, "$ref": (line, other)})
