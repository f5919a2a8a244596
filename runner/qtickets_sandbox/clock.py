"""The clock of a world: the caller's source of time plus what tests have moved it by."""

from collections.abc import Callable
from datetime import datetime, timedelta


class Clock:
    """Whole seconds, as the service shows them; never goes back by itself."""

    def __init__(self, source: Callable[[], datetime]) -> None:
        self._source = source
        self._offset = timedelta()

    def now(self) -> datetime:
        """Return the current instant, aware, without fractions of a second."""
        return (self._source() + self._offset).replace(microsecond=0)

    def advance(self, delta: timedelta) -> None:
        """Move this world's time, and nobody else's, forward by `delta`."""
        self._offset += delta
