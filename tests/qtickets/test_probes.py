"""Every write step has a probe that is harmless by construction, and the twin is as before after all of them."""

import dataclasses
import json
import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from contracts_runner.engine.authorization import INVALID_AUTH
from contracts_runner.engine.effects import build_effects
from contracts_runner.engine.outgoing import decide_step, find_operation
from contracts_runner.engine.ports import SystemClock
from contracts_runner.engine.scope import Scope
from contracts_runner.engine.steps import StepResult, StepRunner
from contracts_runner.model.contract import Scenario, Step
from contracts_runner.model.environment import Environment, WritePolicy
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.spec import Effect
from contracts_runner.project.project import Project, load_project
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.sandbox.server import serve_sandbox
from contracts_runner.transport.guard import WriteGuard
from contracts_runner.transport.http import HttpTransport, TransportSettings
from contracts_runner.transport.rate import RateLimiter
from helpers.command import REPOSITORY

# What shows the state of the twin: everything that a write could change.
STATE = (
    ("rest", "orders"),
    ("rest", "clients"),
    ("rest", "events"),
    ("rest", "promo-codes"),
    ("rest", "discounts"),
    ("rest", "shows/41/barcodes"),
    ("rest", "shows/4076/seats"),
    ("partners", "tickets/find/12/4076"),
    ("partners", "tickets/find/33/41"),
    ("partners", "events/offers/33/41"),
)
NOTHING = (0, "0")
OPEN = build_opener(ProxyHandler({})).open


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(REPOSITORY)


@pytest.fixture(scope="module")
def environment(project: Project) -> Environment:
    sandbox = resolve_environment(project.settings, "sandbox", os.environ)
    return dataclasses.replace(sandbox, writes=WritePolicy.PROBE)


def iter_writes(project: Project) -> Iterator[tuple[Scenario, Step]]:
    """Yield every step that writes, but for cleanups: after probes there is nothing to clean up."""
    [spec] = project.specs.values()
    for scenario in project.scenarios:
        for step in scenario.steps:
            if find_operation({spec.key: spec}, step).effect is Effect.WRITE:
                yield scenario, step


def test_every_write_step_has_a_probe(project: Project) -> None:
    assert [(scenario.id, step.name) for scenario, step in iter_writes(project) if step.probe is None] == []


def test_a_probe_names_what_cannot_exist_or_comes_with_a_token_that_cannot_be_accepted(
    project: Project, environment: Environment
) -> None:
    [spec] = project.specs.values()
    harmful = []
    for scenario, step in iter_writes(project):
        outgoing = decide_step(step, {spec.key: spec}, environment)
        chosen = outgoing.step
        inner = {parameter.name for parameter in outgoing.operation.parameters if parameter.placement == "path"}
        ids = [value for name, value in chosen.parameters.items() if name in inner] or list(iter_ids(chosen.body))
        if chosen.auth != INVALID_AUTH and not (ids and all(value in NOTHING for value in ids)):
            harmful.append((scenario.id, step.name))

    assert harmful == []


def test_the_twin_is_as_before_after_all_probes(project: Project, environment: Environment) -> None:
    assert environment.sandbox is not None
    with serve_sandbox(environment.sandbox) as base_url:
        before = read_state(base_url, environment)
        results = {
            (scenario.id, step.name): result for scenario, step, result in send_probes(project, environment, base_url)
        }
        after = read_state(base_url, environment)

    assert {key: result.reason for key, result in results.items() if result.exchange is None} == {}
    assert {key for key, result in results.items() if result.outcome is not Outcome.PASSED} == set()
    assert after == before


def send_probes(
    project: Project, environment: Environment, base_url: str
) -> Iterator[tuple[Scenario, Step, StepResult]]:
    """Send all probes to one world."""
    [spec] = project.specs.values()
    settings = TransportSettings(limits=environment.limits)
    guard = WriteGuard(base_url=base_url, writes=environment.writes, effects=build_effects([spec], base_url))
    transport = HttpTransport(settings, guard=guard, limiter=RateLimiter(None), on_leave=lambda request: None)
    with closing(transport):
        runner = StepRunner(
            specs={spec.key: spec},
            environment=environment,
            base_url=base_url,
            transport=transport,
            clock=SystemClock(),
            headers={},
        )
        for scenario, step in iter_writes(project):
            scope = Scope(variables=environment.variables, run_id="run", scenario_id=scenario.id)
            scope.define(scenario.variables)
            yield (
                scenario,
                step,
                runner.run(decide_step(step, {spec.key: spec}, environment), scope, scenario=scenario.id, number=1),
            )


def read_state(base_url: str, environment: Environment) -> list[Any]:
    """Return what the reads of STATE answer."""
    keys = {"rest": "restToken", "partners": "partnerKey"}
    answers = []
    for api, path in STATE:
        token = environment.credentials[keys[api]]
        request = Request(f"{base_url}/api/{api}/v1/{path}", headers={"Authorization": f"Bearer {token}"})
        with OPEN(request, timeout=10) as response:
            answers.append(json.load(response))
    return answers


def iter_ids(value: Json) -> Iterator[Json]:
    """Yield the values of ids and barcodes in a body."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("id", "barcode") or name.endswith("_id"):
                yield inner
            yield from iter_ids(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from iter_ids(inner)
