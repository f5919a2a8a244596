"""How many requests the warehouse phase may send to the API: `max_requests` of the environment's warehouse."""

import threading
from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.walk import IncompleteListingError


@dataclass(slots=True)
class RequestBudget:
    """Counts requests against `most`, None for no bound; thread-safe. One for the whole phase."""

    most: int | None = None
    _taken: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> None:
        """Count a request that is about to be sent; raises IncompleteListingError if it may not be."""
        with self._lock:
            if self.most is not None and self._taken >= self.most:
                raise IncompleteListingError(
                    f"`max_requests` of the environment's warehouse is {self.most}, and as many were sent: "
                    "raise it, or let the checks ask for less by `parameters`"
                )
            self._taken += 1

    def allows(self, count: int) -> bool:
        """Return whether so many more may be sent."""
        return self.most is None or self._taken + count <= self.most
