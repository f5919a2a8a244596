"""Where a scenario stood when its run was killed, and how it goes on from there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.engine.progress import BROKEN_OFF, KEPT_BACK, NOT_STARTED, Progress, read_progress
from contracts_runner.engine.recording import Recorder
from contracts_runner.engine.scenarios import CLEANED_UP, ScenarioRunner
from contracts_runner.engine.steps import StepRunner
from contracts_runner.engine.threads import Stop
from contracts_runner.evidence.artifacts import WrittenArtifact
from contracts_runner.model.contract import Capture, Scenario
from contracts_runner.model.environment import Environment, RedactionMode, WritePolicy
from contracts_runner.model.exchange import Request, Response
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.openapi.spec import Spec
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import (
    Event,
    RequestSent,
    RunResumed,
    ScenarioFinished,
    ScenarioStarted,
    StepFinished,
)
from contracts_runner.results.lines import Line, as_json
from contracts_runner.results.rows import StepRow
from helpers.contracts import make_scenario, make_step
from helpers.engine import BASE_URL, FakeClock, FakeTransport, load_shop, reply
from helpers.operations import HERE

Story = RequestSent | StepFinished | ScenarioStarted | ScenarioFinished


def read(*events: Event) -> dict[str, Progress]:
    return read_progress(Line(seq=number, at="", event=event) for number, event in enumerate(events, start=1))


def started(scenario: str = "1") -> Story:
    return ScenarioStarted(scenario=scenario)


def sent(step: str = "add", scenario: str = "1") -> Story:
    return RequestSent(
        phase=Phase.SCENARIOS, scenario=scenario, step=step, operation="o", method="GET", url="u", is_write=False
    )


def finished(
    number: int, outcome: str = "passed", scenario: str = "1", row: Mapping[str, Any] | None = None, **fields: Any
) -> Story:
    step = StepRow(name="s", outcome=Outcome(outcome), auth="", **(row or {}))
    return StepFinished(scenario=scenario, number=number, step=step, **fields)


def ended(reason: str = "", scenario: str = "1") -> Story:
    return ScenarioFinished(scenario=scenario, outcome=Outcome.PASSED, reason=reason, duration_ms=1.0)


def test_a_scenario_of_which_nothing_left_has_not_begun() -> None:
    assert read(started(), finished(1, "blocked")) == {}


@pytest.mark.parametrize("reason", [NOT_STARTED, BROKEN_OFF])
def test_one_that_the_interrupt_kept_back_has_not_begun(reason: str) -> None:
    lines = [started(), finished(1, "skipped"), ended(reason)]

    assert read(*lines) == {}


def test_one_that_was_left_out_for_another_reason_is_over() -> None:
    lines = [started(), finished(1, "skipped"), ended("the credential key is not set")]

    assert read(*lines)["1"].is_finished


@pytest.mark.parametrize(
    ("lines", "doubt"),
    [
        ([sent()], True),
        ([sent(), finished(1)], False),
        ([sent(), sent(), finished(1), sent("read")], True),
        ([sent(), finished(1), sent("read"), finished(2)], False),
    ],
)
def test_a_step_is_in_doubt_when_a_request_left_after_the_last_recorded_one(lines: list[Story], doubt: bool) -> None:
    progress = read(started(), *lines)["1"]

    assert (progress.is_in_doubt, progress.is_finished) == (doubt, False)


def test_the_last_word_on_a_capture_counts() -> None:
    lines = [
        started(),
        sent(),
        finished(1, captured={"a": 1, "b": 2}, withheld={"c": "hidden"}),
        sent(),
        finished(2, captured={"c": 3}, withheld={"b": "hidden"}),
    ]

    progress = read(*lines)["1"]

    assert (progress.captured, progress.withheld) == ({"a": 1, "c": 3}, {"b": "hidden"})


@given(st.lists(st.tuples(st.sampled_from("12"), st.sampled_from("sftbe")), max_size=30), st.data())
def test_scenarios_do_not_mix(story: list[tuple[str, str]], data: st.DataObject) -> None:
    """Each scenario's progress is the same whatever others write in between."""
    lines, counts = [], {"1": 0, "2": 0}
    for scenario, kind in story:
        if kind == "f":
            counts[scenario] += 1
        makers = {
            "s": lambda s: sent(scenario=s),
            "f": lambda s: finished(counts[s], scenario=s),
            "t": lambda s: started(s),
            "b": lambda s: finished(counts[s] + 1, "blocked", scenario=s),
            "e": lambda s: ended(scenario=s),
        }
        lines.append(makers[kind](scenario))

    together = read(*lines, RunResumed(command="", platform=""))

    for scenario in "12":
        alone = read(*(each for each in lines if each.scenario == scenario))
        assert together.get(scenario) == alone.get(scenario)


@pytest.fixture
def spec(tmp_path: Path) -> Spec:
    return load_shop(tmp_path)


def resume(spec: Spec, progress: Progress) -> tuple[Outcome, list[Mapping[str, Any]], list[str]]:
    """Return the outcome, the rows that were added, and what was sent."""

    def answer(request: Request) -> Response:
        return reply(204) if request.method == "DELETE" else reply(200, {"id": 7, "name": "a"})

    environment = Environment(
        name="here",
        base_url=BASE_URL,
        credentials={"key": "very-secret-key-1"},
        writes=WritePolicy.ALLOW,
        location=HERE,
    )
    transport, clock, events = FakeTransport(answer), FakeClock(), list[Event]()
    runner = ScenarioRunner(
        steps=StepRunner(
            specs={spec.key: spec},
            environment=environment,
            base_url=BASE_URL,
            transport=transport,
            clock=clock,
            headers={},
        ),
        recorder=Recorder(
            {spec.key: spec},
            Redactor(mode=RedactionMode.FULL, secrets=environment.credentials, key=b"k" * 32),
            lambda *_: WrittenArtifact("artifact", ""),
        ),
        emit=events.append,
        run_id="run",
        progress=progress,
    )
    outcome = runner.run(make_shop_scenario())
    rows = [as_json(event.step) for event in events if isinstance(event, StepFinished)]
    return outcome, rows, [f"{request.method} {request.url.removeprefix(BASE_URL)}" for request in transport.sent]


def make_shop_scenario() -> Scenario:
    added = Capture(name="added", path="$.id", location=HERE)
    return make_scenario(
        "1",
        make_step("addThing", name="add", body={"name": "a"}, captures=(added,)),
        make_step("getThing", name="read", parameters={"id": "${added}"}),
        cleanup=(make_step("removeThing", name="drop", parameters={"id": "${added}"}),),
    )


def test_it_goes_on_after_the_last_recorded_step(spec: Spec) -> None:
    progress = read(started(), sent(), finished(1, captured={"added": 7}))["1"]

    outcome, rows, requests = resume(spec, progress)

    assert (outcome, requests) == (Outcome.PASSED, ["GET /things/7", "DELETE /things/7"])
    assert [row["number"] for row in rows] == [2, 3]


def test_a_recorded_failure_blocks_the_rest_and_is_cleaned_up(spec: Spec) -> None:
    progress = read(started(), sent(), finished(1, "failed", captured={"added": 7}))["1"]

    outcome, rows, requests = resume(spec, progress)

    assert (outcome, requests) == (Outcome.FAILED, ["DELETE /things/7"])
    assert [row["outcome"] for row in rows] == ["blocked", "passed"]


def test_when_only_the_cleanup_is_missing_the_outcome_is_that_of_the_recorded_steps(spec: Spec) -> None:
    lines = [started(), sent(), finished(1, captured={"added": 7}), sent("read"), finished(2, "known")]

    outcome, _, requests = resume(spec, read(*lines)["1"])

    assert (outcome, requests) == (Outcome.KNOWN, ["DELETE /things/7"])


def test_when_everything_was_recorded_nothing_is_sent(spec: Spec) -> None:
    steps = [finished(number) for number in (1, 2, 3)]

    outcome, rows, requests = resume(spec, read(started(), sent(), *steps)["1"])

    assert (outcome, rows, requests) == (Outcome.PASSED, [], [])


def cut_short(captured: Mapping[str, Any], *, cleanup: Mapping[str, Any]) -> list[Story]:
    kept_back = finished(2, "skipped", row={"reason": KEPT_BACK, "attempts": 0})
    cleaned = finished(3, row={"cleanup": True, **cleanup})
    return [started(), sent(), finished(1, captured=captured), kept_back, cleaned, ended()]


def test_what_an_interrupt_kept_back_is_sent_and_then_the_cleanup_that_could_not_be(spec: Spec) -> None:
    progress = read(*cut_short({"added": 7}, cleanup={"attempts": 0}))["1"]

    outcome, rows, requests = resume(spec, progress)

    assert (outcome, requests) == (Outcome.PASSED, ["GET /things/7", "DELETE /things/7"])
    assert [row["number"] for row in rows] == [2, 3]


def test_what_an_interrupt_kept_back_of_one_that_has_cleaned_up_cannot_be_found_out(spec: Spec) -> None:
    progress = read(*cut_short({"added": 7}, cleanup={}))["1"]

    outcome, rows, requests = resume(spec, progress)

    assert (outcome, requests) == (Outcome.ERRORED, [])
    assert [(row["number"], row["reason"]) for row in rows] == [(2, CLEANED_UP)]


def test_one_that_an_interrupt_ended_is_over_when_it_has_gone_on() -> None:
    lines = cut_short({}, cleanup={"attempts": 0})

    assert not read(*lines)["1"].is_finished
    assert read(*lines, sent(), finished(2), finished(3, row={"cleanup": True}), ended())["1"].is_finished


def test_a_cleanup_amid_which_a_run_was_killed_after_an_interrupt_is_not_sent_again(spec: Spec) -> None:
    lines = [*cut_short({"added": 7}, cleanup={})[:-1], sent()]

    progress = read(*lines)["1"]

    operation = spec.operations["removeThing"]
    assert [number for number in range(1, 6) if progress.is_doubtful_write(number, operation)] == [4]


def test_an_interrupt_counts_after_fail_fast_too() -> None:
    stop = Stop()
    stop.set("not started: --fail-fast")

    stop.set(NOT_STARTED, is_interrupt=True)

    assert stop.is_interrupted()
    assert stop.reason == NOT_STARTED
