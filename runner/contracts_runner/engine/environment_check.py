"""Checks before the first request what steps would send in one environment: variables, credentials, values."""

import dataclasses
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NoReturn

from contracts_runner.engine.credential_check import check_step_credential
from contracts_runner.engine.foresight import foresee
from contracts_runner.engine.outgoing import OutgoingStep, decide_step
from contracts_runner.engine.request_conformance import (
    HINT,
    UNKNOWN,
    Mismatch,
    Values,
    iter_mismatches,
    iter_obstacles,
)
from contracts_runner.engine.scope import Scope, UnresolvedError, UnusableValueError, ValueSource
from contracts_runner.errors import Problem, Rule
from contracts_runner.model.contract import Scenario, Unset
from contracts_runner.model.environment import Environment
from contracts_runner.model.json import Json
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.function_calls import check_arguments
from contracts_runner.project.parts import Project
from contracts_runner.reading.expressions import ROW, ExpressionError, iter_references, iter_texts
from contracts_runner.reading.jsonpaths import compile_jsonpath
from contracts_runner.reading.places import Place, StepSite, iter_scenarios, iter_sites

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
        for scenario, place in iter_scenarios(contract, project.documents[contract.location.path]):
            for site in iter_sites(scenario, place) if scenario.id in selected else ():
                if spec := project.specs.get(site.step.spec):
                    problems += _check_site(project, spec, site, scenario, environment)
    # Those of a table share their mistakes.
    return list({(problem, problem.owner): problem for problem in problems}.values())


def _check_site(
    project: Project, spec: Spec, site: StepSite, scenario: Scenario, environment: Environment
) -> Iterator[Problem]:
    outgoing = decide_step(site.step, project.specs, environment)
    # What cannot be read in the document has no promise to be checked by: its scenarios are errored.
    if outgoing.is_kept_back or outgoing.operation.fault:
        return
    yield from check_step_credential(spec, site, outgoing, environment)
    yield from _check_variables(project, site, outgoing, scenario, environment)
    scope = _build_scope(project, site, scenario, environment)
    yield from _check_expressions(site, outgoing, scope)
    values = _foresee_step(outgoing, scope)
    obstacles = list(iter_obstacles(outgoing.operation, values))
    for mismatch in obstacles:
        yield _build_problem(site, outgoing, values, mismatch, scope)
    unsendable = {mismatch.parameter for mismatch in obstacles}
    for mismatch in iter_mismatches(spec, outgoing.operation, values):
        if not outgoing.step.is_invalid_request and mismatch.parameter not in unsendable:
            problem = _build_problem(site, outgoing, values, mismatch, scope)
            yield dataclasses.replace(problem, hint=HINT)


def _check_variables(
    project: Project, site: StepSite, outgoing: OutgoingStep, scenario: Scenario, environment: Environment
) -> Iterator[Problem]:
    declared = project.settings.find_names("variables")
    for written in _iter_written(site, outgoing):
        for place, reference in written.iter_references():
            name = reference.name
            # A name that no environment has is not a variable: value_references.py reports it.
            own = {**environment.variables, **scenario.variables, **site.captures}
            if name in own or name not in declared:
                continue
            if name in environment.undecodable_variables:
                message = f"the variable '{name}' cannot be used: {environment.undecodable_variables[name]}"
                yield place.build_problem(message, "set it to a text in UTF-8")
                continue
            message = f"the environment '{environment.name}' has no variable '{name}'"
            yield place.build_problem(message, f"it is in: {', '.join(declared[name])}")


def _iter_written(site: StepSite, outgoing: OutgoingStep) -> Iterator[Place]:
    """Yield where the values that go out, and those that are expected, are written."""
    origins = outgoing.origins
    for keys in (*origins.parameters.values(), origins.body, origins.expect):
        yield site.place.at(*keys)


def _build_scope(project: Project, site: StepSite, scenario: Scenario, environment: Environment) -> Scope:
    """Return the values that are known before the run, with samples for what is built in."""
    known = {name: value for name, value in environment.variables.items() if value is not Unset.UNSET}

    def call(name: str, values: Sequence[Json]) -> NoReturn:
        # A wrong name or number of arguments is a mistake in references, reported there.
        function = project.functions and project.functions.find(name)
        if project.functions and function and not function.explain_count(len(values)):
            check_arguments(project.functions, name, values)
        raise UnresolvedError(f"{name} is called by a run only")

    source = ValueSource(environment=environment.name, call=call)
    scope = Scope(variables=known, run_id=_SAMPLE_RUN_ID, scenario_id="", source=source)
    scope.begin_step(_SAMPLE_TIME, 0)
    scope.define(scenario.variables)
    if scenario.row is not None:
        scope.share(ROW, scenario.row)
    scope.hide(site.captures)
    return scope


def _check_expressions(site: StepSite, outgoing: OutgoingStep, scope: Scope) -> Iterator[Problem]:
    """Yield what asks of a value that is known what it does not have."""
    for written in _iter_written(site, outgoing):
        for pointer, text in iter_texts(written.find()):
            try:
                scope.evaluate(text)
            except UnusableValueError as error:
                location = written.at(*pointer).location
                yield Problem(location=location, message=str(error), rule=Rule.EXPRESSION)
            except (UnresolvedError, ExpressionError):
                continue


def _foresee_step(outgoing: OutgoingStep, scope: Scope) -> Values:
    """Return the values with variables and samples filled in; unknown where one depends on a capture or on a name
    without a value."""
    step = outgoing.step
    foreseen = {name: foresee(value, scope) for name, value in step.parameters.items()}
    parameters = {name: UNKNOWN if each.unknown else each.value for name, each in foreseen.items()}
    if isinstance(step.body, Unset):
        return Values(parameters=parameters, body=step.body)
    body = foresee(step.body, scope)
    is_unknown = body.unknown.get((), True) is False
    return Values(parameters=parameters, body=UNKNOWN if is_unknown else body.value, unknown=body.unknown)


def _build_problem(site: StepSite, outgoing: OutgoingStep, values: Values, mismatch: Mismatch, scope: Scope) -> Problem:
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
    detail = _name_variables(mismatch.detail, written, scope)
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


def _name_variables(message: str, value: Json, scope: Scope) -> str:
    """Return a message with expressions instead of their values, which may be secret or personal."""
    for reference in iter_references(value):
        try:
            held = scope.evaluate(reference.text)
        except UnresolvedError:
            continue
        texts = [str(held)] if isinstance(held, int | float) else [text for _, text in iter_texts(held)]
        for form in [form for text in texts for form in (text, json.dumps(text, ensure_ascii=False)[1:-1])]:
            if len(form) >= _LEAST_NAMED:
                message = message.replace(form, reference.text)
    return message


def _find_parts(path: str, value: Json) -> tuple[str | int, ...]:
    """Return the keys and indexes that a singular JSONPath goes through, none where it leads to nothing."""
    found = compile_jsonpath(path).find_one(value)
    return tuple(found.location) if found else ()
