"""The environment's rate limit: requests leave evenly spaced, over all workers."""

import threading
import time
from collections.abc import Callable

from contracts_runner.engine.turn import TURN


class RateLimiter:
    """At most `per_second` requests a second, without bursts; None means no limit."""

    def __init__(
        self,
        per_second: float | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next request may leave."""
        if seconds := self.reserve():
            with TURN.given_up():
                self._sleep(seconds)

    def reserve(self) -> float:
        """Take the place of the next request; returns the seconds until it may leave."""
        if not self._interval:
            return 0.0
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self._interval
        return turn - now
