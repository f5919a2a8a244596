"""Values of drafts fit their schemas; what the document names comes before what is made up."""

from pathlib import Path
from typing import Any

import pytest

from contracts_runner.maintenance.drafts.example_values import MADE_UP, ExampleValues
from contracts_runner.maintenance.drafts.matching_texts import make_matching
from contracts_runner.maintenance.drafts.smallest_values import UNMADE, SmallestValues
from contracts_runner.openapi.spec import Spec
from helpers.specs import load_document, make_document

OBJECT = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}}
SCHEMAS: dict[str, tuple[Any, Any]] = {
    "a text": ({"type": "string"}, "a"),
    "no type": ({}, "a"),
    "bounds of a text": ({"type": "string", "minLength": 3, "maxLength": 4}, "aaa"),
    "a pattern": ({"type": "string", "pattern": "^[A-Z]{2}-[0-9]+$"}, "AA-1"),
    "a format": ({"type": "string", "format": "date-time"}, "2030-01-31T12:00:00Z"),
    "an unknown format": ({"type": "string", "format": "color"}, "a"),
    "the first allowed": ({"enum": ["x", "y"]}, "x"),
    "a constant": ({"const": 7}, 7),
    "the example": ({"type": "string", "example": "e", "default": "d"}, "e"),
    "the default": ({"type": "integer", "default": 5, "minimum": 1}, 5),
    "an integer": ({"type": "integer"}, 1),
    "from a minimum": ({"type": "integer", "minimum": 10}, 10),
    "above a minimum": ({"type": "integer", "exclusiveMinimum": 10}, 11),
    "below a maximum": ({"type": "integer", "maximum": -3}, -3),
    "a multiple": ({"type": "integer", "minimum": 10, "multipleOf": 4}, 12),
    "between": ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, 0.5),
    "a boolean": ({"type": "boolean"}, False),
    "of several types": ({"type": ["null", "integer"]}, 1),
    "what is required": (OBJECT, {"a": 1}),
    "as many as wanted": ({**OBJECT, "minProperties": 2}, {"a": 1, "b": "a"}),
    "nothing that is only read": (
        {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "readOnly": True}}},
        {},
    ),
    "all of them": ({"allOf": [OBJECT, {"required": ["b"]}]}, {"a": 1, "b": "a"}),
    "one of them": ({"oneOf": [{"type": "null"}, OBJECT]}, {"a": 1}),
    "an empty list": ({"type": "array", "items": OBJECT}, []),
    "a list": ({"type": "array", "items": OBJECT, "minItems": 2}, [{"a": 1}, {"a": 1}]),
    "different items": (
        {"type": "array", "items": {"type": "string"}, "minItems": 2, "uniqueItems": True},
        ["a", "a1"],
    ),
    "a reference": ({"$ref": "#/components/schemas/Node"}, {"name": "a"}),
}
NODE = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "next": {"$ref": "#/components/schemas/Node"}},
}
ENDLESS = {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/components/schemas/Endless"}}}


def load(folder: Path, **schemas: Any) -> Spec:
    components = {"schemas": {"Node": NODE, "Endless": ENDLESS, **schemas}}
    return load_document(folder, make_document(components=components))


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_smallest_value_fits_its_schema(name: str, tmp_path: Path) -> None:
    schema, expected = SCHEMAS[name]
    spec = load(tmp_path, Wanted=schema)

    made = SmallestValues(spec.bundle).make("/components/schemas/Wanted")

    assert made == expected
    assert spec.schemas.check_request("/components/schemas/Wanted", made) == []


def test_a_schema_that_no_finite_value_fulfils_has_none(tmp_path: Path) -> None:
    assert SmallestValues(load(tmp_path).bundle).make("/components/schemas/Endless") is UNMADE


PATTERNS = {
    "^[a-f0-9]{8}$": "a" * 8,
    "^(?:eur|usd)$": "eur",
    r"^\d{4}-\d{2}$": "1111-11",
    r"^(?<word>a|b)-\k<word>": None,
    "^[^a-z]+$": "1",
    "^.{3}$": "aaa",
    "": "",
    r"^\p{L}+$": "a",
    "^(a)\\1$": "aa",
    "a(?=b)": None,
    "(": None,
    "^(a{1000}){1000}$": None,
}


@pytest.mark.parametrize("pattern", sorted(PATTERNS))
def test_a_text_is_made_in_which_a_pattern_is_found(pattern: str) -> None:
    assert make_matching(pattern) == PATTERNS[pattern]


CASES: dict[str, tuple[dict[str, Any], tuple[Any, str]]] = {
    "its example": ({"example": 3, "schema": {"type": "integer", "example": 4}}, (3, "the document's example")),
    "a named example": (
        {"examples": {"some": {"value": 5}}, "schema": {"type": "integer"}},
        (5, "the document's example 'some'"),
    ),
    "an example that does not fit": (
        {"example": "x", "schema": {"type": "integer", "default": 6}},
        (6, "the document's default"),
    ),
    "that of Swagger": ({"x-example": "e", "schema": {"type": "string"}}, ("e", "the document's example")),
    "one of a list": (
        {"schema": {"type": "array", "items": {"type": "string", "enum": ["x"]}}},
        (["x"], "one of the values that the document allows"),
    ),
    "by its content": (
        {"content": {"application/json": {"schema": {"type": "object"}, "example": {"a": 1}}}},
        ({"a": 1}, "the document's example"),
    ),
    "nothing": ({"schema": {"type": "integer"}}, (1, MADE_UP)),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_parameter_has_what_the_document_names(name: str, tmp_path: Path) -> None:
    written, (value, origin) = CASES[name]
    parameter = {"name": "p", "in": "query", "required": True, **written}
    operation = {"operationId": "a", "parameters": [parameter], "responses": {"200": {"description": ""}}}
    spec = load_document(tmp_path, make_document(paths={"/a": {"get": operation}}))
    found, values = spec.operations["a"], ExampleValues(spec)

    made = values.make_parameter(found, found.parameters[0])
    named = values.find_parameter(found, found.parameters[0])

    assert made is not None
    assert (made.value, made.origin) == (value, origin)
    assert named == (None if origin == MADE_UP else made)
