"""A step that is sent again waits as long as the service asks for, within its time."""

from datetime import date

import pytest

from contracts_runner.model.contract import (
    BodyExpectation,
    Expectation,
    KnownDeviation,
    ObservedDeviation,
    Retry,
    ValueMatcher,
)
from contracts_runner.model.exchange import Request, Response
from contracts_runner.openapi.spec import Spec
from contracts_runner.results.events import ScenarioFinished
from helpers.contracts import make_scenario, make_step
from helpers.engine import Ran, load_shop, reply, run_scenario
from helpers.operations import HERE

# Of the clock of run_scenario, which begins at noon.
IN_FIVE_SECONDS = "Sun, 22 Nov 2026 12:00:05 GMT"
AN_HOUR_AGO = "Sun, 22 Nov 2026 11:00:00 GMT"


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return load_shop(tmp_path_factory.mktemp("shop"))


def poll(spec: Spec, *waits: str | None, status: int = 429) -> tuple[Ran, float]:
    """Run a step that asks each 0.5 s for 10 s, and gets each Retry-After in turn, None without one, then what it
    expects; return what it came to, and after how many seconds."""
    left = list(waits)

    def handle(_: Request) -> Response:
        if not left:
            return reply(200, {"id": 1, "name": "x"})
        wait = left.pop(0)
        return reply(status, {}) if wait is None else reply(status, {}, Retry_After=wait)

    step = make_step("getThing", parameters={"id": 1}, retry=Retry(every_seconds=0.5, for_seconds=10))
    ran = run_scenario(spec, make_scenario("1", step), handle)
    [end] = [event for event in ran.events if isinstance(event, ScenarioFinished)]
    return ran, end.duration_ms / 1000


@pytest.mark.parametrize("status", [302, 404, 409, 429, 503])
@pytest.mark.parametrize(
    ("waits", "seconds"),
    [
        (("2",), 2),
        (("1", "3"), 4),
        (("10",), 10),
        ((IN_FIVE_SECONDS,), 5),
        (("2", None, "1"), 3.5),
        (("0",), 0.5),
        ((AN_HOUR_AGO,), 0.5),
        (("soon",), 0.5),
        (("-7",), 0.5),
    ],
)
def test_a_step_is_sent_again_when_both_retry_and_the_service_say_so(
    spec: Spec, status: int, waits: tuple[str | None, ...], seconds: float
) -> None:
    ran, took = poll(spec, *waits, status=status)

    assert (ran.outcome, ran.steps[0]["attempts"], took) == ("passed", len(waits) + 1, seconds)
    assert ran.reason == ""


@pytest.mark.parametrize(
    ("waits", "seconds"),
    [
        (("11",), 0),
        (("6", "5"), 6),
        (("9" * 30,), 0),
        (("1", "Sun, 22 Nov 2026 12:00:11 GMT"), 1),
    ],
)
def test_what_is_beyond_the_time_of_a_retry_ends_it_at_once(spec: Spec, waits: tuple[str, ...], seconds: float) -> None:
    ran, took = poll(spec, *waits)

    step = ran.steps[0]
    assert (step["outcome"], step["attempts"], took) == ("failed", len(waits), seconds)
    why = f"not sent again: Retry-After: {waits[-1]} is beyond the `for` of `retry` (10 s)"
    assert step["reason"] == ran.reason == f"{ran.find_checks('failed')[0][1]}; {why}"


@pytest.mark.parametrize("wait", [None, "0", "soon", AN_HOUR_AGO])
def test_a_time_that_runs_out_by_itself_is_not_put_down_to_the_service(spec: Spec, wait: str | None) -> None:
    ran, took = poll(spec, *[wait] * 99)

    assert (ran.steps[0]["attempts"], took, ran.steps[0]["reason"]) == (21, 10, "")


def test_that_a_known_deviation_has_expired_is_said_beside_it(spec: Spec) -> None:
    expired = KnownDeviation(
        environments=("here",),
        observed=ObservedDeviation(status=429),
        because="decided",
        until=date(2026, 11, 21),
        location=HERE,
    )
    step = make_step(
        "getThing",
        parameters={"id": 1},
        expect=Expectation(is_schema_checked=False),
        retry=Retry(every_seconds=1, for_seconds=10),
    )
    scenario = make_scenario("1", step, known=(expired,))

    ran = run_scenario(spec, scenario, lambda _: reply(429, {}, Retry_After="11"))

    assert "not sent again: Retry-After: 11" in ran.reason
    assert "it was known until 2026-11-21" in ran.reason


@pytest.mark.parametrize(
    ("states", "give_up", "sent", "outcome"),
    [
        (["new", "crashed", "done"], {"enum": ["crashed", "cancelled"]}, 2, "failed"),
        (["new", "later", "done"], {"enum": ["crashed", "cancelled"]}, 3, "passed"),
        (["crashed", "done"], "crashed", 1, "failed"),
        (["done"], "done", 1, "passed"),
    ],
)
def test_an_answer_at_which_a_retry_gives_up_is_the_last_one(
    spec: Spec, states: list[str], give_up: object, sent: int, outcome: str
) -> None:
    left = list(states)
    matcher = ValueMatcher(value=give_up, is_schema=isinstance(give_up, dict))
    expect = Expectation(
        body=(BodyExpectation(path="$.name", matcher=ValueMatcher(value="done", is_schema=False), location=HERE),)
    )
    retry = Retry(
        every_seconds=1, for_seconds=60, give_up=(BodyExpectation(path="$.name", matcher=matcher, location=HERE),)
    )
    step = make_step("getThing", parameters={"id": 1}, retry=retry, expect=expect)

    ran = run_scenario(spec, make_scenario("1", step), lambda _: reply(200, {"id": 1, "name": left.pop(0)}))

    assert (len(ran.sent), ran.outcome) == (sent, outcome)
    assert ("`retry` gives up" in ran.reason) is (outcome == "failed")


def test_an_answer_that_lacks_what_give_up_looks_at_is_not_the_last_one(spec: Spec) -> None:
    matcher = ValueMatcher(value="crashed", is_schema=False)
    give_up = (BodyExpectation(path="$.name", matcher=matcher, location=HERE),)
    step = make_step("getThing", parameters={"id": 1}, retry=Retry(every_seconds=1, for_seconds=2, give_up=give_up))

    assert len(run_scenario(spec, make_scenario("1", step), lambda _: reply(500, {})).sent) == 3
