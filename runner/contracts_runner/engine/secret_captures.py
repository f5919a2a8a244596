"""Which captures of a scenario become credentials, and so are secrets from the moment they are read."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from contracts_runner.model.contract import Scenario
from contracts_runner.model.credential import list_captured
from contracts_runner.model.environment import Environment
from contracts_runner.model.json import Json
from contracts_runner.reading.expressions import iter_references


def find_secret_captures(scenarios: Iterable[Scenario], environment: Environment) -> dict[str, frozenset[str]]:
    """Return scenario -> the names of its captures that any `auth`, its own or one of those that need it, or a
    credential of the environment uses."""
    used: defaultdict[str, set[str]] = defaultdict(set)
    made: dict[str, set[str]] = {}
    for scenario in scenarios:
        made[scenario.id] = {each.name for step in (*scenario.steps, *scenario.cleanup) for each in step.captures}
        for reference in (each for auth in _iter_auths(scenario) for each in iter_references(auth)):
            used[scenario.id].add(reference.name)
            if reference.name in scenario.needs and reference.path:
                used[scenario.needs[reference.name]].add(str(reference.path[0]))
    for credential in list_captured(environment.credentials).values():
        used[credential.scenario].update(reference.name for reference in iter_references(credential.value))
    return {identifier: frozenset(used[identifier] & names) for identifier, names in made.items()}


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
