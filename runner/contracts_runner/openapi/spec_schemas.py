"""Checks the Schema Objects of a document for what their form allows, but nobody means."""

from collections.abc import Iterator, Mapping

from contracts_runner.errors import Problem
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, render_pointer
from contracts_runner.openapi.bundle import Bundle
from contracts_runner.openapi.schemas import CompiledSchema, SchemaStore
from contracts_runner.openapi.spec_shape import is_reference
from contracts_runner.openapi.spec_walk import SpecObject
from contracts_runner.reading.suggest import suggest

_KEYWORDS = frozenset(
    [
        *("type", "enum", "const", "format", "pattern", "minLength", "maxLength", "required", "dependentRequired"),
        *("multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minProperties", "maxProperties"),
        *("minItems", "maxItems", "uniqueItems", "contains", "minContains", "maxContains", "items", "prefixItems"),
        *("properties", "patternProperties", "additionalProperties", "propertyNames", "dependentSchemas"),
        *("unevaluatedItems", "unevaluatedProperties", "allOf", "anyOf", "oneOf", "not", "if", "then", "else"),
        *("$ref", "$dynamicRef", "$anchor", "$dynamicAnchor", "$id", "$schema", "$vocabulary", "$comment", "$defs"),
        *("definitions", "title", "description", "default", "deprecated", "readOnly", "writeOnly", "example"),
        *("examples", "discriminator", "xml", "externalDocs", "nullable"),
        *("contentEncoding", "contentMediaType", "contentSchema"),
    ]
)
_FORMATS = frozenset(
    [
        *("date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6"),
        *("uri", "uri-reference", "iri", "iri-reference", "uri-template", "uuid", "json-pointer", "regex"),
        *("relative-json-pointer", "int32", "int64", "float", "double", "byte", "binary", "password"),
    ]
)
_DIALECTS = ("https://json-schema.org/draft/2020-12/schema", "https://spec.openapis.org/oas/3.1/dialect/base")


def check_schema(bundle: Bundle, schemas: SchemaStore, found: SpecObject, version: str) -> Iterator[Problem]:
    """Yield the mistakes in one Schema Object; what the standard ignores is a warning."""
    schema = found.value
    if found.kind == "document":
        yield from _check_dialect(bundle, (*found.pointer, "jsonSchemaDialect"), schema.get("jsonSchemaDialect"))
    if found.kind != "schema" or not isinstance(schema, Mapping):
        return
    if version == "3.0" and is_reference(schema):
        yield from _check_siblings(bundle, found.pointer, schema)
        return
    yield from _check_patterns(bundle, found.pointer, schema)
    yield from _check_default(bundle, schemas, found.pointer, schema)
    yield from _check_dialect(bundle, (*found.pointer, "$schema"), schema.get("$schema"))
    if version != "3.0":
        yield from _check_keywords(bundle, found.pointer, schema)


def _check_siblings(bundle: Bundle, pointer: Pointer, schema: Mapping[str, Json]) -> Iterator[Problem]:
    if schema.get("nullable") is True:
        hint = "write nullable: true, allOf: [{$ref: …}]"
        yield _build(bundle, (*pointer, "nullable"), "OpenAPI 3.0 ignores 'nullable' beside '$ref'", hint, "warning")


def _check_patterns(bundle: Bundle, pointer: Pointer, schema: Mapping[str, Json]) -> Iterator[Problem]:
    own = [((*pointer, "pattern"), schema["pattern"])] if isinstance(schema.get("pattern"), str) else []
    named = [((*pointer, "patternProperties", text), text) for text in schema.get("patternProperties", ())]
    for place, text in own + named:
        try:
            CompiledSchema({"pattern": text})
        except ValueError:
            yield _build(bundle, place, f"'{text}' is not a regular expression (ECMA-262)", "")


def _check_default(
    bundle: Bundle, schemas: SchemaStore, pointer: Pointer, schema: Mapping[str, Json]
) -> Iterator[Problem]:
    if "default" in schema:
        errors = schemas.check_request(render_pointer(pointer), schema["default"])
        if errors:
            yield _build(bundle, (*pointer, "default"), f"the default does not match its schema: {errors[0]}", "")


def _check_dialect(bundle: Bundle, pointer: Pointer, dialect: Json) -> Iterator[Problem]:
    if isinstance(dialect, str) and dialect.rstrip("#") not in _DIALECTS:
        message = f"the dialect '{dialect}' is read as JSON Schema draft 2020-12"
        yield _build(bundle, pointer, message, "", "warning")


def _check_keywords(bundle: Bundle, pointer: Pointer, schema: Mapping[str, Json]) -> Iterator[Problem]:
    if "nullable" in schema:
        message, hint = "OpenAPI 3.1 ignores 'nullable'", "write type: [string, 'null']"
        yield _build(bundle, (*pointer, "nullable"), message, hint, "warning")
    for keyword in schema:
        if keyword not in _KEYWORDS and not keyword.startswith("x-"):
            message = f"'{keyword}' is no keyword of JSON Schema and checks nothing"
            yield _build(bundle, (*pointer, keyword), message, suggest(keyword, _KEYWORDS), "warning")
    name = schema.get("format")
    if isinstance(name, str) and name not in _FORMATS and (hint := suggest(name, _FORMATS)):
        yield _build(bundle, (*pointer, "format"), f"unknown format '{name}'", hint, "warning")


def _build(bundle: Bundle, pointer: Pointer, message: str, hint: str, severity: str = "error") -> Problem:
    return Problem(location=bundle.locate(pointer), message=message, hint=hint, rule="schema", severity=severity)
