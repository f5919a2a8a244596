"""What is said of a request whose route a service does not have."""

from pathlib import Path
from typing import Any

import pytest

from contracts_runner.engine.missing_routes import explain_missing
from contracts_runner.engine.outgoing import find_operation
from contracts_runner.engine.success import judge
from contracts_runner.model.contract import Expectation
from contracts_runner.openapi.spec import Spec
from helpers.answers import make_response
from helpers.contracts import make_scenario, make_step
from helpers.engine import reply, run_scenario
from helpers.specs import load_document, make_answer, make_document

GET: Any = {"responses": {"200": {"description": "-"}}}
IDENT: Any = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]}


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    paths = {
        "/api/v2/events/{id}": {**IDENT, "put": GET, "get": GET},
        "/api/v2/orders": {"get": GET, "post": GET},
        "/api/v1/orders": {"get": GET},
        "/api/v2/clients/": {"get": GET},
        "/api/v2/found": {"get": {"responses": {"200": {"description": "-"}, "404": make_answer({"type": "object"})}}},
        "/api/v2/seats": {"get": {**GET, "x-error-code": "/code"}},
    }
    servers = [{"url": "https://{host}/base", "variables": {"host": {"default": "shop.example"}}}]
    return load_document(tmp_path_factory.mktemp("spec"), make_document(paths=paths, servers=servers))


HTML: Any = {"body": b"<h1>Not Found</h1>", "status": 404, "media_type": "text/html"}
HERE = "https://shop.example/base"
NEAR = "no such route; the document has PUT /events/{id}"


@pytest.mark.parametrize(
    ("name", "base", "answer", "told"),
    [
        ("POST /api/v2/events/7", HERE, HTML, "the document has PUT /api/v2/events/{id} or GET /api/v2/events/{id}"),
        ("PUT /api/v2/events/7/", HERE, HTML, "the document has PUT /api/v2/events/{id} or GET /api/v2/events/{id}"),
        ("GET /api/v2/clients", HERE, HTML, "the document has GET /api/v2/clients/"),
        ("PUT /api/v3/events/7", HERE, HTML, "the document has PUT /api/v2/events/{id} or GET /api/v2/events/{id}"),
        ("GET /events/7", HERE, HTML, "the document has GET /api/v2/events/{id} or PUT /api/v2/events/{id}"),
        ("GET /api/v2/order", HERE, HTML, "the document has GET /api/v2/orders or POST /api/v2/orders"),
        ("DELETE /api/v2/orders", HERE, {"status": 405}, "the document has GET /api/v2/orders or POST /api/v2/orders"),
        ("GET /api/v1/orders", HERE, HTML, "the document has GET /api/v2/orders"),
        ("POST /api/v2/orders", "https://shop.example", HTML, "the document is served at https://shop.example/base"),
        (
            "POST /api/v2/orders",
            "https://other.example/base",
            HTML,
            "the document is served at https://shop.example/base",
        ),
        ("POST /api/v2/orders", "https://other.example/base", {"status": 404}, ""),
        ("POST /api/v2/orders", HERE, HTML, ""),
        ("GET /api/v2/found", HERE, {"status": 404, "body": {}}, ""),
        ("GET /api/v2/found", "https://shop.example", HTML, "the document is served at https://shop.example/base"),
        ("GET /api/v2/seats", "https://shop.example", {"status": 404, "body": {"code": "NO_SEAT"}}, ""),
        ("GET /something/else/at/all", HERE, HTML, ""),
        ("POST /api/v2/events/7", HERE, {"status": 500}, ""),
    ],
)
def test_the_nearest_of_the_document_is_named(spec: Spec, name: str, base: str, answer: Any, told: str) -> None:
    operation = find_operation({"api": spec}, make_step(operation=name, spec="api"))
    response = make_response(**answer)

    why = explain_missing(
        spec,
        operation,
        base + operation.path.replace("{id}", "7"),
        judge(operation, spec, response, depth=200),
        is_simulated=False,
    )

    assert why == (f"no such route; {told}" if told else "")


@pytest.mark.parametrize(
    ("expect", "checks"),
    [
        (Expectation(status=((200, 200),)), [("status", f"status 404, expected 200: {NEAR}")]),
        (Expectation(), [("success", f"expected success, status 404: {NEAR}")]),
        (Expectation(status=((404, 404),)), []),
    ],
    ids=["status", "success", "expected"],
)
def test_the_check_that_failed_says_it(tmp_path: Path, expect: Expectation, checks: list[tuple[str, str]]) -> None:
    spec = load_document(tmp_path, make_document(paths={"/events/{id}": {**IDENT, "put": GET}}))
    scenario = make_scenario("1.1", make_step("POST /events/7", expect=expect))

    ran = run_scenario(spec, scenario, lambda _: reply(404, "Not Found", media_type="text/html"))

    assert ran.find_checks("failed") == checks
