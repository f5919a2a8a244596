"""Scenarios as an Arazzo document: what is sent, what is expected, and what is not carried."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.maintenance.arazzo_extensions import NOT_CARRIED
from contracts_runner.maintenance.environments import read_open_environment
from contracts_runner.maintenance.exporting.arazzo_document import ArazzoWriter, render_document
from contracts_runner.project.project import load_project
from contracts_runner.reading.yaml_source import parse_yaml
from helpers.arazzo_schema import find_mistakes
from helpers.command import REPOSITORY
from helpers.small_projects import SETTINGS, SPEC, write_project

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
SCHEMES = """\
  securitySchemes:
    apiKey: {type: apiKey, in: query, name: key}
    login: {type: http, scheme: basic}
    mtls: {type: mutualTLS}
"""


def export(root: Path, environment: str = "test") -> dict[str, Any]:
    project = load_project(root)
    found, _ = read_open_environment(project.settings, environment)
    assert found is not None
    writer = ArazzoWriter(project, found, folder=root / "out", now=NOW, run_id="run")
    document = writer.write(project.scenarios)
    assert find_mistakes(document) == []
    assert parse_yaml(render_document(document, is_json=False), "a.yaml").value == document
    return document


def export_steps(tmp_path: Path, steps: str, *, more: str = "", spec: str = SPEC, settings: str = SETTINGS) -> Any:
    """Return the one workflow of a scenario with these steps; `more` are other keys of the scenario."""
    contract = f"contract: c\ntitle: C\nspec: shop\nscenarios:\n  - id: A\n    title: T\n{more}    steps:\n{steps}"
    files = {"contracts/orders.yaml": contract, "spec.yaml": spec, "contracts.yaml": settings}
    return export(write_project(tmp_path, files))["workflows"][0]


def test_a_project_is_a_document(tmp_path: Path) -> None:
    document = export(write_project(tmp_path))

    first, second = document.pop("workflows")
    assert document == {
        "arazzo": "1.0.1",
        "info": {"title": "orders", "version": "1", "x-contracts-environment": "test"},
        "sourceDescriptions": [{"name": "shop", "url": "../spec.yaml", "type": "openapi"}],
    }
    assert first["steps"][1] == {
        "stepId": "n1_read",
        "operationId": "getOrder",
        "parameters": [
            {"name": "id", "in": "path", "value": "$steps.n1_list.outputs.first"},
            {"name": "Authorization", "in": "header", "value": "Bearer {$inputs.shopKey}"},
        ],
        "successCriteria": [
            {"condition": "$statusCode == 200"},
            {"context": "$response.body", "condition": "$[?@.status == 'success']", "type": "jsonpath"},
            {"condition": "$response.body#/data/id == $steps.n1_list.outputs.first"},
            {"context": "$response.body", "condition": "$[?@.data.notes.any == 'text']", "type": "jsonpath"},
        ],
        "x-contracts-name": "read",
    }
    assert first["inputs"]["properties"] == {
        "region": {},
        "shopKey": {"type": "string", "format": "password"},
        "order": {"type": "integer", "default": 7},
    }
    assert (first["outputs"], first["x-contracts-id"]) == ({"first": "$steps.n1_list.outputs.first"}, "1")
    assert first["steps"][0][NOT_CARRIED] == [
        "body $.total: type: integer",
        "body $.data[?@.price > 5].customer.name: a list that a path has found",
        "header X-Anything",
        "unique of $.data[*].id: a comparison of lists",
    ]
    assert [step["stepId"] for step in second["steps"]] == ["n2_make", "n2_legacy", "n2_cleanup_removeOrder"]
    assert second["steps"][0]["onFailure"] == [{"name": "cleanup", "type": "goto", "stepId": "n2_cleanup_removeOrder"}]
    assert (second["x-contracts-cleanup"], second[NOT_CARRIED]) == (["n2_cleanup_removeOrder"], ["known"])


def test_the_shipped_project_is_a_valid_document_of_nearly_all_steps() -> None:
    document = export(REPOSITORY, "sandbox")

    carried = sum(len(workflow["steps"]) for workflow in document["workflows"])
    project = load_project(REPOSITORY)
    there = sum(len(scenario.steps) + len(scenario.cleanup) for scenario in project.scenarios)
    told = sum(isinstance(each, dict) for workflow in document["workflows"] for each in workflow.get(NOT_CARRIED, ()))
    assert carried > 550
    assert carried + told == there


def test_an_environment_chooses_its_variant_and_what_it_keeps_back_is_not_carried(tmp_path: Path) -> None:
    document = export(write_project(tmp_path), "prod")

    [workflow] = document["workflows"]
    unknown = workflow["steps"][2]
    assert unknown["successCriteria"][0] == {"condition": "$statusCode >= 200 && $statusCode <= 299"}
    assert [each["scenario"] for each in document[NOT_CARRIED]] == ["2"]
    assert "writes: block" in document[NOT_CARRIED][0]["because"]


@pytest.mark.parametrize(
    ("value", "wanted", "inputs"),
    [
        ("${order}", "$inputs.order", {"order": {"type": "integer", "default": 7}}),
        ("o-${order}", "o-{$inputs.order}", {"order": {"type": "integer", "default": 7}}),
        ("${order:text}", "7", {}),
        ("${env}-x", "test-x", {}),
        ("${today}", "$inputs.today_A_make", {"today_A_make": {"$comment": "x-contracts-value: ${today}"}}),
        ("$costs", "$inputs.text_1", {"text_1": {"type": "string", "default": "$costs"}}),
        ("a {b} c", "$inputs.text_1", {"text_1": {"type": "string", "default": "a {b} c"}}),
        ("a $5 $${x}", "$inputs.text_1", {"text_1": {"type": "string", "default": "a $5 ${x}"}}),
        ("plain", "plain", {}),
    ],
)
def test_a_value_is_an_expression_or_an_input(tmp_path: Path, value: str, wanted: str, inputs: Any) -> None:
    steps = f'      - {{name: make, operation: createOrder, body: {{sku: "{value}", quantity: 1}}, auth: none}}\n'

    workflow = export_steps(tmp_path, steps)

    found = workflow.get("inputs", {}).get("properties", {})
    assert workflow["steps"][0]["requestBody"] == {
        "contentType": "application/json",
        "payload": {"sku": wanted, "quantity": 1},
    }
    assert found.keys() == inputs.keys()
    assert all(wanted.items() <= found[name].items() for name, wanted in inputs.items())


def test_a_secret_of_a_variable_is_never_in_the_document(tmp_path: Path) -> None:
    settings = SETTINGS.replace("variables: {order: 7,", "variables: {order: 7, api_token: very-secret-1234,")
    values = ("${api_token}", "a ${api_token}", "${held}", "${api_token:base64}", "${held:sha256}")
    scenarios = "".join(
        f"  - id: A{number}\n    title: T\n    steps:\n"
        f'      - {{name: make, operation: createOrder, body: {{sku: "{value}", quantity: 1}}}}\n'
        for number, value in enumerate(values)
    )
    contract = f'contract: c\ntitle: C\nspec: shop\nvariables: {{held: "x-${{api_token}}"}}\nscenarios:\n{scenarios}'

    document = export(write_project(tmp_path, {"contracts/orders.yaml": contract, "contracts.yaml": settings}))

    skus = [workflow["steps"][0]["requestBody"]["payload"]["sku"] for workflow in document["workflows"]]
    assert skus == ["$inputs.api_token", "a {$inputs.api_token}", "$inputs.held"]
    assert "default" not in str(document)
    assert [each["scenario"] for each in document[NOT_CARRIED]] == ["A3", "A4"]


def test_a_variable_of_the_file_is_one_input_for_all_steps(tmp_path: Path) -> None:
    steps = "".join(
        f'      - {{name: {name}, operation: createOrder, body: {{sku: "${{own}}", quantity: 1}}}}\n' for name in "ab"
    )

    head = 'contract: c\ntitle: C\nspec: shop\nvariables: {own: "${uuid}"}\nscenarios:\n'
    contract = f"{head}  - id: A\n    title: T\n    steps:\n{steps}"
    [workflow] = export(write_project(tmp_path, {"contracts/orders.yaml": contract}))["workflows"]

    own = workflow["inputs"]["properties"]["own"]
    assert (own["$comment"], len(own["default"])) == ("x-contracts-value: ${uuid}", 36)
    assert {step["requestBody"]["payload"]["sku"] for step in workflow["steps"]} == {"$inputs.own"}


@pytest.mark.parametrize(
    ("auth", "wanted"),
    [
        ("none", []),
        ("invalid", [("Authorization", "header", "Bearer contracts-invalid-credential")]),
        ('{shopKey: "${first}"}', [("Authorization", "header", "Bearer {$steps.A_list.outputs.first}")]),
    ],
)
def test_a_credential_is_a_parameter(tmp_path: Path, auth: str, wanted: list[tuple[str, str, str]]) -> None:
    steps = (
        "      - {name: list, operation: listRegions, capture: {first: $.data}}\n"
        f"      - {{name: again, operation: listRegions, auth: {auth}}}\n"
    )

    parameters = export_steps(tmp_path, steps)["steps"][1]["parameters"]

    assert [(each["name"], each["in"], each["value"]) for each in parameters] == wanted


@pytest.mark.parametrize(
    ("scheme", "wanted"),
    [
        ("apiKey", {"name": "key", "in": "query", "value": "$inputs.apiKey"}),
        ("login", {"name": "Authorization", "in": "header", "value": "Basic {$inputs.login}"}),
    ],
)
def test_a_credential_goes_where_its_scheme_wants_it(tmp_path: Path, scheme: str, wanted: Any) -> None:
    credentials = {"apiKey": "apiKey: very-secret-1234", "login": "login: {username: u, password: very-secret-1234}"}
    settings = SETTINGS.replace("shopKey: $SHOP_KEY", credentials[scheme])
    spec = SPEC.replace("[{shopKey: []}]", f"[{{{scheme}: []}}]").replace(
        "  securitySchemes:\n    shopKey: {type: http, scheme: bearer}\n", SCHEMES
    )

    workflow = export_steps(tmp_path, "      - {name: a, operation: listRegions}\n", spec=spec, settings=settings)

    assert workflow["steps"][0]["parameters"] == [wanted]
    assert "very-secret" not in str(workflow)


def test_a_needed_scenario_is_run_before_and_gives_its_outputs(tmp_path: Path) -> None:
    contract = """\
contract: c
title: C
spec: shop
scenarios:
  - id: B
    title: T
    needs: {order: A.1}
    steps: [{name: read, operation: getOrder, parameters: {id: "${order.made}"}}]
  - id: A.1
    title: T
    steps: [{name: make, operation: createOrder, body: {sku: a, quantity: 1}, capture: {made: $.data.id}}]
"""

    first, second = export(write_project(tmp_path, {"contracts/orders.yaml": contract}))["workflows"]

    assert (first["workflowId"], second["dependsOn"]) == ("A_1", ["A_1"])
    assert second["steps"][0]["parameters"][0]["value"] == "$workflows.A_1.outputs.made"


def test_a_retry_comes_before_the_cleanup(tmp_path: Path) -> None:
    steps = (
        "      - {name: wait, operation: listRegions, retry: {until: expect, every: 500ms, for: 10s}}\n"
        "    cleanup:\n      - {name: tidy, operation: listRegions}\n"
    )

    [wait, _] = export_steps(tmp_path, steps)["steps"]

    assert wait["onFailure"] == [
        {"name": "retry", "type": "retry", "retryAfter": 0.5, "retryLimit": 20},
        {"name": "cleanup", "type": "goto", "stepId": "A_cleanup_tidy"},
    ]


@pytest.mark.parametrize(
    ("step", "because"),
    [
        ('{name: b, operation: listRegions, when: {this: "${order}", is: 7}}', "`when`"),
        ('{name: b, operation: getOrder, url: "${all}"}', "`url`"),
        ('{name: b, operation: getOrder, parameters: {id: "${all}"}}', "${all} has no value"),
        ('{name: b, operation: getOrder, parameters: {id: "${one+1}"}}', "${one+1}, which changes a capture"),
        ('{name: b, operation: "GET /other"}', "GET /other, which the document does not have"),
    ],
)
def test_what_follows_a_step_that_cannot_be_said_is_not_carried_either(tmp_path: Path, step: str, because: str) -> None:
    steps = (
        '      - {name: a, operation: listRegions, capture: {all: "$.data[*].name", one: "$.data[0]"}}\n'
        f"      - {step}\n      - {{name: c, operation: listRegions}}\n"
    )

    workflow = export_steps(tmp_path, steps)

    assert [each["x-contracts-name"] for each in workflow["steps"]] == ["a"]
    assert workflow["steps"][0][NOT_CARRIED] == ["capture all: path $.data[*].name"]
    first, second = workflow[NOT_CARRIED]
    assert (first["step"], second) == ("b", {"step": "c", "because": "it follows the step 'b'"})
    assert because in first["because"]


@pytest.mark.parametrize(
    ("expect", "criteria", "lost"),
    [
        ("{status: [200, 404], success: null}", ["$statusCode == 200 || $statusCode == 404"], []),
        ("{success: false}", [], ["success: false, which is about a 2xx alone"]),
        ("{status: 200, success: false}", ["$statusCode == 200", "$[?!(@.status == 'success')]"], []),
        (
            "{status: 200, error: WRONG_KEY}",
            ["$statusCode == 200", "$[?@.code == 'WRONG_KEY']", "$[?!(@.status == 'success')]"],
            [],
        ),
        ("{status: 404, error: NOT_FOUND}", ["$statusCode == 404", "$[?@.code == 'NOT_FOUND']"], []),
        ("{status: 200, error: null}", ["$statusCode == 200", "$[?!@.code]", "$[?@.status == 'success']"], []),
        ("{status: 200, success: null, headers: {ETag: a.b}}", ["$statusCode == 200", r"^a\.b$"], []),
        ("{status: 200, success: null, headers: {ETag: {pattern: ^a}}}", ["$statusCode == 200", "^a"], []),
        (
            "{status: 200, success: null, latency: 3s, schema: false}",
            ["$statusCode == 200"],
            ["latency", "schema: false"],
        ),
        (
            "{status: 200, success: null, relations: [{count: {this: '$.data[*]', is: {minimum: 2}}}]}",
            ["$statusCode == 200", "$[?count(@.data[*]) >= 2]"],
            [],
        ),
        (
            "{status: 200, success: null, relations: [{every: {this: '$.data[*].id', is: 1}}]}",
            ["$statusCode == 200", "$[?!@.data[?@.id && !(@.id == 1)]]"],
            [],
        ),
        (
            "{status: 200, success: null, relations: [{superset: {this: '$.data[*].id', of: [1]}}]}",
            ["$statusCode == 200", "$[?@.data[?@.id == 1]]"],
            [],
        ),
        (
            "{status: 200, success: null, relations: [{equal: {this: $.total, to: '$.data[0].id'}}]}",
            ["$statusCode == 200", "$[?@.total == @.data[0].id]"],
            [],
        ),
        (
            "{status: 200, success: null, relations: [{equal: {this: $.data, to: '${one}'}}]}",
            ["$statusCode == 200"],
            ["equal of $.data: it compares with other answers"],
        ),
        (
            "{status: 200, success: null, body: {'$.data[0]': '${one}'}}",
            ["$statusCode == 200"],
            ["body $.data[0]: a comparison with what may be a list or an object"],
        ),
        ("{status: '${order}', success: null}", ["$statusCode == $inputs.order"], []),
    ],
)
def test_an_expectation_is_criteria(tmp_path: Path, expect: str, criteria: list[str], lost: list[str]) -> None:
    steps = (
        "      - {name: a, operation: listOrders, parameters: {region: north}, capture: {one: '$.data[0]'}}\n"
        f"      - {{name: b, operation: listOrders, parameters: {{region: north}}, expect: {expect}}}\n"
    )

    [_, step] = export_steps(tmp_path, steps)["steps"]

    found = [each["condition"] for each in step.get("successCriteria", [])]
    assert (found, step.get(NOT_CARRIED, [])) == (criteria, lost)


def test_steps_of_one_name_have_ids_of_their_own(tmp_path: Path) -> None:
    steps = "".join(
        f"      - {{{name}operation: getOrder, parameters: {{id: 1}}}}\n" for name in ("", "", "name: getOrder 2, ", "")
    )

    written = export_steps(tmp_path, steps)["steps"]

    assert [step["x-contracts-name"] for step in written] == ["getOrder", "getOrder", "getOrder 2", "getOrder"]
    assert len({step["stepId"] for step in written}) == 4
