"""Checks the form of an OpenAPI document, in all of its files, by the JSON Schemas of openapi-spec-validator."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from contracts_runner.errors import Problem, Severity
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, find_value
from contracts_runner.openapi.drafts import Draft, find_document_draft, find_draft
from contracts_runner.openapi.explain import SchemaError
from contracts_runner.openapi.explain_text import render_path
from contracts_runner.openapi.object_kinds import is_reference, iter_children
from contracts_runner.openapi.read_bundle import ReadBundle
from contracts_runner.openapi.schemas import CompiledSchema, load_meta_schema
from contracts_runner.reading.schema_keywords import KEYWORDS, TYPES
from contracts_runner.reading.suggest import suggest

# Kinds of objects (object_kinds) that have a definition in the schemas of 3.0 to 3.2.
_KINDS = frozenset(
    [
        *("path_item", "operation", "parameter", "request_body", "response", "header", "media_type", "encoding"),
        *("example", "link", "callback", "security_scheme", "schema"),
    ]
)
_NAMES_3_1 = {"callback": "callbacks"}
_UNEXPECTED = frozenset({"additionalProperties", "unevaluatedProperties"})
_STATUS_RANGE = re.compile(r"[1-5][xX]{2}")
# What no request and no check depends on.
_NOTES = frozenset(
    [
        *("info", "tags", "externalDocs", "servers", "summary", "description", "title", "contact", "license"),
        *("example", "examples", "deprecated", "operationId", "default", "xml", "links", "callbacks"),
    ]
)
# Keywords with schemas that OpenAPI 3.0 does not know.
_NEWER_PLACES = frozenset(
    [
        *("if", "then", "else", "contains", "propertyNames", "unevaluatedProperties", "unevaluatedItems"),
        *("contentSchema", "prefixItems", "patternProperties", "dependentSchemas", "$defs", "definitions"),
    ]
)
# What is missing and has one meaning without it.
_DISPENSABLE = frozenset(
    {"description", "responses", "required", "default", "version", "title", "info", "paths", "url"}
)
# Keywords of schemas -> what may be wrong with them that is still read in one way: see dialect.
_CLEAR = {
    **{key: {"type", "enum", "anyOf"} for key in ("exclusiveMinimum", "exclusiveMaximum", "type")},
    "required": {"type", "minItems", "uniqueItems"},
    "enum": {"minItems", "uniqueItems"},
    "nullable": {"type"},
    "$recursiveAnchor": {"type"},
}


def check_structure(bundle: ReadBundle, version: str) -> Iterator[Problem]:
    """Yield what breaks the form of OpenAPI `version` ("3.0", "3.1" or "3.2"), with its line.

    It is a warning where what is meant has one clear meaning (docs/design.md, Project file).
    """
    kinds = dict(sorted(bundle.targets))
    yield from _describe_all(bundle, kinds, (), _load("document", version).check(bundle.document))
    for pointer, kind in sorted(bundle.targets):
        value = find_value(bundle.document, pointer)
        if kind in _KINDS and not is_reference(value):
            yield from _describe_all(bundle, kinds, pointer, _load(kind, version).check(value))
    for found in bundle.iter_objects():
        # One check covers the schemas inside of a schema, but for those that are read and not of its form. Those of 3.0
        # are part of its own form, our rules are not.
        is_beyond = _is_beyond(found.pointer, version)
        is_whole = found.kind == "schema" and (found.owner != "schema" or is_beyond)
        if is_whole and version == "3.0" and is_beyond:
            yield from _describe_all(bundle, kinds, found.pointer, _load("schema", version).check(found.value))
        elif is_whole and (version != "3.0" or found.pointer[-1:] == ("x-success",)):
            meta = load_meta_schema(find_draft(found.value, find_document_draft(bundle.document)))
            yield from _describe_all(bundle, kinds, found.pointer, meta.check(found.value))


def _is_beyond(pointer: Pointer, version: str) -> bool:
    """Tell whether a schema inside of a schema is where its version has none: in a list of `items`, a newer keyword."""
    keyword, name = (*pointer[-2:-1], ""), pointer[-1:]
    is_listed = keyword[0] == "items" and name and isinstance(name[0], int)
    return bool(is_listed) or (version == "3.0" and not _NEWER_PLACES.isdisjoint((keyword[0], *name)))


@cache
def _load(kind: str, version: str) -> CompiledSchema:
    # Importing the package takes longer than all our checks of a document; only its data is wanted here.
    package = find_spec("openapi_spec_validator")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("openapi-spec-validator is not installed")
    path = Path(package.origin).parent / "resources" / "schemas" / f"v{version}" / "schema.json"
    schema: Mapping[str, Json] = json.loads(path.read_bytes())
    if kind != "document":
        keyword = "definitions" if version == "3.0" else "$defs"
        name = kind.title().replace("_", "") if version == "3.0" else _NAMES_3_1.get(kind, kind.replace("_", "-"))
        schema = {"$schema": schema["$schema"], keyword: schema[keyword], "allOf": [{"$ref": f"#/{keyword}/{name}"}]}
    return CompiledSchema(schema, has_formats=False, is_flat=True)


def _describe_all(
    bundle: ReadBundle, kinds: Mapping[Pointer, str], base: Pointer, errors: list[SchemaError]
) -> Iterator[Problem]:
    for error in errors:
        pointer = (*base, *error.pointer)
        # For a name that should not be there, the line of the name is clearer than that of the object.
        unexpected = error.actual if error.keyword in _UNEXPECTED else []
        yield from _check_newer(bundle, kinds, pointer, unexpected)
        for place in [(*pointer, name) for name in unexpected] or [pointer]:
            message = f"{render_path(bundle.find_own_pointer(pointer))} {error.message}"
            severity = Severity.WARNING if _is_clear(bundle, kinds, pointer, error) else Severity.ERROR
            yield bundle.build_problem(place, message, _suggest(bundle, pointer, error), severity=severity)


def _check_newer(
    bundle: ReadBundle, kinds: Mapping[Pointer, str], pointer: Pointer, names: list[str]
) -> Iterator[Problem]:
    """Yield what is wrong with the form of keywords that a version does not know: they are read all the same."""
    newer = KEYWORDS.keys() & set(names)
    if not newer or _find_field(bundle, kinds, pointer)[:2] != ("schema", ""):
        return
    value = find_value(bundle.document, pointer)
    for error in load_meta_schema(Draft.DRAFT_2020).check({name: value[name] for name in newer}):
        if len(error.pointer) == 1 or (len(error.pointer) == 2 and error.keyword == "type"):
            place = (*pointer, *error.pointer)
            message = f"{render_path(bundle.find_own_pointer(place))} {error.message}"
            severity = Severity.WARNING if _is_clear(bundle, kinds, place, error) else Severity.ERROR
            yield bundle.build_problem(place, message, severity=severity)


def _is_clear(bundle: ReadBundle, kinds: Mapping[Pointer, str], pointer: Pointer, error: SchemaError) -> bool:
    """Tell whether what breaks the form can be read in one way all the same."""
    if error.keyword in _UNEXPECTED:
        return pointer != ("paths",) or not any(map(_is_path, error.actual))
    if error.keyword == "required":
        return error.expected in _DISPENSABLE
    kind, field, is_whole = _find_field(bundle, kinds, pointer)
    value = find_value(bundle.document, pointer)
    if kind == "schema" and field in _CLEAR:
        is_read = _READABLE.get(field, lambda _: True)
        return is_whole and error.keyword in _CLEAR[field] and is_read(value)
    if not field and kind == "schema":
        # As before 2020-12; a property may have the same name.
        is_keyword = pointer[-1:] == ("items",) and _find_field(bundle, kinds, pointer[:-1])[0] == "schema"
        return is_keyword and isinstance(value, list)
    if (kind, field, error.keyword) == ("{response}", "", "minProperties"):
        return True
    if pointer[-1:] in (("prefixItems",), ("allOf",)) and (kind, field, error.keyword) == ("[schema]", "", "minItems"):
        return True
    return field in _NOTES or (field == "security" and error.actual is None)


def _is_bound(value: Json) -> bool:
    return isinstance(value, int | float)  # a boolean, too


def _is_type(value: Json) -> bool:
    """Tell whether a type says something: null and lists, which are not of 3.0, and `file` of Swagger 2.0 do."""
    names = value if isinstance(value, list) else [value]
    is_list = bool(names) and all(isinstance(name, str) and name in TYPES for name in names)
    return (is_list and len(set(names)) == len(names)) or value == "file"


# Keyword -> which values of another type than its own are read.
_READABLE: Mapping[str, Callable[[Json], bool]] = {
    "type": _is_type,
    **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), _is_bound),
    "required": lambda value: value is None or isinstance(value, bool | list),
}


def _is_path(name: Json) -> bool:
    return str(name).startswith("/")


def _find_field(bundle: ReadBundle, kinds: Mapping[Pointer, str], pointer: Pointer) -> tuple[str, str, bool]:
    """Return the kind of the innermost object that a pointer leads into, which of its fields, "" for itself, and
    whether that is all. `kinds`: place -> what references expect there."""
    start = next((length for length in range(len(pointer), 0, -1) if pointer[:length] in kinds), 0)
    kind = kinds[pointer[:start]] if start else "document"
    value = find_value(bundle.document, pointer[:start])
    for length, part in enumerate(pointer[start:], start + 1):
        inner = {str(key): each for key, each in iter_children(kind, value)}
        if str(part) not in inner:
            return kind, str(part), length == len(pointer)
        kind, value = inner[str(part)], find_value(value, (part,))
    return kind, "", True


def _suggest(bundle: ReadBundle, pointer: Pointer, error: SchemaError) -> str:
    if error.keyword in _UNEXPECTED:
        return next(filter(None, (_suggest_name(pointer, name, error.expected) for name in error.actual)), "")
    if error.keyword == "type" and error.expected == "string" and isinstance(error.actual, int | float):
        return f'write "{bundle.read_raw(pointer)}" in quotes'
    return ""


def _suggest_name(pointer: Pointer, name: str, allowed: list[str]) -> str:
    if pointer == ("paths",):
        return f"a path begins with '/', as in '/{name}'"
    if _STATUS_RANGE.fullmatch(name):
        return f"write '{name.upper()}'"
    return suggest(name, allowed)
