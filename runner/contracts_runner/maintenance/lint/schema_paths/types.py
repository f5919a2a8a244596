"""Types of JSON values, with whole numbers apart: `integer` is a part of `number`."""

from collections.abc import Iterable, Mapping

from contracts_runner.model.json import Json, is_equal

_FRACTION = "fraction"
ALL_TYPES = frozenset({"array", "boolean", "null", "integer", _FRACTION, "object", "string"})
_ARTICLES = {"array": "a list", "object": "an object", "integer": "an integer"}


def find_types(schemas: Iterable[Mapping[str, Json]]) -> frozenset[str]:
    """Return the types that fulfil `type`, `const` and `enum` of all the schemas; a number is integer or fraction."""
    types = ALL_TYPES
    for schema in schemas:
        if "type" in schema:
            types &= read_types(schema["type"])
        if (values := list_values(schema)) is not None:
            types &= {find_type(value) for value in values}
    return types


def has_values(schemas: Iterable[Mapping[str, Json]]) -> bool:
    """False if no value is among those of every `const` and `enum`."""
    choices = [values for schema in schemas if (values := list_values(schema)) is not None]
    if not choices:
        return True
    first, *others = choices
    return any(all(any(is_equal(value, other) for other in values) for values in others) for value in first)


def list_values(schema: Mapping[str, Json]) -> list[Json] | None:
    """Return the values of `const` or `enum`, None where any value may be."""
    if "const" in schema:
        return [schema["const"]]
    return schema["enum"] if isinstance(schema.get("enum"), list) else None


def read_types(value: Json) -> frozenset[str]:
    """Return what a `type` keyword stands for, one word or a list of them."""
    chosen = {word for word in (value if isinstance(value, list) else [value]) if isinstance(word, str)}
    return frozenset(chosen | {"integer", _FRACTION} if "number" in chosen else chosen)


def find_type(value: Json) -> str:
    """Return the type of a JSON value; 1.0 is an integer."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "string"
        case int():
            return "integer"
        case float():
            return "integer" if value.is_integer() else _FRACTION
        case Mapping():
            return "object"
        case _:
            return "array"


def describe_types(types: Iterable[str]) -> str:
    """Return the types in words: "a string or null"."""
    words = set(types)
    if _FRACTION in words:
        words = words - {"integer", _FRACTION} | {"number"}
    ordered = [*sorted(words - {"null"}), *(["null"] if "null" in words else [])]
    return " or ".join(word if word == "null" else _ARTICLES.get(word, f"a {word}") for word in ordered)
