"""A request is held against the spec; values of parameters are judged as the text that is sent."""

from pathlib import Path
from typing import Any

import pytest

from contracts_runner.engine.request_conformance import UNKNOWN, Values, find_parameter_mismatch, iter_mismatches
from contracts_runner.model.contract import UNSET
from contracts_runner.openapi.schemas import SchemaStore
from helpers.specs import load_document, make_document

SCHEMAS = {
    "number": {"type": "integer", "minimum": 1},
    "text": {"type": "string"},
    "flag": {"type": "boolean"},
    "list": {"type": "array", "items": {"type": "integer"}},
}
STORE = SchemaStore({"components": {"schemas": SCHEMAS}}, "3.1.0")


@pytest.mark.parametrize(
    ("name", "value"),
    [("number", 5), ("number", "5"), ("text", 5), ("text", True), ("flag", "true"), ("list", [1])],
)
def test_what_is_sent_as_a_right_text_is_right(name: str, value: Any) -> None:
    assert find_parameter_mismatch(STORE, f"/components/schemas/{name}", value) is None


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [("number", 0, "is 0"), ("number", "0", "is a string"), ("number", "x", "integer"), ("list", ["x"], "[0]")],
)
def test_what_breaks_the_schema_is_told(name: str, value: Any, says: str) -> None:
    assert says in str(find_parameter_mismatch(STORE, f"/components/schemas/{name}", value))


def test_a_parameter_without_a_schema_takes_anything() -> None:
    assert find_parameter_mismatch(STORE, "", [{}]) is None


DOCUMENT = make_document(
    paths={
        "/things/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "post": {
                "operationId": "change",
                "parameters": [
                    {"name": "page", "in": "query", "required": True, "schema": {"type": "integer"}},
                    {"name": "Accept", "in": "header", "required": True, "schema": {"type": "string"}},
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"type": "object", "required": ["name"]}}},
                },
                "responses": {"200": {"description": "done"}},
            },
        }
    }
)


@pytest.mark.parametrize(
    ("parameters", "body", "says"),
    [
        ({"id": 1, "page": 1}, {"name": "a"}, []),
        ({"id": UNKNOWN, "page": UNKNOWN}, UNKNOWN, []),
        ({"id": 1, "page": 1}, UNSET, ["the spec requires a body"]),
        ({"id": 1}, {"name": "a"}, ["change requires the query parameter 'page'"]),
        ({"id": 1, "page": None}, {"name": "a"}, ["change requires the query parameter 'page'"]),
        ({"id": "x", "page": 1}, {"name": "a"}, ["the path parameter 'id' of change is a string, not an integer"]),
        ({"id": 1, "page": 1}, {}, ["the body does not match the spec: $ is missing the required property 'name'"]),
    ],
)
def test_a_request_is_held_against_what_its_operation_declares(
    parameters: dict[str, Any], body: Any, says: list[str], tmp_path: Path
) -> None:
    spec = load_document(tmp_path, DOCUMENT)

    found = iter_mismatches(spec, spec.operations["change"], Values(parameters=parameters, body=body))

    assert [str(mismatch) for mismatch in found] == says
