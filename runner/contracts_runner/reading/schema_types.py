"""What a JSON Schema that an author wrote says something about: which types its keywords mean, and whether it can fail.

A keyword of JSON Schema holds for every value of another type (`minItems` for an object). In a matcher that would be a
check that cannot fail, so there a keyword wants its type (docs/design.md, Matchers).
"""

from collections.abc import Iterator, Mapping

from contracts_runner.model.json import Json
from contracts_runner.reading.schema_keywords import (
    ANNOTATIONS,
    FORMATS,
    FORMLESS,
    KEYWORD_TYPES,
    ONE_SCHEMA,
    SCHEMA_LISTS,
    SCHEMA_MAPS,
    TYPES,
)

_Types = frozenset[str]
# In a condition a keyword that does not apply decides nothing.
_CONDITIONS = ("not", "if")
_SAME_VALUE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else")
_NAMES: Mapping[type, str] = {bool: "boolean", int: "number", float: "number", str: "string"}


def find_keyword_types(keyword: str, value: Json) -> _Types | None:
    """Return the types of the values that a keyword is about; None for one that is about all, or is no check."""
    if keyword == "format":
        return FORMATS.get(value) if isinstance(value, str) else None
    return KEYWORD_TYPES.get(keyword)


def read_types(schema: Mapping[str, Json]) -> _Types | None:
    """Return the types that the schema itself names, `number` for `integer` too; None where they are not known."""
    named = schema.get("type")
    words = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    is_known = bool(words) and all(word in TYPES for word in words)
    return frozenset("number" if word == "integer" else word for word in words) if is_known else None


def name_type(value: Json) -> str:
    """Return the type of a scalar, "" for other values."""
    return _NAMES.get(type(value), "")


def join_types(types: _Types) -> str:
    """Return the types in words: "numbers or strings"."""
    return " or ".join("null" if name == "null" else f"{name}s" for name in sorted(types))


def require_types(schema: Json) -> Json:
    """Return the schema with the types that its keywords mean, where it names none itself."""
    if not isinstance(schema, Mapping):
        return schema
    result = {key: child if key in _CONDITIONS else _require_below(key, child) for key, child in schema.items()}
    if "type" in schema:
        return result
    kinds = {types for key, value in schema.items() if (types := find_keyword_types(key, value))}
    typed = [{"type": sorted(types)} for types in sorted(kinds, key=sorted)]
    return {**result, "allOf": [*typed, *result.get("allOf", ())]} if len(typed) > 1 else {**result, **dict(*typed)}


def _require_below(key: str, child: Json) -> Json:
    if key in ONE_SCHEMA:
        return require_types(child)
    if key in SCHEMA_LISTS and isinstance(child, list):
        return [require_types(item) for item in child]
    if key in SCHEMA_MAPS and isinstance(child, Mapping):
        return {name: require_types(item) for name, item in child.items()}
    return child


def list_wanted_types(schema: Json) -> _Types:
    """Return the types that a value is compared with, as far as the schema shows them."""
    if not isinstance(schema, Mapping):
        return frozenset()
    types = [read_types(schema) or frozenset(), *(find_keyword_types(*item) or frozenset() for item in schema.items())]
    values = [schema.get("const"), *(enum if isinstance(enum := schema.get("enum"), list) else ())]
    types += [frozenset({name_type(value)}) for value in values]
    return frozenset().union(*types, *map(list_wanted_types, _iter_same_value(schema)))


def _iter_same_value(schema: Mapping[str, Json]) -> Iterator[Json]:
    for key in _SAME_VALUE:
        child = schema.get(key, ())
        yield from child if isinstance(child, list) else (child,)


def can_fail(schema: Json) -> bool:
    """Tell whether there is a value of the meant type that the schema refuses, as far as its form shows."""
    if not isinstance(schema, Mapping):
        return schema is not True
    return any(_can_keyword_fail(key, value, schema) for key, value in schema.items() if key not in ANNOTATIONS)


def _can_keyword_fail(key: str, value: Json, schema: Mapping[str, Json]) -> bool:
    match key:
        case "type":
            return not frozenset(TYPES) - {"integer"} <= (read_types(schema) or frozenset())
        case "format":
            return value not in FORMLESS
        case "uniqueItems" | "required" | "dependentRequired":
            return bool(value)
        case "not" | "contains" | "oneOf":
            return True
        case "if":
            return False
        case "then" | "else":
            return "if" in schema and can_fail(value)
        case "anyOf":
            return all(map(can_fail, value)) if isinstance(value, list) else True
        case _ if key in ONE_SCHEMA:
            return can_fail(value)
        case _ if key in SCHEMA_LISTS and isinstance(value, list):
            return any(map(can_fail, value))
        case _ if key in SCHEMA_MAPS and isinstance(value, Mapping):
            return any(map(can_fail, value.values()))
    return not key.startswith("x-")
