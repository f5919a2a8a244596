"""Whose turn it is to compute: threads that all compute at once pass the interpreter's lock around at each system call.

A thread has its turn while it runs a scenario, gives it up while it waits for its service, and keeps it where the
service is quicker than a change of threads. A turn is advice, not a lock: who has waited too long goes on without.
"""

import contextlib
import threading
from collections.abc import Iterator

# Of who waits within a scenario: it may hold what the others wait for.
_PATIENCE_SECONDS = 0.25
# Of who begins one: it holds nothing.
_LONG_PATIENCE_SECONDS = 2.0


class Turn:
    """The turn of one process; threads that never take it are not concerned."""

    def __init__(self, *, patience: float = _PATIENCE_SECONDS, long_patience: float = _LONG_PATIENCE_SECONDS) -> None:
        self._patience, self._long_patience = patience, long_patience
        self._lock = threading.Lock()
        self._own = threading.local()

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Take turns in the block with the other threads that do; a block within one changes nothing."""
        if hasattr(self._own, "is_away"):
            yield
            return
        self._own.is_away = False
        self._take(self._long_patience)
        try:
            yield
        finally:
            self._leave()
            del self._own.is_away

    @contextlib.contextmanager
    def given_up(self) -> Iterator[None]:
        """Let others have their turn while the block waits for something, perhaps in blocks within it."""
        if getattr(self._own, "is_away", True):
            yield
            return
        self._own.is_away = True
        self._leave()
        try:
            yield
        finally:
            self._own.is_away = False
            self._take(self._patience)

    def _take(self, seconds: float) -> None:
        self._own.is_held = self._lock.acquire(timeout=seconds)

    def _leave(self) -> None:
        if self._own.is_held:
            self._own.is_held = False
            self._lock.release()


TURN = Turn()
