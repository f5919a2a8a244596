"""Responses against what the spec declares: break one thing, and the right row fails."""

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.engine.body import parse_body
from contracts_runner.engine.conformance import check_conformance, find_body_schema, find_response
from contracts_runner.errors import SourceLocation
from contracts_runner.model.checks import CheckResult
from contracts_runner.model.exchange import Response
from contracts_runner.model.outcome import Outcome
from contracts_runner.openapi.spec import Spec
from helpers.answers import make_response
from helpers.specs import load_document, make_answer, make_document

ORDER: dict[str, Any] = {
    "type": "object",
    "required": ["id", "items"],
    "properties": {
        "id": {"type": "integer"},
        "email": {"type": "string", "format": "email"},
        "items": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["sku"]}},
    },
}
GOOD = {"id": 1, "email": "user@example.com", "items": [{"sku": "A"}, {"sku": "B"}]}
RESPONSES: dict[str, Any] = {
    "200": make_answer(
        {"$ref": "#/components/schemas/Order"},
        headers={
            "X-Total": {"required": True, "schema": {"type": "integer", "minimum": 0}},
            "X-Tags": {"schema": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}},
            "X-Flag": {"schema": {"type": "boolean"}},
            "X-Name": {"schema": {"type": "string", "maxLength": 3}},
        },
    ),
    "204": {"description": "Nothing"},
    "4XX": make_answer({"type": "object", "required": ["code"]}),
    "default": {"description": "Other", "content": {"text/*": {}, "application/json": {}}},
}


@pytest.fixture(scope="module", params=["3.0.3", "3.1.0"])
def spec(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Spec:
    operations = {
        "/orders": {"get": {"operationId": "get", "responses": RESPONSES}},
        "/strict": {"get": {"operationId": "strict", "responses": {"200": RESPONSES["200"]}}},
        "/head": {"head": {"operationId": "head", "responses": RESPONSES}},
    }
    document = make_document(request.param, paths=operations, components={"schemas": {"Order": ORDER}})
    return load_document(tmp_path_factory.mktemp("spec"), document)


def check(spec: Spec, response: Response, operation: str = "get") -> dict[str, CheckResult]:
    """Return the rows by check, those of headers by name."""
    rows = check_conformance(spec.operations[operation], spec, response, parse_body(response, depth=50))
    return {row.path if row.check == "response_headers" and row.path else row.check: row for row in rows}


def list_failed(rows: Mapping[str, CheckResult]) -> dict[str, str]:
    return {name: row.message for name, row in rows.items() if row.outcome is Outcome.FAILED}


def test_valid_response_passes_every_check_that_applies(spec: Spec) -> None:
    rows = check(spec, make_response(GOOD, headers={"X-Total": "2"}))

    assert list(rows) == ["status_declared", "media_type_declared", "X-Total", "body_schema"]
    assert {row.outcome for row in rows.values()} == {Outcome.PASSED}
    assert {row.message for row in rows.values()} == {""}


def test_rows_name_the_line_of_the_declared_response(spec: Spec) -> None:
    rows = check(spec, make_response(GOOD, headers={"X-Total": "2"}))

    declared = spec.operations["get"].responses["200"].location
    assert {row.location for row in rows.values()} == {declared}
    assert declared.path == "openapi.yaml"


def test_undeclared_status_fails(spec: Spec) -> None:
    rows = check(spec, make_response(GOOD, status=418), "strict")

    assert list_failed(rows) == {"status_declared": "status 418 is not declared for strict; declared: 200"}
    assert (rows["status_declared"].expected, rows["status_declared"].actual) == (["200"], 418)
    assert rows["status_declared"].location == spec.operations["strict"].location


@pytest.mark.parametrize(("status", "declared"), [(200, "200"), (204, "204"), (404, "4XX"), (500, "default")])
def test_exact_status_goes_before_its_range_and_default(spec: Spec, status: int, declared: str) -> None:
    found = find_response(spec.operations["get"], status)

    assert found is not None
    assert found.status == declared


@pytest.mark.parametrize("media_type", ["application/json", "Application/JSON ; charset=UTF-8"])
def test_parameters_and_case_of_the_media_type_are_ignored(spec: Spec, media_type: str) -> None:
    assert list_failed(check(spec, make_response(GOOD, media_type=media_type, headers={"X-Total": "2"}))) == {}


@pytest.mark.parametrize("media_type", ["text/html", "text/plain; charset=utf-8", "application/json"])
def test_range_of_media_types_is_declared(spec: Spec, media_type: str) -> None:
    assert list_failed(check(spec, make_response(b"{}", status=500, media_type=media_type))) == {}


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (
            make_response(b"<html>", media_type="text/html", headers={"X-Total": "2"}),
            "media type text/html is not declared for status 200; declared: application/json",
        ),
        (
            make_response(GOOD, media_type="application/problem+json", headers={"X-Total": "2"}),
            "media type application/problem+json is not declared for status 200; declared: application/json",
        ),
        (
            make_response(GOOD, media_type=None, headers={"X-Total": "2"}),
            "the response has no Content-Type, although application/json is declared for status 200",
        ),
        (
            make_response(b"", headers={"X-Total": "2"}),
            "the body is empty, although application/json is declared for status 200",
        ),
        (
            make_response(b"", media_type=None, headers={"X-Total": "2"}),
            "the body is empty, although application/json is declared for status 200",
        ),
    ],
)
def test_wrong_media_type_fails_that_row_only(spec: Spec, response: Response, message: str) -> None:
    rows = check(spec, response)

    assert list_failed(rows) == {"media_type_declared": message}
    assert "body_schema" not in rows


@pytest.mark.parametrize(("operation", "status"), [("get", 204), ("get", 304), ("head", 200), ("head", 404)])
def test_response_without_content_by_its_nature_is_fine(spec: Spec, operation: str, status: int) -> None:
    rows = check(spec, make_response(b"", status=status, media_type=None, headers={"X-Total": "2"}), operation)

    assert list_failed(rows) == {}
    assert "media_type_declared" not in rows


def test_missing_required_header_fails(spec: Spec) -> None:
    rows = check(spec, make_response(GOOD))

    assert list_failed(rows) == {"X-Total": "the required header X-Total is missing"}
    assert rows["X-Total"].check == "response_headers"


@pytest.mark.parametrize(
    ("header", "value"),
    [
        *(("X-Total", "0"), ("X-Total", "12")),
        *(("X-Tags", "a"), ("X-Tags", "a, b"), ("X-Tags", "a,b,a")),
        *(("X-Flag", "true"), ("X-Flag", "false")),
        *(("X-Name", "abc"), ("X-Name", "12"), ("X-Name", "")),
    ],
)
def test_header_is_read_by_the_type_of_its_schema(spec: Spec, header: str, value: str) -> None:
    assert list_failed(check(spec, make_response(GOOD, headers={"X-Total": "1", header: value}))) == {}


@pytest.mark.parametrize(
    ("header", "value", "message"),
    [
        ("X-Total", "-1", "the header X-Total is -1, below the minimum of 0"),
        ("X-Total", "many", "the header X-Total is a string, not an integer"),
        ("X-Total", "1.5", "the header X-Total is the number 1.5, not an integer"),
        ("X-Total", "[" * 900, "the header X-Total is a string, not an integer"),
        ("X-Tags", "a, c", 'the header X-Tags is "c", not one of "a" or "b"'),
        ("X-Flag", "yes", "the header X-Flag is a string, not a boolean"),
        ("X-Name", "abcd", "the header X-Name has 4 characters, more than 3"),
    ],
)
def test_wrong_header_fails_its_own_row(spec: Spec, header: str, value: str, message: str) -> None:
    rows = check(spec, make_response(GOOD, headers={"X-Total": "1", header: value}))

    assert list_failed(rows) == {header.replace("_", "-"): message}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "the body is not JSON: expecting property name enclosed in double quotes in line 1, column 2"),
        (b'{"id": NaN}', "the body holds NaN, which is not a JSON number"),
    ],
)
def test_json_that_is_none_fails(spec: Spec, content: bytes, message: str) -> None:
    rows = check(spec, make_response(content, headers={"X-Total": "1"}))

    assert list_failed(rows) == {"body_json": message}
    assert (rows["body_json"].expected, rows["body_json"].actual) == ("application/json", content.decode())
    assert "body_schema" not in rows


def test_json_that_is_none_fails_where_nothing_is_declared_too(spec: Spec) -> None:
    assert list(list_failed(check(spec, make_response(b"{", status=418), "strict"))) == ["status_declared", "body_json"]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["id"], "1", "$.id is a string, not an integer"),
        (["id"], 1.5, "$.id is the number 1.5, not an integer"),
        (["email"], "user", '$.email is "user", not an e-mail address'),
        (["items"], [], "$.items has 0 items, fewer than 1"),
        (["items", 1], {}, "$.items[1] is missing the required property 'sku'"),
        (["items", 0], None, "$.items[0] is null, not an object"),
    ],
)
def test_planted_defect_is_named(spec: Spec, path: list[str | int], value: Any, message: str) -> None:
    body: Any = deepcopy(GOOD)
    holder = body
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = value

    rows = check(spec, make_response(body, headers={"X-Total": "1"}))

    assert list_failed(rows) == {"body_schema": message}
    assert message.startswith(f"{rows['body_schema'].path} ")


def test_first_five_violations_are_told_and_the_rest_counted(spec: Spec) -> None:
    rows = check(spec, make_response({**GOOD, "items": [{}] * 12}, headers={"X-Total": "1"}))

    message = rows["body_schema"].message
    assert message.count("is missing the required property 'sku'") == 5
    assert message.endswith("; and 7 more")


def test_schema_of_a_range_is_checked(spec: Spec) -> None:
    assert list_failed(check(spec, make_response({}, status=404))) == {
        "body_schema": "$ is missing the required property 'code'"
    }


def test_body_without_a_declared_schema_has_no_row(spec: Spec) -> None:
    assert list(check(spec, make_response({"any": 1}, status=500))) == ["status_declared", "media_type_declared"]


def test_pointer_of_the_body_is_the_one_of_its_media_type(spec: Spec) -> None:
    promised = spec.operations["get"].responses["200"]

    pointer = find_body_schema(promised, make_response(GOOD, media_type="application/json; charset=utf-8"))

    assert pointer == promised.schemas["application/json"]
    assert find_body_schema(promised, make_response(b"", media_type="text/html")) == ""


def test_operation_without_responses_promises_nothing(tmp_path: Path) -> None:
    document = make_document(paths={"/a": {"get": {"operationId": "it"}}})
    spec = load_document(tmp_path, document)

    assert check(spec, make_response(GOOD), "it") == {}


def test_locations_of_an_external_file_are_kept(tmp_path: Path) -> None:
    files = {"a.yaml": "get:\n  operationId: it\n  responses:\n    '200':\n      description: D\n"}
    (tmp_path / "a.yaml").write_text(files["a.yaml"])
    spec = load_document(tmp_path, make_document(paths={"/a": {"$ref": "a.yaml"}}))

    assert check(spec, make_response(GOOD), "it")["status_declared"].location == SourceLocation("a.yaml", 4)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "items", "sku"]), inner),
    max_leaves=8,
)


@given(body=JSON_VALUES, status=st.integers(100, 599))
def test_body_row_agrees_with_the_schema_alone(spec: Spec, body: Any, status: int) -> None:
    rows = check(spec, make_response(body, status=status))

    promised = find_response(spec.operations["get"], status)
    assert promised is not None
    pointer = promised.schemas.get("application/json", "")
    expected = Outcome.FAILED if spec.schemas.check_response(pointer, body) else Outcome.PASSED
    assert rows["body_schema"].outcome is expected if pointer else "body_schema" not in rows
