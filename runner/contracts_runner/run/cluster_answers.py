"""Answers what the workers of a cluster ask, by queues of its scheduler."""

import pickle
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from contracts_runner.engine.threads import WAKE_UP_SECONDS
from contracts_runner.faults import guard
from contracts_runner.run.channel import Refusal

# (number of the task, attempt at it, what is asked, its values) -> the answer.
Decide = Callable[[int, str, str, tuple[Any, ...]], object]


class Answers:
    """Threads that answer; `queue` is the name of the queue for what is asked."""

    def __init__(self, client: Any, run_id: str, decide: Decide, threads: int) -> None:
        self.queue = f"contracts-{run_id}-{secrets.token_hex(4)}"
        self._client, self._decide = client, decide
        self._closed = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="answer")

    def start(self) -> None:
        """Take what is asked from now on."""
        threading.Thread(target=self._read, name="cluster", daemon=True).start()

    def close(self) -> None:
        """Answer nothing more."""
        self._closed.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _read(self) -> None:
        import distributed

        while not self._closed.is_set():
            try:
                raw = distributed.Queue(self.queue, client=self._client).get(timeout=WAKE_UP_SECONDS)
                self._pool.submit(self._answer, *pickle.loads(raw))
            except TimeoutError:
                continue
            except Exception:
                self._closed.wait(WAKE_UP_SECONDS)  # the scheduler is away, and may come back

    def _answer(self, number: int, attempt: str, kind: str, values: tuple[Any, ...]) -> None:
        import distributed

        decide = partial(self._decide, number, attempt, kind, values)
        answer = guard(decide, lambda fault: Refusal(str(fault)))
        queue = distributed.Queue(f"{self.queue}-{attempt}", client=self._client)
        guard(partial(queue.put, pickle.dumps(answer)), str)
