"""One run of all scenarios against the twin of this repository, kept so that it can be replayed without a server."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from contracts_runner.engine.effects import build_effects
from contracts_runner.engine.outgoing import find_operation
from contracts_runner.engine.ports import Clock, Emit, SystemClock, Transport
from contracts_runner.engine.recording import Recorder
from contracts_runner.engine.scenarios import ScenarioRunner
from contracts_runner.engine.steps import StepRunner
from contracts_runner.evidence.artifacts import WrittenArtifact
from contracts_runner.model.contract import Scenario
from contracts_runner.model.environment import Environment, RedactionMode
from contracts_runner.model.exchange import Request, Response
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.spec import Effect
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.project import Project
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import Event, ScenarioFinished, StepFinished
from contracts_runner.results.lines import as_json
from contracts_runner.sandbox.server import serve_sandbox
from contracts_runner.sandbox.worlds import WORLD_HEADER
from contracts_runner.transport.guard import WriteGuard
from contracts_runner.transport.http import HttpTransport, TransportSettings
from contracts_runner.transport.rate import RateLimiter

_JOBS = 4
_OFFLINE = "http://127.0.0.1:9"


@dataclass(slots=True)
class Tape:
    """What one scenario saw: its exchanges, and the times that it asked for."""

    scenario: Scenario
    exchanges: list[tuple[Request, Response]] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)
    outcome: Outcome = Outcome.SKIPPED
    reason: str = ""
    steps: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class _TapingTransport:
    inner: Transport
    tape: Tape

    def send(self, request: Request) -> Response:
        response = self.inner.send(request)
        self.tape.exchanges.append((request, response))
        return response


@dataclass(slots=True)
class _TapingClock(SystemClock):
    tape: Tape

    def now(self) -> datetime:
        self.tape.times.append(datetime.now(UTC))
        return self.tape.times[-1]


@dataclass(slots=True)
class _ReplayTransport:
    answers: Iterator[Response]

    def send(self, request: Request) -> Response:
        for answer in self.answers:
            return answer
        raise _TapeEndedError


class _TapeEndedError(Exception):
    """The scenario asks for more answers than there were: a changed one made it retry."""


@dataclass(slots=True)
class _ReplayClock:
    times: list[datetime]
    seconds: float = 0.0

    def now(self) -> datetime:
        return self.times.pop(0) if len(self.times) > 1 else self.times[0]

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """The tapes of all scenarios, and what is needed to replay one."""

    spec: Spec
    environment: Environment
    tapes: Sequence[Tape]

    def replay(self, tape: Tape, change: Callable[[Request, Response], Response]) -> Outcome:
        """Run the scenario of a tape again, offline, on its answers as `change` gives them."""
        answers = (change(request, response) for request, response in tape.exchanges)
        clock = _ReplayClock(list(tape.times))
        runner = _build_runner(self.spec, self.environment, tape.scenario, _ReplayTransport(answers), clock, _OFFLINE)
        try:
            return runner.run(tape.scenario)
        except _TapeEndedError:
            return Outcome.FAILED


def record_run(project: Project, environment: Environment) -> RecordedRun:
    """Run every scenario of the project against its sandbox, each that writes in a world of its own."""
    assert environment.sandbox is not None
    [spec] = project.specs.values()
    tapes = [Tape(scenario) for scenario in project.scenarios]
    with (
        serve_sandbox(environment.sandbox) as base_url,
        _open_transport(spec, environment, base_url) as transport,
        ThreadPoolExecutor(_JOBS) as executor,
    ):
        list(executor.map(lambda tape: _record(spec, environment, tape, transport, base_url), tapes))
    return RecordedRun(spec, environment, tapes)


def record_scenario(project: Project, environment: Environment, identifier: str, base_url: str) -> Tape:
    """Run one scenario of the project against a service."""
    [spec] = project.specs.values()
    tape = Tape(next(scenario for scenario in project.scenarios if scenario.id == identifier))
    with _open_transport(spec, environment, base_url) as transport:
        _record(spec, environment, tape, transport, base_url)
    return tape


@contextmanager
def _open_transport(spec: Spec, environment: Environment, base_url: str) -> Iterator[Transport]:
    settings = TransportSettings(limits=environment.limits)
    guard = WriteGuard(base_url=base_url, writes=environment.writes, effects=build_effects([spec], base_url))
    transport = HttpTransport(settings, guard=guard, limiter=RateLimiter(None), on_leave=lambda request: None)
    with closing(transport):
        yield transport


def _record(spec: Spec, environment: Environment, tape: Tape, transport: Transport, base_url: str) -> None:
    def emit(event: Event) -> None:
        if isinstance(event, StepFinished):
            tape.steps.append(as_json(event.step))
        if isinstance(event, ScenarioFinished):
            tape.reason = event.reason

    taping = _TapingTransport(transport, tape)
    runner = _build_runner(spec, environment, tape.scenario, taping, _TapingClock(tape), base_url, emit)
    tape.outcome = runner.run(tape.scenario)


def _build_runner(
    spec: Spec,
    environment: Environment,
    scenario: Scenario,
    transport: Transport,
    clock: Clock,
    base_url: str,
    emit: Emit = lambda event: None,
) -> ScenarioRunner:
    world = hashlib.sha256(scenario.id.encode()).hexdigest()[:16]
    steps = (*scenario.steps, *scenario.cleanup)
    is_writing = any(find_operation({spec.key: spec}, step).effect is Effect.WRITE for step in steps)
    redactor = Redactor(mode=RedactionMode.FULL, secrets=environment.credentials, key=b"k" * 32)
    return ScenarioRunner(
        steps=StepRunner(
            specs={spec.key: spec},
            environment=environment,
            base_url=base_url,
            transport=transport,
            clock=clock,
            headers={WORLD_HEADER: world} if is_writing else {},
        ),
        recorder=Recorder({spec.key: spec}, redactor, lambda *_: WrittenArtifact("", "")),
        emit=emit,
        run_id="run",
    )
