"""Which operations of a document are about one resource: what lists it, reads it, makes it, removes it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TypeVar

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.lint.declared_responses import DeclaredResponses
from contracts_runner.maintenance.lint.schema_paths.navigation import collect_shapes, find_names
from contracts_runner.maintenance.lint.schema_paths.shapes import Shape, find_all_types
from contracts_runner.model.contract import Expectation
from contracts_runner.model.spec import Operation, Parameter
from contracts_runner.openapi.spec import Spec

T = TypeVar("T")

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Of two names of one value, as far as a document says.
_IDENTIFIERS = ("id", "uuid", "guid", "key", "slug", "name")
_CLOSED = frozenset({"enum", "const"})
_SCALARS = frozenset({"string", "integer", "fraction"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is in an answer: a JSONPath, and the types that it may have there."""

    path: str
    types: frozenset[str]

    def fits(self, types: frozenset[str]) -> bool:
        """Tell whether it can be sent where values of some types are wanted: as a text anything can."""
        return "string" in types or (bool(self.types) and self.types <= types | {"null"})


@dataclass(frozen=True)
class Resources:
    """The operations of one spec by what they do to resources; `usable` may be called."""

    spec: Spec
    usable: tuple[Operation, ...]

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], Operation]:
        return {(each.method, normalise(each.path)): each for each in self.usable}

    @cached_property
    def _responses(self) -> DeclaredResponses:
        return DeclaredResponses(self.spec)

    def find_on_path(self, method: str, path: str) -> Operation | None:
        """Return the operation of a method on a path template."""
        return self._by_name.get((method, normalise(path)))

    def find_lister(self, operation: Operation, parameter: Parameter) -> tuple[Operation, Place] | None:
        """Return the operation whose answer lists values for a parameter of a path, and where they are.

        It is the GET on the path before the parameter: of `/shops/{shop}/pets/{pet}` that on `/shops/{shop}/pets`. Of a
        parameter that takes some values only, it lists others, too.
        """
        found_schema = self.spec.bundle.get(parameter.pointer) if parameter.pointer else None
        if found_schema and isinstance(found_schema[1], Mapping) and not _CLOSED.isdisjoint(found_schema[1]):
            return None
        collection = _find_collection(operation.path, parameter.name)
        found = (self.find_on_path("GET", f"{collection}{suffix}") for suffix in ("", _find_suffix(operation.path)))
        lister = next(filter(None, found), None) if collection else None
        if lister is None:
            return None
        wanted, noun = self._find_parameter_types(parameter), _fold(collection.rpartition("/")[2])
        # Of several lists that of the collection's name.
        lists = sorted(self._iter_lists(lister), key=lambda found: _fold(found[0]) not in ("", noun))
        for path, shapes in lists:
            if place := self._find_identifier(f"{path}[*]", shapes, collection, parameter.name, wanted):
                return lister, place
        return None

    def find_made(self, maker: Operation, reader: Operation, parameter: Parameter) -> Place | None:
        """Return where the answer of an operation that makes a resource has the value for the parameter of a path."""
        wanted, collection = self._find_parameter_types(parameter), _find_collection(reader.path, parameter.name)
        return _choose_clear(
            {
                path: self._find_identifier(path, shapes, collection, parameter.name, wanted)
                for path, shapes in self._iter_objects(maker)
            }
        )

    def find_same(self, reader: Operation, place: Place) -> str | None:
        """Return the JSONPath under which an answer has the value again that is at a place of another one."""
        name = place.path.rpartition(".")[2]
        return _choose_clear(
            {
                path: f"{path}.{name}" if self._find_property_types(shapes, name) == place.types else None
                for path, shapes in self._iter_objects(reader)
            }
        )

    def _iter_lists(self, operation: Operation) -> Iterator[tuple[str, tuple[Shape, ...]]]:
        """Yield each list of an answer, at its root or one level below, and what its items are."""
        for path, shapes in self._iter_values(operation):
            if find_all_types(shapes) & {"array", "object"} == {"array"}:
                yield path, collect_shapes(self._responses.navigator.get_item(shape, 0) for shape in shapes)

    def _iter_objects(self, operation: Operation) -> Iterator[tuple[str, tuple[Shape, ...]]]:
        for path, shapes in self._iter_values(operation):
            if "object" in find_all_types(shapes):
                yield path, shapes

    def _iter_values(self, operation: Operation) -> Iterator[tuple[str, tuple[Shape, ...]]]:
        """Yield the answer itself, then its properties."""
        bodies = self._responses.list_bodies_by_success(operation, Expectation())
        yield from [("$", bodies)] if bodies else []
        for name in _list_names(bodies):
            yield f"$.{name}", self._get_property(bodies, name)

    def _get_property(self, shapes: Iterable[Shape], name: str) -> tuple[Shape, ...]:
        children = [self._responses.navigator.get_property(shape, name) for shape in shapes]
        return collect_shapes(child for child in children if child.is_described)

    def _find_identifier(
        self, path: str, shapes: tuple[Shape, ...], collection: str, parameter: str, wanted: frozenset[str]
    ) -> Place | None:
        names = _list_names(shapes)
        for name in _iter_property_names(parameter, collection):
            for found in names:
                types = self._find_property_types(shapes, found)
                place = Place(f"{path}.{found}", types)
                if _fold(found) == _fold(name) and types and types - {"null"} <= _SCALARS and place.fits(wanted):
                    return place
        return None

    def _find_property_types(self, shapes: tuple[Shape, ...], name: str) -> frozenset[str]:
        """Return the types of a property that is described, none of another one."""
        return frozenset(find_all_types(self._get_property(shapes, name)) if name in _list_names(shapes) else ())

    def _find_parameter_types(self, parameter: Parameter) -> frozenset[str]:
        words = self.spec.schemas.list_words(parameter.pointer, "type") if parameter.pointer else frozenset()
        # In a path a number and its text are the same; what is not stated is a text.
        return words or frozenset({"string"})


def _choose_clear(found: Mapping[str, T | None]) -> T | None:
    """Return what is in an answer itself, else the only thing that is in one of its properties."""
    if at_root := found.get("$"):
        return at_root
    below = [each for each in found.values() if each is not None]
    return below[0] if len(below) == 1 else None


def _list_names(shapes: Iterable[Shape]) -> list[str]:
    """Return the properties that a JSONPath names without quotes."""
    names = dict.fromkeys(name for shape in shapes for name in find_names(shape))
    return list(filter(_PLAIN.fullmatch, names))


def _find_collection(path: str, parameter: str) -> str:
    """Return the path before the segment that begins with this parameter, "" where there is none."""
    before, found, _ = path.partition(f"/{{{parameter}}}")
    return before if found else ""


def _find_suffix(path: str) -> str:
    """Return the suffix that some give all of their paths, such as `.json`."""
    found = re.search(r"\.\w+$", path)
    return found[0] if found else ""


def _iter_property_names(parameter: str, collection: str) -> Iterator[str]:
    """Yield under which names an item of a collection may have the value of a path's parameter.

    Of `/pets/{petId}`: petId, then Id; of `/issues/{issue_number}`: issue_number, then number. `/orders/{order}` has an
    order by its id, or what else identifies one; `/teams/{teamIdOrSlug}` has it by both.
    """
    yield parameter
    folded = _fold(parameter)
    singulars = list(_iter_singulars(collection.rpartition("/")[2]))
    rest = next((folded.removeprefix(each) for each in singulars if folded.startswith(each)), folded)
    yield from [rest] if rest else _IDENTIFIERS
    words = re.split(r"_or_|(?<=[a-z])Or(?=[A-Z])", parameter)
    yield from (name for word in words for name in _IDENTIFIERS if _fold(word).endswith(name))


def _iter_singulars(noun: str) -> Iterator[str]:
    folded = _fold(noun)
    if folded.endswith("ies"):
        yield f"{folded[:-3]}y"
    if folded.endswith(("ses", "xes", "ches", "shes")):
        yield folded[:-2]
    if folded.endswith("s"):
        yield folded[:-1]
    yield folded


def _fold(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def normalise(path: str) -> str:
    """Return a path template without the names of its parameters, which operations give as they like."""
    return _PLACEHOLDER.sub("{}", path.rstrip("/"))


def is_last(path: str, parameter: str) -> bool:
    """Tell whether a path template ends with a parameter, so that it leads to what that names."""
    return path.rstrip("/").endswith(f"/{{{parameter}}}")


def find_prefix(path: str, parameter: str) -> str:
    """Return a path template to the end of a parameter, normalised: what has one value in a scenario."""
    before, found, _ = path.partition(f"{{{parameter}}}")
    return normalise(before + found)
