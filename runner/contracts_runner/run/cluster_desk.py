"""Gives scenarios to the workers of a cluster, one task for what stays together, and answers what they ask
(run/cluster.py)."""

import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Executor, ThreadPoolExecutor, wait
from dataclasses import field
from typing import Any

from msgspec import structs

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.progress import NOT_STARTED
from contracts_runner.engine.threads import FAIL_FAST, WAKE_UP_SECONDS
from contracts_runner.evidence.artifacts import TOKENS, WrittenArtifact
from contracts_runner.faults import guard
from contracts_runner.model.contract import Scenario
from contracts_runner.model.outcome import Outcome
from contracts_runner.results.events import Event, RequestSent, ScenarioFinished, ScenarioStarted, StepFinished
from contracts_runner.results.rows import StepRow
from contracts_runner.results.scenarios import judge_scenario
from contracts_runner.run.channel import Refusal
from contracts_runner.run.cluster_answers import Answers
from contracts_runner.run.cluster_presence import Presence
from contracts_runner.run.part_session import describe_order
from contracts_runner.run.scenario_worlds import is_writing
from contracts_runner.run.session import Session

_MOST_ATTEMPTS = 3


@dataclass(slots=True)
class Group:
    """What is known of a task. `attempt` is the one that may ask, "" for none."""

    scenarios: dict[str, Scenario]
    is_reading: bool
    attempt: str = ""
    worker: str = ""
    has_sent: bool = False
    begun: dict[str, list[StepRow]] = field(default_factory=dict)  # scenario that has not ended -> its steps that have
    ended: set[str] = field(default_factory=set)
    artifacts: list[str] = field(default_factory=list)

    def is_over(self) -> bool:
        return self.ended == self.scenarios.keys()

    @property
    def may_begin(self) -> bool:
        """True if nothing is sent a second time that writes."""
        return self.is_reading or not self.has_sent


class ClusterDesk:
    """Gives the tasks away, and answers the workers."""

    def __init__(self, session: Session, client: Any, given: Sequence[Sequence[Scenario]]) -> None:
        specs = session.plan.project.specs
        self._session, self._client = session, client
        self._groups = [
            Group({each.id: each for each in group}, not any(is_writing(specs, each) for each in group))
            for group in given
        ]
        self._lock = threading.RLock()
        self._presence = Presence(client)
        self._answers = Answers(
            client,
            session.run_id,
            self._decide,
            threads=session.environment.jobs + 1,
            on_fault=lambda fault: session.record_fault("cluster", fault),
        )

    def run(self) -> None:
        """Run all tasks."""
        if not self._groups:
            return
        pool = ThreadPoolExecutor(max_workers=self._session.environment.jobs, thread_name_prefix="task")
        executor = self._client.get_executor(pure=False)
        try:
            self._answers.start()
            pending = {pool.submit(self._work, executor, number) for number in range(len(self._groups))}
            while pending:
                try:
                    _, pending = wait(pending, WAKE_UP_SECONDS)
                    self._presence.look()
                except KeyboardInterrupt:
                    if self._session.stop.is_interrupted():
                        raise
                    self._session.stop.set(NOT_STARTED, is_interrupt=True)
                    print("interrupted: finishing the running steps and their cleanup", file=sys.stderr, flush=True)
        finally:
            self._answers.close()
            pool.shutdown(wait=False, cancel_futures=True)

    def _work(self, executor: Executor, number: int) -> None:
        """Have one task done, on one worker after another if need be."""
        from contracts_runner.run.cluster_worker import Task, do_task

        group = self._groups[number]
        scenarios = tuple(group.scenarios)
        task = Task(run=describe_order(self._session), queue=self._answers.queue, number=number, scenarios=scenarios)
        problem, attempts = "", 0
        while attempts < _MOST_ATTEMPTS:
            with self._lock:
                if group.is_over() or not self._may_begin(group):
                    return
            try:
                problem = guard(lambda: self._give(executor, do_task, task), str, raised=(CancelledError,))
            except CancelledError:
                continue  # a scheduler that is restarted has forgotten the task
            attempts += 1
        with self._lock:
            self._give_up(group, f"no worker has run it to its end: {problem or 'its worker was lost'}")

    def _give(self, executor: Executor, do_task: Callable[[Any], None], task: Any) -> str:
        future = executor.submit(do_task, task)
        while not wait([future], WAKE_UP_SECONDS).done:
            if problem := self._presence.find_problem():
                return problem
        future.result()
        return ""

    def _decide(self, number: int, attempt: str, kind: str, values: tuple[Any, ...]) -> object:
        group = self._groups[number]
        with self._lock:
            if kind == "begin":
                return self._begin(group, attempt, *values)
            if attempt != group.attempt:
                return Refusal("another worker has taken it over")
            match kind:
                case "emit":
                    return self._take(group, *values)
                case "artifact":
                    return self._store(group, *values)
                case "turn":
                    return self._session.transport.reserve()
                case "number":
                    return self._session.token_numbers()
                case "leaks":
                    self._session.leaks.extend(*values)
                case "ended":
                    self._end(group, *values)
        return None

    def _begin(self, group: Group, attempt: str, worker: str) -> object:
        if group.is_over() or not self._may_begin(group):
            return Refusal("it is not run any more")
        for name in group.artifacts:
            (self._session.folder / name).unlink(missing_ok=True)
        group.artifacts.clear()
        group.begun.clear()
        group.attempt, group.worker, group.has_sent = attempt, worker, False
        return None

    def _may_begin(self, group: Group) -> bool:
        """Tell whether the task may begin, for the first time or again; else its scenarios are settled."""
        stop = self._session.stop
        if not group.attempt and stop.is_set():
            for scenario in group.scenarios.values():
                self._session.find_runner(scenario).leave_out(scenario, Outcome.SKIPPED, stop.reason)
            group.ended |= group.scenarios.keys()
            return False
        if not group.may_begin:
            self._give_up(
                group, f"worker {group.worker} was lost amid it: it writes, and is neither run again nor cleaned up"
            )
            return False
        return True

    def _take(self, group: Group, event: Event) -> str:
        """Record an event; returns why nothing more is to be sent, "" if it may."""
        emit, stop = self._session.listeners.emit, self._session.stop
        match event:
            case ScenarioStarted(scenario=scenario):
                group.begun[scenario] = []
                event = structs.replace(event, worker=group.worker)
            case StepFinished(scenario=scenario, step=step):
                group.begun[scenario].append(step)
            case RequestSent():
                group.has_sent = True
        emit(event)
        if isinstance(event, ScenarioFinished):
            group.begun.pop(event.scenario)
            group.ended.add(event.scenario)
            plan, ended = self._session.plan, group.scenarios[event.scenario]
            if event.outcome.traits.is_broken and plan.options.is_fail_fast and not plan.is_quarantined(ended):
                stop.set(FAIL_FAST)
        return stop.reason if stop.is_interrupted() else ""

    def _store(self, group: Group, names: tuple[Any, ...], of: str) -> WrittenArtifact:
        written = self._session.write_artifact(*names, group=of)
        if of != TOKENS:
            group.artifacts.append(written.path)
        return written

    def _end(self, group: Group, problem: str) -> None:
        if not group.is_over():
            self._give_up(group, f"worker {group.worker} could not run it: {problem}")

    def _give_up(self, group: Group, reason: str) -> None:
        """Record that what has not ended of a task is errored: that of a scenario which has begun at the step amid
        which it was."""
        text, emit = self._session.redactor.text(reason), self._session.listeners.emit
        for identifier, scenario in group.scenarios.items():
            if identifier in group.ended:
                continue
            rows = group.begun.get(identifier)
            if rows is None:
                emit(ScenarioStarted(scenario=identifier))
            elif len(rows) < len(scenario.steps) + len(scenario.cleanup):
                rows.append(_describe_lost(scenario, len(rows) + 1, text))
                emit(StepFinished(scenario=identifier, number=len(rows), step=rows[-1]))
            closed = ScenarioFinished(scenario=identifier, outcome=Outcome.ERRORED, reason=text, duration_ms=0.0)
            outcome, _ = judge_scenario(rows or (), closed)
            emit(structs.replace(closed, outcome=outcome))
        group.ended |= group.scenarios.keys()
        group.attempt = ""


def _describe_lost(scenario: Scenario, number: int, reason: str) -> StepRow:
    step = [*scenario.steps, *scenario.cleanup][number - 1]
    return StepRow(
        number=number,
        name=step.name,
        operation=step.operation,
        cleanup=number > len(scenario.steps),
        outcome=Outcome.ERRORED,
        reason=reason,
        attempts=0,
    )
