"""What is asked for a warehouse check: an operation with parameters, page by page, and the request for one page."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import lru_cache, partial
from itertools import product
from types import MappingProxyType

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.authorization import AuthorizationError, authorize
from contracts_runner.engine.jsonpath import NothingFoundError, find_all
from contracts_runner.engine.request_values import Values
from contracts_runner.engine.requests import build_request, follow_link
from contracts_runner.engine.styles import UnsendableError
from contracts_runner.engine.walk import IncompleteListingError
from contracts_runner.errors import TransportError
from contracts_runner.model.contract import UNSET
from contracts_runner.model.environment import Environment
from contracts_runner.model.exchange import Request
from contracts_runner.model.json import Json
from contracts_runner.model.phase import Phase
from contracts_runner.model.spec import Operation, Paging, PagingStyle
from contracts_runner.model.warehouse_kinds import Asks
from contracts_runner.openapi.spec import Spec
from contracts_runner.reading.jsonpaths import compile_jsonpath
from contracts_runner.reading.suggest import suggest_or_list


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


def build_question(asks: Asks, parameters: Mapping[str, Json] = MappingProxyType({})) -> Question:
    """Return the question about one item of `for_each`, whose values the parameters are; without it, the only one."""
    given = {**asks.parameters, **parameters}
    return Question(operation=asks.operation, rows=asks.rows, body=asks.body, parameters=given)


def find_asked(question: Question, spec: Spec) -> Operation:
    """Return the operation that is asked; raises TransportError."""
    operation = spec.find_operation(question.operation)
    if operation is None:
        raise TransportError(f"not sent: the spec has no operation {question.operation}")
    if operation.obstacle:
        raise TransportError(f"not sent: {operation.label} {operation.obstacle}")
    return operation


def build_page_request(
    operation: Operation,
    question: Question,
    at: Json,
    *,
    spec: Spec,
    environment: Environment,
    base_url: str,
    headers: Mapping[str, str],
) -> tuple[Request, str]:
    """Return the request for a page, to which `at` leads (engine/walk.py), and what its credential is called.

    Raises NotAskedError without the credential; TransportError for what cannot be sent.
    """
    paging, addresses = operation.paging, environment.addresses
    is_link = paging is not None and paging.style is PagingStyle.LINK and at is not None
    parameters, body = add_page(paging, question, at)
    schemes, credentials, unset = spec.security_schemes, environment.credentials, environment.missing_credentials
    try:
        authorization = authorize(None, operation=operation, schemes=schemes, credentials=credentials, unset=unset)
        build = partial(
            build_request,
            operation,
            base_url=base_url,
            values=Values(parameters=parameters, body=body),
            authorization=authorization,
            headers=headers,
            is_probe=False,
            phase=Phase.WAREHOUSE,
        )
        link = None
        if is_link:
            # A query alone is one of the same path (RFC 3986 §5.2.2).
            whole = build().url.partition("?")[0] + at if isinstance(at, str) and at.startswith("?") else at
            link = follow_link(whole, operation, spec, authorization, base_url=base_url, addresses=addresses)
        request = build(link=link)
    except AuthorizationError as error:
        raise NotAskedError(f"{operation.label} is not asked: {error}") from error
    except UnsendableError as error:
        if is_link:
            raise IncompleteListingError(f"the next page cannot be asked: {error}") from error
        raise TransportError(f"not sent: {error}") from error
    return request, authorization.name


def add_page(paging: Paging | None, question: Question, at: Json) -> tuple[dict[str, Json], Json]:
    """Return parameters and body with what `x-paging` sends for a page."""
    parameters, body = dict(question.parameters), UNSET if question.body is None else question.body
    if paging is None:
        return parameters, body
    added = dict([paging.size] if paging.size else [])
    if paging.name and at is not None:
        added[paging.name] = at
    if paging.placement == "body":
        return parameters, {**(body if isinstance(body, Mapping) else {}), **added}
    return {**parameters, **added}, body


def find_paging_faults(operation: Operation) -> list[tuple[str, str]]:
    """Return (message, hint) for each query parameter that `x-paging` sends and the operation does not have."""
    paging = operation.paging
    if paging is None or paging.placement != "query":
        return []
    declared = [parameter.name for parameter in operation.parameters if parameter.placement == "query"]
    return [
        (f"x-paging: {operation.label} has no query parameter '{name}'", suggest_or_list(name, declared))
        for name in (paging.name, *(paging.size[:1] if paging.size else ()))
        if name and name not in declared
    ]


def iter_overridden(operation: Operation, question: Question) -> Iterator[str]:
    """Yield what of a question's own parameters and body would not go out as it is written, because `x-paging` sends
    something else there."""
    paging = operation.paging
    if paging is None:
        return
    sent = {paging.name, *(paging.size[:1] if paging.size else ())} - {""}
    if paging.placement == "query":
        for key in question.parameters:
            if any(each.name in sent and each.placement == "query" for each in operation.find_parameters(key)):
                yield f"the parameter '{key}' of {operation.label} is what x-paging sends"
    elif isinstance(question.body, Mapping):
        yield from (
            f"'{name}' of the body is what x-paging of {operation.label} sends" for name in sent & {*question.body}
        )
    elif question.body is not None:
        yield f"x-paging of {operation.label} puts '{paging.name}' into the body, which is no object"


@lru_cache(maxsize=256)
def find_list_path(rows: str) -> str:
    """Return the part of a JSONPath that leads to the list from which the rest selects: `$['data']` of
    `$.data[?@.payed == true]`."""
    from jsonpath_rfc9535.segments import JSONPathRecursiveDescentSegment
    from jsonpath_rfc9535.selectors import IndexSelector, NameSelector

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


def find_first(path: str, element: Json) -> Json:
    """Return the first value that a path finds, None if it finds nothing."""
    return next(iter(_find_values(path, element)), None)


def _find_values(path: str, element: Json) -> list[Json]:
    try:
        return find_all(path, element)
    except NothingFoundError:
        return []
