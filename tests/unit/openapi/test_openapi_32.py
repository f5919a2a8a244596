"""What OpenAPI 3.2 adds: the method QUERY and others, items of sequences, the whole query as one parameter."""

from pathlib import Path

import pytest

from contracts_runner.model.spec import Effect
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.document import cut_document
from contracts_runner.properties.property_phase import find_skip_reason
from contracts_runner.properties.selection import find_tags
from helpers.property_runs import make_environment
from helpers.specs import make_answer, make_document, read_spec

ITEM = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
SEQUENCE = {"description": "", "content": {"application/x-ndjson": {"itemSchema": ITEM}}}
OK = {"200": make_answer({})}


@pytest.fixture
def spec(tmp_path: Path) -> Spec:
    item = {
        "get": {"operationId": "read", "responses": {"200": SEQUENCE}},
        "query": {"operationId": "ask", "responses": OK},
        "additionalOperations": {
            "COPY": {"operationId": "copy", "responses": OK},
            "LINK": {"operationId": "link", "responses": OK},
        },
    }
    document = make_document("3.2.0", **{"$self": "https://api.example.com/a.yaml", "paths": {"/a": item}})
    found, problems = read_spec(tmp_path, {"openapi.yaml": {**document, "tags": [{"name": "a", "kind": "nav"}]}})
    assert [str(problem) for problem in problems] == []
    assert found
    return found


def test_every_method_of_a_path_is_an_operation(spec: Spec) -> None:
    methods = {label: (operation.method, operation.effect) for label, operation in spec.operations.items()}

    assert methods == {
        "read": ("GET", Effect.READ),
        "ask": ("QUERY", Effect.READ),
        "copy": ("COPY", Effect.WRITE),
        "link": ("LINK", Effect.WRITE),
    }


@pytest.mark.parametrize(("value", "is_valid"), [([{"id": 1}, {"id": 2}], True), ([{"id": 1}, {}], False), ([], True)])
def test_the_items_of_a_sequence_have_their_schema(spec: Spec, value: object, is_valid: bool) -> None:
    [pointer] = spec.operations["read"].responses["200"].schemas.values()

    assert (spec.schemas.check_response(pointer, value) == []) is is_valid


def test_requests_are_generated_for_the_chosen_operations_only(spec: Spec) -> None:
    document = cut_document(spec, {("QUERY", "/a"), ("COPY", "/a")})

    assert set(document["paths"]["/a"]) == {"query", "additionalOperations"}
    assert set(document["paths"]["/a"]["additionalOperations"]) == {"COPY"}


def test_operations_of_other_methods_have_tags_and_are_told_to_be_left_out(spec: Spec) -> None:
    [copy] = [each for each in spec.operations.values() if each.method == "COPY"]
    environment = make_environment()

    assert find_tags(spec, copy) == ()
    assert find_skip_reason(copy, spec, environment) == "no requests of the method COPY are generated"


_WHOLE = {"in": "querystring", "name": "q", "content": {"application/x-www-form-urlencoded": {"schema": {}}}}
_PART = {"in": "query", "name": "p", "schema": {}}


@pytest.mark.parametrize(("parameters", "is_fault"), [([_WHOLE], False), ([_WHOLE, _PART], True)])
def test_beside_a_whole_query_there_is_no_other(
    tmp_path: Path, parameters: list[dict[str, object]], is_fault: bool
) -> None:
    operation = {"operationId": "a", "parameters": parameters[:1], "responses": OK}
    paths = {"/a": {"parameters": parameters[1:], "get": operation}}

    _, problems = read_spec(tmp_path, {"openapi.yaml": make_document("3.2.0", paths=paths)})

    assert [("is the whole query" in str(problem)) for problem in problems] == [True] * is_fault


@pytest.mark.parametrize("file", ["https://api.example.com/v1/a.yaml", "a.yaml", "../v1/a.yaml"])
def test_a_document_may_refer_to_itself_by_its_own_address(file: str, tmp_path: Path) -> None:
    item = {
        "get": {"operationId": "read", "responses": {"200": make_answer({"$ref": f"{file}#/components/schemas/A"})}}
    }
    parts = {"paths": {"/a": item}, "components": {"schemas": {"A": ITEM}}}
    document = make_document("3.2.0", **{"$self": "https://api.example.com/v1/a.yaml", **parts})

    found, problems = read_spec(tmp_path, {"openapi.yaml": document})

    assert found
    assert [str(problem) for problem in problems] == []
    [pointer] = found.operations["read"].responses["200"].schemas.values()
    assert found.schemas.check_response(pointer, {}) != []
