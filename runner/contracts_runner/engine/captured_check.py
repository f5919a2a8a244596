"""Checks before the first request the credentials that scenarios give: that there is such a scenario, that it makes the
captures, and that it does not need what it gives."""

from collections.abc import Iterator, Mapping

from contracts_runner.engine.credential_needs import list_scenario_needs
from contracts_runner.errors import Problem, Rule
from contracts_runner.model.contract import Scenario
from contracts_runner.model.credential import CapturedCredential, list_captured
from contracts_runner.model.environment import Environment
from contracts_runner.project.parts import Project
from contracts_runner.reading.expressions import iter_references
from contracts_runner.reading.suggest import suggest_or_list


def check_captured(project: Project, environment: Environment) -> Iterator[Problem]:
    """Yield what keeps the scenarios of an environment's credentials from giving them."""
    scenarios = {scenario.id: scenario for scenario in project.scenarios}
    for name, credential in list_captured(environment.credentials).items():
        scenario = scenarios.get(credential.scenario)
        if scenario is None:
            message = f"the credential '{name}' is to come from '{credential.scenario}': there is no such scenario"
            yield _build_problem(credential, message, suggest_or_list(credential.scenario, scenarios))
            continue
        captures = [capture.name for step in scenario.steps for capture in step.captures]
        for reference in iter_references(credential.value):
            if reference.name not in (*captures, *environment.variables):
                message = f"the credential '{name}': no step of '{scenario.id}' captures '{reference.name}'"
                yield _build_problem(credential, message, suggest_or_list(reference.name, captures))
        if way := _find_circle(scenario.id, scenarios, project, environment):
            message = f"the credential '{name}' is needed by what gives it: {' needs '.join(way)}"
            yield _build_problem(credential, message, "write `auth: none` in the step that gets it")


def _build_problem(credential: CapturedCredential, message: str, hint: str) -> Problem:
    return Problem(location=credential.location, message=message, hint=hint, rule=Rule.REFERENCE)


def _find_circle(
    start: str, scenarios: Mapping[str, Scenario], project: Project, environment: Environment
) -> list[str]:
    """Return the way from a scenario by those that it needs back to itself, nothing if there is none."""
    ways, seen = [[start]], set[str]()
    for way in ways:
        scenario = scenarios.get(way[-1])
        for needed in list_scenario_needs(scenario, project.specs, environment) if scenario else ():
            if needed == start:
                return [*way, start]
            if needed not in seen:
                seen.add(needed)
                ways.append([*way, needed])
    return []
