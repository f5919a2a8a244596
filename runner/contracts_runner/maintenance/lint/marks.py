"""Where a schema marks the parts of a value as guesses (`x-evidence: inferred` or `unknown`)."""

from collections.abc import Iterable, Iterator, Mapping

from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import find_value, parse_pointer
from contracts_runner.model.spec import Evidence
from contracts_runner.openapi.spec import Spec

GUESSES = (Evidence.INFERRED, Evidence.UNKNOWN)
_COMBINATORS = ("allOf", "anyOf", "oneOf")


def is_guess(schema: Mapping[str, Json]) -> bool:
    """True if the schema itself carries such a mark."""
    return schema.get("x-evidence") in GUESSES


def find_marked_keys(spec: Spec, pointers: Iterable[str], value: Mapping[str, Json]) -> list[str]:
    """Return the keys of an object that one of the schemas, or what it refers to, marks as a guess."""
    schemas = [schema for pointer in pointers if pointer for schema in _iter_schemas(spec, pointer, set())]
    marked = {
        name
        for schema in schemas
        for name, part in schema.get("properties", {}).items()
        if isinstance(part, Mapping) and is_guess(part)
    }
    return [name for name in value if name in marked]


def _iter_schemas(spec: Spec, pointer: str, seen: set[str]) -> Iterator[Mapping[str, Json]]:
    schema = find_value(spec.document, parse_pointer(pointer))
    if pointer in seen or not isinstance(schema, Mapping):
        return
    seen.add(pointer)
    yield schema
    if isinstance(reference := schema.get("$ref"), str):
        yield from _iter_schemas(spec, reference, seen)
    for key in _COMBINATORS:
        for index in range(len(schema.get(key, ()))):
            yield from _iter_schemas(spec, f"{pointer}/{key}/{index}", seen)
