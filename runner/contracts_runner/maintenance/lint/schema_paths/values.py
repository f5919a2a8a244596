"""Finds values and schemas of an author that can never fit the shapes of a response, and rules that always hold."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from contracts_runner.errors import UndecidedError
from contracts_runner.maintenance.lint.schema_paths.navigation import ShapeNavigator, collect_shapes
from contracts_runner.maintenance.lint.schema_paths.paths import find_property
from contracts_runner.maintenance.lint.schema_paths.shapes import (
    ALL_TYPES,
    Member,
    Shape,
    describe_types,
    find_all_types,
    find_types,
    list_values,
    read_types,
)
from contracts_runner.model.json import Json, is_equal
from contracts_runner.openapi.explain import SchemaError
from contracts_runner.openapi.schemas import CompiledSchema
from contracts_runner.reading.expressions import ExpressionError, iter_references

# Without the schema's combinators these would reject properties that those describe.
_UNEVALUATED = ("unevaluatedProperties", "unevaluatedItems")
# A rule with any other keyword is one that a value might break.
_UNDERSTOOD = frozenset({"type", "const", "enum", "required", "properties", "title"})


class ValueChecker:
    """Checks values against shapes; remembers the compiled schemas."""

    def __init__(self, navigator: ShapeNavigator) -> None:
        self._navigator = navigator
        # The member is kept with its schema, so that its id is not used again.
        self._compiled: dict[int, tuple[Member, CompiledSchema]] = {}

    def find_mismatch(self, value: Json, shapes: tuple[Shape, ...], place: str) -> str | None:
        """Return why a value that is expected at a place fits none of the shapes, None if it fits one or is known only
        when the step runs."""
        if not shapes or is_open(value):
            return None
        closest: list[SchemaError] = []
        for shape in shapes:
            errors = self._check(shape, value)
            if not errors:
                return None
            closest = errors if not closest or len(errors) < len(closest) else closest
        return f"the value expected at {place}{closest[0].path[1:]} {closest[0].message}"

    def iter_conflicts(self, schema: Json, shapes: tuple[Shape, ...], place: str) -> Iterator[tuple[str, str]]:
        """Yield (reason, hint) for each part of an author's schema that no value of the shapes fulfils, or that names
        a property that they cannot have."""
        if not isinstance(schema, Mapping) or not shapes:
            return
        yield from self._iter_wrong_values(schema, shapes, place)
        if conflict := _find_type_conflict(schema, shapes, place):
            yield conflict, ""
            return
        yield from self._iter_wrong_names(schema, shapes, place)
        for key in ("items", "contains"):
            if key in schema:
                items = collect_shapes(self._navigator.get_any_item(shape) for shape in shapes)
                yield from self.iter_conflicts(schema[key], items, f"{place}[*]")
        for part in _read_list(schema, "allOf"):
            yield from self.iter_conflicts(part, shapes, place)

    def iter_list_conflicts(self, schema: Json, shapes: tuple[Shape, ...], place: str) -> Iterator[tuple[str, str]]:
        """Yield the same for a schema of the list of values that have one of the shapes; `place` names an item."""
        if not isinstance(schema, Mapping):
            return
        words = schema.get("type", "array")
        if not is_open(words) and "array" not in (words if isinstance(words, list) else [words]):
            yield "the path gives the list of its matches", "a schema of the list has `items`"
            return
        for key in ("items", "contains"):
            yield from self.iter_conflicts(schema.get(key), shapes, place)
        for part in _read_list(schema, "allOf"):
            yield from self.iter_list_conflicts(part, shapes, place)

    def _iter_wrong_values(
        self, schema: Mapping[str, Json], shapes: tuple[Shape, ...], place: str
    ) -> Iterator[tuple[str, str]]:
        choices = list_values(schema) or ()
        mismatches = [self.find_mismatch(choice, shapes, place) for choice in choices]
        if mismatches and mismatches[0] and all(mismatches):
            yield mismatches[0], ""

    def _iter_wrong_names(
        self, schema: Mapping[str, Json], shapes: tuple[Shape, ...], place: str
    ) -> Iterator[tuple[str, str]]:
        objects = tuple(shape for shape in shapes if "object" in find_types(shape))
        properties = schema.get("properties")
        # `false` forbids a property, which may be one that cannot exist.
        stated = properties.items() if isinstance(properties, Mapping) else ()
        named = {name: below for name, below in stated if below is not False}
        names = dict.fromkeys([*named, *(name for name in _read_list(schema, "required") if isinstance(name, str))])
        for name in names if objects else ():
            if is_open(name):
                continue
            found = find_property(self._navigator, name, objects, place)
            if found.reason:
                yield found.reason, found.hint
            else:
                yield from self.iter_conflicts(named.get(name), found.shapes, f"{place}.{name}")

    def _check(self, shape: Shape, value: Json) -> list[SchemaError]:
        try:
            return [error for member in shape for error in self._compile(member).check(value)]
        except (UndecidedError, ValueError):
            return []  # it may match; a schema that no compiler takes is a mistake of its document

    def _compile(self, member: Member) -> CompiledSchema:
        known = self._compiled.get(id(member))
        if known is None:
            own = {key: value for key, value in member.schema.items() if key not in _UNEVALUATED}
            known = (member, CompiledSchema({**own, "$defs": member.root.get("$defs", {})}))
            self._compiled[id(member)] = known
        return known[1]


def is_open(value: Json) -> bool:
    """True for a value that is known only when the step runs."""
    try:
        return any(True for _ in iter_references(value))
    except ExpressionError:
        return True


def _read_list(schema: Mapping[str, Json], key: str) -> list[Json]:
    """Return a keyword's list; empty for any other value, which reading the file has reported."""
    value = schema.get(key)
    return value if isinstance(value, list) else []


def _find_type_conflict(schema: Mapping[str, Json], shapes: Sequence[Shape], place: str) -> str | None:
    if "type" not in schema or is_open(schema["type"]):
        return None
    possible = find_all_types(shapes)
    wanted = read_types(schema["type"])
    if wanted & possible or not wanted or not wanted <= ALL_TYPES:
        return None
    return f"{place} is {describe_types(possible)}, never {describe_types(wanted)}"


def always_fulfils(navigator: ShapeNavigator, shape: Shape, rule: Iterable[Shape]) -> bool:
    """True if no value of the shape breaks the rule, whose alternatives are given; False where one might."""
    return any(all(_fulfils(navigator, shape, member) for member in alternative) for alternative in rule)


def _fulfils(navigator: ShapeNavigator, shape: Shape, member: Member) -> bool:
    schema = member.schema
    return (
        _UNDERSTOOD.issuperset(schema)
        and ("type" not in schema or find_types(shape) <= read_types(schema["type"]))
        and _has_listed_value(shape, schema)
        and _has_required(shape, schema)
        and all(_fulfils_property(navigator, shape, member, name) for name in schema.get("properties", {}))
    )


def _has_listed_value(shape: Shape, schema: Mapping[str, Json]) -> bool:
    allowed = list_values(schema)
    if allowed is None:
        return True
    lists = [values for member in shape if (values := list_values(member.schema)) is not None]
    return any(all(any(is_equal(value, good) for good in allowed) for value in values) for values in lists)


def _has_required(shape: Shape, schema: Mapping[str, Json]) -> bool:
    if "object" not in find_types(shape):
        return True
    required = {name for member in shape for name in member.schema.get("required", ())}
    return required.issuperset(schema.get("required", ()))


def _fulfils_property(navigator: ShapeNavigator, shape: Shape, member: Member, name: str) -> bool:
    rule = navigator.expander.expand(member.schema["properties"][name], member.root)
    return all(always_fulfils(navigator, found, rule) for found in navigator.get_property(shape, name).shapes)
