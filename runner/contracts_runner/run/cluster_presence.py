"""Which workers of a cluster are there, and whether none has been for too long."""

import time
from collections.abc import Callable
from typing import Any

from contracts_runner.faults import guard

_PATIENCE_SECONDS = 60


class Presence:
    """What the scheduler says, who may be away himself for a while."""

    def __init__(
        self, client: Any, *, patience: float = _PATIENCE_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client, self._patience, self._clock = client, patience, clock
        self._seen_at = clock()
        self.workers: frozenset[str] = frozenset()

    def look(self) -> None:
        """Ask the scheduler."""
        if self._client.status == "running":
            self.workers = guard(self._ask, lambda _: self.workers)
        if self.workers or self._client.status != "running":
            self._seen_at = self._clock()

    def find_problem(self) -> str:
        """Return why nothing more is to be waited for, "" if there is no reason."""
        if self._client.status not in ("running", "connecting"):
            return "the scheduler does not come back"
        return "the cluster has no worker" if self._clock() - self._seen_at > self._patience else ""

    def _ask(self) -> frozenset[str]:
        return frozenset(self._client.scheduler_info(-1)["workers"])
