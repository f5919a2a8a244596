"""Sends what a run recorded again: a scenario, or the requests of a property failure."""

import os
from pathlib import Path

from contracts_runner.engine.authorization import AuthorizationError
from contracts_runner.engine.exchanger import ExchangeRecorder
from contracts_runner.errors import RunFolderError, UsageError
from contracts_runner.model.exchange import Exchange
from contracts_runner.model.phase import Phase
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.project import Project
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.properties.carrying import MissingGroundError
from contracts_runner.properties.recorded_finding import RecordedFinding, find_spec, load_finding
from contracts_runner.properties.replaying import Replayer
from contracts_runner.reading.suggest import find_similar
from contracts_runner.reporting.text import make_visible
from contracts_runner.results.lines import MisfitError, parse_results
from contracts_runner.results.results import Results
from contracts_runner.run.connections import (
    USER_AGENT,
    build_hooks,
    build_redactor,
    confirm_writes,
    open_transport,
)
from contracts_runner.run.execution import run_contracts
from contracts_runner.run.options import Given
from contracts_runner.run.runs import find_run, open_run, read_run_file
from contracts_runner.run.unrecorded import open_keyring
from contracts_runner.sandbox.server import open_target


def replay_recorded(
    project: Project, run: str, identifier: str, *, environment: str | None, confirmed: str | None
) -> int:
    """Send what has the id in a run again, to the environment, else to that of the run; returns the exit code.

    A scenario is run as its contract has it now, with what it needs, from the seed of that run: what it takes from
    answers are other values then. Raises UsageError for an id that the run does not have.
    """
    path = find_run(run, project.settings, environment=environment)
    with open_run(path) as files:
        results = _read_results(path, read_run_file(files, "results.json"))
    if results.run.observed:
        raise UsageError(f"{path} judged recorded traffic: it has sent nothing that could be sent again")
    findings = [row.id for row in results.properties if row.failure]
    scenarios = [row.id for row in results.scenarios]
    if identifier in findings:
        return _replay_finding(project, run, identifier, environment=environment, confirmed=confirmed)
    if identifier not in scenarios:
        close = find_similar(identifier, [*scenarios, *findings])
        hint = f"did you mean '{close}'?" if close else f"it has {', '.join([*scenarios, *findings][:5]) or 'none'}"
        raise UsageError(f"{path} has no scenario and no property failure '{identifier}'; {hint}")
    given: dict[str, Given] = {
        "selectors": (identifier,),
        "phases": (Phase.SCENARIOS.value,),
        "environment": environment or results.run.environment,
        "seed": results.run.seed,
        "confirmed": confirmed,
    }
    return run_contracts(project, {name: value for name, value in given.items() if value is not None})


def _read_results(run: Path, raw: bytes) -> Results:
    try:
        return parse_results(raw)
    except MisfitError as error:
        raise RunFolderError(f"{run} cannot be read: {error}") from error


def _replay_finding(
    project: Project, run: str, identifier: str, *, environment: str | None, confirmed: str | None
) -> int:
    """Send the requests, and print a line for each; returns the exit code."""
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
