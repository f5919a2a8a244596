"""`contracts observe`: recorded traffic, judged by the checks of the spec as a run in which nothing is sent."""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from contracts_runner.engine.outgoing import Dispatch, Origins, OutgoingStep
from contracts_runner.engine.recording import Recorder
from contracts_runner.engine.scenarios import explain
from contracts_runner.engine.scope import Scope
from contracts_runner.engine.selection import Selection
from contracts_runner.engine.steps import StepResult, StepRunner, build_unrecorded, build_unsent
from contracts_runner.errors import UsageError
from contracts_runner.faults import guard
from contracts_runner.maintenance.environments import read_set_environment
from contracts_runner.model.contract import Expectation, Scenario, Step
from contracts_runner.model.environment import Environment
from contracts_runner.model.exchange import Exchange, Request
from contracts_runner.model.outcome import Outcome, find_worst
from contracts_runner.model.phase import Phase
from contracts_runner.project.project import Project
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.reading.variables import load_variables
from contracts_runner.results.events import ScenarioFinished, ScenarioStarted
from contracts_runner.results.traffic_rows import LeftOut
from contracts_runner.run.earlier_runs import record_shapes
from contracts_runner.run.execution import execute
from contracts_runner.run.observing.har_files import read_har_file
from contracts_runner.run.observing.recorded import Recorded, read_recorded
from contracts_runner.run.observing.traffic import (
    Entries,
    Places,
    Taken,
    Traffic,
    count_origins,
    read_entries,
    sort_traffic,
)
from contracts_runner.run.options import Given, build_options
from contracts_runner.run.plan import RunPlan
from contracts_runner.run.session import Session
from contracts_runner.signals import Received

CONTRACT = "recorded traffic"
# Rows of recorded traffic never have the id of a scenario.
PREFIX = "observed:"
_MOST_SHOWN = 3


def observe(project: Project, files: Sequence[Path], given: Mapping[str, Given]) -> int:
    """Judge the traffic of the files; returns the exit code. Raises UsageError, ProjectError and RunFolderError."""
    entries = read_entries(map(read_har_file, files))
    options = build_options({**given, "phases": (Phase.SCENARIOS.value,)})
    name = options.environment or _choose_environment(project, entries)
    environment = resolve_environment(project.settings, name, os.environ)
    project = project.place(environment)
    traffic = sort_traffic(entries, project.specs, Places.find(environment, project.specs))
    if not traffic.taken:
        raise UsageError(_explain_nothing(traffic, environment, entries))
    rows, unknown = _build_rows(traffic), _build_unknown(traffic)
    plan = RunPlan(
        project=project,
        environment=environment,
        options=options,
        selection=Selection((*(row for row, _ in rows), *(row for row, _ in unknown)), 0),
        needs={},
        today=datetime.now(UTC).date(),
        warehouses=(),
        observed=tuple(traffic.files),
        observed_at=traffic.origins.most_common(1)[0][0],
    )
    return execute(plan, work=partial(_judge, rows=rows, unknown=unknown, secrets=list(traffic.secrets))).exit_code


def _choose_environment(project: Project, entries: Entries) -> str | None:
    """Return the environment that most requests went to, the default one where it is as good as any."""
    settings, origins = project.settings, count_origins(entries)
    variables, _ = load_variables(settings.root, os.environ)
    default = settings.default_environment
    names = [name for name in (default, *settings.environments) if name is not None]
    found: dict[str, int] = {}
    for name in dict.fromkeys(names):
        if (environment := read_set_environment(settings, name, variables)) is not None:
            places = Places.find(environment, project.specs)
            found[name] = sum(count for origin, count in origins.items() if places.has(origin))
    return max(found, key=lambda name: found[name], default=default)


def _explain_nothing(traffic: Traffic, environment: Environment, entries: Entries) -> str:
    """Return why no entry is judged, and what to do."""
    counts = {why: sum(file.left_out.get(why, 0) for file in traffic.files) for why in map(str, LeftOut)}
    told = "; ".join(f"{why}: {count}" for why, count in counts.items() if count) or "there is no entry"
    near = "".join(f"; {label}: {each.reason}" for label, each in [*traffic.unknown.items()][:_MOST_SHOWN])
    hint = ""
    if counts[LeftOut.ELSEWHERE]:
        origins = ", ".join(origin for origin, _ in count_origins(entries).most_common(_MOST_SHOWN) if origin)
        hint = f"; --env NAME chooses an environment whose base_url is one of {origins}"
    return f"nothing of the traffic is of an operation in the environment '{environment.name}' ({told}){near}{hint}"


def _build_rows(traffic: Traffic) -> list[tuple[Scenario, list[Taken]]]:
    """Return a row for each operation, with its entries."""
    labels = [label for _, label in traffic.taken]
    return [
        (
            Scenario(
                id=PREFIX + (label if labels.count(label) == 1 else f"{spec}:{label}"),
                title=f"{taken[0].match.operation.method} {taken[0].match.operation.path}",
                contract=CONTRACT,
                spec=spec,
                steps=(),
                location=taken[0].entry.location,
            ),
            taken,
        )
        for (spec, label), taken in traffic.taken.items()
    ]


def _build_unknown(traffic: Traffic) -> list[tuple[Scenario, str]]:
    """Return a row for each thing that was asked for and that no document has, with what comes near."""
    return [
        (
            Scenario(
                id=PREFIX + label,
                title=label,
                contract=CONTRACT,
                spec=each.spec,
                steps=(),
                location=each.location,
            ),
            each.reason,
        )
        for label, each in traffic.unknown.items()
    ]


def _judge(
    session: Session,
    received: Received,
    *,
    rows: Sequence[tuple[Scenario, Sequence[Taken]]],
    unknown: Sequence[tuple[Scenario, str]],
    secrets: Sequence[str],
) -> None:
    for secret in secrets:
        session.redactor.learn_secret("observed", secret)
    record_shapes(session)
    emit = session.listeners.emit
    for row, taken in rows:
        emit(ScenarioStarted(scenario=row.id))
        results, milliseconds = [], 0.0
        for number, each in enumerate(taken, start=1):
            if received.has_come:
                return
            result = _judge_entry(session, row.id, number, each)
            milliseconds += _find_time(result)
            # The bodies of all of them may be as large as the file.
            results.append(dataclasses.replace(result, request=None, exchange=None, answer=None))
        outcome = find_worst(result.outcome for result in results)
        reason = session.redactor.text(explain(outcome, results, []))
        emit(ScenarioFinished(scenario=row.id, outcome=outcome, reason=reason, duration_ms=round(milliseconds, 1)))
    for row, reason in unknown:
        emit(ScenarioStarted(scenario=row.id))
        emit(ScenarioFinished(scenario=row.id, outcome=Outcome.SKIPPED, reason=reason, duration_ms=0.0))


def _find_time(result: StepResult) -> float:
    """Return the milliseconds that an answer took, as far as they were measured."""
    answer = result.exchange.response if result.exchange else None
    return answer.timings.total_ms if answer and answer.timings else 0.0


def _judge_entry(session: Session, scenario: str, number: int, taken: Taken) -> StepResult:
    """Judge an entry, and record it."""
    read = read_recorded(taken.entry, most_bytes=session.environment.limits.body_bytes)
    operation, spec = taken.match.operation, taken.match.spec
    step = Step(
        name=taken.name,
        spec=spec.key,
        operation=operation.label,
        expect=Expectation(success=None),
        location=taken.entry.location,
    )
    outgoing = OutgoingStep(step=step, operation=operation, origins=Origins.find(step), dispatch=Dispatch.SENT)
    result = _find_result(session, outgoing, _build_request(read, outgoing, scenario), read)
    recorder = Recorder(session.plan.project.specs, session.redactor, session.write_artifact)

    def record(result: StepResult) -> None:
        session.listeners.emit(recorder.record(result, scenario=scenario, number=number, is_cleanup=False))

    def settle(unrecorded: StepResult) -> StepResult:
        record(unrecorded)
        return unrecorded

    def work() -> StepResult:
        record(result)
        return result

    return guard(work, lambda fault: settle(build_unrecorded(result, fault)))


def _build_request(read: Recorded, outgoing: OutgoingStep, scenario: str) -> Request:
    request, operation = read.request, outgoing.operation
    return Request(
        method=request.method,
        url=request.url,
        headers=request.headers,
        body=request.body,
        operation=operation.label,
        effect=operation.effect,
        scenario=scenario,
        step=outgoing.step.name,
    )


def _find_result(session: Session, outgoing: OutgoingStep, request: Request, read: Recorded) -> StepResult:
    """Return what the checks of the spec say of an answer; without one nothing was found out."""
    answer = read.request.answer
    if answer is None:
        return build_unsent(outgoing, Outcome.ERRORED, read.failure, request=request)
    runner = StepRunner(
        specs=session.plan.project.specs,
        environment=session.environment,
        base_url=session.base_url,
        transport=session.transport,
        clock=session.clock,
        headers={},
    )
    scope = Scope(variables={}, run_id=session.run_id, scenario_id="")
    answered = build_unsent(outgoing, Outcome.PASSED, "", request=request)
    answered = dataclasses.replace(answered, exchange=Exchange(request=request, response=answer))
    return runner.judge(outgoing, answer, answered, scope)
