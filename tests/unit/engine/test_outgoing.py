"""What goes out of a step: which variant, with which parts, and whether it is sent, probed or kept back."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.engine.outgoing import Dispatch, OutgoingStep, decide_scenario, decide_step
from contracts_runner.model.contract import UNSET, Capture, Defaults, Expectation, Step, StepVariant
from contracts_runner.model.environment import Environment, WritePolicy
from contracts_runner.openapi.spec import Spec
from helpers.contracts import make_scenario, make_step
from helpers.engine import load_shop
from helpers.operations import HERE
from helpers.specs import load_document, make_document

READ, WRITE = "getThing", "removeThing"
VARIANT = StepVariant(parameters={"id": 7}, auth="none", location=HERE)
PROBE = StepVariant(parameters={"id": 0}, location=HERE)
BLOCKED = "not sent: removeThing writes and the environment has `writes: block`"
WITHOUT_PROBE = "not sent: removeThing writes, the environment has `writes: probe`, and the step has no `probe:`"


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return load_shop(tmp_path_factory.mktemp("shop"))


def make_environment(writes: str) -> Environment:
    return Environment(name="here", base_url="http://shop.example.com", writes=WritePolicy(writes), location=HERE)


def decide(spec: Spec, step: Step, writes: str = "allow") -> OutgoingStep:
    return decide_step(step, {spec.key: spec}, make_environment(writes))


@pytest.mark.parametrize("has_variant", [False, True])
@pytest.mark.parametrize(
    ("operation", "writes", "has_probe", "dispatch", "reason"),
    [
        (READ, "block", False, Dispatch.SENT, ""),
        (READ, "block", True, Dispatch.SENT, ""),
        (READ, "probe", False, Dispatch.SENT, ""),
        (READ, "probe", True, Dispatch.SENT, ""),
        (READ, "allow", False, Dispatch.SENT, ""),
        (READ, "allow", True, Dispatch.SENT, ""),
        (WRITE, "block", False, Dispatch.KEPT_BACK, BLOCKED),
        (WRITE, "block", True, Dispatch.KEPT_BACK, BLOCKED),
        (WRITE, "probe", False, Dispatch.KEPT_BACK, WITHOUT_PROBE),
        (WRITE, "probe", True, Dispatch.PROBED, ""),
        (WRITE, "allow", False, Dispatch.SENT, ""),
        (WRITE, "allow", True, Dispatch.SENT, ""),
    ],
)
def test_effect_policy_and_probe_decide_whether_a_step_goes_out(
    spec: Spec, operation: str, writes: str, has_probe: bool, dispatch: Dispatch, reason: str, has_variant: bool
) -> None:
    variants = {"here": VARIANT} if has_variant else {"there": VARIANT}
    step = make_step(operation, parameters={"id": 1}, probe=PROBE if has_probe else None, variants=variants)

    outgoing = decide(spec, step, writes)

    assert (outgoing.dispatch, outgoing.reason) == (dispatch, reason)
    sent = 0 if dispatch is Dispatch.PROBED else 7 if has_variant else 1
    assert outgoing.step.parameters == {"id": sent}
    assert outgoing.step.auth == ("none" if has_variant else None)


def test_each_part_says_where_it_is_written(spec: Spec) -> None:
    variant = StepVariant(parameters={"b": 2, "c": 2}, body={}, auth="none", location=HERE)
    probe = StepVariant(parameters={"c": 3}, expect=Expectation(success=False), location=HERE)
    step = make_step("addThing", parameters={"a": 1, "b": 1}, variants={"here": variant}, probe=probe)

    as_written = decide(spec, make_step("addThing", parameters={"a": 1})).origins
    origins = decide(spec, step, "probe").origins

    assert (as_written.parameters, as_written.body) == ({"a": ("parameters", "a")}, ("body",))
    assert (as_written.auth, as_written.expect) == (("auth",), ("expect",))
    assert origins.parameters == {
        "a": ("parameters", "a"),
        "b": ("in", "here", "parameters", "b"),
        "c": ("probe", "parameters", "c"),
    }
    assert (origins.body, origins.auth) == (("in", "here", "body"), ("in", "here", "auth"))
    assert origins.expect == ("probe", "expect")


@pytest.mark.parametrize(
    ("step", "variant", "sent"),
    [
        (
            {"query": {"a": 1}, "headers": {"X-A": 1}, "media_type": "text/csv", "accept": "a/b"},
            {"query": {"b": 2}, "headers": {"X-A": 2}, "media_type": "text/plain"},
            {"query": {"a": 1, "b": 2}, "headers": {"X-A": 2}, "media_type": "text/plain", "accept": "a/b"},
        ),
        ({"body": 1}, {"body_file": "x"}, {"body": UNSET, "body_file": "x"}),
        ({"body_file": "x"}, {"body": None}, {"body": None, "body_file": None}),
        ({"body": 1}, {"media_type": "text/csv"}, {"body": 1, "body_file": None}),
        ({"parameters": {"a": 1}, "query": {"b": 1}}, {"url": "x"}, {"parameters": {}, "query": {}, "url": "x"}),
        ({"url": "x"}, {"parameters": {"a": 1}}, {"parameters": {"a": 1}, "url": None}),
        ({"url": "x"}, {"query": {"a": 1}}, {"query": {"a": 1}, "url": None}),
        ({"url": "x"}, {"headers": {"X-A": 1}}, {"headers": {"X-A": 1}, "url": "x"}),
    ],
)
def test_a_variant_is_laid_over_its_step(
    spec: Spec, step: dict[str, Any], variant: dict[str, Any], sent: dict[str, Any]
) -> None:
    outgoing = decide(spec, make_step("addThing", **step, variants={"here": StepVariant(**variant, location=HERE)}))

    assert {key: getattr(outgoing.step, key) for key in sent} == sent
    body = "body_file" if sent.get("body_file") else "body"
    is_own = "body" in variant or "body_file" in variant
    assert outgoing.origins.body == (("in", "here", body) if is_own else (body,))


def test_a_probe_expects_a_refusal_and_captures_nothing(spec: Spec) -> None:
    captures = (Capture(name="new", path="$.id", location=HERE),)
    accepting = Expectation(status=((200, 200),))
    step = make_step(WRITE, probe=PROBE, captures=captures, expect=accepting)

    outgoing = decide(spec, step, "probe")

    assert (outgoing.step.expect, outgoing.step.captures) == (Expectation(success=False), ())
    assert (decide(spec, step).step.expect, decide(spec, step).step.captures) == (accepting, captures)


def test_what_follows_a_probe_is_kept_back_unless_it_is_a_probe_too(spec: Spec) -> None:
    probed = make_step(WRITE, name="remove", probe=PROBE)
    scenario = make_scenario("1", make_step(READ, name="before"), probed, make_step(READ, name="after"), probed)

    decided = decide_scenario(scenario, {spec.key: spec}, make_environment("probe"))

    assert [outgoing.dispatch for outgoing in decided] == ["sent", "probed", "kept back", "probed"]
    assert decided[2].probed_before == "remove"
    assert decided[2].reason == (
        "not sent: a probe went in place of the write of step 'remove', on which this one builds"
    )


def test_without_probes_every_step_of_a_scenario_goes_out(spec: Spec) -> None:
    scenario = make_scenario("1", make_step(WRITE, probe=PROBE), make_step(READ))

    decided = decide_scenario(scenario, {spec.key: spec}, make_environment("allow"))

    assert [outgoing.dispatch for outgoing in decided] == ["sent", "sent"]


def test_an_operation_that_the_spec_lacks_has_the_effect_of_its_method(spec: Spec) -> None:
    assert decide(spec, make_step("POST /unknown"), "block").is_kept_back
    assert not decide(spec, make_step("GET /unknown"), "block").is_kept_back


@pytest.mark.parametrize(
    ("own", "of_file", "of_environment", "auth", "latency"),
    [
        ({}, {}, {}, None, None),
        ({}, {}, {"auth": "key", "latency_ms": 3.0}, "key", 3.0),
        ({}, {"auth": "other", "latency_ms": 2.0}, {"auth": "key", "latency_ms": 3.0}, "other", 2.0),
        ({}, {"latency_ms": 2.0}, {"auth": "key"}, "key", 2.0),
        ({"auth": "none", "expect": Expectation(latency_ms=1.0)}, {"auth": "key", "latency_ms": 2.0}, {}, "none", 1.0),
    ],
)
def test_what_a_step_leaves_open_its_file_says_and_then_the_environment(
    spec: Spec,
    own: dict[str, Any],
    of_file: dict[str, Any],
    of_environment: dict[str, Any],
    auth: str | None,
    latency: float | None,
) -> None:
    environment = dataclasses.replace(make_environment("allow"), **of_environment)

    step = decide_step(make_step(READ, defaults=Defaults(**of_file), **own), {spec.key: spec}, environment).step

    assert (step.auth, step.expect.latency_ms) == (auth, latency)


@pytest.mark.parametrize(
    ("own", "headers", "parameters"),
    [
        ({}, {"X-Client": "file", "X-Only": "${env}", "X-Mine": "env"}, {"X-Tenant": "a"}),
        (
            {"headers": {"x-client": "step"}},
            {"x-client": "step", "X-Only": "${env}", "X-Mine": "env"},
            {"X-Tenant": "a"},
        ),
        (
            {"parameters": {"header:X-Tenant": "b"}},
            {"X-Client": "file", "X-Only": "${env}", "X-Mine": "env"},
            {"header:X-Tenant": "b"},
        ),
    ],
)
def test_headers_that_a_step_does_not_send_are_those_of_its_file_and_of_the_environment(
    tmp_path: Path, own: dict[str, Any], headers: dict[str, str], parameters: dict[str, str]
) -> None:
    tenant = {"name": "X-Tenant", "in": "header", "required": True, "schema": {"type": "string"}}
    operation = {"operationId": "getThing", "parameters": [tenant], "responses": {"200": {"description": "ok"}}}
    specs = {"api": load_document(tmp_path, make_document(paths={"/thing": {"get": operation}}))}
    environment = dataclasses.replace(make_environment("allow"), headers={"X-CLIENT": "env", "X-Mine": "env"})
    defaults = Defaults(headers={"X-Client": "file", "X-Only": "${env}", "x-tenant": "a"})

    step = decide_step(make_step(READ, defaults=defaults, **own), specs, environment).step

    assert (step.headers, step.parameters) == (headers, parameters)


def test_a_default_credential_is_not_sent_where_none_is_declared(spec: Spec) -> None:
    step = make_step("GET /elsewhere", defaults=Defaults(auth="key"))

    assert decide(spec, step).step.auth is None
