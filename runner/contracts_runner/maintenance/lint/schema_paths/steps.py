"""One step of a path from a shape to those of its children."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts_runner.maintenance.lint.schema_paths.shape import ANYTHING, Member, Shape, Shapes, combine
from contracts_runner.maintenance.lint.schema_paths.slips import find_slip
from contracts_runner.maintenance.lint.schema_paths.types import find_types
from contracts_runner.model.json import Json

# What these say depends on the value, so they may allow any name.
_CONDITIONAL = ("if", "then", "else", "dependentSchemas")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What a child can be: no shapes, no child. `is_described` if a schema speaks of it; `slip` is the name that its
    own may be a slip of, where none does."""

    shapes: tuple[Shape, ...] = ()
    is_described: bool = False
    slip: str | None = None


NOWHERE = Arrival()


def find_shape_types(shape: Shape) -> frozenset[str]:
    """Return the types of the values that the shape allows."""
    return find_types(member.schema for member in shape)


def find_names(shape: Shape) -> list[str]:
    """Return the names of the properties that the shape describes."""
    return list(dict.fromkeys(name for member in shape for name in member.schema.get("properties", {})))


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps through shapes that were expanded by `shapes`."""

    shapes: Shapes

    def at_name(self, shape: Shape, name: str) -> Arrival:
        """Return the property of an object."""
        if "object" not in find_shape_types(shape):
            return NOWHERE
        found = [(member, schema) for member in shape for schema in _iter_properties(member.schema, name)]
        if not found:
            return self._at_unknown(shape, name)
        return Arrival(shapes=self._expand(found), is_described=True)

    def at_index(self, shape: Shape, index: int) -> Arrival:
        """Return the item of a list at an index, which counts from the end if it is negative."""
        if not _has_room(shape, index):
            return NOWHERE
        return self._at_items(shape, _list_items if index < 0 else lambda schema: [_find_item(schema, index)])

    def at_any_item(self, shape: Shape) -> Arrival:
        """Return whatever item of a list."""
        if not _has_room(shape, 0):
            return NOWHERE
        return self._at_items(shape, _list_items)

    def at_any(self, shape: Shape) -> Arrival:
        """Return whatever child of a list or an object, as `[*]` and `[?…]` do."""
        arrivals = [self.at_any_item(shape), self._at_any_property(shape)]
        return Arrival(
            shapes=tuple(found for arrival in arrivals for found in arrival.shapes),
            is_described=any(arrival.is_described for arrival in arrivals),
        )

    def is_possible(self, shape: Shape, depth: int = 2) -> bool:
        """False where a property that must be there cannot be: the shape is one that no value has."""
        if find_shape_types(shape) != {"object"} or depth == 0:
            return True
        required = {name for member in shape for name in member.schema.get("required", ())}
        arrivals = (self.at_name(shape, name) for name in sorted(required))
        return all(any(self.is_possible(found, depth - 1) for found in arrival.shapes) for arrival in arrivals)

    def _expand(self, found: Sequence[tuple[Member, Json]]) -> tuple[Shape, ...]:
        return combine([self.shapes.expand(schema, member.root) for member, schema in found])

    def _at_unknown(self, shape: Shape, name: str) -> Arrival:
        rests = [(member, schema) for member in shape for schema in _iter_unevaluated(member.schema)]
        if any(schema is False for _, schema in rests) and not any(
            key in member.schema for member in shape for key in _CONDITIONAL
        ):
            return NOWHERE
        return Arrival(shapes=(ANYTHING,), slip=find_slip(name, find_names(shape)))

    def _at_items(self, shape: Shape, choose: Callable[[Mapping[str, Json]], list[Json]]) -> Arrival:
        if "array" not in find_shape_types(shape):
            return NOWHERE
        groups = [
            tuple(found for schema in choose(member.schema) for found in self.shapes.expand(schema, member.root))
            for member in shape
        ]
        is_described = any("items" in member.schema or "prefixItems" in member.schema for member in shape)
        return Arrival(shapes=combine(groups), is_described=is_described)

    def _at_any_property(self, shape: Shape) -> Arrival:
        if "object" not in find_shape_types(shape):
            return NOWHERE
        # A name that nobody describes stands for all of those.
        arrivals = [*(self.at_name(shape, name) for name in find_names(shape)), self.at_name(shape, "\0")]
        return Arrival(
            shapes=tuple(found for arrival in arrivals for found in arrival.shapes),
            is_described=any(arrival.is_described for arrival in arrivals),
        )


def _iter_properties(schema: Mapping[str, Json], name: str) -> Iterator[Json]:
    """Yield the schemas that one member has for a property, none where it says nothing of it."""
    found = False
    if name in schema.get("properties", {}):
        found = True
        yield schema["properties"][name]
    for pattern, below in schema.get("patternProperties", {}).items():
        if _may_match(pattern, name):
            found = True
            yield below
    if not found and "additionalProperties" in schema:
        yield schema["additionalProperties"]


def _may_match(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        # Valid ECMA 262, which Python does not read: it could match anything.
        return True


def _iter_unevaluated(schema: Mapping[str, Json]) -> Iterator[Json]:
    if "unevaluatedProperties" in schema:
        yield schema["unevaluatedProperties"]


def _find_item(schema: Mapping[str, Json], index: int) -> Json:
    prefix = schema.get("prefixItems", ())
    return prefix[index] if index < len(prefix) else schema.get("items", True)


def _list_items(schema: Mapping[str, Json]) -> list[Json]:
    return [*schema.get("prefixItems", ()), schema.get("items", True)]


def _has_room(shape: Shape, index: int) -> bool:
    """False if a list of the shape is always too short for an item at the index."""
    needed = index + 1 if index >= 0 else -index
    return all(member.schema.get("maxItems", needed) >= needed for member in shape)
