"""Operations as the document describes them."""

import json
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.errors import SourceLocation
from contracts_runner.model.spec import (
    AnswerPlace,
    Effect,
    Encoding,
    Evidence,
    Header,
    Operation,
    Paging,
    PagingStyle,
    SecurityScheme,
    Source,
    Style,
    Total,
    TotalUnit,
)
from contracts_runner.openapi.spec import Spec
from helpers.specs import MAIN, load_document, make_answer, make_document, read_spec

OK = {"200": {"description": "Fine"}}


def load_operation(folder: Path, operation: dict[str, Any], *, method: str = "get", **parts: Any) -> Operation:
    """Load a document with one operation on /things; `item` adds fields of its path."""
    item = {**parts.pop("item", {}), method: {"operationId": "it", "responses": OK, **operation}}
    return load_document(folder, make_document(paths={"/things": item}, **parts)).operations["it"]


SHOP = {
    "openapi.yaml": """\
        openapi: 3.1.0
        info: {title: Shop, version: "1"}
        x-success: {required: [data]}
        x-error-code: /code
        security: [{token: []}]
        paths:
          /orders:
            $ref: paths/orders.yaml
          /health:
            get:
              responses:
                200: {description: Fine}
        components:
          securitySchemes:
            token: {type: http, scheme: Bearer}
            key: {type: apiKey, in: query, name: api_key}
        """,
    "paths/orders.yaml": """\
        parameters:
          - {name: page, in: query, schema: {type: integer}}
          - {name: X-Trace, in: header, schema: {type: string}}
        get:
          operationId: listOrders
          deprecated: true
          x-effect: write
          x-evidence: observed
          x-source: {document: manual, section: "6.1"}
          x-paging: {in: query, name: page, total: $.paging.total}
          parameters:
            - {name: page, in: query, required: true, style: pipeDelimited, schema: {type: array}}
          security: [{}, {token: [], key: []}]
          responses:
            "200":
              description: Orders
              headers:
                X-Total: {required: true, schema: {type: integer}}
                Content-Type: {schema: {type: string}}
              content:
                Application/JSON; charset=utf-8: {schema: {$ref: ../schemas/order.yaml}}
                text/csv: {}
            4XX: {description: Refused}
        post:
          operationId: createOrder
          x-instead: listOrders
          requestBody:
            required: true
            content:
              application/json: {schema: {$ref: ../schemas/order.yaml}}
          responses: {default: {description: Any}}
        """,
    "schemas/order.yaml": "type: object\n",
}


@pytest.fixture
def shop(tmp_path: Path) -> Spec:
    spec, problems = read_spec(tmp_path, SHOP)
    assert spec is not None, problems
    return spec


def test_operations_come_in_the_order_of_the_document(shop: Spec) -> None:
    assert list(shop.operations) == ["listOrders", "createOrder", "GET /health"]


def test_operation_knows_its_method_path_and_line(shop: Spec) -> None:
    operation = shop.operations["createOrder"]

    assert (operation.spec, operation.method, operation.path) == ("api", "POST", "/orders")
    assert operation.location == SourceLocation("paths/orders.yaml", 24)


def test_extensions_are_typed(shop: Spec) -> None:
    operation = shop.operations["listOrders"]

    assert operation.effect is Effect.WRITE
    assert operation.evidence is Evidence.OBSERVED
    assert operation.source == Source(document="manual", section="6.1")
    assert operation.paging == Paging(placement="query", name="page", total=Total(path="$.paging.total"))
    assert operation.is_deprecated
    assert shop.operations["createOrder"].instead == "listOrders"


def test_parameters_of_the_path_are_overridden_by_those_of_the_operation(shop: Spec) -> None:
    page, trace = shop.operations["listOrders"].parameters

    assert (page.name, page.is_required, page.style, page.explode) == ("page", True, "pipeDelimited", False)
    assert page.location == SourceLocation("paths/orders.yaml", 12)
    assert (trace.name, trace.placement, trace.style, trace.is_required) == ("X-Trace", "header", "simple", False)
    assert shop.schemas.check_request(trace.pointer, 1) != []


def test_defaults_of_a_query_parameter(shop: Spec) -> None:
    page = shop.operations["createOrder"].parameters[0]

    assert (page.style, page.explode, page.is_required) == ("form", True, False)


def test_response_has_its_schemas_headers_and_line(shop: Spec) -> None:
    response = shop.operations["listOrders"].responses["200"]

    assert list(response.schemas) == ["Application/JSON; charset=utf-8", "text/csv"]
    assert response.schemas["text/csv"] == ""
    assert shop.schemas.check_response(response.schemas["Application/JSON; charset=utf-8"], []) != []
    assert [(header.name, header.is_required) for header in response.headers] == [("X-Total", True)]
    assert response.location == SourceLocation("paths/orders.yaml", 15)


def test_responses_are_keyed_as_declared(shop: Spec) -> None:
    assert list(shop.operations["listOrders"].responses) == ["200", "4XX"]
    assert list(shop.operations["createOrder"].responses) == ["default"]
    assert list(shop.operations["GET /health"].responses) == ["200"]


def test_request_body_has_its_schemas(shop: Spec) -> None:
    body = shop.operations["createOrder"].body

    assert body is not None
    assert body.is_required
    assert shop.schemas.check_request(body.schemas["application/json"], "text") != []
    assert shop.operations["listOrders"].body is None


def test_security_is_the_operations_own_or_the_documents(shop: Spec) -> None:
    assert shop.operations["listOrders"].security == ((), ("token", "key"))
    assert shop.operations["createOrder"].security == (("token",),)


def test_security_schemes_are_typed(shop: Spec) -> None:
    assert shop.security_schemes == {
        "token": SecurityScheme(name="token", type="http", scheme="bearer"),
        "key": SecurityScheme(name="key", type="apiKey", placement="query", parameter="api_key"),
    }


def test_files_are_hashed_by_their_names_in_the_project(shop: Spec) -> None:
    assert sorted(shop.files) == ["openapi.yaml", "paths/orders.yaml", "schemas/order.yaml"]
    assert len(shop.sha256) == 64


def test_pointer_is_located(shop: Spec) -> None:
    pointer = shop.operations["listOrders"].responses["200"].schemas["Application/JSON; charset=utf-8"]

    assert shop.locate(pointer) == SourceLocation("paths/orders.yaml", 21)


@pytest.mark.parametrize("name", ["listOrders", "GET /orders", "get /orders"])
def test_operation_is_found_by_id_or_by_method_and_path(shop: Spec, name: str) -> None:
    assert shop.find_operation(name) is shop.operations["listOrders"]


@pytest.mark.parametrize("name", ["listorders", "GET /orders/", "GET", "PUT /orders", ""])
def test_unknown_operation_is_not_found(shop: Spec, name: str) -> None:
    assert shop.find_operation(name) is None


@pytest.mark.parametrize(
    ("method", "effect"),
    [
        *(("get", Effect.READ), ("head", Effect.READ), ("options", Effect.READ), ("trace", Effect.READ)),
        *(("post", Effect.WRITE), ("put", Effect.WRITE), ("patch", Effect.WRITE), ("delete", Effect.WRITE)),
    ],
)
def test_effect_follows_from_the_method(tmp_path: Path, method: str, effect: Effect) -> None:
    assert load_operation(tmp_path, {}, method=method).effect is effect


@pytest.mark.parametrize(
    ("document", "item", "operation", "nearest"),
    [
        (1, 2, 3, 3),
        (1, 2, None, 2),
        (1, None, None, 1),
        (None, None, None, None),
    ],
)
def test_nearest_success_rule_and_error_code_win(
    tmp_path: Path, document: int | None, item: int | None, operation: int | None, nearest: int | None
) -> None:
    def make_rules(level: int | None) -> dict[str, Any]:
        return {} if level is None else {"x-success": {"minProperties": level}, "x-error-code": f"/{level}"}

    loaded = load_operation(tmp_path, make_rules(operation), item=make_rules(item), **make_rules(document))

    assert loaded.success == (None if nearest is None else {"minProperties": nearest})
    assert loaded.error_code == (None if nearest is None else f"/{nearest}")


@pytest.mark.parametrize(
    ("extension", "changes"),
    [
        ({"total": "$.n"}, {"total": Total(path="$.n")}),
        ({"total": {"header": "X-Total-Count"}}, {"total": Total(header="X-Total-Count")}),
        ({"total": {"pages": "$.p"}}, {"total": Total(unit=TotalUnit.PAGES, path="$.p")}),
        ({"total": {"pages": {"header": "X-P"}}}, {"total": Total(unit=TotalUnit.PAGES, header="X-P")}),
        ({"total": "$.n", "style": "page", "start": 0}, {"total": Total(path="$.n"), "first": 0}),
        ({"style": "offset"}, {"style": PagingStyle.OFFSET, "first": 0}),
        ({"style": "offset", "start": 1, "more": "$.m"}, {"style": PagingStyle.OFFSET, "first": 1, "more": "$.m"}),
        (
            {"style": "cursor", "next": {"header": "X-Next"}},
            {"style": PagingStyle.CURSOR, "first": None, "next": AnswerPlace(header="X-Next")},
        ),
        (
            {"total": "$.n", "size": {"name": "per_page", "value": 100}},
            {"total": Total(path="$.n"), "size": ("per_page", 100)},
        ),
    ],
)
def test_paging_is_typed(tmp_path: Path, extension: dict[str, Any], changes: dict[str, Any]) -> None:
    operation = load_operation(tmp_path, {"x-paging": {"in": "query", "name": "p", **extension}})

    assert operation.paging == Paging(placement="query", name="p", **changes)


def test_paging_by_links_sends_nothing_of_its_own(tmp_path: Path) -> None:
    operation = load_operation(tmp_path, {"x-paging": {"style": "link", "next": "$.next"}})

    assert operation.paging == Paging(style=PagingStyle.LINK, first=None, next=AnswerPlace(path="$.next"))


def test_effect_evidence_source_and_paging_come_from_the_path_too(tmp_path: Path) -> None:
    item = {
        "x-effect": "write",
        "x-evidence": "unknown",
        "x-source": {"document": "d"},
        "x-paging": {"page": {"in": "body", "name": "p"}, "total": "$.n"},
    }

    operation = load_operation(tmp_path, {"x-evidence": "refuted"}, item=item)

    assert (operation.effect, operation.evidence) == (Effect.WRITE, Evidence.REFUTED)
    assert operation.source == Source(document="d")
    assert operation.paging == Paging(placement="body", name="p", total=Total(path="$.n"))


def test_success_rule_of_another_file_has_its_references_rewritten(tmp_path: Path) -> None:
    item = {"get": {"operationId": "it", "x-success": {"$ref": "rules.yaml#/ok"}, "responses": OK}}
    files = {
        MAIN: make_document(paths={"/a": {"$ref": "a.yaml"}}),
        "a.yaml": item,
        "rules.yaml": {"ok": {"minimum": 3}},
    }

    spec, problems = read_spec(tmp_path, files)

    assert spec is not None, problems
    assert spec.schemas.check_inline(spec.operations["it"].success, 2) != []
    assert spec.schemas.check_inline(spec.operations["it"].success, 3) == []


def test_response_parameter_and_header_are_followed_through_references(tmp_path: Path) -> None:
    components = {
        "responses": {"R": make_answer({"type": "integer"}, headers={"X-A": {"$ref": "#/components/headers/H"}})},
        "headers": {"H": {"required": True, "schema": {"type": "integer"}}},
        "parameters": {
            "P": {"name": "p", "in": "query", "content": {"application/json": {"schema": {"type": "null"}}}}
        },
        "requestBodies": {"B": {"content": {"application/json": {"schema": {"type": "boolean"}}}}},
    }
    operation = load_operation(
        tmp_path,
        {
            "parameters": [{"$ref": "#/components/parameters/P"}],
            "requestBody": {"$ref": "#/components/requestBodies/B"},
            "responses": {"200": {"$ref": "#/components/responses/R"}},
        },
        components=components,
    )

    response = operation.responses["200"]
    assert response.headers == (Header(name="X-A", is_required=True, pointer="/components/headers/H/schema"),)
    assert response.schemas == {"application/json": "/components/responses/R/content/application~1json/schema"}
    assert operation.parameters[0].pointer == "/components/parameters/P/content/application~1json/schema"
    assert operation.body is not None
    assert operation.body.schemas == {
        "application/json": "/components/requestBodies/B/content/application~1json/schema"
    }


@pytest.mark.parametrize("version", ["3.0.0", "3.0.4", "3.1.0", "3.1.1"])
def test_both_versions_are_loaded(tmp_path: Path, version: str) -> None:
    spec = load_document(tmp_path, make_document(version, paths={"/a": {"get": {"responses": OK}}}))

    assert spec.version == version
    assert list(spec.operations) == ["GET /a"]


def test_json_document_is_loaded_with_lines(tmp_path: Path) -> None:
    spec, _ = read_spec(tmp_path, {"openapi.json": make_document(paths={"/a": {"get": {"responses": OK}}})})

    assert spec is not None
    assert spec.operations["GET /a"].location == SourceLocation("openapi.json", 9)


def test_bundle_of_a_spec_satisfies_the_validator_of_properties(shop: Spec) -> None:
    from openapi_spec_validator import OpenAPIV31SpecValidator

    assert list(OpenAPIV31SpecValidator(dict(shop.document)).iter_errors()) == []


ENCODED = {
    "/a": {
        "post": {
            "operationId": "a",
            "parameters": [
                {"name": "q", "in": "query", "allowReserved": True, "schema": {"type": "string"}},
                {"name": "j", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}},
            ],
            "requestBody": {
                "content": {
                    media_type: {
                        "schema": {"type": "object"},
                        "encoding": {
                            "deep": {"style": "deepObject", "contentType": "text/plain"},
                            "list": {"explode": False},
                            "kept": {"allowReserved": True},
                            "meta": {
                                "contentType": "application/vnd.acme+json",
                                "headers": {
                                    "X-Const": {"schema": {"const": "c"}},
                                    "X-Enum": {"schema": {"enum": [1]}},
                                    "X-Needed": {"required": True, "schema": {"type": "string"}},
                                    "X-Free": {"schema": {"type": "string"}},
                                    "Content-Type": {"required": True, "schema": {"type": "string"}},
                                },
                            },
                        },
                    }
                    for media_type in ("application/x-www-form-urlencoded; charset=utf-8", "multipart/form-data")
                }
            },
            "responses": {"200": {"description": "done"}},
        }
    }
}


@pytest.mark.parametrize(("version", "is_styled"), [("3.1.0", True), ("3.0.3", False)])
def test_encodings_of_forms_are_read(tmp_path: Path, version: str, is_styled: bool) -> None:
    document = json.loads(json.dumps(ENCODED).replace('{"const": "c"}', '{"enum": ["c"]}'))
    operation = load_document(tmp_path, make_document(version, paths=document)).operations["a"]

    assert operation.body is not None
    form, multipart = operation.body.encodings.values()
    assert form["deep"] == Encoding(media_type="text/plain", style=Style.DEEP_OBJECT, explode=False)
    assert form["list"] == Encoding(style=Style.FORM, explode=False)
    assert form["kept"] == Encoding(style=Style.FORM, explode=True, is_reserved_allowed=True)
    assert multipart["deep"].style is (Style.DEEP_OBJECT if is_styled else None)
    headers = {"X-Const": "c", "X-Enum": 1, "X-Needed": None}
    assert (multipart["meta"].media_type, multipart["meta"].headers) == ("application/vnd.acme+json", headers)


def test_a_parameter_says_whether_it_has_content_and_reserved_characters(tmp_path: Path) -> None:
    plain, content = load_document(tmp_path, make_document(paths=ENCODED)).operations["a"].parameters

    assert (plain.is_reserved_allowed, plain.media_type) == (True, "")
    assert (content.is_reserved_allowed, content.media_type) == (False, "application/json")
    assert content.pointer.endswith("/content/application~1json/schema")


@pytest.mark.parametrize(
    ("own", "item", "servers", "base_url", "unmapped"),
    [
        ([], [], {}, "http://base", ""),
        (["https://a"], [], {"https://a": "http://1"}, "http://1", ""),
        ([], ["https://a"], {"https://a": "http://1"}, "http://1", ""),
        (["https://b"], ["https://a"], {"https://a": "http://1", "https://b": "http://2"}, "http://2", ""),
        (["https://a", "https://b"], [], {"https://b": "http://2"}, "http://2", ""),
        (["https://{region}.a/v2"], [], {"https://{region}.a/v2": "http://1/v9"}, "http://1/v9", ""),
        (["https://a"], [], {}, "", "is served at https://a, which the environment 'here' does not map"),
        (["https://b"], ["https://a"], {"https://a": "http://1"}, "", "is served at https://b, which"),
        (["https://a", "/b"], [], {"https://c": "http://1"}, "", "is served at https://a or /b, which"),
    ],
)
def test_own_servers_are_used_by_name(
    tmp_path: Path, own: list[str], item: list[str], servers: dict[str, str], base_url: str, unmapped: str
) -> None:
    own_servers, item_servers = ({"servers": [{"url": url} for url in urls]} if urls else {} for urls in (own, item))
    paths = {"/a": {**item_servers, "get": {"operationId": "it", "responses": OK, **own_servers}}}
    document = make_document(paths=paths, servers=[{"url": "https://document"}])

    operation = load_document(tmp_path, document).place("http://base", servers, "here").operations["it"]

    assert operation.base_url == base_url
    assert operation.unmapped.startswith(unmapped)
    assert bool(operation.obstacle) is bool(unmapped)


def test_a_spec_without_a_service_of_its_own_is_where_the_environment_says(shop: Spec) -> None:
    placed = shop.place("", {"https://a": "http://1"}, "here")

    assert {operation.find_base_url("http://base/") for operation in placed.operations.values()} == {"http://base"}
    assert placed.find_operation("GET /orders") is placed.operations["listOrders"]
