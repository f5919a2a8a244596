"""The phases of a run in their order, and how they end."""

import platform
import sys
from enum import Enum, auto

from contracts_runner.engine.run import FAIL_FAST, run_scenarios
from contracts_runner.evidence.manifest import list_files
from contracts_runner.leaks.process import LeakProcess
from contracts_runner.model.phase import Phase
from contracts_runner.results.events import (
    EnvironmentRecorded,
    PhaseFinished,
    PropertyFinished,
    RunResumed,
)
from contracts_runner.results.rows import Moment
from contracts_runner.run.connections import USER_AGENT
from contracts_runner.run.diagnosis import examine
from contracts_runner.run.property_plan import (
    PropertyPlan,
    build_broken_rows,
    build_property_phase,
    leave_out,
)
from contracts_runner.run.record import describe_command, describe_run
from contracts_runner.run.session import Session
from contracts_runner.warehouse.phase import WarehousePhase


class Ending(Enum):
    """How a run ended: by itself, after what was under way, or at once."""

    COMPLETE = auto()
    INTERRUPTED = auto()
    ABANDONED = auto()


def run_phases(session: Session, search: LeakProcess) -> Ending:
    """Run what the plan holds; returns how it ended. `search` gets the files that are settled already."""
    plan, environment = session.plan, session.environment
    emit, resume = session.listeners.emit, session.resume
    _begin(session)
    has_warehouse = plan.has_warehouse and not (resume and resume.has_finished(Phase.WAREHOUSE))
    with WarehousePhase(
        environment.warehouse, plan.warehouses, redactor=session.redactor, clock=session.clock.now
    ) as warehouse:
        try:
            if resume is not None:
                _run_scenarios(session, warehouse, is_begun=True)
                if plan.options.is_fail_fast and resume.has_failed():
                    session.stop.set(FAIL_FAST)
            if has_warehouse:
                warehouse.prepare()
            emit(_examine(session, warehouse))
            if has_warehouse:
                _count_before(session, warehouse)
            _run_scenarios(session, warehouse, is_begun=False)
            if plan.properties is not None and not session.stop.is_set():
                _run_properties(session, plan.properties)
            if has_warehouse and not session.stop.is_interrupted():
                _search_records(session, search)
                if warehouse.has_load and not (resume and resume.has_loaded() and warehouse.is_lasting):
                    emit(warehouse.load(base_url=session.base_url, credentials=environment.credentials))
                emit(warehouse.snapshot(Moment.AFTER))
                sources = {contract.spec: session.open_api(contract.spec) for contract in plan.warehouses}
                warehouse.verify(emit, sources)
                emit(PhaseFinished(phase=Phase.WAREHOUSE))
        except KeyboardInterrupt:
            return Ending.ABANDONED
    return Ending.INTERRUPTED if session.stop.is_interrupted() else Ending.COMPLETE


def _begin(session: Session) -> None:
    """Record that the run begins, or goes on."""
    resume = session.resume
    started = describe_run(session.plan, run_id=session.run_id, base_url=session.base_url, redactor=session.redactor)
    if resume is None:
        session.listeners.emit(started)
        return
    session.listeners.show(started)
    session.listeners.emit(
        RunResumed(
            command=describe_command(session.redactor),
            platform=platform.platform(),
            under_way=tuple(scenario.id for scenario in session.list_scenarios(is_begun=True)),
            templates=started.run.templates,
        )
    )


def _run_scenarios(session: Session, warehouse: WarehousePhase, *, is_begun: bool) -> None:
    run_scenarios(
        session.list_scenarios(is_begun=is_begun),
        find_runner=lambda scenario: session.find_runner(scenario, warehouse),
        find_skip_reason=session.find_skip_reason,
        jobs=session.environment.jobs,
        is_fail_fast=session.plan.options.is_fail_fast,
        stop=session.stop,
        on_interrupt=_say_interrupted,
    )


def _count_before(session: Session, warehouse: WarehousePhase) -> None:
    counts = session.resume.find_counts_before() if session.resume and warehouse.is_lasting else None
    if counts is None:
        session.listeners.emit(warehouse.snapshot(Moment.BEFORE))
    else:
        warehouse.recall_before(counts)


def _run_properties(session: Session, properties: PropertyPlan) -> None:
    if session.resume is not None:
        if session.resume.has_finished(Phase.PROPERTIES):
            return
        written = session.resume.list_written_properties()
        for row in build_broken_rows(written):
            session.listeners.emit(PropertyFinished(row=row))
        properties = leave_out(properties, written)
    phase = build_property_phase(
        properties,
        project=session.plan.project,
        environment=session.environment,
        base_url=session.base_url,
        folder=session.folder,
        seed=session.plan.options.seed,
        user_agent=USER_AGENT,
        transport=session.transport,
        redactor=session.redactor,
        clock=session.clock,
        emit=session.listeners.emit,
    )
    if phase.run():
        session.stop.set("the run was interrupted", is_interrupt=True)
    else:
        session.listeners.emit(PhaseFinished(phase=Phase.PROPERTIES))


def _search_records(session: Session, search: LeakProcess) -> None:
    """Look for leaks in what scenarios and generated requests left, while the warehouse is asked. Of the ledger only
    the lines after these are left for the end."""
    search.search(
        list_files(session.folder),
        secrets=session.redactor.secret_values(),
        personal=session.redactor.personal_values(),
    )


def _say_interrupted() -> None:
    message = "interrupted: finishing the steps under way and their cleanup; once more stops at once"
    print(message, file=sys.stderr, flush=True)


def _examine(session: Session, warehouse: WarehousePhase) -> EnvironmentRecorded:
    findings = examine(
        session.environment,
        root=session.plan.project.root,
        base_url=session.base_url,
        warehouse=warehouse,
        redactor=session.redactor,
    )
    return EnvironmentRecorded(findings=tuple(findings))
