"""A contract file becomes typed scenarios."""

from datetime import date
from typing import Any, get_args

import pytest

from contracts_runner.model.contract import (
    Contract,
    Expectation,
    ObservedDeviation,
    RelationKind,
    Scenario,
    Step,
    Unset,
)
from contracts_runner.model.spec import Source
from contracts_runner.project.contract.contracts import read_contract
from contracts_runner.project.contract.relations import RelationForm
from contracts_runner.reading.yaml_source import parse_yaml

HEAD = 'contract: orders\nspec: shop\nscenarios:\n  - id: "6.10"\n    title: An order\n'


def read(text: str) -> Contract:
    contract, problems = read_contract(parse_yaml(text, "contracts/orders.yaml"))
    assert contract is not None
    assert problems == []
    return contract


def read_scenario(extra: str = "", steps: str = "[{operation: listOrders}]") -> Scenario:
    return read(f"{HEAD}{extra}    steps: {steps}\n").scenarios[0]


def read_step(text: str) -> Step:
    return read_scenario(steps=f"\n      - operation: listOrders\n        {text}").steps[0]


def read_expectation(text: str) -> Expectation:
    return read_step(f"expect: {{{text}}}").expect


def test_a_scenario_knows_its_contract_and_place() -> None:
    scenario = read_scenario()

    assert (scenario.id, scenario.title, scenario.contract, scenario.spec) == ("6.10", "An order", "orders", "shop")
    assert str(scenario.location) == "contracts/orders.yaml:4"
    assert (scenario.tags, scenario.source, scenario.cleanup, scenario.known) == ((), None, (), ())


def test_the_title_of_a_contract_is_its_name_unless_it_is_given() -> None:
    given = read(HEAD.replace("spec:", "title: The orders\nspec:") + "    steps: [{operation: a}]")

    assert read(HEAD + "    steps: [{operation: a}]").title == "orders"
    assert given.title == "The orders"


def test_tags_are_those_of_the_contract_and_its_own() -> None:
    text = HEAD.replace("spec:", "tags: [a, b]\nspec:") + "    tags: [c, b]\n    steps: [{operation: x}]"

    assert read(text).scenarios[0].tags == ("a", "b", "c")


@pytest.mark.parametrize(
    ("shared", "own", "source"),
    [
        ("{document: a.md, section: '6'}", "", Source(document="a.md", section="6")),
        ("{document: a.md, section: '6'}", "{section: '6.1'}", Source(document="a.md", section="6.1")),
        ("{document: a.md, section: '6'}", "{document: b.md}", Source(document="b.md")),
        ("", "{document: b.md, section: '2'}", Source(document="b.md", section="2")),
        ("", "", None),
    ],
)
def test_a_scenario_inherits_the_source_of_its_contract(shared: str, own: str, source: Source | None) -> None:
    text = HEAD.replace("spec:", f"source: {shared}\nspec:") if shared else HEAD
    text += f"    source: {own}\n" if own else ""

    assert read(text + "    steps: [{operation: x}]").scenarios[0].source == source


def test_a_step_is_named_after_its_operation_unless_it_has_a_name() -> None:
    assert read_step("auth: none").name == "listOrders"
    assert read_step("name: all").name == "all"


def test_what_is_left_out_of_a_step_is_not_null() -> None:
    step = read_step("parameters: {page: 1}")

    assert (step.parameters, step.auth, step.body, step.retry, step.probe) == (
        {"page": 1},
        None,
        Unset.UNSET,
        None,
        None,
    )
    assert (step.captures, step.variants, step.is_invalid_request) == ((), {}, False)
    assert step.expect == Expectation(locations={"expect": step.location})


@pytest.mark.parametrize("body", ["null", "5", "[1]", "'text'", "{a: null}"])
def test_any_json_value_can_be_a_body(body: str) -> None:
    value: Any = parse_yaml(body, "a.yaml").value

    assert read_step(f"body: {body}").body == value


@pytest.mark.parametrize(
    ("status", "ranges"),
    [
        ("200", ((200, 200),)),
        ("[200, 201]", ((200, 200), (201, 201))),
        ("2xx", ((200, 299),)),
        ('"4XX"', ((400, 499),)),
        ("[200, 5xx]", ((200, 200), (500, 599))),
    ],
)
def test_a_status_is_a_number_a_list_or_a_class(status: str, ranges: Any) -> None:
    assert read_expectation(f"status: {status}").status == ranges


@pytest.mark.parametrize(
    ("text", "success", "error"),
    [
        ("status: 200", Unset.UNSET, Unset.UNSET),
        ("success: true", True, Unset.UNSET),
        ("success: false", False, Unset.UNSET),
        ("success: null", None, Unset.UNSET),
        ("error: null", Unset.UNSET, None),
        ("error: CODE", Unset.UNSET, "CODE"),
        ("error: CODE, success: false", False, "CODE"),
        ("success: true, error: null", True, None),
    ],
)
def test_null_is_a_statement_and_absence_is_none(text: str, success: object, error: object) -> None:
    expectation = read_expectation(text)

    assert expectation.success is success
    assert expectation.error == error
    assert (expectation.error is Unset.UNSET) is (error is Unset.UNSET)


def test_the_rest_of_an_expectation_is_read() -> None:
    expectation = read_expectation(
        "media_type: Text/HTML, latency: 500ms, schema: false, headers: {Vary: {type: string}}, "
        "body: {$.a: null, '$.b[*]': [1], $.c: {const: 5}}"
    )

    assert (expectation.media_type, expectation.latency_ms, expectation.is_schema_checked) == (
        "text/html",
        500.0,
        False,
    )
    assert [(header.name, header.matcher.is_schema) for header in expectation.headers] == [("Vary", True)]
    assert [(body.path, body.matcher.value, body.matcher.is_schema) for body in expectation.body] == [
        ("$.a", None, False),
        ("$.b[*]", [1], False),
        ("$.c", {"const": 5}, True),
    ]


def test_every_key_of_an_expectation_has_its_place() -> None:
    expectation = read_step("expect:\n          status: 200\n          error: null\n          body: {$.a: 1}").expect

    lines = {key: place.line for key, place in expectation.locations.items()}

    assert lines == {"expect": 8, "status": 9, "error": 10, "body": 11}
    assert expectation.body[0].location.line == 11


def test_every_relation_of_the_model_has_a_form() -> None:
    assert tuple(RelationForm.keys) == get_args(RelationKind)


def test_relations_have_kind_place_and_operand() -> None:
    text = (
        "\n          relations:\n            - unique: {this: $.a}\n            - count: {this: $.a, is: 5}\n"
        '            - subset: {this: $.a, of: "${ids}"}\n            - sorted: {this: $.a, order: ascending}'
    )

    relations = read_step(f"expect:{text}").expect.relations

    assert [(found.kind, found.this, found.operand, found.location.line) for found in relations] == [
        ("unique", "$.a", None, 10),
        ("count", "$.a", 5, 11),
        ("subset", "$.a", "${ids}", 12),
        ("sorted", "$.a", "ascending", 13),
    ]


def test_captures_and_retry_are_read() -> None:
    step = read_step("capture: {id: $.id, ids: '$.data[*].id'}\n        retry: {until: expect, every: 500ms, for: 1m}")

    assert [(capture.name, capture.path) for capture in step.captures] == [("id", "$.id"), ("ids", "$.data[*].id")]
    assert step.retry is not None
    assert (step.retry.every_seconds, step.retry.for_seconds) == (0.5, 60.0)


def test_variants_and_probe_say_only_what_they_change() -> None:
    step = read_step(
        "in: {prod: {auth: other, expect: {status: 403}}}\n        probe: {body: null, parameters: {a: 0}}"
    )

    prod, probe = step.variants["prod"], step.probe
    assert prod.expect is not None
    assert (prod.auth, prod.expect.status, prod.body, prod.parameters) == ("other", ((403, 403),), Unset.UNSET, {})
    assert probe is not None
    assert (probe.auth, probe.expect, probe.body, probe.parameters) == (None, None, None, {"a": 0})


def test_cleanup_and_known_are_read() -> None:
    scenario = read_scenario(
        "    cleanup: [{operation: removeOrder, invalid_request: true}]\n"
        "    known:\n      - environments: [prod, test]\n        observed: {status: 404, error: GONE}\n"
        "        because: It is so.\n        instead: V.1\n        since: 2025-11-07\n        until: 2027-06-30\n"
    )

    known = scenario.known[0]
    assert [(step.operation, step.is_invalid_request) for step in scenario.cleanup] == [("removeOrder", True)]
    assert (known.environments, known.because, known.instead) == (("prod", "test"), "It is so.", "V.1")
    assert known.observed == ObservedDeviation(status=404, error="GONE")
    assert (known.since, known.until, known.location.line) == (date(2025, 11, 7), date(2027, 6, 30), 8)


def test_what_can_be_read_beside_mistakes_is_read() -> None:
    contract, problems = read_contract(parse_yaml(HEAD + "    steps: [5, {operation: a, auth: false}, {}]", "a.yaml"))

    assert contract is not None
    assert [step.operation for step in contract.scenarios[0].steps] == ["a", ""]
    assert len(problems) == 3
