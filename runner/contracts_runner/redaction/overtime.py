"""The time that may be spent on what one exchange brought: a body of telephone numbers only would take half an hour."""

import math
import time
from contextvars import ContextVar

SECONDS = 20.0

_END: ContextVar[float] = ContextVar("end", default=math.inf)


class Overtime(Exception):
    """The time is over; what was not looked at whole must not be written."""


class limit_time:  # a class, since it is entered several times a request, and a generator costs more
    """Let check_time raise Overtime in the block, in this thread, once so many seconds have passed."""

    __slots__ = ("_end", "_token")

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def __enter__(self) -> None:
        self._token = _END.set(self._end)

    def __exit__(self, *_: object) -> None:
        _END.reset(self._token)


def check_time() -> None:
    """Raise Overtime where the time is over; called between steps that are short."""
    if time.monotonic() > _END.get():
        raise Overtime
