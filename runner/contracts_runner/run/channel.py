"""How another process works for a run: it asks, and the process that has the ledger answers.

Nothing leaves there that was not asked for here: the order of requests, bounds and the ledger are those of one process.
"""

import threading
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any, Protocol

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.turn import TURN
from contracts_runner.errors import RecordingError
from contracts_runner.model.json import Plain

INTERRUPTED = "the run was interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOrder:
    """Of which run a process is to do a part. `files` are those of the project, which must be the same there. It holds
    no secret: what is secret the process takes from its own environment."""

    root: str
    files: Mapping[str, str]
    options: Mapping[str, Plain]
    base_url: str
    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyPart:
    """The `index`-th, from 0, of `count` parts of some operations, by the key of their spec."""

    operations: Mapping[str, tuple[str, ...]]
    index: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Which operations another process of this machine is to test. `key` is the redactor's."""

    run: RunOrder
    key: bytes
    part: PropertyPart
    # Of ours, that this process has imported: Hypothesis draws from the constants of modules that are not installed.
    modules: tuple[str, ...]


class Asks(Protocol):
    """The asking end."""

    def ask(self, kind: str, *values: object) -> Any:
        """Return the answer. Raises RecordingError for a refusal, and where nobody answers."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer to what may not be done any more."""

    reason: str


class Channel:
    """The asking end of a pipe; for all threads."""

    def __init__(self, connection: "Connection[Any, Any]") -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def ask(self, kind: str, *values: object) -> Any:
        with TURN.given_up(), self._lock:
            try:
                self._connection.send((kind, values))
                answer = self._connection.recv()
            except (EOFError, OSError) as error:
                raise RecordingError("the run has ended") from error
        if isinstance(answer, Refusal):
            raise RecordingError(answer.reason)
        return answer
