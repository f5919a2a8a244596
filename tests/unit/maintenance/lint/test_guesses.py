"""What the spec grades as inferred or unknown is not expected as a fact of a real service; of a sandbox it may be."""

from pathlib import Path

import pytest

from contracts_runner.errors import Problem
from helpers.small_projects import CONTRACT, SETTINGS, SPEC, check

GUESSED_ANSWER = SPEC.replace('        "404":\n', '        "404":\n          x-evidence: inferred\n')
GUESSED_FIELD = SPEC.replace("state: {enum", "state: {x-evidence: unknown, enum")
GUESSED_QUERY = SPEC.replace("{name: page, in: query, ", "{name: page, in: query, x-evidence: unknown, ")
GUESSED_RELATION = SPEC.replace("price: {type", "price: {x-evidence: unknown, type")
GUESSED_CODE = SPEC.replace(
    "code: {enum: [WRONG_KEY, NO_STOCK]}",
    "code: {oneOf: [{const: WRONG_KEY, x-evidence: observed}, {const: NO_STOCK, x-evidence: inferred}]}",
)
GUESSED_WRITE = SPEC.replace(
    '"201": {$ref: "#/components/responses/Order"}',
    '"201": {description: Not shown., x-evidence: unknown, content: {application/json: {}}}\n'
    '        "409": {description: Refused.}',
)
GUESSED_REMOVAL = SPEC.replace('"204": {description: Removed.}', '"204": {description: Removed., x-evidence: inferred}')
GUESSED_REFUSAL = SPEC.replace("    NotFound:\n", "    NotFound:\n      x-evidence: unknown\n")
GUESSED_BODY = SPEC.replace("sku: {type: string}\n        q", "sku: {type: string, x-evidence: inferred}\n        q")
SANDBOX = SETTINGS.replace("base_url: https://test.example.com", "base_url: sandbox\n    sandbox: {app: a:b}")
ONLY_SANDBOX = SANDBOX[: SANDBOX.index("  prod:")]


def find(folder: Path, spec: str, *, settings: str = SANDBOX, contract: str = CONTRACT) -> list[Problem]:
    files = {"spec.yaml": spec, "contracts.yaml": settings, "contracts/orders.yaml": contract}
    return [problem for problem in check(folder, files) if problem.rule == "asserted-guess"]


@pytest.mark.parametrize(
    ("spec", "line", "words"),
    [
        (GUESSED_ANSWER, "expect: {status: 404", "only supposes the answer 404 (inferred) of getOrder"),
        (GUESSED_FIELD, "$.data[*].state", "only supposes $.data[*].state of listOrders"),
        (GUESSED_QUERY, "$.total:", "what 'page' does to the answer of listOrders is an open question"),
        (GUESSED_RELATION, "- every: {this:", "only supposes $.data[*].price of listOrders"),
        (GUESSED_REFUSAL, "expect: {status: 404", "only supposes when getOrder answers NOT_FOUND"),
    ],
    ids=["answer", "field", "query", "relation", "whole body"],
)
def test_a_guess_is_no_fact_of_a_real_service(tmp_path: Path, spec: str, line: str, words: str) -> None:
    contract = CONTRACT.replace("        in:\n          prod: {expect: {status: 2xx}}\n", "")

    problems = find(tmp_path, spec, contract=contract)

    assert [problem.severity for problem in problems] == ["warning"]
    [problem] = problems
    assert problem.message.startswith("in 'prod' this takes a guess for a fact: ")
    assert words in problem.message
    assert line in contract.splitlines()[problem.location.line - 1]
    assert "in: prod" in problem.hint


@pytest.mark.parametrize("spec", [GUESSED_ANSWER, GUESSED_FIELD, GUESSED_QUERY], ids=["answer", "field", "query"])
def test_a_guess_may_be_expected_of_a_sandbox(tmp_path: Path, spec: str) -> None:
    contract = CONTRACT.replace(
        "          prod: {expect: {status: 2xx}}\n", "          test: {expect: {status: 404}}\n"
    )
    settings = ONLY_SANDBOX

    assert find(tmp_path, spec, settings=settings, contract=contract) == []


def test_what_is_known_of_the_real_service_takes_the_place_of_a_guess(tmp_path: Path) -> None:
    assert find(tmp_path, GUESSED_ANSWER) == []


@pytest.mark.parametrize(
    ("spec", "policy", "line", "words"),
    [
        (GUESSED_WRITE, "allow", "expect: {status: 201}", "only supposes the answer 201 (unknown) of createOrder"),
        (GUESSED_REMOVAL, "allow", "operation: removeOrder", "only supposes the answer 204 (inferred) of removeOrder"),
        (GUESSED_CODE, "probe", "probe: {body:", "only supposes when createOrder answers NO_STOCK"),
    ],
    ids=["answer", "cleanup", "code of a probe"],
)
def test_a_write_that_is_kept_back_is_looked_at_as_it_could_be_sent(
    tmp_path: Path, spec: str, policy: str, line: str, words: str
) -> None:
    [problem] = find(tmp_path, spec)

    assert problem.message.startswith(f"in 'prod' with `--writes {policy}` this takes a guess for a fact: ")
    assert words in problem.message
    assert str(problem).startswith("contracts/orders.yaml:")
    assert line in CONTRACT.splitlines()[problem.location.line - 1]


def test_a_code_that_was_seen_is_no_guess(tmp_path: Path) -> None:
    contract = CONTRACT.replace("expect: {error: NO_STOCK}", "expect: {error: WRONG_KEY}")

    assert find(tmp_path, GUESSED_CODE, contract=contract) == []


@pytest.mark.parametrize(("value", "count"), [("new", 0), ("gone", 1)])
def test_one_value_of_a_field_can_be_a_guess(tmp_path: Path, value: str, count: int) -> None:
    spec = SPEC.replace("state: {enum: [new, payed, gone]}", "state: {anyOf: [{const: new}, {x-evidence: unknown}]}")
    contract = CONTRACT.replace("$.data.notes.any: text", f"$.data.state: {value}")

    assert len(find(tmp_path, spec, contract=contract)) == count


def test_what_a_guessed_part_of_a_body_does_is_open(tmp_path: Path) -> None:
    claim = CONTRACT.replace("expect: {status: 201}", "expect: {status: 201, body: {$.data.id: {type: integer}}}")
    settings = SANDBOX.replace("north}\n", "north}\n    writes: allow\n")

    problems = find(tmp_path, GUESSED_BODY, settings=settings, contract=claim)

    assert ["what 'sku' does to the answer of createOrder" in problem.message for problem in problems] == [True]


def test_alternatives_are_no_claim(tmp_path: Path) -> None:
    claims = CONTRACT[
        CONTRACT.index("            $.total: {type: integer}") : CONTRACT.index("        capture: {first")
    ]
    contract = CONTRACT.replace(claims, "            $.total: {anyOf: [{type: integer}, {minimum: 1}]}\n")

    assert find(tmp_path, GUESSED_QUERY, contract=contract) == []
