"""Sends drafts by the run's transport: with our credentials, for the operation that they are of, and counted."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import NoReturn

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.authorization import authorize
from contracts_runner.engine.effects import build_effects
from contracts_runner.engine.exchanger import send
from contracts_runner.engine.ports import Clock, Signer, Transport
from contracts_runner.faults import Fault, guard
from contracts_runner.model.credential import Credential
from contracts_runner.model.exchange import Exchange, Request, Response
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.model.spec import Effect, Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.budget import RequestCount
from contracts_runner.properties.cases import Draft, OperationKey

# After so many requests in a row without any answer nothing more can be learned from this service.
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

    def end(self, reason: str) -> None:
        """Stop for another reason."""
        with self._lock:
            if self.reason:
                return
            self.reason = reason
        self.stop()

    def note(self, *, is_silent: bool) -> None:
        """Count one request that has ended, answered or not."""
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
    """Sends drafts. `find_headers` gives our own headers for a request that belongs to a flow, or changes something on
    its own, by a name of either, "" for any other: a sandbox gives each such name a fresh world. `on_answer` is called
    with every answer, and the `auth` that was asked for, before anything else is; `on_cut` with why a request is not
    sent.
    """

    spec: Spec
    base_url: str
    operations: Mapping[OperationKey, Operation]
    transport: Transport
    credentials: Mapping[str, Credential]
    find_headers: Callable[[str], Headers]
    on_answer: Callable[[Operation, Response, str | None], None]
    on_trouble: OnTrouble
    on_cut: Callable[[Operation, str], None]
    limit: Limit
    budget: RequestCount
    signer: Signer | None = None

    def send(self, draft: Draft, *, auth: str | None = None) -> Exchange:
        """Send a draft with the operation's own credentials, or as `auth` says.

        The exchange has no response if none came; nothing is raised for what the service does. Raises FaultError where
        we break, which the generator reports.
        """
        return guard(lambda: self._send(draft, auth), _raise)

    def _send(self, draft: Draft, auth: str | None) -> Exchange:
        operation = self.operations[draft.operation]
        world = draft.flow or (operation.label if operation.effect is Effect.WRITE else "")
        request = build_generated_request(
            draft,
            operation,
            spec=self.spec,
            base_url=self.base_url,
            auth=auth,
            credentials=self.credentials,
            headers=self.find_headers(world),
        )
        # Its values may make a write of it, as the guard sees it.
        effect = Effect.WRITE if build_effects((self.spec,), self.base_url).find_writer(request) else Effect.READ
        # The same request with another credential is no further example.
        reason = self.budget.take(operation.label, None if auth else draft.phase, effect)
        if reason:
            return self._cut(operation, request, reason)
        sending = send(
            self.transport,
            request,
            signer=self.signer,
            may_repeat=lambda: not self.budget.take(operation.label, None, effect),
        )
        exchange, response = sending.exchange, sending.exchange.response
        if response is not None:
            self.on_answer(operation, response, auth)
        else:
            self.on_trouble(operation, exchange, sending.outcome)
        self.limit.note(is_silent=sending.outcome is Outcome.ERRORED)
        return exchange

    def _cut(self, operation: Operation, request: Request, reason: str) -> Exchange:
        self.on_cut(operation, reason)
        if self.budget.is_spent:
            self.limit.end(reason)
        return Exchange(request=request, response=None, problem=f"not sent: {reason}")


class FaultError(Exception):
    """A fault on the way of a request; the generator knows no other exceptions than ordinary ones."""


def _raise(fault: Fault) -> NoReturn:
    raise FaultError(str(fault))


def build_generated_request(
    draft: Draft,
    operation: Operation,
    *,
    spec: Spec,
    base_url: str,
    auth: str | None,
    credentials: Mapping[str, Credential],
    headers: Headers,
) -> Request:
    """Return the request of a draft; `headers` of ours and those of the credential replace the draft's. Raises
    AuthorizationError."""
    authorization = authorize(auth, operation=operation, schemes=spec.security_schemes, credentials=credentials)
    return Request(
        method=draft.method,
        url=authorization.add_query(draft.url),
        headers=authorization.add_headers(draft.headers, headers.items()),
        body=draft.body,
        operation=operation.label,
        template=operation.find_base_url(base_url) + operation.path,
        # What another method does, the guard says.
        effect=operation.effect if draft.method == operation.method else Effect.READ,
        phase=Phase.PROPERTIES,
        pending=authorization.pending,
        certificate=authorization.certificate,
    )
