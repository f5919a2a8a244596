"""Who hears of what happens in a run: the ledger first, then what shows it."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import field
from functools import partial

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import RecordingError
from contracts_runner.faults import Fault, guard
from contracts_runner.results.events import Closing, Event, FaultRecorded, RunFinished


@dataclass(slots=True)
class Listeners:
    """Hands each event to all listeners, the first of which is the ledger, one at a time, from whatever thread.
    `waiting` is entered before an emitting thread waits for the others."""

    handlers: list[Callable[[Event], None]]
    waiting: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext
    _lock: threading.Condition = field(default_factory=lambda: threading.Condition(threading.Lock()))
    _has_ended: bool = False
    _blocks: int = 0

    def emit(self, event: Event) -> None:
        """Return when every listener has taken the event.

        Raises RecordingError once the run has ended: threads that an interrupt left behind send nothing more.
        """
        with self.waiting(), self._lock:
            self._check_lasting()
            if isinstance(event, RunFinished):
                self._has_ended = True
                self._lock.wait_for(lambda: not self._blocks)
            self.handlers[0](event)
            self._show(event)

    @contextlib.contextmanager
    def lasting(self) -> Iterator[None]:
        """Let the run not end amid the block. Raises RecordingError once it has."""
        with self._lock:
            self._check_lasting()
            self._blocks += 1
        try:
            yield
        finally:
            with self._lock:
                self._blocks -= 1
                self._lock.notify_all()

    def close(self, event: Closing) -> None:
        """Record what was found when the run had ended already: no listener is there any more."""
        with self._lock:
            self.handlers[0](event)

    def show(self, event: Event) -> None:
        """Hand an event that is recorded already to all listeners but the first, the ledger."""
        with self._lock:
            self._show(event)

    def _check_lasting(self) -> None:
        if self._has_ended:
            raise RecordingError("the run has ended")

    def _show(self, event: Event) -> None:
        """A listener that breaks is recorded, once, and gets nothing more."""
        for handle in tuple(self.handlers[1:]):
            guard(partial(handle, event), partial(self._drop, handle))

    def _drop(self, handle: Callable[[Event], None], fault: Fault) -> None:
        self.handlers.remove(handle)
        if not self._has_ended:
            self.handlers[0](FaultRecorded(where="listener", message=str(fault), location=fault.place))
