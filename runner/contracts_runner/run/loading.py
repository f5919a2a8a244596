"""`contracts load`: scenarios that read, sent as load (docs/design.md, Load)."""

import contextlib
import dataclasses
import os
import platform
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from msgspec import UNSET

# First: Locust patches what the modules after it import.
from contracts_runner.dataclass import dataclass

from contracts_runner.load.users import Address, LostWorkersError, Users, follow_master, lead_workers, send_load  # isort: skip

from contracts_runner.engine.ports import Emit, Signer, SystemClock
from contracts_runner.engine.scenarios import ScenarioRunner
from contracts_runner.engine.secret_captures import find_secret_captures
from contracts_runner.engine.selection import Selection
from contracts_runner.engine.steps import StepRunner
from contracts_runner.engine.token_recording import TokenRecorder
from contracts_runner.errors import CredentialError, UsageError
from contracts_runner.evidence.artifacts import WrittenArtifact
from contracts_runner.faults import Fault
from contracts_runner.load.meter import Meter, MeteringRecorder, count_scenarios
from contracts_runner.model.contract import Scenario
from contracts_runner.model.credential import CapturedCredential
from contracts_runner.model.environment import WritePolicy
from contracts_runner.model.exchange import Request
from contracts_runner.model.load_thresholds import LoadThresholds
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.project.files import ProjectFiles
from contracts_runner.project.project import Project
from contracts_runner.reading.durations import FormError, parse_duration, parse_rate
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import LoadStarted
from contracts_runner.results.load_fold import ERROR_SHARE, LATENCY, RATE
from contracts_runner.results.load_rows import LoadShape, LoadThreshold
from contracts_runner.run.connections import USER_AGENT, build_keyring, build_redactor, open_transport
from contracts_runner.run.execution import execute
from contracts_runner.run.load_rounds import Rounds, iter_left_out, order_round
from contracts_runner.run.load_workers import WORKER, Inbox, Outbox, sign_plan
from contracts_runner.run.mistakes import print_warnings
from contracts_runner.run.options import Given, build_options
from contracts_runner.run.plan import RunPlan, plan_run
from contracts_runner.run.provenance import iter_public_texts
from contracts_runner.run.session import Session
from contracts_runner.run.value_source import build_value_source
from contracts_runner.signals import Received

UNCOVERED = "scenarios without `error_share`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line asks for; `master` is the address to listen at, `worker` that of the master."""

    users: int | None
    spawn_rate: float
    duration: str | None
    arrivals: str | None
    master: str | None
    workers: int
    worker: str | None


def load(project: Project, given: Mapping[str, Given], asked: Asked) -> int:
    """Send load, let workers send it, or be one; return the exit code. Raises UsageError, ProjectError and
    RunFolderError."""
    if asked.worker is not None:
        return _work(project, given, _parse_address("--worker", asked.worker))
    shape = _build_shape(asked)
    master = None if asked.master is None else _parse_address("--master", asked.master)
    plan, chosen, left_out = _plan(project, given, is_shared=master is not None)
    print_warnings(plan.warnings)
    started = LoadStarted(shape=shape, thresholds=tuple(_iter_thresholds(project, chosen)), left_out=left_out)
    return execute(plan, work=partial(_send, chosen=chosen, started=started, master=master)).exit_code


def _plan(
    project: Project, given: Mapping[str, Given], *, is_shared: bool
) -> tuple[RunPlan, list[Scenario], dict[str, str]]:
    """Return the plan of a run without scenarios, those that are the load, and why the others are none."""
    plan = plan_run(project, dataclasses.replace(build_options(given), phases=(Phase.SCENARIOS,)))
    left_out = dict(iter_left_out(plan, is_shared=is_shared))
    chosen = [scenario for scenario in plan.selection.scenarios if scenario.id not in left_out]
    if not chosen:
        reasons = "; ".join(f"{name}: {why}" for name, why in [*left_out.items()][:3])
        raise UsageError(f"no selected scenario can be load ({reasons}); choose some that only read")
    # A reading request writes nothing, whatever the environment allows.
    environment = dataclasses.replace(plan.environment, writes=WritePolicy.BLOCK)
    selection = Selection((), plan.selection.deselected)
    return dataclasses.replace(plan, environment=environment, selection=selection), chosen, left_out


def _build_shape(asked: Asked) -> LoadShape:
    if asked.duration is None:
        raise UsageError("say how long: --for 60s")
    if asked.arrivals is None and asked.users is None:
        raise UsageError("say how much: --users N, or --arrivals RATE")
    if asked.arrivals is not None and asked.master is not None:
        raise UsageError("--arrivals goes with no --master: a rate is kept by one process; say --users N")
    return LoadShape(
        users=asked.users or 0,
        spawn_rate=asked.spawn_rate,
        arrivals=UNSET if asked.arrivals is None else _parse("--arrivals", parse_rate, asked.arrivals),
        seconds=_parse("--for", parse_duration, asked.duration),
        workers=asked.workers if asked.master else 0,
    )


def _parse(option: str, parse: Callable[[str], float], text: str) -> float:
    try:
        return parse(text)
    except FormError as error:
        raise UsageError(f"{option}: {error}") from error


def _parse_address(option: str, text: str) -> Address:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise UsageError(f"{option} is HOST:PORT, such as 127.0.0.1:5557, not '{text}'")
    return Address(host.strip("[]"), int(port))


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


def _send(
    session: Session, received: Received, *, chosen: list[Scenario], started: LoadStarted, master: Address | None
) -> None:
    session.listeners.emit(started)
    with _open_users(
        session.plan,
        chosen,
        base_url=session.base_url,
        signer=session.keyring,
        emit=session.listeners.emit,
        redactor=session.redactor,
        is_stopped=lambda: received.has_come,
        run_id=session.run_id,
    ) as users:
        try:
            if master is None:
                send_load(users, started.shape)
            else:
                inbox = Inbox(session, sign_plan(session.plan, users.scenarios))
                lead_workers(users, started.shape, master, inbox.take)
        except LostWorkersError as error:
            session.record_fault(WORKER, Fault("LostWorkersError", "", str(error)))


def _work(project: Project, given: Mapping[str, Given], master: Address) -> int:
    """Send what a master asks for, until it ends."""
    plan, chosen, _ = _plan(project, given, is_shared=True)
    environment = plan.environment
    if environment.is_simulated:
        raise UsageError("a worker needs the address of a service: a sandbox is there for its own process only")
    redactor, base_url = build_redactor(environment), environment.base_url or ""
    redactor.declare_public(*iter_public_texts(plan))
    outbox = Outbox(sign_plan(plan, [each.id for each in chosen]))

    def refuse(name: str, _credential: CapturedCredential, _is_again: bool) -> str:
        raise CredentialError(f"the credential '{name}' comes from a scenario: a worker of a load runs none")

    with open_transport(environment, base_url, plan.project.specs.values()) as transport:
        keyring = build_keyring(
            base_url,
            transport,
            redactor=redactor,
            clock=SystemClock(),
            capture=refuse,
            record=TokenRecorder(redactor, outbox.write_artifact, outbox.emit).record,
        )
        name = f"{platform.node()}-{os.getpid()}"
        with _open_users(
            plan,
            chosen,
            base_url=base_url,
            signer=keyring,
            emit=outbox.emit,
            redactor=redactor,
            is_stopped=lambda: False,
            run_id=secrets.token_hex(4),
            worker=name,
        ) as users:
            follow_master(users, master, lambda count: outbox.take(users.meter.take(count)))
    return 0


@contextlib.contextmanager
def _open_users(
    plan: RunPlan,
    chosen: list[Scenario],
    *,
    base_url: str,
    signer: Signer,
    emit: Emit,
    redactor: Redactor,
    is_stopped: Callable[[], bool],
    run_id: str,
    worker: str = "",
) -> Iterator[Users]:
    """Open connections of their own, whose requests are counted where they leave: a line for each would be the load."""
    environment, specs = plan.environment, plan.project.specs
    meter = Meter(time.monotonic, emit, worker)
    secret_captures = find_secret_captures(plan.project.scenarios, environment)
    values, files = build_value_source(plan, redactor), ProjectFiles(plan.project.root)

    def count(request: Request) -> None:
        meter.count_sending(request.operation)

    def write(*_: object, **__: object) -> WrittenArtifact:
        return WrittenArtifact("", "")  # the ledger has the exchange of an example

    with open_transport(environment, base_url, specs.values(), on_leave=count) as transport:
        steps = StepRunner(
            specs=specs,
            environment=environment,
            base_url=base_url,
            transport=transport,
            clock=SystemClock(),
            headers={"User-Agent": USER_AGENT},
            files=files,
            signer=signer,
            learn=redactor.learn_secret,
        )

        def build_runner(scenario: Scenario) -> ScenarioRunner:
            return ScenarioRunner(
                steps=steps,
                recorder=MeteringRecorder(specs, redactor, write, secret_captures[scenario.id], meter),
                emit=count_scenarios(meter),
                run_id=run_id,
                is_stopped=is_stopped,
                values=values,
            )

        rounds = Rounds(
            {each.id: order_round(each, plan.project.scenarios) for each in chosen},
            build_runner,
            lambda identifier: meter.count_iteration(identifier, Outcome.ERRORED),
        )
        names = [each.id for each in chosen]
        yield Users(scenarios=names, send=rounds.send, meter=meter, emit=emit, is_stopped=is_stopped)
