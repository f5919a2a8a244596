"""Walks recorded values beside the schemas that describe them, and notes at which place of the document something is
missing: each once, however many operations share the place."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, NamedTuple

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import UndecidedError
from contracts_runner.maintenance.learning.learned_shapes import (
    Shape,
    is_masked,
    is_name,
    is_private,
    is_word,
    name_kind,
)
from contracts_runner.model.json import Json, is_equal
from contracts_runner.model.json_pointer import Pointer, find_value, parse_pointer
from contracts_runner.model.patterns import compile_pattern, translate_pattern
from contracts_runner.model.spec import Evidence
from contracts_runner.openapi.bundle import Bundle

_BRANCHES = ("anyOf", "oneOf")
_OF_OBJECTS = ("properties", "required", "additionalProperties", "patternProperties", "minProperties")
# What says already which texts may come, or that they are a person's.
_NARROWING = frozenset({"enum", "const", "format", "pattern", "x-pii"})
_DEEPEST = 40

Places = frozenset[Pointer]
Members = dict[tuple[tuple[Pointer, ...], str], Shape]


class View(NamedTuple):
    """A schema that applies to a value. `is_sure`: whatever the others say."""

    place: Pointer
    schema: Mapping[str, Json]
    is_sure: bool


@dataclass(slots=True)
class Notes:
    """What was seen at places of a document."""

    # (the schemas of an object, the name of a member that none of them has) -> what it was.
    undeclared: Members = field(default_factory=dict)
    opened: Members = field(default_factory=dict)  # the same of objects of which the document says that it is open
    objects: Counter[tuple[Pointer, ...]] = field(default_factory=Counter)
    named: set[tuple[tuple[Pointer, ...], str]] = field(default_factory=set)  # all members of objects
    kinds: dict[Pointer, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))  # not declared
    values: dict[Pointer, Counter[Any]] = field(default_factory=lambda: defaultdict(Counter))  # not in `enum`
    branches: dict[Pointer, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))  # of no anyOf, oneOf
    items: dict[Pointer, Shape] = field(default_factory=lambda: defaultdict(Shape))  # of arrays without `items`
    seen: dict[Pointer, Shape] = field(default_factory=dict)  # single values
    present: Counter[tuple[Pointer, str]] = field(default_factory=Counter)  # members, by the schema that has them


@dataclass(frozen=True, slots=True)
class Group:
    """The schemas that apply to a value together."""

    views: tuple[View, ...]
    owners: tuple[Pointer, ...]  # those that could have another member
    is_described: bool  # whether they are meant to have all members
    takes_any: bool  # whether the names of members are values
    says: bool
    # Name -> where its schemas are, and the schemas that have it.
    members: dict[str, tuple[list[Pointer], list[Pointer]]] = field(default_factory=dict)

    @classmethod
    def build(cls, views: tuple[View, ...]) -> "Group":
        """Return the group of some views."""
        with_names = [view for view in views if "properties" in view.schema]
        described = [view for view in with_names if view.is_sure] or with_names
        owners = described or [view for view in views if view.is_sure and _is_of_objects(view.schema)] or views[:1]
        is_unknown = any(view.schema.get("x-evidence") == Evidence.UNKNOWN for view in views)
        return cls(
            views,
            tuple(dict.fromkeys(view.place for view in owners)),
            is_described=bool(described) and not is_unknown,
            takes_any=any(_takes_any_name(view.schema) for view in views),
            says=any(_says(view.schema) for view in views),
        )

    def find_member(self, name: str) -> tuple[list[Pointer], list[Pointer]]:
        """Return where the schemas of a member are, and the schemas that have it by its name."""
        found = self.members.get(name)
        if found is None:
            having = [view.place for view in self.views if name in _read_mapping(view.schema, "properties")]
            found = self.members[name] = list(_iter_member_places(self.views, name)), having
        return found


@dataclass(slots=True)
class SchemaLearner:
    """Takes values one after another."""

    bundle: Bundle
    notes: Notes = field(default_factory=Notes)
    # Of places whose schemas have no branches, and of schemas.
    _by_place: dict[tuple[Pointer, ...], Group] = field(default_factory=dict)
    _by_views: dict[tuple[tuple[Pointer, bool], ...], Group] = field(default_factory=dict)
    _schemas: dict[Pointer, Json] = field(default_factory=dict)

    def take(self, places: Iterable[Pointer], value: Json, depth: int = 0) -> None:
        """Note what of a value the schemas at some places, which all apply, do not say."""
        if depth > _DEEPEST or is_masked(value):
            return
        group = self._find_group(tuple(dict.fromkeys(places)), value)
        if not group.says:
            return
        self._note_kind(group.views, value)
        match value:
            case dict():
                self._take_object(group, value, depth)
            case list():
                self._take_array(group.views, value, depth)
            case _:
                self._note_word(group.views, value)

    def _find_group(self, places: tuple[Pointer, ...], value: Json) -> Group:
        if found := self._by_place.get(places):
            return found
        views = tuple(view for place in places for view in self._iter_views(place, value))
        key = tuple((view.place, view.is_sure) for view in views)
        if (group := self._by_views.get(key)) is None:
            group = self._by_views[key] = Group.build(views)
        if not any(keyword in view.schema for view in views for keyword in _BRANCHES):
            self._by_place[places] = group
        return group

    def _take_object(self, group: Group, value: Mapping[str, Json], depth: int) -> None:
        notes, owners = self.notes, group.owners
        missing = notes.undeclared if group.is_described else notes.opened
        notes.objects[owners] += 1
        for name, member in value.items():
            notes.named.add((owners, name))
            found, having = group.find_member(name)
            for place in having:
                notes.present[place, name] += 1
            if found:
                self.take(found, member, depth + 1)
            elif is_name(name) and not group.takes_any:
                missing.setdefault((owners, name), Shape.of(name)).take(member)

    def _take_array(self, views: Sequence[View], value: list[Json], depth: int) -> None:
        described = [view for view in views if "items" in view.schema or "prefixItems" in view.schema]
        places = [(*view.place, "items") for view in described if isinstance(view.schema.get("items"), Mapping)]
        first = max((len(_read_list(view.schema, "prefixItems")) for view in described), default=0)
        for item in value[first:] if places else ():
            self.take(places, item, depth + 1)
        if not described:
            for view in [view for view in views if view.is_sure and "array" in _list_types(view.schema)][:1]:
                for item in value:
                    self.notes.items[view.place].take(item)

    def _note_kind(self, views: Sequence[View], value: Json) -> None:
        kind = name_kind(value)
        for view in views:
            if view.is_sure and not _admits(view.schema, kind):
                self.notes.kinds[view.place][kind] += 1
            for keyword in _BRANCHES:
                branches = range(len(_read_list(view.schema, keyword)))
                if branches and not any(
                    self._admits_kind((*view.place, keyword, index), value, kind) for index in branches
                ):
                    self.notes.branches[(*view.place, keyword)][kind] += 1

    def _note_word(self, views: Sequence[View], value: Json) -> None:
        for view in views:
            allowed = view.schema.get("enum")
            if view.is_sure and isinstance(allowed, list) and not any(is_equal(value, each) for each in allowed):
                is_plain = value is None or isinstance(value, int) or (is_word(value) and not is_private(_name(view)))
                self.notes.values[view.place].update([value] if is_plain else [])
        typed = next((view.place for view in views if "type" in view.schema), None)
        if typed and isinstance(value, str) and not any(view.schema.keys() & _NARROWING for view in views):
            self.notes.seen.setdefault(typed, Shape.of(str(typed[-1]))).take(value)

    def _iter_views(
        self, place: Pointer, value: Json, seen: Places = frozenset(), *, is_sure: bool = True
    ) -> Iterator[View]:
        """Yield the schemas that apply to a value: the one at the place, what it refers to, all of `allOf`, of the
        others what fits the value, or all where nothing does."""
        schema = self._read(place)
        if not isinstance(schema, Mapping) or place in seen:
            return
        seen |= {place}
        yield View(place, schema, is_sure)
        if isinstance(text := schema.get("$ref"), str) and text.startswith("#") and (found := self.bundle.get(text)):
            yield from self._iter_views(found[0], value, seen, is_sure=is_sure)
        for index in range(len(_read_list(schema, "allOf"))):
            yield from self._iter_views((*place, "allOf", index), value, seen, is_sure=is_sure)
        for keyword in _BRANCHES:
            branches = [(*place, keyword, index) for index in range(len(_read_list(schema, keyword)))]
            fitting = [branch for branch in branches if self._fits(branch, value, seen)]
            for branch in fitting or branches:
                yield from self._iter_views(branch, value, seen, is_sure=is_sure and len(fitting) == 1)
        for keyword in ("then", "else"):
            if keyword in schema:
                yield from self._iter_views((*place, keyword), value, seen, is_sure=False)

    def _fits(self, place: Pointer, value: Json, seen: Places) -> bool:
        """Tell whether a branch is meant: by types, by what must be there, and by constants."""
        kind = name_kind(value)
        for view in self._iter_views(place, value, seen):
            if not (is_masked(value) or _admits(view.schema, kind)):
                return False
            if isinstance(value, dict) and not _fits_object(view.schema, value):
                return False
        return True

    def _admits_kind(self, place: Pointer, value: Json, kind: str) -> bool:
        return all(_admits(view.schema, kind) for view in self._iter_views(place, value) if view.is_sure)

    def _read(self, place: Pointer) -> Json:
        if place not in self._schemas:
            try:
                self._schemas[place] = find_value(self.bundle.document, place)
            except KeyError:
                self._schemas[place] = None
        return self._schemas[place]


def _name(view: View) -> str:
    return str(view.place[-1])


def resolve_place(bundle: Bundle, pointer: str) -> Pointer | None:
    """Return where a schema itself stands, behind the references on the way to it, and not behind its own."""
    parts = parse_pointer(pointer)
    found = bundle.get(parts[:-1])
    return (*found[0], parts[-1]) if found else None


def _says(schema: Mapping[str, Json]) -> bool:
    """Tell whether a schema says anything of a value."""
    return any(not key.startswith("x-") and key not in ("description", "title", "example", "$ref") for key in schema)


def _is_of_objects(schema: Mapping[str, Json]) -> bool:
    return "object" in _list_types(schema) or any(key in schema for key in _OF_OBJECTS)


def _takes_any_name(schema: Mapping[str, Json]) -> bool:
    """Tell whether the names of members are values, with one schema for all."""
    others = schema.get("additionalProperties")
    return isinstance(others, Mapping) and bool(others)


def _iter_member_places(views: Sequence[View], name: str) -> Iterator[Pointer]:
    for view in views:
        if name in _read_mapping(view.schema, "properties"):
            yield (*view.place, "properties", name)
            continue
        patterns = [each for each in _read_mapping(view.schema, "patternProperties") if _matches(each, name)]
        yield from ((*view.place, "patternProperties", pattern) for pattern in patterns)
        if not patterns and _takes_any_name(view.schema):
            yield (*view.place, "additionalProperties")


def _matches(pattern: str, name: str) -> bool:
    try:
        return compile_pattern(translate_pattern(pattern)).is_in(name)
    except (ValueError, UndecidedError):
        return False


def _fits_object(schema: Mapping[str, Json], value: Mapping[str, Json]) -> bool:
    if not set(_read_list(schema, "required")) <= value.keys():
        return False
    for name, member in _read_mapping(schema, "properties").items():
        wanted = member if isinstance(member, Mapping) else {}
        if name not in value or is_masked(value[name]):
            continue
        if "const" in wanted and not is_equal(wanted["const"], value[name]):
            return False
        if isinstance(wanted.get("enum"), list) and not any(is_equal(each, value[name]) for each in wanted["enum"]):
            return False
    return True


def _admits(schema: Mapping[str, Json], kind: str) -> bool:
    types = _list_types(schema)
    if not types or kind in types or (kind == "integer" and "number" in types):
        return True
    return kind == "null" and schema.get("nullable") is True


def _list_types(schema: Mapping[str, Json]) -> list[str]:
    types = schema.get("type")
    return [types] if isinstance(types, str) else [each for each in types if isinstance(each, str)] if types else []


def _read_mapping(schema: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    found = schema.get(key)
    return found if isinstance(found, Mapping) else {}


def _read_list(schema: Mapping[str, Json], key: str) -> list[Json]:
    found = schema.get(key)
    return found if isinstance(found, list) else []
