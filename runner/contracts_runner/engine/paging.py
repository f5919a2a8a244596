"""All items of an operation, page after page: what a warehouse check compares its table with.

See docs/design.md, Warehouse contract.
"""

import hashlib
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import product
from types import MappingProxyType
from typing import Any

from jsonpath_rfc9535.segments import JSONPathRecursiveDescentSegment
from jsonpath_rfc9535.selectors import IndexSelector, NameSelector

from contracts_runner.engine.authorization import AuthorizationError, authorize
from contracts_runner.engine.exchanger import ExchangeRecorder, send
from contracts_runner.engine.jsonpath import NothingFoundError, find, find_all
from contracts_runner.engine.ports import Emit, Transport, WriteArtifact
from contracts_runner.engine.recording import LEDGER_BODY_CHARACTERS, describe_response
from contracts_runner.engine.requests import build_request
from contracts_runner.engine.styles import UnsendableError
from contracts_runner.engine.success import Answer, judge
from contracts_runner.errors import BadResponseError, BlockedError, TransportError
from contracts_runner.model.contract import UNSET
from contracts_runner.model.environment import Environment
from contracts_runner.model.exchange import Exchange, Request
from contracts_runner.model.json import Json
from contracts_runner.model.phase import Phase
from contracts_runner.model.spec import Effect, Operation, Paging
from contracts_runner.model.warehouse_kinds import Asks
from contracts_runner.openapi.spec import Spec
from contracts_runner.reading.jsonpaths import compile_jsonpath
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import PageFetched
from contracts_runner.results.lines import as_json

MAX_PAGES = 10_000
# Of a long walk the first pages are whole in their artifacts; of the others the beginning, with the hash of all.
WHOLE_PAGES = 100
# Kept of complete walks, compressed, so that several checks ask the API once.
KEPT_BYTES = 64 * 1024 * 1024


class NotAskedError(Exception):
    """The API cannot be asked in this run: a credential is not set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One walk over the pages of an operation; `rows` is the JSONPath of its items."""

    operation: str
    rows: str
    body: Json = None
    parameters: Mapping[str, Json] = field(default_factory=dict)

    @property
    def list_path(self) -> str:
        """The JSONPath of the list on a page."""
        return find_list_path(self.rows)

    @property
    def key(self) -> str:
        """A text that is the same for the same requests."""
        return json.dumps([self.operation, self.list_path, self.body, dict(self.parameters)], sort_keys=True)


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
    write_artifact: WriteArtifact
    emit: Emit
    _kept: dict[str, list[bytes]] = field(default_factory=dict)
    _kept_bytes: int = 0
    _broken: dict[str, TransportError] = field(default_factory=dict)
    _asked: int = 0

    def iter_items(self, asks: Asks) -> Iterator[Json]:
        """Yield what the JSONPath `rows` finds on each page; `body` goes with each request.

        With `for_each` there is a walk for each item of another operation, and for each value where a parameter's path
        finds several; an item that is an object has the parameters, and what is kept of the other, as members.

        A walk ends when the list that `rows` selects from has brought as many items as the total of `x-paging`;
        an operation without `x-paging` is asked once. Raises BadResponseError for an answer that is not a success, that
        `rows` does not fit, or that breaks the promise of the total; other TransportErrors as they come; NotAskedError.
        """
        for_each = asks.for_each
        if for_each is None:
            yield from self._iter_rows(build_question(asks))
            return
        for element in self.iter_items(for_each.asks):
            kept = {name: _find_first(path, element) for name, path in for_each.keep.items()}
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

    def _fetch(self, operation: Operation, question: Question, number: int) -> Json:
        """Ask for one page, record the exchange, and return its body."""
        request, auth = build_page_request(
            operation,
            question,
            number,
            spec=self.spec,
            environment=self.environment,
            base_url=self.base_url,
            headers=self.headers,
        )
        self._asked += 1
        sending = send(self.transport, request)
        if isinstance(sending.error, BlockedError):
            raise sending.error
        response = sending.exchange.response
        answer = judge(operation, self.spec, response, depth=self.environment.limits.depth) if response else None
        self._record(operation, number, auth, sending.exchange, answer)
        if answer is None:
            assert sending.error is not None
            raise sending.error
        return _read_body(answer, number)

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
        artifact = self.write_artifact(operation.label, self._asked, f"page-{number}", document)
        self.emit(
            PageFetched(
                **row,
                response=describe_response(exchange.response) if exchange.response else None,
                exchange=recorded.as_row(max_body=LEDGER_BODY_CHARACTERS),
                artifact=artifact,
            )
        )


def build_question(asks: Asks, parameters: Mapping[str, Json] = MappingProxyType({})) -> Question:
    """Return the question about one item of `for_each`, whose values the parameters are; without it, the only one."""
    return Question(operation=asks.operation, rows=asks.rows, body=asks.body, parameters=parameters)


def find_asked(question: Question, spec: Spec) -> Operation:
    """Return the operation that is asked; raises TransportError."""
    operation = spec.find_operation(question.operation)
    if operation is None:
        raise TransportError(f"not sent: the spec has no operation {question.operation}")
    return operation


def build_page_request(
    operation: Operation,
    question: Question,
    number: int,
    *,
    spec: Spec,
    environment: Environment,
    base_url: str,
    headers: Mapping[str, str],
) -> tuple[Request, str]:
    """Return the request for a page, the first being 1, and what its credential is called.

    Raises NotAskedError without the credential; TransportError, BlockedError for what must not or cannot be sent.
    """
    paging, parameters = operation.paging, dict(question.parameters)
    body = UNSET if question.body is None else question.body
    if paging and paging.placement == "body":
        body = {**(question.body if isinstance(question.body, Mapping) else {}), paging.name: number}
    elif paging:
        parameters[paging.name] = number
    schemes, credentials, unset = spec.security_schemes, environment.credentials, environment.missing_credentials
    try:
        authorization = authorize(None, operation=operation, schemes=schemes, credentials=credentials, unset=unset)
        if operation.effect is Effect.WRITE:
            raise BlockedError(f"not sent: {operation.label} writes, and a warehouse check only reads")
        request = build_request(
            operation,
            base_url=base_url,
            parameters=parameters,
            body=body,
            authorization=authorization,
            headers=headers,
            is_probe=False,
            phase=Phase.WAREHOUSE,
        )
    except AuthorizationError as error:
        raise NotAskedError(f"{operation.label} is not asked: {error}") from error
    except UnsendableError as error:
        raise TransportError(f"not sent: {error}") from error
    return request, authorization.name


def iter_pages(paging: Paging | None, list_path: str, fetch: Callable[[int], Json]) -> Iterator[Json]:
    """Yield the bodies of the pages 1, 2, … until the list at `list_path` has brought the total of `paging`.

    The total is read from each page, because the service goes on working meanwhile. Raises BadResponseError for
    a page that repeats an earlier one, is empty too early or has no list or total, and when MAX_PAGES do not bring the
    total; TransportError when already the first page says that they cannot.
    """
    count = 0
    seen: set[bytes] = set()
    for number in range(1, MAX_PAGES + 1):
        body = fetch(number)
        items = _read_list(body, list_path, number)
        total = _read_total(body, paging, number) if paging else len(items)
        count += len(items)
        if number == 1 and total > MAX_PAGES * max(len(items), 1):
            raise TransportError(f"{total} items in pages of {len(items)} are more than {MAX_PAGES} pages")
        if not items and count < total:
            raise BadResponseError(f"page {number} is empty, and {count} of {total} items came before it")
        digest = hashlib.sha256(json.dumps(items).encode()).digest()
        if items and digest in seen:
            raise BadResponseError(f"page {number} repeats the items of an earlier page; {count} of {total} items came")
        seen.add(digest)
        yield body
        if count >= total:
            return
    raise BadResponseError(f"{MAX_PAGES} pages have not brought all items: {count} of {total} came")


@lru_cache(maxsize=256)
def find_list_path(rows: str) -> str:
    """Return the part of a JSONPath that leads to the list from which the rest selects: `$['data']` of
    `$.data[?@.payed == true]`."""
    query = compile_jsonpath(rows)
    path = "$"
    for segment in query.segments:
        is_single = len(segment.selectors) == 1 and isinstance(segment.selectors[0], NameSelector | IndexSelector)
        if isinstance(segment, JSONPathRecursiveDescentSegment) or not is_single:
            break
        path += str(segment)
    return path


def iter_parameters(paths: Mapping[str, str], element: Json) -> Iterator[dict[str, Json]]:
    """Yield the parameters of an item's requests: for each value that a path finds, in all combinations; none where a
    path finds no value."""
    found = [[value for value in _find_values(path, element) if value is not None] for path in paths.values()]
    for values in product(*found):
        yield dict(zip(paths, values, strict=True))


def _find_first(path: str, element: Json) -> Json:
    return next(iter(_find_values(path, element)), None)


def _find_values(path: str, element: Json) -> list[Json]:
    try:
        return find_all(path, element)
    except NothingFoundError:
        return []


def _read_body(answer: Answer, number: int) -> Json:
    if not answer.success.is_success:
        raise BadResponseError(f"page {number} is not a success: {answer.success.reason}")
    if not answer.body.is_json:
        raise BadResponseError(f"page {number}: {answer.body.problem}")
    return answer.body.value


def _read_list(body: Json, path: str, number: int) -> list[Json]:
    """Return the items of a page; of an object its values, as PHP writes a list."""
    try:
        found = find(path, body)
    except NothingFoundError as error:
        raise BadResponseError(f"page {number}: {error}") from error
    if isinstance(found, Mapping):
        return list(found.values())
    if not isinstance(found, list):
        raise BadResponseError(f"page {number} has no list at {path}")
    return found


def _read_total(body: Json, paging: Paging, number: int) -> int:
    try:
        total = find(paging.total, body)
    except NothingFoundError as error:
        raise BadResponseError(f"page {number} has no total: {error}") from error
    if isinstance(total, bool) or not isinstance(total, int) or total < 0:
        raise BadResponseError(f"page {number} has something at {paging.total} that is not a count of items")
    return total
