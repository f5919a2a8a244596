"""Carries a run out, from its options to the exit code."""

import contextlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from msgspec import UNSET

from contracts_runner import signals, streams
from contracts_runner.dataclass import dataclass
from contracts_runner.errors import DiskError
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.faults import guard
from contracts_runner.leaks.process import LeakProcess
from contracts_runner.project.project import Project
from contracts_runner.reporting.text import make_visible
from contracts_runner.reporting.verdict import INTERRUPTED
from contracts_runner.results.events import RunFinished
from contracts_runner.run.baseline_run import find_baseline
from contracts_runner.run.connections import build_hooks, confirm_writes
from contracts_runner.run.finish import finish_run
from contracts_runner.run.last_failed import choose_last_failed
from contracts_runner.run.mistakes import print_warnings
from contracts_runner.run.options import Given, build_options, recall_options
from contracts_runner.run.phases import Ending, Work, run_phases
from contracts_runner.run.plan import RunPlan, plan_run
from contracts_runner.run.resume import Resumption, open_resumption
from contracts_runner.run.runs import find_run
from contracts_runner.run.scenario_worlds import is_writing
from contracts_runner.run.session import open_session
from contracts_runner.sandbox.server import SandboxError, open_target

# A sandbox answers at once, so that threads compute rather than wait: fewer switches between them cost a fifth less. A
# real service is measured by the threads that wait for it; there the interpreter's own interval stays.
SANDBOX_SWITCH_SECONDS = 0.02
# The address of a sandbox that could not be served (RFC 6761 §6.4): nothing is sent to it.
UNSERVED_URL = "http://sandbox.invalid"


def run_contracts(project: Project, given: Mapping[str, Given]) -> int:
    """Do what the command line says, `given` being the plain form of each option that was given; returns the exit code.

    Raises UsageError, ProjectError and RunFolderError for everything that can be known before the first request.
    """
    options, resume = build_options(given), None
    if options.resume is not None:
        resume = open_resumption(find_run(options.resume, project.settings, environment=options.environment))
        options = recall_options(resume.options, given)
    options = choose_last_failed(options, project.settings)
    plan = plan_run(project, options)
    if options.shard is not None:
        from contracts_runner.run.shards import cut_shard

        plan = cut_shard(plan, options.shard, is_resumed=resume is not None)
    plan = replace(plan, baseline=find_baseline(options, project.settings))
    print_warnings(plan.warnings)
    if options.is_dry_run:
        from contracts_runner.run.preview.output import show_plan

        print(make_visible(show_plan(plan)))
        return 0
    if not (resume and resume.is_complete):
        confirm_writes(plan.environment, confirmed=options.confirmed)
        if options.scheduler is not None:
            from contracts_runner.run.cluster import check_cluster

            check_cluster(plan, options.scheduler)
    return execute(plan, resume).exit_code


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that ended: its exit code, and the folder that has its evidence."""

    exit_code: int
    folder: Path


def execute(plan: RunPlan, resume: Resumption | None = None, work: Work | None = None) -> Ended:
    """Carry the plan out, or `work` in its place, write its files, print the summary. The plan has no contracts then.

    The exit code is decided before that is printed, and what a stream does not take changes nothing: the folder has it.
    """
    plan.project.documents.let_go()  # all mistakes are told
    if plan.environment.is_simulated:
        sys.setswitchinterval(SANDBOX_SWITCH_SECONDS)
    is_complete = resume is not None and resume.is_complete
    with signals.count_signals() as received, streams.record() as printed, contextlib.ExitStack() as stack:
        with (
            _open_target(plan, is_needed=not is_complete) as (base_url, obstacle),
            open_session(plan, resume, base_url, until_end=stack, obstacle=obstacle) as session,
            _tell_way_out(session.folder, plan.project.named, is_resumed=work is None),
        ):
            received.is_held = True
            # There for the reports too, which come when all else is closed.
            search = stack.enter_context(LeakProcess(session.folder))
            ending = Ending.COMPLETE
            if not is_complete:
                ending = run_phases(session, search, received, work)
                is_strict = plan.options.is_strict or UNSET
                session.listeners.emit(RunFinished(is_interrupted=ending is not Ending.COMPLETE, is_strict=is_strict))
        plan.let_go()
        finish = partial(finish_run, session, search, printed, is_publishing=ending is not Ending.ABANDONED)
        try:
            with _tell_way_out(session.folder, plan.project.named, is_resumed=work is None):
                code = guard(finish, lambda fault: _report_unfinished(session.folder, str(fault), 3))
        except KeyboardInterrupt:
            code = _report_unfinished(session.folder, "it was interrupted", INTERRUPTED)
        return Ended(code, session.folder)


@contextlib.contextmanager
def _tell_way_out(folder: Path, project: str, *, is_resumed: bool) -> Iterator[None]:
    """Add to the error of a full disk what finishes the run."""
    try:
        yield
    except DiskError as error:
        from contracts_runner.reporting.commands import render_words

        words = ("run", "--resume", str(folder)) if is_resumed else ("report", str(folder))
        does = "cleans up and finishes the run" if is_resumed else "writes the files of what was recorded"
        way_out = f"`{render_words(*words, project=project)}` {does}"
        raise DiskError(f"{error}; nothing is sent that cannot be recorded. Make room, then {way_out}") from error


def _report_unfinished(folder: Path, reason: str, code: int) -> int:
    print(
        f"the end of the run broke off: {reason}; its evidence is {folder / LEDGER}, and `contracts report {folder}` "
        "writes the reports",
        file=sys.stderr,
    )
    return code


@contextlib.contextmanager
def _open_target(plan: RunPlan, *, is_needed: bool) -> Iterator[tuple[str, SandboxError | None]]:
    """Yield the address of the service; for a sandbox whose application broke, the reason too: the run says so. One
    that is not needed is not served."""
    if plan.observed:
        yield plan.observed_at, None
        return
    if plan.environment.is_simulated and not is_needed:
        yield UNSERVED_URL, None
        return
    with contextlib.ExitStack() as stack:
        target = open_target(
            plan.environment,
            hooks=build_hooks(plan.project, plan.environment),
            worlds=_count_worlds(plan),
            meanwhile=lambda: _prepare_imports(plan),
        )
        try:
            opened: tuple[str, SandboxError | None] = stack.enter_context(target), None
        except SandboxError as error:
            opened = UNSERVED_URL, error
        yield opened


def _count_worlds(plan: RunPlan) -> int:
    specs = plan.project.specs
    return sum(is_writing(specs, scenario) for scenario in plan.selection.scenarios)


def _prepare_imports(plan: RunPlan) -> None:
    if plan.has_warehouse:
        from contracts_runner.warehouse.client import import_driver

        for settings in plan.environment.warehouses.values():
            import_driver(settings)
