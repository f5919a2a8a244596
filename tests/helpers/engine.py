"""An engine over fakes of our own protocols: a transport that a function answers, a clock that does not wait."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from contracts_runner.engine.effects import build_effects
from contracts_runner.engine.recording import Recorder
from contracts_runner.engine.scenarios import ScenarioRunner
from contracts_runner.engine.steps import StepRunner
from contracts_runner.evidence.artifacts import WrittenArtifact
from contracts_runner.model.contract import Scenario
from contracts_runner.model.environment import Environment, RedactionMode, WritePolicy
from contracts_runner.model.exchange import Request, Response, Timings
from contracts_runner.model.outcome import Outcome
from contracts_runner.openapi.spec import Spec, load_spec
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import Event, ScenarioFinished, StepFinished
from contracts_runner.results.lines import as_json
from contracts_runner.transport.guard import WriteGuard
from helpers.operations import HERE
from helpers.shop import SPEC

BASE_URL = "http://shop.example.com"
# What every row of a fault has; a row of a test that does not plant one must not have it.
FAULT = "an unexpected "
Handler = Callable[[Request], Response]


def reply(
    status: int = 200, body: Any = None, *, media_type: str = "application/json", total_ms: float = 5.0, **headers: str
) -> Response:
    """Return a response with a JSON body, or the text as it is for another media type."""
    content = b"" if status == 204 else json.dumps(body).encode()
    if media_type != "application/json":
        content = str(body).encode()
    names = [("Content-Type", media_type), *((name.replace("_", "-"), value) for name, value in headers.items())]
    timings = Timings(first_byte_ms=total_ms, total_ms=total_ms)
    return Response(status_code=status, headers=tuple(names), body=content, timings=timings)


@dataclass
class FakeTransport:
    """Answers with a function, behind the real write guard; `sent` lists what got through."""

    handle: Handler
    writes: WritePolicy = WritePolicy.ALLOW
    specs: Sequence[Spec] = ()
    sent: list[Request] = field(default_factory=list)

    def send(self, request: Request) -> Response:
        guard = WriteGuard(base_url=BASE_URL, writes=self.writes, effects=build_effects(self.specs, BASE_URL))
        self.sent.append(guard.permit(request))
        return self.handle(request)


@dataclass
class FakeClock:
    """A clock that sleeping moves."""

    seconds: float = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 12, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Ran:
    """What a scenario came to. `events` are those of its steps and, as the last one, its end."""

    outcome: Outcome
    steps: list[Mapping[str, Any]]
    sent: list[Request]
    artifacts: list[Mapping[str, Any]]
    reason: str
    events: list[Event]

    def find_checks(self, outcome: str) -> list[tuple[str, str]]:
        """Return (check, message) of all rows with an outcome."""
        checks = [check for step in self.steps for check in step["checks"]]
        return [(check["check"], check["message"]) for check in checks if check["outcome"] == outcome]


def load_shop(folder: Path) -> Spec:
    """Return the spec of helpers.shop."""
    (folder / "spec.yaml").write_text(SPEC, encoding="utf-8")
    spec, problems = load_spec("api", folder / "spec.yaml", folder)
    assert spec is not None, problems
    return spec


def run_scenario(
    spec: Spec, scenario: Scenario, handle: Handler, *, is_stopped: Callable[[], bool] = lambda: False, **changes: Any
) -> Ran:
    """Run one scenario; `changes` are fields of the environment, `is_stopped` tells of an interrupt."""
    desk = make_desk(spec, handle, is_stopped=is_stopped, **changes)
    outcome = desk.runner.run(scenario)
    return desk.describe(outcome)


@dataclass
class Desk:
    """A runner of scenarios, and what has come of it so far."""

    runner: ScenarioRunner
    transport: FakeTransport
    events: list[Event]
    artifacts: list[Mapping[str, Any]]

    def describe(self, outcome: Outcome) -> Ran:
        """Return what one scenario came to."""
        steps = [as_json(event.step) for event in self.events if isinstance(event, StepFinished)]
        [reason] = [event.reason for event in self.events if isinstance(event, ScenarioFinished)]
        assert FAULT not in str(steps)
        return Ran(outcome, steps, self.transport.sent, self.artifacts, reason, self.events)


def make_desk(spec: Spec, handle: Handler, **changes: Any) -> Desk:
    """Return a runner over fakes; `changes` are fields of the environment, or of the runner."""
    fields = {name: changes.pop(name) for name in ("is_stopped", "needs", "progress") if name in changes}
    values: dict[str, Any] = {
        "name": "here",
        "base_url": BASE_URL,
        "credentials": {"key": "very-secret-key-1"},
        "writes": WritePolicy.ALLOW,
        "location": HERE,
    }
    environment = Environment(**{**values, **changes})
    transport = FakeTransport(handle, environment.writes, [spec])
    events: list[Event] = []
    artifacts: list[Mapping[str, Any]] = []

    def write_artifact(scenario_id: str, number: int, step: str, document: Mapping[str, Any]) -> WrittenArtifact:
        artifacts.append(document)
        return WrittenArtifact(f"artifacts/{scenario_id}/{number}-{step}.json", "0" * 64)

    clock = FakeClock()
    redactor = Redactor(mode=RedactionMode.FULL, secrets=environment.secrets, key=b"k" * 32)
    runner = ScenarioRunner(
        steps=StepRunner(
            specs={spec.key: spec},
            environment=environment,
            base_url=BASE_URL,
            transport=transport,
            clock=clock,
            headers={},
        ),
        recorder=Recorder({spec.key: spec}, redactor, write_artifact),
        emit=events.append,
        run_id="run",
        **fields,
    )
    return Desk(runner, transport, events, artifacts)
