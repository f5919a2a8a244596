"""A time limit on a whole exchange: when it expires, the exchange's sockets are shut down, wherever it waits.

Socket time-outs start again with each received byte, so a service that sends slowly could outlive any of them. One
watchdog thread serves all workers of a process.
"""

import contextlib
import math
import socket
import threading
import time
from collections.abc import Iterator


class Handle:
    """A socket of our own on a connection, to end it from another thread.

    TLS takes a socket over before its handshake, and leaves an empty object behind: this one stays.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = socket.fromfd(sock.fileno(), socket.AF_INET, socket.SOCK_STREAM)
        # Else a number that was closed here could be another connection's when it is shut down there.
        self._lock = threading.Lock()

    def shut_down(self) -> None:
        """End the connection; its peer or its worker may have done so a moment ago."""
        with self._lock, contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the socket."""
        with self._lock:
            self._sock.close()


class Deadline:
    """The limit of one exchange."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.at = time.monotonic() + seconds
        self.has_expired = False
        self._is_done = False
        self._handles: list[Handle] = []
        self._lock = threading.Lock()

    def watch(self, handle: Handle) -> None:
        """Shut this connection down too when the limit expires."""
        with self._lock:
            self._handles.append(handle)
            if self.has_expired:
                handle.shut_down()

    def expire(self) -> None:
        """End the exchange, unless it is done."""
        with self._lock:
            if self._is_done:
                return
            self.has_expired = True
            for handle in self._handles:
                handle.shut_down()

    def finish(self) -> None:
        """The exchange is done: its connections may serve another one."""
        with self._lock:
            self._is_done = True


class Watchdog:
    """Expires deadlines; the thread starts with the first one."""

    def __init__(self) -> None:
        self._deadlines: set[Deadline] = set()
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None
        self._wakes_at = math.inf

    @contextlib.contextmanager
    def limit(self, seconds: float) -> Iterator[Deadline]:
        """Yield a deadline that is watched until the block is left."""
        deadline = Deadline(seconds)
        with self._condition:
            self._deadlines.add(deadline)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="exchange-watchdog", daemon=True)
                self._thread.start()
            # That of an exchange which is done by then wakes the thread up for nothing, but not each new one.
            if deadline.at < self._wakes_at:
                self._condition.notify()
        try:
            yield deadline
        finally:
            deadline.finish()
            with self._condition:
                self._deadlines.discard(deadline)

    def _watch(self) -> None:
        while True:
            with self._condition:
                now = time.monotonic()
                late = [each for each in self._deadlines if each.at <= now]
                self._deadlines.difference_update(late)
                if not late:
                    self._wakes_at = min((each.at for each in self._deadlines), default=math.inf)
                    self._condition.wait(None if self._wakes_at == math.inf else self._wakes_at - now)
            for each in late:
                each.expire()
