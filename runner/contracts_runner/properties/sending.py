"""Sends drafts by the run's transport: with our credentials, for the operation that they are of, and counted."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from contracts_runner.engine.authorization import INVALID_AUTH, NO_AUTH, Authorization, authorize
from contracts_runner.engine.exchanger import send
from contracts_runner.engine.ports import Clock, Transport
from contracts_runner.model.exchange import Exchange, Request, Response
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.model.spec import Effect, Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.cases import Draft

# So many requests in a row without any answer, and nothing more is to be learned from this service.
SILENCE_LIMIT = 5

Headers = Mapping[str, str]
# (operation, exchange, outcome): an exchange without a usable answer. Failed: the answer broke HTTP or our bounds.
OnTrouble = Callable[[Operation, Exchange, Outcome], None]


@dataclass(slots=True)
class Limit:
    """When to stop: after `seconds` (None: never), or when the service is silent. `reason` says which, "" for neither.

    `stop` is called once, from the thread that meets the limit.
    """

    clock: Clock
    seconds: float | None
    stop: Callable[[], None] = lambda: None
    reason: str = ""
    _silent: int = 0
    _deadline: float = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._deadline = self.clock.monotonic() + self.seconds if self.seconds is not None else float("inf")

    def note(self, *, is_silent: bool) -> None:
        """Take note of one request that has ended, answered or not."""
        with self._lock:
            self._silent = self._silent + 1 if is_silent else 0
            if self.reason:
                return
            if self._silent >= SILENCE_LIMIT:
                self.reason = f"{SILENCE_LIMIT} requests in a row had no answer"
            elif self.clock.monotonic() >= self._deadline:
                self.reason = f"the time of {self.seconds:g} s is over"
            else:
                return
        self.stop()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Implements Wire. `find_headers` gives our own headers for a request that belongs to a flow, or changes something
    on its own, by a name of either, "" for any other: where a service can be had anew, it is had anew for each.
    `on_answer` sees every answer before anybody else does."""

    spec: Spec
    base_url: str
    operations: Mapping[tuple[str, str], Operation]  # by method and path
    transport: Transport
    credentials: Mapping[str, str]
    find_headers: Callable[[str], Headers]
    on_answer: Callable[[Operation, Response], None]
    on_trouble: OnTrouble
    limit: Limit

    def send(self, draft: Draft) -> Exchange:
        """Send a draft with the operation's own credentials."""
        return self._send(draft, None)

    def send_unauthorized(self, draft: Draft) -> tuple[Exchange, Exchange]:
        """Send it again without a credential, and with one that nobody has issued."""
        return self._send(draft, NO_AUTH), self._send(draft, INVALID_AUTH)

    def _send(self, draft: Draft, auth: str | None) -> Exchange:
        operation = self.operations[draft.declared_method, draft.path]
        authorization = authorize(
            auth, operation=operation, schemes=self.spec.security_schemes, credentials=self.credentials
        )
        return self._exchange(self._build(draft, operation, authorization), operation)

    def _exchange(self, request: Request, operation: Operation) -> Exchange:
        sending = send(self.transport, request)
        exchange, response = sending.exchange, sending.exchange.response
        if response is not None:
            self.on_answer(operation, response)
        else:
            self.on_trouble(operation, exchange, sending.outcome)
        self.limit.note(is_silent=sending.outcome is Outcome.ERRORED)
        return exchange

    def _build(self, draft: Draft, operation: Operation, authorization: Authorization) -> Request:
        lonely = operation.label if operation.effect is Effect.WRITE else ""
        own = self.find_headers(draft.flow or lonely)
        is_declared = draft.method == draft.declared_method
        return Request(
            method=draft.method,
            url=authorization.add_query(draft.url),
            headers=authorization.add_headers(draft.headers, own.items()),
            body=draft.body,
            operation=operation.label,
            template=self.base_url.rstrip("/") + operation.path,
            effect=operation.effect if is_declared else Effect.guess(draft.method),
            phase=Phase.PROPERTIES,
        )
