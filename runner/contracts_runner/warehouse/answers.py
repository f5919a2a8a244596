"""Bounds on what a ClickHouse may send, what answers in its place, and a proxy that opens the way to it.

clickhouse_connect reads by urllib3, which bounds neither the head (also of the answer to CONNECT) nor the body, and no
time but that between two bytes. Its connections read each answer by a class of the standard library: ours counts.
"""

import http.client
import io
import time
from functools import partial
from typing import Any

from contracts_runner.dataclass import dataclass
from contracts_runner.model.environment import Limits
from contracts_runner.warehouse.errors import AnswerRefused, AnswerTooLarge

# So much of a body may be read together with the end of its head.
_BUFFER = io.DEFAULT_BUFFER_SIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLimits:
    """Bounds on one answer; None for what a loader reads by itself."""

    header_bytes: int
    body_bytes: int | None = None
    seconds: float | None = None


def bound_answers(pool: Any, limits: AnswerLimits) -> None:
    """Make all connections of a PoolManager of urllib3 read within limits; none is open yet."""
    classes: dict[str, Any] = pool.pool_classes_by_scheme
    pool.pool_classes_by_scheme = {scheme: _bound(kind, limits) for scheme, kind in classes.items()}


def _bound(kind: Any, limits: AnswerLimits) -> Any:
    # A plain partial would become a method of the class (Python 3.14).
    response_class = staticmethod(partial(_BoundedResponse, limits=limits))
    connection = type("BoundedConnection", (kind.ConnectionCls,), {"response_class": response_class})
    return type("BoundedPool", (kind,), {"ConnectionCls": connection})


class _BoundedResponse(http.client.HTTPResponse):
    def __init__(self, sock: Any, *arguments: Any, limits: AnswerLimits, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self._limits = limits
        self._reader = _CountingReader(sock, self.fp.detach(), limits)
        self.fp = io.BufferedReader(self._reader, _BUFFER)

    def begin(self) -> None:
        super().begin()
        if 300 <= self.status < 400:
            raise AnswerRefused("the answer is a redirect of HTTP, which is not followed")
        coding = self.headers.get("content-encoding", "identity")
        if self._limits.body_bytes is not None and coding != "identity":
            raise AnswerRefused("the answer is compressed, which was not asked for")
        self._reader.allow_body()


class _CountingReader(io.RawIOBase):
    def __init__(self, sock: Any, raw: Any, limits: AnswerLimits) -> None:
        self._sock = sock
        self._raw = raw
        self._limits = limits
        self._left: float = limits.header_bytes + _BUFFER
        told = Limits(header_bytes=limits.header_bytes).explain("headers")
        self._excess = AnswerRefused(f"the head of the answer is over the limit of {limits.header_bytes} bytes{told}")
        self._end = None if limits.seconds is None else time.monotonic() + limits.seconds

    def allow_body(self) -> None:
        most = self._limits.body_bytes
        self._left = float("inf") if most is None else most + _BUFFER
        told = "" if most is None else Limits(body_bytes=most).explain("body")
        self._excess = AnswerTooLarge(f"the answer is over the limit of {most} bytes{told}")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._end is not None:
            # A socket's own time begins again with each byte.
            self._sock.settimeout(max(self._end - time.monotonic(), 0.001))
        count: int | None = self._raw.readinto(buffer)
        self._left -= count or 0
        if self._left < 0:
            raise self._excess
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()
