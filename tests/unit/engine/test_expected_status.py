"""A status that an expression gives."""

from typing import Any

import pytest

from contracts_runner.model.contract import Expectation
from contracts_runner.openapi.spec import Spec
from helpers.contracts import make_scenario, make_step
from helpers.engine import Ran, load_shop, reply, run_scenario


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return load_shop(tmp_path_factory.mktemp("shop"))


def run(spec: Spec, wanted: Any, answered: int = 404) -> Ran:
    step = make_step("getThing", parameters={"id": 1}, expect=Expectation(status_from="${row.status}"))
    scenario = make_scenario("1", step, row={"status": wanted})
    body = {"id": 1, "name": "x"} if answered == 200 else {"code": "X"}
    return run_scenario(spec, scenario, lambda _: reply(answered, body))


@pytest.mark.parametrize("wanted", [404, "404", "4xx", "4XX", [200, 404], ["200", "4xx"]])
def test_the_answer_has_the_status_that_the_value_says(spec: Spec, wanted: Any) -> None:
    assert run(spec, wanted).outcome == "passed"
    assert run(spec, wanted, 500).find_checks("failed")[0][0] == "status"


def test_another_status_than_a_success_claims_nothing_of_success(spec: Spec) -> None:
    assert [name for name, _ in run(spec, 404).find_checks("passed")][:1] == ["status"]


@pytest.mark.parametrize("wanted", [None, "", "ok", 99, 600, True, 4.5, [[404]], {"a": 1}, "٤٠٤"])
def test_a_value_that_is_no_status_is_errored_and_nothing_is_sent(spec: Spec, wanted: Any) -> None:
    ran = run(spec, wanted)

    assert (ran.outcome, ran.sent) == ("errored", [])
    assert "${row.status} is" in ran.reason
    assert "no HTTP status" in ran.reason
