"""Asks for one page of a listing, and judges what came."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import field, replace

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.conformance import check_conformance
from contracts_runner.engine.exchanger import send
from contracts_runner.engine.listing_request import Question, build_page_request
from contracts_runner.engine.ports import Clock, Signer, Transport
from contracts_runner.engine.request_budget import RequestBudget
from contracts_runner.engine.retry_after import find_wait
from contracts_runner.engine.success import Answer, judge
from contracts_runner.engine.walk import IncompleteListingError, Page
from contracts_runner.errors import BlockedError
from contracts_runner.model.checks import Violation
from contracts_runner.model.environment import Environment
from contracts_runner.model.exchange import Exchange, Request, Response
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A request for a page that was sent; `answer` is None where none came. `wait_seconds`: after how long the page is
    asked for again, None if it is not. `problem`: how the answer is no page as the spec says, "" if it is one;
    `violations` then are what does not hold."""

    operation: Operation
    number: int
    auth: str
    exchange: Exchange
    answer: Answer | None
    wait_seconds: float | None = None
    problem: str = ""
    violations: tuple[Violation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAsker:
    """The API of one spec, page by page; from any thread. `gate`: how many requests are made at a time."""

    spec: Spec
    environment: Environment
    base_url: str
    transport: Transport
    headers: Mapping[str, str]
    clock: Clock
    signer: Signer | None
    gate: threading.Semaphore
    budget: RequestBudget = field(default_factory=RequestBudget)

    def ask(
        self, operation: Operation, question: Question, number: int, at: Json, take: Callable[[Attempt], None]
    ) -> Page:
        """Return a page; `take` is given each request that was sent for it. A busy service is asked again when it says
        so, within the patience of the environment.

        Raises IncompleteListingError, TransportError, NotAskedError.
        """
        request, auth = build_page_request(
            operation,
            question,
            at,
            spec=self.spec,
            environment=self.environment,
            base_url=self.base_url,
            headers=self.headers,
        )

        patience = self.environment.patience_seconds
        while True:
            exchange, answer = self._send(operation, request)
            wait = find_wait(answer.response, now=self.clock.now()) if answer else None
            is_again = wait is not None and wait <= patience
            attempt = Attempt(
                operation=operation,
                number=number,
                auth=auth,
                exchange=exchange,
                answer=answer,
                wait_seconds=wait if is_again else None,
            )
            if answer is not None and wait is None:
                attempt = self._judge(attempt, answer)
            take(attempt)
            if answer is None:
                raise IncompleteListingError(f"page {number} did not come: {exchange.problem}")
            if wait is None:
                break
            if not is_again:
                raise self._lose_patience(answer.response, number)
            patience -= wait
            self.clock.sleep(wait)
        if attempt.problem:
            raise IncompleteListingError(f"page {number} {attempt.problem}")
        return Page(answer.response, answer.body.value)

    def _send(self, operation: Operation, request: Request) -> tuple[Exchange, Answer | None]:
        """Return the exchange, and its answer; raises what kept the request from being sent."""
        with self.gate:
            self.budget.take()
            sending = send(self.transport, request, signer=self.signer)
        if sending.error is not None and (isinstance(sending.error, BlockedError) or not sending.attempts):
            raise sending.error
        response = sending.exchange.response
        depth = self.environment.limits.depth
        return sending.exchange, judge(operation, self.spec, response, depth=depth) if response else None

    def _lose_patience(self, response: Response, number: int) -> IncompleteListingError:
        asked = f"status {response.status_code} with Retry-After: {response.header('retry-after')}"
        patience = f"which is beyond the `patience` of the environment ({self.environment.patience_seconds:g} s)"
        return IncompleteListingError(f"page {number} came with {asked}, {patience}")

    def _judge(self, attempt: Attempt, answer: Answer) -> Attempt:
        """Return the attempt with how its answer differs from a page as the spec says."""
        if not answer.success.is_success:
            return replace(attempt, problem=f"is not a success: {answer.success.reason}")
        if not answer.body.is_data:
            return replace(attempt, problem=f"cannot be read: {answer.body.problem}")
        rows = check_conformance(attempt.operation, self.spec, answer.response, answer.body)
        broken = next((row for row in rows if row.outcome is Outcome.FAILED), None)
        if broken is None:
            return attempt
        return replace(attempt, problem=f"is not as the spec says: {broken.message}", violations=broken.violations)
