"""Checks the Schema Objects of a document for what their form allows but is a mistake."""

from collections.abc import Iterator, Mapping

from contracts_runner.errors import Problem, Rule, Severity, UndecidedError
from contracts_runner.model.ecma import split_length
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, render_pointer
from contracts_runner.model.patterns import find_pattern_mistake, translate_pattern
from contracts_runner.openapi.bundle import Bundle
from contracts_runner.openapi.drafts import DIALECTS
from contracts_runner.openapi.object_kinds import is_reference
from contracts_runner.openapi.read_bundle import SpecObject
from contracts_runner.openapi.schemas import CompiledSchema, SchemaStore
from contracts_runner.reading.schema_keywords import FORMATS, KEYWORDS
from contracts_runner.reading.suggest import suggest

_KEYWORDS = KEYWORDS.keys() | {"$vocabulary", "nullable"}
_OLDER_KEYWORDS = frozenset({"id", "additionalItems", "dependencies"})


# (pointer below the schema, message, hint)
_Mistakes = Iterator[tuple[Pointer, str, str]]


def check_schema(bundle: Bundle, schemas: SchemaStore, found: SpecObject, version: str) -> Iterator[Problem]:
    """Yield the mistakes in one Schema Object; what the standard ignores is a warning."""
    if not isinstance(found.value, Mapping):
        return
    for below, message, hint in _iter_errors(schemas, found, version):
        is_note = below == ("default",)
        severity = Severity.WARNING if is_note else Severity.ERROR
        yield bundle.build_problem((*found.pointer, *below), message, hint, rule=Rule.SCHEMA, severity=severity)
    for below, message, hint in _iter_warnings(found, version):
        yield bundle.build_problem((*found.pointer, *below), message, hint, rule=Rule.SCHEMA, severity=Severity.WARNING)


def _iter_errors(schemas: SchemaStore, found: SpecObject, version: str) -> _Mistakes:
    schema = found.value
    if found.kind != "schema" or _is_ignored(schema, version):
        return
    # The form of 3.0 allows it, and nothing would be right.
    yield from (((key,), f"'{key}' has no branch", "") for key in ("anyOf", "oneOf") if schema.get(key) == [])
    own = [(("pattern",), schema["pattern"])] if isinstance(schema.get("pattern"), str) else []
    patterns = schema.get("patternProperties")
    named = [(("patternProperties", text), text) for text in (patterns if isinstance(patterns, Mapping) else ())]
    for place, text in own + named:
        if mistake := find_pattern_mistake(text) or _find_refusal(text):
            yield place, f"'{text}' {mistake}", ""
    if "default" in schema and (message := _describe_default(schemas, found.pointer, schema["default"])):
        yield ("default",), message, ""


def _find_refusal(pattern: str) -> str:
    """Return why the validator does not take a schema of a pattern, "" of one that it takes."""
    try:
        CompiledSchema({"pattern": translate_pattern(split_length(pattern)[0])})
    except ValueError:
        return "is not a regular expression (ECMA-262) that can be read"
    return ""


def _describe_default(schemas: SchemaStore, pointer: Pointer, value: Json) -> str:
    """Return what is wrong; "" of what cannot be judged, since a mistake elsewhere in the schema says why."""
    try:
        errors = schemas.check_request(render_pointer(pointer), value)
    except UndecidedError as error:
        return f"whether the default matches its schema cannot be checked: {error}"
    except (KeyError, ValueError):
        return ""
    return f"the default does not match its schema: {errors[0]}" if errors else ""


def _iter_warnings(found: SpecObject, version: str) -> _Mistakes:
    schema = found.value
    if found.kind == "document":
        yield from _check_dialect("jsonSchemaDialect", schema)
    elif found.kind != "schema":
        return
    elif _is_ignored(schema, version):
        if schema.get("nullable") is True:
            hint = "write nullable: true, allOf: [{$ref: …}]"
            yield ("nullable",), "OpenAPI 3.0 ignores 'nullable' next to '$ref'", hint
    else:
        yield from _check_dialect("$schema", schema)
        yield from _check_keywords(schema) if version != "3.0" else ()


def _is_ignored(schema: Mapping[str, Json], version: str) -> bool:
    """Tell whether the standard ignores all keywords but `$ref`."""
    return version == "3.0" and is_reference(schema)


def _check_dialect(key: str, value: Mapping[str, Json]) -> _Mistakes:
    dialect = value.get(key)
    if isinstance(dialect, str) and dialect.rstrip("#") not in DIALECTS:
        yield (key,), f"the dialect '{dialect}' is read as JSON Schema draft 2020-12", ""


def _check_keywords(schema: Mapping[str, Json]) -> _Mistakes:
    if "nullable" in schema:
        yield ("nullable",), "OpenAPI 3.1 ignores 'nullable'", "write type: [string, 'null']"
    for keyword in schema:
        is_older = "$schema" in schema and keyword in _OLDER_KEYWORDS
        if keyword not in _KEYWORDS and not is_older and not keyword.startswith("x-"):
            message = f"'{keyword}' is not a keyword of JSON Schema and checks nothing"
            yield (keyword,), message, suggest(keyword, _KEYWORDS)
    name = schema.get("format")
    if isinstance(name, str) and name not in FORMATS and (hint := suggest(name, FORMATS)):
        yield ("format",), f"unknown format '{name}'", hint
