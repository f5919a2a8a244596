"""A contract that runs against the real service asserts nothing that the spec calls inferred or unknown."""

from pathlib import Path

import pytest
from maintenance_tools import CONTRACT, FILES, check, plant

ANSWER = "description: Unknown."


def mark(evidence: str) -> str:
    return plant("spec.yaml", ANSWER, f"{ANSWER}\n          x-evidence: {evidence}")["spec.yaml"]


def list_unproven(folder: Path, **files: str) -> list[str]:
    problems = check(folder, {"spec.yaml": files["spec"], "contracts/orders.yaml": files.get("orders", CONTRACT)})
    return [str(problem.message) for problem in problems if problem.rule == "unproven-answer"]


@pytest.mark.parametrize("evidence", ["inferred", "unknown"])
def test_an_expected_answer_that_nobody_observed_is_named(tmp_path: Path, evidence: str) -> None:
    assert list_unproven(tmp_path, spec=mark(evidence)) == [
        f"in 'test' the step expects of 'getOrder' what nobody observed: 404 ({evidence})"
    ]


@pytest.mark.parametrize("evidence", ["observed", "documented"])
def test_an_answer_that_is_known_may_be_expected(tmp_path: Path, evidence: str) -> None:
    assert list_unproven(tmp_path, spec=mark(evidence)) == []


@pytest.mark.parametrize("expectation", ["{success: false}", "{status: [200, 404]}", "{success: null}"])
def test_what_leaves_the_answer_open_asserts_nothing(tmp_path: Path, expectation: str) -> None:
    orders = CONTRACT.replace("{status: 404, error: NOT_FOUND}", expectation)

    assert list_unproven(tmp_path, spec=mark("inferred"), orders=orders) == []


def test_a_sandbox_may_be_asked_for_inferred_answers(tmp_path: Path) -> None:
    settings = FILES["contracts.yaml"].replace(
        "base_url: https://test.example.com", 'base_url: sandbox\n    sandbox: {app: "shop:create"}'
    )

    problems = check(tmp_path, {"contracts.yaml": settings, "spec.yaml": mark("inferred")})

    assert [problem.rule for problem in problems if problem.rule == "unproven-answer"] == []


def test_details_of_a_success_that_is_unknown_are_named_and_the_success_is_not(tmp_path: Path) -> None:
    spec = FILES["spec.yaml"].replace(
        '"201": {$ref: "#/components/responses/Order"}',
        '"201": {description: Made., x-evidence: unknown, '
        'content: {application/json: {schema: {$ref: "#/components/schemas/OrderEnvelope"}}}}',
    )
    plain = CONTRACT.replace("environments: [test]", "environments: [prod]")  # what is known there asserts nothing
    detailed = plain.replace("{status: 201}", "{status: 201, body: {$.data.price: 1}}")

    assert list_unproven(tmp_path / "plain", spec=spec, orders=plain) == []
    assert list_unproven(tmp_path / "detailed", spec=spec, orders=detailed) == [
        "in 'test' the step expects of 'createOrder' what nobody observed: 201 (unknown)"
    ]
