"""Answers what the workers of a cluster ask, by queues of its scheduler."""

import contextlib
import pickle
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from contracts_runner.engine.threads import WAKE_UP_SECONDS
from contracts_runner.faults import Fault, guard
from contracts_runner.run.channel import Refusal

# (number of the task, attempt at it, what is asked, its values) -> the answer.
Decide = Callable[[int, str, str, tuple[Any, ...]], object]


class Answers:
    """Threads that answer; `queue` is the name of the queue for what is asked, `on_fault` hears of what is no
    question."""

    def __init__(
        self, client: Any, run_id: str, decide: Decide, *, threads: int, on_fault: Callable[[Fault], None]
    ) -> None:
        self.queue = f"contracts-{run_id}-{secrets.token_hex(4)}"
        self._client, self._decide, self._on_fault = client, decide, on_fault
        self._closed = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="answer")
        self._queues: dict[str, Any] = {}

    def start(self) -> None:
        """Take what is asked from now on."""
        threading.Thread(target=self._read, name="cluster", daemon=True).start()

    def close(self) -> None:
        """Answer nothing more."""
        self._closed.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
        for queue in tuple(self._queues.values()):
            guard(queue.close, str)

    def _read(self) -> None:
        while not self._closed.is_set():
            try:
                question = self._open(self.queue).get(timeout=WAKE_UP_SECONDS)
            except TimeoutError:
                continue
            except Exception:
                # The scheduler is away; one that comes back knows of no queue.
                self._queues.pop(self.queue, None)
                self._closed.wait(WAKE_UP_SECONDS)
                continue
            with contextlib.suppress(RuntimeError):  # closed meanwhile
                self._pool.submit(guard, lambda question=question: self._answer(*question), self._on_fault)

    def _answer(self, number: int, attempt: str, answers: str, asked: bytes) -> None:
        def decide() -> object:
            kind, values = pickle.loads(asked)
            return self._decide(number, attempt, kind, values)

        answer = guard(decide, lambda fault: Refusal(str(fault)))
        guard(lambda: self._open(answers).put(pickle.dumps(answer)), str)  # who asked asks nothing more without it

    def _open(self, name: str) -> Any:
        import distributed

        if name not in self._queues:
            self._queues[name] = distributed.Queue(name, client=self._client)
        return self._queues[name]
