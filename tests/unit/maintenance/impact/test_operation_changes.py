"""What changes when an operation is described in another way, and who uses that."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from contracts_runner.maintenance.impact.impact import Impact
from contracts_runner.project.project import Project
from helpers.impacts import Told, compare, open_project, read_document
from helpers.specs import make_answer, make_document
from helpers.varied import vary

TEXT: Any = {"type": "string"}
Document = dict[str, Any]
Edit = Callable[[Document], object]

CONTRACT = """\
contract: pets
spec: shop
scenarios:
  - {id: LIST, title: All, steps: [{operation: listPets, expect: {status: 200, body: {"$[0].name": Tom}}}]}
  - {id: PAGE, title: A page, steps: [{operation: listPets, parameters: {page: 2}}]}
  - {id: TRACE, title: Traced, steps: [{operation: listPets, headers: {X-Trace: "1"}}]}
  - {id: HEADER, title: A header, steps: [{operation: listPets, expect: {headers: {X-Total: "1"}}}]}
  - {id: REFUSED, title: Refused, steps: [{operation: listPets, expect: {status: 400}}]}
  - {id: CODE, title: A code, steps: [{operation: listPets, expect: {status: 400, error: BAD}}]}
  - {id: CSV, title: As a table, steps: [{operation: listPets, accept: text/csv, expect: {media_type: text/csv}}]}
  - {id: GET, title: One, steps: [{operation: getPet, parameters: {id: 1}, expect: {body: {$.name: Tom}}}]}
  - {id: ADD, title: A new one, steps: [{operation: addPet, body: {name: Tom}, expect: {status: 201}}]}
  - id: FORM
    title: By form
    steps: [{operation: addPet, media_type: application/x-www-form-urlencoded, body: {name: Tom}}]
  - {id: EMPTY, title: Without, steps: [{operation: addPet, invalid_request: true, expect: {status: 400}}]}
  - id: CLEANS
    title: It cleans up
    steps: [{operation: addPet, body: {name: Tom}, capture: {id: $.id}}]
    cleanup: [{operation: removePet, parameters: {id: "${id}"}}]
"""
LISTING = ("LIST", "PAGE", "TRACE", "HEADER", "REFUSED", "CODE", "CSV")
ADDING = ("ADD", "FORM", "EMPTY", "CLEANS")
ALL = (*LISTING, "GET", *ADDING)


def build() -> Document:
    pet = {"type": "object", "properties": {"id": {"type": "integer"}, "name": TEXT}}
    body = {"schema": {"$ref": "#/components/schemas/Pet"}}
    listed = make_answer({"type": "array", "items": {"$ref": "#/components/schemas/Pet"}})
    listed["headers"] = {"X-Total": {"schema": {"type": "integer"}}}
    listed["content"]["text/csv"] = {"schema": TEXT}
    ident = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    document = make_document(
        servers=[{"url": "https://pets.example/v1"}],
        security=[{"key": []}],
        paths={
            "/pets": {
                "get": {
                    "operationId": "listPets",
                    "parameters": [
                        {"name": "page", "in": "query", "schema": {"type": "integer"}},
                        {"name": "X-Trace", "in": "header", "schema": TEXT},
                        {"name": "tags", "in": "query", "schema": {"type": "array", "items": TEXT}},
                    ],
                    "responses": {"200": listed, "400": make_answer({"type": "object"})},
                },
                "post": {
                    "operationId": "addPet",
                    "requestBody": {"content": {"application/json": body, "application/x-www-form-urlencoded": body}},
                    "responses": {
                        "201": make_answer({"$ref": "#/components/schemas/Pet"}),
                        "4XX": {"description": "No"},
                    },
                    "callbacks": {
                        "added": {"{$request.body#/url}": {"post": {"responses": {"200": {"description": "-"}}}}}
                    },
                },
            },
            "/pets/{id}": {
                "parameters": [ident],
                "get": {
                    "operationId": "getPet",
                    "responses": {"200": make_answer({"$ref": "#/components/schemas/Pet"})},
                },
                "delete": {"operationId": "removePet", "responses": {"204": {"description": "Gone"}}},
            },
        },
        webhooks={
            "petAdded": {
                "post": {
                    "requestBody": {"content": {"application/json": body}},
                    "responses": {"200": {"description": "Heard"}},
                }
            }
        },
        components={
            "schemas": {"Pet": pet},
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
                "token": {"type": "http", "scheme": "bearer"},
                "oauth": {
                    "type": "oauth2",
                    "flows": {
                        "clientCredentials": {
                            "tokenUrl": "https://a.example/token",
                            "scopes": {"read": "", "write": ""},
                        }
                    },
                },
            },
        },
    )
    link = {"operationId": "getPet", "parameters": {"id": "$response.body#/id"}}
    document["paths"]["/pets"]["post"]["responses"]["201"]["links"] = {"new": link}
    document["paths"]["/pets/{id}"]["get"] |= {"x-success": {"type": "object"}, "x-error-code": "/error"}
    # Nothing in it is in two places.
    return json.loads(json.dumps(document))  # type: ignore[no-any-return]


class Row(NamedTuple):
    """What is changed in the document, what is told of it, and of the way back."""

    edit: Edit
    there: Told
    back: Told


def at(document: Document, *way: Any) -> Any:
    for part in way:
        document = document[part]
    return document


def put(*way: Any, value: Any) -> Edit:
    """Return what sets a value of the document."""
    return lambda document: at(document, *way[:-1]).__setitem__(way[-1], copy.deepcopy(value))


def drop(*way: Any) -> Edit:
    """Return what removes a value of the document."""
    return lambda document: at(document, *way[:-1]).pop(way[-1])


def move(*way: Any, to: str) -> Edit:
    """Return what gives a value of a mapping another name."""

    def rename(document: Document) -> None:
        holder = at(document, *way[:-1])
        kept = {to if name == way[-1] else name: value for name, value in holder.items()}
        holder.clear()
        holder.update(kept)

    return rename


def both(*edits: Edit) -> Edit:
    def change(document: Document) -> None:
        for edit in edits:
            edit(document)

    return change


LISTED = ("paths", "/pets", "get")
ADDED = ("paths", "/pets", "post")
ONE = ("paths", "/pets/{id}")
LINK = (*ADDED, "responses", "201", "links", "new")
PET: Any = {"$ref": "#/components/schemas/Pet"}
BREAKS, HOLDS = True, False

ROWS = {
    "operation": Row(
        drop(*ONE, "delete"), {"operation-removed": (BREAKS, ("CLEANS",))}, {"operation-added": (HOLDS, ("CLEANS",))}
    ),
    "operationId": Row(
        put(*LISTED, "operationId", value="getPets"),
        {"operation-id-changed": (BREAKS, LISTING)},
        {"operation-id-changed": (BREAKS, LISTING)},
    ),
    "no operationId": Row(
        drop(*ONE, "delete", "operationId"),
        {"operation-id-changed": (BREAKS, ("CLEANS",))},
        {"operation-id-added": (HOLDS, ("CLEANS",))},
    ),
    "path": Row(
        move("paths", "/pets", to="/animals"),
        {"operation-moved": (BREAKS, (*LISTING, *ADDING))},
        {"operation-moved": (BREAKS, (*LISTING, *ADDING))},
    ),
    "slash at the end": Row(
        move("paths", "/pets", to="/pets/"),
        {"operation-moved": (BREAKS, (*LISTING, *ADDING))},
        {"operation-moved": (BREAKS, (*LISTING, *ADDING))},
    ),
    "method": Row(
        move(*ADDED, to="put"),
        {"operation-moved": (BREAKS, ADDING)},
        {"operation-moved": (BREAKS, ADDING)},
    ),
    "deprecated": Row(
        put(*ONE, "get", "deprecated", value=True),
        {"operation-deprecated": (HOLDS, ("GET",))},
        {"operation-no-longer-deprecated": (HOLDS, ("GET",))},
    ),
    "path parameter": Row(
        both(put(*ONE, "parameters", 0, "name", value="pet_id"), move(*ONE, to="/pets/{pet_id}")),
        {"parameter-renamed": (BREAKS, ("CLEANS", "GET"))},
        {"parameter-renamed": (BREAKS, ("CLEANS", "GET"))},
    ),
    "query parameter": Row(
        drop(*LISTED, "parameters", 0),
        {"parameter-removed": (BREAKS, ("PAGE",))},
        {"parameter-added": (HOLDS, ("PAGE",))},
    ),
    "header parameter": Row(
        drop(*LISTED, "parameters", 1),
        {"parameter-removed": (BREAKS, ("TRACE",))},
        {"parameter-added": (HOLDS, ("TRACE",))},
    ),
    "renamed parameter": Row(
        put(*LISTED, "parameters", 0, "name", value="page_number"),
        {"parameter-renamed": (BREAKS, ("PAGE",))},
        {"parameter-renamed": (BREAKS, ("PAGE",))},
    ),
    "required new parameter": Row(
        lambda document: at(document, *LISTED, "parameters").append(
            {"name": "shop", "in": "query", "required": True, "schema": TEXT}
        ),
        {"required-parameter-added": (BREAKS, LISTING)},
        {"parameter-removed": (BREAKS, ())},
    ),
    "optional new parameter": Row(
        lambda document: at(document, *LISTED, "parameters").append({"name": "shop", "in": "query", "schema": TEXT}),
        {"parameter-added": (HOLDS, ())},
        {"parameter-removed": (BREAKS, ())},
    ),
    "required parameter": Row(
        put(*LISTED, "parameters", 0, "required", value=True),
        {"parameter-became-required": (BREAKS, LISTING)},
        {"parameter-became-optional": (HOLDS, ("PAGE",))},
    ),
    "type of a parameter": Row(
        put(*LISTED, "parameters", 0, "schema", value=TEXT),
        {"parameter-type-changed": (BREAKS, ("PAGE",))},
        {"parameter-type-changed": (BREAKS, ("PAGE",))},
    ),
    "bound of a parameter": Row(
        put(*LISTED, "parameters", 0, "schema", "maximum", value=9),
        {"parameter-maximum-added": (BREAKS, ("PAGE",))},
        {"parameter-maximum-removed": (HOLDS, ("PAGE",))},
    ),
    "default of a parameter": Row(
        put(*LISTED, "parameters", 0, "schema", "default", value=1),
        {"parameter-default-added": (BREAKS, ("PAGE",))},
        {"parameter-default-removed": (BREAKS, ("PAGE",))},
    ),
    "deprecated parameter": Row(
        put(*LISTED, "parameters", 0, "deprecated", value=True),
        {"parameter-deprecated": (HOLDS, ("PAGE",))},
        {"parameter-no-longer-deprecated": (HOLDS, ("PAGE",))},
    ),
    "style": Row(
        put(*LISTED, "parameters", 2, "explode", value=False),
        {"parameter-style-changed": (BREAKS, ())},
        {"parameter-style-changed": (BREAKS, ())},
    ),
    "content of a parameter": Row(
        put(
            *LISTED,
            "parameters",
            0,
            value={"name": "page", "in": "query", "content": {"application/json": {"schema": {"type": "integer"}}}},
        ),
        {"parameter-style-changed": (BREAKS, ("PAGE",))},
        {"parameter-style-changed": (BREAKS, ("PAGE",))},
    ),
    "body": Row(
        drop(*ADDED, "requestBody"),
        {"request-body-removed": (BREAKS, ("ADD", "FORM", "CLEANS"))},
        {"request-body-added": (HOLDS, ("ADD", "FORM", "CLEANS"))},
    ),
    "new required body": Row(
        put(*ONE, "delete", "requestBody", value={"required": True, "content": {"application/json": {"schema": PET}}}),
        {"required-request-body-added": (BREAKS, ("CLEANS",))},
        {"request-body-removed": (BREAKS, ())},
    ),
    "required body": Row(
        put(*ADDED, "requestBody", "required", value=True),
        {"request-body-became-required": (BREAKS, ADDING)},
        {"request-body-became-optional": (HOLDS, ("ADD", "FORM", "CLEANS"))},
    ),
    "media type of a body": Row(
        drop(*ADDED, "requestBody", "content", "application/x-www-form-urlencoded"),
        {"request-media-type-removed": (BREAKS, ("FORM",))},
        {"request-media-type-added": (HOLDS, ("FORM",))},
    ),
    "another media type of a body": Row(
        move(*ADDED, "requestBody", "content", "application/json", to="application/vnd.pet+json"),
        {"request-media-type-changed": (BREAKS, ("ADD", "CLEANS"))},
        {"request-media-type-changed": (BREAKS, ("ADD", "CLEANS"))},
    ),
    "encoding": Row(
        put(
            *ADDED,
            "requestBody",
            "content",
            "application/x-www-form-urlencoded",
            "encoding",
            value={"name": {"contentType": "text/csv"}},
        ),
        {"request-encoding-changed": (BREAKS, ("FORM",))},
        {"request-encoding-changed": (BREAKS, ("FORM",))},
    ),
    "schema of a body": Row(
        drop(*ADDED, "requestBody", "content", "application/x-www-form-urlencoded", "schema"),
        {"request-type-changed": (HOLDS, ("FORM",)), "request-property-removed": (BREAKS, ("FORM",))},
        {"request-type-changed": (BREAKS, ("FORM",)), "request-property-added": (HOLDS, ("FORM",))},
    ),
    "refusal": Row(
        drop(*LISTED, "responses", "400"),
        {"response-status-removed": (HOLDS, ("REFUSED", "CODE"))},
        {"response-status-added": (HOLDS, ("REFUSED", "CODE"))},
    ),
    "success": Row(
        put(*LISTED, "responses", "200", value={"description": "All"}),
        {
            "response-media-type-removed": (BREAKS, ("LIST", "PAGE", "TRACE", "HEADER", "CSV")),
            "response-header-removed": (BREAKS, ("HEADER",)),
        },
        {
            "response-media-type-added": (HOLDS, ("LIST", "PAGE", "TRACE", "HEADER", "CSV")),
            "response-header-added": (HOLDS, ("HEADER",)),
        },
    ),
    "new success": Row(
        put(*LISTED, "responses", "206", value={"description": "Some"}),
        {"response-status-added": (HOLDS, ("PAGE", "TRACE", "HEADER", "CSV"))},
        {"response-status-removed": (BREAKS, ("PAGE", "TRACE", "HEADER", "CSV"))},
    ),
    "another success": Row(
        move(*ADDED, "responses", "201", to="200"),
        {"response-status-changed": (BREAKS, ("ADD", "FORM", "CLEANS"))},
        {"response-status-changed": (BREAKS, ("ADD", "FORM", "CLEANS"))},
    ),
    "class of statuses": Row(
        move(*LISTED, "responses", "400", to="4XX"),
        {},
        {
            "response-status-removed": (HOLDS, ("REFUSED", "CODE")),
            "response-status-added": (HOLDS, ("REFUSED", "CODE")),
        },
    ),
    "media type of an answer": Row(
        drop(*LISTED, "responses", "200", "content", "text/csv"),
        {"response-media-type-removed": (BREAKS, ("CSV",))},
        {"response-media-type-added": (HOLDS, ("CSV",))},
    ),
    "another media type of an answer": Row(
        move(*LISTED, "responses", "200", "content", "text/csv", to="text/tab-separated-values"),
        {"response-media-type-changed": (BREAKS, ("CSV",))},
        {"response-media-type-changed": (BREAKS, ("CSV",))},
    ),
    "parameter of a media type": Row(
        move(*LISTED, "responses", "200", "content", "text/csv", to="text/csv; charset=utf-8"),
        {"response-media-type-changed": (HOLDS, ("CSV",))},
        {"response-media-type-changed": (HOLDS, ("CSV",))},
    ),
    "range of media types": Row(
        move(*LISTED, "responses", "200", "content", "text/csv", to="text/*"),
        {"response-media-type-changed": (BREAKS, ("CSV",))},
        {"response-media-type-changed": (HOLDS, ("CSV",))},
    ),
    "header": Row(
        drop(*LISTED, "responses", "200", "headers", "X-Total"),
        {"response-header-removed": (BREAKS, ("HEADER",))},
        {"response-header-added": (HOLDS, ("HEADER",))},
    ),
    "required header": Row(
        put(*LISTED, "responses", "200", "headers", "X-Total", "required", value=True),
        {"response-header-became-required": (HOLDS, ("HEADER",))},
        {"response-header-became-optional": (BREAKS, ("HEADER",))},
    ),
    "type of a header": Row(
        put(*LISTED, "responses", "200", "headers", "X-Total", "schema", value=TEXT),
        {"response-header-type-changed": (BREAKS, ("HEADER",))},
        {"response-header-type-changed": (BREAKS, ("HEADER",))},
    ),
    "another credential": Row(
        put(*ONE, "get", "security", value=[{"token": []}]),
        {"security-changed": (BREAKS, ("GET",))},
        {"security-changed": (BREAKS, ("GET",))},
    ),
    "one more way in": Row(
        put(*ONE, "get", "security", value=[{"key": []}, {"token": []}]),
        {"security-relaxed": (HOLDS, ("GET",))},
        {"security-changed": (BREAKS, ("GET",))},
    ),
    "one more credential": Row(
        put(*ONE, "get", "security", value=[{"key": [], "token": []}]),
        {"security-changed": (BREAKS, ("GET",))},
        {"security-relaxed": (HOLDS, ("GET",))},
    ),
    "public": Row(
        put(*ONE, "get", "security", value=[]),
        {"security-relaxed": (HOLDS, ("GET",))},
        {"security-changed": (BREAKS, ("GET",))},
    ),
    "scheme": Row(
        put("components", "securitySchemes", "key", "name", value="X-Api-Key"),
        {"security-scheme-changed": (BREAKS, ALL)},
        {"security-scheme-changed": (BREAKS, ALL)},
    ),
    "callback": Row(
        drop(*ADDED, "callbacks"), {"callback-removed": (BREAKS, ADDING)}, {"callback-added": (HOLDS, ADDING)}
    ),
    "body of a callback": Row(
        put(
            *(*ADDED, "callbacks", "added", "{$request.body#/url}", "post", "requestBody"),
            value={"required": True, "content": {"application/json": {"schema": PET}}},
        ),
        {"required-request-body-added": (HOLDS, ADDING)},
        {"request-body-removed": (BREAKS, ADDING)},
    ),
    "webhook": Row(drop("webhooks", "petAdded"), {"webhook-removed": (BREAKS, ())}, {"webhook-added": (HOLDS, ())}),
    "what a webhook sends": Row(
        put(
            *("webhooks", "petAdded", "post", "requestBody", "content", "application/json", "schema"),
            value={"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": ["string", "null"]}}},
        ),
        {"request-became-nullable": (BREAKS, ())},
        {"request-became-not-nullable": (HOLDS, ())},
    ),
    "base path": Row(
        put("servers", 0, "url", value="https://pets.example/v2"),
        {"servers-changed": (BREAKS, ALL)},
        {"servers-changed": (BREAKS, ALL)},
    ),
    "one more base path": Row(
        lambda document: document["servers"].append({"url": "https://pets.example/v2"}),
        {"server-added": (HOLDS, ALL)},
        {"servers-changed": (BREAKS, ALL)},
    ),
    "own servers": Row(
        put(*ONE, "get", "servers", value=[{"url": "https://one.example"}]),
        {"operation-servers-changed": (BREAKS, ("GET",))},
        {"operation-servers-changed": (BREAKS, ("GET",))},
    ),
    "success rule": Row(
        put(*LISTED, "x-success", value={"type": "array"}),
        {"operation-success-rule-added": (BREAKS, LISTING)},
        {"operation-success-rule-removed": (HOLDS, LISTING)},
    ),
    "success rule of the path": Row(
        put("paths", "/pets", "x-success", value={}),
        {"operation-success-rule-added": (BREAKS, (*LISTING, *ADDING))},
        {"operation-success-rule-removed": (HOLDS, (*LISTING, *ADDING))},
    ),
    "success rule of the document": Row(
        put("x-success", value={}),
        {"operation-success-rule-added": (BREAKS, (*LISTING, *ADDING))},
        {"operation-success-rule-removed": (HOLDS, (*LISTING, *ADDING))},
    ),
    "another success rule": Row(
        put(*ONE, "get", "x-success", value={"required": ["id"]}),
        {"operation-success-rule-changed": (BREAKS, ("GET",))},
        {"operation-success-rule-changed": (BREAKS, ("GET",))},
    ),
    "place of the error code": Row(
        put(*LISTED, "x-error-code", value="/code"),
        {"operation-error-code-added": (HOLDS, ("CODE",))},
        {"operation-error-code-removed": (BREAKS, ("CODE",))},
    ),
    "another place of the error code": Row(
        put(*ONE, "get", "x-error-code", value="/code"),
        {"operation-error-code-changed": (BREAKS, ())},
        {"operation-error-code-changed": (BREAKS, ())},
    ),
    "effect": Row(
        put(*ONE, "get", "x-effect", value="write"),
        {"operation-effect-changed": (BREAKS, ("GET",))},
        {"operation-effect-changed": (HOLDS, ("GET",))},
    ),
    "effect that the method has": Row(put(*ADDED, "x-effect", value="write"), {}, {}),
    "refuted": Row(
        both(put(*ONE, "get", "x-evidence", value="refuted"), put(*ONE, "get", "x-instead", value="listPets")),
        {"operation-evidence-changed": (BREAKS, ("GET",)), "operation-instead-added": (HOLDS, ("GET",))},
        {"operation-evidence-changed": (HOLDS, ("GET",)), "operation-instead-removed": (HOLDS, ("GET",))},
    ),
    "paging": Row(
        put(*LISTED, "x-paging", value={"in": "query", "name": "page"}),
        {"operation-paging-added": (HOLDS, ())},
        {"operation-paging-removed": (BREAKS, ())},
    ),
    "source": Row(put(*ONE, "get", "x-source", value={"document": "a.md"}), {}, {}),
    "foreign extension": Row(put(*ONE, "get", "x-vendor", value=1), {}, {}),
    "personal": Row(
        put("components", "schemas", "Pet", "properties", "name", "x-pii", value="name"),
        {
            "request-pii-changed": (HOLDS, ("ADD", "FORM", "CLEANS")),
            "response-pii-changed": (HOLDS, ("LIST", "GET")),
        },
        {
            "request-pii-changed": (HOLDS, ("ADD", "FORM", "CLEANS")),
            "response-pii-changed": (HOLDS, ("LIST", "GET")),
        },
    ),
    "personal parameter": Row(
        put(*LISTED, "parameters", 0, "x-pii", value="name"),
        {"parameter-pii-changed": (HOLDS, ("PAGE",))},
        {"parameter-pii-changed": (HOLDS, ("PAGE",))},
    ),
    "link": Row(
        drop(*ADDED, "responses", "201", "links"),
        {"response-link-removed": (BREAKS, ())},
        {"response-link-added": (HOLDS, ())},
    ),
    "where a link leads": Row(
        put(*LINK, "operationId", value="removePet"),
        {"response-link-changed": (BREAKS, ())},
        {"response-link-changed": (BREAKS, ())},
    ),
    "what a link gives": Row(
        put(*LINK, "parameters", "id", value="$response.body#/number"),
        {"response-link-changed": (BREAKS, ())},
        {"response-link-changed": (BREAKS, ())},
    ),
    "what a link removes": Row(
        put(*LINK, "x-gone", value=True),
        {"response-link-changed": (BREAKS, ())},
        {"response-link-changed": (BREAKS, ())},
    ),
    "words of a link": Row(put(*LINK, "description", value="The new one"), {}, {}),
    "another name of where a link leads": Row(
        both(drop(*LINK, "operationId"), put(*LINK, "operationRef", value="#/paths/~1pets~1{id}/get")), {}, {}
    ),
    "read-only": Row(
        put("components", "schemas", "Pet", "properties", "id", "readOnly", value=True),
        {"request-property-became-read-only": (BREAKS, ()), "response-property-became-read-only": (HOLDS, ("CLEANS",))},
        {
            "request-property-became-not-read-only": (HOLDS, ()),
            "response-property-became-not-read-only": (HOLDS, ("CLEANS",)),
        },
    ),
    "write-only": Row(
        put("components", "schemas", "Pet", "properties", "name", "writeOnly", value=True),
        {
            "request-property-became-write-only": (HOLDS, ("ADD", "FORM", "CLEANS")),
            "response-property-became-write-only": (BREAKS, ("LIST", "GET")),
        },
        {
            "request-property-became-not-write-only": (HOLDS, ("ADD", "FORM", "CLEANS")),
            "response-property-became-not-write-only": (HOLDS, ("LIST", "GET")),
        },
    ),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return open_project(tmp_path_factory.mktemp("project"), build(), pets=CONTRACT)


@pytest.mark.parametrize("name", vary(ROWS, everywhere="operation"))
def test_change_of_an_operation_is_classed_and_names_who_uses_it(tmp_path: Path, project: Project, name: str) -> None:
    row, document = ROWS[name], build()
    row.edit(document)
    old, new = project.specs["shop"], read_document(tmp_path, "new", document)
    is_webhook = "webhook" in name

    there, back = compare(project, old, new), compare(project, new, old)

    assert summarise(there, is_webhook=is_webhook) == sort_users(row.there)
    assert summarise(back, is_webhook=is_webhook) == sort_users(row.back)


def summarise(impact: Impact, *, is_webhook: bool) -> Told:
    """Return what is told of the operations, or of the webhooks; each kind once, in whichever message it is."""
    told: Told = {}
    for each in impact.affected:
        if each.change.operation.startswith("webhook:") is is_webhook:
            breaks, users = told.get(each.change.kind, (each.change.is_breaking, ()))
            assert breaks is each.change.is_breaking
            told[each.change.kind] = (breaks, tuple({*users, *each.scenarios}))
    return sort_users(told)


def sort_users(told: Told) -> Told:
    return {kind: (breaks, tuple(sorted(users))) for kind, (breaks, users) in told.items()}
