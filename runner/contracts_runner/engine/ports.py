"""What the engine needs of the outside world; the siblings implement it, and `run` connects them."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Protocol

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.turn import TURN
from contracts_runner.evidence.artifacts import WrittenArtifact
from contracts_runner.model.exchange import Request, Response
from contracts_runner.results.events import Event

Emit = Callable[[Event], None]

# (scenario id, step number, step name, document of JSON and rows) -> what the ledger says of the artifact.
WriteArtifact = Callable[[str, int, str, Mapping[str, object]], WrittenArtifact]


class Transport(Protocol):
    """Sends one request, once. Raises BlockedError, NoResponseError or BadResponseError (errors.py)."""

    def send(self, request: Request) -> Response:
        """Return the complete response."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A request with its credentials. `take` is told the answer, and whether it is that to a second attempt; it returns
    True if the request is to be signed and sent once more."""

    request: Request
    take: Callable[[Response, bool], bool] = lambda _response, _is_again: False


class Signer(Protocol):
    """Adds the credentials of a request that are pending."""

    def sign(self, request: Request) -> Signed:
        """Return the request as it may leave; raises CredentialError, or BlockedError."""


class Digest(Protocol):
    """Answers the challenges of a service for one user (RFC 7616); each thread has its own."""

    def render(self, request: Request) -> str | None:
        """Return the value of the header Authorization, None before the first challenge."""

    def take(self, request: Request, response: Response) -> bool:
        """Take a challenge; returns False if there is none that can be answered."""


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
        with TURN.given_up():
            time.sleep(seconds)
