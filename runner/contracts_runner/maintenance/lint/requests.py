"""Rules on what steps send: bodies and parameters against the spec, for every environment."""

import dataclasses
from collections.abc import Iterator, Sequence

from contracts_runner.engine.steps import choose_variant
from contracts_runner.errors import Problem
from contracts_runner.maintenance.environments import read_open_environment
from contracts_runner.maintenance.lint.subject import StepSubject, Subject
from contracts_runner.maintenance.parameter_values import find_parameter_mismatch
from contracts_runner.model.contract import Scenario, Unset
from contracts_runner.model.environment import Environment, WritePolicy
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Effect, Operation, Parameter
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.references.environment_checks import check_environment, fill, is_kept_back, name_variables
from contracts_runner.reading.expressions import BUILTINS, ExpressionError, iter_references
from contracts_runner.reading.places import Place

PARAMETER = "parameter"

# OpenAPI 3.1 §4.8.12.1: header parameters of these names are ignored.
_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
_HINT = "`invalid_request: true` sends it all the same"


def check_requests(subject: Subject) -> Iterator[Problem]:
    """Yield what steps send that breaks the spec, and what environments lack, in each environment and for probes.

    Values that are known only when a step runs are left to the engine; what `writes` keeps back is left out.
    """
    settings = subject.project.settings
    # `--writes probe` may send them anywhere.
    probed = {step.scenario.id: step.scenario for step in subject.steps if step.site.step.probe}
    for name in settings.environments:
        environment, problems = read_open_environment(settings, name)
        yield from problems
        if environment:
            yield from _check_environment(subject, subject.project.scenarios, environment)
            probing = dataclasses.replace(environment, writes=WritePolicy.PROBE)
            yield from _check_environment(subject, tuple(probed.values()), probing)


def _check_environment(subject: Subject, scenarios: Sequence[Scenario], environment: Environment) -> Iterator[Problem]:
    yield from check_environment(subject.project, scenarios, environment)
    ids = {scenario.id for scenario in scenarios}
    for step in subject.steps:
        if step.scenario.id not in ids or step.spec is None or step.operation is None:
            continue
        if not is_kept_back(step.site.step, step.operation, environment):
            yield from _check_parameters(step, step.spec, step.operation, environment)


def _check_parameters(
    step: StepSubject, spec: Spec, operation: Operation, environment: Environment
) -> Iterator[Problem]:
    chosen = choose_variant(step.site.step, operation, environment)
    if chosen.is_invalid_request:
        return
    sent = {name: value for name, value in chosen.parameters.items() if value is not None}
    for parameter in operation.parameters:
        if parameter.name in sent:
            value = _fill(sent[parameter.name], step, environment)
            mismatch = find_parameter_mismatch(spec.schemas, parameter.pointer, value)
            if mismatch:
                place = _find_place(step, parameter.name, environment, operation)
                told = name_variables(mismatch, sent[parameter.name], environment)
                message = f"the {parameter.placement} parameter '{parameter.name}' of {operation.label} {told}"
                yield Problem(location=place.location, message=message, hint=_HINT, rule=PARAMETER)
        elif _is_needed(parameter):
            message = f"{operation.label} requires the {parameter.placement} parameter '{parameter.name}'"
            place = step.site.place.at("parameters")
            yield Problem(location=place.location, message=message, hint=_HINT, rule=PARAMETER)


def _is_needed(parameter: Parameter) -> bool:
    """True where the spec requires it; the references of a project tell of a path without its parameters."""
    is_ignored = parameter.placement == "header" and parameter.name.lower() in _IGNORED_HEADERS
    return parameter.is_required and parameter.placement != "path" and not is_ignored


def _fill(value: Json, step: StepSubject, environment: Environment) -> Json | Unset:
    """Return the value as it is sent, UNSET where it is not known yet or a name in it has none."""
    known = {*BUILTINS, *environment.variables, *step.site.captures}
    try:
        if any(reference.name not in known for reference in iter_references(value)):
            return Unset.UNSET
    except ExpressionError:
        # Reading the file has reported it.
        return Unset.UNSET
    return fill(value, step.site.captures, environment)


def _find_place(step: StepSubject, name: str, environment: Environment, operation: Operation) -> Place:
    """Return where the value that counts stands: in the probe, in the environment's variant, or in the step."""
    chosen, place = step.site.step, step.site.place
    is_probed = operation.effect is Effect.WRITE and environment.writes is WritePolicy.PROBE
    if is_probed and chosen.probe and name in chosen.probe.parameters:
        return place.at("probe", "parameters", name)
    variant = chosen.variants.get(environment.name)
    if variant and name in variant.parameters:
        return place.at("in", environment.name, "parameters", name)
    return place.at("parameters", name)
