"""What a worker of a Dask cluster does for a run: scenarios that stay together, with the project and the secrets that
are there. Before a request leaves the process that has the ledger is asked, and so knows of it."""

import os
import pickle
import threading
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.selection import Selection
from contracts_runner.engine.threads import run_scenarios
from contracts_runner.engine.turn import TURN
from contracts_runner.errors import ContractsError, RecordingError
from contracts_runner.evidence.artifacts import render_artifact
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.evidence.ledger import render_line
from contracts_runner.faults import guard
from contracts_runner.leaks.search import LeakSearch
from contracts_runner.project.root import VARIABLE
from contracts_runner.properties.collecting import Findings
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import Event
from contracts_runner.results.rows import LeakRow
from contracts_runner.run.channel import PropertyPart, Refusal, RunOrder
from contracts_runner.run.part_session import load_plan, open_part
from contracts_runner.run.plan import RunPlan

# Who waits longer for an answer is alone: the run was killed.
PATIENCE_SECONDS = 60
_ALONE = "the run does not answer"
# An agreement takes as long as the others test.
_AGREE_SECONDS = 6 * 3600

_plans: dict[str, RunPlan] = {}
# Those of the last run, one for each task: what they have met stays here.
_redactors: dict[str, list[Redactor]] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The `number`-th task of a run: scenarios, or a part of the operations; `queue` is where answers are asked for."""

    run: RunOrder
    queue: str
    number: int
    scenarios: tuple[str, ...] = ()
    part: PropertyPart | None = None
    patience: float = PATIENCE_SECONDS


def do_task(task: Task) -> None:
    """Do the task, unless that is refused: a worker that was taken for lost may have begun them."""
    import distributed

    channel = QueueChannel(task)
    try:
        channel.ask("begin", distributed.get_worker().address)
        work = _run if task.part is None else _test
        problem = guard(lambda: work(task, channel), str)
        channel.ask("ended", problem)
    except RecordingError:
        return
    finally:
        channel.close()


def _test(task: Task, channel: "QueueChannel") -> str:
    """Test the operations; returns why they could not be tested."""
    from contracts_runner.run.property_phase import SharedCount, take_part, test_operations

    assert task.part is not None
    try:
        plan = take_part(_find_plan(task.run), task.part)
    except ContractsError as error:
        return str(error)
    count = SharedCount(channel, plan)
    with open_part(plan, task.run, channel, emit=count.emit) as session:
        _remember(task.run.run_id, session.redactor)
        test_operations(session, count, lambda own: Findings(*channel.ask("agree", own)))
        channel.tell_leaks(session.redactor)
    return ""


def _run(task: Task, channel: "QueueChannel") -> str:
    """Run the scenarios; returns why they could not be run."""
    try:
        plan = _cut(_find_plan(task.run), task.scenarios)
    except ContractsError as error:
        return str(error)

    def emit(event: Event) -> None:
        if reason := channel.ask("emit", event):
            session.stop.set(reason, is_interrupt=True)

    with open_part(plan, task.run, channel, emit=emit, needed=plan.needs) as session:
        assert session.keyring
        _remember(task.run.run_id, session.redactor)
        run_scenarios(
            plan.selection.scenarios,
            find_runner=session.find_runner,
            find_hindrance=plan.find_hindrance,
            jobs=plan.environment.jobs,
            is_fail_fast=plan.options.is_fail_fast,
            stop=session.stop,
            on_interrupt=lambda: None,
            on_fault=session.settle_scenario,
            needs=session.needs,
            every=plan.selection.scenarios,
            is_decisive=lambda scenario: not plan.is_quarantined(scenario),
        )
        channel.tell_leaks(session.redactor)
    return ""


def _find_plan(order: RunOrder) -> RunPlan:
    """Return the plan of a run, which is read once in a process."""
    with _lock:
        if order.run_id not in _plans:
            root = os.environ.get(VARIABLE)
            plan = load_plan(order, Path(root) if root else None)
            _plans.clear()
            _plans[order.run_id] = plan
        return _plans[order.run_id]


def _cut(plan: RunPlan, ids: tuple[str, ...]) -> RunPlan:
    chosen = tuple(each for each in plan.selection.scenarios if each.id in ids)
    needs = {user: needed for user, needed in plan.needs.items() if user in ids}
    return replace(plan, selection=Selection(chosen, 0), needs=needs, properties=None, warehouses=())


def _remember(run_id: str, redactor: Redactor) -> None:
    with _lock:
        if run_id not in _redactors:
            _redactors.clear()
        _redactors.setdefault(run_id, []).append(redactor)


def search_files(run_id: str, files: Mapping[str, str]) -> list[LeakRow]:
    """Search what a run has written for all that this process has met in it: such values are sent nowhere."""
    found = dict[LeakRow, None]()
    for redactor in _redactors.get(run_id, ()):
        found |= dict.fromkeys(_search(redactor, files))
    return list(found)


def _search(redactor: Redactor, files: Mapping[str, str]) -> list[LeakRow]:
    search = LeakSearch(Path(), secrets=redactor.secret_values(), personal=redactor.personal_values())
    return sorted({leak for name, text in files.items() for leak in search.search_text(name, text, ())})


class QueueChannel:
    """The asking end, by queues of the scheduler, one for the answers to each thread; `kept` is what was recorded, by
    the name of the file."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._attempt = uuid.uuid4().hex
        self._is_alone = False
        self._own = threading.local()
        self._queues: list[Any] = []
        self._lock = threading.Lock()
        self.kept: dict[str, str] = {LEDGER: ""}

    def ask(self, kind: str, *values: object) -> Any:
        # An answer that comes too late would be taken for that to the next question.
        if self._is_alone:
            raise RecordingError(_ALONE)
        with TURN.given_up():
            try:
                asked, answers = self._open_queues()
                asked.put([self._task.number, self._attempt, answers.name, pickle.dumps((kind, values))])
                told = answers.get(timeout=_AGREE_SECONDS if kind == "agree" else self._task.patience)
            except (OSError, KeyError) as error:  # too late; or a scheduler that is restarted knows of no queue
                self._is_alone = True
                raise RecordingError(_ALONE) from error
        answer = pickle.loads(told)
        if isinstance(answer, Refusal):
            raise RecordingError(answer.reason)
        self._keep(kind, values, answer)
        return answer

    def tell_leaks(self, redactor: Redactor) -> None:
        """Search what was recorded for what this process alone has met."""
        if leaks := _search(redactor, self.kept):
            self.ask("leaks", leaks)

    def _open_queues(self) -> tuple[Any, Any]:
        import distributed

        if not hasattr(self._own, "queues"):
            client, answers = distributed.get_client(), f"{self._task.queue}-{uuid.uuid4().hex}"
            self._own.queues = tuple(distributed.Queue(name, client=client) for name in (self._task.queue, answers))
            self._queues += self._own.queues
        asked, answers = self._own.queues
        return asked, answers

    def close(self) -> None:
        """Let the scheduler forget the queues."""
        for queue in self._queues:
            guard(queue.close, str)

    def _keep(self, kind: str, values: tuple[Any, ...], answer: Any) -> None:
        match kind, values:
            case "emit", (Event() as event,):
                line = render_line(event, seq=1, at="", prev="").decode("utf-8")
                with self._lock:
                    self.kept[LEDGER] += line + "\n"
            case "artifact", (names, _):
                self.kept[answer.path] = render_artifact(names[-1])
