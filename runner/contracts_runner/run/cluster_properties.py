"""The property phase on the workers of a Dask cluster: each tests a part of the operations, and asks here before each
request. A part whose worker is lost is errored: what was generated may have written."""

from concurrent.futures import wait
from typing import Any

from contracts_runner.engine.threads import WAKE_UP_SECONDS
from contracts_runner.redaction.redactor import Met
from contracts_runner.run.channel import PropertyPart, Refusal
from contracts_runner.run.cluster import connect
from contracts_runner.run.cluster_answers import Answers
from contracts_runner.run.cluster_presence import Presence
from contracts_runner.run.part_session import describe_order
from contracts_runner.run.plan import PropertyPlan
from contracts_runner.run.property_processes import PropertyDesk, list_labels
from contracts_runner.run.session import Session

# What a worker has met stays there.
_NOTHING = Met(frozenset(), {})


def run_properties(session: Session, properties: PropertyPlan, address: str) -> bool:
    """Test all operations; returns whether it was interrupted."""
    from contracts_runner.run.cluster_worker import Task, do_task

    labels = list_labels(properties)
    with connect(address) as client:
        # All parts wait for one another before they report: each needs a thread.
        count = max(1, min(sum(client.nthreads().values()), sum(map(len, labels.values()))))
        phase = _Phase(session, PropertyDesk(session, properties, count))
        answers = Answers(
            client,
            session.run_id,
            phase.decide,
            threads=count + 1,
            on_fault=lambda fault: session.record_fault("cluster", fault),
        )
        run, executor = describe_order(session), client.get_executor(pure=False)
        presence = Presence(client)
        answers.start()
        try:
            parts = [PropertyPart(operations=labels, index=index, count=count) for index in range(count)]
            tasks = [Task(run=run, queue=answers.queue, number=part.index, part=part) for part in parts]
            pending = {executor.submit(do_task, task) for task in tasks}
            while pending and phase.desk.is_working:
                try:
                    _, pending = wait(pending, WAKE_UP_SECONDS)
                    presence.look()
                    phase.look_for(presence.workers)
                    if presence.find_problem():
                        break
                except KeyboardInterrupt:
                    if phase.desk.is_interrupted:
                        raise
                    phase.desk.is_interrupted = True
        finally:
            answers.close()
    for number in range(count):
        phase.desk.leave(number, "" if number in phase.ended else "its worker was lost")
    phase.desk.report()
    return phase.desk.is_interrupted


class _Phase:
    """Who tests which part."""

    def __init__(self, session: Session, desk: PropertyDesk) -> None:
        self.desk = desk
        self.ended: set[int] = set()
        self._session = session
        self._begun: dict[int, tuple[str, str]] = {}  # part -> attempt, worker

    def decide(self, number: int, attempt: str, kind: str, values: tuple[Any, ...]) -> object:
        """Return the answer to a worker."""
        if kind == "begin" and number not in self._begun:
            self._begun[number] = attempt, values[0]
            self._session.testers.add(values[0])
            return None
        if self._begun[number][0] != attempt or (number in self.ended):
            return Refusal("another worker has begun it")
        match kind:
            case "agree":
                found: Any = self.desk.answer(number, kind, (*values, _NOTHING))
                return found[0]
            case "capture":
                return Refusal("no credential goes to a worker of a cluster")
            case "leaks":
                self._session.leaks.extend(*values)
            case "ended":
                self.ended.add(number)
                self.desk.leave(number, *values)
            case _:
                return self.desk.answer(number, kind, values)
        return None

    def look_for(self, workers: Any) -> None:
        """Give up the parts whose worker is gone."""
        for number, (_, worker) in self._begun.items():
            if worker not in workers and number not in self.ended:
                self.ended.add(number)
                self.desk.leave(number, f"worker {worker} was lost")
