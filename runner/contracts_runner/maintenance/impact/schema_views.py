"""A schema as what it says, not as how it is written: references and `allOf` are put together, null is null in all of
its forms, and so are values that are listed one by one.

Everything keeps the place where it is written, in the bundled document.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from functools import cached_property

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json, is_equal
from contracts_runner.model.json_pointer import Pointer, find_value, parse_pointer
from contracts_runner.openapi.drafts import Draft, find_document_draft, find_draft, modernise, translate_limits
from contracts_runner.openapi.object_kinds import is_reference

ALTERNATIVES = ("anyOf", "oneOf")
_ALL_TYPES = frozenset({"array", "boolean", "null", "integer", "fraction", "object", "string"})
# What says of which type a value is meant to be, where no `type` does.
_HINTS = {
    **dict.fromkeys(("properties", "required", "additionalProperties", "patternProperties"), "object"),
    **dict.fromkeys(("items", "prefixItems"), "array"),
}
_LISTING = frozenset({"const", "enum"})
_ANNOTATIONS = frozenset({"title", "description", "example", "examples", "externalDocs", "xml", "$comment"})
# What is put together, or says nothing.
_OUTSIDE = frozenset({"$ref", "$defs", "allOf", *ALTERNATIVES, *_ANNOTATIONS})
# These say nothing of which values there may be.
_BESIDE = frozenset({"discriminator", "default", "deprecated", "readOnly", "writeOnly", "x-pii"})
_MOST_REFERENCES = 100


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A schema without its own `$ref`, `allOf` and alternatives; `is_nullable`: null is allowed beside it. Where it is
    not `is_written`, the author has said it in other words at the pointer."""

    pointer: Pointer
    schema: Mapping[str, Json]
    is_nullable: bool = False
    is_written: bool = True
    names: Mapping[str, str] = field(default_factory=dict)  # keyword -> how the author calls it

    def locate(self, keyword: str) -> Pointer:
        """Return where a keyword of it is written."""
        return (*self.pointer, self.names.get(keyword, keyword)) if self.is_written else self.pointer

    @property
    def types(self) -> frozenset[str] | None:
        """The types that it allows, None for any; numbers are integers or fractions."""
        written = self.schema.get("type")
        words = [written] if isinstance(written, str) else written if isinstance(written, list) else None
        if words is None:
            return self._guess_types()
        named = {word for word in words if isinstance(word, str)}
        named |= {"integer", "fraction"} if "number" in named else set()
        return frozenset(named - {"number"} | ({"null"} if self.is_nullable else set()))

    def _guess_types(self) -> frozenset[str] | None:
        meant = {name for key, name in _HINTS.items() if key in self.schema}
        return frozenset(meant | ({"null"} if self.is_nullable else set())) if len(meant) == 1 else None

    @property
    def values(self) -> list[Json] | None:
        """The values that it lists, None where it lists none."""
        if "const" in self.schema:
            return [self.schema["const"]]
        return self.schema["enum"] if isinstance(self.schema.get("enum"), list) else None


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Alternatives (`anyOf`, `oneOf`), by their places."""

    keyword: str
    pointer: Pointer
    branches: tuple[Pointer, ...]
    has_null: bool = False
    is_written: bool = True  # False for a schema that is taken for its own only alternative


@dataclass(frozen=True, eq=False)
class View:
    """All that holds for a value: the parts, and one branch of each group. `key` is the same for the same schemas."""

    key: tuple[object, ...]
    parts: tuple[Part, ...] = ()
    groups: tuple[Group, ...] = ()
    _children: dict[object, "View"] = field(default_factory=dict, repr=False)

    def list_written(self, keyword: str) -> list[tuple[Json, Pointer]]:
        """Return the values of a keyword, with their places."""
        return [(part.schema[keyword], part.locate(keyword)) for part in self.parts if keyword in part.schema]

    def find_last(self, keyword: str) -> tuple[Json, Pointer] | None:
        """Return the value that counts where only one can: the outermost."""
        return next(reversed(self.list_written(keyword)), None)

    @cached_property
    def types(self) -> frozenset[str]:
        """The types of its values; numbers are integers or fractions."""
        types = _ALL_TYPES
        for part in self.parts:
            types &= _ALL_TYPES if part.types is None else part.types
        return types

    @cached_property
    def is_typed(self) -> bool:
        """Whether anything says what type a value has."""
        return any(part.types is not None for part in self.parts)

    @cached_property
    def values(self) -> list[Json] | None:
        """The values that are listed, without null; None where any may be."""
        lists = [part.values for part in self.parts if part.values is not None]
        if not lists:
            return None
        first, *others = lists
        kept = [value for value in first if all(any(is_equal(value, item) for item in other) for other in others)]
        # Both booleans are all of them.
        is_all = self.types <= {"boolean", "null"} and all(
            any(value is each for value in kept) for each in (True, False)
        )
        return None if is_all else [value for value in kept if value is not None]

    @cached_property
    def required(self) -> dict[str, Pointer]:
        """What an object must have -> where that is said."""
        return {
            name: (*pointer, index)
            for names, pointer in self.list_written("required")
            for index, name in enumerate(names if isinstance(names, list) else ())
            if isinstance(name, str)
        }

    @cached_property
    def properties(self) -> dict[str, list[Pointer]]:
        """Property -> the places of its schemas."""
        return self.list_named("properties")

    def list_named(self, keyword: str) -> dict[str, list[Pointer]]:
        """Return name -> the places of its schemas, of a keyword that maps names to schemas."""
        found: dict[str, list[Pointer]] = {}
        for named, pointer in self.list_written(keyword):
            for name in named if isinstance(named, Mapping) else ():
                found.setdefault(str(name), []).append((*pointer, name))
        return found

    @property
    def is_choice(self) -> bool:
        """Whether one of several schemas holds, and nothing else."""
        return len(self.groups) == 1 and all(part.schema.keys() <= _BESIDE for part in self.parts)

    def wrap(self, pointer: Pointer) -> "View":
        """Return a schema as the only choice of one that says nothing else; `pointer` leads to it."""
        beside = [
            replace(part, schema={key: value for key, value in part.schema.items() if key in _BESIDE})
            for part in self.parts
        ]
        group = Group("anyOf", pointer, (pointer,), is_written=False)
        return View(("alone", *self.key), tuple(beside), (group,))

    def is_marked(self, keyword: str) -> bool:
        """Tell whether one of its parts says `readOnly: true`, for example."""
        return any(value is True for value, _ in self.list_written(keyword))


@dataclass(eq=False)
class SchemaReader:
    """Opens the schemas of a bundled document; each once."""

    document: Mapping[str, Json]
    is_3_0: bool
    _views: dict[tuple[Pointer, ...], View] = field(default_factory=dict)

    def open(self, *pointers: Pointer) -> View:
        """Return what the schemas at the pointers say together."""
        if pointers not in self._views:
            self._views[pointers] = self._build(pointers)
        return self._views[pointers]

    def read_name(self, pointer: Pointer) -> str:
        """Return the name of the shared schema that a schema refers to, else its title; "" without either."""
        value = self._find(pointer)
        if is_reference(value):
            return str(value["$ref"]).rpartition("/")[2]
        return str(value.get("title", "")) if isinstance(value, Mapping) else ""

    def _build(self, pointers: tuple[Pointer, ...]) -> View:
        parts: list[Part] = []
        groups: list[Group] = []
        for pointer in pointers:
            self._add(pointer, False, frozenset(), parts, groups)
        key = tuple((part.pointer, part.is_nullable) for part in parts)
        return View((*key, *(group.pointer for group in groups)), tuple(parts), tuple(groups))

    def _add(
        self, pointer: Pointer, is_nullable: bool, seen: frozenset[Pointer], parts: list[Part], groups: list[Group]
    ) -> None:
        """Add what the schema at a pointer says; `seen` are the references on the way."""
        schema = self._find(pointer)
        if schema is False:
            parts.append(Part(pointer, {"not": {}}, is_nullable, is_written=False))
        if not isinstance(schema, Mapping):
            return
        target = _find_target(schema)
        if self.is_3_0:
            is_nullable |= schema.get("nullable") is True
        if target is not None and target not in seen and len(seen) < _MOST_REFERENCES:
            self._add(target, is_nullable, seen | {target}, parts, groups)
        if self.is_3_0 and target is not None:
            return
        own = self._modernise(schema)
        for index in range(len(own["allOf"]) if isinstance(own.get("allOf"), list) else 0):
            self._add((*pointer, "allOf", index), is_nullable, seen, parts, groups)
        for keyword in ALTERNATIVES:
            if isinstance(own.get(keyword), list) and own[keyword]:
                self._add_alternatives((*pointer, keyword), is_nullable, seen, parts, groups)
        kept = {
            key: value
            for key, value in own.items()
            if key not in _OUTSIDE and (key in _BESIDE or not key.startswith("x-"))
        }
        if kept:
            parts.append(Part(pointer, kept, is_nullable, names=_find_names(schema)))

    def _add_alternatives(
        self, pointer: Pointer, is_nullable: bool, seen: frozenset[Pointer], parts: list[Part], groups: list[Group]
    ) -> None:
        places: list[Pointer] = [(*pointer, index) for index in range(len(self._find(pointer)))]
        branches = [place for place in places if not self._is_null(place)]
        has_null = is_nullable or len(branches) < len(places)
        listed = [self._list_values(place) for place in branches]
        if len(branches) == 1:
            self._add(branches[0], has_null, seen, parts, groups)
        elif branches and all(values is not None for values in listed):
            values = [value for found in listed for value in found or ()]
            parts.append(Part(pointer, {"enum": values}, has_null, is_written=False))
        elif branches and all(self._is_type_alone(place) for place in branches):
            types = [self._find(place)["type"] for place in branches]
            parts.append(Part(pointer, {"type": types}, has_null, is_written=False))
        else:
            groups.append(Group(str(pointer[-1]), pointer, tuple(branches), has_null))

    def _modernise(self, schema: Mapping[str, Json]) -> Mapping[str, Json]:
        if self.is_3_0:
            own = translate_limits(dict(schema))
            own.pop("nullable", None)
        else:
            own = dict(modernise(schema, self._find_draft(schema)))
        if isinstance(own.get("items"), list):
            own["prefixItems"] = own.pop("items")
        if own.get("type") == "file":
            own |= {"type": "string", "format": "binary"}
        return own

    def _find_draft(self, schema: Mapping[str, Json]) -> Draft:
        if "$schema" not in schema and "jsonSchemaDialect" not in self.document:
            return Draft.DRAFT_2020
        return find_draft(schema, find_document_draft(self.document))

    def _is_null(self, pointer: Pointer) -> bool:
        schema = self._find(pointer)
        if not isinstance(schema, Mapping):
            return False
        said = schema.keys() - _ANNOTATIONS
        is_old = self.is_3_0 and said == {"nullable", "enum"} and schema["enum"] == [None]
        return (
            (said == {"type"} and schema["type"] in ("null", ["null"]))
            or is_old
            or (said in ({"enum"}, {"enum", "type"}) and schema["enum"] == [None])
            or (said == {"const"} and schema["const"] is None)
        )

    def _list_values(self, pointer: Pointer) -> list[Json] | None:
        schema = self._find(pointer)
        if not isinstance(schema, Mapping):
            return None
        said = schema.keys() - _ANNOTATIONS - {"type"}
        return Part(pointer, schema).values if said and said <= _LISTING else None

    def _is_type_alone(self, pointer: Pointer) -> bool:
        schema = self._find(pointer)
        return (
            isinstance(schema, Mapping) and schema.keys() - _ANNOTATIONS == {"type"} and isinstance(schema["type"], str)
        )

    def _find(self, pointer: Pointer) -> Json:
        try:
            return find_value(self.document, pointer)
        except KeyError:
            return True  # a reference that leads to nothing: a mistake of its own, told elsewhere


def _find_target(schema: Mapping[str, Json]) -> Pointer | None:
    """Return what a schema refers to; None where that is nothing that can be read, a mistake that is told elsewhere."""
    try:
        return parse_pointer(schema["$ref"]) if is_reference(schema) and schema["$ref"].startswith("#") else None
    except ValueError:
        return None


def _find_names(schema: Mapping[str, Json]) -> Mapping[str, str]:
    """Return what of an older draft has another name now."""
    moved = {"prefixItems": "items", "items": "additionalItems"} if isinstance(schema.get("items"), list) else {}
    dependencies = ("dependentRequired", "dependentSchemas") if "dependencies" in schema else ()
    return moved | dict.fromkeys(dependencies, "dependencies")
