"""Cleanup is judged by what it is for: every answer to a write, with every answer to its cleanup."""

import itertools
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from contracts_runner.audit.chain import Line
from contracts_runner.audit.judging import judge_scenario as audit_scenario
from contracts_runner.audit.tally import ScenarioRecord
from contracts_runner.errors import BadResponseError, NoResponseError
from contracts_runner.model.contract import (
    Capture,
    Expectation,
    KnownDeviation,
    ObservedDeviation,
    Retry,
    Step,
    StepVariant,
)
from contracts_runner.model.environment import WritePolicy
from contracts_runner.model.exchange import Request, Response
from contracts_runner.openapi.spec import Spec
from contracts_runner.results.events import StepFinished
from contracts_runner.results.lines import as_json
from contracts_runner.results.scenarios import judge_scenario as fold_scenario
from helpers.contracts import make_scenario, make_step
from helpers.engine import Ran, load_shop, reply, run_scenario
from helpers.operations import HERE

LEFT = "state was left behind"
MADE = {"id": 1, "name": "чашка"}
WORST_FIRST = ("failed", "errored", "known", "passed")

# What the write answers -> the outcome of its step; of a lost answer nothing is captured.
WRITES: dict[str, tuple[Callable[[], Response], str]] = {
    "made": (lambda: reply(201, MADE), "passed"),
    "made, undeclared": (lambda: reply(202, MADE), "failed"),
    "refused": (lambda: reply(422, {}), "failed"),
    "lost": (lambda: _raise(NoResponseError("no answer in 30 s")), "errored"),
}
# What the cleanup answers; None: no usable answer. The spec declares 204 alone.
ANSWERS: dict[str, tuple[Callable[[], Response], int | None]] = {
    "204": (lambda: reply(204), 204),
    "200": (lambda: reply(200, {}), 200),
    "404": (lambda: reply(404, {}), 404),
    "500": (lambda: reply(500, {}), 500),
    "nothing": (lambda: _raise(NoResponseError("reset")), None),
    "not HTTP": (lambda: _raise(BadResponseError("no status line")), None),
}
EXPECTATIONS: dict[str, tuple[Expectation, Callable[[int], bool]]] = {
    "none": (Expectation(), lambda status: status < 300),
    "204": (Expectation(status=((204, 204),)), lambda status: status == 204),
    "404 or 204": (Expectation(status=((404, 404), (204, 204))), lambda status: status in (204, 404)),
}


def _raise(error: Exception) -> Response:
    raise error


def known(status: int) -> KnownDeviation:
    return KnownDeviation(
        environments=("here",),
        observed=ObservedDeviation(status=status),
        because="It is so.",
        until=date(2999, 1, 1),
        location=HERE,
    )


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return load_shop(tmp_path_factory.mktemp("shop"))


def judge(write: str, answer: str, expect: str, entry: int | None) -> tuple[str, bool]:
    """Return the right outcome, and whether state was left behind, from the words of the design."""
    made, status, accepts = WRITES[write][1], ANSWERS[answer][1], EXPECTATIONS[expect][1]
    is_clean = status is not None and accepts(status)
    is_deviating = not is_clean or status != 204
    if not is_deviating:
        cleaned = "passed"
    elif status is not None and status == entry:
        cleaned = "known"
    else:
        cleaned = "failed" if is_clean else "errored"
    return next(outcome for outcome in WORST_FIRST if outcome in (made, cleaned)), not is_clean


@pytest.mark.parametrize(
    ("write", "answer", "expect", "entry"),
    list(itertools.product(WRITES, ANSWERS, EXPECTATIONS, (None, 200, 404, 500))),
)
def test_every_answer_to_a_write_and_its_cleanup(
    spec: Spec, write: str, answer: str, expect: str, entry: int | None
) -> None:
    outcome, is_left = judge(write, answer, expect, entry)

    def handle(request: Request) -> Response:
        return (WRITES[write] if request.method == "POST" else ANSWERS[answer])[0]()

    removal = make_step("removeThing", parameters={"id": 1}, expect=EXPECTATIONS[expect][0])
    entries = (known(entry),) if entry else ()
    scenario = make_scenario("1", make_step("addThing", body={"name": "a"}), cleanup=(removal,), known=entries)
    ran = run_scenario(spec, scenario, handle)

    if entry and outcome == "passed":
        outcome = "fixed"
    assert (ran.outcome, LEFT in ran.reason) == (outcome, is_left), ran.reason
    assert [request.method for request in ran.sent] == ["POST", "DELETE"]
    assert_judged_alike(ran)


def assert_judged_alike(ran: Ran) -> None:
    """The fold and the audit come to the same from the rows alone."""
    *_, closed = ran.events
    rows = [event.step for event in ran.events if isinstance(event, StepFinished)]
    record = ScenarioRecord({}, closed=Line(0, as_json(closed)))
    record.steps = {number: Line(number, {"step": as_json(row)}) for number, row in enumerate(rows)}
    assert (fold_scenario(rows, closed)[0], audit_scenario(record)) == (ran.outcome, ran.outcome)


NEW = Capture(name="new", path="$.id", location=HERE)
REMOVAL = make_step("removeThing", parameters={"id": "${new}"})


def run_with_cleanup(
    spec: Spec, *steps: Step, answers: dict[str, Response], cleanup: Step = REMOVAL, **changes: Any
) -> Ran:
    """Run steps and their cleanup against answers by method."""
    scenario = make_scenario("1", *steps, cleanup=(cleanup,))
    ran = run_scenario(spec, scenario, lambda request: answers[request.method], **changes)
    assert_judged_alike(ran)
    return ran


def test_a_cleanup_whose_values_are_missing_leaves_state_behind_once_a_write_has_left(spec: Spec) -> None:
    add = make_step("addThing", body={"name": "a"}, captures=(NEW,))

    ran = run_with_cleanup(spec, add, answers={"POST": reply(201, {"name": "a"})})

    assert (ran.outcome, [step["outcome"] for step in ran.steps]) == ("failed", ["failed", "errored"])
    assert LEFT in ran.reason


def test_a_cleanup_that_could_not_be_sent_left_nothing_behind_where_only_reads_had_left(spec: Spec) -> None:
    read = make_step("getThing", parameters={"id": 1}, captures=(Capture(name="new", path="$.no", location=HERE),))

    ran = run_with_cleanup(spec, read, answers={"GET": reply(200, MADE)})

    assert (ran.outcome, [step["outcome"] for step in ran.steps]) == ("failed", ["failed", "blocked"])
    assert LEFT not in ran.reason


@pytest.mark.parametrize("writes", [WritePolicy.BLOCK, WritePolicy.PROBE])
def test_under_a_policy_that_lets_no_write_leave_nothing_is_left_behind(spec: Spec, writes: WritePolicy) -> None:
    probe = StepVariant(parameters={"id": 0}, location=HERE)
    change = make_step("removeThing", name="change", parameters={"id": 1}, probe=probe, expect=EXPECTATIONS["none"][0])
    read = make_step("getThing", parameters={"id": 1})
    cleanup = make_step("addThing", body={"name": "a"})

    ran = run_with_cleanup(
        spec, read, change, answers={"GET": reply(200, MADE), "DELETE": reply(404)}, cleanup=cleanup, writes=writes
    )

    assert (ran.steps[-1]["cleanup"], ran.steps[-1]["outcome"]) == (True, "blocked")
    assert LEFT not in ran.reason


def test_a_cleanup_is_not_repeated_once_its_expectation_is_met(spec: Spec) -> None:
    cleanup = make_step("removeThing", parameters={"id": 1}, retry=Retry(every_seconds=1, for_seconds=9))
    add = make_step("addThing", body={"name": "a"})

    ran = run_with_cleanup(spec, add, answers={"POST": reply(201, MADE), "DELETE": reply(200, {})}, cleanup=cleanup)

    assert ([request.method for request in ran.sent], ran.outcome) == (["POST", "DELETE"], "failed")
    assert LEFT not in ran.reason


def test_a_cleanup_is_repeated_until_its_expectation_is_met(spec: Spec) -> None:
    answers = iter([reply(201, MADE), reply(500, {}), reply(204)])
    cleanup = make_step("removeThing", parameters={"id": 1}, retry=Retry(every_seconds=1, for_seconds=9))
    scenario = make_scenario("1", make_step("addThing", body={"name": "a"}), cleanup=(cleanup,))

    ran = run_scenario(spec, scenario, lambda _: next(answers))

    assert (ran.outcome, ran.steps[-1]["attempts"]) == ("passed", 2)


def test_a_failure_does_not_hide_that_state_was_left_behind(spec: Spec) -> None:
    add = make_step("addThing", body={"name": "a"}, expect=Expectation(status=((200, 200),)))

    ran = run_with_cleanup(
        spec,
        add,
        answers={"POST": reply(201, MADE), "DELETE": reply(500, {})},
        cleanup=make_step("removeThing", parameters={"id": 1}),
    )

    assert ran.reason.startswith("status 201, expected 200; state was left behind, cleanup 'removeThing' failed: ")
