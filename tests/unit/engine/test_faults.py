"""One fault is one row: whatever breaks at whatever level of a scenario, that is errored, and cleanup runs."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from contracts_runner.engine.recording import Recorder
from contracts_runner.engine.scenarios import ScenarioRunner
from contracts_runner.engine.steps import StepRunner
from contracts_runner.engine.threads import Stop, run_scenarios
from contracts_runner.evidence.artifacts import WrittenArtifact
from contracts_runner.faults import Fault
from contracts_runner.model.checks import CheckName
from contracts_runner.model.contract import BodyExpectation, Capture, Expectation, Relation, Scenario, ValueMatcher
from contracts_runner.model.environment import Environment, RedactionMode, WritePolicy
from contracts_runner.model.exchange import Request, Response
from contracts_runner.model.outcome import Outcome
from contracts_runner.openapi.spec import Spec
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import Event, ScenarioFinished, StepFinished
from contracts_runner.results.lines import as_json
from helpers.contracts import make_scenario, make_step
from helpers.engine import BASE_URL, FakeClock, FakeTransport, Ran, load_shop, reply
from helpers.operations import HERE

SECRET = "very-secret-key-1"
KINDS = (KeyError(SECRET), RecursionError(SECRET), MemoryError(SECRET), SystemExit(0), UnicodeError(SECRET))
DEEP = 150


class Breaking:
    """Stands for a part that breaks when the step `read` uses it."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def send(self, request: Request) -> Response:
        """The transport."""
        if request.operation == "getThing":
            raise self.error
        return answer(request)

    def emit(self, event: Event) -> None:
        """The listeners: of the step only its short row is taken."""
        if isinstance(event, StepFinished) and event.step.name == "read" and event.exchange is not None:
            raise self.error

    def write_artifact(self, _scenario: str, number: int, step: str, _document: Mapping[str, Any]) -> WrittenArtifact:
        """The folder of the run."""
        if step == "read":
            raise self.error
        return WrittenArtifact(f"artifacts/{number}", "")

    def check_response(self, *_: object) -> list[object]:
        """The schemas of the spec."""
        raise self.error

    def check_inline(self, *_: object) -> list[object]:
        """The schemas of a contract."""
        raise self.error


def answer(request: Request) -> Response:
    return reply(204) if request.method == "DELETE" else reply(201 if request.method == "POST" else 200, {"id": 7})


SCENARIO = make_scenario(
    "1",
    make_step(
        "addThing", name="add", body={"name": "a"}, captures=(Capture(name="added", path="$.id", location=HERE),)
    ),
    make_step("getThing", name="read", parameters={"id": "${added}"}),
    make_step("listThings", name="never"),
    cleanup=(make_step("removeThing", name="drop", parameters={"id": "${added}"}),),
)


def run(
    spec: Spec,
    scenario: Scenario,
    *,
    send: Callable[[Request], Response] = answer,
    emit: Callable[[Event], None] = lambda _: None,
    write_artifact: Callable[..., WrittenArtifact] = lambda *_: WrittenArtifact("artifact", ""),
) -> tuple[Ran, list[Event]]:
    """Run a scenario with one of its parts replaced."""
    environment = Environment(
        name="here", base_url=BASE_URL, credentials={"key": SECRET}, writes=WritePolicy.ALLOW, location=HERE
    )
    transport, events = FakeTransport(send), list[Event]()

    def take(event: Event) -> None:
        emit(event)
        events.append(event)

    runner = ScenarioRunner(
        steps=StepRunner(
            specs={spec.key: spec},
            environment=environment,
            base_url=BASE_URL,
            transport=transport,
            clock=FakeClock(),
            headers={},
        ),
        recorder=Recorder(
            {spec.key: spec},
            Redactor(mode=RedactionMode.FULL, secrets=environment.credentials, key=b"k" * 32),
            write_artifact,
        ),
        emit=take,
        run_id="run",
    )
    outcome = runner.run(scenario)
    steps = [as_json(event.step) for event in events if isinstance(event, StepFinished)]
    [reason] = [event.reason for event in events if isinstance(event, ScenarioFinished)]
    return Ran(outcome, steps, transport.sent, [], reason, events), events


@pytest.mark.parametrize("part", ["send", "emit", "write_artifact"])
@pytest.mark.parametrize("error", KINDS, ids=lambda error: type(error).__name__)
def test_a_step_that_breaks_is_errored_and_the_cleanup_runs(tmp_path: Any, part: str, error: BaseException) -> None:
    ran, events = run(load_shop(tmp_path), without_schema(SCENARIO), **{part: getattr(Breaking(error), part)})

    assert ran.outcome is Outcome.ERRORED
    assert [(step["name"], step["outcome"]) for step in ran.steps] == [
        ("add", "passed"),
        ("read", "errored"),
        ("never", "blocked"),
        ("drop", "passed"),
    ]
    assert [request.method for request in ran.sent] == ["POST", "GET", "DELETE"]
    assert f"an unexpected {type(error).__name__} (" in ran.steps[1]["reason"] + str(ran.steps[1]["checks"])
    assert "test_faults.py:" in ran.steps[1]["reason"] + str(ran.steps[1]["checks"])
    assert SECRET not in str(ran.steps)
    assert ran.steps[1]["attempts"] == 1
    assert isinstance(events[-1], ScenarioFinished)
    assert "test_faults.py:" in events[-1].reason


def without_schema(scenario: Scenario) -> Scenario:
    """Return a scenario whose answers are not held against the spec."""
    expect = Expectation(is_schema_checked=False)
    steps = tuple(dataclasses.replace(step, expect=expect) for step in scenario.steps)
    return dataclasses.replace(scenario, steps=steps)


@pytest.mark.parametrize("error", KINDS, ids=lambda error: type(error).__name__)
def test_a_check_that_breaks_is_errored_and_the_other_checks_are_made(tmp_path: Any, error: BaseException) -> None:
    shop = load_shop(tmp_path)
    plain = {label: dataclasses.replace(each, success=None) for label, each in shop.operations.items()}
    spec = dataclasses.replace(shop, operations=plain, schemas=Breaking(error))  # type: ignore[arg-type]  # it breaks
    every = Relation(kind=CheckName.EVERY, this="$.data", operand={"type": "object"}, location=HERE)
    unique = Relation(kind=CheckName.UNIQUE, this="$.data", operand=None, location=HERE)
    expect = Expectation(
        status=((200, 200),),
        body=(body("$.data", {"type": "array"}, is_schema=True), body("$.total", 1)),
        relations=(every, unique),
    )
    captures = (Capture(name="total", path="$.total", location=HERE),)
    scenario = make_scenario("1", make_step("listThings", name="read", expect=expect, captures=captures))

    ran, _ = run(spec, scenario, send=lambda _: reply(200, {"data": [1, 2], "total": 1}))

    rows = [(row["check"], row["path"], row["outcome"]) for row in ran.steps[0]["checks"]]
    assert rows == [
        ("status", None, "passed"),
        ("success", None, "passed"),
        ("body", "$.data", "errored"),
        ("body", "$.total", "passed"),
        ("every", "$.data", "errored"),
        ("unique", "$.data", "passed"),
        ("status_declared", None, "passed"),
        ("media_type_declared", None, "passed"),
        ("body_schema", None, "errored"),
    ]


def body(path: str, value: Any, *, is_schema: bool = False) -> BodyExpectation:
    return BodyExpectation(path=path, matcher=ValueMatcher(value=value, is_schema=is_schema), location=HERE)


def nest(depth: int) -> Any:
    """Return an object nested so deep, with a number at the bottom."""
    value: Any = {"id": 7}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize("depth", [99, 100, 101, DEEP])
def test_descendants_of_a_deep_body_are_found_within_its_limit(tmp_path: Any, depth: int) -> None:
    expect = Expectation(is_schema_checked=False, body=(body("$..id", [7]),))
    captures = (Capture(name="ids", path="$..id", location=HERE),)
    scenario = make_scenario("1", make_step("listThings", name="read", expect=expect, captures=captures))

    ran, _ = run(load_shop(tmp_path), scenario, send=lambda _: reply(200, nest(depth)))

    assert (ran.outcome, ran.steps[0]["checks"][-1]["outcome"]) == (Outcome.PASSED, "passed")


def test_a_pattern_at_the_bound_of_the_validator_is_errored(tmp_path: Any) -> None:
    slow = r"^(?=a)(a|aa)+\1$"
    expect = Expectation(is_schema_checked=False, body=(body("$.name", {"pattern": slow}, is_schema=True),))
    scenario = make_scenario("1", make_step("listThings", name="read", expect=expect))

    ran, _ = run(load_shop(tmp_path), scenario, send=lambda _: reply(200, {"name": "a" * 60 + "b"}))

    assert ran.outcome is Outcome.ERRORED
    assert ran.find_checks("errored") == [
        ("body", "cannot be judged: a pattern of the schema needs more steps than a regular expression may take")
    ]


def test_an_answer_of_which_the_success_cannot_be_judged_is_recorded_and_errored(tmp_path: Any) -> None:
    spec = dataclasses.replace(load_shop(tmp_path), schemas=Breaking(KeyError(SECRET)))  # type: ignore[arg-type]  # it

    ran, events = run(spec, make_scenario("1", make_step("listThings", name="read")))

    [finished] = [event for event in events if isinstance(event, StepFinished)]
    assert [name for name, _ in ran.find_checks("errored")] == ["response"]
    assert finished.exchange is not None
    assert (ran.steps[0]["response"]["status"], ran.steps[0]["success"]) == (200, None)


@pytest.mark.parametrize("error", KINDS, ids=lambda error: type(error).__name__)
def test_a_scenario_that_cannot_be_begun_is_told_and_the_others_run(error: BaseException) -> None:
    ran: list[str] = []
    faults: list[tuple[str, str]] = []

    class Runner:
        is_resuming = False

        def run(self, scenario: Scenario) -> Outcome:
            ran.append(scenario.id)
            return Outcome.PASSED

    def find_runner(scenario: Scenario) -> Any:
        if scenario.id == "1":
            raise error
        return Runner()

    def take(scenario: Scenario, fault: Fault) -> None:
        faults.append((scenario.id, fault.kind))

    run_scenarios(
        [make_scenario(id) for id in "012"],
        find_runner=find_runner,
        find_hindrance=lambda _: None,
        jobs=1,
        is_fail_fast=False,
        stop=Stop(),
        on_interrupt=lambda: None,
        on_fault=take,
    )

    assert (ran, faults) == (["0", "2"], [("1", type(error).__name__)])
