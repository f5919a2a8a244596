"""`contracts impact --fix`: what follows mechanically is written into the contracts, and the rest is listed."""

from pathlib import Path

import pytest

from helpers.command import Finished, run_contracts

OLD = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    put:
      operationId: setOrder
      parameters: [{name: page, in: query, schema: {type: integer}}]
      requestBody:
        content:
          application/json: {schema: {$ref: "#/components/schemas/Order"}}
          application/xml: {schema: {}}
      responses:
        "200":
          description: The order
          content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}
  /orders:
    get:
      responses:
        "200":
          description: Orders
          content:
            application/json:
              schema: {type: object, properties: {data: {type: array, items: {$ref: "#/components/schemas/Order"}}}}
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {responses: {"200": {description: A}}}
  /gone: {get: {operationId: gone, responses: {"200": {description: Gone}}}}
components:
  schemas:
    Order:
      type: object
      properties:
        seat_id: {type: string}
        total: {type: number}
"""
NEW = (
    OLD.replace("setOrder", "putOrder")
    .replace("{id}", "{order_id}")
    .replace("name: id", "name: order_id")
    .replace("name: page", "name: 'page[no]'")
    .replace("application/xml", "text/xml")
    .replace('"200":\n          description: The order', '"202":\n          description: The order')
    .replace("seat_id", "seatId")
    .replace("  /gone: {get: {operationId: gone,", "  /other: {get: {operationId: other,")
)
SETTINGS = """\
version: 1
specs: {shop: shop.yaml}
environments: {test: {base_url: "https://shop.example.com"}}
"""
BEFORE = """\
contract: orders   # Заказы
spec: shop
x-expected: &expected
  status: 200      # it is set
scenarios:
  - id: SET
    title: "Заказ: ёж"
    steps:
      - name: set
        operation: setOrder
        parameters: {id: 1, "query:page": 2}   # the first
        body:
          seat_id: A-1   # a seat
          total: 5
        expect:
          <<: *expected
          body:
            $.seat_id: A-1
            "$['seat_id']": {type: string}
            $: {properties: {seat_id: {type: string}}, required: [seat_id, 'total']}
          relations:
            - equal: {this: $.seat_id, to: "$['seat_id']"}
        capture:
          seat: $.seat_id
          other: {path: "$.seat_id", take: first}
          whole: $
      - {operation: GET /orders, expect: {body: {'$.data[?@.seat_id == "A"].seat_id': [A]}}}
      - {operation: setOrder, parameters: {id: "${whole.seat_id}", page: 3}, media_type: application/xml, body: <a/>}
    cleanup:
      - operation: setOrder
        parameters: {id: 1}
        expect: {<<: *expected}
  - {id: PATH, title: By path, steps: [{operation: "GET /things/{id}", parameters: {id: 1}}]}
  - {id: GONE, title: Gone, steps: [{operation: gone}]}
"""
AFTER = (
    BEFORE.replace("setOrder", "putOrder")
    .replace("{id: 1", "{order_id: 1")
    .replace('{id: "$', '{order_id: "$')
    .replace("query:page", "query:page[no]")
    .replace("page: 3", "'page[no]': 3")
    .replace("/things/{id}", "/things/{order_id}")
    .replace("application/xml", "text/xml")
    .replace("status: 200", "status: 202")
    .replace("seat_id", "seatId")
    .replace("${whole.seatId}", "${whole.seat_id}")
)
WAREHOUSE = """\
warehouse: shop
tables:
  orders:
    columns: {seat: String, total: Float64}
    checks:
      - id: W.1
        reconcile:
          operation: GET /orders
          rows: "$.data[?@.seat_id != 'x']"
          key: $.seat_id
          column: seat
          compare: {seat: $.seat_id}
"""


@pytest.fixture
def fixed(tmp_path: Path) -> tuple[Path, Finished]:
    files = {
        "contracts.yaml": SETTINGS,
        "shop.yaml": NEW,
        "old.yaml": OLD,
        "contracts/orders.yaml": BEFORE,
        "contracts/tables.yaml": WAREHOUSE,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path, run_contracts("impact", "old.yaml", "--fix", cwd=tmp_path)


def test_new_names_are_written_where_the_old_ones_were(fixed: tuple[Path, Finished]) -> None:
    folder, _ = fixed

    assert (folder / "contracts/orders.yaml").read_text(encoding="utf-8") == AFTER
    assert (folder / "contracts/tables.yaml").read_text(encoding="utf-8") == WAREHOUSE.replace("seat_id", "seatId")


def test_what_needs_a_person_is_listed(fixed: tuple[Path, Finished]) -> None:
    _, done = fixed

    assert done.code == 1
    assert [line for line in done.stderr.splitlines() if not line.startswith("warning: ")] == [
        "contracts/orders.yaml: 23 places changed",
        "contracts/tables.yaml: 3 places changed",
        # `${whole.seat_id}` names a member of a captured value.
        "by hand: SET: setOrder: the answer 202: $.seat_id is called 'seatId' now",
        "by hand: GONE: gone: GET /gone is removed",
    ]


def test_line_ends_stay(fixed: tuple[Path, Finished]) -> None:
    folder, _ = fixed
    (folder / "contracts/orders.yaml").write_bytes(BEFORE.replace("\n", "\r\n").encode())

    run_contracts("impact", "old.yaml", "--fix", cwd=folder)

    assert (folder / "contracts/orders.yaml").read_bytes() == AFTER.replace("\n", "\r\n").encode()


def test_nothing_is_written_a_second_time(fixed: tuple[Path, Finished]) -> None:
    folder, _ = fixed

    again = run_contracts("impact", "old.yaml", "--fix", cwd=folder)

    assert "changed" not in again.stderr
    assert (folder / "contracts/orders.yaml").read_text(encoding="utf-8") == AFTER
