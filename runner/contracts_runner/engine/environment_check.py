"""Checks before the first request what steps would send in one environment: variables, credentials, values."""

import dataclasses
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from contracts_runner.engine.credential_check import check_step_credential
from contracts_runner.engine.outgoing import OutgoingStep, decide_step
from contracts_runner.engine.request_conformance import (
    HINT,
    UNKNOWN,
    Mismatch,
    Unknown,
    Values,
    iter_mismatches,
    iter_obstacles,
)
from contracts_runner.engine.scope import Scope, UnresolvedError
from contracts_runner.errors import Problem, Rule
from contracts_runner.model.contract import Scenario, Unset
from contracts_runner.model.environment import Environment
from contracts_runner.model.json import Json
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.parts import Project
from contracts_runner.reading.expressions import ExpressionError, iter_references, iter_texts
from contracts_runner.reading.jsonpaths import compile_jsonpath
from contracts_runner.reading.places import StepSite, iter_scenarios, iter_sites

# Values of the right form for what is known only when a step runs.
_SAMPLE_TIME = datetime(2026, 1, 1, tzinfo=UTC)
_SAMPLE_RUN_ID = "20260101T000000Z"
# What is shorter may be a part of any other word.
_LEAST_NAMED = 5


def check_environment(project: Project, scenarios: Sequence[Scenario], environment: Environment) -> list[Problem]:
    """Return the credentials that cannot be sent, the variables that the environment does not have, and the bodies and
    parameters that break the spec, or cannot be sent, once its variables are filled in.

    Steps that the environment's `writes` keeps back are left out. So are values that depend on captures: the engine
    checks them when it has the values.
    """
    selected = {scenario.id for scenario in scenarios}
    problems: list[Problem] = []
    for contract in project.contracts:
        spec = project.specs.get(contract.spec)
        for scenario, place in iter_scenarios(contract, project.documents[contract.location.path]):
            if spec and scenario.id in selected:
                for site in iter_sites(scenario, place):
                    problems += _check_site(project, spec, scenario, site, environment)
    # Those of a table share their mistakes.
    return list({(problem, problem.owner): problem for problem in problems}.values())


def _check_site(
    project: Project, spec: Spec, scenario: Scenario, site: StepSite, environment: Environment
) -> Iterator[Problem]:
    outgoing = decide_step(site.step, spec, environment)
    # What cannot be read in the document has no promise to be checked by: its scenarios are errored.
    if outgoing.is_kept_back or outgoing.operation.fault:
        return
    yield from check_step_credential(spec, site, outgoing, environment)
    yield from _check_variables(project, site, outgoing, environment)
    values = _evaluate_step(scenario, site, outgoing, environment)
    obstacles = list(iter_obstacles(outgoing.operation, values))
    for mismatch in obstacles:
        yield _build_problem(site, outgoing, values, mismatch, environment)
    unsendable = {mismatch.parameter for mismatch in obstacles}
    for mismatch in iter_mismatches(spec, outgoing.operation, values):
        if not outgoing.step.is_invalid_request and mismatch.parameter not in unsendable:
            problem = _build_problem(site, outgoing, values, mismatch, environment)
            yield dataclasses.replace(problem, hint=HINT)


def _check_variables(
    project: Project, site: StepSite, outgoing: OutgoingStep, environment: Environment
) -> Iterator[Problem]:
    declared = project.settings.find_names("variables")
    origins = outgoing.origins
    for keys in (*origins.parameters.values(), origins.body, origins.expect):
        for place, reference in site.place.at(*keys).iter_references():
            name = reference.name
            # A name that no environment has is not a variable: value_references.py reports it.
            if name in environment.variables or name in site.captures or name not in declared:
                continue
            if name in environment.undecodable_variables:
                message = f"the variable '{name}' cannot be used: {environment.undecodable_variables[name]}"
                yield place.build_problem(message, "set it to a text in UTF-8")
                continue
            message = f"the environment '{environment.name}' has no variable '{name}'"
            yield place.build_problem(message, f"it is in: {', '.join(declared[name])}")


def _evaluate_step(scenario: Scenario, site: StepSite, outgoing: OutgoingStep, environment: Environment) -> Values:
    """Return the values with variables and samples filled in; unknown where one depends on a capture or on a name
    without a value."""
    variables = environment.variables.items()
    known = {name: value for name, value in variables if name not in site.captures and value is not Unset.UNSET}
    scope = Scope(variables=known, run_id=_SAMPLE_RUN_ID, scenario_id="")
    scope.begin_step(_SAMPLE_TIME)
    if scenario.row is not None:
        scope.share("row", scenario.row)
    step = outgoing.step
    return Values(
        parameters={name: _evaluate(value, scope) for name, value in step.parameters.items()},
        body=step.body if isinstance(step.body, Unset) else _evaluate(step.body, scope),
    )


def _evaluate(value: Json, scope: Scope) -> Json | Unknown:
    try:
        return scope.evaluate(value)
    except (UnresolvedError, ExpressionError):
        # Reading the file, or the check of variables, has reported it if it is a mistake.
        return UNKNOWN


def _build_problem(
    site: StepSite, outgoing: OutgoingStep, values: Values, mismatch: Mismatch, environment: Environment
) -> Problem:
    origins, step, name = outgoing.origins, outgoing.step, mismatch.parameter
    if mismatch.is_of_document:
        return _build_undefined(outgoing, mismatch)
    if name is not None:
        keys = origins.parameters.get(name, ("parameters",))
        place, written = site.place.at(*keys), step.parameters.get(name)
    elif mismatch.path:
        place = site.place.at(*origins.body, *_find_parts(mismatch.path, values.body))
        written = step.body
    else:
        place, written = site.place, None
    detail = _name_variables(mismatch.detail, written, environment)
    return Problem(
        location=place.location,
        message=f"{mismatch.subject} {detail}".strip(),
        rule=Rule.BODY if name is None else Rule.PARAMETER,
    )


def _build_undefined(outgoing: OutgoingStep, mismatch: Mismatch) -> Problem:
    """Return a problem at the place in the document."""
    operation = outgoing.operation
    found = operation.find_parameters(mismatch.parameter or "")
    location = found[0].location if found else operation.location
    return Problem(location=location, message=f"{operation.label}: {mismatch.subject}", rule=Rule.UNDEFINED)


def _name_variables(message: str, value: Json, environment: Environment) -> str:
    """Return a message with names of variables instead of their values, which may be secret or personal."""
    for reference in iter_references(value):
        held = environment.variables.get(reference.name)
        texts = [str(held)] if isinstance(held, int | float) else [text for _, text in iter_texts(held)]
        for form in [form for text in texts for form in (text, json.dumps(text, ensure_ascii=False)[1:-1])]:
            if len(form) >= _LEAST_NAMED:
                message = message.replace(form, f"${{{reference.name}}}")
    return message


def _find_parts(path: str, value: Json) -> tuple[str | int, ...]:
    """Return the keys and indexes that a singular JSONPath goes through, none where it leads to nothing."""
    found = compile_jsonpath(path).find_one(value)
    return tuple(found.location) if found else ()
