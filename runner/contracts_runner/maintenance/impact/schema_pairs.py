"""The schemas of two documents side by side: what differs in each pair, and the pairs below it.

Schemas refer to themselves and to each other, so that pairs are a graph; each is compared once, however many
operations have it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import field
from enum import Enum, auto
from functools import cached_property

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.impact.alternatives import Branches, match_groups
from contracts_runner.maintenance.impact.differences import Difference
from contracts_runner.maintenance.impact.keyword_differences import have_common_types, list_differences
from contracts_runner.maintenance.impact.object_differences import Members, compare_members
from contracts_runner.maintenance.impact.rule_differences import compare_alternatives, list_rule_differences
from contracts_runner.maintenance.impact.schema_views import SchemaReader, View
from contracts_runner.model.json_pointer import Pointer

_Places = tuple[Pointer, ...]
_NOTHING = View(())


class EdgeKind(Enum):
    """How a schema is below another one."""

    PROPERTY = auto()
    EXTRA = auto()  # of properties that have no schema of their own
    ITEM = auto()
    SAME = auto()  # of the same value
    NAME = auto()  # of the names of properties


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """Leads to a pair below; `name` is that of a property, or the index of an item, None for any. What is narrower is
    wider above where it `is_flipped`."""

    kind: EdgeKind
    pair: "Pair"
    name: str | int | None = None
    is_flipped: bool = False


@dataclass(eq=False)
class Pair:
    """A schema in both documents, or, of what was removed or added, in one."""

    pairs: "SchemaPairs" = field(repr=False)
    old_places: _Places | None
    new_places: _Places | None

    @cached_property
    def old(self) -> View | None:
        """What it said."""
        return None if self.old_places is None else self.pairs.old_reader.open(*self.old_places)

    @cached_property
    def new(self) -> View | None:
        """What it says."""
        return None if self.new_places is None else self.pairs.new_reader.open(*self.new_places)

    @cached_property
    def differences(self) -> list[Difference]:
        """What differs in itself, and in which members there are."""
        if self.old is None or self.new is None:
            return []
        old, new = self._views
        found = list_differences(old, new)
        if self._is_comparable:
            found += self._members.differences
            found += list_rule_differences(old, new, self.pairs.are_same)
            found += compare_alternatives(old, new, self._branches)
        return found

    @cached_property
    def edges(self) -> list[Edge]:
        """The pairs below."""
        if self.old is not None and self.new is not None and not self._is_comparable:
            return []
        return list(self._iter_edges())

    @property
    def _is_comparable(self) -> bool:
        return have_common_types(*self._views)

    @cached_property
    def _members(self) -> Members:
        return compare_members(*self._views, self.pairs.old_reader, self.pairs.new_reader)

    @cached_property
    def _branches(self) -> list[Branches]:
        return list(match_groups(*self._views, self.pairs.old_reader, self.pairs.new_reader))

    @cached_property
    def _views(self) -> tuple[View, View]:
        """Both; one that has no alternatives is one itself, where the other has nothing else."""
        old, new = self.old or _NOTHING, self.new or _NOTHING
        if new.is_choice and old.parts and not old.groups and self.old_places and len(self.old_places) == 1:
            return old.wrap(self.old_places[0]), new
        if old.is_choice and new.parts and not new.groups and self.new_places and len(self.new_places) == 1:
            return old, new.wrap(self.new_places[0])
        return old, new

    def _iter_edges(self) -> Iterator[Edge]:
        old, new = self._views
        names = self._members
        for before, after in names.both:
            pair = self._pair(old.properties[before], new.properties[after])
            yield from (Edge(EdgeKind.PROPERTY, pair, name) for name in dict.fromkeys((before, after)))
        yield from (Edge(EdgeKind.PROPERTY, self._pair(old.properties[name], None), name) for name in names.gone)
        yield from (Edge(EdgeKind.PROPERTY, self._pair(None, new.properties[name]), name) for name in names.came)
        for keyword, kind, is_flipped in _BELOW:
            places = [_list_places(view, keyword) for view in (old, new)]
            if self._is_shared(places):
                yield Edge(kind, self._pair(*places), None, is_flipped)
        for keyword, kind in _NAMED:
            had, has = old.list_named(keyword), new.list_named(keyword)
            for name in dict.fromkeys([*had, *has]):
                if self._is_shared((had.get(name), has.get(name))):
                    yield Edge(kind, self._pair(had.get(name), has.get(name)))
        yield from self._iter_item_edges(old, new)
        yield from self._iter_branch_edges(old, new)

    def _iter_item_edges(self, old: View, new: View) -> Iterator[Edge]:
        for index in range(max(len(_list_prefixes(view)) for view in (old, new))):
            places = [
                found[index] if index < len(found := _list_prefixes(view)) else _list_places(view, "items")
                for view in (old, new)
            ]
            if self._is_shared(places):
                yield Edge(EdgeKind.ITEM, self._pair(*places), index)

    def _iter_branch_edges(self, old: View, new: View) -> Iterator[Edge]:
        if self.old is None or self.new is None:
            for view in (old, new):
                for branch in (branch for group in view.groups for branch in group.branches):
                    yield Edge(EdgeKind.SAME, self._pair(*([branch] if view is side else None for side in (old, new))))
            return
        for branches in self._branches:
            for before, after in branches.both:
                yield Edge(EdgeKind.SAME, self._pair([before], [after]))
            yield from (Edge(EdgeKind.SAME, self._pair([gone], None)) for gone in branches.gone)
            yield from (Edge(EdgeKind.SAME, self._pair(None, [came])) for came in branches.came)

    def _is_shared(self, places: Iterable[list[Pointer] | None]) -> bool:
        """Tell whether both have a schema; where there is only one document, whether that has it."""
        before, after = places
        if self.old is not None and self.new is not None:
            return bool(before) and bool(after)
        return bool(before) or bool(after)

    def _pair(self, old: list[Pointer] | None, new: list[Pointer] | None) -> "Pair":
        return self.pairs.get(tuple(old) if old else None, tuple(new) if new else None)


# Keyword -> how its schema is below, and whether what is narrower there is wider above.
_BELOW = (
    ("items", EdgeKind.ITEM, False),
    ("additionalProperties", EdgeKind.EXTRA, False),
    ("unevaluatedProperties", EdgeKind.EXTRA, False),
    ("unevaluatedItems", EdgeKind.ITEM, False),
    ("contains", EdgeKind.ITEM, False),
    ("propertyNames", EdgeKind.NAME, False),
    ("not", EdgeKind.SAME, True),
    ("then", EdgeKind.SAME, False),
    ("else", EdgeKind.SAME, False),
)
_NAMED = (("patternProperties", EdgeKind.EXTRA), ("dependentSchemas", EdgeKind.SAME))


def _list_prefixes(view: View) -> list[list[Pointer]]:
    found = view.find_last("prefixItems")
    return [[(*found[1], index)] for index in range(len(found[0]))] if found and isinstance(found[0], list) else []


def _list_places(view: View, keyword: str) -> list[Pointer]:
    return [at for value, at in view.list_written(keyword) if isinstance(value, dict)]


@dataclass(eq=False)
class SchemaPairs:
    """All pairs of two documents, each built once."""

    old_reader: SchemaReader
    new_reader: SchemaReader
    _known: dict[tuple[object, object], Pair] = field(default_factory=dict)
    _changing: dict[Pair, bool] = field(default_factory=dict)

    def get(self, old: _Places | None, new: _Places | None) -> Pair:
        """Return the pair of the schemas at these places, which hold together; None where there is none."""
        key = (
            None if old is None else self.old_reader.open(*old).key,
            None if new is None else self.new_reader.open(*new).key,
        )
        if key not in self._known:
            self._known[key] = Pair(self, old, new)
        return self._known[key]

    def are_same(self, old: list[Pointer], new: list[Pointer]) -> bool:
        """Tell whether two schemas say the same, all that is below included."""
        return not self.is_changing(self.get(tuple(old), tuple(new)))

    def is_changing(self, pair: Pair) -> bool:
        """Tell whether something differs in a pair or below."""
        if pair not in self._changing:
            self._find_changing(pair)
        return self._changing[pair]

    def _find_changing(self, start: Pair) -> None:
        """Decide it for all that is below, from the places that differ upwards."""
        order: list[Pair] = [start]
        above: dict[Pair, list[Pair]] = {start: []}
        for pair in order:
            for edge in pair.edges:
                if edge.pair not in above:
                    above[edge.pair] = []
                    if edge.pair not in self._changing:
                        order.append(edge.pair)
                above[edge.pair].append(pair)
        reached = [pair for pair in above if self._changing.get(pair, False) or pair.differences]
        seen = set(reached)
        while reached:
            for pair in above[reached.pop()]:
                if pair not in seen:
                    seen.add(pair)
                    reached.append(pair)
        self._changing |= {pair: pair in seen for pair in order}
