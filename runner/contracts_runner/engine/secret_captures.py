"""Which captures of a scenario become credentials, and so are secrets from the moment they are read."""

from collections.abc import Iterable, Iterator, Mapping

from contracts_runner.model.contract import Scenario
from contracts_runner.model.credential import list_captured
from contracts_runner.model.environment import Environment
from contracts_runner.model.json import Json
from contracts_runner.reading.expressions import iter_references


def find_secret_captures(scenario: Scenario, scenarios: Iterable[Scenario], environment: Environment) -> frozenset[str]:
    """Return the names of captures of a scenario that any `auth`, its own or one of those that need it, or a credential
    of the environment uses."""
    used = {reference.name for auth in _iter_auths(scenario) for reference in iter_references(auth)}
    for other in scenarios:
        aliases = {alias for alias, needed in other.needs.items() if needed == scenario.id}
        references = (each for auth in _iter_auths(other) if aliases for each in iter_references(auth))
        used.update(str(each.path[0]) for each in references if each.name in aliases and each.path)
    for credential in list_captured(environment.credentials).values():
        if credential.scenario == scenario.id:
            used.update(reference.name for reference in iter_references(credential.value))
    made = {capture.name for step in (*scenario.steps, *scenario.cleanup) for capture in step.captures}
    return frozenset(used & made)


def _iter_auths(scenario: Scenario) -> Iterator[Json]:
    for step in (*scenario.steps, *scenario.cleanup):
        for part in (step, *step.variants.values(), step.probe):
            if part is not None and isinstance(part.auth, Mapping):
                yield part.auth


def iter_secrets(value: Json) -> Iterator[str]:
    """Yield each text and number in what was captured."""
    if isinstance(value, Mapping | list):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from iter_secrets(part)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
