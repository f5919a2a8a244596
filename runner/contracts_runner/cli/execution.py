"""Connects the stages and carries a plan out: the one place that knows them all."""

import contextlib
import hashlib
import json
import os
import platform
import secrets
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from importlib import metadata
from pathlib import Path

from contracts_runner.cli.generation import (
    ARTIFACTS as PROPERTIES,
)
from contracts_runner.cli.generation import (
    PropertyPlan,
    build_broken_rows,
    build_property_phase,
    leave_out,
)
from contracts_runner.cli.history import publish_history
from contracts_runner.cli.planning import RunPlan, find_missing_credentials
from contracts_runner.cli.publication import publish, report_terminal_leaks
from contracts_runner.cli.resuming import Resumption, check_unchanged, describe_options
from contracts_runner.engine.doctor import examine, find_git_commit
from contracts_runner.engine.paging import ApiPages
from contracts_runner.engine.ports import SystemClock
from contracts_runner.engine.recording import Recorder
from contracts_runner.engine.run import FAIL_FAST, Stop, run_scenarios
from contracts_runner.engine.scenarios import ScenarioRunner
from contracts_runner.engine.steps import StepRunner, find_operation
from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.artifacts import write_artifact
from contracts_runner.evidence.files import remove_partial_files
from contracts_runner.evidence.folder import LEDGER, create_run_folder, prepare_output_folder
from contracts_runner.evidence.ledger import Ledger
from contracts_runner.evidence.redaction import Redactor
from contracts_runner.evidence.terminal import record_terminal
from contracts_runner.model.contract import Scenario
from contracts_runner.model.environment import Environment, RedactionMode
from contracts_runner.model.events import (
    EnvironmentRecorded,
    Event,
    PhaseFinished,
    PropertyFinished,
    RequestSent,
    RunFinished,
    RunResumed,
    RunStarted,
    ScenarioFinished,
    ScenarioStarted,
)
from contracts_runner.model.exchange import Request
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Effect
from contracts_runner.project.spec import Spec
from contracts_runner.reporting.console import ConsoleListener
from contracts_runner.sandbox.target import open_target
from contracts_runner.sandbox.worlds import WORLD_HEADER
from contracts_runner.transport.guard import WriteGuard
from contracts_runner.transport.http import HttpTransport, TransportSettings
from contracts_runner.transport.rate import RateLimiter
from contracts_runner.transport.reachability import probe_base_url
from contracts_runner.warehouse.client import import_driver
from contracts_runner.warehouse.phase import WarehousePhase

USER_AGENT = f"contracts-runner/{metadata.version('contracts-runner')}"
# A sandbox answers at once, so that threads compute rather than wait: fewer switches between them cost a fifth less. A
# real service is measured by the threads that wait for it; there the interpreter's own interval stays.
SANDBOX_SWITCH_SECONDS = 0.02


class Ending(Enum):
    """How a run ended: by itself, after what was under way, or at once."""

    COMPLETE = auto()
    INTERRUPTED = auto()
    ABANDONED = auto()


@dataclass(slots=True)
class Listeners:
    """Hands each event to all listeners, one event at a time, from whatever thread it comes."""

    handlers: list[Callable[[Event], None]]
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def emit(self, event: Event) -> None:
        """Return when every listener has taken the event."""
        with self._lock:
            for handle in self.handlers:
                handle(event)

    def show(self, event: Event) -> None:
        """Tell everybody but the first, the ledger, of an event that is recorded already."""
        with self._lock:
            for handle in self.handlers[1:]:
                handle(event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One run under way."""

    plan: RunPlan
    base_url: str
    run_id: str
    folder: Path
    redactor: Redactor
    listeners: Listeners
    transport: HttpTransport
    clock: SystemClock
    stop: Stop

    @property
    def resume(self) -> Resumption | None:
        """The earlier part of the run, if it is taken up."""
        return self.plan.options.resume

    @property
    def environment(self) -> Environment:
        """The environment of the plan."""
        return self.plan.environment

    def find_runner(self, scenario: Scenario, warehouse: WarehousePhase) -> ScenarioRunner:
        """Return the runner for a scenario: that of its spec; in a sandbox with a world of its own if it writes."""
        spec = self.plan.project.specs[scenario.spec]
        headers = {"User-Agent": USER_AGENT}
        has_own_world = self.environment.is_simulated and _is_writing(spec, scenario)
        if has_own_world:
            headers[WORLD_HEADER] = hashlib.sha256(scenario.id.encode()).hexdigest()[:16]
        return ScenarioRunner(
            environment=self.environment,
            steps=StepRunner(
                spec=spec,
                environment=self.environment,
                base_url=self.base_url,
                transport=self.transport,
                clock=self.clock,
                headers=headers,
            ),
            recorder=Recorder(spec, self.redactor, self._write_artifact),
            clock=self.clock,
            emit=self._find_emit(scenario, warehouse),
            run_id=self.run_id,
            is_stopped=self.stop.is_interrupted,
            progress=self.resume.progress.get(scenario.id) if self.resume else None,
            is_world_gone=has_own_world and self.resume is not None and scenario.id in self.resume.progress,
        )

    def _find_emit(self, scenario: Scenario, warehouse: WarehousePhase) -> Callable[[Event], None]:
        """Return what takes the events of a scenario: the tables that it names are counted when it begins and ends."""
        if not scenario.tables or not warehouse.is_counting_each:
            return self.listeners.emit

        def emit(event: Event) -> None:
            if isinstance(event, ScenarioFinished):
                self.listeners.emit(warehouse.snapshot_scenario(scenario.id, scenario.tables, "after"))
            self.listeners.emit(event)
            if isinstance(event, ScenarioStarted):
                self.listeners.emit(warehouse.snapshot_scenario(scenario.id, scenario.tables, "before"))

        return emit

    def list_scenarios(self, *, is_begun: bool) -> list[Scenario]:
        """Return the scenarios that are not over: those that an earlier process has begun, or those that none has."""
        progress = self.resume.progress if self.resume else {}
        return [
            scenario
            for scenario in self.plan.selection.scenarios
            if (scenario.id in progress) == is_begun and not (is_begun and progress[scenario.id].is_over)
        ]

    def open_api(self, key: str) -> ApiPages:
        """Return the API of a spec for the warehouse phase: the world that the loader sees, never one of a scenario."""
        return ApiPages(
            spec=self.plan.project.specs[key],
            environment=self.environment,
            base_url=self.base_url,
            transport=self.transport,
            headers={"User-Agent": USER_AGENT},
            redactor=self.redactor,
            write_artifact=self._write_page,
            emit=self.listeners.emit,
        )

    def find_skip_reason(self, scenario: Scenario) -> str | None:
        """Return why the scenario is not run; None if it is."""
        missing = find_missing_credentials(self.plan.project, self.environment, scenario)
        if not missing:
            return None
        names = ", ".join(f"{name} (${self.environment.missing_credentials[name]})" for name in missing)
        return f"the credential {names} is not set"

    def _write_artifact(self, scenario: str, number: int, step: str, document: Mapping[str, Json]) -> str:
        return write_artifact(self.folder, scenario, number, step, document)

    def _write_page(self, operation: str, number: int, page: str, document: Mapping[str, Json]) -> str:
        return write_artifact(self.folder, operation, number, page, document, group="warehouse")


def _is_writing(spec: Spec, scenario: Scenario) -> bool:
    steps = (*scenario.steps, *scenario.cleanup)
    return any(find_operation(spec, step).effect is Effect.WRITE for step in steps)


def execute(plan: RunPlan) -> int:
    """Carry the plan out, write its files, print the summary; returns the exit code."""
    if plan.environment.is_simulated:
        sys.setswitchinterval(SANDBOX_SWITCH_SECONDS)
    with record_terminal() as terminal:
        with (
            open_target(plan.environment, meanwhile=lambda: _prepare_imports(plan)) as base_url,
            _open_execution(plan, base_url) as execution,
        ):
            ending = _run_phases(execution)
            execution.listeners.emit(RunFinished(is_interrupted=ending is not Ending.COMPLETE))
        code = publish(plan, execution.folder, execution.redactor, is_interrupted=ending is not Ending.COMPLETE)
        if plan.history is not None and ending is not Ending.ABANDONED:
            code = code if publish_history(plan.history, execution.folder) else code or 3
    code = report_terminal_leaks(terminal, execution.folder, execution.redactor, code=code)
    if ending is Ending.ABANDONED:
        # Threads still wait for answers that nobody wants any more; the interpreter would wait for them.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def _prepare_imports(plan: RunPlan) -> None:
    if plan.has_warehouse and plan.environment.warehouse is not None:
        import_driver(plan.environment.warehouse)


@contextlib.contextmanager
def _open_execution(plan: RunPlan, base_url: str) -> Iterator[Execution]:
    environment, clock = plan.environment, SystemClock()
    redactor = Redactor(mode=environment.redaction, secrets=environment.credentials, key=secrets.token_bytes(32))
    redactor.declare_public(*_iter_public_texts(plan))
    resume = plan.options.resume
    if resume is not None:
        check_unchanged(
            resume, plan, base_url=redactor.text(base_url), variables_sha256=_hash_variables(plan.environment)
        )
    run_id = resume.run_id if resume else secrets.token_hex(4)
    folder = resume.folder if resume else _create_folder(plan, clock, run_id)
    with Ledger(folder / LEDGER, clock.now) as ledger, ConsoleListener() as console:
        if resume is not None:
            _check_unmoved(resume, ledger)
            remove_partial_files(folder)
        listeners = Listeners([ledger.append, console.handle])

        def on_leave(request: Request) -> None:
            listeners.emit(_describe_sending(request))

        transport = HttpTransport(
            TransportSettings(
                base_url=base_url,
                limits=environment.limits,
                verify=str(environment.ca_bundle) if environment.ca_bundle else True,
                use_proxies=not environment.is_simulated,
            ),
            guard=WriteGuard(base_url=base_url, writes=environment.writes),
            limiter=RateLimiter(environment.rate_limit_per_second),
            on_leave=on_leave,
        )
        with contextlib.closing(transport):
            yield Execution(
                plan=plan,
                base_url=base_url,
                run_id=run_id,
                folder=folder,
                redactor=redactor,
                listeners=listeners,
                transport=transport,
                clock=clock,
                stop=Stop(),
            )


def _check_unmoved(resume: Resumption, ledger: Ledger) -> None:
    if ledger.lines != len(resume.lines):
        raise RunFolderError(f"{resume.folder}: another process has resumed this run meanwhile")


def _hash_variables(environment: Environment) -> str:
    """Return a hash that tells whether the variables are the same; personal values and secrets do not go into it."""
    redactor = Redactor(mode=RedactionMode.FULL, secrets=environment.credentials, key=b"")
    text = json.dumps(redactor.value(dict(environment.variables)), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _create_folder(plan: RunPlan, clock: SystemClock, run_id: str) -> Path:
    if plan.options.output is not None:
        return prepare_output_folder(plan.options.output)
    return create_run_folder(
        Path("runs"),
        now=clock.now(),
        environment=plan.environment.name,
        is_simulated=plan.environment.is_simulated,
        run_id=run_id,
    )


def _iter_public_texts(plan: RunPlan) -> Iterator[str]:
    """Yield what the project's authors wrote: a word there is no proof that a personal value leaked."""
    for scenario in plan.selection.scenarios:
        yield scenario.title
        yield from (entry.because for entry in scenario.known)
    for spec in plan.project.specs.values():
        yield from spec.operations


def _run_phases(execution: Execution) -> Ending:
    """Run what the plan holds; returns how it ended."""
    plan, environment = execution.plan, execution.environment
    emit, resume = execution.listeners.emit, execution.resume
    _begin(execution)
    has_warehouse = plan.has_warehouse and not (resume and resume.has_finished("warehouse"))
    with WarehousePhase(
        environment.warehouse, plan.warehouses, redact=execution.redactor.text, clock=execution.clock.now
    ) as warehouse:
        try:
            if resume is not None:
                _run_scenarios(execution, warehouse, is_begun=True)
                if plan.options.is_fail_fast and resume.has_failed():
                    execution.stop.set(FAIL_FAST)
            if has_warehouse:
                warehouse.prepare()
            emit(_examine(execution, warehouse))
            if has_warehouse:
                _count_before(execution, warehouse)
            _run_scenarios(execution, warehouse, is_begun=False)
            if plan.properties is not None and not execution.stop.is_set():
                _run_properties(execution, plan.properties)
            if has_warehouse and not execution.stop.is_interrupted():
                if warehouse.has_load and not (resume and resume.has_loaded() and warehouse.is_lasting):
                    emit(warehouse.load(base_url=execution.base_url, credentials=environment.credentials))
                emit(warehouse.snapshot("after"))
                sources = {contract.spec: execution.open_api(contract.spec) for contract in plan.warehouses}
                warehouse.verify(emit, sources)
                emit(PhaseFinished(phase="warehouse"))
        except KeyboardInterrupt:
            return Ending.ABANDONED
    return Ending.INTERRUPTED if execution.stop.is_interrupted() else Ending.COMPLETE


def _begin(execution: Execution) -> None:
    """Record that the run begins, or goes on."""
    started, resume = _describe_run(execution), execution.resume
    if resume is None:
        execution.listeners.emit(started)
        return
    execution.listeners.show(started)
    execution.listeners.emit(
        RunResumed(
            command=execution.redactor.text(" ".join(["contracts", *sys.argv[1:]])),
            platform=platform.platform(),
            under_way=tuple(scenario.id for scenario in execution.list_scenarios(is_begun=True)),
        )
    )


def _run_scenarios(execution: Execution, warehouse: WarehousePhase, *, is_begun: bool) -> None:
    run_scenarios(
        execution.list_scenarios(is_begun=is_begun),
        find_runner=lambda scenario: execution.find_runner(scenario, warehouse),
        find_skip_reason=execution.find_skip_reason,
        jobs=execution.environment.jobs,
        is_fail_fast=execution.plan.options.is_fail_fast,
        stop=execution.stop,
        on_interrupt=_say_interrupted,
    )


def _count_before(execution: Execution, warehouse: WarehousePhase) -> None:
    counts = execution.resume.find_counts_before() if execution.resume and warehouse.is_lasting else None
    if counts is None:
        execution.listeners.emit(warehouse.snapshot("before"))
    else:
        warehouse.recall_before(counts)


def _run_properties(execution: Execution, properties: PropertyPlan) -> None:
    if execution.resume is not None:
        if execution.resume.has_finished(PROPERTIES):
            return
        written = execution.resume.list_written_properties()
        for row in build_broken_rows(written):
            execution.listeners.emit(PropertyFinished(row=row))
        properties = leave_out(properties, written)
    phase = build_property_phase(
        properties,
        project=execution.plan.project,
        environment=execution.environment,
        base_url=execution.base_url,
        folder=execution.folder,
        seed=execution.plan.options.seed,
        user_agent=USER_AGENT,
        transport=execution.transport,
        redactor=execution.redactor,
        clock=execution.clock,
        emit=execution.listeners.emit,
    )
    if phase.run():
        execution.stop.set("the run was interrupted", is_interrupt=True)
    else:
        execution.listeners.emit(PhaseFinished(phase=PROPERTIES))


def _say_interrupted() -> None:
    message = "interrupted: finishing the steps under way and their cleanup; once more stops at once"
    print(message, file=sys.stderr, flush=True)


def _examine(execution: Execution, warehouse: WarehousePhase) -> EnvironmentRecorded:
    environment = execution.environment
    findings = examine(
        environment,
        root=execution.plan.project.root,
        base_url=execution.base_url,
        probe_base_url=lambda: probe_base_url(
            execution.base_url,
            ca_bundle=environment.ca_bundle,
            timeout_seconds=environment.limits.connect_seconds,
        ),
        probe_warehouse=warehouse.probe,
    )
    rows = tuple(execution.redactor.value(dict(finding.as_row())) for finding in findings)
    return EnvironmentRecorded(findings=rows)


def _describe_sending(request: Request) -> RequestSent:
    return RequestSent(
        phase=request.phase,
        scenario=request.scenario,
        step=request.step,
        operation=request.operation,
        method=request.method,
        url=request.template,
        is_write=request.effect is Effect.WRITE,
    )


def _describe_run(execution: Execution) -> RunStarted:
    plan, environment, project = execution.plan, execution.environment, execution.plan.project
    specs = [spec.sha256 for spec in project.specs.values()]
    return RunStarted(
        run={
            "id": execution.run_id,
            "environment": environment.name,
            "base_url": execution.redactor.text(execution.base_url),
            "simulated": environment.is_simulated,
            "seed": plan.options.seed,
            "tool_version": metadata.version("contracts-runner"),
            "git_commit": find_git_commit(project.root),
            "spec_sha256": specs[0] if len(specs) == 1 else hashlib.sha256("".join(specs).encode()).hexdigest(),
            "command": execution.redactor.text(" ".join(["contracts", *sys.argv[1:]])),
            "platform": platform.platform(),
            "jobs": environment.jobs,
            "writes": str(environment.writes),
            "redaction": str(environment.redaction),
            "phases": list(plan.options.phases),
            "files": dict(project.files),
            "variables_sha256": _hash_variables(environment),
            "options": execution.redactor.value(describe_options(plan.options)),
        },
        scenarios=tuple(_describe_scenario(scenario) for scenario in plan.selection.scenarios),
        deselected=plan.selection.deselected,
        operations=tuple(
            {
                "operation": operation.label,
                "spec": operation.spec,
                "method": operation.method,
                "path": operation.path,
                "effect": str(operation.effect),
                "evidence": str(operation.evidence),
                "instead": operation.instead,
            }
            for spec in project.specs.values()
            for operation in spec.operations.values()
        ),
        warehouse_checks=sum(len(contract.checks) for contract in plan.warehouses),
    )


def _describe_scenario(scenario: Scenario) -> Mapping[str, Json]:
    source = scenario.source
    return {
        "id": scenario.id,
        "title": scenario.title,
        "contract": scenario.contract,
        "tags": list(scenario.tags),
        "source": {"document": source.document, "section": source.section} if source else None,
        "location": str(scenario.location),
    }
