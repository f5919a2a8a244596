"""A small project without any problem, in which tests plant their mistakes."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

from contracts_runner.errors import Problem
from contracts_runner.maintenance.lint.project_check import check_project
from contracts_runner.run.mistakes import find_all_mistakes, find_generated

TODAY = date(2026, 1, 15)

SETTINGS = """\
version: 1
specs: {shop: spec.yaml}
contracts: contracts
default_environment: test
environments:
  test:
    base_url: https://test.example.com
    credentials: {shopKey: $SHOP_KEY}
    variables: {order: 7, region: $REGION}
    writes: allow
  prod:
    base_url: https://shop.example.com
    credentials: {shopKey: $SHOP_KEY}
    variables: {order: 8, region: north}
"""

SPEC = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
security: [{shopKey: []}]
x-success: {type: object, properties: {status: {const: success}}, required: [status]}
x-error-code: /code
paths:
  /orders:
    get:
      operationId: listOrders
      x-evidence: observed
      x-source: {document: handbook.md, section: "1"}
      x-paging: {in: query, name: page, total: $.total}
      parameters:
        - {name: page, in: query, schema: {type: integer, minimum: 1}}
        - {name: region, in: query, required: true, schema: {enum: [north, south]}}
      responses:
        "200": {$ref: "#/components/responses/Orders"}
    post:
      operationId: createOrder
      x-evidence: documented
      x-source: {document: handbook.md, section: "2"}
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/OrderWrite"}}}
      responses:
        "201": {$ref: "#/components/responses/Order"}
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: getOrder
      x-evidence: documented
      x-source: {document: handbook.md, section: "3"}
      responses:
        "200": {$ref: "#/components/responses/Order"}
        "404":
          description: Unknown.
          content: {application/json: {schema: {$ref: "#/components/schemas/NotFound"}}}
    delete:
      operationId: removeOrder
      x-evidence: documented
      x-source: {document: handbook.md, section: "4"}
      responses: {"204": {description: Removed.}}
  /legacy:
    get:
      operationId: legacyOrders
      x-evidence: refuted
      x-instead: listOrders
      x-source: {document: old.md, section: "9"}
      responses: {"404": {description: No such path., content: {text/html: {}}}}
  /regions:
    post:
      operationId: listRegions
      x-effect: read
      x-evidence: documented
      x-source: {document: handbook.md, section: "5"}
      responses:
        "200":
          description: Regions.
          content: {application/json: {schema: {$ref: "#/components/schemas/RegionList"}}}
components:
  securitySchemes:
    shopKey: {type: http, scheme: bearer}
  responses:
    Orders:
      description: Orders, or an error.
      content:
        application/json:
          schema:
            oneOf: [{$ref: "#/components/schemas/OrderList"}, {$ref: "#/components/schemas/Failure"}]
    Order:
      description: An order, or an error.
      content:
        application/json:
          schema:
            oneOf: [{$ref: "#/components/schemas/OrderEnvelope"}, {$ref: "#/components/schemas/Failure"}]
  schemas:
    OrderWrite:
      type: object
      required: [sku, quantity]
      additionalProperties: false
      properties:
        sku: {type: string}
        quantity: {type: integer, minimum: 1}
    Order:
      type: object
      required: [id, price]
      properties:
        id: {type: integer}
        state: {enum: [new, payed, gone]}
        price: {type: number}
        customer:
          type: [object, "null"]
          additionalProperties: false
          properties: {name: {type: string}, email: {type: string}}
        items: {type: array, items: {$ref: "#/components/schemas/Item"}}
        notes: {type: object, additionalProperties: {type: string}}
    Item:
      type: object
      properties:
        sku: {type: string}
        seat: {type: array, prefixItems: [{type: integer}, {type: string}], items: false, maxItems: 2}
    OrderEnvelope:
      type: object
      required: [status, data]
      properties: {status: {const: success}, data: {$ref: "#/components/schemas/Order"}}
    OrderList:
      type: object
      required: [status, data, total]
      properties:
        status: {const: success}
        total: {type: integer}
        data: {type: array, items: {$ref: "#/components/schemas/Order"}}
    RegionList:
      type: object
      required: [status, data]
      properties:
        status: {const: success}
        data: {type: array, items: {type: object, properties: {name: {type: string}}}}
    Failure:
      type: object
      required: [status, code]
      properties: {status: {const: error}, code: {enum: [WRONG_KEY, NO_STOCK]}}
    NotFound:
      type: object
      required: [code]
      properties: {code: {const: NOT_FOUND}}
"""

CONTRACT = """\
contract: orders
title: Orders
spec: shop
source: {document: handbook.md}
scenarios:
  - id: "1"
    title: What is listed can be read
    steps:
      - name: list
        operation: listOrders
        parameters: {page: 1, region: "${region}"}
        expect:
          status: 200
          media_type: application/json
          headers: {X-Anything: {type: string}}
          body:
            $.total: {type: integer}
            $.data[*].state: {items: {enum: [new, payed]}}
            $.data[?@.price > 5].customer.name: [Anna Example]
            $.data[-1].items[0].seat[1]: "5"
            $.data[0].undescribed.at.all: 1
          relations:
            - unique: {this: "$.data[*].id"}
            - every: {this: "$.data[*].price", is: {type: number}}
        capture: {first: "$.data[0].id"}
      - name: read
        operation: getOrder
        parameters: {id: "${first}"}
        expect:
          status: 200
          body: {$.data.id: "${first}", $.data.notes.any: text}
      - name: unknown
        operation: getOrder
        parameters: {id: "${order}"}
        expect: {status: 404, error: NOT_FOUND}
        in:
          prod: {expect: {status: 2xx}}
  - id: "2"
    title: An order is made and removed
    steps:
      - name: make
        operation: createOrder
        body: {sku: A-1, quantity: 1}
        expect: {status: 201}
        capture: {made: $.data.id}
        probe: {body: {sku: none, quantity: 1}, expect: {error: NO_STOCK}}
      - name: legacy
        operation: legacyOrders
        expect: {status: 200}
    cleanup:
      - {operation: removeOrder, parameters: {id: "${made}"}, expect: {status: 204}}
    known:
      - environments: [test]
        observed: {status: 404, media_type: text/html}
        because: Only the old document has this path.
        instead: "1"
        until: 2026-12-31
"""

WAREHOUSE = """\
warehouse: shop
tables:
  orders:
    checks:
      - id: W.1
        reconcile:
          operation: listOrders
          rows: "$.data[?@.state == 'payed']"
          key: $.id
          column: order_id
          compare: {price: $.price}
          for_each: {operation: listRegions, rows: "$.data[*]", parameters: {region: $.name}}
"""

FILES = {
    "contracts.yaml": SETTINGS,
    "spec.yaml": SPEC,
    "contracts/orders.yaml": CONTRACT,
    "contracts/warehouse.yaml": WAREHOUSE,
}


def write_project(folder: Path, files: dict[str, str] | None = None) -> Path:
    """Write the project with some of its files replaced; return its folder."""
    root = folder / "project"
    for name, text in {**FILES, **(files or {})}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return root


def plant(name: str, old: str, new: str) -> dict[str, str]:
    """Return a file of the project with the one place of a text replaced."""
    text = FILES[name]
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
    return {name: text.replace(old, new)}


def find_line(text: str, part: str) -> int:
    """Return the number of the first line that holds a part."""
    return next(number for number, line in enumerate(text.splitlines(), start=1) if part in line)


def check(
    folder: Path,
    files: dict[str, str] | None = None,
    *,
    today: date = TODAY,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Problem, ...]:
    """Check the project with some of its files replaced."""
    root = write_project(folder, files)
    return check_project(
        root, today=today, find_mistakes=find_all_mistakes, find_generated=find_generated, variables=variables
    ).problems
