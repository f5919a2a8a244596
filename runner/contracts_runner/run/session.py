"""The session of a run: what its phases share, opened and closed."""

import contextlib
import dataclasses
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from functools import cached_property, partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.keyring import Keyring
from contracts_runner.engine.needs import Needs
from contracts_runner.engine.ports import SystemClock
from contracts_runner.engine.recording import Recorder
from contracts_runner.engine.scenarios import ScenarioRunner
from contracts_runner.engine.secret_captures import find_secret_captures
from contracts_runner.engine.steps import StepRunner
from contracts_runner.engine.threads import Stop
from contracts_runner.engine.token_recording import TokenRecorder
from contracts_runner.engine.turn import TURN
from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.artifacts import TOKENS, Artifacts, WrittenArtifact
from contracts_runner.evidence.folder import LEDGER, create_run_folder, prepare_output_folder
from contracts_runner.evidence.ledger import Ledger
from contracts_runner.evidence.manifest import unseal
from contracts_runner.faults import Fault, guard
from contracts_runner.model.contract import Scenario
from contracts_runner.model.environment import Environment
from contracts_runner.model.exchange import Request
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.project.files import ProjectFiles
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.reporting.console import ConsoleListener
from contracts_runner.reporting.phrases import find_phrases
from contracts_runner.results.events import (
    Event,
    FaultRecorded,
    ScenarioFinished,
    ScenarioStarted,
    TokenRequested,
)
from contracts_runner.results.rows import LeakRow, Moment
from contracts_runner.run.captured import CapturedCredentials
from contracts_runner.run.connections import USER_AGENT, Capture, build_keyring, build_redactor, open_transport
from contracts_runner.run.listeners import Listeners
from contracts_runner.run.options import RUNS
from contracts_runner.run.plan import RunPlan
from contracts_runner.run.provenance import describe_sending, hash_variables, iter_public_texts
from contracts_runner.run.resume import Resumption, check_unchanged
from contracts_runner.run.resumed_needs import build_needs
from contracts_runner.run.scenario_worlds import find_worlds, name_world
from contracts_runner.run.value_source import build_value_source
from contracts_runner.sandbox.server import SandboxError
from contracts_runner.sandbox.worlds import WORLD_HEADER
from contracts_runner.transport.http import HttpTransport
from contracts_runner.warehouse.warehouses import Warehouses

if TYPE_CHECKING:
    from contracts_runner.engine.paging import ApiPages
    from contracts_runner.engine.request_budget import RequestBudget


@dataclass(frozen=True, kw_only=True)
class Session:
    """A run in progress; `resume` is its earlier part, if it is resumed; `obstacle` is why its sandbox is not there."""

    plan: RunPlan
    resume: Resumption | None
    base_url: str
    run_id: str
    folder: Path
    redactor: Redactor
    listeners: Listeners
    transport: HttpTransport
    clock: SystemClock
    stop: Stop
    needs: Needs
    again: frozenset[str]  # scenarios that are run from their first step although an earlier process ran them
    obstacle: SandboxError | None
    store: Callable[..., WrittenArtifact]  # as `write` of Artifacts (evidence/artifacts.py)
    token_numbers: Callable[[], int]
    leaks: list[LeakRow] = field(default_factory=list)  # what other processes have found
    testers: set[str] = field(default_factory=set)  # the workers of a cluster that have tested operations
    capture: Capture | None = None  # gives the credentials of scenarios where those run in another process

    @property
    def environment(self) -> Environment:
        """The environment of the plan."""
        return self.plan.environment

    @cached_property
    def keyring(self) -> Keyring:
        """What gets credentials, for all threads and phases; the main thread asks for it first."""
        write = partial(self.write_artifact, group=TOKENS)
        return build_keyring(
            self.base_url,
            self.transport,
            redactor=self.redactor,
            clock=self.clock,
            capture=self.capture or self.captured.capture,
            record=TokenRecorder(self.redactor, write, self.listeners.emit, self.token_numbers).record,
        )

    @cached_property
    def captured(self) -> CapturedCredentials:
        """The credentials that scenarios give."""
        return CapturedCredentials(
            lambda name: next(each for each in self.plan.project.scenarios if each.id == name),
            self.needs,
            build_runner=lambda scenario: dataclasses.replace(self.find_runner(scenario), progress=None),
            variables=self.environment.variables,
            learn=self.redactor.learn_secret,
        )

    @cached_property
    def _secret_captures(self) -> dict[str, frozenset[str]]:
        return find_secret_captures(self.plan.project.scenarios, self.environment)

    def release(self, *phases: Phase) -> None:
        """Note that phases have ended, and clean up after the scenarios that nobody needs any more."""
        for phase in phases:
            self.needs.release(phase)
        for identifier in self.needs.list_due():
            finish = partial(self.needs.finish, identifier)
            guard(finish, partial(self.record_fault, f"cleanup of {identifier}"))

    def find_runner(self, scenario: Scenario, warehouse: Warehouses | None = None) -> ScenarioRunner:
        """Return the runner for a scenario; in a sandbox with an own world if it writes."""
        specs = self.plan.project.specs
        headers = {"User-Agent": USER_AGENT}
        has_own_world = self.has_own_world(scenario)
        if has_own_world:
            headers[WORLD_HEADER] = name_world(self._worlds[scenario.id])
        return ScenarioRunner(
            steps=StepRunner(
                specs=specs,
                environment=self.environment,
                base_url=self.base_url,
                transport=self.transport,
                clock=self.clock,
                headers=headers,
                files=ProjectFiles(self.plan.project.root),
                signer=self.keyring,
                learn=self.redactor.learn_secret,
            ),
            recorder=Recorder(
                specs,
                self.redactor,
                self.write_artifact,
                self._secret_captures[scenario.id],
            ),
            emit=self._find_emit(scenario, warehouse),
            run_id=self.run_id,
            is_stopped=self.stop.is_interrupted,
            needs=self.needs,
            # The world of the steps before has ended with its process: the scenario begins again, in a new one.
            progress=self.resume.progress.get(scenario.id) if self.resume and not self.is_again(scenario) else None,
            values=build_value_source(self.plan, self.redactor),
        )

    def write_artifact(
        self, scenario_id: str, number: int, step: str, document: Mapping[str, object], *, group: str = ""
    ) -> WrittenArtifact:
        """Write an artifact as evidence/artifacts.py does. Raises RecordingError once the run has ended: its manifest
        has all files then, and threads that an interrupt left behind add none."""
        with self.listeners.lasting():
            return self.store(scenario_id, number, step, document, group=group)

    def is_again(self, scenario: Scenario) -> bool:
        """True for a scenario whose earlier steps count as requests only."""
        return self.has_own_world(scenario) or scenario.id in self.again

    def has_own_world(self, scenario: Scenario) -> bool:
        """True for a scenario that writes in a sandbox, and for those that need it or that it needs: what they make is
        there for them alone, as long as the process."""
        return scenario.id in self._worlds

    @cached_property
    def _worlds(self) -> Mapping[str, str]:
        return find_worlds(self.plan)

    def record_fault(self, where: str, fault: Fault) -> None:
        """Record a fault that no row holds."""
        message = self.redactor.text(str(fault))
        self.listeners.emit(FaultRecorded(where=where, message=message, location=fault.place or None))

    def settle_scenario(self, scenario: Scenario, fault: Fault) -> None:
        """Record that a scenario could not be run."""
        self.listeners.emit(ScenarioStarted(scenario=scenario.id))
        reason = self.redactor.text(str(fault))
        finished = ScenarioFinished(scenario=scenario.id, outcome=Outcome.ERRORED, reason=reason, duration_ms=0.0)
        self.listeners.emit(finished)

    def _find_emit(self, scenario: Scenario, warehouse: Warehouses | None) -> Callable[[Event], None]:
        """Return what takes the events of a scenario: the tables that it names are counted when it begins and ends."""
        if warehouse is None or not scenario.tables or not warehouse.is_counting_each:
            return self.listeners.emit

        def snapshot(moment: Moment) -> None:
            with TURN.given_up():
                counted = warehouse.snapshot_scenario(scenario.id, scenario.tables, moment)
            self.listeners.emit(counted)

        def emit(event: Event) -> None:
            if isinstance(event, ScenarioFinished):
                snapshot(Moment.AFTER)
            self.listeners.emit(event)
            if isinstance(event, ScenarioStarted):
                snapshot(Moment.BEFORE)

        return emit

    def list_scenarios(self, *, is_begun: bool) -> list[Scenario]:
        """Return the unfinished scenarios: those that an earlier process has begun, or those that none has."""
        progress = self.resume.progress if self.resume else {}
        return [
            scenario
            for scenario in self.plan.selection.scenarios
            if (scenario.id in progress) == is_begun
            and not (is_begun and progress[scenario.id].is_finished and scenario.id not in self.again)
        ]

    def open_api(self, key: str, budget: "RequestBudget", numbers: Iterator[int]) -> "ApiPages":
        """Return the API of a spec for the warehouse phase: the world that the loader sees, never one of a scenario."""
        from contracts_runner.engine.paging import ApiPages

        return ApiPages(
            spec=self.plan.project.specs[key],
            environment=self.environment,
            base_url=self.base_url,
            transport=self.transport,
            headers={"User-Agent": USER_AGENT},
            redactor=self.redactor,
            clock=self.clock,
            write_artifact=partial(self.write_artifact, group=Phase.WAREHOUSE),
            emit=self.listeners.emit,
            signer=self.keyring,
            budget=budget,
            numbers=numbers,
        )


@contextlib.contextmanager
def open_session(
    plan: RunPlan,
    resume: Resumption | None,
    base_url: str,
    *,
    until_end: contextlib.ExitStack,
    obstacle: SandboxError | None = None,
) -> Iterator[Session]:
    """Open a new run, or the one to be resumed, with its connections, which are closed when the block is left, and its
    ledger: that stays locked `until_end`, so that no other process resumes the run while its reports are being written.

    Raises UsageError and RunFolderError.
    """
    environment, clock = plan.environment, SystemClock()
    redactor = build_redactor(environment)
    redactor.declare_public(*iter_public_texts(plan))
    if resume is not None:
        check_unchanged(
            resume, plan, base_url=redactor.text(base_url), variables_sha256=hash_variables(plan.environment)
        )
    run_id = resume.run_id if resume else secrets.token_hex(4)
    folder = resume.folder if resume else _create_folder(plan, clock, run_id)
    ledger = until_end.enter_context(Ledger(folder / LEDGER, clock.now))
    with ConsoleListener(
        is_quiet=plan.options.is_quiet,
        is_verbose=plan.options.is_verbose,
        is_generating=plan.properties is not None,
        phrases=find_phrases(plan.options.language or ""),
    ) as console:
        if resume is not None:
            _check_unmoved(resume, ledger)
            unseal(folder)
        listeners = Listeners([ledger.append, console.handle])

        def on_leave(request: Request) -> None:
            listeners.emit(describe_sending(request))

        needs, again = build_needs(plan, resume)
        with open_transport(environment, base_url, plan.project.specs.values(), on_leave=on_leave) as transport:
            session = Session(
                plan=plan,
                resume=resume,
                base_url=base_url,
                run_id=run_id,
                folder=folder,
                redactor=redactor,
                listeners=listeners,
                transport=transport,
                clock=clock,
                stop=Stop(),
                needs=needs,
                again=again,
                obstacle=obstacle,
                store=until_end.enter_context(contextlib.closing(_build_artifacts(folder, plan))).write,
                token_numbers=partial(next, count(_count_tokens(resume) + 1)),
            )
            assert session.keyring
            yield session


def _build_artifacts(folder: Path, plan: RunPlan) -> Artifacts:
    part = f"shard-{plan.shard.part.partition('/')[0]}" if plan.shard else ""
    return Artifacts(folder, plan.options.artifacts, part=part)


def _count_tokens(resume: Resumption | None) -> int:
    return sum(isinstance(line.event, TokenRequested) for line in (resume.lines if resume else ()))


def _check_unmoved(resume: Resumption, ledger: Ledger) -> None:
    if ledger.lines != len(resume.lines):
        raise RunFolderError(f"{resume.folder}: another process has resumed this run in the meantime")


def _create_folder(plan: RunPlan, clock: SystemClock, run_id: str) -> Path:
    if plan.options.output is not None:
        return prepare_output_folder(plan.options.output)
    return create_run_folder(
        RUNS,
        now=clock.now(),
        environment=plan.environment.name,
        is_simulated=plan.environment.is_simulated,
        run_id=run_id,
    )
