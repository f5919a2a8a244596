"""Bounds the work of the validator, which is outside of Python and cannot be interrupted.

jsonschema-rs takes a pattern that came to its bound for one that does not match, in `patternProperties` and wherever it
only asks whether a value is valid (`not`, `if`, `contains`, …). And to list what is wrong takes exponential time where
a schema with branches refers to itself, and quadratic memory, since each error holds a copy of its value. So schemas
are entered through a keyword of ours, which searches for the patterns, and pays for what is below:

    {if: {x-bound: …}, then: the schema}
"""

import time
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import field
from typing import Any, Self, TypeVar

from jsonschema_rs import ValidationError, validator_for

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import UndecidedError
from contracts_runner.model.json import Json, render_key
from contracts_runner.model.json_pointer import Pointer, find_child, parse_pointer, render_fragment
from contracts_runner.model.patterns import ENGINE, compile_pattern, list_heavy
from contracts_runner.openapi.formats import TEXT_FORMATS
from contracts_runner.reading.schema_keywords import ONE_SCHEMA, SCHEMA_LISTS, SCHEMA_MAPS

_KEYWORD = "x-bound"
# A step is about a microsecond. An error costs some for itself, for its path on each level around it, and for each
# value that it copies.
MOST_STEPS = 10_000_000
_ERROR_STEPS, _LEVEL_STEPS, _COPY_STEPS = 100, 4, 2
_CHARACTERS = 100  # of a text cost as much as a value
_SECONDS = 10.0
_BRANCHES = frozenset({"anyOf", "oneOf"})

Choose = Callable[[Mapping[str, Json]], bool]
_Verdict = TypeVar("_Verdict")


@dataclass(frozen=True, slots=True)
class Validator:
    """A validator, and the schema that it was made of."""

    rust: Any
    has_branches: bool
    has_bounds: bool
    _schema: Json

    @classmethod
    def build(cls, schema: Json, *, has_formats: bool, choose: Choose) -> Self:
        """Return a validator of a schema and of those inside of it, of which the chosen ones are bounded.

        Raises jsonschema_rs.ValidationError for what is not a schema. One that names its `$schema` is one of ours, and
        about documents: it is as it is.
        """
        is_ours = isinstance(schema, Mapping) and "$schema" in schema
        enclosure = _Enclosure(schema, choose)
        bounded = schema if is_ours else enclosure.build()
        rust = validator_for(
            bounded,
            validate_formats=has_formats,
            formats=TEXT_FORMATS,
            pattern_options=ENGINE,
            keywords={_KEYWORD: _Bound, "uniqueItems": _UniqueItems},
            offline=True,
        )
        return cls(rust, enclosure.has_branches, enclosure.has_bounds, bounded)

    def find_place(self, error: ValidationError) -> Pointer:
        """Return where an error is in the schema that was given; raises KeyError where that is not known."""
        place: Pointer = ()
        schema = self._schema
        for part in error.schema_path:
            is_ours = part == "then" and isinstance(schema.get("if"), Mapping) and _KEYWORD in schema["if"]
            place = place if is_ours else (*place, part)
            schema = find_child(schema, part)
        return place


def has_heavy_patterns(schema: Mapping[str, Json]) -> bool:
    """Tell whether a schema itself applies some to a text or to the names of members, see model/patterns.py."""
    return bool(_find_heavy_patterns(schema))


def _find_heavy_patterns(schema: Mapping[str, Json]) -> list[str]:
    own, named = schema.get("pattern"), schema.get("patternProperties")
    return list_heavy([*([own] if isinstance(own, str) else []), *(named if isinstance(named, Mapping) else ())])


@dataclass(slots=True, kw_only=True)
class Work:
    """What may be spent on one value; `problem` says why that was not enough: then no result counts.

    Without `steps` only patterns are bounded. `is_single`: the validator ends at the first error, and there are no
    branches, of which it keeps all errors, and copies them for each of those around.
    """

    steps: int | None = None
    is_single: bool = False
    has_branches: bool = True
    seconds: float = _SECONDS
    problem: str = ""
    _sizes: Mapping[int, int] = field(default_factory=dict)
    _error_steps: int = 1
    _end: float = 0.0

    def watch(self, value: Json, judge: Callable[[Json], _Verdict]) -> _Verdict:
        """Return what a validator says of a value; what it does is counted."""
        if self.steps is not None and not self.is_single:
            self._sizes, levels = _measure(value, is_copied_upwards=self.has_branches)
            self._error_steps = _ERROR_STEPS + _LEVEL_STEPS * levels**2
        self._end = time.monotonic() + self.seconds
        token = _WORK.set(self)
        try:
            return judge(value)
        finally:
            _WORK.reset(token)

    def pay(self, bound: "_Bound", value: Json) -> None:
        """Pay for what is done before a schema is entered; raises UndecidedError where it is too much."""
        if self.problem:
            raise UndecidedError(self.problem)
        try:
            self._search(bound.patterns, value)
            if self.steps is not None:
                size = 0 if self.is_single else bound.count_copies(value) * self._sizes.get(id(value), 1)
                self.steps -= self._error_steps + _COPY_STEPS * size
                if self.steps < 0:
                    raise UndecidedError("there are too many ways to list them")
        except UndecidedError as error:
            self.problem = str(error)
            raise

    def _search(self, patterns: Iterable[str], value: Json) -> None:
        texts = [value] if isinstance(value, str) else value if isinstance(value, Mapping) else ()
        for pattern in patterns:
            for text in texts:
                compile_pattern(pattern).is_in(text)
                if time.monotonic() > self._end:
                    raise UndecidedError(f"the patterns of the schema take more than {self.seconds:g} s")


_WORK: ContextVar[Work] = ContextVar("work")


class _Bound:
    """The keyword; always holds for what may be entered."""

    def __init__(self, _parent: Json, value: Json, _path: Any) -> None:
        self.patterns = value["patterns"]
        self._has_names = value["has_names"]

    def count_copies(self, value: Json) -> int:
        """Return how many copies of the value the errors of the schema may hold."""
        return len(value) if self._has_names and isinstance(value, Mapping) else 1

    def validate(self, instance: Json) -> None:
        _WORK.get().pay(self, instance)


class _UniqueItems:
    """In place of the validator's own, which compares all pairs of numbers that have more than 64 bits."""

    def __init__(self, _parent: Json, value: Json, _path: Any) -> None:
        self._is_wanted = value is True

    def validate(self, instance: Json) -> None:
        if self._is_wanted and isinstance(instance, list) and len(set(map(render_key, instance))) < len(instance):
            raise ValueError("not unique")


@dataclass(slots=True)
class _Enclosure:
    """Puts the keyword before the chosen schemas of `root`; then it knows whether there are any, and branches."""

    root: Json
    choose: Choose
    has_branches: bool = False
    has_bounds: bool = False

    def build(self) -> Json:
        return self._enclose(self.root)

    def _enclose(self, schema: Json) -> Json:
        if not isinstance(schema, Mapping):
            return schema
        self.has_branches = self.has_branches or not _BRANCHES.isdisjoint(schema)
        inner = {key: self._enclose_child(key, value) for key, value in schema.items()}
        if not self.choose(schema):
            return inner
        self.has_bounds = True
        bound = {"patterns": _find_heavy_patterns(schema), "has_names": "propertyNames" in schema}
        return {"if": {_KEYWORD: bound}, "then": inner}

    def _enclose_child(self, key: str, value: Json) -> Json:
        if key in ONE_SCHEMA:
            return self._enclose(value)
        if key in SCHEMA_LISTS and isinstance(value, list):
            return [self._enclose(item) for item in value]
        if key in SCHEMA_MAPS and isinstance(value, Mapping):
            return {name: self._enclose(item) for name, item in value.items()}
        return self._move(value) if key == "$ref" and isinstance(value, str) else value

    def _move(self, reference: str) -> str:
        """Return a reference to what was enclosed; raises ValueError for one that leads to nothing."""
        moved: list[str | int] = []
        place, kind = self.root, "schema"
        for part in parse_pointer(reference):
            if kind == "schema" and isinstance(place, Mapping) and self.choose(place):
                moved.append("then")
            try:
                place = find_child(place, part)
            except KeyError:
                raise ValueError(f"the reference '{reference}' leads to nothing") from None
            kind = "schema" if kind != "schema" or part in ONE_SCHEMA else "schemas"
            moved.append(part)
        return render_fragment(moved)


def _measure(value: Json, *, is_copied_upwards: bool) -> tuple[dict[int, int], int]:
    """Return what a copy of each collection costs, by identity: as much as it has values, once or on each level above;
    and how many levels there are."""
    found = [(1, value)]
    sizes: dict[int, int] = {}
    for level, item in found:
        found += [(level + 1, child) for child in _list_children(item) if isinstance(child, Mapping | list)]
    for _, item in reversed(found):
        sizes[id(item)] = 1 + sum(sizes.get(id(child), 0) or _measure_scalar(child) for child in _list_children(item))
    costs = {id(item): sizes[id(item)] * (level if is_copied_upwards else 1) for level, item in found}
    return costs, found[-1][0]


def _list_children(value: Json) -> Iterable[Json]:
    return value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()


def _measure_scalar(value: Json) -> int:
    return 1 + (len(value) // _CHARACTERS if isinstance(value, str) else 0)
