"""What the engine needs of the outside world; the siblings implement it, and `run` connects them."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Protocol

from contracts_runner.evidence.artifacts import WrittenArtifact
from contracts_runner.model.exchange import Request, Response
from contracts_runner.model.json import Json
from contracts_runner.results.events import Event

Emit = Callable[[Event], None]

# (scenario id, step number, step name, document) -> what the ledger says of the artifact.
WriteArtifact = Callable[[str, int, str, Mapping[str, Json]], WrittenArtifact]


class Transport(Protocol):
    """Sends one request, once. Raises BlockedError, NoResponseError or BadResponseError (errors.py)."""

    def send(self, request: Request) -> Response:
        """Return the complete response."""


class Clock(Protocol):
    """Time, so that tests need not wait for it."""

    def now(self) -> datetime:
        """Return the current time, with its zone."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The real time, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
