"""All items of an operation, page after page: what a warehouse check compares its table with.

See docs/design.md, Warehouse contract.
"""

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from contracts_runner.engine.conformance import check_conformance
from contracts_runner.engine.exchanger import ExchangeRecorder, send
from contracts_runner.engine.jsonpath import find_all
from contracts_runner.engine.listing_request import (
    Question,
    build_page_request,
    build_question,
    find_asked,
    find_first,
    iter_parameters,
)
from contracts_runner.engine.ports import Clock, Emit, Signer, Transport, WriteArtifact
from contracts_runner.engine.recording import LEDGER_BODY_CHARACTERS, describe_response
from contracts_runner.engine.retry_after import find_wait
from contracts_runner.engine.success import Answer, judge
from contracts_runner.engine.walk import IncompleteListingError, Page, iter_pages
from contracts_runner.errors import BlockedError, TransportError
from contracts_runner.model.environment import Environment
from contracts_runner.model.exchange import Exchange, Request, Response
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.spec import Operation
from contracts_runner.model.warehouse_kinds import Asks
from contracts_runner.openapi.spec import Spec
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import PageFetched
from contracts_runner.results.lines import as_json

# Of a long walk the first pages are whole in their artifacts; of the others the beginning, with the hash of all.
WHOLE_PAGES = 100
# Kept of complete walks, compressed, so that several checks ask the API once.
KEPT_BYTES = 64 * 1024 * 1024


@dataclass(slots=True, kw_only=True)
class ApiPages:
    """The API of one spec as the warehouse phase reads it; for one thread. `headers` go with every request;
    `write_artifact` is called with the operation, the number of the request, and the page.

    A complete walk is kept while there is room, a broken one as its reason: later checks of the same operation see the
    same items or the same reason.
    """

    spec: Spec
    environment: Environment
    base_url: str
    transport: Transport
    headers: Mapping[str, str]
    redactor: Redactor
    clock: Clock
    write_artifact: WriteArtifact
    emit: Emit
    signer: Signer | None = None
    _kept: dict[str, list[bytes]] = field(default_factory=dict)
    _kept_bytes: int = 0
    _broken: dict[str, TransportError] = field(default_factory=dict)
    _asked: int = 0

    def iter_items(self, asks: Asks) -> Iterator[Json]:
        """Yield what the JSONPath `rows` finds on each page; `body` goes with each request.

        With `for_each` there is a walk for each item of another operation, and for each value where a parameter's path
        finds several; an item that is an object has the parameters, and what is kept of the other, as members.

        A walk ends as `x-paging` says; an operation without it is asked once. Raises IncompleteListingError where a
        page did not come as the spec says, or where others may follow; TransportError, BlockedError for what is not
        sent; NotAskedError.
        """
        for_each = asks.for_each
        if for_each is None:
            yield from self._iter_rows(build_question(asks))
            return
        for element in self.iter_items(for_each.asks):
            kept = {name: find_first(path, element) for name, path in for_each.keep.items()}
            for parameters in iter_parameters(for_each.parameters, element):
                for item in self._iter_rows(build_question(asks, parameters)):
                    yield {**item, **kept, **parameters} if isinstance(item, Mapping) else item

    def _iter_rows(self, question: Question) -> Iterator[Json]:
        key = question.key
        if key in self._broken:
            raise self._broken[key]
        try:
            for body in self._iter_bodies(question, key):
                yield from find_all(question.rows, body)
        except TransportError as error:
            self._broken[key] = error
            raise

    def _iter_bodies(self, question: Question, key: str) -> Iterator[Json]:
        if key in self._kept:
            yield from (json.loads(zlib.decompress(packed)) for packed in self._kept[key])
            return
        operation = find_asked(question, self.spec)
        walk: list[bytes] = []
        fetch = partial(self._fetch, operation, question)
        for body in iter_pages(operation.paging, question.list_path, fetch):
            yield body
            if self._kept_bytes <= KEPT_BYTES:
                walk.append(zlib.compress(json.dumps(body).encode(), 1))
                self._kept_bytes += len(walk[-1])
        if self._kept_bytes <= KEPT_BYTES:
            self._kept[key] = walk

    def _fetch(self, operation: Operation, question: Question, number: int, at: Json) -> Page:
        """Return a page; a busy service is asked again when it says so, within the patience of the environment."""
        request, auth = build_page_request(
            operation,
            question,
            at,
            spec=self.spec,
            environment=self.environment,
            base_url=self.base_url,
            headers=self.headers,
        )
        waited, answer = 0.0, self._ask(operation, request, auth, number)
        while (seconds := find_wait(answer.response, now=self.clock.now())) is not None:
            waited += seconds
            self._check_patience(waited, answer.response, number)
            self.clock.sleep(seconds)
            answer = self._ask(operation, request, auth, number)
        if problem := self._find_problem(operation, answer):
            raise IncompleteListingError(f"page {number} {problem}")
        return Page(answer.response, answer.body.value)

    def _check_patience(self, seconds: float, response: Response, number: int) -> None:
        """Raise IncompleteListingError where waiting so many seconds for a page is too long."""
        if seconds > (patience := self.environment.patience_seconds):
            asked = f"status {response.status_code} with Retry-After: {response.header('retry-after')}"
            raise IncompleteListingError(
                f"page {number} came with {asked}, which is beyond the `patience` of the environment ({patience:g} s)"
            )

    def _ask(self, operation: Operation, request: Request, auth: str, number: int) -> Answer:
        """Send the request for a page and record the exchange."""
        self._asked += 1
        sending = send(self.transport, request, signer=self.signer)
        if sending.error is not None and (isinstance(sending.error, BlockedError) or not sending.attempts):
            raise sending.error
        response = sending.exchange.response
        answer = judge(operation, self.spec, response, depth=self.environment.limits.depth) if response else None
        self._record(operation, number, auth, sending.exchange, answer)
        if answer is None:
            raise IncompleteListingError(f"page {number} did not come: {sending.exchange.problem}")
        return answer

    def _find_problem(self, operation: Operation, answer: Answer) -> str:
        """Return how the answer differs from a page as the spec says, "" if it does not."""
        if not answer.success.is_success:
            return f"is not a success: {answer.success.reason}"
        if not answer.body.is_data:
            return f"cannot be read: {answer.body.problem}"
        rows = check_conformance(operation, self.spec, answer.response, answer.body)
        broken = next((row for row in rows if row.outcome is Outcome.FAILED), None)
        return f"is not as the spec says: {broken.message}" if broken else ""

    def _record(self, operation: Operation, number: int, auth: str, exchange: Exchange, answer: Answer | None) -> None:
        """Write the artifact, then the event that names it."""
        recorded = ExchangeRecorder(spec=self.spec, redactor=self.redactor).record(operation, exchange)
        success = answer.success if answer else None
        row: dict[str, Any] = {
            "operation": operation.label,
            "number": number,
            "auth": auth,
            "success": success.is_success if success else None,
            "error_code": self.redactor.value(success.error_code) if success else None,
            "reason": self.redactor.text(success.reason if success else exchange.problem),
        }
        limit = None if number <= WHOLE_PAGES else LEDGER_BODY_CHARACTERS
        document = {**row, **as_json(recorded.as_row(max_body=limit))}
        written = self.write_artifact(operation.label, self._asked, f"page-{number}", document)
        self.emit(
            PageFetched(
                **row,
                response=describe_response(exchange.response) if exchange.response else None,
                exchange=recorded.as_row(max_body=LEDGER_BODY_CHARACTERS),
                artifact=written.path,
                artifact_sha256=written.sha256,
            )
        )
