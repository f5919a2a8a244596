"""Who uses a field: exactly those scenarios and checks are named when it goes."""

import copy
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.maintenance.impact.contract_edits import fix_contracts
from contracts_runner.maintenance.impact.impact import Impact
from contracts_runner.project.project import Project
from helpers.impacts import compare, open_project, read_document
from helpers.specs import make_answer, make_document

TEXT: Any = {"type": "string"}
NUMBER: Any = {"type": "number"}

CONTRACT = """\
contract: orders
spec: shop
scenarios:
  - {id: EQUAL, title: One, steps: [{operation: getOrder, expect: {body: {$.number: "7"}}}]}
  - id: SCHEMA
    title: One
    steps: [{operation: getOrder, expect: {body: {$.buyer: {type: object, required: [name]}}}}]
  - {id: ROOT, title: One, steps: [{operation: getOrder, expect: {body: {$: {properties: {status: {const: new}}}}}}]}
  - {id: LIST, title: One, steps: [{operation: getOrder, expect: {body: {"$.items[*].sku": [A]}}}]}
  - {id: EACH, title: One, steps: [{operation: getOrder, expect: {body: {"$.items[*]": {items: {required: [sku]}}}}}]}
  - {id: FILTER, title: One, steps: [{operation: getOrder, expect: {body: {"$.items[?@.price > 1].sku": [A]}}}]}
  - {id: DEEP, title: One, steps: [{operation: getOrder, expect: {body: {"$..email": [a]}}}]}
  - {id: WHOLE, title: One, steps: [{operation: getOrder, expect: {body: {"$.items": []}}}]}
  - id: SORTED
    title: One
    steps: [{operation: getOrder, expect: {relations: [{sorted: {this: "$.items[*].price", order: ascending}}]}}]
  - id: COUNTS
    title: One
    steps: [{operation: getOrder, expect: {relations: [{count: {this: "$.items[*]", is: 1}}]}}]
  - id: EVERY
    title: One
    steps: [{operation: getOrder, expect: {relations: [{every: {this: "$.items[*]", is: {required: [sku]}}}]}}]
  - {id: OTHER, title: One, steps: [{operation: getOrder, expect: {relations: [{equal: {this: 1, to: $.number}}]}}]}
  - id: CAPTURE
    title: One
    steps:
      - {operation: getOrder, capture: {number: $.number, buyer: $.buyer}}
      - {operation: createOrder, body: {note: "${buyer.email}"}}
  - id: BARE
    title: One
    steps:
      - {operation: getOrder, capture: {buyer: $.buyer}}
      - {operation: createOrder, body: {note: "${buyer}"}}
  - {id: IN, title: One, steps: [{operation: getOrder, in: {prod: {expect: {body: {$.total: 1}}}}}]}
  - {id: PROBE, title: One, steps: [{operation: createOrder, body: {note: a}, probe: {body: {items: [{sku: B}]}}}]}
  - id: CLEANUP
    title: One
    steps: [{operation: ping}]
    cleanup: [{operation: getOrder, expect: {body: {$.total: 1}}}]
  - id: GIVES-UP
    title: One
    steps: [{operation: getOrder, retry: {until: expect, every: 1s, for: 2s, give_up: {$.status: failed}}}]
  - {id: NEEDS, title: One, needs: {o: CAPTURE}, steps: [{operation: ping, headers: {X-N: "${o.number}"}}]}
  - {id: REFUSED, title: One, steps: [{operation: getOrder, expect: {status: 404, body: {$.why: a}}}]}
  - {id: SENDS, title: One, steps: [{operation: createOrder, body: {buyer: {name: Ann}, items: [{sku: A, count: 1}]}}]}
  - {id: FILE, title: One, steps: [{operation: createOrder, body_file: data/order.json}]}
  - {id: UNKNOWN, title: One, steps: [{operation: createOrder, body: "${everything}"}]}
  - id: ROWS
    title: One
    each: [{name: a, note: A}, {name: b, note: B}]
    steps: [{operation: createOrder, body: {note: "${row.note}"}}]
  - {id: SECRET, title: One, steps: [{operation: ping, auth: session}]}
  - {id: LOGIN, title: One, steps: [{operation: login, capture: {token: $.token, until: $.until}}]}
"""
WAREHOUSE = """\
warehouse: shop
tables:
  orders:
    columns: {id: String, total: Float64}
    checks:
      - id: W.1
        reconcile:
          operation: listOrders
          rows: "$.data[?@.paid == true]"
          key: $.id
          column: id
          compare: {total: $.total}
          within: 2h
          for_each: {operation: listShops, rows: $.shops, parameters: {shop: $.id}}
"""
SETTINGS = """\
version: 1
specs: {shop: shop.json}
environments:
  test:
    base_url: "https://shop.example.com"
    writes: allow
    variables: {everything: {}}
    credentials: {session: {from: LOGIN, value: "${token}"}}
  prod: {base_url: "https://shop.example.com", writes: allow, variables: {everything: {}}, credentials: {session: a}}
"""


def obj(**properties: Any) -> Any:
    return {"type": "object", "properties": properties}


def list_of(**properties: Any) -> Any:
    return {"type": "array", "items": obj(**properties)}


ORDER = obj(
    number=TEXT,
    status=TEXT,
    total=NUMBER,
    unused=TEXT,
    buyer=obj(name=TEXT, email=TEXT),
    items=list_of(sku=TEXT, price=NUMBER),
)
SENT = obj(note=TEXT, unused=TEXT, buyer=obj(name=TEXT, email=TEXT), items=list_of(sku=TEXT, count=NUMBER))
SESSION: Any = [{"session": []}]


def read(name: str, schema: Any, **parts: Any) -> dict[str, Any]:
    return {"operationId": name, "responses": {"200": make_answer(schema)}, **parts}


DOCUMENT = make_document(
    paths={
        "/order": {
            "get": {
                "operationId": "getOrder",
                "responses": {"200": make_answer(ORDER), "404": make_answer(obj(why=TEXT))},
            },
            "post": {
                "operationId": "createOrder",
                "requestBody": {"content": {"application/json": {"schema": SENT}}},
                "responses": {"200": make_answer(obj(id=TEXT))},
            },
        },
        "/orders": {
            "get": read(
                "listOrders",
                obj(data=list_of(id=TEXT, total=NUMBER, paid={"type": "boolean"}, city=TEXT), count=NUMBER),
                parameters=[{"name": name, "in": "query", "schema": TEXT} for name in ("shop", "page", "city")],
                **{"x-paging": {"in": "query", "name": "page", "total": "$.count"}},
            )
        },
        "/shops": {"get": read("listShops", obj(shops=list_of(id=TEXT, city=TEXT)))},
        "/ping": {"get": read("ping", obj(pong=TEXT), security=SESSION)},
        "/login": {"post": read("login", obj(token=TEXT, until=TEXT))},
    },
    components={"securitySchemes": {"session": {"type": "http", "scheme": "bearer"}}},
)
ANSWER = ("responses", "200", "content", "application/json", "schema")
BODY = ("requestBody", "content", "application/json", "schema")

# Operation and the way to a property -> who uses it.
USERS: dict[tuple[str, str, str], str] = {
    ("getOrder", "answer", "number"): "EQUAL OTHER CAPTURE NEEDS",
    ("getOrder", "answer", "status"): "ROOT GIVES-UP",
    ("getOrder", "answer", "total"): "IN CLEANUP",
    ("getOrder", "answer", "unused"): "",
    ("getOrder", "answer", "buyer"): "SCHEMA DEEP CAPTURE BARE",
    ("getOrder", "answer", "buyer name"): "SCHEMA BARE",
    ("getOrder", "answer", "buyer email"): "DEEP CAPTURE BARE",
    ("getOrder", "answer", "items"): "LIST EACH FILTER WHOLE SORTED COUNTS EVERY",
    ("getOrder", "answer", "items sku"): "LIST EACH FILTER WHOLE EVERY",
    ("getOrder", "answer", "items price"): "FILTER WHOLE SORTED",
    ("getOrder", "refusal", "why"): "REFUSED",
    ("createOrder", "body", "note"): "CAPTURE BARE PROBE UNKNOWN ROWS",
    ("createOrder", "body", "unused"): "UNKNOWN",
    ("createOrder", "body", "buyer"): "SENDS FILE UNKNOWN",
    ("createOrder", "body", "buyer name"): "SENDS UNKNOWN",
    ("createOrder", "body", "buyer email"): "FILE UNKNOWN",
    ("createOrder", "body", "items"): "PROBE SENDS UNKNOWN",
    ("createOrder", "body", "items sku"): "PROBE SENDS UNKNOWN",
    ("createOrder", "body", "items count"): "SENDS UNKNOWN",
    ("listOrders", "answer", "data"): "W.1",
    ("listOrders", "answer", "data id"): "W.1",
    ("listOrders", "answer", "data total"): "W.1",
    ("listOrders", "answer", "data paid"): "W.1",
    ("listOrders", "answer", "data city"): "",
    ("listOrders", "answer", "count"): "W.1",
    ("listShops", "answer", "shops id"): "W.1",
    ("listShops", "answer", "shops city"): "",
    ("login", "answer", "token"): "SECRET LOGIN CLEANUP NEEDS",
    ("login", "answer", "until"): "LOGIN",
}
PARAMETERS = {"shop": "W.1", "page": "W.1", "city": ""}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("project")
    files = {"data/order.json": '{"buyer": {"email": "user@example.com"}}', "contracts.yaml": SETTINGS}
    return open_project(folder, DOCUMENT, files, orders=CONTRACT, tables=WAREHOUSE)


@pytest.fixture(scope="module")
def changed(project: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, str], Impact]:
    """Return what is told when one property of each message goes: those of the first level, then those below."""
    impacts = {}
    for depth in (1, 2):
        group = [key for key in USERS if len(key[2].split()) == depth]
        document = copy.deepcopy(DOCUMENT)
        operations = {each["operationId"]: each for item in document["paths"].values() for each in item.values()}
        for operation, message, way in group:
            way_in = {"body": BODY, "answer": ANSWER, "refusal": ("responses", "404", *ANSWER[2:])}[message]
            schema = operations[operation]
            for part in way_in:
                schema = schema[part]
            *holders, name = way.split()
            for holder in holders:
                schema = schema["properties"][holder]
                schema = schema.get("items", schema)
            schema["properties"].pop(name)
        new = read_document(tmp_path_factory.mktemp("new"), "new", document)
        impacts |= dict.fromkeys(group, compare(project, project.specs["shop"], new))
    return impacts


@pytest.mark.parametrize(("operation", "message", "way"), USERS)
def test_who_uses_a_property_is_named(
    changed: dict[tuple[str, str, str], Impact], operation: str, message: str, way: str
) -> None:
    impact = changed[operation, message, way]
    subject = {"body": "the request body", "answer": "the answer 200", "refusal": "the answer 404"}[message]
    place = "".join(
        f".{name}" + ("[*]" if name in ("items", "data", "shops") and name != way.split()[-1] else "")
        for name in way.split()
    )

    found = [
        each
        for each in impact.affected
        if each.change.operation == operation and each.change.message == f"{subject}: ${place} is removed"
    ]

    assert [set(each.scenarios) for each in found] == [set(USERS[operation, message, way].split())]


@pytest.mark.parametrize("name", PARAMETERS)
def test_who_asks_with_a_parameter_is_named(project: Project, tmp_path: Path, name: str) -> None:
    document = copy.deepcopy(DOCUMENT)
    parameters = document["paths"]["/orders"]["get"]["parameters"]
    parameters[:] = [each for each in parameters if each["name"] != name]

    impact = compare(project, project.specs["shop"], read_document(tmp_path, "new", document))

    assert [(each.change.kind, each.scenarios) for each in impact.affected] == [
        ("parameter-removed", tuple(PARAMETERS[name].split()))
    ]


def test_one_that_shares_a_schema_is_not_named_for_what_became_of_the_other(project: Project, tmp_path: Path) -> None:
    """The name of the buyer and that of the order have one schema; only the former has another one now."""
    shared = {"components": {"schemas": {"Name": TEXT, "Short": {**TEXT, "maxLength": 5}}}}
    old, new = (copy.deepcopy(DOCUMENT) | shared for _ in range(2))
    for document, number in ((old, "Name"), (new, "Short")):
        order = document["paths"]["/order"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        order["properties"]["number"] = {"$ref": f"#/components/schemas/{number}"}
        order["properties"]["status"] = {"$ref": "#/components/schemas/Name"}

    impact = compare(project, read_document(tmp_path, "old", old), read_document(tmp_path, "new", new))

    assert [set(each.scenarios) for each in impact.affected] == [{"EQUAL", "OTHER", "CAPTURE", "NEEDS"}]


NAMING = """\
contract: naming
spec: shop
scenarios:
  - {id: TABLE, title: One, each: [{name: a}, {name: b}], steps: [{operation: ping}]}
properties:
  known:
    - {operation: ping, check: not_a_server_error, because: It is so., until: 2099-01-01}
    - {operation: "pin?", check: ignored_auth, because: It is so., until: 2099-01-01}
    - {operation: listOrders, check: ignored_auth, because: It is so., until: 2099-01-01}
"""
GENERATING = """\
version: 1
specs: {shop: shop.json}
environments:
  test: {base_url: "https://shop.example.com", credentials: {session: a}, properties: {operations: [ping, listShops]}}
  prod: {base_url: "https://shop.example.com", credentials: {session: a}, properties: {operations: read}}
"""


def test_findings_environments_and_rows_of_tables_are_named_and_names_are_mended(tmp_path: Path) -> None:
    project = open_project(tmp_path / "project", DOCUMENT, {"contracts.yaml": GENERATING}, naming=NAMING)
    document = copy.deepcopy(DOCUMENT)
    document["paths"]["/ping"]["get"]["operationId"] = "pingShop"
    document["paths"]["/orders"]["get"]["deprecated"] = True

    impact = compare(project, project.specs["shop"], read_document(tmp_path, "new", document))
    fixes = fix_contracts(impact, project.root)

    assert {each.change.kind: impact.list_ids(each) for each in impact.affected} == {
        "operation-id-changed": [
            *("TABLE[a]", "TABLE[b]", "ping:not_a_server_error", "pin?:ignored_auth", "environment test")
        ],
        "operation-deprecated": ["listOrders:ignored_auth"],
    }
    assert fixes.files == {"contracts/naming.yaml": 2, "contracts.yaml": 1}
    assert "operations: [pingShop, listShops]" in (project.root / "contracts.yaml").read_text(encoding="utf-8")
    assert [line.partition(":")[0] for line in fixes.left] == ["pin?"]


def test_a_check_that_reads_a_listing_is_named_for_another_way_from_page_to_page(
    project: Project, tmp_path: Path
) -> None:
    document = copy.deepcopy(DOCUMENT)
    document["paths"]["/orders"]["get"]["x-paging"]["start"] = 0

    impact = compare(project, project.specs["shop"], read_document(tmp_path, "new", document))

    assert [(each.change.kind, each.change.is_breaking, each.scenarios) for each in impact.affected] == [
        ("operation-paging-changed", True, ("W.1",))
    ]
