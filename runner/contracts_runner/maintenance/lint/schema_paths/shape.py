"""A schema as alternatives without combinators, so that one can walk through it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from contracts_runner.maintenance.lint.schema_paths.types import find_types, has_values
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import find_value, parse_pointer

_ALTERNATIVES = ("anyOf", "oneOf")
_EXPANDED = frozenset({"$ref", "$defs", "allOf", *_ALTERNATIVES})
# More alternatives than anybody can mean: then nothing is certain.
_MAX_ALTERNATIVES = 64


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A schema without `$ref`, `allOf`, `anyOf` and `oneOf` of its own; `root` is what references below lead to."""

    schema: Mapping[str, Json]
    root: Mapping[str, Json]


# Members that all hold at once; () allows anything.
Shape = tuple[Member, ...]
ANYTHING: Shape = ()


class Shapes:
    """Expands schemas of draft 2020-12 whose references begin with `#`; remembers what it has seen."""

    def __init__(self) -> None:
        # The schema is kept beside its shapes, so that its id stays its own.
        self._known: dict[int, tuple[Json, tuple[Shape, ...]]] = {}

    def expand(self, schema: Json, root: Mapping[str, Json]) -> tuple[Shape, ...]:
        """Return the alternatives, none for a schema that nothing fulfils. `oneOf` is read as `anyOf`."""
        return self._expand(schema, root, frozenset())

    def _expand(self, schema: Json, root: Mapping[str, Json], seen: frozenset[str]) -> tuple[Shape, ...]:
        if not isinstance(schema, Mapping):
            return () if schema is False else (ANYTHING,)
        if (known := self._known.get(id(schema))) is not None:
            return known[1]
        own = {key: value for key, value in schema.items() if key not in _EXPANDED}
        groups = [((Member(own, root),),) if own else (ANYTHING,), *self._iter_groups(schema, root, seen)]
        shapes = combine(groups)
        if not seen:
            # Below a reference the answer may have been cut short where the schema refers to itself.
            self._known[id(schema)] = (schema, shapes)
        return shapes

    def _iter_groups(
        self, schema: Mapping[str, Json], root: Mapping[str, Json], seen: frozenset[str]
    ) -> Iterator[tuple[Shape, ...]]:
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            target = find_value(root, parse_pointer(reference))
            yield self._expand(target, root, seen | {reference})
        for part in schema.get("allOf", ()):
            yield self._expand(part, root, seen)
        for key in _ALTERNATIVES:
            if key in schema:
                yield tuple(shape for part in schema[key] for shape in self._expand(part, root, seen))


def combine(groups: Sequence[tuple[Shape, ...]]) -> tuple[Shape, ...]:
    """Return the alternatives that fulfil one of each group, without those that no type or listed value can fulfil."""
    count = 1
    for group in groups:
        count *= len(group)
    if count > _MAX_ALTERNATIVES:
        return (ANYTHING,)
    merged = (_merge(shapes) for shapes in product(*groups))
    return tuple(shape for shape in merged if _has_value([member.schema for member in shape]))


def _has_value(schemas: Sequence[Mapping[str, Json]]) -> bool:
    return bool(find_types(schemas)) and has_values(schemas)


def _merge(shapes: Iterable[Shape]) -> Shape:
    return tuple(dict.fromkeys(member for shape in shapes for member in shape))
