"""Scenarios that others need: run once, before them; their captures; their cleanup after the last."""

import dataclasses
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from contracts_runner.engine.needs import Given, Needs, add_needed, group_by_needs, list_needs
from contracts_runner.engine.threads import Stop, run_scenarios
from contracts_runner.model.contract import Capture, Expectation, Scenario, ValueMatcher, When
from contracts_runner.model.exchange import Request, Response
from contracts_runner.model.outcome import Outcome
from contracts_runner.openapi.spec import Spec
from contracts_runner.results.events import ScenarioFinished, StepFinished
from helpers.contracts import make_scenario, make_step
from helpers.engine import load_shop, make_desk, reply
from helpers.operations import HERE

ADD = make_step("addThing", name="add", body={"name": "x"}, captures=(Capture(name="id", path="$.id", location=HERE),))
REMOVE = make_step("removeThing", name="remove", parameters={"id": "${id}"})
NEED = make_scenario("need", ADD, cleanup=(REMOVE,))


def make_user(id: str, **changes: Any) -> Scenario:
    read = make_step("getThing", name="read", parameters={"id": "${made.id}"})
    return make_scenario(id, read, **{"needs": {"made": "need"}, **changes})


@pytest.fixture
def spec(tmp_path: Any) -> Spec:
    return load_shop(tmp_path)


def answer(request: Request) -> Response:
    if request.method == "DELETE":
        return reply(204)
    return reply(201 if request.method == "POST" else 200, {"id": 7, "name": "x"})


def run_all(
    spec: Spec, scenarios: Sequence[Scenario], handle: Callable[[Request], Response] = answer, *, jobs: int = 1
) -> tuple[list[str], dict[str, tuple[str, str]]]:
    """Return the requests that left, and scenario -> outcome and reason."""
    needs = Needs({scenario.id: list_needs(scenario) for scenario in scenarios})
    desk = make_desk(spec, handle, needs=needs)
    run_scenarios(
        scenarios,
        find_runner=lambda _: desk.runner,
        find_hindrance=lambda each: (Outcome.SKIPPED, "not now") if "skip" in each.tags else None,
        jobs=jobs,
        is_fail_fast=False,
        stop=Stop(),
        on_interrupt=lambda: None,
        on_fault=lambda scenario, fault: pytest.fail(f"{scenario.id}: {fault}"),
        needs=needs,
    )
    ended = [event for event in desk.events if isinstance(event, ScenarioFinished)]
    sent = [f"{each.method} {each.url.removeprefix('http://shop.example.com')}" for each in desk.transport.sent]
    return sent, {event.scenario: (event.outcome, event.reason) for event in ended}


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_needed_scenario_runs_once_before_and_is_cleaned_up_after_the_last(spec: Spec, jobs: int) -> None:
    sent, ended = run_all(spec, [make_user("1"), make_user("2"), NEED, make_user("3")], jobs=jobs)

    assert sent == ["POST /things", *["GET /things/7"] * 3, "DELETE /things/7"]
    assert [outcome for outcome, _ in ended.values()] == ["passed"] * 4


@pytest.mark.parametrize("outcome", ["failed", "skipped"])
def test_who_needs_what_is_not_passed_is_blocked(spec: Spec, outcome: str) -> None:
    need = make_scenario("need", ADD, tags=("skip",) if outcome == "skipped" else ())

    sent, ended = run_all(spec, [need, make_user("1")], lambda _: reply(500))

    assert len(sent) == (outcome == "failed")
    assert ended["1"] == ("blocked", f"not sent: scenario 'need', which it needs, is {outcome}")


def test_a_need_of_a_need_is_cleaned_up_after_it(spec: Spec) -> None:
    middle = make_user("middle", cleanup=(make_step("removeThing", parameters={"id": "${made.id}"}),))
    last = make_scenario("last", needs={"middle": "middle"})

    sent, ended = run_all(spec, [last, middle, NEED])

    assert [each.split()[0] for each in sent] == ["POST", "GET", "GET", "DELETE", "DELETE"]
    assert {outcome for outcome, _ in ended.values()} == {"failed", "passed"}  # the list is not one


def test_a_cleanup_that_breaks_counts_for_the_needed_one_alone(spec: Spec) -> None:
    _, ended = run_all(
        spec, [NEED, make_user("1")], lambda each: reply(500) if each.method == "DELETE" else answer(each)
    )

    assert (ended["need"][0], ended["1"][0]) == ("errored", "passed")
    assert "state was left behind" in ended["need"][1]


def test_captures_keep_their_type_and_go_by_alias(spec: Spec) -> None:
    step = make_step(
        "addThing", body={"name": "${made.id} of ${made.id}"}, expect=Expectation(success=None), is_invalid_request=True
    )

    bodies: list[Any] = []

    def handle(request: Request) -> Response:
        bodies.append(json.loads(request.body or b"null"))
        return answer(request)

    run_all(spec, [NEED, make_scenario("1", step, needs={"made": "need"})], handle)

    assert bodies == [{"name": "x"}, {"name": "7 of 7"}, None]


def test_what_a_needed_scenario_has_lost_is_an_errored_step(spec: Spec) -> None:
    needs = Needs({"1": ["need"]})
    needs.give("need", Given(outcome=Outcome.PASSED, lost={"id": "redaction hides it"}))
    desk = make_desk(spec, answer, needs=needs)

    assert desk.runner.run(make_user("1")) is Outcome.ERRORED

    [step] = [event.step for event in desk.events if isinstance(event, StepFinished)]
    assert (step.outcome, step.reason) == ("errored", "not sent: the value of ${made.id} is lost: redaction hides it")


@pytest.mark.parametrize("value", ["${made.id}", "a ${made.id:text}"])
def test_what_a_step_that_was_left_out_would_have_given_leaves_out_who_uses_it(spec: Spec, value: str) -> None:
    when = When(this="${run_id}", matcher=ValueMatcher(value="never", is_schema=False), location=HERE)
    reading = make_step("getThing", parameters={"id": 1})
    need = make_scenario("need", reading, dataclasses.replace(ADD, when=when))
    using = make_step("getThing", name="using", parameters={"id": value})
    user = make_scenario("1", using, reading, needs={"made": "need"})

    sent, ended = run_all(spec, [need, user])

    assert sent == ["GET /things/1"] * 2
    assert {outcome for outcome, _ in ended.values()} == {"passed"}


def test_all_that_is_needed_is_selected_with_it_in_the_order_of_the_files() -> None:
    far, near = make_scenario("far"), make_scenario("near", needs={"a": "far"})
    user = make_scenario("1", needs={"b": "near", "c": "no such"})

    assert add_needed([user], [user, make_scenario("other"), near, far]) == (user, near, far)


def test_scenarios_that_are_tied_by_needs_are_one_group() -> None:
    groups = group_by_needs({"a": ["n"], "b": ["m"], "n": [], "m": [], "c": ["n", "m"], "d": []})

    assert {len({groups[each] for each in "anbmc"}), groups["d"]} == {1, "d"}
