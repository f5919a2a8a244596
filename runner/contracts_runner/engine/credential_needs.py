"""Which scenarios give the credentials that steps, generated requests and warehouse checks send."""

import dataclasses
from collections.abc import Iterable, Iterator

from contracts_runner.engine.authorization import find_missing, list_sent
from contracts_runner.engine.needs import list_needs
from contracts_runner.engine.outgoing import decide_step
from contracts_runner.model.contract import Auth, Scenario
from contracts_runner.model.credential import CapturedCredential, list_captured
from contracts_runner.model.environment import Environment
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Specs


def list_scenario_needs(scenario: Scenario, specs: Specs, environment: Environment) -> tuple[str, ...]:
    """Return the ids of the scenarios that one needs, as it says, or for what it sends."""
    if not list_captured(environment.credentials):  # most have none
        return tuple(dict.fromkeys(list_needs(scenario)))
    steps = [decide_step(step, specs, environment) for step in (*scenario.steps, *scenario.cleanup)]
    sent = ((each.step.auth, each.operation) for each in steps if not each.is_kept_back)
    return tuple(dict.fromkeys([*list_needs(scenario), *_iter_given(sent, specs, environment)]))


def list_operation_needs(operations: Iterable[Operation], specs: Specs, environment: Environment) -> tuple[str, ...]:
    """Return the same for requests to operations with their own credentials."""
    return tuple(dict.fromkeys(_iter_given(((None, each) for each in operations), specs, environment)))


def spread_missing(scenarios: Iterable[Scenario], specs: Specs, environment: Environment) -> Environment:
    """Return the environment without the credentials whose scenarios lack one themselves: they lack the same."""
    by_id = {scenario.id: scenario for scenario in scenarios}
    while True:
        lacking = {
            name: (variable, credential)
            for name, credential in list_captured(environment.credentials).items()
            if (scenario := by_id.get(credential.scenario))
            and (variable := _find_missing_variable(scenario, specs, environment))
        }
        if not lacking:
            return environment
        kept = {name: each for name, each in environment.credentials.items() if name not in lacking}
        missing = {name: variable for name, (variable, _) in lacking.items()}
        samples = {name: credential for name, (_, credential) in lacking.items()}
        environment = dataclasses.replace(
            environment,
            credentials=kept,
            missing_credentials={**environment.missing_credentials, **missing},
            sample_credentials={**environment.sample_credentials, **samples},
        )


def _find_missing_variable(scenario: Scenario, specs: Specs, environment: Environment) -> str:
    """Return a variable without a value that a credential of a scenario's steps is read from, "" if there is none."""
    for step in (decide_step(step, specs, environment) for step in scenario.steps):
        spec = specs.get(step.operation.spec)
        schemes = spec.security_schemes if spec else {}
        names = find_missing(step.step.auth, operation=step.operation, schemes=schemes, environment=environment)
        for name in names:
            if name in environment.missing_credentials:
                return environment.missing_credentials[name]
    return ""


def _iter_given(sent: Iterable[tuple[Auth | None, Operation]], specs: Specs, environment: Environment) -> Iterator[str]:
    for auth, operation in sent:
        spec = specs.get(operation.spec)
        schemes = spec.security_schemes if spec else {}
        found = list_sent(auth, operation=operation, schemes=schemes, environment=environment)
        yield from (each.scenario for each in found.values() if isinstance(each, CapturedCredential))
