"""Where the values of a generated request are from, as Schemathesis tells it: without the exchanges that gave them a
finding has no ground."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from schemathesis.core.result import Ok
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.generation.case import Case
from schemathesis.generation.stateful.state_machine import Transition

from contracts_runner.engine.body import parse_body
from contracts_runner.model.exchange import Exchange, Taken
from contracts_runner.properties.carrying import iter_names
from contracts_runner.properties.cases import GeneratedCase
from contracts_runner.properties.links import name_source

_CONTAINERS = {"path": "path_parameters", "query": "query", "header": "headers", "cookie": "cookies"}
_PLACES = {container: place for place, container in _CONTAINERS.items()}


class Makers:
    """Successes by what they gave: a value under one of the `names` that are ever taken, or one of their own path."""

    def __init__(self, names: set[str], depth: int) -> None:
        self._names = names
        self._depth = depth
        self._made: dict[tuple[str, str, str], tuple[Exchange, ...]] = {}  # by operation, name, and value

    def add(self, operation: str, case: GeneratedCase, in_path: Iterable[Any]) -> None:
        """Keep a case with its own ground, if it is a success; `in_path` are the values in its path."""
        if not 200 <= case.response.status_code <= 299 or not self._names:
            return
        ground = (*case.makers, *case.steps)
        for key, value in iter_names(("",), parse_body(case.response, depth=self._depth).value):
            if key[-1] in self._names:
                self._made[operation, key[-1], str(value)] = ground
        for value in in_path:
            self._made[operation, "", str(value)] = ground[:-1]

    def find(self, operation: str, name: str, value: Any) -> tuple[Exchange, ...]:
        """Return the exchange of an operation that gave a value, after those that it needs itself; () for none."""
        return self._made.get((operation, name, str(value)), ())

    def list_for(self, cases: Iterable[Case[Any]]) -> tuple[Exchange, ...]:
        """Return the exchanges that gave cases what they have from outside their flow, each once."""
        found = [self.find(*origin) for case in cases for *origin, _ in _iter_draws(case)]
        return tuple({id(exchange.request): exchange for makers in found for exchange in makers}.values())


def list_taken(case: Case[Any], recorder: ScenarioRecorder | None, makers: Makers) -> tuple[Taken, ...]:
    """Return where a case has what earlier answers gave."""
    drawn = [taken for *origin, taken in _iter_draws(case) if makers.find(*origin)]
    node = recorder.cases.get(case.id) if recorder is not None else None
    linked = _iter_linked(case, node.transition) if node is not None and node.transition is not None else ()
    return (*drawn, *linked)


def _iter_draws(case: Case[Any]) -> Iterator[tuple[str, str, Any, Taken]]:
    """Yield what a case has from answers outside its flow: operation, name there, value, and where the case has it."""
    for draw in case.meta.pool_draws if case.meta is not None else ():
        source = "" if draw.source_input else draw.resource_field
        value = _read(case, draw.location, draw.parameter_name)
        yield draw.source_operation, source, value, _build_taken(draw.location, draw.parameter_name, source)


def _iter_linked(case: Case[Any], transition: Transition) -> Iterator[Taken]:
    """Yield where a case has what the step before it in its flow gave."""
    found = [
        (_PLACES[container], name, extracted.definition, extracted.value)
        for container, parameters in transition.parameters.items()
        for name, extracted in parameters.items()
    ]
    body = transition.request_body
    if body is not None and isinstance(body.definition, dict) and isinstance(body.value, Ok):
        found += [("body", name, each, Ok(body.value.ok().get(name))) for name, each in body.definition.items()]
    for place, name, expression, value in found:
        is_sent = isinstance(value, Ok) and str(_read(case, place, name)) == str(value.ok())
        if is_sent and (source := name_source(expression)):
            yield _build_taken(place, name, source)


def _build_taken(place: str, name: str, source: str) -> Taken:
    return Taken(placement=cast("Any", place), name=name, source=source)


def _read(case: Case[Any], place: str, name: str) -> Any:
    found: Any = case.body if place == "body" else getattr(case, _CONTAINERS[place])
    for part in name.split("/") if place == "body" else (name,):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
