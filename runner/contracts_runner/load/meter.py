"""Counts what is sent as load: in place of the recorder of a run, which writes each step down."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import field

from msgspec import structs

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.recording import Recorder
from contracts_runner.engine.steps import StepResult, explain_step
from contracts_runner.model.outcome import Outcome
from contracts_runner.results.events import Event, LoadFailed, LoadMeasured, ScenarioFinished, StepFinished
from contracts_runner.results.load_fold import find_bucket
from contracts_runner.results.load_rows import LoadBroken, LoadIterations, LoadRequests
from contracts_runner.results.rows import StepRow

# Of each thing that breaks, so many steps are recorded with their exchange.
_EXAMPLES = 3
_UNANSWERED = "response"


@dataclass(slots=True)
class _Requests:
    """Those of a scenario to an operation."""

    count: int = 0
    failed: int = 0
    bytes: int = 0
    latency: Counter[float] = field(default_factory=Counter)


@dataclass(slots=True)
class _Broken:
    row: LoadBroken
    count: int = 0


class Meter:
    """What was measured since it was last taken, of all users. `emit` takes examples of what broke."""

    def __init__(self, clock: Callable[[], float], emit: Callable[[Event], None], worker: str = "") -> None:
        self._clock, self._emit, self._worker = clock, emit, worker
        self._lock = threading.Lock()
        self._examples: Counter[tuple[str, str, str]] = Counter()
        self._reset()

    def _reset(self) -> None:
        self._since = self._clock()
        self._sent: Counter[str] = Counter()
        self._requests: dict[tuple[str, str], _Requests] = {}
        self._iterations: Counter[tuple[str, Outcome]] = Counter()
        self._broken: dict[tuple[str, str, str], _Broken] = {}

    def count_sending(self, operation: str) -> None:
        """Count a request whose first byte is about to leave."""
        with self._lock:
            self._sent[operation] += 1

    def count_iteration(self, scenario: str, outcome: Outcome) -> None:
        """Count a scenario that ended."""
        with self._lock:
            self._iterations[scenario, outcome] += 1

    def count_step(
        self, scenario: str, result: StepResult, recorder: Recorder, number: int, *, is_cleanup: bool
    ) -> None:
        """Count a step; one that broke is recorded if it is among the first of its kind."""
        response = result.exchange.response if result.exchange else None
        is_broken = result.outcome.traits.is_broken
        is_example = False
        with self._lock:
            if result.attempts:
                requests = self._requests.setdefault((scenario, result.operation.label), _Requests())
                requests.count += 1
                requests.failed += is_broken
                if response is not None:
                    requests.bytes += len(response.body)
                    assert response.timings
                    requests.latency[find_bucket(response.timings.total_ms)] += 1
            if is_broken:
                key = scenario, result.step.name, _name_check(result)
                if key not in self._broken:
                    self._broken[key] = _Broken(_describe(scenario, result, recorder))
                self._broken[key].count += 1
                self._examples[key] += 1
                is_example = self._examples[key] <= _EXAMPLES
        if is_example:
            recorded = recorder.record(result, scenario=scenario, number=number, is_cleanup=is_cleanup)
            step, exchange = recorded.step, recorded.exchange
            self._emit(LoadFailed(worker=self._worker, scenario=scenario, step=step, exchange=exchange))

    def take(self, users: int) -> LoadMeasured:
        """Return the window since the last call, and begin the next one."""
        with self._lock:
            now = self._clock()
            window = LoadMeasured(
                worker=self._worker,
                seconds=round(now - self._since, 6),
                users=users,
                sent=dict(self._sent),
                requests=tuple(
                    LoadRequests(
                        scenario=scenario,
                        operation=operation,
                        count=found.count,
                        failed=found.failed,
                        bytes=found.bytes,
                        latency=tuple(sorted(found.latency.items())),
                    )
                    for (scenario, operation), found in self._requests.items()
                ),
                iterations=tuple(
                    LoadIterations(scenario=scenario, outcome=outcome, count=count)
                    for (scenario, outcome), count in self._iterations.items()
                ),
                broken=tuple(_count_broken(broken) for broken in self._broken.values()),
            )
            self._reset()
            self._since = now
            return window


@dataclass(frozen=True, slots=True)
class MeteringRecorder(Recorder):
    """Hands each step to a meter, and writes nothing down."""

    meter: Meter | None = None

    def record(self, result: StepResult, *, scenario: str, number: int, is_cleanup: bool) -> StepFinished:
        """Return the event of a step with its outcome alone."""
        assert self.meter is not None
        plain = Recorder(self.specs, self.redactor, self.write_artifact, self.secrets)
        self.meter.count_step(scenario, result, plain, number, is_cleanup=is_cleanup)
        row = StepRow(name=result.step.name, outcome=result.outcome)
        return StepFinished(scenario=scenario, number=number, step=row)


def count_scenarios(meter: Meter) -> Callable[[Event], None]:
    """Return what takes the events of a scenario under load."""

    def take(event: Event) -> None:
        if isinstance(event, ScenarioFinished):
            meter.count_iteration(event.scenario, event.outcome)

    return take


def _name_check(result: StepResult) -> str:
    return next((check.check for check in result.checks if check.outcome is result.outcome), _UNANSWERED)


def _describe(scenario: str, result: StepResult, recorder: Recorder) -> LoadBroken:
    check = next((check for check in result.checks if check.outcome is result.outcome), None)
    shown: Mapping[str, object] = recorder.redactor.value(
        {
            "message": check.message if check and check.message else explain_step(result),
            "expected": check.expected if check else None,
            "actual": check.actual if check else None,
        }
    )
    return LoadBroken(
        scenario=scenario,
        step=result.step.name,
        operation=result.operation.label,
        check=_name_check(result),
        outcome=result.outcome,
        message=str(shown["message"]),
        expected=shown["expected"],
        actual=shown["actual"],
        location=str(check.location) if check and check.location else None,
        count=0,
    )


def _count_broken(broken: _Broken) -> LoadBroken:
    return structs.replace(broken.row, count=broken.count)
