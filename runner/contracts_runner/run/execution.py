"""Carries a plan out: from the target that is opened to the exit code."""

import contextlib
import sys

from contracts_runner.leaks.process import LeakProcess
from contracts_runner.leaks.terminal import record_terminal
from contracts_runner.results.events import RunFinished
from contracts_runner.run.finish import publish, report_terminal_leaks
from contracts_runner.run.history import publish_history
from contracts_runner.run.phases import Ending, run_phases
from contracts_runner.run.plan import RunPlan
from contracts_runner.run.session import is_writing, open_execution
from contracts_runner.sandbox.target import open_target
from contracts_runner.warehouse.client import import_driver

# A sandbox answers at once, so that threads compute rather than wait: fewer switches between them cost a fifth less. A
# real service is measured by the threads that wait for it; there the interpreter's own interval stays.
SANDBOX_SWITCH_SECONDS = 0.02


def execute(plan: RunPlan) -> int:
    """Carry the plan out, write its files, print the summary; returns the exit code."""
    if plan.environment.is_simulated:
        sys.setswitchinterval(SANDBOX_SWITCH_SECONDS)
    with record_terminal() as terminal, contextlib.ExitStack() as stack:
        with (
            open_target(
                plan.environment, worlds=_count_worlds(plan), meanwhile=lambda: _prepare_imports(plan)
            ) as base_url,
            open_execution(plan, base_url, until_end=stack) as execution,
        ):
            # There for the reports too, which come when all else is closed.
            search = stack.enter_context(LeakProcess(execution.folder))
            ending = run_phases(execution, search)
            execution.listeners.emit(RunFinished(is_interrupted=ending is not Ending.COMPLETE))
        code = publish(plan, execution, search, is_interrupted=ending is not Ending.COMPLETE)
        if plan.history is not None and ending is not Ending.ABANDONED:
            is_published = publish_history(plan.history, execution.folder, execution.redactor.text)
            code = code if is_published else code or 3
    return report_terminal_leaks(terminal, execution.folder, execution.redactor, code=code)


def _count_worlds(plan: RunPlan) -> int:
    specs = plan.project.specs
    return sum(is_writing(specs[scenario.spec], scenario) for scenario in plan.selection.scenarios)


def _prepare_imports(plan: RunPlan) -> None:
    if plan.has_warehouse and plan.environment.warehouse is not None:
        import_driver(plan.environment.warehouse)
