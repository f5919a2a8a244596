"""Typos are told in their line, nine of ten with the word that was meant: one table over all that authors write."""

from pathlib import Path

import pytest

from helpers.small_projects import SPEC, check
from helpers.typos import Typo, find_untold, mean

SETTINGS = """\
version: 1
specs: {shop: spec.yaml}
contracts: contracts
default_environment: test
functions: shop_functions
environments:
  test:
    base_url: https://test.example.com
    credentials: {shopKey: $SHOP_KEY}
    variables: {region: north, user: {name: Ann}, number: {from: $NUMBER, type: integer}}
    writes: allow
    redaction: full
    jobs: 2
    rate_limit: 2/s
    patience: 20s
    limits: {connect: 5s, body: 32MiB}
    properties: {operations: read, max_examples: 5}
  prod:
    base_url: https://shop.example.com
    credentials: {shopKey: $SHOP_KEY}
    variables: {region: north, user: {name: Ann}, number: 5}
"""
FUNCTIONS = "def seal(text: str) -> str:\n    return text\n"
CONTRACT = """\
contract: orders
title: Orders
spec: shop
source: {document: handbook.md}
tags: [orders]
variables: {sku: "A-${random.8}"}
scenarios:
  - id: first
    title: What is listed can be read
    steps:
      - name: list
        operation: listOrders
        parameters: {page: "${number}", region: "${region}"}
        auth: shopKey
        expect:
          status: 200
          success: true
          media_type: application/json
          headers: {X-Name: "${user.name}"}
          latency: 3s
          body:
            $.total: {type: integer, minimum: 1}
            $.data[0]: {type: object, required: [customer]}
            $.data[?@.price > 5].customer.name: [Ann]
          relations:
            - unique: {this: "$.data[*].id"}
            - sorted: {this: "$.data[*].price", order: descending}
        capture: {order: "$.data[0].id", all: $.data}
        retry: {until: expect, every: 500ms, for: 10s}
      - name: read
        operation: getOrder
        parameters: {id: "${order}"}
        expect:
          body: {$.data.id: "${order:integer}", $.data.items: "${all}", $.data.state: {enum: [new]}}
        in:
          prod: {expect: {status: 2xx}}
  - id: second
    title: An order is made and removed
    needs: {listed: first}
    steps:
      - name: make
        operation: createOrder
        body:
          sku: "${seal(sku)} ${now@Europe/Moscow:%H:%M} ${listed.order}"
          quantity: 1
        expect: {status: 201}
        capture: {made: $.data.id}
        probe: {body: {sku: none, quantity: 1}, expect: {error: NO_STOCK}}
      - {name: other, operation: getOrder, parameters: {id: "${made}"}, expect: {body: {$: {format: date-time}}}}
    cleanup:
      - {operation: removeOrder, parameters: {id: "${made+1}"}, expect: {status: 204}}
    known:
      - environments: [test]
        observed: {status: 404, media_type: text/html}
        because: Only the old document has this path.
        instead: first
        until: 2026-12-31
"""
WAREHOUSE = """\
warehouse: shop
tables:
  orders:
    checks:
      - id: W.1
        not_null: [order_id]
      - id: W.2
        freshness: {column: made_at, within: 48h}
      - {id: W.3, reconcile: {operation: listRegions, rows: "$.data[*]", key: $.name, column: region}}
"""
FILES = {
    "contracts.yaml": SETTINGS,
    "spec.yaml": SPEC,
    "shop_functions.py": FUNCTIONS,
    "contracts/orders.yaml": CONTRACT,
    "contracts/warehouse.yaml": WAREHOUSE,
}
VARIABLES = {"SHOP_KEY": "very-secret-key-1", "NUMBER": "5"}


S, C, W = "contracts.yaml", "contracts/orders.yaml", "contracts/warehouse.yaml"
TYPOS = [
    # Keys
    Typo(S, "specs:", "spec:", mean("specs")),
    Typo(S, "contracts: c", "contract: c", mean("contracts")),
    Typo(S, "environments:", "enviroments:", mean("environments")),
    Typo(S, "{shop: spec.yaml}", "{shop: spc.yaml}", mean("spec.yaml")),
    Typo(S, "contracts: contracts", "contracts: contrcts", mean("contracts")),
    Typo(S, "base_url: https://test", "base_ulr: https://test", mean("base_url")),
    Typo(S, "    writes:", "    write:", mean("writes")),
    Typo(S, "connect:", "conect:", mean("connect")),
    Typo(S, "max_examples: 5", "max_exmaples: 5", mean("max_examples")),
    Typo(C, "contract:", "contarct:", mean("contract")),
    Typo(C, "scenarios:", "scenarois:", mean("scenarios")),
    Typo(C, "needs:", "need:", mean("needs")),
    Typo(C, "        parameters: {page", "        params: {page", mean("parameters")),
    Typo(C, "operation: listOrders", "operaton: listOrders", mean("operation")),
    Typo(C, "        expect:\n          status: 200", "        expects:\n          status: 200", mean("expect")),
    Typo(C, "media_type: app", "mediatype: app", mean("media_type")),
    Typo(C, "success: true", "sucess: true", mean("success")),
    Typo(C, "capture: {order", "captures: {order", mean("capture")),
    Typo(C, "cleanup:", "clean_up:", mean("cleanup")),
    Typo(C, "retry:", "retries:", mean("retry")),
    Typo(C, "{until: expect", "{untill: expect", mean("until")),
    Typo(C, "because:", "becuase:", mean("because")),
    Typo(C, "relations:", "relation:", mean("relations")),
    Typo(C, "- unique:", "- uniqe:", mean("unique")),
    Typo(C, "minimum: 1", "minimun: 1", mean("minimum")),
    Typo(W, "not_null:", "notnull:", mean("not_null")),
    Typo(W, "within:", "witihn:", mean("within")),
    # Words and units
    Typo(S, "writes: allow", "writes: alow", mean("allow")),
    Typo(S, "redaction: full", "redaction: ful", mean("full")),
    Typo(S, "type: integer", "type: interger", mean("integer")),
    Typo(S, "2/s", "2/sec", "such as 2/s"),
    Typo(S, "patience: 20s", "patience: 20sec", "with ms, s, m, h or d"),
    Typo(S, "32MiB", "32Mb", "B, KiB, MiB or GiB"),
    Typo(S, "operations: read", "operations: raed", mean("read")),
    Typo(C, "latency: 3s", "latency: 3 sec", "with ms, s, m, h or d"),
    Typo(C, "every: 500ms", "every: 500msec", "with ms, s, m, h or d"),
    Typo(C, "order: descending", "order: desc", "known: ascending, descending"),
    Typo(C, "{type: integer", "{type: interger", mean("integer")),
    Typo(C, "format: date-time", "format: datetime", mean("date-time")),
    Typo(C, "until: 2026-12-31", "until: 2026-31-12", ""),
    Typo(C, "status: 2xx", "status: 2x", "such as 2xx"),
    Typo(C, "status: 201", "status: 210", "declared: 201"),
    Typo(C, "media_type: application/json", "media_type: aplication/json", "declared: application/json"),
    Typo(C, "error: NO_STOCK", "error: NO_STOK", mean("NO_STOCK")),
    # Names
    Typo(S, "default_environment: test", "default_environment: tset", mean("test")),
    Typo(S, "functions: shop_functions", "functions: shop_function", mean("shop_functions")),
    Typo(C, "spec: shop", "spec: shpo", mean("shop")),
    Typo(C, "operation: createOrder", "operation: creatOrder", mean("createOrder")),
    Typo(C, 'region: "${region}"', 'regoin: "${region}"', mean("region")),
    Typo(C, 'parameters: {id: "${order}"}', 'parameters: {Id: "${order}"}', mean("id")),
    Typo(C, "auth: shopKey", "auth: shopkey", mean("shopKey")),
    Typo(C, "prod: {expect", "prd: {expect", mean("prod")),
    Typo(C, "needs: {listed: first}", "needs: {listed: fisrt}", mean("first")),
    Typo(C, "environments: [test]", "environments: [tets]", mean("test")),
    Typo(C, "instead: first", "instead: firts", mean("first")),
    Typo(C, "sku: none, quantity", "skuu: none, quantity", "the required property 'sku'"),
    Typo(W, "operation: listRegions", "operation: lstRegions", mean("listRegions")),
    Typo(W, "warehouse: shop", "warehouse: shopp", mean("shop")),
    # Expressions
    Typo(C, 'region: "${region}"', 'region: "${regoin}"', mean("region")),
    Typo(C, "${user.name}", "${user.nmae}", mean("name")),
    Typo(C, "${order:integer}", "${order:int}", mean("integer")),
    Typo(C, "${listed.order}", "${listed.ordr}", mean("order")),
    Typo(C, 'parameters: {id: "${made}"}', 'parameters: {id: "{{made}}"}', mean("${made}")),
    Typo(C, "${made+1}", "${made + 1}", "write ${made+1}"),
    Typo(C, "environments: [test]", "environments: [test", "a bracket that opens here is not closed"),
    Typo(C, "auth: shopKey", "auth: nonee", mean("none")),
    Typo(C, "${seal(sku)}", "$sku", mean("${sku}")),
    Typo(C, "${seal(sku)}", "${sael(sku)}", mean("seal")),
    Typo(C, "${seal(sku)}", "${seal(sku, sku)}", "seal takes text"),
    Typo(C, "${now@Europe", "${nwo@Europe", mean("now")),
    Typo(C, "Europe/Moscow", "Europe/Moskow", mean("Europe/Moscow")),
    Typo(C, ":%H:%M}", ":%H:%i}", "%M"),
    Typo(C, "${random.8}", "${random8}", mean("random")),
    Typo(C, "${made+1}", "${made+1hr}", "known: s, m, h, d"),
    # Paths
    Typo(C, "$.total:", "$.totla:", mean("total")),
    Typo(C, "[?@.price", "[?@.prise", mean("price")),
    Typo(C, '"$.data[0].id"', '"$.daat[0].id"', mean("data")),
    Typo(C, "${order}", "${all[0].prise}", mean("price")),
    Typo(C, "${listed.order}", "${listed.all[0].custmer.name}", mean("customer")),
    Typo(C, "all: $.data}", "all: data}", "$.data"),
    Typo(C, "required: [customer]", "required: [custmer]", mean("customer")),
    Typo(C, "enum: [new]", "enum: [nwe]", 'not one of "new"'),
    # YAML
    Typo(C, 'parameters: {id: "${order}"}', "parameters: {id: ${order}}", '"${order}"'),
    Typo(C, '${listed.order}"', "${listed.order}", "a quotation mark that opens here is not closed"),
    Typo(C, 'id: "${made}"', 'id: "${made"', "write ${made}"),
    Typo(C, "title: An order is", "title: An order: it is", ""),
    Typo(C, "          status: 200", "\t  status: 200", ""),
    Typo(C, "title: Orders", "title:Orders", "title: Orders"),
]


@pytest.mark.thorough
def test_each_typo_is_told_once_in_its_line_and_nine_of_ten_with_what_was_meant(tmp_path: Path) -> None:
    assert check(tmp_path / "right", FILES, variables=VARIABLES) == ()
    untold, unmeant, repeated = find_untold(tmp_path, FILES, TYPOS, VARIABLES)

    assert untold == []
    # A schema tells both of a property: that it is unknown, and that another one is missing.
    assert [typo.wrong for typo in repeated] == ["skuu: none, quantity"]
    assert len(TYPOS) >= 80
    assert len(unmeant) * 10 <= len(TYPOS), unmeant
