"""Replays one recorded finding against an environment, and says what came of it."""

import os
from pathlib import Path

import click

from contracts_runner.engine.exchanger import ExchangeRecorder
from contracts_runner.errors import UsageError
from contracts_runner.project.project import Project
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.properties.replaying import RecordedFinding, Replayer, find_spec, load_finding
from contracts_runner.reporting.text import make_visible
from contracts_runner.run.confirmation import confirm_writes
from contracts_runner.run.connections import USER_AGENT, build_redactor, open_transport
from contracts_runner.sandbox.target import open_target


def replay_finding(project: Project, folder: Path, identifier: str, name: str | None, *, confirmed: str | None) -> int:
    """Send the requests again and print a line for each; returns the exit code."""
    finding = load_finding(folder, identifier)
    spec = find_spec(project.specs, finding)
    if spec is None:
        raise UsageError("no spec of the project has the operations of this finding")
    environment = resolve_environment(project.settings, name or finding.environment, os.environ)
    confirm_writes(environment, confirmed=confirmed)
    with open_target(environment) as base_url, open_transport(environment, base_url) as transport:
        replayer = Replayer(
            spec=spec,
            base_url=base_url,
            transport=transport,
            credentials=environment.credentials,
            user_agent=USER_AGENT,
            depth=environment.limits.depth,
        )
        recorder = ExchangeRecorder(spec=spec, redactor=build_redactor(environment))
        return _replay(replayer, finding, recorder)


def _replay(replayer: Replayer, finding: RecordedFinding, recorder: ExchangeRecorder) -> int:
    if any(step.is_redacted for step in finding.steps):
        click.echo("some values were redacted in the run: their placeholders are sent", err=True)
    exchanges = []
    for step, exchange in zip(finding.steps, replayer.iter_exchanges(finding), strict=False):
        exchanges.append(exchange)
        # A problem quotes what came, which may repeat what an earlier answer held.
        recorded = recorder.record(recorder.spec.operations[step.operation], exchange)
        answer = str(recorded.response.status_code) if recorded.response else recorded.problem
        click.echo(make_visible(f"{step.method} {step.operation}: {answer}"))
    is_complete = len(exchanges) == len(finding.steps)
    check, message = finding.row["check"], finding.row["failure"]["message"]
    if is_complete and replayer.shows_again(finding, exchanges):
        click.echo(make_visible(f"{check} fails again: {message}"))
        return 1
    if exchanges[-1].response is None:
        return 3
    click.echo(f"{check} does not fail again")
    return 0
