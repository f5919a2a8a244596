"""Which places of a body the spec marks as personal: the schemas, walked as an automaton beside the value."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json_pointer import find_value, parse_pointer
from contracts_runner.model.patterns import compile_pattern, translate_pattern
from contracts_runner.redaction.mark import Mark, count_field_names, guess_credential
from contracts_runner.redaction.named_values import NamedValues
from contracts_runner.redaction.replacement import KINDS

Schema = Mapping[str, Any]

# Objects that serve as maps have as many names as the service likes.
_REMEMBERED_FIELDS = 10_000
_COMBINATORS = ("allOf", "anyOf", "oneOf")
_BRANCHES = ("if", "then", "else")
# A schema with none of these says itself what it marks.
_COMPOSING = frozenset({"$ref", "dependentSchemas", *_COMBINATORS, *_BRANCHES})
_OTHERWISE = ("additionalProperties", "unevaluatedProperties")
# Of objects that are a pair, and how many members such a one has.
_NAMES = frozenset(("name", "key", "field", "column", "label", "code", "id", "property", "attribute"))
_VALUES = ("value", "values", "val", "content", "data", "text")
_MOST_OF_PAIR = 6
_REST = ("items", "additionalItems", "unevaluatedItems", "contains")


@dataclass(slots=True, eq=False)
class Place:
    """A place of a body: the schemas that describe it, together, and its `mark`, None without one.

    `is_described` is False where no schema describes the place; there the names of fields count. `is_plain`: described,
    and not personal. `fields` are the places of properties that were asked for before.
    """

    _marks: "Marks"
    _schemas: tuple[Schema, ...]
    mark: Mark | None
    _is_person: bool = False
    fields: dict[str, "Place"] = dataclasses.field(default_factory=dict)
    _items: dict[int, "Place"] = dataclasses.field(default_factory=dict)
    _key_place: "Place | None" = None
    prefix_length: int = dataclasses.field(init=False)
    is_described: bool = dataclasses.field(init=False)
    is_plain: bool = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        self.prefix_length = max((len(_prefix(schema)) for schema in self._schemas), default=0)
        self.is_described = bool(self._schemas)
        self.is_plain = self.is_described and not self.mark

    def field(self, name: str) -> "Place":
        """Return the place of an object's property."""
        place = self.fields.get(name)
        if place is None:
            schemas = list(self._iter_field_schemas(name))
            place = self._marks.join(schemas, self.mark, name=name, is_person=self._is_person)
            if len(self.fields) < _REMEMBERED_FIELDS:
                self.fields[name] = place
        return place

    def item(self, index: int) -> "Place":
        """Return the place of an array's item; from `prefix_length` on all have the same."""
        position = min(index, self.prefix_length)
        place = self._items.get(position)
        if place is None:
            place = self._marks.join(list(self._iter_item_schemas(position)), self.mark)
            self._items[position] = place
        return place

    def with_members(self, names: Iterable[str]) -> "Place":
        """Return the place of an object with these members: an undescribed one may show that it is about a person."""
        if self.is_described or self.mark or not self._marks.names.is_about_person(names):
            return self
        return self._marks.person

    def find_named(self, members: tuple[tuple[str, Any], ...]) -> Mapping[str, "Place"]:
        """Return the places of the members of an object whose names stand in other members: of a pair such as
        `{"name": "phone", "value": …}`, and of a table with its columns and its rows."""
        is_small = len(members) <= _MOST_OF_PAIR
        if is_small and (names := [value for name, value in members if name in _NAMES and type(value) is str]):
            mark = next(filter(None, map(self._marks.guess, names)), None)
            return {} if mark is None else dict.fromkeys(_VALUES, self._marks.join([], mark))
        lists = [(name, value) for name, value in members if type(value) is list and value]
        if len(lists) < 2:
            return {}
        columns = next((found for _, value in lists if (found := _read_columns(value))), ())
        marks = tuple(self._marks.guess(column) for column in columns)
        if not any(marks):
            return {}
        tables = (name for name, rows in lists if type(rows[0]) is list and len(rows[0]) == len(columns))
        return dict.fromkeys(tables, self._marks.columns(marks))

    @property
    def key_mark(self) -> Mark | None:
        """The mark of `propertyNames`: of this object's keys."""
        if self._key_place is None:
            names = [schema["propertyNames"] for schema in self._schemas if "propertyNames" in schema]
            self._key_place = self._marks.join(names, None)
        return self._key_place.mark

    def _iter_field_schemas(self, name: str) -> Iterator[Any]:
        for schema in self._schemas:
            named = [schema["properties"][name]] if name in _mapping(schema.get("properties")) else []
            found = [
                (_matches(pattern, name), value) for pattern, value in _mapping(schema.get("patternProperties")).items()
            ]
            named += [value for matches, value in found if matches]
            yield from named or [schema[key] for key in _OTHERWISE if key in schema]
            yield from (value for matches, value in found if matches is None)

    def _iter_item_schemas(self, position: int) -> Iterator[Any]:
        for schema in self._schemas:
            prefix = _prefix(schema)
            if position < len(prefix):
                yield prefix[position]
            else:
                yield from (schema[key] for key in _REST if isinstance(schema.get(key), Mapping))


class Marks:
    """The marks of one bundled OpenAPI document (None: no document, nothing is marked).

    `names` is what its fields' names mean elsewhere, `person` the place of an undescribed object about a person,
    `headers` the kinds of marked headers by their names in lower case.
    """

    def __init__(self, document: Schema | None) -> None:
        self._document = document
        self._places: dict[tuple[Any, ...], Place] = {}
        self._bodies: dict[str, Place] = {}
        self._named: dict[str, NamedValues] = {}
        self._columns: dict[tuple[Mark | None, ...], Schema] = {}
        self._kinds: dict[str | None, str | None] = {}  # by reference
        objects = list(self._iter_objects(document))
        self.names = count_field_names(field for found in objects for field in self._iter_own_fields(found))
        self.person = Place(self, (), None, True)
        headers = [field for found in objects for field in self._iter_own_headers(found)]
        self.headers = {name.lower(): kind for name, kind in headers if kind}

    def at(self, pointer: str) -> Place:
        """Return the place that the schema at a JSON Pointer describes; "" is the undescribed place."""
        place = self._bodies.get(pointer)
        if place is None:
            place = self._bodies[pointer] = self.join([{"$ref": pointer}] if pointer else [], None)
        return place

    def named(self, pointer: str, *, is_json: bool = False) -> NamedValues:
        """Return what finds values by the names beside them in a body of this schema that no parser reads. All names
        that the schema marks anywhere count, and of broken JSON those that the document does: better too much."""
        key = f"{is_json} {pointer}"
        if key not in self._named:
            doubtful = self.names.doubtful if is_json else {}
            own = {name: kind for name, kind in self._iter_fields({"$ref": pointer}) if kind} if pointer else {}
            self._named[key] = NamedValues({**doubtful, **own, **self.names.sure})
        return self._named[key]

    def guess(self, name: str) -> Mark | None:
        """Return the mark of a name that stands in a value: of a column, or of a pair of name and value."""
        return self.names.guess(name, is_person=False)

    def columns(self, marks: Iterable[Mark | None]) -> "Place":
        """Return the place of a list of rows whose columns have these marks."""
        key = tuple(marks)
        if key not in self._columns:
            cells = [{"x-pii": mark.kind} if mark else {} for mark in key]
            self._columns[key] = {"items": {"prefixItems": cells}}
        return self.join([self._columns[key]], None)

    def join(self, schemas: list[Any], inherited: Mark | None, *, name: str = "", is_person: bool = False) -> Place:
        """Return the place that several schemas describe together; `name` is its field's name."""
        flat: dict[int, Schema] = {}
        seen: set[int] = set()
        for schema in schemas:
            self._flatten(schema, flat, seen)
        kind = next((kind for schema in flat.values() if (kind := _read_kind(schema))), None)
        mark = Mark(kind) if kind else inherited
        if mark is None:
            mark = guess_credential(name) if flat else self.names.guess(name, is_person=is_person)
        key = (mark, *flat)
        place = self._places.get(key)
        if place is None:
            place = self._places.setdefault(key, Place(self, tuple(flat.values()), mark))
        return place

    def _flatten(self, schema: Any, flat: dict[int, Schema], seen: set[int]) -> None:
        """Collect a schema and all that it refers to or combines, each of them once."""
        if not isinstance(schema, Mapping) or not schema or id(schema) in seen:
            return
        seen.add(id(schema))
        reference = schema.get("$ref")
        if isinstance(reference, str):
            self._flatten(self._resolve(reference), flat, seen)
        if not isinstance(reference, str) or len(schema) > 1:
            flat[id(schema)] = schema
        for key in _COMBINATORS:
            for branch in _sequence(schema.get(key)):
                self._flatten(branch, flat, seen)
        for key in _BRANCHES:
            self._flatten(schema.get(key), flat, seen)
        for branch in _mapping(schema.get("dependentSchemas")).values():
            self._flatten(branch, flat, seen)

    def _resolve(self, reference: str) -> Any:
        try:
            return find_value(self._document, parse_pointer(reference))
        except (KeyError, ValueError):
            return None

    def _iter_fields(self, root: Any) -> Iterator[tuple[str, str | None]]:
        """Yield (name, kind or None) of every property and parameter below a part of the document, and of references
        into the rest."""
        for current in self._iter_objects(root):
            yield from self._iter_own_fields(current)

    def _iter_own_fields(self, current: Schema) -> Iterator[tuple[str, str | None]]:
        """Yield (name, kind or None) of an object's properties, or of the parameter that it is, and what XML calls
        them."""
        for field, schema in _mapping(current.get("properties")).items():
            kind = self._find_kind(schema)
            yield field, kind
            alias = _mapping(schema["xml"]).get("name") if "xml" in _mapping(schema) else None
            if isinstance(alias, str) and alias != field:
                yield alias, kind
        if "schema" in current and isinstance(name := current.get("name"), str):
            yield name, self._find_kind({"allOf": [current["schema"]], "x-pii": current.get("x-pii")})

    def _iter_own_headers(self, current: Schema) -> Iterator[tuple[str, str | None]]:
        if "headers" in current:
            for name, header in _mapping(current["headers"]).items():
                yield name, self._find_kind({"allOf": [header, _mapping(header).get("schema")]})

    def _find_kind(self, schema: Any) -> str | None:
        """Return the kind that a schema marks, with all that it refers to or combines."""
        if not isinstance(schema, Mapping) or _COMPOSING.isdisjoint(schema):
            return _read_kind(schema) if isinstance(schema, Mapping) else None
        text = schema["$ref"] if len(schema) == 1 and isinstance(schema.get("$ref"), str) else None
        if text in self._kinds:
            return self._kinds[text]
        flat: dict[int, Schema] = {}
        self._flatten(schema, flat, set())
        kind = next((kind for each in flat.values() if (kind := _read_kind(each))), None)
        if text is not None:
            self._kinds[text] = kind
        return kind

    def _iter_objects(self, root: Any) -> Iterator[Schema]:
        """Yield all objects below a part of the document, each of them once."""
        seen: set[int] = set()
        stack: list[Any] = [root]
        while stack:
            current = stack.pop()
            if isinstance(current, list):
                stack.extend(current)
            elif isinstance(current, dict) and id(current) not in seen:
                seen.add(id(current))
                yield current
                stack.extend(current.values())
                if root is not self._document and isinstance(current.get("$ref"), str):
                    stack.append(self._resolve(current["$ref"]))


def _read_columns(values: list[Any]) -> tuple[str, ...]:
    """Return the names of columns in a list of texts, or of objects with a name; () if it is no such list."""
    if all(type(value) is str for value in values):
        return tuple(values)
    if all(type(value) is tuple for value in values):
        names = [[item for key, item in value if key in _NAMES and type(item) is str] for value in values]
        return tuple(name[0] for name in names) if all(names) else ()
    return ()


def _read_kind(schema: Schema) -> str | None:
    mark = schema.get("x-pii")
    if mark is not None:
        # An unknown word is a mistake that `contracts check` reports; the value is personal all the same.
        return mark if mark in KINDS else "token"
    return "email" if schema.get("format") in ("email", "idn-email") else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _sequence(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _prefix(schema: Schema) -> list[Any]:
    prefix = schema.get("prefixItems", schema.get("items"))
    return prefix if isinstance(prefix, list) else []


def _matches(pattern: str, name: str) -> bool | None:
    """Return None where that is not found out: better one mark too many than the time that a service can ask for."""
    try:
        compiled = compile_pattern(translate_pattern(pattern))
        return None if compiled.is_heavy else compiled.is_in(name)
    except ValueError:  # no pattern, or a name with a lone surrogate
        return None
