"""What pytest shows of a scenario that did not pass: its checks, the request as a command of curl, the artifact."""

from collections.abc import Iterator
from pathlib import Path

from contracts_runner.engine.curl import render_curl
from contracts_runner.model.outcome import Outcome
from contracts_runner.pytest_plugin.scenario_run import FinishedRun
from contracts_runner.reporting.text import make_visible, render_comparison
from contracts_runner.results.rows import CheckRow, ScenarioRow, StepRow


def render_failure(row: ScenarioRow, run: FinishedRun) -> str:
    """Return the text."""
    # A failure begins with that word in pytest, too.
    lines = [row.reason if row.outcome is Outcome.FAILED and row.reason else f"{row.outcome}: {row.reason}"]
    for step in row.steps:
        if step.outcome is not Outcome.PASSED and not step.left_out:
            lines += _iter_step(row.id, step, run)
    return "\n".join(map(make_visible, lines))


def _iter_step(scenario: str, step: StepRow, run: FinishedRun) -> Iterator[str]:
    cleanup = " (cleanup)" if step.cleanup else ""
    yield f"step {step.name}{cleanup}: {step.outcome}" + (f": {step.reason}" if step.reason else "")
    for check in step.checks:
        if check.outcome is not Outcome.PASSED:
            yield from (f"  {line}" for line in _iter_check(check))
    if sent := run.sent.get((scenario, step.number)):
        yield f"  {render_curl(sent.method, sent.url, sent.headers, sent.body)}"
    if step.artifact and run.folder:
        yield f"  {Path(run.folder, step.artifact)}"


def _iter_check(check: CheckRow) -> Iterator[str]:
    place = f" at {check.path}" if check.path else ""
    yield f"{check.check}{place} {check.outcome}: {check.message}" + (f" ({check.location})" if check.location else "")
    if comparison := render_comparison(check):
        yield f"  {comparison}"
