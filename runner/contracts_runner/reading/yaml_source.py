"""Reads YAML, and files named `.json` as JSON, into plain values whose places are known."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import Problem, Rule, SourceLocation
from contracts_runner.model.json import Json
from contracts_runner.reading.parsed_files import ParsedFiles
from contracts_runner.reading.yaml_tree import MAX_VALUES, Event, Node, TreeBuilder, TreeError, iter_nodes

Pointer = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlDocument:
    """A file as plain values (dict, list, str, int, float, bool, None); `value` is None after a fatal problem.

    `sha256` is the hash of the file's bytes, "" if it could not be read. `mended`: keys that have another name here
    than in the file, each with the mistake.
    """

    name: str
    value: Json
    problems: tuple[Problem, ...] = ()
    sha256: str = ""
    mended: list[tuple[Pointer, Problem]] = field(default_factory=list, repr=False)
    _root: Node | None = field(default=None, repr=False)

    @property
    def root(self) -> Node | None:
        """The tree; None after a fatal problem."""
        return self._root

    @property
    def is_one_line(self) -> bool:
        """Whether a line says nothing of a place."""
        node, last = None, self._root
        while last is not None:
            node, last = last, next(reversed([child for _, child in iter_nodes(last)]), None)
            if node.file not in ("", self.name):
                return False
        return node is not None and node.line == 1

    def location(self, pointer: Pointer = ()) -> SourceLocation:
        """Return the line of an entry's key or of a list item; of the nearest parent where that is absent."""
        name, line, node = self.name, 1, self._root
        if node is not None:
            name, line = node.file or name, node.line
        for part in pointer:
            found = find_entry(node, part)
            if found is None:
                break
            line, node = found
            name = node.file or name
        return SourceLocation(name, line)

    def find_node(self, pointer: Pointer) -> Node:
        """Return what a pointer leads to, with the file that it is from; raises KeyError where it leads to nothing."""
        name, node = self.name, self._root
        for part in pointer:
            found = find_entry(node, part)
            if found is None:
                raise KeyError(part)
            node = found[1]
            name = node.file or name
        if node is None:
            raise KeyError(pointer)
        return node.of_file(name)

    def rename(self, pointer: Pointer, name: str) -> None:
        """Take an entry under another name, in its place."""
        node = self.find_node(pointer[:-1])
        for entries in (node.entries, node.value):
            rename_key(entries, pointer[-1], name)

    def replace_root(self, root: Node) -> "YamlDocument":
        """Return the document with another tree."""
        return replace(self, value=root.value, _root=root)


def rename_key(entries: dict[str, Any], key: str | int, name: str) -> None:
    """Give an entry another name, in its place."""
    renamed = [(name if each == key else each, value) for each, value in entries.items()]
    entries.clear()
    entries.update(renamed)


def load_yaml(
    path: Path,
    root: Path,
    *,
    lenient: bool = False,
    max_values: int = MAX_VALUES,
    parsed: ParsedFiles | None = None,
) -> YamlDocument:
    """Read a file; every mistake is in `problems`, nothing is raised.

    `lenient` is for OpenAPI documents: keys such as `200:` are taken as text without a problem. The document's name is
    the path relative to `root`, with forward slashes. `parsed` has what was parsed before.
    """
    name = (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return _fail(name, 1, f"cannot be read: {reason}")
    digest = hashlib.sha256(content).hexdigest()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _fail(name, content.count(b"\n", 0, error.start) + 1, "is not UTF-8", "save the file as UTF-8", digest)
    del content  # of a large file it is as much as the text
    return parse_yaml(text, name, lenient=lenient, sha256=digest, max_values=max_values, parsed=parsed)


def parse_yaml(
    text: str,
    name: str,
    *,
    lenient: bool = False,
    sha256: str = "",
    max_values: int = MAX_VALUES,
    parsed: ParsedFiles | None = None,
) -> YamlDocument:
    """Read a text; see load_yaml."""
    builder = TreeBuilder(lenient=lenient, max_values=max_values)
    try:
        root = _build(text, name, sha256, builder, parsed)
    except TreeError as error:
        return _fail(name, error.line, error.message, error.hint, sha256)
    if root is None:
        return _fail(name, 1, "the file is empty", sha256=sha256)
    problems = tuple(
        Problem(location=SourceLocation(name, line), message=message, hint=hint, rule=Rule.YAML, pointer=pointer)
        for line, message, hint, pointer in builder.problems
    )
    return YamlDocument(name=name, value=root.value, problems=problems, sha256=sha256, _root=root)


def _build(text: str, name: str, sha256: str, builder: TreeBuilder, parsed: ParsedFiles | None) -> Node | None:
    if name.endswith(".json"):
        from contracts_runner.reading.json_source import build_json_tree

        return build_json_tree(text, builder)
    if parsed and (kept := parsed.find(name, sha256, text)) is not None:
        return builder.build(kept)
    from contracts_runner.reading.yaml_events import iter_events

    if parsed is None:
        return builder.build(iter_events(text))
    events: list[Event] = []
    root = builder.build(_copy(iter_events(text), events))
    parsed.keep(name, sha256, text, events)
    return root


def _copy(events: Iterable[Event], copied: list[Event]) -> Iterator[Event]:
    for event in events:
        copied.append(event)
        yield event


def find_entry(node: Node | None, part: str | int) -> tuple[int, Node] | None:
    """Return an entry of a mapping or a list with the line of its key; None where there is none."""
    if node is None:
        return None
    if node.entries:
        return node.entries.get(part if type(part) is str else str(part))
    if isinstance(part, int) and 0 <= part < len(node.items):
        return node.items[part].line, node.items[part]
    return None


def _fail(name: str, line: int, message: str, hint: str = "", sha256: str = "") -> YamlDocument:
    problem = Problem(location=SourceLocation(name, line), message=message, hint=hint, rule=Rule.YAML)
    return YamlDocument(name=name, value=None, problems=(problem,), sha256=sha256)
