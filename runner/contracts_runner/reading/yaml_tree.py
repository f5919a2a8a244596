"""Composes the events of a YAML parser into plain values that remember their lines.

PyYAML's own composer calls itself for each level, the C one without any limit: some ten thousand brackets end the
process. This one keeps its own stack, so depth and size are checked before they hurt.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from enum import StrEnum
from sys import intern

from msgspec import Struct

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json
from contracts_runner.reading.yaml_scalars import ScalarError, describe_value, resolve_plain

MAX_VALUES = 1_000_000
MAX_DEPTH = 200

_MERGE = "<<"
_SHORT = 100
_TAG = "tag:yaml.org,2002:"
_SCALAR_TYPES: dict[str, tuple[type, ...]] = {
    f"{_TAG}int": (int,),
    f"{_TAG}float": (int, float),
    f"{_TAG}bool": (bool,),
    f"{_TAG}null": (type(None),),
}


class EventKind(StrEnum):
    """What begins, or ends, in a line."""

    SCALAR = "s"
    ALIAS = "a"
    MAPPING = "m"
    SEQUENCE = "l"
    END = "e"  # of the innermost mapping or sequence
    DOCUMENT = "d"


_SCALAR = EventKind.SCALAR


class Event(Struct, frozen=True, array_like=True, gc=False):
    """One event. `is_plain`: a scalar without quotes and without a tag."""

    kind: EventKind
    line: int
    text: str = ""
    anchor: str | None = None
    tag: str | None = None
    is_plain: bool = False


class TreeError(Exception):
    """A document that cannot be taken at all."""

    def __init__(self, line: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.message = message
        self.hint = hint


@dataclass(slots=True, eq=False)
class Node:
    """A value with its line (1-based); `entries` of a mapping hold the line of the key and the value's node.

    `size` and `height` count what the node holds with all aliases written out. `file`: the name of the file that it
    and all below it is from, where that is another one than of what holds it.
    """

    line: int
    value: Json = None
    text: str | None = None
    # Of a scalar one and the same: most nodes are scalars.
    entries: dict[str, tuple[int, "Node"]] = field(default_factory=lambda: _NO_ENTRIES)
    items: list["Node"] = field(default_factory=lambda: _NO_ITEMS)
    size: int = 1
    height: int = 1
    file: str = ""
    origin: "Node | None" = None  # what the author wrote, where this is another form of it

    def __reduce__(self) -> tuple[type["Node"], tuple[object, ...]]:
        """Be packed, in half of the time and the room that all members take: most nodes have three."""
        scalar = self.line, self.value, self.text
        if not (self.entries or self.items or self.file or self.origin):
            return Node, scalar
        return Node, (*scalar, self.entries, self.items, self.size, self.height, self.file, self.origin)

    def of_file(self, name: str) -> "Node":
        """Return the node, as one of the file where it has none of its own."""
        return self if self.file or not name else replace(self, file=name)


def iter_nodes(node: Node) -> Iterator[tuple[str | int, Node]]:
    """Yield (key or index, node) of each entry."""
    yield from ((key, child) for key, (_, child) in node.entries.items())
    yield from enumerate(node.items)


_NO_ENTRIES: dict[str, tuple[int, Node]] = {}
_NO_ITEMS: list[Node] = []


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet; `key` is the key that waits for its value."""

    node: Node
    is_mapping: bool
    key: str | None = None
    key_line: int = 0
    is_merge: bool = False
    is_key_next: bool = True
    merges: list[Node] = field(default_factory=list)


class TreeBuilder:
    """Builds the tree of one document; mistakes that leave a usable tree are collected as (line, message, hint, pointer
    of the value that is being read)."""

    def __init__(self, *, lenient: bool, max_values: int = MAX_VALUES) -> None:
        self.problems: list[tuple[int, str, str, tuple[str | int, ...]]] = []
        self.root: Node | None = None
        self._lenient = lenient
        self._max_values = max_values
        self._stack: list[_Open] = []
        self._anchors: dict[str, Node] = {}

    def build(self, events: Iterable[Event]) -> Node | None:
        """Return the root, or None for an empty stream; raises TreeError."""
        for event in events:
            kind = event.kind
            if kind is _SCALAR:  # first: most are
                node = self._build_scalar(event)
                if event.anchor:
                    self._anchors[event.anchor] = node
                self.place(node, is_plain=event.is_plain)
            elif kind is EventKind.END:
                self.close()
            elif kind is EventKind.ALIAS:
                self.place(self._resolve_alias(event))
            elif kind is not EventKind.DOCUMENT:
                self._start(event)
            elif self.root:
                raise TreeError(event.line, "the file holds more than one YAML document")
        return self.root

    def _start(self, event: Event) -> None:
        is_mapping = event.kind is EventKind.MAPPING
        self._check_collection_tag(event, "map" if is_mapping else "seq")
        node = Node(event.line, value={} if is_mapping else [])
        if event.anchor:
            self._anchors[event.anchor] = node
        self.open(node)

    def open(self, node: Node) -> None:
        """Begin a collection: what is placed until it is closed is in it, in a mapping keys and values in turn."""
        is_mapping = isinstance(node.value, dict)
        if is_mapping:
            node.entries = {}
        else:
            node.items = []
        self._stack.append(_Open(node, is_mapping))
        if len(self._stack) > MAX_DEPTH:
            raise TreeError(node.line, f"nested deeper than {MAX_DEPTH} levels")

    def close(self) -> None:
        """End the innermost collection."""
        opened = self._stack.pop()
        for merged in opened.merges:
            self._merge(opened.node, merged)
        self.place(opened.node)

    def place(self, node: Node, *, is_plain: bool = False) -> None:
        """Put a node into the innermost collection; without one, it is the root."""
        if node.height + len(self._stack) > MAX_DEPTH + 1:
            raise TreeError(node.line, f"nested deeper than {MAX_DEPTH} levels")
        if not self._stack:
            self.root = node
            return
        parent = self._stack[-1]
        if not parent.is_mapping:
            self._count(parent.node, node)
            parent.node.items.append(node)
            parent.node.value.append(node.value)
        elif parent.is_key_next:
            parent.key, parent.key_line = self._read_key(node), node.line
            parent.is_merge = is_plain and parent.key == _MERGE
            parent.is_key_next = False
        else:
            self._place_value(parent, node)
            parent.is_key_next = True

    def _place_value(self, parent: _Open, node: Node) -> None:
        if parent.key is None:
            return
        if parent.is_merge:
            parent.merges.append(node)
            return
        self._count(parent.node, node)
        if first := parent.node.entries.get(parent.key):
            self.report(parent.key_line, f"duplicate key '{parent.key}', first on line {first[0]}")
            return
        parent.node.entries[parent.key] = (parent.key_line, node)
        parent.node.value[parent.key] = node.value

    def _count(self, parent: Node, child: Node) -> None:
        parent.size += child.size
        parent.height = max(parent.height, child.height + 1)
        if parent.size > self._max_values:
            hint = "'max_values' of the spec in contracts.yaml sets how many may be" if self._lenient else ""
            raise TreeError(child.line, f"more than {self._max_values:,} values with all aliases written out", hint)

    def _read_key(self, node: Node) -> str | None:
        if node.text is None:
            self.report(node.line, "a key must be text, not a list or a mapping")
            return None
        if not isinstance(node.value, str) and not self._lenient:
            kind = describe_value(node.value)
            self.report(node.line, f"the key {node.text or '~'} is read as {kind}", f'write "{node.text}" in quotes')
        return node.text

    def _build_scalar(self, event: Event) -> Node:
        # Most texts of a project come many times.
        line, text = event.line, intern(event.text) if len(event.text) <= _SHORT else event.text
        try:
            return Node(line, self._resolve_scalar(event, text), text)
        except ScalarError as error:
            self.report(line, str(error))
            return Node(line, text, text)

    def _resolve_scalar(self, event: Event, text: str) -> Json:
        tag = event.tag
        if tag is None or tag == "!":
            return resolve_plain(text, lenient=self._lenient) if event.is_plain else text
        if tag == f"{_TAG}str":
            return text
        if tag not in _SCALAR_TYPES:
            raise ScalarError(f"unknown tag '{_shorten_tag(tag)}'")
        value = resolve_plain(text, lenient=True)
        if not isinstance(value, _SCALAR_TYPES[tag]):
            raise ScalarError(f"'{text}' does not fit its tag '{_shorten_tag(tag)}'")
        return value

    def _check_collection_tag(self, event: Event, kind: str) -> None:
        if event.tag is not None and event.tag not in ("!", _TAG + kind):
            self.report(event.line, f"unknown tag '{_shorten_tag(event.tag)}'")

    def _resolve_alias(self, event: Event) -> Node:
        line, name = event.line, event.anchor or ""
        node = self._anchors.get(name)
        if node is None:
            self.report(line, f"unknown alias '*{name}'", "quote a text that begins with *")
            return Node(line)
        if any(node is opened.node for opened in self._stack):
            raise TreeError(line, f"the alias '*{name}' is inside of what it names")
        return node

    def _merge(self, node: Node, merged: Node) -> None:
        sources = merged.items if isinstance(merged.value, list) else [merged]
        for source in sources:
            if not isinstance(source.value, Mapping):
                self.report(merged.line, "<< takes a mapping or a list of mappings")
                continue
            self._count(node, source)
            for key, (line, child) in source.entries.items():
                if key not in node.entries:
                    node.entries[key] = (line, child)
                    node.value[key] = child.value

    def report(self, line: int, message: str, hint: str = "") -> None:
        """Note a mistake of the value that is being read."""
        places = ((opened.key or "") if opened.is_mapping else len(opened.node.items) for opened in self._stack)
        self.problems.append((line, message, hint, tuple(places)))


def _shorten_tag(tag: str) -> str:
    return tag.replace(_TAG, "!!")
