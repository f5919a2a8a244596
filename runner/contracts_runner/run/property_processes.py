"""The property phase in several processes: each tests some of the operations, and asks this one before each request.

So the bounds, the rate limit and the ledger are those of one process, and so are the results: what is generated for an
operation depends on the seed and on its name, and operations between which ids go are tested in one process. What one
of them has met as personal all know before anything is written.
"""

import socket
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import field
from multiprocessing.connection import Connection
from typing import Any

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import BlockedError, CredentialError, TransportError
from contracts_runner.model.credential import CapturedCredential
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import GenerationPhase
from contracts_runner.model.spec import Effect
from contracts_runner.properties.budget import Budget
from contracts_runner.properties.collecting import ALL_OPERATIONS, Findings
from contracts_runner.properties.links import read_links
from contracts_runner.properties.row_builder import build_untested
from contracts_runner.redaction.redactor import Met
from contracts_runner.results.events import Event, PropertyAnswered, PropertyExchange, PropertyFinished, RequestSent
from contracts_runner.run.channel import INTERRUPTED, Order, PropertyPart, Refusal
from contracts_runner.run.part_session import describe_order
from contracts_runner.run.plan import PropertyPlan
from contracts_runner.run.session import Session
from contracts_runner.signals import shield

# The main thread looks up this often, so that an interrupt reaches it on every platform.
_WAKE_UP_SECONDS = 0.5
_PACKAGE = "contracts_runner"
_WORKER = "contracts_runner.run.property_phase"


def is_divisible(session: Session, properties: PropertyPlan) -> bool:
    """Tell whether the operations can be tested apart: where no link is declared, a flow may go through all of them."""
    if GenerationPhase.STATEFUL not in properties.settings.phases:
        return True
    specs = session.plan.project.specs
    return any(read_links(specs[key], operations) for key, operations in properties.operations.items())


def run_in_processes(session: Session, properties: PropertyPlan) -> bool:
    """Test all operations; returns whether it was interrupted."""
    count = min(properties.settings.workers, sum(map(len, properties.operations.values())))
    desk = PropertyDesk(session, properties, count)
    workers = [_Worker(desk, _build_order(session, properties, index, count)) for index in range(count)]
    try:
        for worker in workers:
            worker.thread.start()
        for worker in workers:
            _await(worker.thread, desk)
    finally:
        for worker in workers:
            worker.end()
    desk.report()
    return desk.is_interrupted


def list_labels(properties: PropertyPlan) -> dict[str, tuple[str, ...]]:
    """Return the operations, by the key of their spec."""
    return {key: tuple(each.label for each in found) for key, found in properties.operations.items()}


def _await(thread: threading.Thread, desk: "PropertyDesk") -> None:
    while thread.is_alive():
        try:
            thread.join(_WAKE_UP_SECONDS)
        except KeyboardInterrupt:
            if desk.is_interrupted:
                raise
            desk.is_interrupted = True


def _build_order(session: Session, properties: PropertyPlan, index: int, count: int) -> Order:
    return Order(
        run=describe_order(session),
        key=session.redactor.key,
        part=PropertyPart(operations=list_labels(properties), index=index, count=count),
        modules=tuple(name for name in sorted(sys.modules) if name.startswith(f"{_PACKAGE}.")),
    )


class _Worker:
    """A process, and the thread that answers it."""

    def __init__(self, desk: "PropertyDesk", order: Order) -> None:
        own, other = socket.socketpair()
        with other, shield():
            self.process = subprocess.Popen(
                [sys.executable, "-m", _WORKER, str(other.fileno())],
                pass_fds=[other.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        self._connection: Connection[Any, Any] = Connection(own.detach())
        self._desk, self._order = desk, order
        self.thread = threading.Thread(target=self._serve, name=f"properties {order.part.index}", daemon=True)

    def _serve(self) -> None:
        problem = "its process ended before it was tested"
        try:
            self._connection.send(self._order)
            while True:
                kind, values = self._connection.recv()
                if kind == "ended":
                    (problem,) = values
                    self._connection.send(None)
                    break
                self._connection.send(self._desk.answer(self._order.part.index, kind, values))
        except (EOFError, OSError):
            pass
        finally:
            self._desk.leave(self._order.part.index, problem)

    def end(self) -> None:
        """End the process, unless it has ended, and wait for it."""
        if self.thread.ident is None or self.thread.is_alive():
            self.process.kill()
        self.process.wait()
        self._connection.close()


@dataclass(slots=True)
class PropertyDesk:
    """Answers the processes, whichever thread asks for one."""

    session: Session
    properties: PropertyPlan
    count: int
    is_interrupted: bool = False
    _budget: Budget = field(init=False)
    _sent: Counter[str] = field(default_factory=Counter)  # operation -> requests that left
    _found: dict[str, list[Event]] = field(default_factory=dict)  # operation -> what is reported of it
    _problems: list[str] = field(default_factory=list)
    _working: set[int] = field(init=False)
    _told: list[dict[int, tuple[Findings, Met]]] = field(default_factory=list)  # of each spec, by process
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self._budget = Budget(self.properties.settings.bounds)
        self._working = set(range(self.count))

    def answer(self, index: int, kind: str, values: tuple[Any, ...]) -> object:
        """Return the answer to a process."""
        try:
            return self._answer(index, kind, values)
        except Exception as error:
            # A full disk, say, or a run that has ended: the process is to send nothing more.
            return Refusal(str(error))

    def _answer(self, index: int, kind: str, values: tuple[Any, ...]) -> object:
        match kind:
            case "count":
                return self._count(*values)
            case "turn":
                return self.session.transport.reserve()
            case "emit":
                self._take(*values)
                return self.is_interrupted
            case "artifact":
                names, group = values
                return self.session.write_artifact(*names, group=group)
            case "number":
                return self.session.token_numbers()
            case "capture":
                return self._capture(*values)
            case "agree":
                return self._agree(index, *values)
            case _:
                raise ValueError(kind)

    def _count(self, operation: str, phase: GenerationPhase | None, effect: Effect) -> tuple[str, bool]:
        if self.is_interrupted:
            return INTERRUPTED, True
        return self._budget.take(operation, phase, effect), self._budget.is_spent

    def _capture(self, name: str, credential: CapturedCredential, is_again: bool) -> str | TransportError:
        """Return the text of a credential, or why there is none. It goes through a pipe of this machine alone."""
        try:
            return self.session.captured.capture(name, credential, is_again)
        except (BlockedError, CredentialError) as error:
            return error

    def _take(self, event: Event) -> None:
        match event:
            case PropertyExchange(operation=label) | PropertyAnswered(operation=label):
                self._found.setdefault(label, []).append(event)
            case PropertyFinished(row=row):
                self._found.setdefault(row.operation, []).append(event)
            case RequestSent(operation=label):
                self._sent[label] += 1
                self.session.listeners.emit(event)
            case _:
                self.session.listeners.emit(event)

    def _agree(self, index: int, findings: Findings, met: Met) -> tuple[Findings, Met]:
        """Return what all have found of a spec, and met, when each that still works has told it."""
        self.session.redactor.take(met)
        with self._changed:
            number = sum(index in told for told in self._told)
            self._told += [{}] if number == len(self._told) else []
            told = self._told[number]
            told[index] = findings, met
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._working <= told.keys())
            found = frozenset().union(*(each.found for each, _ in told.values()))
            is_whole = all(each.is_whole for each, _ in told.values())
        return Findings(found, is_whole), self.session.redactor.met()

    @property
    def is_working(self) -> bool:
        """True until all processes have left."""
        return bool(self._working)

    def leave(self, index: int, problem: str) -> None:
        """Note that a process has ended, and why it could not test all."""
        with self._changed:
            self._working.discard(index)
            self._problems += [problem] if problem else []
            self._changed.notify_all()

    def report(self) -> None:
        """Record what was found, in the order of the operations."""
        labels = [each.label for operations in self.properties.operations.values() for each in operations]
        for label in (*labels, ALL_OPERATIONS):
            for event in self._found.get(label, ()):
                self.session.listeners.emit(event)
            if self._problems and label != ALL_OPERATIONS and not self._has_row(label):
                reason = self.session.redactor.text(f"not tested: {self._problems[0]}")
                row = build_untested(label, Outcome.ERRORED, reason, examples=self._sent[label])
                self.session.listeners.emit(PropertyFinished(row=row))

    def _has_row(self, label: str) -> bool:
        return any(isinstance(event, PropertyFinished) for event in self._found.get(label, ()))
