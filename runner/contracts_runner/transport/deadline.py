"""A time limit on a whole exchange: when it expires, the exchange's sockets are shut down, wherever it waits.

Socket time-outs start again with each received byte, so a service that sends slowly could outlive any of them. One
watchdog thread serves all workers of a process.
"""

import contextlib
import heapq
import itertools
import socket
import threading
import time
from collections.abc import Iterator


class Deadline:
    """The limit of one exchange."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.at = time.monotonic() + seconds
        self.has_expired = False
        self._is_done = False
        self._handles: list[socket.socket] = []
        self._lock = threading.Lock()

    def watch(self, sock: socket.socket) -> None:
        """Shut this socket down too when the limit expires.

        TLS takes a socket over before its handshake, and leaves an empty object behind: a handle of our own stays.
        """
        handle = socket.fromfd(sock.fileno(), socket.AF_INET, socket.SOCK_STREAM)
        with self._lock:
            self._handles.append(handle)
            if self.has_expired:
                _shut_down(handle)

    def expire(self) -> None:
        """End the exchange, unless it is done."""
        with self._lock:
            if self._is_done:
                return
            self.has_expired = True
            for handle in self._handles:
                _shut_down(handle)

    def finish(self) -> None:
        """The exchange is done: its sockets may serve another one."""
        with self._lock:
            self._is_done = True
            for handle in self._handles:
                handle.close()


def _shut_down(sock: socket.socket) -> None:
    # The peer or the worker may have closed it a moment ago: then there is nothing left to end.
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


class Watchdog:
    """Expires deadlines; the thread starts with the first one."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Deadline]] = []
        self._numbers = itertools.count()
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def limit(self, seconds: float) -> Iterator[Deadline]:
        """Yield a deadline that is watched until the block is left."""
        deadline = Deadline(seconds)
        with self._condition:
            heapq.heappush(self._heap, (deadline.at, next(self._numbers), deadline))
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="exchange-watchdog", daemon=True)
                self._thread.start()
            if self._heap[0][2] is deadline:
                self._condition.notify()
        try:
            yield deadline
        finally:
            deadline.finish()

    def _watch(self) -> None:
        while True:
            with self._condition:
                while not self._heap:
                    self._condition.wait()
                at, _, deadline = self._heap[0]
                remaining = at - time.monotonic()
                if remaining > 0:
                    self._condition.wait(remaining)
                    continue
                heapq.heappop(self._heap)
            deadline.expire()
