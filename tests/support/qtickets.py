"""All QTickets scenarios run once against the served twin, with every answer kept raw."""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass

from contracts_runner.cli.execution import USER_AGENT
from contracts_runner.engine.ports import SystemClock
from contracts_runner.engine.recording import Recorder
from contracts_runner.engine.scenarios import ScenarioRunner
from contracts_runner.engine.steps import StepRunner, find_operation
from contracts_runner.evidence.redaction import Redactor
from contracts_runner.model.contract import Scenario
from contracts_runner.model.environment import Environment
from contracts_runner.model.exchange import Request, Response
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.spec import Operation
from contracts_runner.project.environments import resolve_environment
from contracts_runner.project.project import Project, load_project
from contracts_runner.project.spec import Spec
from contracts_runner.sandbox.worlds import WORLD_HEADER, Worlds
from contracts_runner.transport.guard import WriteGuard
from contracts_runner.transport.http import HttpTransport, TransportSettings
from contracts_runner.transport.rate import RateLimiter
from qtickets_sandbox.app import create_app
from support.command import REPOSITORY
from support.servers import serve_wsgi


@dataclass(frozen=True)
class Answered:
    """An answer of the twin to a step of a scenario."""

    scenario: str
    operation: Operation
    response: Response


@dataclass(frozen=True)
class Recording:
    """What all scenarios came to, and all answers."""

    spec: Spec
    outcomes: dict[str, Outcome]
    answers: list[Answered]


Change = Callable[[Request, Response], Response]


class _Tap:
    """A transport that changes and keeps what another one receives."""

    def __init__(self, transport: HttpTransport, change: Change) -> None:
        self._transport = transport
        self._change = change
        self.received: list[tuple[Request, Response]] = []

    def send(self, request: Request) -> Response:
        response = self._change(request, self._transport.send(request))
        self.received.append((request, response))
        return response


def record_scenarios(only: Collection[str] = (), *, change: Change = lambda _request, response: response) -> Recording:
    """Run the scenarios of the repository's project, all or `only` these, each that writes in a world of its own, as
    `contracts run` does; `change` makes an answer what the scenario receives."""
    project = load_project(REPOSITORY)
    spec = project.specs["qtickets"]
    with serve_wsgi(Worlds(create_app)) as base_url:
        environment = resolve_environment(project.settings, "sandbox", {})
        transport = HttpTransport(
            TransportSettings(base_url=base_url, limits=environment.limits, use_proxies=False),
            guard=WriteGuard(base_url=base_url, writes=environment.writes),
            limiter=RateLimiter(None),
            on_leave=lambda _: None,
        )
        tap = _Tap(transport, change)
        run = _build_runner(project, environment, base_url, tap)
        scenarios = (scenario for contract in project.contracts for scenario in contract.scenarios)
        outcomes = {scenario.id: run(scenario) for scenario in scenarios if not only or scenario.id in only}
        transport.close()
    operations = {operation.label: operation for operation in spec.operations.values()}
    answers = [
        Answered(request.scenario or "", operations[request.operation], response) for request, response in tap.received
    ]
    return Recording(spec, outcomes, answers)


def _build_runner(
    project: Project, environment: Environment, base_url: str, transport: _Tap
) -> Callable[[Scenario], Outcome]:
    redactor = Redactor(mode=environment.redaction, secrets=environment.credentials, key=b"k" * 32)
    clock = SystemClock()

    def run(scenario: Scenario) -> Outcome:
        spec = project.specs[scenario.spec]
        steps = (*scenario.steps, *scenario.cleanup)
        headers = {"User-Agent": USER_AGENT}
        if any(find_operation(spec, step).effect == "write" for step in steps):
            headers[WORLD_HEADER] = hashlib.sha256(scenario.id.encode()).hexdigest()
        runner = ScenarioRunner(
            environment=environment,
            steps=StepRunner(
                spec=spec,
                environment=environment,
                base_url=base_url,
                transport=transport,
                clock=clock,
                headers=headers,
            ),
            recorder=Recorder(spec, redactor, lambda *_: "not written"),
            clock=clock,
            emit=lambda _: None,
            run_id="recorded",
        )
        return runner.run(scenario)

    return run
