"""Connections that report when the first byte of a request leaves, and that a deadline can end.

urllib3 offers no such hook; its documented way is to give a pool manager own connection classes.
"""

import socket
import time
from collections.abc import Callable
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from contracts_runner.transport.deadline import Deadline
from contracts_runner.transport.response import StrictResponse


class Sending:
    """What the connections of one thread report to during one exchange."""

    deadline: Deadline | None = None
    on_leave: Callable[[], None] | None = None
    left_at: float | None = None


class _Watched:
    """Mixed into both connection classes of urllib3."""

    sending: Sending
    sock: socket.socket | None
    connect: Callable[[], None]

    def _new_conn(self) -> socket.socket:
        sock: socket.socket = super()._new_conn()  # type: ignore[misc]  # mixed in: the base has it
        if self.sending.deadline is not None:
            self.sending.deadline.watch(sock)
        return sock

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        sending = self.sending
        if sending.left_at is None:
            if sending.deadline is not None and self.sock is not None:
                sending.deadline.watch(self.sock)
            if sending.on_leave is not None:
                sending.on_leave()
            sending.left_at = time.perf_counter()
        super().send(data)  # type: ignore[misc]  # mixed in: the base has it


def build_pool_manager(sending: Sending, *, header_limit: int, **options: Any) -> urllib3.PoolManager:
    """Return a pool manager whose connections report to `sending`, and read responses strictly."""

    class Response(StrictResponse):
        pass

    Response.header_limit = header_limit

    class WatchedConnection(_Watched, HTTPConnection):
        response_class = Response

    class WatchedTlsConnection(_Watched, HTTPSConnection):
        response_class = Response

    class WatchedPool(HTTPConnectionPool):
        ConnectionCls = WatchedConnection

    class WatchedTlsPool(HTTPSConnectionPool):
        ConnectionCls = WatchedTlsConnection

    WatchedConnection.sending = WatchedTlsConnection.sending = sending
    manager = urllib3.PoolManager(**options)
    manager.pool_classes_by_scheme = {"http": WatchedPool, "https": WatchedTlsPool}
    return manager
