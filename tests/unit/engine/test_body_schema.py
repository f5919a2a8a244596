"""A declared body schema is applied to what comes, or its row says that it was not looked at: never a silent pass."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.engine import conformance
from contracts_runner.engine.body import parse_body
from contracts_runner.engine.conformance import check_conformance
from contracts_runner.model.checks import CheckResult
from contracts_runner.model.outcome import Outcome, judge_checks
from contracts_runner.openapi.schemas import SchemaStore
from helpers.answers import make_response
from helpers.specs import load_document, make_document

ROW: dict[str, Any] = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
}
ROWS = {"type": "array", "minItems": 2, "items": ROW}
WORD = {"type": "string", "pattern": "^pong"}


def check(folder: Path, declared: str, schema: Any, body: bytes, came: str | None = None) -> list[CheckResult]:
    """Return the rows of an answer to an operation that declares one schema for one media type."""
    content = {declared: {"schema": schema}}
    paths = {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "ok", "content": content}}}}}
    spec = load_document(folder, make_document(paths=paths))
    response = make_response(body, media_type=came or declared)
    return check_conformance(spec.operations["a"], spec, response, parse_body(response, depth=50))


def judge(rows: list[CheckResult]) -> tuple[Outcome, list[str]]:
    """Return the outcome of the rows, and the rows of the body."""
    bodies = [f"{row.check} {row.outcome}" for row in rows if row.check in ("body_schema", "body_json")]
    return judge_checks(row.outcome for row in rows), bodies


JSON_TYPES = ["application/json", "text/json", "application/problem+json", "Application/JSON; charset=utf-8"]
SEQUENCES = [
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/json-seq",
    "application/a+json-seq",
]


@pytest.mark.parametrize("media_type", JSON_TYPES)
@pytest.mark.parametrize(("body", "outcome"), [(b'{"id": 1}', "passed"), (b'{"id": "1"}', "failed"), (b"{}", "failed")])
def test_every_json_type_is_json(tmp_path: Path, media_type: str, body: bytes, outcome: str) -> None:
    assert judge(check(tmp_path, media_type, ROW, body)) == (Outcome(outcome), [f"body_schema {outcome}"])


@pytest.mark.parametrize("media_type", SEQUENCES)
@pytest.mark.parametrize("schema", [ROW, ROWS], ids=["each item", "the list"])
@pytest.mark.parametrize(
    ("items", "outcome"),
    [(['{"id": 1}', '{"id": 2}'], "passed"), (['{"id": 1}', '{"id": "2"}'], "failed"), (['{"id": 1}', "{}"], "failed")],
)
def test_sequences_are_lists(tmp_path: Path, media_type: str, schema: Any, items: list[str], outcome: str) -> None:
    is_record = media_type.endswith("json-seq")
    body = "".join(f"\x1e{item}\n" if is_record else f"{item}\n" for item in items).encode()

    rows = check(tmp_path, media_type, schema, body)

    assert judge(rows) == (Outcome(outcome), [f"body_schema {outcome}"])
    assert all("$[1]" in row.message for row in rows if row.outcome is Outcome.FAILED)


@pytest.mark.parametrize(
    ("schema", "body", "message"),
    [
        ({"type": "array", "maxItems": 2}, '{"id": 1}\n{"id": 2}\n', ""),
        ({"type": "array", "maxItems": 1}, '{"id": 1}\n{"id": 2}\n', "$ has 2 items"),
        ({"type": "array", "maxItems": 2}, '{"id": 1}\n{"id": "2"}\n', "$[1].id is a string"),
        ({"required": ["name"]}, '{"id": 1}\n', "$[0] is missing the required property 'name'"),
        ({"required": ["name"]}, '{"name": 1}\n', "$[0] is missing the required property 'id'"),
        ({"type": "string", "minLength": 50}, '{"id": 1}\n', "characters"),
        ({"type": "string"}, '{"name": 1}\n', "$[0] is missing the required property 'id'"),
        ({}, '{"name": 1}\n', "$[0] is missing the required property 'id'"),
    ],
)
def test_a_schema_of_the_whole_and_one_of_the_items_both_apply(
    tmp_path: Path, schema: Any, body: str, message: str
) -> None:
    content = {"application/jsonl": {"schema": schema, "itemSchema": ROW}}
    paths = {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "ok", "content": content}}}}}
    spec = load_document(tmp_path, make_document("3.2.0", paths=paths))
    response = make_response(body.encode(), media_type="application/jsonl")

    rows = check_conformance(spec.operations["a"], spec, response, parse_body(response, depth=50))

    assert judge(rows) == (Outcome.FAILED if message else Outcome.PASSED, [f"body_schema {judge(rows)[0]}"])
    assert message in rows[-1].message


def test_a_sequence_with_a_broken_item_is_failed(tmp_path: Path) -> None:
    assert judge(check(tmp_path, SEQUENCES[0], ROW, b'{"id": 1}\n{"id"\n')) == (Outcome.FAILED, ["body_json failed"])


@pytest.mark.parametrize("schema", [ROW, ROWS], ids=["each row", "the list"])
@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("id,name\r\n1,2\r\n2,x\r\n", "passed"),
        ('id,name\r\n1,"a, ""b""\r\nc"\r\n2,x', "passed"),
        ("id,name\r\n1,2\r\nx,3\r\n", "failed"),
        ("name,ident\r\n1,2\r\n3,4\r\n", "failed"),
    ],
)
def test_csv_is_a_list_of_objects(tmp_path: Path, schema: Any, body: str, outcome: str) -> None:
    assert judge(check(tmp_path, "text/csv", schema, body.encode())) == (Outcome(outcome), [f"body_schema {outcome}"])


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"id,id\n1,2\n", "the header line of the CSV has the name 'id' twice"),
        (b"id,name\n1\n", "row 1 of the CSV has 1 cells, its header line 2"),
        (b'id,name\n"1,2\n', "the body is not CSV: unexpected end of data"),
        (b"id\n\xff\n", "the body is not text in utf-8"),
    ],
)
def test_csv_of_no_single_meaning_is_not_looked_at(tmp_path: Path, body: bytes, why: str) -> None:
    rows = check(tmp_path, "text/csv", ROW, body)

    assert judge(rows) == (Outcome.PASSED, ["body_schema skipped"])
    assert rows[-1].message == f"not looked at, because {why}"


@pytest.mark.parametrize(
    ("body", "outcome"),
    [(b"id=1&name=2", "passed"), (b"id=x", "failed"), (b"name=2", "failed"), (b"id=1&id=2", "failed")],
)
def test_form_data_is_an_object(tmp_path: Path, body: bytes, outcome: str) -> None:
    rows = check(tmp_path, "application/x-www-form-urlencoded", ROW, body)

    assert judge(rows) == (Outcome(outcome), [f"body_schema {outcome}"])


TEXTS = [
    "text/plain",
    "text/plain; charset=utf-8",
    "text/csv",
    "text/html",
    "application/xml",
    "image/svg+xml",
    "text/event-stream",
]


@pytest.mark.parametrize("media_type", TEXTS)
@pytest.mark.parametrize("schema", [WORD, {"allOf": [{"type": "string"}, {"pattern": "^pong"}]}])
@pytest.mark.parametrize(("body", "outcome"), [(b"pong", "passed"), (b"ping", "failed")])
def test_a_schema_of_a_text_is_applied_to_the_whole_text(
    tmp_path: Path, media_type: str, schema: Any, body: bytes, outcome: str
) -> None:
    assert judge(check(tmp_path, media_type, schema, body)) == (Outcome(outcome), [f"body_schema {outcome}"])


def test_a_text_is_read_in_the_charset_that_it_names(tmp_path: Path) -> None:
    came = "text/plain; charset=ISO-8859-1"

    rows = check(tmp_path, "text/plain", {"type": "string", "const": "é"}, "é".encode("latin-1"), came)

    assert judge(rows) == (Outcome.PASSED, ["body_schema passed"])


@pytest.mark.parametrize("came", ["text/plain", "text/plain; charset=ascii", "text/plain; charset=nonsense"])
def test_a_text_that_cannot_be_decoded_is_not_looked_at(tmp_path: Path, came: str) -> None:
    assert judge(check(tmp_path, "text/plain", WORD, b"\xff", came)) == (Outcome.PASSED, ["body_schema skipped"])


@pytest.mark.parametrize("charset", ["punycode", "idna", "zip", "hex", "rot13", "utf-7", "unicode_escape"])
def test_a_coding_of_python_that_is_no_charset_is_not_looked_at(tmp_path: Path, charset: str) -> None:
    body = b"a" * 1_500_000 + b"-" + b"a" * 1_500_000

    *_, row = check(tmp_path, "text/plain", WORD, body, f"text/plain; charset={charset}")

    assert row.message == f"not looked at, because the charset '{charset}' is not one of those that are read"


def test_very_many_items_of_a_sequence_are_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "_MANY_ITEMS", 2)

    for body, outcome in ((b"1\n2\n", "passed"), (b"1\n2\n3\n", "skipped")):
        rows = check(tmp_path, "application/x-ndjson", {"type": "integer"}, body)
        assert judge(rows)[1] == [f"body_schema {outcome}"]


def test_a_table_that_is_refused_in_too_many_places_is_errored(tmp_path: Path) -> None:
    number: Any = {"allOf": [{}] * 10, "anyOf": [{"type": "integer"}]}
    columns = {f"c{index}": number for index in range(50)}
    rows = [",".join(columns), *[",".join("1" * 50)] * 200]

    found = check(tmp_path, "text/csv", {"items": {"properties": columns}, "type": "array"}, "\n".join(rows).encode())

    assert judge(found) == (Outcome.ERRORED, ["body_schema errored"])


def test_bytes_have_the_length_of_bytes(tmp_path: Path) -> None:
    schema = {"type": "string", "format": "binary", "maxLength": 3}

    assert judge(check(tmp_path, "application/pdf", schema, b"\xff\xfe\x00"))[0] is Outcome.PASSED
    assert judge(check(tmp_path, "application/pdf", schema, b"\xff\xfe\x00\x00"))[0] is Outcome.FAILED


UNREAD = ["text/plain", "application/xml", "text/xml", "multipart/mixed; boundary=b", "image/png"]


@pytest.mark.parametrize("schema", [ROW, ROWS])
@pytest.mark.parametrize("media_type", UNREAD)
def test_what_is_not_read_as_data_is_not_looked_at(tmp_path: Path, media_type: str, schema: Any) -> None:
    rows = check(tmp_path, media_type, schema, b"something")

    assert judge(rows) == (Outcome.PASSED, ["body_schema skipped"])
    assert rows[-1].message.startswith("not looked at, because ")


@pytest.mark.parametrize("schema", [True, {}])
def test_a_schema_that_allows_everything_has_no_row(tmp_path: Path, schema: Any) -> None:
    assert judge(check(tmp_path, "application/xml", schema, b"<a/>")) == (Outcome.PASSED, [])


V1, V2 = "application/json; version=1", 'application/json;Version="2"'


@pytest.mark.parametrize(
    ("came", "is_declared", "required"),
    [
        ("application/json; version=1", True, "one"),
        ("application/json;version=2", True, "two"),
        ('APPLICATION/JSON; charset=utf-8; VERSION="2"', True, "two"),
        ("application/json", False, ""),
        ("application/json; version=3", False, ""),
        ("application/json; charset=utf-8", False, ""),
    ],
)
def test_media_types_that_differ_in_a_parameter_are_two(
    tmp_path: Path, came: str, is_declared: bool, required: str
) -> None:
    content = {V1: {"schema": {"required": ["one"]}}, V2: {"schema": {"required": ["two"]}}}
    paths = {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "ok", "content": content}}}}}
    spec = load_document(tmp_path, make_document(paths=paths))
    response = make_response({"other": 1}, media_type=came)

    rows = {
        row.check: row for row in check_conformance(spec.operations["a"], spec, response, parse_body(response, depth=9))
    }

    assert (rows["media_type_declared"].outcome is Outcome.PASSED) is is_declared
    assert ("body_schema" in rows) is is_declared
    assert required in (rows["body_schema"].message if is_declared else "")


@pytest.mark.parametrize(
    ("declared", "came", "is_declared"),
    [
        ("application/json", "application/json; version=1", True),
        ("application/json; charset=utf-8", "application/json", True),
        ("application/json; charset=utf-8", "application/json; charset=UTF-8", True),
        ("application/json; charset=utf-8", "application/json; charset=latin1", False),
        ("text/plain; charset=utf-8", "text/plain", False),
        ("text/plain; charset=utf-8", 'text/plain;charset="UTF-8"', True),
        ("text/*", "text/plain; charset=utf-8", True),
    ],
)
def test_parameters_that_are_declared_are_needed(tmp_path: Path, declared: str, came: str, is_declared: bool) -> None:
    rows = {row.check: row for row in check(tmp_path, declared, {"type": ["object", "string"]}, b"{}", came)}

    assert (rows["media_type_declared"].outcome is Outcome.PASSED) is is_declared


def test_a_schema_that_cannot_be_compiled_is_never_a_pass(tmp_path: Path) -> None:
    content = {"application/json": {"schema": {"type": "string"}}}
    paths = {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "ok", "content": content}}}}}
    spec = load_document(tmp_path, make_document(paths=paths))
    pointer = spec.operations["a"].responses["200"].schemas["application/json"]
    broken: dict[str, Any] = {"pattern": "["}
    for part in reversed(pointer.split("/")[1:]):
        broken = {part.replace("~1", "/"): broken}
    response = make_response("pong")

    rows = check_conformance(
        spec.operations["a"],
        dataclasses.replace(spec, schemas=SchemaStore(broken, "3.1.0")),
        response,
        parse_body(response, depth=9),
    )

    assert (rows[-1].check, rows[-1].outcome) == ("body_schema", Outcome.ERRORED)
    assert rows[-1].message.startswith("cannot be judged: ")
