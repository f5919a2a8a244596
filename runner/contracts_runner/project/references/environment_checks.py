"""Checks before the first request what a step would send in one environment: variables, and bodies against the spec."""

import json
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contracts_runner.errors import Problem
from contracts_runner.model.contract import Scenario, Step, StepVariant, Unset
from contracts_runner.model.environment import Environment, WritePolicy
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Effect, Operation, RequestBody
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.parts import Project
from contracts_runner.project.references.value_references import iter_places
from contracts_runner.reading.expressions import (
    TIMES,
    ExpressionError,
    Reference,
    evaluate,
    iter_references,
    iter_texts,
)
from contracts_runner.reading.jsonpaths import compile_jsonpath
from contracts_runner.reading.places import Place, StepSite, iter_scenarios, iter_sites

# Values of the right form for what is known only when a step runs.
_SAMPLE_TIME = datetime(2026, 1, 1, tzinfo=UTC)
_SAMPLES = {"uuid": "00000000-0000-4000-8000-000000000000", "run_id": "20260101T000000Z"}
# What is shorter may be a part of any other word.
_LEAST_NAMED = 5


@dataclass(frozen=True, slots=True)
class _Sent:
    """What a step sends and expects in one environment: each part with its place."""

    parameters: dict[str, Place]
    body: Json | Unset
    body_place: Place
    expect_place: Place


def check_environment(project: Project, scenarios: Sequence[Scenario], environment: Environment) -> list[Problem]:
    """Return the variables that the environment does not have, and the bodies that break the spec once its variables
    are filled in.

    Steps that the environment's `writes` keeps back are left out. So are bodies that depend on captures: the engine
    checks them when it has the values.
    """
    selected = {scenario.id for scenario in scenarios}
    problems: list[Problem] = []
    for contract in project.contracts:
        spec = project.specs.get(contract.spec)
        for scenario, place in iter_scenarios(contract, project.documents[contract.location.path]):
            if spec and scenario.id in selected:
                for site in iter_sites(scenario, place):
                    problems += _check_site(project, spec, site, environment)
    return problems


def _check_site(project: Project, spec: Spec, site: StepSite, environment: Environment) -> Iterator[Problem]:
    operation = spec.find_operation(site.step.operation)
    is_probed = operation is not None and operation.effect is Effect.WRITE and environment.writes is WritePolicy.PROBE
    if operation and is_kept_back(site.step, operation, environment):
        return
    sent = _combine(site, environment.name, is_probed=is_probed)
    missing = list(_check_variables(project, site, sent, environment))
    yield from missing
    if operation and operation.body and not site.step.is_invalid_request and not missing:
        yield from _check_body(spec, operation.body, site, sent, environment)


def is_kept_back(step: Step, operation: Operation, environment: Environment) -> bool:
    """True if the environment's `writes` lets no request of the step leave."""
    if operation.effect is Effect.READ or environment.writes is WritePolicy.ALLOW:
        return False
    return environment.writes is WritePolicy.BLOCK or step.probe is None


def _combine(site: StepSite, environment: str, *, is_probed: bool) -> _Sent:
    """Lay the environment's variant and the probe over the step: parameters are merged, the rest replaces."""
    step, place = site.step, site.place
    layers: list[tuple[Place, StepVariant | None]] = [
        (place.at("in", environment), step.variants.get(environment)),
        (place.at("probe"), step.probe if is_probed else None),
    ]
    parameters = {name: place.at("parameters", name) for name in step.parameters}
    body, body_place, expect_place = step.body, place.at("body"), place.at("expect")
    for where, variant in layers:
        if variant is None:
            continue
        parameters.update({name: where.at("parameters", name) for name in variant.parameters})
        if not isinstance(variant.body, Unset):
            body, body_place = variant.body, where.at("body")
        if variant.expect:
            expect_place = where.at("expect")
    return _Sent(parameters, body, body_place, expect_place)


def _check_variables(project: Project, site: StepSite, sent: _Sent, environment: Environment) -> Iterator[Problem]:
    declared = project.settings.find_names("variables")
    for part in (*sent.parameters.values(), sent.body_place, sent.expect_place):
        for place, reference in iter_places(part):
            name = reference.name
            # What no environment has is no variable at all: value_references.py says so.
            if name in environment.variables or name in site.captures or name not in declared:
                continue
            message = f"the environment '{environment.name}' has no variable '{name}'"
            yield place.build_problem(message, f"it stands in: {', '.join(declared[name])}")


def _check_body(
    spec: Spec, declared: RequestBody, site: StepSite, sent: _Sent, environment: Environment
) -> Iterator[Problem]:
    if isinstance(sent.body, Unset):
        if declared.is_required:
            yield _build_problem(site.place, "the spec requires a body")
        return
    pointer = _find_schema(declared)
    value = fill(sent.body, site.captures, environment)
    if not pointer or isinstance(value, Unset):
        return
    for error in spec.schemas.check_request(pointer, value):
        place = sent.body_place.at(*_find_parts(error.path, value))
        message = name_variables(f"{error.path} {error.message}", sent.body, environment)
        yield _build_problem(place, f"the body does not match the spec: {message}")


def _build_problem(place: Place, message: str) -> Problem:
    hint = "`invalid_request: true` sends it all the same"
    return Problem(location=place.location, message=message, hint=hint, rule="request-body")


def fill(value: Json, captures: Container[str], environment: Environment) -> Json | Unset:
    """Return the value with variables and samples filled in, UNSET if it depends on a capture or on a variable whose
    own value is UNSET: one that is not known yet."""
    try:
        names = [reference.name for reference in iter_references(value)]
        if any(name in captures or environment.variables.get(name) is Unset.UNSET for name in names):
            return Unset.UNSET
        return evaluate(value, lambda reference: _resolve(reference, environment))
    except ExpressionError:
        # Reading the file has reported it.
        return Unset.UNSET


def name_variables(message: str, value: Json, environment: Environment) -> str:
    """Return a message on a filled value with the names of the environment's variables in the place of what they hold:
    that may be secret or personal, and messages are printed in logs."""
    for reference in iter_references(value):
        held = environment.variables.get(reference.name)
        texts = [str(held)] if isinstance(held, int | float) else [text for _, text in iter_texts(held)]
        for form in [form for text in texts for form in (text, json.dumps(text, ensure_ascii=False)[1:-1])]:
            if len(form) >= _LEAST_NAMED:
                message = message.replace(form, f"${{{reference.name}}}")
    return message


def _resolve(reference: Reference, environment: Environment) -> Json:
    if reference.name in TIMES:
        moment = _SAMPLE_TIME + timedelta(seconds=reference.offset_seconds)
        return moment.isoformat() if reference.name == "now" else moment.date().isoformat()
    return _SAMPLES.get(reference.name) or environment.variables[reference.name]


def _find_schema(declared: RequestBody) -> str:
    """Return the pointer of the schema of the first JSON media type, which is the one that is sent; "" without one."""
    for media_type, pointer in declared.schemas.items():
        essence = media_type.split(";")[0].strip().lower()
        if essence == "application/json" or essence.endswith("+json"):
            return pointer
    return ""


def _find_parts(path: str, value: Json) -> tuple[str | int, ...]:
    """Return the keys and indexes that a singular JSONPath goes through, none where it leads to nothing."""
    found = compile_jsonpath(path).find_one(value)
    return tuple(found.location) if found else ()
