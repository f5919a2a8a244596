"""What is only written in another way is no change."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helpers.impacts import compare, read_document
from helpers.specs import make_answer, make_document
from helpers.varied import vary

TEXT: Any = {"type": "string"}
CAT: Any = {"type": "object", "properties": {"name": TEXT, "age": {"type": "integer"}}, "required": ["name"]}
REFERENCE: Any = {"$ref": "#/components/schemas/Cat"}


def build(schema: Any, version: str = "3.1.0", **parts: Any) -> dict[str, Any]:
    operation = {
        "operationId": "setCat",
        "parameters": [{"name": "x", "in": "query", "schema": schema}],
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"200": make_answer(schema)},
    }
    shared = {"Cat": CAT, "Base": {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}}
    return make_document(version, paths={"/cats": {"put": operation}}, components={"schemas": shared}, **parts)


def old(schema: Any) -> dict[str, Any]:
    return build(schema, "3.0.3")


SAME: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "reference": (build(CAT), build(REFERENCE)),
    "allOf of one": (build(REFERENCE), build({"allOf": [REFERENCE]})),
    "allOf put together": (
        build({"allOf": [{"$ref": "#/components/schemas/Base"}, REFERENCE]}),
        build(
            {
                "type": "object",
                "properties": {"id": {"type": "integer"}, "age": {"type": "integer"}, "name": TEXT},
                "required": ["name", "id"],
            }
        ),
    ),
    "alternative alone": (build(REFERENCE), build({"oneOf": [REFERENCE]})),
    "nullable of 3.0": (old({**TEXT, "nullable": True}), build({"type": ["string", "null"]})),
    "null as an alternative": (build({"type": ["string", "null"]}), build({"anyOf": [TEXT, {"type": "null"}]})),
    "null in oneOf": (build({"anyOf": [TEXT, {"type": "null"}]}), build({"oneOf": [{"type": "null"}, TEXT]})),
    "nullable reference": (
        old({"allOf": [REFERENCE], "nullable": True}),
        build({"oneOf": [REFERENCE, {"type": "null"}]}),
    ),
    "null in an enum": (
        old({**TEXT, "enum": ["a", None], "nullable": True}),
        build({"type": ["string", "null"], "enum": ["a", None]}),
    ),
    "order of an enum": (build({"enum": ["a", "b"]}), build({"enum": ["b", "a"]})),
    "const": (build({"const": "a"}), build({"enum": ["a"]})),
    "values listed one by one": (
        build({"enum": ["a", "b"]}),
        build({"oneOf": [{"const": "b", "title": "B"}, {"const": "a"}]}),
    ),
    "types listed one by one": (
        build({"type": ["integer", "string"]}),
        build({"anyOf": [TEXT, {"type": "integer"}]}),
    ),
    "exclusive bound of 3.0": (
        old({"type": "number", "minimum": 1, "exclusiveMinimum": True}),
        build({"type": "number", "exclusiveMinimum": 1}),
    ),
    "exclusive bound of integers": (
        build({"type": "integer", "exclusiveMinimum": 0}),
        build({"type": "integer", "minimum": 1}),
    ),
    "no bound": (build(TEXT), build({**TEXT, "minLength": 0})),
    "both booleans": (build({"type": "boolean"}), build({"type": "boolean", "enum": [True, False]})),
    "order of required": (
        build({**CAT, "required": ["name", "age"]}),
        build({**CAT, "required": ["age", "name"]}),
    ),
    "any further properties": (build(CAT), build({**CAT, "additionalProperties": True})),
    "further properties of any form": (build(CAT), build({**CAT, "additionalProperties": {}})),
    "type that is meant": (build(CAT), build({key: value for key, value in CAT.items() if key != "type"})),
    "words": (
        build(CAT),
        build(
            {**CAT, "title": "A cat", "description": "Of the house", "example": {"name": "Tom"}, "xml": {"name": "cat"}}
        ),
    ),
    "format that says nothing": (build(TEXT), build({**TEXT, "format": "password"})),
    "binary": (old({**TEXT, "format": "binary"}), build({**TEXT, "contentMediaType": "application/octet-stream"})),
    "base64": (old({**TEXT, "format": "byte"}), build({**TEXT, "contentEncoding": "base64"})),
    "dialect": (
        build({"type": "array", "items": [TEXT], "$schema": "http://json-schema.org/draft-07/schema#"}),
        build({"type": "array", "prefixItems": [TEXT]}),
    ),
    "kind that has the name of its schema": (
        build({"oneOf": [REFERENCE, CAT], "discriminator": {"propertyName": "name"}}),
        build(
            {
                "oneOf": [REFERENCE, CAT],
                "discriminator": {"propertyName": "name", "mapping": {"Cat": "#/components/schemas/Cat"}},
            }
        ),
    ),
    "order of alternatives": (
        build({"oneOf": [CAT, {"type": "object", "properties": {"barks": TEXT}}]}),
        build({"oneOf": [{"type": "object", "properties": {"barks": TEXT}}, REFERENCE]}),
    ),
    "scheme of an address": (
        build(TEXT, servers=[{"url": "http://example.com/v1"}]),
        build(TEXT, servers=[{"url": "https://example.com/v1/", "description": "The service"}]),
    ),
    "variable of an address": (
        build(TEXT, servers=[{"url": "https://example.com/v1"}]),
        build(
            TEXT,
            servers=[
                {"url": "https://{host}/{base}", "variables": {"host": {"default": "a"}, "base": {"default": "v1"}}}
            ],
        ),
    ),
    "words of the document": (
        build(TEXT),
        build(TEXT, tags=[{"name": "cats"}], externalDocs={"url": "https://a.example"}),
    ),
    "tab": (
        make_document(
            paths={"/a": {"get": {"operationId": "a", "tags": ["x"], "responses": {"200": {"description": "A"}}}}}
        ),
        make_document(paths={"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "B"}}}}}),
    ),
}


@pytest.mark.parametrize("name", vary(SAME, everywhere="reference"))
def test_another_way_of_writing_is_no_change(tmp_path: Path, name: str) -> None:
    assert compare_both_ways(tmp_path, *SAME[name]) == []


def compare_both_ways(folder: Path, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    before, after = read_document(folder, "old", old), read_document(folder, "new", new)
    found = [*compare(None, before, after).affected, *compare(None, after, before).affected]
    return [each.change.message for each in found]


def share_parameter(document: dict[str, Any]) -> None:
    operation = document["paths"]["/cats"]["put"]
    document["components"]["parameters"] = {"X": operation["parameters"][0]}
    document["paths"]["/cats"]["parameters"] = [{"$ref": "#/components/parameters/X"}]
    del operation["parameters"]


def share_answer(document: dict[str, Any]) -> None:
    operation = document["paths"]["/cats"]["put"]
    document["components"]["responses"] = {"Cat": operation["responses"]["200"]}
    operation["responses"]["200"] = {"$ref": "#/components/responses/Cat"}


def share_body(document: dict[str, Any]) -> None:
    operation = document["paths"]["/cats"]["put"]
    document["components"]["requestBodies"] = {"Cat": operation["requestBody"]}
    operation["requestBody"] = {"$ref": "#/components/requestBodies/Cat"}


def say_style(document: dict[str, Any]) -> None:
    document["paths"]["/cats"]["put"]["parameters"][0] |= {"style": "form", "explode": True, "required": False}


def say_security(document: dict[str, Any]) -> None:
    document["paths"]["/cats"]["put"]["security"] = []


@pytest.mark.parametrize("change", [share_parameter, share_answer, share_body, say_style, say_security])
def test_another_way_of_writing_an_operation_is_no_change(
    tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    before = build(CAT)
    after = copy.deepcopy(before)
    change(after)

    assert compare_both_ways(tmp_path, before, after) == []


def test_swagger_and_openapi_of_the_same_service_are_the_same(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"name": TEXT}, "required": ["name"]}
    swagger = {
        "swagger": "2.0",
        "info": {"title": "Cats", "version": "1"},
        "host": "cats.example",
        "basePath": "/v1",
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "paths": {
            "/cats/{id}": {
                "put": {
                    "operationId": "setCat",
                    "parameters": [
                        {"name": "id", "in": "path", "required": True, "type": "integer"},
                        {"name": "tags", "in": "query", "type": "array", "items": TEXT, "collectionFormat": "multi"},
                        {"name": "body", "in": "body", "schema": {"$ref": "#/definitions/Cat"}},
                    ],
                    "responses": {"200": {"description": "Set", "schema": {"$ref": "#/definitions/Cat"}}},
                }
            }
        },
        "definitions": {"Cat": schema},
    }
    operation = {
        "operationId": "setCat",
        "parameters": [
            {"name": "tags", "in": "query", "schema": {"type": "array", "items": TEXT}},
            {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
        ],
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"200": make_answer(schema)},
    }
    openapi = make_document(paths={"/cats/{id}": {"put": operation}}, servers=[{"url": "https://cats.example/v1"}])

    assert compare_both_ways(tmp_path, swagger, openapi) == []


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "x"},
        {"$ref": "#nope"},
        {"$ref": "#/nope"},
        {"enum": True},
        {"type": "x"},
        {"required": 1},
        {"oneOf": [1]},
    ],
    ids=str,
)
def test_a_schema_with_a_mistake_is_compared_as_far_as_it_goes(tmp_path: Path, schema: Any) -> None:
    document = build({"type": "object", "properties": {"a": schema, "b": TEXT}}) | {"security": [{"key": True}]}

    assert compare_both_ways(tmp_path, document, document) == []
