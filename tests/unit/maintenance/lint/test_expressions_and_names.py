"""What expressions ask of captures, and names in bodies, are compared with the schemas of the spec."""

from pathlib import Path

import pytest

from helpers.small_projects import FILES, SPEC, check

CONTRACT = """\
contract: orders
spec: shop
source: {document: handbook.md}
scenarios:
  - id: "1"
    title: Captures
    steps:
      - operation: listOrders
        parameters: {region: north}
        capture: {all: $.data, ids: "$.data[*].id", first: "$.data[0]"}
      - {operation: createOrder, body: {sku: "x STEP", quantity: 1}}
      - {operation: createOrder, body: {sku: "${ids[0]} ${first.id} ${all[0].id}", quantity: 1}}
  - id: "2"
    title: Needs
    needs: {listed: "1"}
    steps: [{operation: createOrder, body: {sku: "NEED", quantity: 1}}]
"""


def find_problems(folder: Path, contract: str, spec: str = SPEC) -> list[str]:
    files = {**FILES, "contracts/orders.yaml": contract, "spec.yaml": spec}
    own = (each for each in check(folder, files) if each.location.path == "contracts/orders.yaml")
    return [f"{each.location.line}: {each.message}; {each.hint}".removesuffix("; ") for each in own]


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("${all[0].customer.name}", ""),
        ("${all[-1].undescribed}", ""),
        ("${ids[0]+1}", ""),
        ("${first.price+0.5}", ""),
        ("${first.items[0].sku:integer}", ""),
        (
            "${all[0].custmer}",
            "listOrders never answers with $.data[0].custmer: the spec describes no 'custmer' in $.data[0]; Did you "
            "mean 'customer'?",
        ),
        (
            "${first.customer.phone}",
            "listOrders never answers with $.data[0].customer.phone: $.data[0].customer has no property 'phone'; "
            "known: name, email",
        ),
        (
            "${first.price.sum}",
            "listOrders never answers with $.data[0].price.sum: $.data[0].price is a number, not an object",
        ),
        ("${first.id+1h}", "listOrders never gives what ${first.id+1h} asks for: $.data[0].id is an integer"),
        ("${ids[0]:%d.%m.%Y}", "listOrders never gives what ${ids[0]:%d.%m.%Y} asks for: $.data[*].id is an integer"),
        ("${all+1}", "listOrders never gives what ${all+1} asks for: $.data is a list"),
    ],
)
def test_what_no_answer_has_is_told(tmp_path: Path, expression: str, problem: str) -> None:
    found = find_problems(tmp_path, CONTRACT.replace("STEP", expression).replace(' "NEED"', " a"))

    assert found == ([f"11: {problem}"] if problem else [])


def test_captures_of_a_needed_scenario_are_known_too(tmp_path: Path) -> None:
    contract = CONTRACT.replace("STEP", "a").replace(
        "NEED", "${listed.first.prise} ${listed.ids[0]+1h} ${listed.ids[0]+1}"
    )

    assert find_problems(tmp_path, contract) == [
        "16: listOrders never answers with $.data[0].prise: the spec describes no 'prise' in $.data[0]; Did you mean "
        "'price'?",
        "16: listOrders never gives what ${listed.ids[0]+1h} asks for: $.data[*].id is an integer",
    ]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("{sku: a, quantity: 1, notes: {any: 5}, lines: [{amount: 1}]}", ""),
        ("{sku: a, quantity: 1, something: 5}", ""),
        ("{sku: a, quantity: 1, no_tes: {}}", "the body: the spec describes no 'no_tes' in $; Did you mean 'notes'?"),
        (
            "{sku: a, quantity: 1, lines: [{}, {amuont: 1}]}",
            "the body: the spec describes no 'amuont' in $.lines[1]; Did you mean 'amount'?",
        ),
    ],
)
def test_a_misspelt_name_in_a_body_that_may_have_more_is_told(tmp_path: Path, body: str, problem: str) -> None:
    spec = SPEC.replace(
        "      additionalProperties: false\n      properties:\n",
        "      properties:\n        notes: {type: object}\n        lines: {items: {properties: {amount: {}}}}\n",
        1,
    )
    contract = CONTRACT.replace('{sku: "x STEP", quantity: 1}', body).replace("NEED", "a")

    found = find_problems(tmp_path, contract, spec)

    assert found == ([f"11: {problem}"] if problem else [])
