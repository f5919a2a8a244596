"""`when`: a step that is left out, those that need its captures, and what that makes of the scenario."""

from datetime import date
from typing import Any

import pytest

from contracts_runner.engine.preview import plan_scenario
from contracts_runner.engine.requests import Preparer
from contracts_runner.engine.scope import ValueSource
from contracts_runner.model.contract import (
    Capture,
    Expectation,
    KnownDeviation,
    ObservedDeviation,
    Scenario,
    Step,
    ValueMatcher,
    When,
)
from contracts_runner.model.environment import Environment
from contracts_runner.model.exchange import Request, Response
from contracts_runner.openapi.spec import Spec
from helpers.contracts import make_scenario, make_step
from helpers.engine import BASE_URL, load_shop, reply, run_scenario
from helpers.operations import HERE

OTHER_STATUS = Expectation(status=((201, 201),))


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return load_shop(tmp_path_factory.mktemp("shop"))


def when(value: Any, this: str = "${mode}") -> When:
    return When(this=this, matcher=ValueMatcher(value=value, is_schema=isinstance(value, dict)), location=HERE)


def known(step: str | None = None, **observed: Any) -> KnownDeviation:
    return KnownDeviation(
        environments=("here",),
        step=step,
        observed=ObservedDeviation(**observed),
        because="decided",
        until=date(2999, 1, 1),
        location=HERE,
    )


def read(name: str, value: Any = "full", id: Any = 1, **changes: Any) -> Step:
    condition = None if value is None else when(value)
    return make_step("getThing", name=name, when=condition, parameters={"id": id}, **changes)


def capture(name: str = "it") -> dict[str, Any]:
    return {"captures": (Capture(name=name, path="$.id", location=HERE),)}


def answer(_: Request) -> Response:
    return reply(200, {"id": 1, "name": "x"})


def run(spec: Spec, *steps: Step, mode: Any = "full", **changes: Any) -> tuple[str, list[str], str]:
    """Return the outcome, those of the steps, and the reason."""
    ran = run_scenario(spec, make_scenario("1", *steps, **changes), answer, variables={"mode": mode})
    return ran.outcome, [step["outcome"] for step in ran.steps], ran.reason


@pytest.mark.parametrize(
    ("mode", "value", "is_run"),
    [
        ("full", "full", True),
        ("full", "fast", False),
        ("full", {"enum": ["full", "fast"]}, True),
        ("full", {"enum": ["fast"]}, False),
        ("full", {"minimum": 1}, False),  # a keyword that is about another type fails
        (7, {"minimum": 1}, True),
        (7, "7", False),
        (None, None, True),
        ([1], {"type": "array", "minItems": 1}, True),
    ],
)
def test_a_step_is_run_when_the_value_matches(spec: Spec, mode: Any, value: Any, is_run: bool) -> None:
    step = make_step("getThing", parameters={"id": 1}, when=when(value))

    outcome, steps, _ = run(spec, step, mode=mode)

    assert (outcome, steps) == (("passed", ["passed"]) if is_run else ("skipped", ["skipped"]))


def test_a_step_that_is_left_out_takes_no_part_and_blocks_nobody(spec: Spec) -> None:
    outcome, steps, reason = run(spec, read("one", None), read("two", "fast"), read("three", None))

    assert (outcome, steps) == ("passed", ["passed", "skipped", "passed"])
    assert reason == 'left out: ${mode} is "full", expected "fast"'


@pytest.mark.parametrize("outcome", ["failed", "known"])
def test_the_others_make_the_outcome(spec: Spec, outcome: str) -> None:
    entries = (known(status=200),) if outcome == "known" else ()
    broken = read("two", None, expect=OTHER_STATUS)

    assert run(spec, read("one", "fast"), broken, known=entries)[:2] == (outcome, ["skipped", outcome])


def test_what_needs_the_captures_of_a_step_that_is_left_out_is_left_out_too(spec: Spec) -> None:
    last = make_step("listThings", name="last", expect=Expectation(success=None))

    outcome, steps, reason = run(
        spec,
        read("one", "fast", **capture()),
        read("two", None, id="${it}", **capture("other")),
        read("three", None, id="${other}"),
        last,
        cleanup=(read("remove", None, id="${it}"),),
    )

    assert steps == ["skipped", "skipped", "skipped", "failed", "skipped"]
    assert "left behind" not in reason
    assert outcome == "failed"  # the list is not one


def test_a_capture_that_another_step_made_is_there(spec: Spec) -> None:
    steps = (read("one", None, **capture()), read("two", "fast", **capture()), read("three", None, id="${it}"))

    assert run(spec, *steps)[:2] == ("passed", ["passed", "skipped", "passed"])


def test_a_condition_on_what_no_step_gave_is_errored(spec: Spec) -> None:
    step = make_step("getThing", parameters={"id": 1}, when=when(1, "${nobody}"))

    outcome, steps, reason = run(spec, step)

    assert (outcome, steps) == ("errored", ["errored"])
    assert reason == "not sent: `when` cannot be judged: ${nobody} has no value"


def test_a_condition_on_what_a_broken_step_did_not_give_is_blocked_by_it(spec: Spec) -> None:
    broken = read("first", expect=OTHER_STATUS)
    on_it = make_step("getThing", name="second", when=when(1, "${none}"), parameters={"id": 1})

    assert run(spec, broken, on_it)[:2] == ("failed", ["failed", "blocked"])


def test_a_known_deviation_of_a_step_that_is_left_out_is_not_gone(spec: Spec) -> None:
    entries = (known("one", status=404),)

    assert run(spec, read("one", "fast"), read("two", None), known=entries)[:2] == ("passed", ["skipped", "passed"])


def test_a_preview_decides_what_is_known_and_says_on_what_the_rest_depends(spec: Spec) -> None:
    environment = Environment(name="here", base_url=BASE_URL, variables={"mode": "full"}, location=HERE)
    preparer = Preparer(specs={"api": spec}, environment=environment, base_url=BASE_URL, headers={}, is_checked=False)
    scenario: Scenario = make_scenario(
        "1",
        read("one", None, auth="none", **capture()),
        read("two", "fast", auth="none", **capture("never")),
        read("three", None, id="${never}", auth="none"),
        make_step("getThing", name="four", parameters={"id": 1}, auth="none", when=when(1, "${it}")),
    )

    planned = plan_scenario(scenario, preparer, permit=lambda _: None, values=ValueSource())

    assert [step.outcome for step in planned] == [None, "skipped", "skipped", None]
