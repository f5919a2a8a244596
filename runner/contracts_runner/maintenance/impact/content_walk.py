"""Follows what contracts say of a body through its schemas in both documents, and notes each place that is used."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field

from jsonpath_rfc9535 import JSONPathQuery
from jsonpath_rfc9535.filter_expressions import RelativeFilterQuery
from jsonpath_rfc9535.segments import JSONPathRecursiveDescentSegment, JSONPathSegment
from jsonpath_rfc9535.selectors import (
    FilterSelector,
    IndexSelector,
    JSONPathSelector,
    NameSelector,
    SliceSelector,
)

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.impact.changes import Content
from contracts_runner.maintenance.impact.schema_pairs import Edge, EdgeKind, Pair
from contracts_runner.maintenance.impact.written_uses import Uses, Written, find_written
from contracts_runner.maintenance.lint.schema_paths.paths import iter_queries, parse_path
from contracts_runner.maintenance.lint.schema_paths.shapes import list_values
from contracts_runner.maintenance.lint.schema_paths.values import is_open
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import find_value, parse_pointer
from contracts_runner.reading.places import Place

Pairs = list[Pair]
_BELOW = {"items": EdgeKind.ITEM, "contains": EdgeKind.ITEM, "additionalProperties": EdgeKind.EXTRA}
_LISTS = ("allOf", "anyOf", "oneOf")
_SAME = ("not", "if", "then", "else")
# What these say depends on all properties that there are.
_COUNTING = frozenset({"unevaluatedProperties", "propertyNames", "minProperties", "maxProperties", "patternProperties"})


@dataclass(frozen=True)
class ContentWalk:
    """What is used of one body; `uses` grows. `document` is what references in schemas lead to."""

    content: Content
    document: Mapping[str, Json]
    uses: Uses = field(default_factory=Uses)

    @property
    def start(self) -> Pairs:
        """The body as a whole."""
        return self._spread([self.content.pair])

    def follow(self, path: str, start: Pairs, written: Written | None = None) -> Pairs:
        """Return where a JSONPath leads to, whose places on the way are used; it is written at a place."""
        query = parse_path(path)
        return self._follow(query, start, start, written) if query else []

    def note(self, pairs: Iterable[Pair]) -> None:
        """Note that values themselves are used."""
        self.uses.update(("node", self.content, pair) for pair in pairs)

    def note_whole(self, pairs: Iterable[Pair]) -> None:
        """Note that values are used with all that is in them."""
        opened = list(pairs)
        seen = set(opened)
        for pair in opened:
            self.uses.update([("node", self.content, pair), ("whole", self.content, pair)])
            for edge in pair.edges:
                if edge.pair not in seen:
                    seen.add(edge.pair)
                    opened.append(edge.pair)

    def note_value(self, value: Json, pairs: Pairs, place: Place | None = None) -> None:
        """Note what a value that is sent has; what an expression gives may have everything."""
        self.note(pairs)
        if isinstance(value, str):
            if is_open(value):
                self.note_whole(pairs)
        elif isinstance(value, Mapping):
            for name, item in value.items():
                below = place.at(name) if place else None
                self.note_value(item, self.enter(name, pairs, find_written(below, is_key=True)), below)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self.note_value(item, self._step(pairs, EdgeKind.ITEM, index), place.at(index) if place else None)

    def note_seen(self, value: Json, pairs: Pairs) -> None:
        """Note what a value of a run has."""
        self.note(pairs)
        if isinstance(value, Mapping):
            for name, item in value.items():
                self.note_seen(item, self.enter(name, pairs))
        elif isinstance(value, list):
            for item in value:
                self.note_seen(item, self._step(pairs, EdgeKind.ITEM, None))

    def note_expected(self, value: Json, pairs: Pairs) -> None:
        """Note a value that is compared as a whole."""
        if isinstance(value, Mapping | list) or (isinstance(value, str) and is_open(value)):
            self.note_whole(pairs)
        else:
            self.note(pairs)

    def note_schema(
        self, schema: Json, pairs: Pairs, place: Place | None = None, seen: frozenset[str] = frozenset()
    ) -> None:
        """Note what a schema of an author looks at."""
        self.note(pairs)
        if not isinstance(schema, Mapping):
            return
        if isinstance(reference := schema.get("$ref"), str) and reference not in seen:
            self._note_reference(reference, pairs, seen | {reference})
        properties = schema.get("properties")
        for name, below in properties.items() if isinstance(properties, Mapping) else ():
            at = place.at("properties", name) if place else None
            self.note_schema(below, self.enter(name, pairs, find_written(at, is_key=True)), at, seen)
        for index, name in _list_names(schema.get("required")):
            self.enter(name, pairs, Written(place.at("required", index)) if place else None)
        for keyword, kind in _BELOW.items():
            if isinstance(schema.get(keyword), Mapping):
                below = place.at(keyword) if place else None
                self.note_schema(schema[keyword], self._step(pairs, kind, None), below, seen)
        for keyword in _LISTS:
            for index, branch in enumerate(schema[keyword] if isinstance(schema.get(keyword), list) else ()):
                self.note_schema(branch, pairs, place.at(keyword, index) if place else None, seen)
        for keyword in _SAME:
            if keyword in schema:
                self.note_schema(schema[keyword], pairs, place.at(keyword) if place else None, seen)
        if schema.get("additionalProperties") is False or not _COUNTING.isdisjoint(schema):
            self.uses.update(("whole", self.content, pair) for pair in pairs)
        if any(isinstance(value, Mapping | list) for value in list_values(schema) or ()):
            self.note_whole(pairs)

    def enter(self, name: str, pairs: Pairs, written: Written | None = None) -> Pairs:
        """Return what a member of objects can be."""
        reached: Pairs = []
        for pair in pairs:
            named = [edge.pair for edge in pair.edges if edge.kind is EdgeKind.PROPERTY and edge.name == name]
            self.uses.add(("passed", self.content, pair))
            self.uses.write(("member", self.content, pair, name), written)
            if not named:
                self.uses.add(("extra", self.content, pair))
                named = [edge.pair for edge in pair.edges if edge.kind is EdgeKind.EXTRA]
            reached += named
        return self._spread(reached)

    def step_items(self, pairs: Pairs) -> Pairs:
        """Return what the items of lists can be."""
        return self._step(pairs, EdgeKind.ITEM, None)

    def _note_reference(self, reference: str, pairs: Pairs, seen: frozenset[str]) -> None:
        try:
            schema = find_value(self.document, parse_pointer(reference))
        except (KeyError, ValueError):
            self.note_whole(pairs)
            return
        self.note_schema(schema, pairs, None, seen)

    def _follow(self, query: JSONPathQuery, pairs: Pairs, root: Pairs, written: Written | None) -> Pairs:
        for segment in query.segments:
            pairs = self._take_segment(segment, pairs, root, written)
        return pairs

    def _take_segment(self, segment: JSONPathSegment, pairs: Pairs, root: Pairs, written: Written | None) -> Pairs:
        if isinstance(segment, JSONPathRecursiveDescentSegment):
            above = self._list_above(pairs)
            # Below, only what has such a member is meant.
            names = [selector.name for selector in segment.selectors if isinstance(selector, NameSelector)]
            if len(names) == len(segment.selectors):
                pairs = [pair for pair in above if any(_has(pair, name) for name in names)]
            else:
                pairs = list(above)
            self._note_way(pairs, above)
        found = [
            child
            for pair in pairs
            for selector in segment.selectors
            for child in self._select(selector, [pair], root, written)
        ]
        return list(dict.fromkeys(found))

    def _select(self, selector: JSONPathSelector, pairs: Pairs, root: Pairs, written: Written | None) -> Pairs:
        match selector:
            case NameSelector():
                token = selector.token
                return self.enter(selector.name, pairs, written and written.cut(token.index, len(token.value)))
            case IndexSelector():
                return self._step(pairs, EdgeKind.ITEM, selector.index)
            case SliceSelector():
                return self._step(pairs, EdgeKind.ITEM, None)
        names = dict.fromkeys(edge.name for pair in pairs for edge in pair.edges if edge.kind is EdgeKind.PROPERTY)
        children = [*self._step(pairs, EdgeKind.ITEM, None), *self._step(pairs, EdgeKind.EXTRA, None)]
        children += (child for name in names for child in self.enter(str(name), pairs))
        if isinstance(selector, FilterSelector):
            for query in iter_queries(selector.expression):
                start = children if isinstance(query, RelativeFilterQuery) else root
                self.note(self._follow(query.query, start, root, written))
        return children

    def _step(self, pairs: Pairs, kind: EdgeKind, index: int | None) -> Pairs:
        self.uses.update(("passed", self.content, pair) for pair in pairs)
        edges = (edge for pair in pairs for edge in pair.edges if edge.kind is kind)
        if kind is EdgeKind.EXTRA:
            self.uses.update(("extra", self.content, pair) for pair in pairs)
        return self._spread(edge.pair for edge in edges if _is_at(edge, index))

    def _spread(self, pairs: Iterable[Pair]) -> Pairs:
        """Return the pairs with those that are of the same value, which are looked through."""
        found = list(dict.fromkeys(pairs))
        for pair in found:
            for edge in pair.edges:
                if edge.kind is EdgeKind.SAME and edge.pair not in found:
                    self.uses.add(("passed", self.content, pair))
                    found.append(edge.pair)
        return found

    def _list_above(self, pairs: Pairs) -> dict[Pair, list[tuple[Pair, Edge]]]:
        """Return each pair below, with what leads to it."""
        above: dict[Pair, list[tuple[Pair, Edge]]] = {pair: [] for pair in pairs}
        opened = list(pairs)
        for pair in opened:
            for edge in pair.edges:
                if edge.kind is not EdgeKind.NAME:
                    if edge.pair not in above:
                        opened.append(edge.pair)
                    above.setdefault(edge.pair, []).append((pair, edge))
        return above

    def _note_way(self, pairs: Pairs, above: Mapping[Pair, list[tuple[Pair, Edge]]]) -> None:
        """Note all that leads to pairs."""
        opened = list(pairs)
        for pair in opened:
            for holder, edge in above[pair]:
                self.uses.add(("passed", self.content, holder))
                if edge.kind is EdgeKind.PROPERTY:
                    self.uses.add(("member", self.content, holder, edge.name))
                if holder not in opened:
                    opened.append(holder)


def _is_at(edge: Edge, index: int | None) -> bool:
    return index is None or edge.name is None or edge.name == index or index < 0


def _has(pair: Pair, name: str) -> bool:
    return any(edge.kind is EdgeKind.PROPERTY and edge.name == name for edge in pair.edges)


def _list_names(value: Json) -> Iterator[tuple[int, str]]:
    for index, name in enumerate(value if isinstance(value, list) else ()):
        if isinstance(name, str):
            yield index, name
