"""Which values and which schemas of an author can never fit the shapes of a response."""

from collections.abc import Iterator, Mapping, Sequence

from contracts_runner.maintenance.lint.schema_paths.shape import Member, Shape
from contracts_runner.maintenance.lint.schema_paths.steps import Arrival, Steps, find_shape_types
from contracts_runner.maintenance.lint.schema_paths.types import ALL_TYPES, describe_types, list_values, read_types
from contracts_runner.maintenance.lint.schema_paths.walk import find_property
from contracts_runner.model.json import Json
from contracts_runner.openapi.explain import SchemaError
from contracts_runner.openapi.schemas import CompiledSchema
from contracts_runner.reading.expressions import ExpressionError, iter_references

# Without the schema's own combinators they would call properties unknown that those describe.
_UNEVALUATED = ("unevaluatedProperties", "unevaluatedItems")


class Values:
    """Checks values against shapes; remembers the compiled schemas."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        # The member is kept beside its schema, so that its id stays its own.
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
        """Yield (reason, hint) for each part of an author's schema that no value of the shapes fulfils, or that speaks
        of a property that they cannot have."""
        if not isinstance(schema, Mapping) or not shapes:
            return
        yield from self._iter_wrong_values(schema, shapes, place)
        if conflict := _find_type_conflict(schema, shapes, place):
            yield conflict, ""
            return
        yield from self._iter_wrong_names(schema, shapes, place)
        for key in ("items", "contains"):
            if key in schema:
                items = _collect(self._steps.at_any_item(shape) for shape in shapes)
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
        objects = tuple(shape for shape in shapes if "object" in find_shape_types(shape))
        properties = schema.get("properties")
        # A property that must be absent may be one that cannot be there.
        stated = properties.items() if isinstance(properties, Mapping) else ()
        named = {name: below for name, below in stated if below is not False}
        names = dict.fromkeys([*named, *(name for name in _read_list(schema, "required") if isinstance(name, str))])
        for name in names if objects else ():
            if is_open(name):
                continue
            found = find_property(self._steps, name, objects, place)
            if found.reason:
                yield found.reason, found.hint
            else:
                yield from self.iter_conflicts(named.get(name), found.shapes, f"{place}.{name}")

    def _check(self, shape: Shape, value: Json) -> list[SchemaError]:
        return [error for member in shape for error in self._compile(member).check(value)]

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
    """Return a keyword's list; none for what is no list, which reading the file has reported."""
    value = schema.get(key)
    return value if isinstance(value, list) else []


def _find_type_conflict(schema: Mapping[str, Json], shapes: Sequence[Shape], place: str) -> str | None:
    if "type" not in schema or is_open(schema["type"]):
        return None
    possible = {name for shape in shapes for name in find_shape_types(shape)}
    wanted = read_types(schema["type"])
    if wanted & possible or not wanted or not wanted <= ALL_TYPES:
        return None
    return f"{place} is {describe_types(possible)}, never {describe_types(wanted)}"


def _collect(arrivals: Iterator[Arrival]) -> tuple[Shape, ...]:
    return tuple(dict.fromkeys(shape for arrival in arrivals for shape in arrival.shapes))
