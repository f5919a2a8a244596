"""The property phase as a session runs it, and, as a process (`python -m` this module, with a descriptor), that of some
operations of a run of another process (run/property_processes.py). Only who imports this imports Schemathesis."""

import contextlib
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from contracts_runner.engine.sharding import split
from contracts_runner.errors import ContractsError, RecordingError, TransportError
from contracts_runner.faults import guard
from contracts_runner.model.credential import CapturedCredential
from contracts_runner.model.phase import GenerationPhase, Phase
from contracts_runner.model.spec import Effect, Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.adapter import find_chained
from contracts_runner.properties.budget import Budget
from contracts_runner.properties.collecting import Findings
from contracts_runner.properties.document import cut_document
from contracts_runner.properties.links import read_links
from contracts_runner.properties.property_phase import PropertyPhase
from contracts_runner.results.events import Event
from contracts_runner.run.channel import INTERRUPTED, Asks, Channel, Order, PropertyPart
from contracts_runner.run.connections import USER_AGENT
from contracts_runner.run.part_session import load_plan, open_part
from contracts_runner.run.plan import PropertyPlan, RunPlan
from contracts_runner.run.scenario_worlds import name_world
from contracts_runner.run.scratch import find_scratch
from contracts_runner.run.session import Session
from contracts_runner.sandbox.worlds import WORLD_HEADER
from contracts_runner.signals import leave_to_parent


def build_property_phase(session: Session, properties: PropertyPlan) -> PropertyPhase:
    """Return the phase, ready to run."""

    def find_headers(world: str) -> dict[str, str]:
        headers = {"User-Agent": USER_AGENT}
        if world and session.environment.is_simulated:
            headers[WORLD_HEADER] = name_world(f"properties {world}")
        return headers

    return PropertyPhase(
        specs=session.plan.project.specs,
        operations=properties.operations,
        settings=properties.settings,
        environment=session.environment,
        known=session.plan.project.known_properties,
        base_url=session.base_url,
        seed=session.plan.options.seed,
        transport=session.transport,
        redactor=session.redactor,
        clock=session.clock,
        emit=session.listeners.emit,
        write_artifact=partial(session.write_artifact, group=Phase.PROPERTIES),
        find_headers=find_headers,
        scratch=find_scratch(),
        signer=session.keyring,
    )


def main() -> None:
    """Do what the other end of the descriptor orders."""
    leave_to_parent()
    connection: Connection[Any, Any] = Connection(int(sys.argv[1]))
    channel = Channel(connection)

    def work() -> str:
        try:
            _test(connection.recv(), channel)
        except ContractsError as error:
            return str(error)
        return ""

    problem = guard(work, str)
    with contextlib.suppress(RecordingError):  # the run was killed meanwhile
        channel.ask("ended", problem)
    os._exit(0)


def _test(order: Order, channel: Channel) -> None:
    for name in order.modules:
        importlib.import_module(name)
    plan = take_part(load_plan(order.run), order.part)
    count = SharedCount(channel, plan)

    def agree(own: Findings) -> Findings:
        found, met = channel.ask("agree", own, session.redactor.met())
        session.redactor.take(met)
        return Findings(*found)

    def capture(name: str, credential: CapturedCredential, is_again: bool) -> str:
        text = channel.ask("capture", name, credential, is_again)
        if isinstance(text, TransportError):
            raise text
        session.redactor.learn_secret(f"{name}:value", text)
        return str(text)

    with open_part(plan, order.run, channel, key=order.key, emit=count.emit, capture=capture) as session:
        test_operations(session, count, agree)


def test_operations(session: Session, count: "SharedCount", agree: Callable[[Findings], Findings]) -> None:
    """Test the operations of a plan that is a part, as PropertyPhase says."""
    assert session.plan.properties is not None
    replace(build_property_phase(session, session.plan.properties), agree=agree, budget=count).run()


def take_part(plan: RunPlan, part: PropertyPart) -> RunPlan:
    """Return the plan with the operations of a part alone."""
    assert plan.properties is not None
    linked = frozenset(
        key for key, each in plan.properties.operations.items() if read_links(plan.project.specs[key], each)
    )
    settings = replace(plan.properties.settings, workers=1, linked=linked)
    parts = dict[str, tuple[Operation, ...]]()
    for key, labels in part.operations.items():
        operations = [each for each in plan.properties.operations[key] if each.label in labels]
        parts[key] = _choose(plan.project.specs[key], operations, part, settings.phases)
    return replace(plan, properties=PropertyPlan(settings, parts))


def _choose(
    spec: Spec, operations: list[Operation], part: PropertyPart, phases: Sequence[GenerationPhase]
) -> tuple[Operation, ...]:
    """Return the operations of the part. Those between which ids or flows go stay together, in their order."""
    chained = find_chained(cut_document(spec, {(each.method, each.path) for each in operations}))
    linked = _list_linked(spec, operations) if GenerationPhase.STATEFUL in phases else set()
    together = tuple(each.label for each in operations if (each.method, each.path) in chained or each.label in linked)
    apart = [(each.label,) for each in operations if each.label not in together]
    weights = {each.label: 1.0 + len(each.parameters) for each in operations}
    chosen = split([*([together] if together else []), *apart], part.count, weights)[part.index]
    return tuple(each for each in operations if each.label in chosen)


def _list_linked(spec: Spec, operations: Sequence[Operation]) -> set[str]:
    """Return the operations through which flows go: without declared links that may be all of them."""
    links = read_links(spec, operations)
    return {each.label for link in links for each in (link.source, link.target)} or {each.label for each in operations}


class SharedCount:
    """The bounds of the phase, counted where the run is; that of an operation, which is tested here alone, here."""

    def __init__(self, channel: Asks, plan: RunPlan) -> None:
        assert plan.properties is not None
        bounds = plan.properties.settings.bounds
        self._channel = channel
        self._own = Budget(bounds)
        self._is_shared = bounds.requests is not None or bounds.writes is not None
        self._is_interrupted = False
        self.is_spent = False

    def emit(self, event: Event) -> None:
        """Have an event recorded."""
        self._is_interrupted |= self._channel.ask("emit", event)

    def take(self, operation: str, phase: GenerationPhase | None, effect: Effect) -> str:
        if self._is_shared:
            reason, self.is_spent = self._channel.ask("count", operation, phase, effect)
            return str(reason)
        self.is_spent = self._is_interrupted
        return INTERRUPTED if self._is_interrupted else self._own.take(operation, phase, effect)


if __name__ == "__main__":
    main()
