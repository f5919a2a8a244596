"""What counts as a success, and which error code a response has."""

from pathlib import Path
from typing import Any

import pytest

from contracts_runner.engine import success
from contracts_runner.engine.success import Success
from contracts_runner.model.exchange import Response
from helpers.answers import make_response
from helpers.specs import load_document, make_document

RULE = {"type": "object", "required": ["status"], "properties": {"status": {"const": "success"}}}
CODED = {"x-success": RULE, "x-error-code": "/code"}


def judge(folder: Path, response: Response, extensions: dict[str, Any], method: str = "get") -> Success:
    operation = {"operationId": "it", "responses": {"default": {"description": "Any"}}, **extensions}
    spec = load_document(folder, make_document(paths={"/a": {method: operation}}))
    return success.judge(spec.operations["it"], spec, response, depth=50).success


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_2xx_is_a_success_without_a_rule(tmp_path: Path, status: int) -> None:
    assert judge(tmp_path, make_response(b"any", status=status), {}) == Success(is_success=True)


@pytest.mark.parametrize("status", [199, 301, 304, 400, 503])
def test_other_status_is_none(tmp_path: Path, status: int) -> None:
    found = judge(tmp_path, make_response({"status": "success"}, status=status), CODED)

    assert found == Success(is_success=False, reason=f"status {status}")


def test_body_that_satisfies_the_rule_is_a_success(tmp_path: Path) -> None:
    assert judge(tmp_path, make_response({"status": "success"}), CODED) == Success(is_success=True)


def test_200_with_an_error_in_its_body_is_none(tmp_path: Path) -> None:
    found = judge(tmp_path, make_response({"status": "error", "code": "WRONG_AUTHORIZATION"}), CODED)

    assert found == Success(
        is_success=False,
        error_code="WRONG_AUTHORIZATION",
        reason='the body breaks x-success: $.status is "error", not "success", error code WRONG_AUTHORIZATION',
    )


@pytest.mark.parametrize(
    ("body", "extensions", "why"),
    [
        ({"code": "GONE"}, {}, "for it no `x-error-code` of the document, or of an overlay, says where one is"),
        ({"error": "GONE"}, CODED, "its body has nothing at /code"),
        ({"code": None}, CODED, "what its body has at /code is no text and no integer"),
        (b"{", CODED, "the body is not JSON: "),
        ({"code": "GONE"}, CODED, ""),
    ],
)
def test_an_answer_without_a_code_says_why(tmp_path: Path, body: Any, extensions: dict[str, Any], why: str) -> None:
    found = judge(tmp_path, make_response(body, status=410), extensions).uncoded

    assert found.startswith(why) if why else not found


def test_error_status_has_its_code_too(tmp_path: Path) -> None:
    found = judge(tmp_path, make_response({"code": "GONE"}, status=410), CODED)

    assert found == Success(is_success=False, error_code="GONE", reason="status 410, error code GONE")


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (make_response(b"<html>", media_type="text/html"), "the body is not JSON but text/html"),
        (make_response(b"{", media_type="application/json"), "the body is not JSON: "),
        (make_response(b""), "the body is empty"),
    ],
)
def test_body_that_is_not_json_breaks_the_rule(tmp_path: Path, response: Response, reason: str) -> None:
    found = judge(tmp_path, response, CODED)

    assert not found.is_success
    assert found.reason.startswith(reason)


@pytest.mark.parametrize(("status", "method"), [(204, "delete"), (205, "post"), (200, "head")])
def test_response_that_never_has_a_body_breaks_no_rule(tmp_path: Path, status: int, method: str) -> None:
    assert judge(tmp_path, make_response(b"", status=status), CODED, method).is_success


@pytest.mark.parametrize(
    ("pointer", "body", "code"),
    [
        ("/code", {"code": "A"}, "A"),
        ("/code", {"code": 17}, "17"),
        ("/code", {"code": None}, None),
        ("/code", {"code": True}, None),
        ("/code", {"code": {"a": 1}}, None),
        ("/code", {}, None),
        ("/code", [], None),
        ("/errors/0/code", {"errors": [{"code": "B"}]}, "B"),
        ("/errors/1/code", {"errors": [{"code": "B"}]}, None),
        ("/a~1b", {"a/b": "C"}, "C"),
        ("", "D", "D"),
    ],
)
def test_error_code_is_found_by_its_pointer(tmp_path: Path, pointer: str, body: Any, code: str | None) -> None:
    assert judge(tmp_path, make_response(body, status=400), {"x-error-code": pointer}).error_code == code


def test_without_a_pointer_there_is_no_code(tmp_path: Path) -> None:
    assert judge(tmp_path, make_response({"code": "A"}, status=400), {}).error_code is None


def test_rule_may_refer_to_the_documents_schemas(tmp_path: Path) -> None:
    operation = {"operationId": "it", "responses": {"default": {"description": "Any"}}}
    document = make_document(
        paths={"/a": {"get": {**operation, "x-success": {"$ref": "#/components/schemas/Ok"}}}},
        components={"schemas": {"Ok": RULE}},
    )
    spec = load_document(tmp_path, document)
    response = make_response({"status": "error"})

    found = success.judge(spec.operations["it"], spec, response, depth=50).success

    assert found.reason == 'the body breaks x-success: $.status is "error", not "success"'
