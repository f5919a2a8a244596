"""The time that may be spent on what one exchange brought: a body of telephone numbers only would take half an hour."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

SECONDS = 20.0

_END: ContextVar[float] = ContextVar("end", default=math.inf)


class Overtime(Exception):
    """The time is over; what was not looked at whole must not be written."""


@contextmanager
def limit_time(seconds: float) -> Iterator[None]:
    """Let check_time raise Overtime in the block, in this thread, once so many seconds have passed."""
    token = _END.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _END.reset(token)


def check_time() -> None:
    """Raise Overtime where the time is over; called between steps that are short."""
    if time.monotonic() > _END.get():
        raise Overtime
