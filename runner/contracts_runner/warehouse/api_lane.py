"""Runs the checks that ask the API on a thread of their own: they wait for answers, the others for queries."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace

from contracts_runner.warehouse.checks.context import CheckContext, Finding
from contracts_runner.warehouse.client import Warehouse
from contracts_runner.warehouse.errors import WarehouseUnavailable

# The main thread looks up this often, so that an interrupt reaches it on every platform.
_WAKE_UP_SECONDS = 0.5


class ApiLane:
    """One check after another, in the order in which they were begun; a context manager.

    `connect` gives the connection, which two threads must not share; `run` gives what a check finds. `lost`: why the
    server is gone; nothing is tried after that.
    """

    def __init__(self, connect: Callable[[], Warehouse], run: Callable[[CheckContext], Finding]) -> None:
        self._connect = connect
        self._run = run
        self._warehouse: Warehouse | None = None
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="warehouse-api")
        self._findings: dict[str, Future[Finding]] = {}
        self.lost = ""

    def begin(self, identifier: str, context: CheckContext) -> None:
        """Run a check when those before it have ended."""
        self._findings[identifier] = self._executor.submit(self._find, context)

    def has(self, identifier: str) -> bool:
        """Tell whether a check was begun here."""
        return identifier in self._findings

    def finish(self, identifier: str) -> Finding:
        """Wait for what a check finds; raises WarehouseUnavailable, and whatever recording raises."""
        future = self._findings[identifier]
        while not future.done():
            wait((future,), timeout=_WAKE_UP_SECONDS)
        return future.result()

    def __enter__(self) -> "ApiLane":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # After an error nobody waits for an answer that is under way; it cannot be recorded either.
        self._executor.shutdown(wait=kind is None, cancel_futures=True)
        if kind is None and self._warehouse is not None:
            self._warehouse.close()

    def _find(self, context: CheckContext) -> Finding:
        if self.lost:
            raise WarehouseUnavailable(self.lost)
        if self._warehouse is None:
            self._warehouse = self._connect()
        return self._run(replace(context, warehouse=self._warehouse))
