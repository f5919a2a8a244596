"""A schema of a 3.1 document under its own `$schema` means what its draft says."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from contracts_runner.openapi.drafts import DIALECTS, Draft
from helpers.specs import MAIN, make_answer, make_document, read_spec

ADDRESSES = {draft: address for address, draft in reversed(DIALECTS.items()) if "openapis" not in address}
LIBRARY = {
    Draft.DRAFT_4: jsonschema_rs.Draft4Validator,
    Draft.DRAFT_6: jsonschema_rs.Draft6Validator,
    Draft.DRAFT_7: jsonschema_rs.Draft7Validator,
    Draft.DRAFT_2019: jsonschema_rs.Draft201909Validator,
    Draft.DRAFT_2020: jsonschema_rs.Draft202012Validator,
}
SCHEMAS: dict[str, tuple[Any, list[Any]]] = {
    "tuple": ({"items": [{"type": "integer"}], "additionalItems": {"type": "string"}}, [[1], [1, "a"], ["a"], [1, 2]]),
    "closed tuple": ({"items": [{"type": "integer"}], "additionalItems": False}, [[1], [1, 2], [], ["a"]]),
    "exclusive flag": ({"minimum": 1, "exclusiveMinimum": True}, [1, 2, 0]),
    "exclusive number": ({"exclusiveMinimum": 1}, [1, 2]),
    "dependencies": ({"dependencies": {"a": ["b"], "c": {"required": ["d"]}}}, [{"a": 1}, {"a": 1, "b": 1}, {"c": 1}]),
    "const": ({"const": 5}, [5, 6]),
    "contains": ({"contains": {"type": "integer"}}, [[1], ["a"]]),
    "condition": ({"if": {"type": "string"}, "then": {"minLength": 2}}, ["a", "ab"]),
    "dependentRequired": ({"dependentRequired": {"a": ["b"]}}, [{"a": 1}, {"a": 1, "b": 1}]),
    "minContains": ({"contains": {"type": "integer"}, "minContains": 2}, [[1], [1, 2]]),
    "prefixItems": ({"prefixItems": [{"type": "integer"}]}, [[1], ["a"]]),
    "unevaluated": ({"properties": {"a": True}, "unevaluatedProperties": False}, [{"a": 1}, {"b": 1}]),
    "inside": ({"properties": {"a": {"items": [{"type": "integer"}]}}}, [{"a": [1]}, {"a": ["x"]}]),
}
# Schemas that the draft itself forbids.
FORBIDDEN = {("exclusive number", Draft.DRAFT_4), ("inside", Draft.DRAFT_2020), ("tuple", Draft.DRAFT_2020)}
FORBIDDEN |= {("closed tuple", Draft.DRAFT_2020), ("unevaluated", Draft.DRAFT_4)}
# Our own reading and the library's differ: a keyword that 2020-12 no longer has is none.
FORBIDDEN |= {("dependencies", Draft.DRAFT_2020)}
FORBIDDEN |= {("exclusive flag", draft) for draft in Draft if draft is not Draft.DRAFT_4}


@pytest.mark.parametrize("draft", list(Draft))
@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_means_what_its_draft_says(tmp_path: Path, name: str, draft: Draft) -> None:
    if (name, draft) in FORBIDDEN:
        return
    schema, values = SCHEMAS[name]
    components = {"schemas": {"S": {"$schema": ADDRESSES[draft], **schema}}}
    paths = {"/a": {"get": {"responses": {"200": make_answer({"$ref": "#/components/schemas/S"})}}}}
    spec, problems = read_spec(tmp_path, {MAIN: make_document(paths=paths, components=components)})

    assert spec is not None, problems
    found = [not spec.schemas.check_response("/components/schemas/S", value) for value in values]

    assert found == [LIBRARY[draft](schema).is_valid(value) for value in values]
    assert [problem.message for problem in problems if "dialect" in problem.message] == []


def test_what_a_reference_leads_to_below_a_schema_has_its_draft(tmp_path: Path) -> None:
    old = {"$schema": ADDRESSES[Draft.DRAFT_7], "definitions": {"T": {"items": [{"type": "integer"}]}}}
    paths = {"/a": {"get": {"responses": {"200": make_answer({"$ref": "#/components/schemas/Old/definitions/T"})}}}}
    spec, problems = read_spec(tmp_path, {MAIN: make_document(paths=paths, components={"schemas": {"Old": old}})})

    assert spec is not None, problems
    pointer = spec.operations["GET /a"].responses["200"].schemas["application/json"]
    assert spec.schemas.check_response(pointer, [1]) == []
    assert spec.schemas.check_response(pointer, ["a"]) != []


def test_the_dialect_of_the_document_is_that_of_its_schemas(tmp_path: Path) -> None:
    schemas = {"S": {"items": [{"type": "integer"}]}}
    document = make_document(jsonSchemaDialect=ADDRESSES[Draft.DRAFT_7], components={"schemas": schemas})
    spec, problems = read_spec(tmp_path, {MAIN: document})

    assert spec is not None, problems
    assert spec.schemas.check_response("/components/schemas/S", ["a"]) != []


def test_keywords_next_to_a_reference_are_ignored_before_2019(tmp_path: Path) -> None:
    old = {"$schema": ADDRESSES[Draft.DRAFT_7], "properties": {"a": {"$ref": "#/components/schemas/N", "minimum": 5}}}
    spec, problems = read_spec(
        tmp_path, {MAIN: make_document(components={"schemas": {"S": old, "N": {"type": "integer"}}})}
    )

    assert spec is not None, problems
    assert spec.schemas.check_response("/components/schemas/S", {"a": 1}) == []


def test_references_in_a_tuple_lead_to_other_files(tmp_path: Path) -> None:
    old = {"$schema": ADDRESSES[Draft.DRAFT_7], "items": [{"$ref": "other.yaml#/N"}]}
    files = {MAIN: make_document(components={"schemas": {"S": old}}), "other.yaml": {"N": {"type": "integer"}}}
    spec, problems = read_spec(tmp_path, files)

    assert spec is not None, problems
    assert spec.schemas.check_response("/components/schemas/S", ["a"]) != []
