"""The children of a shape: what its properties and items can be."""

from collections.abc import Iterable, Iterator, Mapping

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import UndecidedError
from contracts_runner.maintenance.lint.schema_paths.shapes import (
    ANYTHING,
    Member,
    SchemaExpander,
    Shape,
    combine,
    find_types,
)
from contracts_runner.model.json import Json
from contracts_runner.model.patterns import compile_pattern, translate_pattern

# What these say depends on the value, so they may allow any name.
_CONDITIONAL = ("if", "then", "else", "dependentSchemas")
# Shorter names differ by one letter without being the same word: `id` and `ip`.
_MIN_LENGTH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """What a property or item can be: no shapes, no child. `is_described` if a schema names it; where none does,
    `similar_name` is the property that its name may be a misspelling of."""

    shapes: tuple[Shape, ...] = ()
    is_described: bool = False
    similar_name: str | None = None


def collect_shapes(children: Iterable[Child]) -> tuple[Shape, ...]:
    """Return the shapes of all the children, each once."""
    return tuple(dict.fromkeys(shape for child in children for shape in child.shapes))


def find_names(shape: Shape) -> list[str]:
    """Return the names of the properties that the shape describes."""
    return list(dict.fromkeys(name for member in shape for name in member.schema.get("properties", {})))


@dataclass(frozen=True, slots=True)
class ShapeNavigator:
    """Finds the children of shapes that were expanded by `expander`."""

    expander: SchemaExpander

    def get_property(self, shape: Shape, name: str) -> Child:
        """Return the property of an object."""
        if "object" not in find_types(shape):
            return Child()
        found = [(member, schema) for member in shape for schema in _iter_properties(member.schema, name)]
        if not found:
            return self._get_undescribed(shape, name)
        groups = [self._expand(schema, member) for member, schema in found]
        return Child(shapes=combine(groups), is_described=True)

    def get_item(self, shape: Shape, index: int) -> Child:
        """Return the item of a list at an index, which counts from the end if it is negative."""
        needed = index + 1 if index >= 0 else -index
        if "array" not in find_types(shape) or any(member.schema.get("maxItems", needed) < needed for member in shape):
            return Child()
        groups = [
            tuple(found for schema in _list_items(member.schema, index) for found in self._expand(schema, member))
            for member in shape
        ]
        is_described = any("items" in member.schema or "prefixItems" in member.schema for member in shape)
        return Child(shapes=combine(groups), is_described=is_described)

    def get_any_item(self, shape: Shape) -> Child:
        """Return what every item of a list can be."""
        return self.get_item(shape, -1)

    def get_any_child(self, shape: Shape) -> Child:
        """Return what every child of a list or an object can be, as `[*]` and `[?…]` find it."""
        children = [self.get_any_item(shape)]
        if "object" in find_types(shape):
            # NUL is a name for all that no schema describes.
            children += [self.get_property(shape, name) for name in (*find_names(shape), "\0")]
        return Child(shapes=collect_shapes(children), is_described=any(child.is_described for child in children))

    def is_possible(self, shape: Shape, depth: int = 2) -> bool:
        """False where a property that must be there cannot be: the shape is one that no value has."""
        if find_types(shape) != {"object"} or depth == 0:
            return True
        required = {name for member in shape for name in member.schema.get("required", ())}
        children = (self.get_property(shape, name) for name in sorted(required))
        return all(any(self.is_possible(found, depth - 1) for found in child.shapes) for child in children)

    def _expand(self, schema: Json, member: Member) -> tuple[Shape, ...]:
        return self.expander.expand(schema, member.root)

    def _get_undescribed(self, shape: Shape, name: str) -> Child:
        schemas = [member.schema for member in shape]
        is_closed = any(schema.get("unevaluatedProperties") is False for schema in schemas)
        if is_closed and not any(key in schema for schema in schemas for key in _CONDITIONAL):
            return Child()
        return Child(shapes=(ANYTHING,), similar_name=find_misspelled(name, find_names(shape)))


def _iter_properties(schema: Mapping[str, Json], name: str) -> Iterator[Json]:
    """Yield the schemas that one member has for a property, none where it does not describe it."""
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
        return compile_pattern(translate_pattern(pattern)).is_in(name)
    except (ValueError, UndecidedError):
        return True  # no pattern, which is told elsewhere, or one that takes too long: it could match anything


def _list_items(schema: Mapping[str, Json], index: int) -> list[Json]:
    """Return the schemas that an item can have: of an index from the end every one is possible."""
    prefix = schema.get("prefixItems", ())
    if 0 <= index < len(prefix):
        return [prefix[index]]
    return [*(prefix if index < 0 else ()), schema.get("items", True)]


def find_misspelled(word: str, names: Iterable[str]) -> str | None:
    """Return the name that `word` misspells: one letter more, less or other, two swapped, another case or `_`.

    None for a word that is one of the names. Digits are not letters: `line1` is not a misspelling of `line2`.
    """
    known = list(names)
    if word in known:
        return None
    folded = _fold(word)
    return next((name for name in known if _fold(name) == folded or _is_near(folded, _fold(name))), None)


def _fold(word: str) -> str:
    return word.casefold().replace("_", "").replace("-", "")


def _is_near(left: str, right: str) -> bool:
    """True at a distance of one edit."""
    if left == right or max(len(left), len(right)) < _MIN_LENGTH:
        return False
    differing = (index for index, (one, other) in enumerate(zip(left, right, strict=False)) if one != other)
    start = next(differing, min(len(left), len(right)))
    left, right = left[start:], right[start:]
    if left[:1].isdigit() or right[:1].isdigit():
        return False
    is_swap = left[:2] == right[:2][::-1] and left[2:] == right[2:]
    return is_swap or left[1:] == right or left == right[1:] or left[1:] == right[1:]
