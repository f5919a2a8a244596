"""Scenarios over a fake transport: variants, guard, captures, retries, known deviations, what is recorded."""

import dataclasses
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from contracts_runner.errors import BadResponseError, NoResponseError
from contracts_runner.model.contract import (
    BodyExpectation,
    Capture,
    Expectation,
    HeaderExpectation,
    KnownDeviation,
    ObservedDeviation,
    Retry,
    StepVariant,
    ValueMatcher,
)
from contracts_runner.model.environment import WritePolicy
from contracts_runner.model.exchange import Request, Response
from contracts_runner.model.outcome import Outcome
from contracts_runner.openapi.spec import Spec
from contracts_runner.results.lines import as_json
from helpers.contracts import make_scenario, make_step
from helpers.engine import load_shop, reply, run_scenario
from helpers.operations import HERE

THING = {"id": 1, "name": "чашка"}


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return load_shop(tmp_path_factory.mktemp("shop"))


def status(*codes: int) -> tuple[tuple[int, int], ...]:
    return tuple((code, code) for code in codes)


def equals(path: str, value: Any) -> BodyExpectation:
    return BodyExpectation(
        path=path, matcher=ValueMatcher(value=value, is_schema=isinstance(value, dict)), location=HERE
    )


def read(**changes: Any) -> Any:
    return make_step("getThing", **{"parameters": {"id": 1}, **changes})


def test_without_expectations_success_and_conformance_are_checked(spec: Spec) -> None:
    ran = run_scenario(spec, make_scenario("1", read()), lambda _: reply(200, THING))

    assert ran.outcome is Outcome.PASSED
    assert [name for name, _ in ran.find_checks("passed")] == [
        "success",
        "status_declared",
        "media_type_declared",
        "body_schema",
    ]


def test_a_declared_404_is_no_success_when_nothing_was_expected(spec: Spec) -> None:
    ran = run_scenario(spec, make_scenario("1", read()), lambda _: reply(404, {"code": "UNKNOWN"}))

    assert [name for name, _ in ran.find_checks("failed")] == ["success"]


def test_an_expected_404_needs_no_success(spec: Spec) -> None:
    expect = Expectation(status=status(404), error="UNKNOWN")

    ran = run_scenario(spec, make_scenario("1", read(expect=expect)), lambda _: reply(404, {"code": "UNKNOWN"}))

    assert ran.outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("expect", "answer", "failing"),
    [
        (Expectation(status=((200, 299),)), reply(200, THING), []),
        (Expectation(status=status(200, 404)), reply(404, {"code": "X"}), []),
        (Expectation(status=status(200)), reply(404, {"code": "X"}), ["status"]),
        (Expectation(error="X"), reply(404, {"code": "X"}), []),
        (Expectation(error="X"), reply(404, {"code": "Y"}), ["error"]),
        (Expectation(error="X"), reply(200, {**THING, "code": "X"}), ["error"]),
        (Expectation(error=None), reply(200, THING), []),
        (Expectation(error=None), reply(200, {**THING, "code": "X"}), ["error"]),
        (Expectation(success=False), reply(404, {"code": "X"}), []),
        (Expectation(success=False), reply(200, THING), ["success"]),
        (Expectation(success=None, status=status(200)), reply(200, {**THING, "status": "error"}), []),
        (Expectation(status=status(200)), reply(200, {**THING, "status": "error"}), ["success"]),
        (Expectation(media_type="application/json"), reply(200, THING), []),
        (Expectation(media_type="text/csv"), reply(200, THING), ["media_type"]),
        (Expectation(latency_ms=10), reply(200, THING, total_ms=9), []),
        (Expectation(latency_ms=10), reply(200, THING, total_ms=11), ["latency"]),
        (Expectation(body=(equals("$.id", 1),)), reply(200, THING), []),
        (Expectation(body=(equals("$.id", 2),)), reply(200, THING), ["body"]),
        (Expectation(body=(equals("$.id", True),)), reply(200, THING), ["body"]),
        (Expectation(body=(equals("$.nope", None),)), reply(200, THING), ["body"]),
        (Expectation(body=(equals("$.nope[*]", []),)), reply(200, THING), []),
        (Expectation(body=(equals("$", {"required": ["owner"]}),)), reply(200, THING), ["body"]),
        (Expectation(is_schema_checked=False), reply(200, {}), []),
        (Expectation(), reply(200, {}), ["body_schema"]),
        (Expectation(), reply(200, "<p>", media_type="text/html"), ["success", "media_type_declared"]),
        (Expectation(status=status(418)), reply(418, {}), ["status_declared"]),
    ],
)
def test_each_expectation_fails_on_its_own_fault_alone(
    spec: Spec, expect: Expectation, answer: Response, failing: list[str]
) -> None:
    ran = run_scenario(spec, make_scenario("1", read(expect=expect)), lambda _: answer)

    assert [name for name, _ in ran.find_checks("failed")] == failing


def test_a_header_is_matched_by_its_joined_text(spec: Spec) -> None:
    matcher = ValueMatcher(value={"pattern": "no-cache"}, is_schema=True)
    expect = Expectation(headers=(HeaderExpectation(name="cache-control", matcher=matcher, location=HERE),))
    scenario = make_scenario("1", read(expect=expect))

    present = run_scenario(spec, scenario, lambda _: reply(200, THING, Cache_Control="no-cache, private"))
    absent = run_scenario(spec, scenario, lambda _: reply(200, THING))

    assert present.outcome is Outcome.PASSED
    assert absent.find_checks("failed") == [("header", "the header cache-control is missing")]


def test_the_variant_of_the_environment_replaces_the_expectation_and_merges_parameters(spec: Spec) -> None:
    variant = StepVariant(parameters={"id": 7}, expect=Expectation(status=status(404)), location=HERE)
    step = read(expect=Expectation(body=(equals("$.id", 1),)), variants={"here": variant, "there": variant})

    ran = run_scenario(spec, make_scenario("1", step), lambda _: reply(404, {"code": "X"}))

    assert (ran.outcome, ran.sent[0].url) == (Outcome.PASSED, "http://shop.example.com/things/7")


def test_a_probe_without_an_expectation_must_be_refused(spec: Spec) -> None:
    probe = StepVariant(parameters={"id": 0}, location=HERE)
    step = make_step("removeThing", parameters={"id": 1}, probe=probe)

    refused = run_scenario(spec, make_scenario("1", step), lambda _: reply(404, {}), writes=WritePolicy.PROBE)
    accepted = run_scenario(spec, make_scenario("1", step), lambda _: reply(204), writes=WritePolicy.PROBE)

    assert [name for name, _ in refused.find_checks("failed")] == ["status_declared"]
    assert accepted.find_checks("failed") == [("success", "expected a refusal, but the answer is a success")]
    assert refused.sent[0].url.endswith("/things/0")


def test_a_write_without_a_probe_is_blocked_under_writes_probe(spec: Spec) -> None:
    step = make_step("removeThing", parameters={"id": 1})

    ran = run_scenario(spec, make_scenario("1", step), lambda _: reply(204), writes=WritePolicy.PROBE)

    assert (ran.outcome, ran.sent, ran.steps[0]["artifact"]) == (Outcome.BLOCKED, [], None)


def test_a_body_that_breaks_the_spec_is_not_sent_unless_it_is_meant(spec: Spec) -> None:
    step = make_step("addThing", body={"nome": 1})
    meant = dataclasses.replace(step, is_invalid_request=True, expect=Expectation(success=False))

    refused = run_scenario(spec, make_scenario("1", step), lambda _: reply(201, THING))
    sent = run_scenario(spec, make_scenario("1", meant), lambda _: reply(422, {}))

    assert (refused.outcome, refused.sent) == (Outcome.ERRORED, [])
    assert "invalid_request" in refused.steps[0]["reason"]
    assert json.loads(sent.sent[0].body or b"") == {"nome": 1}


def test_a_captured_parameter_that_breaks_the_spec_is_not_sent_unless_it_is_meant(spec: Spec) -> None:
    captures = (Capture(name="found", path="$.data[0].name", location=HERE),)
    find = make_step("listThings", captures=captures)
    step = read(parameters={"id": "${found}"})
    meant = dataclasses.replace(step, is_invalid_request=True, expect=Expectation(status=status(404)))

    refused = run_scenario(spec, make_scenario("1", find, step), lambda _: reply(200, {"data": [THING]}))
    sent = run_scenario(
        spec,
        make_scenario("1", find, meant),
        lambda request: reply(404, {}) if request.step == "getThing" else reply(200, {"data": [THING]}),
    )

    assert (refused.outcome, [request.step for request in refused.sent]) == (Outcome.ERRORED, ["listThings"])
    assert refused.steps[1]["reason"] == (
        "not sent: the path parameter 'id' of getThing is a string, not an integer; "
        "`invalid_request: true` sends it all the same"
    )
    assert [request.step for request in sent.sent] == ["listThings", "getThing"]


def test_captures_flow_into_later_steps_with_their_type(spec: Spec) -> None:
    add = make_step("addThing", body={"name": "a"}, captures=(Capture(name="new", path="$.id", location=HERE),))
    again = read(parameters={"id": "${new}"}, expect=Expectation(body=(equals("$.id", "${new}"),)))

    ran = run_scenario(
        spec,
        make_scenario("1", add, again),
        lambda request: reply(201 if request.method == "POST" else 200, {"id": 9, "name": "a"}),
    )

    assert (ran.outcome, ran.sent[1].url) == (Outcome.PASSED, "http://shop.example.com/things/9")


def test_a_capture_that_finds_nothing_fails_its_step(spec: Spec) -> None:
    step = read(captures=(Capture(name="x", path="$.nope", location=HERE),))

    ran = run_scenario(spec, make_scenario("1", step), lambda _: reply(200, THING))

    assert [name for name, _ in ran.find_checks("failed")] == ["capture"]


def test_a_capture_from_an_answer_of_which_nothing_is_claimed_is_no_failure(spec: Spec) -> None:
    step = read(captures=(Capture(name="x", path="$.nope", location=HERE),), expect=Expectation(success=None))
    later = make_step("getThing", parameters={"id": "${x}"}, name="later")

    ran = run_scenario(spec, make_scenario("1", step, later), lambda _: reply(200, THING))

    assert ran.outcome is Outcome.ERRORED
    assert ran.find_checks("failed") == []
    assert [name for name, _ in ran.find_checks("errored")] == ["capture"]
    assert [step["outcome"] for step in ran.steps] == ["errored", "blocked"]


def test_no_response_is_errored_and_a_broken_one_failed(spec: Spec) -> None:
    def raising(error: Exception) -> Any:
        def handle(_: Request) -> Response:
            raise error

        return handle

    lost = run_scenario(spec, make_scenario("1", read()), raising(NoResponseError("refused")))
    broken = run_scenario(spec, make_scenario("1", read()), raising(BadResponseError("no status line")))

    assert (lost.outcome, broken.outcome) == (Outcome.ERRORED, Outcome.FAILED)
    assert [ran.steps[0]["response"] for ran in (lost, broken)] == [None, None]
    assert broken.artifacts[0]["problem"] == "no status line"


def test_a_retry_ends_when_its_time_is_over(spec: Spec) -> None:
    step = read(retry=Retry(every_seconds=2, for_seconds=5))

    ran = run_scenario(spec, make_scenario("1", step), lambda _: reply(404, {"code": "X"}))

    assert (ran.outcome, ran.steps[0]["attempts"], len(ran.sent)) == (Outcome.FAILED, 3, 3)


def make_known(until: date = date(2026, 11, 22), **observed: Any) -> KnownDeviation:
    return KnownDeviation(
        environments=("here",),
        observed=ObservedDeviation(**(observed or {"status": 404})),
        because="decided",
        until=until,
        location=HERE,
    )


def test_an_entry_holds_on_its_last_day_and_not_after(spec: Spec) -> None:
    def run(until: date) -> Any:
        scenario = make_scenario("1", read(), known=(make_known(until),))
        return run_scenario(spec, scenario, lambda _: reply(404, {"code": "X"}))

    assert run(date(2026, 11, 22)).outcome is Outcome.KNOWN
    assert run(date(2026, 11, 21)).outcome is Outcome.FAILED
    assert "it was known until 2026-11-21" in run(date(2026, 11, 21)).steps[0]["reason"]


def test_after_a_known_step_the_next_one_runs(spec: Spec) -> None:
    scenario = make_scenario("1", read(), read(parameters={"id": 2}), known=(make_known(),))

    ran = run_scenario(
        spec, scenario, lambda r: reply(404, {"code": "X"}) if r.url.endswith("1") else reply(200, THING)
    )

    assert (ran.outcome, [step["outcome"] for step in ran.steps]) == (Outcome.KNOWN, ["known", "passed"])


def test_a_known_failure_with_another_one_beside_it_fails(spec: Spec) -> None:
    answers: Iterator[Response] = iter([reply(404, {"code": "X"}), reply(500, {})])
    scenario = make_scenario("1", read(), read(), known=(make_known(),))

    assert run_scenario(spec, scenario, lambda _: next(answers)).outcome is Outcome.FAILED


def test_personal_values_are_replaced_in_rows_and_artifacts(spec: Spec) -> None:
    expect = Expectation(body=(equals("$.owner", "user@example.com"),))
    body = {**THING, "owner": "other@example.com"}

    ran = run_scenario(spec, make_scenario("1", read(expect=expect)), lambda _: reply(200, body))

    recorded = json.dumps(as_json([ran.steps, ran.artifacts]))
    assert "other@example.com" not in recorded
    assert "very-secret-key-1" not in recorded
    assert ran.steps[0]["checks"][1]["actual"] == "<email>"


def run_probed(spec: Spec, *steps: Any, known: tuple[KnownDeviation, ...] = ()) -> Any:
    """Run a scenario under `writes: probe`, where the service refuses every probe and finds nothing."""
    scenario = make_scenario("1", *steps, known=known)
    return run_scenario(
        spec, scenario, lambda _: reply(404, {"code": "NO_THING", "error": "none"}), writes=WritePolicy.PROBE
    )


def make_probed() -> Any:
    # The spec says nothing of refusals.
    expect = Expectation(success=False, is_schema_checked=False)
    probe = StepVariant(parameters={"id": 0}, expect=expect, location=HERE)
    return make_step("removeThing", parameters={"id": 1}, probe=probe)


def test_a_read_after_a_probe_is_blocked_because_the_write_never_happened(spec: Spec) -> None:
    ran = run_probed(spec, make_probed(), read())

    assert ran.outcome is Outcome.BLOCKED
    assert [request.method for request in ran.sent] == ["DELETE"]
    assert "a probe went in place of the write of step" in ran.steps[1]["reason"]


def test_a_probe_that_is_refused_does_not_mend_a_known_deviation(spec: Spec) -> None:
    entry = KnownDeviation(
        environments=("here",),
        observed=ObservedDeviation(status=500),
        because="It breaks.",
        until=date(2027, 1, 1),
        location=HERE,
    )

    assert run_probed(spec, make_probed(), known=(entry,)).outcome is Outcome.PASSED


def test_all_steps_that_an_interrupt_keeps_back_are_skipped(spec: Spec) -> None:
    sent: list[Request] = []

    def handle(request: Request) -> Response:
        sent.append(request)
        return reply(200, THING)

    scenario = make_scenario("1", read(), read(), read())
    ran = run_scenario(spec, scenario, handle, is_stopped=lambda: bool(sent))

    assert [step["outcome"] for step in ran.steps] == ["passed", "skipped", "skipped"]


def test_what_a_failure_keeps_back_is_blocked_also_when_the_run_is_interrupted(spec: Spec) -> None:
    sent: list[Request] = []

    def handle(request: Request) -> Response:
        sent.append(request)
        return reply(418, {})

    ran = run_scenario(spec, make_scenario("1", read(), read()), handle, is_stopped=lambda: bool(sent))

    assert [step["outcome"] for step in ran.steps] == ["failed", "blocked"]
