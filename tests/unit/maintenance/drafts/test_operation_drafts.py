"""Scenarios that are made of a document: what is listed is read, what is made is read and removed."""

from pathlib import Path
from typing import Any

import pytest

from contracts_runner.maintenance.drafts.operation_drafts import OperationDrafts
from contracts_runner.maintenance.drafts.scenario_writing import list_contents
from contracts_runner.model.json import Json
from contracts_runner.openapi.spec import load_spec
from helpers.specs import MAIN, make_answer, make_document, write_files

PET = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
ID = {"name": "petId", "in": "path", "required": True, "schema": {"type": "integer"}}


def get(name: str, answer: Any, *parameters: Any, **more: Any) -> dict[str, Any]:
    return {"operationId": name, "parameters": list(parameters), "responses": {"200": make_answer(answer)}, **more}


def draft(folder: Path, paths: dict[str, Any], **parts: Any) -> dict[str, dict[str, Json]]:
    spec, problems = load_spec("s", write_files(folder, {MAIN: make_document(paths=paths, **parts)}), folder)
    assert spec is not None, problems
    drafts = OperationDrafts(spec, frozenset(spec.security_schemes))
    return {each.id: list_contents(each) for _, each in drafts.iter_drafts()}


def pick(steps: Any, *keys: str) -> list[Any]:
    return [tuple(step.get(key) for key in keys) for step in steps]


@pytest.mark.parametrize(
    ("answer", "parameter", "path"),
    [
        ({"type": "array", "items": PET}, "petId", "$[*].id"),
        ({"type": "object", "properties": {"data": {"type": "array", "items": PET}}}, "pet_id", "$.data[*].id"),
        ({"type": "object", "properties": {"pets": {"type": "array", "items": PET}}}, "id", "$.pets[*].id"),
        ({"type": "array", "items": {"properties": {"petId": {"type": "integer"}}}}, "petId", "$[*].petId"),
        ({"type": "array", "items": {"properties": {"number": {"type": "integer"}}}}, "pet_number", "$[*].number"),
        ({"type": "array", "items": {"properties": {"uuid": {"type": "integer"}}}}, "pet", "$[*].uuid"),
        ({"type": "array", "items": {"properties": {"slug": {"type": "integer"}}}}, "petIdOrSlug", "$[*].slug"),
        ({"type": "array", "items": {"properties": {"id": {"type": "integer"}}}}, "animal_id", "$[*].id"),
        ({"type": "array", "items": {"properties": {"id": {"type": "string"}}}}, "petId", None),  # of another type
        ({"type": "array", "items": {"properties": {"owner": {"type": "integer"}}}}, "petId", None),
        ({"type": "object", "properties": {"total": {"type": "integer"}}}, "petId", None),
    ],
)
def test_what_is_listed_is_read(answer: Any, parameter: str, path: str | None, tmp_path: Path) -> None:
    paths = {
        "/pets": {"get": get("listPets", answer)},
        f"/pets/{{{parameter}}}": {"get": get("getPet", PET, {**ID, "name": parameter})},
    }

    found = draft(tmp_path, paths)

    assert pick(found["listPets"]["steps"], "operation", "expect") == [("listPets", {"status": 200})]
    if path is None:
        assert list(found) == ["listPets"]
    else:
        expression = f"${{{parameter}s[0]}}"
        assert pick(found["getPet"]["steps"], "operation", "capture", "parameters", "when") == [
            ("listPets", {f"{parameter}s": path}, None, None),
            ("getPet", None, {parameter: expression}, {"this": f"${{{parameter}s}}", "is": {"minItems": 1}}),
        ]
        assert found["getPet"]["tags"] == ["generated"]
        claims = found["getPet"]["steps"][1]["expect"].get("body", {})  # type: ignore[index, union-attr]
        assert claims == ({f"$.{path.rpartition('.')[2]}": expression} if path.endswith(".id") else {})


def test_of_a_parameter_that_takes_some_values_only_none_is_listed(tmp_path: Path) -> None:
    closed = {**ID, "schema": {"type": "integer", "enum": [3, 4]}}
    paths = {"/pets": {"get": get("list", {"type": "array", "items": PET})}}

    found = draft(tmp_path, {**paths, "/pets/{petId}": {"get": get("read", PET, closed)}})

    assert pick(found["read"]["steps"], "operation", "parameters") == [("read", {"petId": 3})]


def test_what_is_in_two_places_is_not_compared(tmp_path: Path) -> None:
    read = {"type": "object", "properties": {"pet": PET, "owner": PET}}
    lists = {"errors": {"type": "array", "items": PET}, "pets": {"type": "array", "items": PET}}
    paths = {
        "/pets": {"get": get("listPets", {"type": "object", "properties": lists})},
        "/pets/{petId}": {"get": get("getPet", read, ID)},
    }

    found = draft(tmp_path, paths)["getPet"]["steps"]

    assert pick(found, "capture", "expect") == [({"petIds": "$.pets[*].id"}, {"status": 200}), (None, {"status": 200})]


def test_paths_may_have_a_suffix(tmp_path: Path) -> None:
    answer = {"type": "object", "properties": {"pets": {"type": "array", "items": PET}}}
    paths = {
        "/Pets.json": {"get": get("list", answer)},
        "/Pets/{petId}.json": {"get": get("read", PET, ID)},
        "/Pets/{petId}/Toys.json": {"get": get("toys", answer, ID)},
    }

    found = draft(tmp_path, paths)

    assert {name: len(each["steps"]) for name, each in found.items()} == {"list": 1, "read": 2, "toys": 2}  # type: ignore[arg-type]


def test_of_credentials_that_cannot_be_sent_together_one_is_named(tmp_path: Path) -> None:
    key = {"type": "apiKey", "in": "header", "name": "Authorization"}
    schemes = {"key": key, "token": {"type": "http", "scheme": "bearer"}}
    paths = {"/a": {"get": get("a", PET, security=[{"key": [], "token": []}])}}

    found = draft(tmp_path, paths, components={"securitySchemes": schemes})

    assert pick(found["a"]["steps"], "operation", "auth") == [("a", "key")]
    assert found["a"]["tags"] == ["generated", "guess:auth"]


def test_what_is_below_is_asked_of_the_same_thing(tmp_path: Path) -> None:
    toy = {"name": "toyId", "in": "path", "required": True, "schema": {"type": "integer"}}
    owner = {**ID, "name": "owner"}  # the same segment of the path under another name
    paths = {
        "/pets": {"get": get("listPets", {"type": "array", "items": PET})},
        "/pets/{owner}/toys": {"get": get("listToys", {"type": "array", "items": PET}, owner)},
        "/pets/{petId}/toys/{toyId}": {"get": get("getToy", PET, ID, toy)},
    }

    found = draft(tmp_path, paths)

    assert pick(found["getToy"]["steps"], "operation", "parameters") == [
        ("listPets", None),
        ("listToys", {"owner": "${petIds[0]}"}),
        ("getToy", {"petId": "${petIds[0]}", "toyId": "${toyIds[0]}"}),
    ]
    assert found["getToy"]["steps"][2]["expect"]["body"] == {"$.id": "${toyIds[0]}"}  # type: ignore[index, call-overload]


def test_an_example_stands_in_for_what_nothing_lists(tmp_path: Path) -> None:
    word = {"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}
    paths = {
        "/pets/{petId}": {"get": get("getPet", PET, {**ID, "example": 7})},
        "/find": {"get": get("find", PET, {**word, "example": "${a} $"})},
        "/unknown": {"get": get("unknown", PET, word)},
        "/optional": {"get": get("optional", PET, {**word, "required": False, "example": "b"})},
    }

    found = draft(tmp_path, paths)

    assert {name: each["steps"][0].get("parameters") for name, each in found.items()} == {  # type: ignore[index, union-attr]
        "getPet": {"petId": 7},
        "find": {"q": "$${a} $"},
        "optional": None,
    }


def test_what_is_made_is_read_and_removed(tmp_path: Path) -> None:
    body = {"required": True, "content": {"application/json": {"schema": {**PET, "required": ["name"]}}}}
    made = {"201": make_answer({"type": "object", "properties": {"data": PET}})}
    paths = {
        "/pets": {"post": {"operationId": "addPet", "requestBody": body, "responses": made}},
        "/pets/{petId}": {
            "get": get("getPet", PET, ID),
            "delete": {"operationId": "removePet", "parameters": [ID], "responses": {"204": {"description": ""}}},
        },
    }

    found = draft(tmp_path, paths)["addPet.lifecycle"]

    assert pick(found["steps"], "operation", "body", "parameters", "capture") == [
        ("addPet", {"name": "a"}, None, {"petId": "$.data.id"}),
        ("getPet", None, {"petId": "${petId}"}, None),
    ]
    assert found["steps"][1]["expect"] == {"status": 200, "body": {"$.id": "${petId}"}}  # type: ignore[index, call-overload]
    assert pick(found["cleanup"], "operation", "parameters", "expect") == [
        ("removePet", {"petId": "${petId}"}, {"status": 204})
    ]


@pytest.mark.parametrize(
    "operation",
    [
        get("a", PET, **{"x-evidence": "refuted"}),
        get("a", PET, security=[{"nobody": []}]),
        get("a", PET, security=[{"other": []}]),
        {"operationId": "a", "responses": {"200": {"$ref": "#/components/responses/Gone"}}},
    ],
)
def test_nothing_is_made_of_what_cannot_be_called(operation: Any, tmp_path: Path) -> None:
    schemes = {"other": {"type": "http", "scheme": "negotiate"}}
    paths = {"/a": {"get": operation}, "/b": {"get": get("b", PET)}}

    assert list(draft(tmp_path, paths, components={"securitySchemes": schemes})) == ["b"]


@pytest.mark.parametrize(("refusal", "expected"), [("401", [200, 401]), ("404", 200)])
def test_a_credential_that_is_a_parameter_is_not_sent_and_may_be_missed(
    refusal: str, expected: Json, tmp_path: Path
) -> None:
    header = {"name": "Authorization", "in": "header", "required": True, "schema": {"type": "string"}}
    answers = {"200": make_answer(PET), refusal: {"description": ""}}
    operation = {"operationId": "a", "parameters": [header], "responses": answers}

    found = draft(tmp_path, {"/a": {"get": operation}})["a"]

    assert pick(found["steps"], "expect") == [({"status": expected},)]
    assert found["tags"] == ["generated", *(["guess:auth"] if refusal == "401" else [])]


@pytest.mark.parametrize(
    ("types", "events"),
    [
        (["text/event-stream"], 1),
        (["text/event-stream; charset=utf-8"], 1),
        (["application/json", "text/event-stream"], None),
        (["application/x-ndjson"], None),
        (["application/json-seq"], None),
    ],
)
def test_a_stream_is_read_to_its_first_event(types: list[str], events: int | None, tmp_path: Path) -> None:
    answers = {"200": {"description": "", "content": {name: {} for name in types}}, "404": make_answer(PET)}

    found = draft(tmp_path, {"/a": {"get": {"operationId": "a", "responses": answers}}})["a"]

    assert pick(found["steps"], "expect") == [({"status": 200, **({"events": events} if events else {})},)]
    assert found["tags"] == ["generated", *(["guess:events"] if events else [])]


@pytest.mark.parametrize("method", ["get", "post"])
def test_where_nothing_is_known_values_are_made_up(method: str, tmp_path: Path) -> None:
    operation = {"operationId": "a", "parameters": [ID], "responses": {"200": {"description": ""}}}

    found = draft(tmp_path, {"/pets/{petId}": {method: operation}})

    assert pick(found["a"]["steps"], "operation", "parameters") == [("a", {"petId": 1})]
    assert found["a"]["tags"] == ["generated", "guess:petId"]


def test_nothing_is_claimed_of_an_answer_that_the_document_only_supposes(tmp_path: Path) -> None:
    operation = get("a", PET)
    operation["responses"]["200"]["x-evidence"] = "inferred"

    assert pick(draft(tmp_path, {"/a": {"get": operation}})["a"]["steps"], "expect") == [({"success": None},)]
