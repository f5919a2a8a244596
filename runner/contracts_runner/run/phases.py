"""The phases of a run in their order, and how they end."""

import contextlib
import sys
from collections.abc import Callable, Mapping
from enum import Enum, auto
from functools import partial
from itertools import chain, count
from typing import TYPE_CHECKING

from msgspec import UNSET

from contracts_runner.engine.threads import FAIL_FAST, run_scenarios
from contracts_runner.evidence.files import list_files
from contracts_runner.faults import Fault, guard
from contracts_runner.leaks.process import LeakProcess
from contracts_runner.model.credential import list_plain
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.results.events import (
    EnvironmentRecorded,
    PageFetched,
    PhaseFinished,
    PropertiesRestarted,
    PropertyFinished,
    RunResumed,
)
from contracts_runner.results.rows import RUN_BROKE, Moment, PropertyRow
from contracts_runner.run.connections import build_hooks
from contracts_runner.run.diagnosis import examine_environment, examine_functions, redact_finding
from contracts_runner.run.earlier_runs import Order, find_order
from contracts_runner.run.plan import PropertyPlan
from contracts_runner.run.previous_runs import PreviousRuns
from contracts_runner.run.provenance import describe_command, describe_platform, describe_run
from contracts_runner.run.resume import Resumption
from contracts_runner.run.session import Session
from contracts_runner.sandbox.server import SandboxError
from contracts_runner.signals import Received
from contracts_runner.warehouse.warehouses import Warehouses

if TYPE_CHECKING:
    pass


class Ending(Enum):
    """How a run ended: by itself, by an interrupt after the steps in progress or at once, or by a fault of ours that
    no row holds."""

    COMPLETE = auto()
    INTERRUPTED = auto()
    ABANDONED = auto()
    BROKEN = auto()


# What takes the place of the phases.
Work = Callable[[Session, Received], None]


def run_phases(session: Session, search: LeakProcess, received: Received, work: Work | None = None) -> Ending:
    """Run what the plan holds, or `work`; returns how it ended. `search` gets the files that are settled already.
    Signals are held before and after, and during `work`, which asks whether one came."""

    def run() -> Ending:
        if work is None:
            received.release()
            return _run(session, search)
        work(session, received)
        return Ending.INTERRUPTED if received.has_come else Ending.COMPLETE

    def settle(fault: Fault) -> Ending:
        session.record_fault(RUN_BROKE, fault)
        return Ending.BROKEN

    _begin(session)
    with contextlib.suppress(KeyboardInterrupt):
        try:
            return guard(run, settle)
        finally:
            # An assignment, and no call: Python handles no signal before it.
            received.is_held = True
    _print("interrupted: nothing more is sent, the reports are written; the third signal stops without them")
    return Ending.ABANDONED


def _run(session: Session, search: LeakProcess) -> Ending:
    plan, resume = session.plan, session.resume
    order = find_order(session)
    if plan.baseline is not None and resume is None:
        session.listeners.emit(plan.baseline)
    has_warehouse = plan.has_warehouse and not (resume and resume.has_finished(Phase.WAREHOUSE))
    with Warehouses(
        session.environment,
        plan.warehouses,
        hooks=build_hooks(plan.project, session.environment),
        redactor=session.redactor,
        clock=session.clock.now,
        find_previous=PreviousRuns(
            settings=plan.project.settings,
            environment=session.environment.name,
            run_id=session.run_id,
            history=plan.history,
        ).find,
        folder=session.folder,
    ) as warehouse:
        if session.obstacle is not None:
            _leave_out_all(session, warehouse, session.obstacle)
            return Ending.COMPLETE
        if resume is not None:
            _run_scenarios(session, warehouse, order, is_begun=True)
            if plan.options.is_fail_fast and resume.has_failed():
                session.stop.set(FAIL_FAST)
        for fault in warehouse.prepare() if has_warehouse else ():
            session.listeners.emit(fault)
        guard(lambda: _examine(session, warehouse), partial(session.record_fault, "environment"))
        if has_warehouse:
            _count_before(session, warehouse)
        _run_scenarios(session, warehouse, order, is_begun=False)
        if plan.properties is not None and not session.stop.is_set():
            _run_properties(session, plan.properties)
        if has_warehouse and not session.stop.is_interrupted():
            _search_records(session, search)
            _verify(session, warehouse)
        session.release(*Phase)
        if plan.options.scheduler is not None:
            _search_elsewhere(session, plan.options.scheduler)
    return Ending.INTERRUPTED if session.stop.is_interrupted() else Ending.COMPLETE


def _examine(session: Session, warehouse: Warehouses) -> None:
    findings = examine_environment(
        session.environment, session.plan.project.root, session.base_url, warehouse, session.redactor
    )
    hooks = build_hooks(session.plan.project, session.environment)
    functions = (redact_finding(each, session.redactor) for each in examine_functions(session.plan.project, hooks))
    session.listeners.emit(EnvironmentRecorded(findings=(*findings, *functions)))


def _verify(session: Session, warehouse: Warehouses) -> None:
    """Load, count, and check the tables."""
    from contracts_runner.engine.request_budget import RequestBudget

    emit, resume = session.listeners.emit, session.resume
    if warehouse.has_load and not (resume and resume.has_loaded() and warehouse.is_lasting):
        emit(warehouse.load(base_url=session.base_url, credentials=list_plain(session.environment.credentials)))
    emit(warehouse.snapshot(Moment.AFTER))
    budget = RequestBudget(session.environment.max_requests)
    numbers = count(1 + sum(isinstance(line.event, PageFetched) for line in (resume.lines if resume else ())))
    with contextlib.ExitStack() as stack:
        specs = dict.fromkeys(each.spec for each in session.plan.warehouses)
        sources = {spec: stack.enter_context(session.open_api(spec, budget, numbers)) for spec in specs}
        warehouse.verify(emit, sources)
    emit(PhaseFinished(phase=Phase.WAREHOUSE))


def _leave_out_all(session: Session, warehouse: Warehouses, obstacle: SandboxError) -> None:
    """Record that the sandbox could not be served, and that nothing could be sent to it."""
    session.record_fault("hook sandbox.app", Fault("SandboxError", obstacle.place, str(obstacle)))
    reason = "the sandbox could not be served"
    for scenario in (*session.list_scenarios(is_begun=True), *session.list_scenarios(is_begun=False)):
        runner = session.find_runner(scenario, warehouse)
        leave_out = partial(runner.leave_out, scenario, Outcome.BLOCKED, reason)
        guard(leave_out, partial(session.settle_scenario, scenario))
    properties = session.plan.properties
    operations = chain.from_iterable(properties.operations.values()) if properties else ()
    for row in _build_untested_rows({operation.label: 0 for operation in operations}, Outcome.BLOCKED, reason):
        session.listeners.emit(PropertyFinished(row=row))
    warehouse.leave_out(session.listeners.emit, reason)


def _begin(session: Session) -> None:
    """Record that the run begins, or goes on."""
    resume = session.resume
    started = describe_run(
        session.plan,
        run_id=session.run_id,
        base_url=session.base_url,
        folder=session.folder,
        redactor=session.redactor,
    )
    if resume is None:
        session.listeners.emit(started)
        return
    session.listeners.show(started)
    begun = session.list_scenarios(is_begun=True)
    session.listeners.emit(
        RunResumed(
            command=describe_command(session.redactor),
            platform=describe_platform(),
            under_way=tuple(scenario.id for scenario in begun),
            again=tuple(scenario.id for scenario in begun if session.is_again(scenario)) or UNSET,
            templates=started.run.templates,
        )
    )


def _run_scenarios(session: Session, warehouse: Warehouses, order: Order, *, is_begun: bool) -> None:
    scenarios = order.sort(session.list_scenarios(is_begun=is_begun), jobs=session.environment.jobs)
    if session.plan.options.scheduler is not None and not is_begun:
        from contracts_runner.run.cluster import run_on_cluster

        scenarios = run_on_cluster(session, scenarios, session.plan.options.scheduler)
    run_scenarios(
        scenarios,
        find_runner=lambda scenario: session.find_runner(scenario, warehouse),
        find_hindrance=session.plan.find_hindrance,
        jobs=session.environment.jobs,
        is_fail_fast=session.plan.options.is_fail_fast,
        stop=session.stop,
        on_interrupt=lambda: _print(
            "interrupted: finishing the running steps and their cleanup; once more stops at once"
        ),
        on_fault=session.settle_scenario,
        needs=session.needs,
        every=session.plan.selection.scenarios,
        is_decisive=lambda scenario: not session.plan.is_quarantined(scenario),
    )


def _count_before(session: Session, warehouse: Warehouses) -> None:
    counts = session.resume.find_counts_before() if session.resume and warehouse.is_lasting else None
    if counts is None:
        session.listeners.emit(warehouse.snapshot(Moment.BEFORE))
    else:
        warehouse.recall_before(counts)


def _run_properties(session: Session, properties: PropertyPlan) -> None:
    if session.resume is not None:
        if session.resume.has_finished(Phase.PROPERTIES):
            return
        properties = _begin_again(session, session.resume, properties)
    if guard(lambda: _test_properties(session, properties), partial(_settle_properties, session)):
        session.stop.set("the run was interrupted", is_interrupt=True)
    else:
        session.listeners.emit(PhaseFinished(phase=Phase.PROPERTIES))


def _begin_again(session: Session, resume: Resumption, properties: PropertyPlan) -> PropertyPlan:
    """Return what of the phase, which had not ended, is done anew; records what is not, and what that replaces."""
    # What was written to a sandbox has ended with its process.
    written = {} if session.environment.is_simulated else resume.list_written_properties()
    reason = "the run ended before this test did; generated writes had left, and are not sent again"
    for row in _build_untested_rows(written, Outcome.ERRORED, reason):
        session.listeners.emit(PropertyFinished(row=row))
    again = tuple(label for label in resume.list_tested_properties() if label not in written)
    if again:
        session.listeners.emit(PropertiesRestarted(operations=again))
    return properties.leave_out(written)


def _settle_properties(session: Session, fault: Fault) -> bool:
    from contracts_runner.properties.collecting import ALL_OPERATIONS

    [row] = _build_untested_rows({ALL_OPERATIONS: 0}, Outcome.ERRORED, session.redactor.text(f"not tested: {fault}"))
    session.listeners.emit(PropertyFinished(row=row))
    return False


def _build_untested_rows(sent: Mapping[str, int], outcome: Outcome, reason: str) -> list[PropertyRow]:
    """Return a row for each operation (its requests that left) of which nothing, or nothing more, is generated."""
    from contracts_runner.properties.row_builder import build_untested

    return [build_untested(label, outcome, reason, examples=count) for label, count in sent.items()]


def _test_properties(session: Session, properties: PropertyPlan) -> bool:
    """Run the phase; returns whether it was interrupted. Only now Schemathesis is imported, here or elsewhere."""
    from contracts_runner.run.property_processes import is_divisible, run_in_processes

    scheduler = session.plan.options.scheduler
    if is_divisible(session, properties):
        # To a worker of a cluster no credential goes.
        if scheduler is not None and not session.plan.needs.get(Phase.PROPERTIES):
            from contracts_runner.run.cluster_properties import run_properties

            return run_properties(session, properties, scheduler)
        if properties.settings.workers > 1 and sys.platform != "win32":
            return run_in_processes(session, properties)
    from contracts_runner.run.property_phase import build_property_phase

    return build_property_phase(session, properties).run()


def _search_elsewhere(session: Session, scheduler: str) -> None:
    from contracts_runner.run.cluster import search_on_cluster

    guard(lambda: search_on_cluster(session, scheduler), partial(session.record_fault, "leaks"))


def _search_records(session: Session, search: LeakProcess) -> None:
    """Look for leaks in what scenarios and generated requests left, while the warehouse is asked. Of the ledger only
    the lines after these are left for the end."""
    search.search(
        list_files(session.folder),
        secrets=session.redactor.secret_values(),
        personal=session.redactor.personal_values(),
    )


def _print(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
