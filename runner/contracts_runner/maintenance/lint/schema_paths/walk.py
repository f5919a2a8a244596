"""Follows an RFC 9535 JSONPath through shapes, and says where it leads to nothing."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import jsonpath_rfc9535
from jsonpath_rfc9535.filter_expressions import Expression, FilterQuery, RelativeFilterQuery
from jsonpath_rfc9535.segments import JSONPathRecursiveDescentSegment
from jsonpath_rfc9535.selectors import FilterSelector, IndexSelector, JSONPathSelector, NameSelector, SliceSelector

from contracts_runner.maintenance.lint.schema_paths.shape import ANYTHING, Shape
from contracts_runner.maintenance.lint.schema_paths.steps import Arrival, Steps, find_names, find_shape_types
from contracts_runner.maintenance.lint.schema_paths.types import describe_types
from contracts_runner.reading.jsonpaths import compile_jsonpath
from contracts_runner.reading.suggest import suggest_or_list

_PLAIN_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_PARTS = ("expression", "left", "right")


@dataclass(frozen=True, slots=True)
class Walk:
    """Where a path leads: shapes, or no shapes and the reason in words; a slip has both."""

    shapes: tuple[Shape, ...]
    reason: str = ""
    hint: str = ""


def parse_path(path: str) -> jsonpath_rfc9535.JSONPathQuery | None:
    """Return the parsed path, None for what is none: reading the file has reported it."""
    try:
        return compile_jsonpath(path)
    except (jsonpath_rfc9535.JSONPathError, RecursionError):
        return None


def is_singular(path: str) -> bool:
    """True if the path leads to one value and not to a list of matches."""
    query = parse_path(path)
    return query is not None and query.singular_query()


def walk(steps: Steps, path: str, shapes: tuple[Shape, ...]) -> Walk:
    """Return where the path leads to from values of the shapes."""
    query = parse_path(path)
    return _Walker(steps, shapes).follow(query, shapes, "$") if query else Walk((ANYTHING,))


def find_property(steps: Steps, name: str, shapes: tuple[Shape, ...], place: str) -> Walk:
    """Return where one property leads to; `place` is the path so far, for the reason."""
    arrivals = [steps.at_name(shape, name) for shape in shapes]
    reached = tuple(found for arrival in arrivals for found in arrival.shapes)
    if not reached:
        reason, hint = _explain_no_name(name, shapes, place)
        return Walk((), reason, hint)
    slip = next((arrival.slip for arrival in arrivals if arrival.slip), None)
    if slip and not any(arrival.is_described for arrival in arrivals if arrival.shapes):
        return Walk(reached, f"the spec describes no '{name}' in {place}", f"Did you mean '{slip}'?")
    return Walk(reached)


@dataclass(frozen=True, slots=True)
class _Walker:
    steps: Steps
    root: tuple[Shape, ...]

    def follow(self, query: jsonpath_rfc9535.JSONPathQuery, shapes: tuple[Shape, ...], place: str) -> Walk:
        for segment in query.segments:
            if isinstance(segment, JSONPathRecursiveDescentSegment):
                # It may find something at any depth.
                return Walk((ANYTHING,))
            reached: list[Shape] = []
            for selector in segment.selectors:
                found = self._select(selector, shapes, place)
                if found.reason:
                    return found
                reached += found.shapes
            shapes = tuple(dict.fromkeys(reached))
            place += _render(segment.selectors)
        return Walk(shapes)

    def _select(self, selector: JSONPathSelector, shapes: tuple[Shape, ...], place: str) -> Walk:
        match selector:
            case NameSelector():
                return find_property(self.steps, selector.name, shapes, place)
            case IndexSelector():
                return _take(lambda shape: self.steps.at_index(shape, selector.index), shapes, place, "list", selector)
            case SliceSelector():
                return _take(self.steps.at_any_item, shapes, place, "list", selector)
            case FilterSelector():
                found = _take(self.steps.at_any, shapes, place, "list or object", selector)
                return next(self._iter_wrong_queries(selector, found, f"{place}[?]"), found)
            case _:
                return _take(self.steps.at_any, shapes, place, "list or object", selector)

    def _iter_wrong_queries(self, selector: FilterSelector, found: Walk, place: str) -> Iterator[Walk]:
        """Yield what the paths inside of a filter cannot find: such a filter is the same for all items."""
        if found.reason:
            return
        for query in _iter_queries(selector.expression):
            is_relative = isinstance(query, RelativeFilterQuery)
            inner = self.follow(query.query, found.shapes if is_relative else self.root, place if is_relative else "$")
            if inner.reason:
                yield inner


def _iter_queries(expression: Expression) -> Iterator[FilterQuery]:
    if isinstance(expression, FilterQuery):
        yield expression
        return
    parts = [getattr(expression, name) for name in _PARTS if hasattr(expression, name)]
    for part in (*parts, *getattr(expression, "args", ())):
        yield from _iter_queries(part)


def _take(
    step: Callable[[Shape], Arrival], shapes: tuple[Shape, ...], place: str, wanted: str, selector: JSONPathSelector
) -> Walk:
    reached = tuple(found for shape in shapes for found in step(shape).shapes)
    if reached:
        return Walk(reached)
    types = {name for shape in shapes for name in find_shape_types(shape)}
    names = {"array", "object"} if "object" in wanted else {"array"}
    if types & names:
        return Walk((), f"{place} has no item at {_render([selector])}")
    return Walk((), f"{place} is {describe_types(types)}, not a {wanted}")


def _explain_no_name(name: str, shapes: tuple[Shape, ...], place: str) -> tuple[str, str]:
    """Return (reason, hint)."""
    objects = [shape for shape in shapes if "object" in find_shape_types(shape)]
    if not objects:
        types = describe_types({found for shape in shapes for found in find_shape_types(shape)})
        return f"{place} is {types}, not an object", ""
    names = list(dict.fromkeys(known for shape in objects for known in find_names(shape)))
    if name in names:
        return f"{place} cannot have the property '{name}'", ""
    return f"{place} has no property '{name}'", suggest_or_list(name, names)


def _render(selectors: Sequence[JSONPathSelector]) -> str:
    only = selectors[0]
    if len(selectors) == 1 and isinstance(only, NameSelector) and _PLAIN_NAME.fullmatch(only.name):
        return f".{only.name}"
    return f"[{', '.join('?' if isinstance(selector, FilterSelector) else str(selector) for selector in selectors)}]"
