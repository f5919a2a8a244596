"""Which scenarios give the credentials that steps, generated requests and warehouse checks send."""

from collections.abc import Iterable, Iterator

from contracts_runner.engine.authorization import list_sent
from contracts_runner.engine.needs import list_needs
from contracts_runner.engine.outgoing import decide_step
from contracts_runner.model.contract import Auth, Scenario
from contracts_runner.model.credential import CapturedCredential
from contracts_runner.model.environment import Environment
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Specs


def list_scenario_needs(scenario: Scenario, specs: Specs, environment: Environment) -> tuple[str, ...]:
    """Return the ids of the scenarios that one needs, as it says, or for what it sends."""
    steps = [decide_step(step, specs, environment) for step in (*scenario.steps, *scenario.cleanup)]
    sent = ((each.step.auth, each.operation) for each in steps if not each.is_kept_back)
    return tuple(dict.fromkeys([*list_needs(scenario), *_iter_given(sent, specs, environment)]))


def list_operation_needs(operations: Iterable[Operation], specs: Specs, environment: Environment) -> tuple[str, ...]:
    """Return the same for requests to operations with their own credentials."""
    return tuple(dict.fromkeys(_iter_given(((None, each) for each in operations), specs, environment)))


def _iter_given(sent: Iterable[tuple[Auth | None, Operation]], specs: Specs, environment: Environment) -> Iterator[str]:
    for auth, operation in sent:
        spec = specs.get(operation.spec)
        schemes = spec.security_schemes if spec else {}
        found = list_sent(auth, operation=operation, schemes=schemes, environment=environment)
        yield from (each.scenario for each in found.values() if isinstance(each, CapturedCredential))
