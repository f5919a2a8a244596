"""Follows an RFC 9535 JSONPath through shapes, and reports where it leads to nothing."""

import re
from collections.abc import Iterator, Sequence

import jsonpath_rfc9535
from jsonpath_rfc9535.filter_expressions import Expression, FilterQuery, RelativeFilterQuery
from jsonpath_rfc9535.segments import JSONPathRecursiveDescentSegment
from jsonpath_rfc9535.selectors import FilterSelector, IndexSelector, JSONPathSelector, NameSelector, SliceSelector

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.lint.schema_paths.navigation import Child, ShapeNavigator, collect_shapes, find_names
from contracts_runner.maintenance.lint.schema_paths.shapes import (
    ANYTHING,
    Shape,
    describe_types,
    find_all_types,
    find_types,
)
from contracts_runner.reading.jsonpaths import compile_jsonpath
from contracts_runner.reading.suggest import suggest_or_list

_PLAIN_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_PARTS = ("expression", "left", "right")


@dataclass(frozen=True, slots=True)
class PathTarget:
    """Where a path leads: shapes, or no shapes and the reason in words; a name that looks misspelt has both."""

    shapes: tuple[Shape, ...]
    reason: str = ""
    hint: str = ""


def parse_path(path: str) -> jsonpath_rfc9535.JSONPathQuery | None:
    """Return the parsed path, None for an invalid one, which reading the file has reported."""
    try:
        return compile_jsonpath(path)
    except (jsonpath_rfc9535.JSONPathError, RecursionError):
        return None


def is_singular(path: str) -> bool:
    """True if the path leads to one value and not to a list of matches."""
    query = parse_path(path)
    return query is not None and query.singular_query()


def follow_path(navigator: ShapeNavigator, path: str, shapes: tuple[Shape, ...]) -> PathTarget:
    """Return where the path leads to from values of the shapes."""
    query = parse_path(path)
    return _Walker(navigator, shapes).follow(query, shapes, "$") if query else PathTarget((ANYTHING,))


def find_property(navigator: ShapeNavigator, name: str, shapes: tuple[Shape, ...], place: str) -> PathTarget:
    """Return where one property leads to; `place` is the path so far, for the reason."""
    children = [navigator.get_property(shape, name) for shape in shapes]
    reached = collect_shapes(children)
    if not reached:
        return PathTarget((), *_explain_no_name(name, shapes, place))
    similar = next((child.similar_name for child in children if child.similar_name), None)
    if similar and not any(child.is_described for child in children if child.shapes):
        return PathTarget(reached, f"the spec describes no '{name}' in {place}", f"Did you mean '{similar}'?")
    return PathTarget(reached)


@dataclass(frozen=True, slots=True)
class _Walker:
    navigator: ShapeNavigator
    root: tuple[Shape, ...]

    def follow(self, query: jsonpath_rfc9535.JSONPathQuery, shapes: tuple[Shape, ...], place: str) -> PathTarget:
        for segment in query.segments:
            if isinstance(segment, JSONPathRecursiveDescentSegment):
                # It may find something at any depth.
                return PathTarget((ANYTHING,))
            reached: list[Shape] = []
            for selector in segment.selectors:
                found = self._select(selector, shapes, place)
                if found.reason:
                    return found
                reached += found.shapes
            shapes = tuple(dict.fromkeys(reached))
            place += _render(segment.selectors)
        return PathTarget(shapes)

    def _select(self, selector: JSONPathSelector, shapes: tuple[Shape, ...], place: str) -> PathTarget:
        match selector:
            case NameSelector():
                return find_property(self.navigator, selector.name, shapes, place)
            case IndexSelector():
                children = [self.navigator.get_item(shape, selector.index) for shape in shapes]
            case SliceSelector():
                children = [self.navigator.get_any_item(shape) for shape in shapes]
            case _:
                children = [self.navigator.get_any_child(shape) for shape in shapes]
        found = _take(children, shapes, place, selector)
        if isinstance(selector, FilterSelector):
            return next(self._iter_wrong_queries(selector, found, f"{place}[?]"), found)
        return found

    def _iter_wrong_queries(self, selector: FilterSelector, found: PathTarget, place: str) -> Iterator[PathTarget]:
        """Yield what the paths inside of a filter cannot find: such a filter is the same for all items."""
        if found.reason:
            return
        for query in iter_queries(selector.expression):
            is_relative = isinstance(query, RelativeFilterQuery)
            inner = self.follow(query.query, found.shapes if is_relative else self.root, place if is_relative else "$")
            if inner.reason:
                yield inner


def iter_queries(expression: Expression) -> Iterator[FilterQuery]:
    """Yield the paths inside of a filter."""
    if isinstance(expression, FilterQuery):
        yield expression
        return
    parts = [getattr(expression, name) for name in _PARTS if hasattr(expression, name)]
    for part in (*parts, *getattr(expression, "args", ())):
        yield from iter_queries(part)


def _take(children: Sequence[Child], shapes: tuple[Shape, ...], place: str, selector: JSONPathSelector) -> PathTarget:
    if reached := collect_shapes(children):
        return PathTarget(reached)
    types = find_all_types(shapes)
    is_list = isinstance(selector, IndexSelector | SliceSelector)
    if "array" in types or ("object" in types and not is_list):
        return PathTarget((), f"{place} has no item at {_render([selector])}")
    return PathTarget((), f"{place} is {describe_types(types)}, not a {'list' if is_list else 'list or object'}")


def _explain_no_name(name: str, shapes: tuple[Shape, ...], place: str) -> tuple[str, str]:
    """Return (reason, hint)."""
    objects = [shape for shape in shapes if "object" in find_types(shape)]
    if not objects:
        return f"{place} is {describe_types(find_all_types(shapes))}, not an object", ""
    names = list(dict.fromkeys(known for shape in objects for known in find_names(shape)))
    if name in names:
        return f"{place} cannot have the property '{name}'", ""
    return f"{place} has no property '{name}'", suggest_or_list(name, names)


def _render(selectors: Sequence[JSONPathSelector]) -> str:
    only = selectors[0]
    if len(selectors) == 1 and isinstance(only, NameSelector) and _PLAIN_NAME.fullmatch(only.name):
        return f".{only.name}"
    return f"[{', '.join('?' if isinstance(selector, FilterSelector) else str(selector) for selector in selectors)}]"
