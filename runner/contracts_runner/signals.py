"""The signals that ask a process to end: SIGINT, and where they exist SIGTERM and SIGHUP. Each raises KeyboardInterrupt
in the main thread, unless it is counted."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_OTHERS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
_ALL = (signal.SIGINT, *_OTHERS)
# One asks to finish what is running, two to send nothing more. Whoever sends a third waits for no files either.
_AT_ONCE = 3


class Received:
    """The signals that came. While `is_held` they interrupt nothing until the third."""

    def __init__(self) -> None:
        self.is_held = False
        self._count = 0

    @property
    def has_come(self) -> bool:
        """True if one came."""
        return self._count > 0

    def release(self) -> None:
        """Let signals raise KeyboardInterrupt from now on; one that came before does so here."""
        self.is_held = False
        if self._count:
            raise KeyboardInterrupt

    def take(self, _number: int, _frame: FrameType | None) -> None:
        """Handle a signal. Those that come together (SIGTERM and SIGHUP of a service manager) are one: an interrupt in
        the `finally` blocks that another one runs would become an error of theirs."""
        if isinstance(sys.exception(), KeyboardInterrupt):
            return
        self._count += 1
        if not self.is_held or self._count >= _AT_ONCE:
            raise KeyboardInterrupt


@contextmanager
def count_signals() -> Iterator[Received]:
    """Count the signals that would raise KeyboardInterrupt, if this is the thread that gets them."""
    received = Received()
    before = []
    if threading.current_thread() is threading.main_thread():
        before = [each for each in _ALL if signal.getsignal(each) is signal.default_int_handler]
    for number in before:
        signal.signal(number, received.take)
    try:
        yield received
    finally:
        for number in before:
            signal.signal(number, signal.default_int_handler)


def end_as_by_ctrl_c() -> None:
    """Let the other signals raise KeyboardInterrupt too. One that is ignored (nohup) stays ignored."""
    for number in _OTHERS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def leave_to_parent() -> None:
    """Ignore them in a process whose parent ends it: they reach the whole group (Ctrl-C, a closed terminal, a service
    manager), and the parent decides when it is time to stop."""
    for number in _ALL:
        signal.signal(number, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ALL)


@contextmanager
def shield() -> Iterator[None]:
    """Let a process that is started in the block get no signal before it leaves them to its parent: one that comes
    while it is starting would end it."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ALL)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
