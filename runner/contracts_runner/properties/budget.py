"""How many generated requests may still be sent: `max_examples`, `max_requests`, `max_writes`."""

import threading
from collections import Counter
from dataclasses import field
from typing import Protocol

from contracts_runner.dataclass import dataclass
from contracts_runner.model.phase import GenerationPhase
from contracts_runner.model.spec import Effect
from contracts_runner.properties.selection import Bounds


class RequestCount(Protocol):
    """What is asked before each request."""

    @property
    def is_spent(self) -> bool:
        """True if nothing may be sent any more."""

    def take(self, operation: str, phase: GenerationPhase | None, effect: Effect) -> str:
        """Count a request; return why it may not be sent, "" if it may. `phase` is None for one that is no example."""


@dataclass(slots=True)
class Budget:
    """Counts what is sent against the bounds; thread-safe. One for the whole phase."""

    bounds: Bounds
    _requests: int = 0
    _writes: int = 0
    _examples: Counter[tuple[str, GenerationPhase]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_spent(self) -> bool:
        return self.bounds.requests is not None and self._requests >= self.bounds.requests

    def take(self, operation: str, phase: GenerationPhase | None, effect: Effect) -> str:
        with self._lock:
            reason = self._find_obstacle(operation, phase, effect)
            if not reason:
                self._requests += 1
                self._writes += effect is Effect.WRITE
                if phase is not None:
                    self._examples[operation, phase] += 1
            return reason

    def _find_obstacle(self, operation: str, phase: GenerationPhase | None, effect: Effect) -> str:
        bounds = self.bounds
        if self.is_spent:
            return f"max_requests is {bounds.requests}"
        if bounds.writes is not None and effect is Effect.WRITE and self._writes >= bounds.writes:
            return f"max_writes is {bounds.writes}"
        if bounds.examples is not None and phase is not None and self._examples[operation, phase] >= bounds.examples:
            return f"max_examples is {bounds.examples}"
        return ""
