"""The one run of a session of pytest: as `contracts run` of exactly the scenarios that are selected."""

import contextlib
import glob
import io
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from pathlib import Path

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import ContractsError
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.evidence.ledger import LedgerLines
from contracts_runner.faults import guard
from contracts_runner.model.phase import Phase
from contracts_runner.project.project import Project
from contracts_runner.reporting.text import make_visible
from contracts_runner.reporting.verdict import INTERRUPTED
from contracts_runner.results.events import StepFinished
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.rows import ScenarioRow, SentMessage
from contracts_runner.run.connections import confirm_writes
from contracts_runner.run.execution import execute
from contracts_runner.run.mistakes import print_warnings
from contracts_runner.run.options import Given, build_options
from contracts_runner.run.plan import plan_run


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRun:
    """A run that ended, or that could not begin or go on (`problem`). `text` is its summary; `rows` by the id of the
    scenario, `sent` the last request of a step by the id and the number."""

    exit_code: int
    text: str
    folder: Path | None = None
    problem: str = ""
    rows: Mapping[str, ScenarioRow] = field(default_factory=dict)
    sent: Mapping[tuple[str, int], SentMessage] = field(default_factory=dict)


def run_scenarios(project: Project, ids: Sequence[str], given: Mapping[str, Given], command: str) -> FinishedRun:
    """Run the scenarios with these ids, and those that they need; whatever breaks, nothing is to be run again.

    Raises KeyboardInterrupt if that was interrupted.
    """
    work = partial(_run, project, ids, given, command)
    try:
        return guard(work, lambda fault: _break_off(str(fault), 3), raised=(ContractsError,))
    except ContractsError as error:
        return _break_off(str(error), error.exit_code)


def _run(project: Project, ids: Sequence[str], given: Mapping[str, Given], command: str) -> FinishedRun:
    options = build_options({**given, "phases": (Phase.SCENARIOS.value,), "selectors": _select(project, ids)})
    plan = replace(plan_run(project, options), command=command)
    confirm_writes(plan.environment, confirmed=options.confirmed)
    printed, progress = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(printed):
        print_warnings(plan.warnings)
    with _as_in_a_process_of_its_own(), contextlib.redirect_stdout(printed), contextlib.redirect_stderr(progress):
        ended = execute(plan)
    if ended.exit_code == INTERRUPTED:
        raise KeyboardInterrupt(f"the evidence until then is in {ended.folder}")
    lines = LedgerLines(ended.folder / LEDGER)
    steps = (line.event for line in lines if isinstance(line.event, StepFinished))
    return FinishedRun(
        exit_code=ended.exit_code,
        text=f"{printed.getvalue()}{ended.folder}: exit code {ended.exit_code}",
        folder=ended.folder,
        rows={row.id: row for row in fold_ledger(lines).scenarios},
        sent={(each.scenario, each.number): each.exchange.request for each in steps if each.exchange},
    )


def _break_off(message: str, exit_code: int) -> FinishedRun:
    text = make_visible(message)
    first, *others = text.splitlines()
    problem = f"not run: {first}" + (" (and more, at the end)" if others else "")
    return FinishedRun(exit_code=exit_code, text=text, problem=problem)


def _select(project: Project, ids: Sequence[str]) -> tuple[str, ...]:
    """Return the selection as `contracts run` takes it: no word if everything is selected."""
    if {scenario.id for scenario in project.scenarios} <= set(ids):
        return ()
    return tuple(map(glob.escape, ids))


@contextlib.contextmanager
def _as_in_a_process_of_its_own() -> Iterator[None]:
    """Let pytest's filters of warnings not decide what a request comes to, and leave the interpreter as it was."""
    interval = sys.getswitchinterval()
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        sys.setswitchinterval(interval)
