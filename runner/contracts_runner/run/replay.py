"""Sends the requests of a recorded finding again."""

import os

from contracts_runner.engine.authorization import AuthorizationError
from contracts_runner.engine.exchanger import ExchangeRecorder
from contracts_runner.errors import UsageError
from contracts_runner.model.exchange import Exchange
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.project import Project
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.properties.carrying import MissingGroundError
from contracts_runner.properties.recorded_finding import RecordedFinding, find_spec, load_finding
from contracts_runner.properties.replaying import Replayer
from contracts_runner.reporting.text import make_visible
from contracts_runner.run.connections import (
    USER_AGENT,
    build_hooks,
    build_redactor,
    confirm_writes,
    open_transport,
)
from contracts_runner.run.runs import find_run, open_run, read_run_file
from contracts_runner.run.unrecorded import open_keyring
from contracts_runner.sandbox.server import open_target


def replay_finding(
    project: Project, run: str, identifier: str, *, environment: str | None, confirmed: str | None
) -> int:
    """Send the requests to the environment, else to that of the run, and print a line for each; returns the code."""
    finding, spec = _find(project, run, identifier, environment)
    target = resolve_environment(project.settings, environment or finding.environment, os.environ)
    confirm_writes(target, confirmed=confirmed)
    hooks = build_hooks(project, target)
    project = project.place(target)
    spec = project.specs[spec.key]
    redactor = build_redactor(target)
    with (
        open_target(target, hooks=hooks) as base_url,
        open_transport(target, base_url, project.specs.values()) as transport,
        open_keyring(project, target, base_url, transport, redactor) as keyring,
    ):
        replayer = Replayer(
            spec=spec,
            base_url=base_url,
            transport=transport,
            credentials=target.credentials,
            user_agent=USER_AGENT,
            depth=target.limits.depth,
            signer=keyring,
        )
        recorder = ExchangeRecorder(spec=spec, redactor=redactor)
        return _replay(replayer, finding, recorder)


def _find(project: Project, run: str, identifier: str, environment: str | None) -> tuple[RecordedFinding, Spec]:
    path = find_run(run, project.settings, environment=environment)
    with open_run(path) as files:
        finding = load_finding(path, lambda name: read_run_file(files, name), identifier)
    spec = find_spec(project.specs, finding)
    if spec is None:
        raise UsageError("no spec of the project has the operations of this finding")
    return finding, spec


def _replay(replayer: Replayer, finding: RecordedFinding, recorder: ExchangeRecorder) -> int:
    try:
        obstacle = replayer.find_obstacle(finding)
    except AuthorizationError as error:
        raise UsageError(f"{error}; {error.hint}") from error
    if obstacle:
        print(f"not sent: {make_visible(obstacle)}")
        return 3
    check, message = make_visible(finding.row.check), make_visible(finding.failure.message)
    try:
        last = _send(replayer, finding, recorder)
    except MissingGroundError as error:
        print(f"whether {check} fails again is not known: {make_visible(str(error))}")
        return 3
    if replayer.shows_again(finding, last):
        print(f"{check} fails again: {message}")
        return 1
    if last.response is None:
        return 3
    print(f"{check} does not fail again")
    return 0


def _send(replayer: Replayer, finding: RecordedFinding, recorder: ExchangeRecorder) -> Exchange:
    """Send the requests, print a line for each, and return the last exchange; raises MissingGroundError where it says
    nothing of the finding."""
    for step, exchange in zip(finding.steps, replayer.iter_exchanges(finding), strict=False):
        # A problem quotes the answer, which may repeat what an earlier answer held.
        recorded = recorder.record(recorder.spec.operations[step.operation], exchange)
        answer = str(recorded.response.status) if recorded.response else recorded.problem
        print(make_visible(f"{step.method} {step.operation}: {answer}"))
    if step is not finding.steps[-1]:
        raise MissingGroundError(f"{step.name} had no answer")
    if silence := replayer.explain_silence(finding, exchange):
        raise MissingGroundError(silence)
    return exchange
