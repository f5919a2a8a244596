"""Checks what `known` entries of a scenario name: environments, steps, other scenarios, and a real deviation."""

from collections.abc import Collection, Iterator

from contracts_runner.errors import Problem
from contracts_runner.model.contract import Expectation, KnownDeviation, ObservedDeviation, Scenario, Step, Unset
from contracts_runner.model.http import has_media_type
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.parts import Project
from contracts_runner.reading.places import Place, iter_unknown


def check_known(
    project: Project, scenario: Scenario, deviation: KnownDeviation, place: Place, ids: Collection[str]
) -> Iterator[Problem]:
    """Yield the names that refer to nothing, and an observation that is what the steps expect: it would hide whatever
    else fails."""
    written = place.find("environments")
    names = ((name, place.at("environments", written.index(name)).location) for name in deviation.environments)
    yield from project.settings.iter_unknown_environments(names)
    yield from iter_unknown("there is no scenario", [(deviation.instead or "", place.at("instead").location)], ids)
    steps = [step for step in (*scenario.steps, *scenario.cleanup) if deviation.step == step.name]
    if deviation.step is None:
        steps = list(scenario.steps)
    elif not steps:
        known = dict.fromkeys(step.name for step in (*scenario.steps, *scenario.cleanup))
        yield from iter_unknown("the scenario has no step", [(deviation.step, place.at("step").location)], known)
    specs = [project.specs.get(step.spec) for step in steps]
    if steps and all(spec and _is_expected(spec, step, deviation) for spec, step in zip(specs, steps, strict=True)):
        hint = "say what deviates: `observed: {check: …, path: …}`"
        yield place.at("observed").build_problem("the observed answer is what the step expects", hint)


def _is_expected(spec: Spec, step: Step, deviation: KnownDeviation) -> bool:
    variants = [step.variants.get(name) for name in deviation.environments]
    expectations = [variant.expect if variant and variant.expect else step.expect for variant in variants]
    operation = spec.find_operation(step.operation)
    return bool(expectations) and all(_allows(each, deviation.observed, operation) for each in expectations)


def _allows(expectation: Expectation, observed: ObservedDeviation, operation: Operation | None) -> bool:
    """Return whether an answer may be as observed and all that the author and the status say holds."""
    if observed.check or observed.path or observed == ObservedDeviation():
        return False
    if observed.status is not None and not _allows_status(expectation, observed.status, operation):
        return False
    if observed.error is not None and observed.error != expectation.error:
        return False
    wanted = expectation.media_type
    return observed.media_type is None or (wanted is not None and has_media_type(observed.media_type, wanted))


def _allows_status(expectation: Expectation, status: int, operation: Operation | None) -> bool:
    if expectation.status is not None:
        return any(low <= status <= high for low, high in expectation.status)
    if expectation.status_from is not None:
        return False  # nobody knows
    is_success_implied = expectation.success is True or (
        isinstance(expectation.success, Unset) and isinstance(expectation.error, Unset)
    )
    # Without a status that is stated, the spec's are the expected ones.
    is_declared = operation is not None and not operation.responses.keys().isdisjoint(
        (str(status), f"{status // 100}XX", "default")
    )
    return is_declared and (200 <= status <= 299 or not is_success_implied)
