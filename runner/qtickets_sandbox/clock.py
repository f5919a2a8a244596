"""The clock of a world: the caller's source of time plus what tests have moved it by."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta


class Clock:
    """Whole seconds, as the service shows them; never goes back by itself."""

    def __init__(self, source: Callable[[], datetime]) -> None:
        self._source = source
        self._offset = timedelta()
        self._held: datetime | None = None

    def now(self) -> datetime:
        """Return the current instant, aware, without fractions of a second."""
        return (self._held or self._source() + self._offset).replace(microsecond=0)

    @contextlib.contextmanager
    def hold(self, instant: datetime) -> Iterator[None]:
        """Stand still at an instant within the block."""
        self._held = instant
        try:
            yield
        finally:
            self._held = None

    def advance(self, delta: timedelta) -> None:
        """Move this world's time, and nobody else's, forward by `delta`."""
        self._offset += delta
