"""Arazzo documents as scenarios: what is sent, expected and captured, and what of them is told instead."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts_runner.errors import UsageError
from contracts_runner.maintenance.importing.arazzo_drafts import import_arazzo
from contracts_runner.maintenance.importing.imported import Imported
from contracts_runner.project.contract.contracts import read_contract
from contracts_runner.project.project import load_project
from contracts_runner.reading.yaml_source import parse_yaml
from helpers.small_projects import write_project

HEAD = """\
arazzo: 1.0.1
info: {title: Shop, version: "1"}
sourceDescriptions: [{name: shop, url: https://example.com/openapi.yaml, type: openapi}]
workflows:
"""
LIST = "{stepId: list, operationId: listOrders, parameters: [{name: region, in: query, value: north}]}"
W = "  - {workflowId: w, steps: [{stepId: a, "
# A step with one thing of its own is `{**LIST, …}`.
STEP = LIST.removesuffix("}")


def of_body(condition: str) -> str:
    """Return a criterion of JSONPath."""
    return f"{{context: $response.body, condition: '{condition}', type: jsonpath}}"


def import_text(tmp_path: Path, text: str) -> Imported:
    project = load_project(
        write_project(tmp_path, {"contracts/orders.yaml": "contract: c\ntitle: C\nspec: shop\nscenarios: []\n"})
    )
    return import_arazzo(project, {"a.arazzo.yaml": text.encode()}, environ={}, spec=None, into=None)


def read_scenarios(imported: Imported) -> list[dict[str, Any]]:
    document = parse_yaml(imported.text, "a.yaml")
    _, problems = read_contract(document)
    assert problems == []
    return list(document.value["scenarios"])


def import_step(tmp_path: Path, step: str, *, more: str = "", before: str = "") -> tuple[dict[str, Any], list[str]]:
    """Return the last step of a workflow as it is imported, and what is told of it; `more` are keys of the workflow."""
    steps = ", ".join(filter(None, (before, step)))
    imported = import_text(tmp_path, f"{HEAD}  - {{workflowId: w, {more}steps: [{steps}]}}\n")
    [scenario] = read_scenarios(imported)
    told = [line.partition(": ")[2] for line in imported.report if line.startswith("a.arazzo.yaml:")]
    return scenario["steps"][-1], told


def test_a_workflow_is_a_scenario(tmp_path: Path) -> None:
    text = f"""{HEAD}
  - workflowId: buy
    summary: Buy an order
    inputs: {{type: object, properties: {{region: {{type: string, default: south}}, sku: {{type: string}}}}}}
    steps:
      - stepId: make-one
        operationId: $sourceDescriptions.shop.createOrder
        requestBody: {{payload: {{sku: "a-{{$inputs.sku}}", quantity: 1}}}}
        successCriteria: [{{condition: $statusCode == 201}}]
        outputs: {{id: $response.body#/data/id}}
      - stepId: read
        operationPath: "{{$sourceDescriptions.shop.url}}#/paths/~1orders~1{{id}}/get"
        parameters: [{{name: id, in: path, value: $steps.make-one.outputs.id}}]
        successCriteria:
          - condition: $statusCode == 200
          - {{context: $response.body, condition: "$[?@.data.price > 5]", type: jsonpath}}
          - condition: $response.body#/data/id == $steps.make-one.outputs.id
      - stepId: list
        operationId: listOrders
        parameters: [{{name: region, in: query, value: $inputs.region}}]
"""

    imported = import_text(tmp_path, text)

    assert read_scenarios(imported) == [
        {
            "id": "buy",
            "title": "Buy an order",
            "tags": ["imported"],
            "steps": [
                {
                    "name": "make-one",
                    "operation": "createOrder",
                    "body": {"sku": "a-${sku}", "quantity": 1},
                    "expect": {"status": 201},
                    "capture": {"id": "$.data.id"},
                },
                {
                    "name": "read",
                    "operation": "getOrder",
                    "parameters": {"id": "${id}"},
                    "expect": {
                        "status": 200,
                        "body": {
                            "$.data.price": {"type": "number", "exclusiveMinimum": 5},
                            "$.data.id": "${id}",
                        },
                    },
                },
                {"name": "list", "operation": "listOrders", "parameters": {"region": "south"}},
            ],
        }
    ]
    assert imported.report == (
        "an environment needs variables: {sku: $SKU}",
        "3 steps of 1 workflow are scenarios now",
    )
    assert imported.is_whole


@pytest.mark.parametrize(
    ("criteria", "expect"),
    [
        ("{condition: $statusCode == 200}", {"status": 200}),
        ("{condition: $statusCode == 200 || $statusCode == 404}", {"status": [200, 404]}),
        ('{condition: "$statusCode >= 200 && $statusCode < 300"}', {"status": "2xx"}),
        ("{context: $statusCode, condition: '^20[01]$', type: regex}", {"status": [200, 201]}),
        ("{condition: $response.header.X-Page == 'one'}", {"headers": {"X-Page": "one"}}),
        ("{context: $response.header.ETag, condition: ^a, type: regex}", {"headers": {"ETag": {"pattern": "^a"}}}),
        ("{context: $response.body, condition: '/^ok/', type: regex}", {"text": {"pattern": "^ok"}}),
        (
            "{context: '$response.body#/data/0/sku', condition: ^a, type: regex}",
            {"body": {"$.data[0].sku": {"type": "string", "pattern": "^a"}}},
        ),
        ("{condition: '$response.body#/total != null'}", {"body": {"$.total": {"not": {"const": None}}}}),
        ("{condition: '$response.body#/total >= 2'}", {"body": {"$.total": {"type": "number", "minimum": 2}}}),
        (of_body("$[?@.total == 2]"), {"body": {"$.total": 2}}),
        (
            "{context: $response.body, condition: '$[?@.total]', type: {type: jsonpath, version: rfc9535}}",
            {"body": {"$": {"type": "object", "required": ["total"]}}},
        ),
        (
            "{context: '$response.body#/data/0', condition: '$[?@.id == 1]', type: jsonpath}",
            {"body": {"$.data[0].id": 1}},
        ),
        (of_body("$[?count(@.data[*]) > 1]"), {"relations": [{"count": {"this": "$.data[*]", "is": {"minimum": 2}}}]}),
        (of_body("$[?!@.data[?@.id == 1]]"), {"relations": [{"count": {"this": "$.data[?@.id == 1]", "is": 0}}]}),
        (of_body("$.data[?@.id == 1]"), {"body": {"$.data[?@.id == 1]": {"type": "array", "minItems": 1}}}),
        (of_body("$[?@.total == @.data[0].id]"), {"relations": [{"equal": {"this": "$.total", "to": "$.data[0].id"}}]}),
    ],
)
def test_a_criterion_is_an_expectation(tmp_path: Path, criteria: str, expect: Any) -> None:
    step, told = import_step(tmp_path, f"{STEP}, successCriteria: [{criteria}]}}")

    assert (step["expect"], told) == (expect, [])


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            f"{STEP}, successCriteria: [{{condition: $response.body#/a == 1 || $statusCode == 200}}]}}",
            "not carried over: the criterion $response.body#/a == 1 || $statusCode == 200: one of several may hold",
        ),
        (
            f"{STEP}, successCriteria: [{{condition: $statusCode != 404}}]}}",
            "not carried over: the criterion $statusCode != 404, which many statuses fulfil",
        ),
        (
            f"{STEP}, successCriteria: [{{context: $response.body, condition: //a, type: xpath}}]}}",
            "not carried over: the criterion //a (xpath)",
        ),
        (
            f"{STEP}, successCriteria: [{{context: $response.body, condition: '$[?@.a <', type: jsonpath}}]}}",
            "not carried over: the criterion $[?@.a <: it is no JSONPath of RFC 9535",
        ),
        (
            f"{STEP}, successCriteria: [{{context: $response.body, condition: 'a{{b', type: regex}}]}}",
            "not carried over: the pattern a{b: it is none of ECMA-262 with the flag `u`",
        ),
        (f"{STEP}, successCriteria: [{{}}]}}", "an item of `successCriteria` is a mapping"),
        (
            f"{STEP}, onFailure: [{{name: again, type: goto, stepId: list}}]}}",
            "not carried over: the failure action again (goto)",
        ),
        (
            f"{STEP}, onSuccess: [{{name: away, type: goto, workflowId: other}}]}}",
            "not carried over: the success action away (goto)",
        ),
        (f"{STEP}, outputs: {{method: $method}}}}", "not carried over: the output method: $method"),
        (
            "{stepId: read, operationId: getOrder, parameters: [{name: id, in: path, value: $steps.none.outputs.id}]}",
            "not carried over: $steps.none.outputs.id, which no earlier step gives",
        ),
        (
            f"{STEP}, parameters: [{{name: region, in: query, value: north}}, {{name: x}}]}}",
            "a parameter has a `name`, a `value` and `in`: path, query, header, cookie",
        ),
        (
            "{stepId: a, operationId: createOrder, requestBody: {payload: {sku: a, quantity: 1},"
            " replacements: [{target: /b/c, value: 1}]}}",
            "the payload has nothing at '/b/c'",
        ),
    ],
)
def test_what_does_not_come_over_is_told_with_its_place(tmp_path: Path, step: str, message: str) -> None:
    step = step.replace(", parameters: [{name: region, in: query, value: north}], parameters:", ", parameters:")
    steps = f"{HEAD}  - {{workflowId: w, steps: [{LIST.replace('list,', 'first,')}, {step}]}}\n"

    imported = import_text(tmp_path, steps)

    read_scenarios(imported)
    assert not imported.is_whole
    assert any(
        line.startswith(("a.arazzo.yaml:5: ", "not imported: a.arazzo.yaml:5: ")) and message in line
        for line in imported.report
    ), imported.report


@pytest.mark.parametrize(
    ("workflows", "message"),
    [
        ("  - {workflowId: w}", "a.arazzo.yaml:5: a workflow has a list of steps, with one or more"),
        ("  - {steps: []}", "a.arazzo.yaml:5: a workflow is a mapping with a `workflowId`"),
        ("  - text", "a.arazzo.yaml:5: a workflow is a mapping with a `workflowId`"),
        ("  - {workflowId: w, steps: [text]}", "a.arazzo.yaml:5: a step is a mapping with a `stepId`"),
        ("  - {workflowId: w, steps: [{stepId: a}]}", "a step names its operation by `operationId`"),
        (
            W + "operationId: listOrder}]}",
            "a.arazzo.yaml:5: there is no operation 'listOrder'; Did you mean 'listOrders'?",
        ),
        (
            W + "operationId: $sourceDescriptions.shp.listOrders}]}",
            "there is no source description 'shp'; Did you mean 'shop'?",
        ),
        (W + "operationId: getOrder}]}", "a.arazzo.yaml:5: the path /orders/{id} has a parameter without a value"),
        (W + "workflowId: none}]}", "there is no workflow 'none' in this document"),
        (
            W + "operationId: listOrders, parameters: [{reference: $components.parameters.x}]}]}",
            "there is no component '$components.parameters.x'",
        ),
    ],
)
def test_a_mistake_of_a_document_is_told_with_its_place(tmp_path: Path, workflows: str, message: str) -> None:
    other = "\n  - {workflowId: other, steps: [{stepId: b, operationId: listRegions}]}\n"

    imported = import_text(tmp_path, HEAD + workflows + other)

    assert any(message in line for line in imported.report), imported.report


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("arazzo: 2.0.0\nworkflows: [{}]\n", "a.arazzo.yaml:1: Arazzo 2.0.0 is not read; bring it to 1.0 or 1.1"),
        ("info: {}\narazzo:\n", "a.arazzo.yaml:2: Arazzo None is not read"),
        ("arazzo: 1.0.0\nworkflows: {}\n", "a.arazzo.yaml:2: it has no workflows"),
        ("arazzo: 1.0.0\nworkflows: [\n", "a.arazzo.yaml:3: is not YAML"),
        (
            f"{HEAD}  - {{workflowId: w, steps: [{{stepId: a, operationId: none}}]}}\n",
            "none of the workflows can be imported",
        ),
    ],
)
def test_a_document_that_cannot_be_read_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        import_text(tmp_path, text)

    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("action", "retry"),
    [
        (
            "{name: r, type: retry, retryAfter: 0.5, retryLimit: 4}",
            {"until": "expect", "every": "500ms", "for": "2000ms"},
        ),
        ("{name: r, type: retry}", {"until": "expect", "every": "1000ms", "for": "1000ms"}),
        ("{name: e, type: end}", None),
    ],
)
def test_a_failure_action_is_a_retry(tmp_path: Path, action: str, retry: Any) -> None:
    step, told = import_step(tmp_path, f"{STEP}, onFailure: [{action}]}}")

    assert (step.get("retry"), told) == (retry, [])


def test_components_and_parameters_of_the_workflow_count_for_each_step(tmp_path: Path) -> None:
    text = (
        f"{HEAD}  - workflowId: w\n    parameters: [{{name: X-Trace, in: header, value: t}}]\n"
        "    steps:\n      - {stepId: a, operationId: listOrders,"
        " parameters: [{reference: $components.parameters.region, value: south}]}\n"
        "components: {parameters: {region: {name: region, in: query, value: north}}}\n"
    )

    [scenario] = read_scenarios(import_text(tmp_path, text))

    [step] = scenario["steps"]
    assert (step["parameters"], step["headers"]) == ({"region": "south"}, {"X-Trace": "t"})


def test_a_workflow_that_another_one_needs_is_run_before(tmp_path: Path) -> None:
    make = (
        "{stepId: make, operationId: createOrder, requestBody: {payload: {sku: a, quantity: 1}},"
        " outputs: {order: $response.body#/data}}"
    )
    read = (
        "{stepId: read, operationId: getOrder,"
        " parameters: [{name: id, in: path, value: $workflows.make-it.outputs.id}]}"
    )
    called = "{stepId: call, workflowId: make-it, outputs: {made: $outputs.id}}"
    again = (
        "{stepId: again, operationId: getOrder, parameters: [{name: id, in: path, value: $steps.call.outputs.made}]}"
    )
    text = (
        f"{HEAD}  - {{workflowId: make-it, steps: [{make}], outputs: {{id: $steps.make.outputs.order#/id}}}}\n"
        f"  - {{workflowId: read-it, dependsOn: [make-it], steps: [{read}]}}\n"
        f"  - {{workflowId: call-it, steps: [{called}, {again}]}}\n"
    )

    first, second, third = read_scenarios(import_text(tmp_path, text))

    assert first["steps"][0]["capture"] == {"order": "$.data", "order_id": "$.data.id"}
    assert (second["needs"], second["steps"][0]["parameters"]) == (
        {"make_it": "make-it"},
        {"id": "${make_it.order_id}"},
    )
    assert (third["needs"], third["steps"][0]["parameters"]) == ({"make_it": "make-it"}, {"id": "${make_it.order_id}"})


def test_a_credential_is_the_environments_and_no_secret_is_written(tmp_path: Path) -> None:
    headers = ["Bearer {$inputs.shopKey}", "Bearer contracts-invalid-credential", "Bearer very-secret-1234"]
    steps = ", ".join(
        f"{{stepId: s{number}, operationId: listRegions,"
        f" parameters: [{{name: Authorization, in: header, value: '{text}'}}]}}"
        for number, text in enumerate(headers)
    )

    imported = import_text(tmp_path, f"{HEAD}  - {{workflowId: w, steps: [{steps}]}}\n")

    [scenario] = read_scenarios(imported)
    assert [step.get("auth") for step in scenario["steps"]] == [None, "invalid", "shopKey_2"]
    assert "very-secret" not in imported.text + str(imported.report)


def test_an_output_of_version_1_1_is_a_capture(tmp_path: Path) -> None:
    outputs = "{ids: {context: $response.body, selector: '$.data[*].id', type: jsonpath}}"
    text = f"{HEAD.replace('1.0.1', '1.1.0')}  - {{workflowId: w, steps: [{STEP}, outputs: {outputs}}}]}}\n"

    [scenario] = read_scenarios(import_text(tmp_path, text))

    assert scenario["steps"][0]["capture"] == {"ids": "$.data[*].id"}


MUTANTS: list[Any] = [None, 7, "", "$inputs", "{$steps.a.outputs.b#/~2}", [None], {"a": {}}, {7: []}]
WHOLE = f"""{HEAD}
  - workflowId: buy
    inputs: {{properties: {{region: {{default: south}}}}}}
    parameters: [{{name: X-Trace, in: header, value: t}}]
    dependsOn: [other]
    steps:
      - stepId: make
        operationId: createOrder
        requestBody:
          contentType: application/json
          payload: {{sku: "a-{{$inputs.sku}}", quantity: 1}}
          replacements: [{{target: /sku, value: b}}]
        successCriteria:
          - {{context: $response.body, condition: "$[?@.data.price > 5]", type: jsonpath}}
          - {{context: $response.header.ETag, condition: a, type: regex}}
        onFailure: [{{name: r, type: retry, retryAfter: 1, retryLimit: 2}}]
        outputs: {{id: $response.body#/data/id}}
      - {{stepId: call, workflowId: other, outputs: {{names: $outputs.names}}}}
  - workflowId: other
    steps: [{{stepId: list, operationId: listRegions, outputs: {{names: $response.body#/data}}}}]
    outputs: {{names: $steps.list.outputs.names}}
"""


def iter_mutations(value: Any) -> Iterator[Any]:
    """Yield the value with one of its parts replaced by something else, or left out."""
    if isinstance(value, dict | list):
        keys = list(value) if isinstance(value, dict) else range(len(value))
        for key in keys:
            for changed in (*MUTANTS, *iter_mutations(value[key])):
                copied = copy.copy(value)
                copied[key] = changed
                yield copied
        for key in keys if isinstance(value, dict) else ():
            yield {name: each for name, each in value.items() if name != key}


@pytest.mark.thorough
def test_a_document_with_anything_in_any_place_is_imported_or_refused(tmp_path: Path) -> None:
    project = load_project(
        write_project(tmp_path, {"contracts/orders.yaml": "contract: c\ntitle: C\nspec: shop\nscenarios: []\n"})
    )
    broken, count = [], 0
    for changed in iter_mutations(parse_yaml(WHOLE, "a.yaml").value):
        text = yaml.safe_dump(changed, allow_unicode=True)
        try:
            imported = import_arazzo(project, {"a.yaml": text.encode()}, environ={}, spec=None, into=None)
        except UsageError:
            continue
        count += 1
        _, problems = read_contract(parse_yaml(imported.text, "b.yaml"))
        broken += [(problems[0].message, text)] if problems else []

    assert broken == []
    assert count > 500


def test_a_selector_of_version_1_1_is_a_part_of_a_capture(tmp_path: Path) -> None:
    value = "{context: $steps.list.outputs.all, selector: '$.data[0].id', type: jsonpath}"
    before = f"{STEP}, outputs: {{all: $response.body}}}}"
    step = f"{{stepId: read, operationId: getOrder, parameters: [{{name: id, in: path, value: {value}}}]}}"

    read, told = import_step(tmp_path, step, before=before)

    assert (read["parameters"], told) == ({"id": "${all_id}"}, [])


def test_a_key_that_is_not_known_is_told(tmp_path: Path) -> None:
    _, told = import_step(tmp_path, f"{STEP}, succesCriteria: []}}", more="x-security: [], ")

    assert told == [
        "not carried over: its `succesCriteria`; Did you mean 'successCriteria'?",
        "not carried over: its `x-security`",
    ]
