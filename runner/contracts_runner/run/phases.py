"""The phases of a run in their order, and how they end."""

import platform
import sys
from enum import Enum, auto

from contracts_runner.engine.doctor import examine
from contracts_runner.engine.run import FAIL_FAST, run_scenarios
from contracts_runner.evidence.manifest import list_files
from contracts_runner.leaks.process import LeakProcess
from contracts_runner.results.events import (
    EnvironmentRecorded,
    PhaseFinished,
    PropertyFinished,
    RunResumed,
)
from contracts_runner.run.connections import USER_AGENT
from contracts_runner.run.generation import (
    ARTIFACTS as PROPERTIES,
)
from contracts_runner.run.generation import (
    PropertyPlan,
    build_broken_rows,
    build_property_phase,
    leave_out,
)
from contracts_runner.run.record import describe_command, describe_run
from contracts_runner.run.session import Execution
from contracts_runner.transport.reachability import probe_base_url
from contracts_runner.warehouse.phase import WarehousePhase


class Ending(Enum):
    """How a run ended: by itself, after what was under way, or at once."""

    COMPLETE = auto()
    INTERRUPTED = auto()
    ABANDONED = auto()


def run_phases(execution: Execution, search: LeakProcess) -> Ending:
    """Run what the plan holds; returns how it ended. `search` gets the files that are settled already."""
    plan, environment = execution.plan, execution.environment
    emit, resume = execution.listeners.emit, execution.resume
    _begin(execution)
    has_warehouse = plan.has_warehouse and not (resume and resume.has_finished("warehouse"))
    with WarehousePhase(
        environment.warehouse, plan.warehouses, redactor=execution.redactor, clock=execution.clock.now
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
                _search_records(execution, search)
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
    resume = execution.resume
    started = describe_run(
        execution.plan, run_id=execution.run_id, base_url=execution.base_url, redactor=execution.redactor
    )
    if resume is None:
        execution.listeners.emit(started)
        return
    execution.listeners.show(started)
    execution.listeners.emit(
        RunResumed(
            command=describe_command(execution.redactor),
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


def _search_records(execution: Execution, search: LeakProcess) -> None:
    """Look for leaks in what scenarios and generated requests left, while the warehouse is asked. Of the ledger only
    the lines after these are left for the end."""
    search.search(
        list_files(execution.folder),
        secrets=execution.redactor.secret_values(),
        personal=execution.redactor.personal_values(),
    )


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
