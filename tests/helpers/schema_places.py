"""Where the schemas of a spec's responses promise a property, and where in an answer such promises apply."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts_runner.model.json_pointer import Pointer, find_value, parse_pointer, render_pointer
from contracts_runner.openapi.spec import Spec

Path = tuple[str | int, ...]

TYPES = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
_UNIONS = ("oneOf", "anyOf")


@dataclass(frozen=True, slots=True, order=True)
class Promise:
    """A property that a response schema of an operation requires; `schema` is where `required` stands, a pointer."""

    operation: str
    status: str
    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.operation} {self.status}: '{self.name}' of {self.schema}"


# The schemas that apply to each part of one JSON value, by its path in it.
Places = dict[Path, list[Pointer]]


def list_promises(spec: Spec) -> list[Promise]:
    """Return all of them, of every operation, status and JSON body that the spec declares."""
    return sorted(
        {
            Promise(operation.label, response.status, render_pointer(pointer), name)
            for operation in spec.operations.values()
            for response in operation.responses.values()
            for root in filter(None, response.schemas.values())
            for pointer, schema in _iter_schemas(spec, parse_pointer(root), set())
            for name in schema.get("required", ())
        }
    )


def find_places(spec: Spec, root: str, value: Any) -> Places:
    """Return which schemas apply where in a valid value: of alternatives those that it satisfies."""
    places: Places = {}
    _visit(spec, parse_pointer(root), value, (), places)
    return places


def list_types(spec: Spec, pointer: Pointer) -> frozenset[str]:
    """Return the JSON types that a schema accepts; a number includes an integer."""
    schema = find_value(spec.document, pointer)
    if not isinstance(schema, Mapping):
        return TYPES if schema else frozenset()
    found = [_read_types(schema)]
    if "$ref" in schema:
        found.append(list_types(spec, parse_pointer(schema["$ref"])))
    found += [list_types(spec, (*pointer, "allOf", index)) for index in range(len(schema.get("allOf", ())))]
    for key in _UNIONS:
        if key in schema:
            branches = range(len(schema[key]))
            found.append(frozenset().union(*(list_types(spec, (*pointer, key, index)) for index in branches)))
    return frozenset.intersection(*found)


def find_type(value: Any) -> str:
    """Return the JSON type of a value."""
    names = {type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return names.get(type(value), "object")


def _read_types(schema: Mapping[str, Any]) -> frozenset[str]:
    if "const" in schema or "enum" in schema:
        return frozenset(map(find_type, schema.get("enum", [schema.get("const")])))
    written = schema.get("type", TYPES)
    types = frozenset([written] if isinstance(written, str) else written)
    return types | {"integer"} if "number" in types else types


def _iter_schemas(spec: Spec, pointer: Pointer, seen: set[Pointer]) -> Iterator[tuple[Pointer, Mapping[str, Any]]]:
    schema = find_value(spec.document, pointer)
    if pointer in seen or not isinstance(schema, Mapping):
        return
    seen.add(pointer)
    yield pointer, schema
    children = [parse_pointer(schema["$ref"])] if "$ref" in schema else []
    children += [(*pointer, key) for key in ("items", "additionalProperties") if key in schema]
    children += [(*pointer, "properties", name) for name in schema.get("properties", ())]
    for key in ("allOf", "prefixItems", *_UNIONS):
        children += [(*pointer, key, index) for index in range(len(schema.get(key, ())))]
    for child in children:
        yield from _iter_schemas(spec, child, seen)


def _visit(spec: Spec, pointer: Pointer, value: Any, path: Path, places: Places) -> None:
    schema = find_value(spec.document, pointer)
    if not isinstance(schema, Mapping):
        return
    places.setdefault(path, []).append(pointer)
    if "$ref" in schema:
        _visit(spec, parse_pointer(schema["$ref"]), value, path, places)
    for key in ("allOf", *_UNIONS):
        for index in range(len(schema.get(key, ()))):
            branch = (*pointer, key, index)
            if key == "allOf" or not spec.schemas.check_response(render_pointer(branch), value):
                _visit(spec, branch, value, path, places)
    for child, inner, part in _iter_children(schema, value):
        _visit(spec, (*pointer, *child), inner, (*path, part), places)


def _iter_children(schema: Mapping[str, Any], value: Any) -> Iterator[tuple[Pointer, Any, str | int]]:
    """Yield (pointer within the schema, part of the value, its key or index)."""
    if isinstance(value, dict):
        known = schema.get("properties", {})
        for name, inner in value.items():
            if name in known:
                yield ("properties", name), inner, name
            elif "additionalProperties" in schema:
                yield ("additionalProperties",), inner, name
    elif isinstance(value, list):
        count = len(schema.get("prefixItems", ()))
        for index, inner in enumerate(value):
            if index < count:
                yield ("prefixItems", index), inner, index
            elif "items" in schema:
                yield ("items",), inner, index
