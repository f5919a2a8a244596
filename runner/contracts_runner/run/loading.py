"""`contracts load`: scenarios that read, sent as load (docs/design.md, Load)."""

import contextlib
import dataclasses
import time
from collections.abc import Iterator, Mapping
from functools import partial

# First: Locust patches what the modules after it import.
from contracts_runner.load.users import Users, send_load  # isort: skip

from contracts_runner.engine.scenarios import ScenarioRunner
from contracts_runner.engine.selection import Selection
from contracts_runner.errors import UsageError
from contracts_runner.faults import guard
from contracts_runner.load.meter import Meter, MeteringRecorder, count_scenarios
from contracts_runner.model.contract import Scenario
from contracts_runner.model.environment import WritePolicy
from contracts_runner.model.exchange import Request
from contracts_runner.model.load_thresholds import LoadThresholds
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.project.project import Project
from contracts_runner.reading.durations import FormError, parse_duration, parse_rate
from contracts_runner.results.events import LoadStarted
from contracts_runner.results.load_fold import ERROR_SHARE, LATENCY, RATE
from contracts_runner.results.load_rows import LoadShape, LoadThreshold
from contracts_runner.run.connections import open_transport
from contracts_runner.run.execution import execute
from contracts_runner.run.mistakes import print_warnings
from contracts_runner.run.options import Given, build_options
from contracts_runner.run.plan import RunPlan, plan_run
from contracts_runner.run.scenario_worlds import is_writing
from contracts_runner.run.session import Session
from contracts_runner.transport.http import HttpTransport

UNCOVERED = "scenarios without `error_share`"


def load_contracts(project: Project, given: Mapping[str, Given], shape: LoadShape) -> int:
    """Send load from this process, and return the exit code. Raises UsageError, ProjectError and RunFolderError."""
    plan = plan_run(project, dataclasses.replace(build_options(given), phases=(Phase.SCENARIOS,)))
    print_warnings(plan.warnings)
    left_out = dict(_iter_left_out(plan))
    chosen = [scenario for scenario in plan.selection.scenarios if scenario.id not in left_out]
    if not chosen:
        reasons = "; ".join(f"{name}: {why}" for name, why in [*left_out.items()][:3])
        raise UsageError(f"no selected scenario can be load ({reasons}); choose some that only read")
    # A reading request writes nothing, whatever the environment allows.
    environment = dataclasses.replace(plan.environment, writes=WritePolicy.BLOCK)
    selection = Selection((), plan.selection.deselected)
    bare = dataclasses.replace(plan, environment=environment, selection=selection)
    started = LoadStarted(shape=shape, thresholds=tuple(_iter_thresholds(project, chosen)), left_out=left_out)
    return execute(bare, work=partial(_send, chosen=chosen, started=started)).exit_code


def build_shape(*, users: int | None, spawn_rate: float, duration: str, arrivals: str | None) -> LoadShape:
    """Return what the command line asks for; raises UsageError."""
    try:
        seconds = parse_duration(duration)
    except FormError as error:
        raise UsageError(f"--for: {error}") from error
    if arrivals is None:
        if users is None:
            raise UsageError("say how much: --users N, or --arrivals RATE")
        return LoadShape(users=users, spawn_rate=spawn_rate, seconds=seconds)
    try:
        rate = parse_rate(arrivals)
    except FormError as error:
        raise UsageError(f"--arrivals: {error}") from error
    return LoadShape(users=users or 0, spawn_rate=spawn_rate, arrivals=rate, seconds=seconds)


def _iter_left_out(plan: RunPlan) -> Iterator[tuple[str, str]]:
    """Yield (scenario, why it is no load)."""
    for scenario in plan.selection.scenarios:
        hindrance = plan.find_hindrance(scenario)
        if is_writing(plan.project.specs, scenario):
            yield scenario.id, "it writes"
        elif scenario.needs or scenario.exclusive:
            yield scenario.id, "it needs other scenarios" if scenario.needs else "it is exclusive"
        elif hindrance is not None:
            yield scenario.id, hindrance[1]


def _iter_thresholds(project: Project, chosen: list[Scenario]) -> Iterator[LoadThreshold]:
    """Yield what must hold: of scenarios, of whole files; and that nothing breaks where no share may."""
    by_scope: dict[str, list[Scenario]] = {}
    covered: set[str] = set()
    for contract in project.contracts:
        own = [scenario for scenario in chosen if scenario.contract == contract.name]
        if contract.load and own:
            yield from _list_thresholds(contract.load, contract.name, own)
            covered |= {each.id for each in own if contract.load.error_share is not None}
    for scenario in chosen:
        if scenario.load:
            by_scope.setdefault(scenario.of or scenario.id, []).append(scenario)
            covered |= {scenario.id} if scenario.load.error_share is not None else set()
    for scope, scenarios in by_scope.items():
        assert scenarios[0].load
        yield from _list_thresholds(scenarios[0].load, scope, scenarios)
    if others := tuple(each.id for each in chosen if each.id not in covered):
        yield LoadThreshold(check=ERROR_SHARE, scope=UNCOVERED, scenarios=others, limit=0.0)


def _list_thresholds(wanted: LoadThresholds, scope: str, scenarios: list[Scenario]) -> Iterator[LoadThreshold]:
    make = partial(
        LoadThreshold, scope=scope, scenarios=tuple(each.id for each in scenarios), location=str(wanted.location)
    )
    for percent, seconds in wanted.latency.items():
        yield make(check=LATENCY, percentile=percent, limit=seconds * 1000)
    if wanted.rate is not None:
        yield make(check=RATE, limit=wanted.rate)
    if wanted.error_share is not None:
        yield make(check=ERROR_SHARE, limit=float(wanted.error_share))


def _send(session: Session, *, chosen: list[Scenario], started: LoadStarted) -> None:
    session.listeners.emit(started)
    meter = Meter(time.monotonic, session.listeners.emit)
    with _open_users(session, chosen, meter) as users:
        send_load(users, started.shape)


@contextlib.contextmanager
def _open_users(session: Session, chosen: list[Scenario], meter: Meter) -> Iterator[Users]:
    """Open connections of their own, whose requests are counted where they leave: a line for each would be the load."""
    environment, specs = session.environment, session.plan.project.specs

    def count(request: Request) -> None:
        meter.count_sending(request.operation)

    with open_transport(environment, session.base_url, specs.values(), on_leave=count) as transport:
        runners = {each.id: (each, _meter_runner(session.find_runner(each), transport, meter)) for each in chosen}

        def send(identifier: str) -> None:
            scenario, runner = runners[identifier]
            guard(partial(runner.run, scenario), lambda _: meter.count_iteration(identifier, Outcome.ERRORED))

        yield Users(
            scenarios=[each.id for each in chosen],
            send=send,
            meter=meter,
            emit=session.listeners.emit,
            is_stopped=session.stop.is_interrupted,
        )


def _meter_runner(runner: ScenarioRunner, transport: HttpTransport, meter: Meter) -> ScenarioRunner:
    plain = runner.recorder
    return dataclasses.replace(
        runner,
        steps=dataclasses.replace(runner.steps, transport=transport),
        recorder=MeteringRecorder(plain.specs, plain.redactor, plain.write_artifact, plain.secrets, meter),
        emit=count_scenarios(meter),
    )
