"""A schema as alternatives without combinators (shapes), and the types and values that these allow."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, product
from math import prod

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json, is_equal
from contracts_runner.model.json_pointer import find_value, parse_pointer
from contracts_runner.openapi.explain_text import name_type

# Numbers are integers or fractions: then `integer` is a part of `number`.
_FRACTION = "fraction"
ALL_TYPES = frozenset({"array", "boolean", "null", "integer", _FRACTION, "object", "string"})
_ARTICLES = {"array": "a list", "object": "an object", "integer": "an integer"}
_ALTERNATIVES = ("anyOf", "oneOf")
_EXPANDED = frozenset({"$ref", "$defs", "allOf", *_ALTERNATIVES})
# Of more alternatives nothing is certain.
_MAX_ALTERNATIVES = 64


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A schema without own `$ref`, `allOf`, `anyOf` and `oneOf`; `root` is what references below lead to."""

    schema: Mapping[str, Json]
    root: Mapping[str, Json]


# Members that all hold at once; () allows anything.
Shape = tuple[Member, ...]
ANYTHING: Shape = ()


class SchemaExpander:
    """Expands schemas of draft 2020-12 whose references begin with `#`; remembers the results."""

    def __init__(self) -> None:
        # The schema is kept with its shapes, so that its id is not used again.
        self._known: dict[int, tuple[Json, tuple[Shape, ...]]] = {}

    def expand(self, schema: Json, root: Mapping[str, Json]) -> tuple[Shape, ...]:
        """Return the alternatives, none for a schema that no value fulfils. `oneOf` is read as `anyOf`."""
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
            # Below a reference the result may be incomplete: a schema that refers to itself is expanded once.
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
                # A value may fit several branches of `oneOf`, and then it breaks it: no rule with one always holds.
                mark = (Member({"$comment": key}, root),) if key == "oneOf" and len(schema[key]) > 1 else ()
                yield tuple((*shape, *mark) for part in schema[key] for shape in self._expand(part, root, seen))


def combine(groups: Sequence[tuple[Shape, ...]]) -> tuple[Shape, ...]:
    """Return the alternatives that fulfil one of each group, without those that no type or listed value can fulfil."""
    if prod(map(len, groups)) > _MAX_ALTERNATIVES:
        return (ANYTHING,)
    merged = (tuple(dict.fromkeys(chain(*shapes))) for shapes in product(*groups))
    return tuple(shape for shape in merged if find_types(shape) and _has_values(shape))


def find_types(shape: Shape) -> frozenset[str]:
    """Return the types of the values that the shape allows, by `type`, `const` and `enum`."""
    types = ALL_TYPES
    for member in shape:
        if "type" in member.schema:
            types &= read_types(member.schema["type"])
        if (values := list_values(member.schema)) is not None:
            types &= {find_type(value) for value in values}
    return types


def find_all_types(shapes: Iterable[Shape]) -> set[str]:
    """Return the types that one of the shapes allows."""
    return {name for shape in shapes for name in find_types(shape)}


def _has_values(shape: Shape) -> bool:
    """False if no value is among those of every `const` and `enum`."""
    choices = [values for member in shape if (values := list_values(member.schema)) is not None]
    if not choices:
        return True
    first, *others = choices
    return any(all(any(is_equal(value, other) for other in values) for values in others) for value in first)


def list_values(schema: Mapping[str, Json]) -> list[Json] | None:
    """Return the values of `const` or `enum`, None where any value may be."""
    if "const" in schema:
        return [schema["const"]]
    return schema["enum"] if isinstance(schema.get("enum"), list) else None


def read_types(value: Json) -> frozenset[str]:
    """Return what a `type` keyword stands for, one word or a list of them."""
    chosen = {word for word in (value if isinstance(value, list) else [value]) if isinstance(word, str)}
    return frozenset(chosen | {"integer", _FRACTION} if "number" in chosen else chosen)


def find_type(value: Json) -> str:
    """Return the type of a JSON value; 1.0 is an integer."""
    if isinstance(value, float):
        return "integer" if value.is_integer() else _FRACTION
    return name_type(value)


def describe_types(types: Iterable[str]) -> str:
    """Return the types in words: "a string or null"."""
    words = set(types)
    if _FRACTION in words:
        words = words - {"integer", _FRACTION} | {"number"}
    ordered = [*sorted(words - {"null"}), *(["null"] if "null" in words else [])]
    return " or ".join(word if word == "null" else _ARTICLES.get(word, f"a {word}") for word in ordered)
