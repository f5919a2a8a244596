"""What a resumed run still has of the scenarios that others need."""

from types import SimpleNamespace
from typing import Any

import pytest

from contracts_runner.engine.progress import Progress
from contracts_runner.model.contract import Capture, Scenario, Step
from contracts_runner.model.environment import Environment
from contracts_runner.model.outcome import Outcome
from contracts_runner.openapi.spec import Spec
from contracts_runner.run.resumed_needs import build_needs
from helpers.contracts import make_scenario, make_step
from helpers.engine import BASE_URL, load_shop
from helpers.ledger_builder import make_step_row
from helpers.operations import HERE

IT = (Capture(name="it", path="$.id", location=HERE),)
READ, WRITE = make_step("getThing", captures=IT), make_step("addThing", captures=IT)
KEPT: dict[str, Any] = {"captured": {"it": 1}}
HIDDEN: dict[str, Any] = {"withheld": {"it": "redaction hides it"}}


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return load_shop(tmp_path_factory.mktemp("shop"))


def build(spec: Spec, scenarios: list[Scenario], progress: dict[str, Progress]) -> tuple[Any, list[str]]:
    environment = Environment(name="here", base_url=BASE_URL, location=HERE)
    plan: Any = SimpleNamespace(
        needs={each.id: tuple(each.needs.values()) for each in scenarios},
        selection=SimpleNamespace(scenarios=scenarios),
        project=SimpleNamespace(specs={"api": spec}, scenarios=scenarios),
        environment=environment,
    )
    resume: Any = SimpleNamespace(progress=progress, has_finished=lambda _: False)
    needs, again = build_needs(plan, resume)
    return needs, sorted(again)


def make_progress(*outcomes: str, cleaned_up: bool = False, is_finished: bool = True, **changes: Any) -> Progress:
    rows = {number: make_step_row(outcome) for number, outcome in enumerate(outcomes, start=1)}
    if cleaned_up:
        rows[len(rows) + 1] = make_step_row(cleanup=True)
    return Progress(rows=rows, has_sent=True, is_finished=is_finished, **changes)


@pytest.mark.parametrize(
    ("step", "progress", "again", "obstacle"),
    [
        (WRITE, make_progress("passed", **KEPT), [], None),
        (WRITE, make_progress("failed"), [], Outcome.BLOCKED),
        (WRITE, make_progress("passed", **KEPT, cleaned_up=True), [], Outcome.ERRORED),
        (READ, make_progress("passed", **KEPT, cleaned_up=True), ["need"], None),
        (READ, make_progress("passed", **HIDDEN), ["need"], None),
        (READ, make_progress("failed", **HIDDEN), [], Outcome.BLOCKED),
        (WRITE, make_progress("passed", **HIDDEN), [], None),  # the step that uses it is errored
        (READ, make_progress("passed", is_finished=False, **HIDDEN), ["need"], None),
        (READ, make_progress("passed", is_finished=False, **KEPT), [], None),
    ],
)
def test_what_is_finished_gives_what_the_ledger_has_or_is_run_again(
    spec: Spec, step: Step, progress: Progress, again: list[str], obstacle: Outcome | None
) -> None:
    scenarios = [make_scenario("need", step), make_scenario("user", needs={"made": "need"})]

    needs, found = build(spec, scenarios, {"need": progress})

    assert found == again
    given = needs.find("need")
    assert (given is None) is (bool(again) or not progress.is_finished)
    assert given is None or (needs.find_obstacle("user") or (None,))[0] is obstacle


def test_what_is_needed_by_one_that_is_run_again_is_needed_too(spec: Spec) -> None:
    scenarios = [
        make_scenario("far", READ),
        make_scenario("near", READ, needs={"a": "far"}),
        make_scenario("user", needs={"a": "near"}),
    ]
    progress = {"far": make_progress("passed", **HIDDEN), "near": make_progress("passed", **HIDDEN)}

    needs, again = build(spec, scenarios, progress)

    assert again == ["far", "near"]
    assert needs.is_needed("far")


def test_nobody_needs_what_all_that_needed_it_are_done_with(spec: Spec) -> None:
    scenarios = [make_scenario("need", READ), make_scenario("user", needs={"made": "need"})]

    needs, again = build(spec, scenarios, {"need": make_progress("passed", **HIDDEN), "user": make_progress("passed")})

    assert (again, needs.is_needed("need")) == ([], False)


@pytest.mark.parametrize(("step", "again"), [(READ, ["1"]), (WRITE, [])])
def test_one_that_keeps_cookies_is_run_again_if_it_only_reads(spec: Spec, step: Step, again: list[str]) -> None:
    scenario = make_scenario("1", step, keeps_cookies=True)

    assert build(spec, [scenario], {"1": make_progress("passed", is_finished=False)})[1] == again


@pytest.mark.parametrize(
    ("sent", "has_cleaned_up", "again"),
    [(READ, True, ["1"]), (READ, False, []), (WRITE, True, []), (WRITE, False, [])],
)
def test_one_that_was_interrupted_and_has_cleaned_up_is_run_again_if_it_has_only_read(
    spec: Spec, sent: Step, has_cleaned_up: bool, again: list[str]
) -> None:
    rows = {1: make_step_row(), **({4: make_step_row(cleanup=True)} if has_cleaned_up else {})}
    progress = Progress(rows=rows, has_sent=True, kept_back={2, 3})

    assert build(spec, [make_scenario("1", sent, READ, WRITE)], {"1": progress})[1] == again


def test_what_a_step_that_was_left_out_would_have_given_is_still_known(spec: Spec) -> None:
    scenarios = [make_scenario("need", make_step(), WRITE), make_scenario("user", needs={"made": "need"})]
    rows = {1: make_step_row(), 2: make_step_row("skipped", left_out=True)}

    needs, _ = build(spec, scenarios, {"need": Progress(rows=rows, has_sent=True, is_finished=True)})

    assert needs.find("need").left_out == {"it": "addThing"}
