"""A request is held against the spec; values of parameters are judged as the text that is sent."""

from pathlib import Path
from typing import Any

import pytest

from contracts_runner.engine.request_conformance import find_parameter_mismatch, iter_mismatches
from contracts_runner.engine.request_values import UNKNOWN, Values
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


@pytest.mark.parametrize("media_type", ["application/json", "application/x-www-form-urlencoded", "text/plain"])
def test_what_a_pattern_cannot_decide_is_told_before_it_is_sent(tmp_path: Path, media_type: str) -> None:
    evil = {"type": "string", "pattern": r"^(?=a)(a|aa)+\1$"}
    schema = evil if media_type == "text/plain" else {"type": "object", "properties": {"name": {"not": evil}}}
    operation = {
        "operationId": "send",
        "parameters": [{"name": "q", "in": "query", "schema": {"not": evil}}],
        "requestBody": {"content": {media_type: {"schema": schema}}},
        "responses": {"200": {"description": "done"}},
    }
    spec = load_document(tmp_path, make_document(paths={"/a": {"post": operation}}))
    text = "a" * 60 + "b"
    values = Values(parameters={"q": text}, body=text if media_type == "text/plain" else {"name": text})

    found = [str(mismatch) for mismatch in iter_mismatches(spec, spec.operations["send"], values)]

    why = "cannot be checked: a pattern of the schema needs more steps than a regular expression may take"
    assert found == [
        f"the body does not match the spec: $ {why}",
        f"the query parameter 'q' of send {why}",
    ]


def make_bodies(folder: Path, **schemas: Any) -> Any:
    """Return a spec with an operation for each media type: `form`, `multipart`, `text`, `xml`, `jsonish`, `png`."""
    types = {
        "form": "application/x-www-form-urlencoded; charset=utf-8",
        "multipart": "multipart/form-data",
        "text": "text/plain",
        "xml": "application/xml",
        "jsonish": "text/json",
    }
    paths = {
        f"/{name}": {
            "post": {
                "operationId": name,
                "requestBody": {"content": {types[name]: {"schema": schema}}},
                "responses": {"200": {"description": "done"}},
            }
        }
        for name, schema in schemas.items()
    }
    return load_document(folder, make_document(paths=paths))


FIELDS = {
    "type": "object",
    "required": ["n"],
    "additionalProperties": False,
    "properties": {
        "n": {"type": "integer", "minimum": 1},
        "on": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "integer"}},
        "code": {"type": "string"},
        "meta": {"type": "object", "properties": {"a": {"type": "integer"}}},
    },
}


@pytest.mark.parametrize("name", ["form", "multipart"])
@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"n": 1, "on": "true", "tags": ["1", 2], "code": 5, "meta": {"a": 1}}, []),
        ({"n": "1", "code": None}, []),
        ({"n": None}, ["$ is missing the required property 'n'"]),
        ({"n": 0}, ["$.n is 0, below the minimum of 1"]),
        ({"n": 1, "on": "yes"}, ["$.on is a string, not a boolean"]),
        ({"n": 1, "meta": {"a": "1"}}, ["$.meta.a is a string, not an integer"]),
        ({"n": 1, "typ": 1}, ["$ has the unexpected property 'typ'"]),
    ],
)
def test_a_form_is_checked_as_the_texts_that_go_out(name: str, body: Any, says: list[str], tmp_path: Path) -> None:
    spec = make_bodies(tmp_path, **{name: FIELDS})

    found = iter_mismatches(spec, spec.operations[name], Values(parameters={}, body=body))

    assert [mismatch.detail for mismatch in found] == says


@pytest.mark.parametrize(
    ("name", "schema", "body", "is_right"),
    [
        ("text", {"type": "string", "maxLength": 3}, "abcd", False),
        ("text", {"type": "integer"}, "5", True),
        ("text", {"type": "integer"}, "a", False),
        ("xml", {"type": "object", "properties": {"a": {"type": "string"}}}, "<a/>", True),
        ("xml", {"type": "string", "pattern": "^<b"}, "<a/>", False),
        ("jsonish", {"type": "object"}, [], False),
    ],
)
def test_a_body_is_checked_by_a_schema_that_is_about_it(
    name: str, schema: Any, body: Any, is_right: bool, tmp_path: Path
) -> None:
    spec = make_bodies(tmp_path, **{name: schema})

    found = list(iter_mismatches(spec, spec.operations[name], Values(parameters={}, body=body)))

    assert (found == []) is is_right


@pytest.mark.parametrize(
    ("value", "is_text", "is_right"),
    [(["1", 2], True, True), (["x"], True, False), ({"a": "1"}, True, True), (5, False, False)],
)
def test_only_what_is_sent_as_the_same_text_is_the_same(value: Any, is_text: bool, is_right: bool) -> None:
    schemas = {"l": {"type": "array", "items": {"type": "integer"}}, "o": {"properties": {"a": {"type": "integer"}}}}
    store = SchemaStore({"components": {"schemas": {**schemas, "t": {"type": "string"}}}}, "3.1.0")
    name = "l" if isinstance(value, list) else "o" if isinstance(value, dict) else "t"

    mismatch = find_parameter_mismatch(store, f"/components/schemas/{name}", value, is_text=is_text)

    assert (mismatch is None) is is_right


def test_a_required_parameter_that_would_vanish_is_missing(tmp_path: Path) -> None:
    spec = load_document(tmp_path, DOCUMENT)
    values = Values(parameters={"id": 1, "page": []}, body={"name": "a"})

    assert [str(each) for each in iter_mismatches(spec, spec.operations["change"], values)] == [
        "change requires the query parameter 'page'"
    ]
