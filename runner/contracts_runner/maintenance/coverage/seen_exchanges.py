"""What recorded exchanges show of the documents."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from contracts_runner.maintenance.coverage.measuring import Documented
from contracts_runner.maintenance.impact.changes import OPERATION, Content, Use
from contracts_runner.maintenance.impact.content_walk import ContentWalk
from contracts_runner.maintenance.impact.document_changes import OperationPair
from contracts_runner.maintenance.impact.request_uses import use_parameter, use_value
from contracts_runner.model.http import is_json_type, strip_parameters
from contracts_runner.model.json import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenExchange:
    """An exchange of a run, as it is recorded; without a response the last ones are None."""

    operation: str
    url: str
    request_headers: Mapping[str, str]
    request_body: str | None
    status: int | None = None
    media_type: str | None = None
    body: str | None = None


def read_exchange(document: Json) -> SeenExchange | None:
    """Return the exchange of an artifact, None for one that has none."""
    request = document.get("request") if isinstance(document, Mapping) else None
    if not isinstance(request, Mapping) or not isinstance(document.get("operation"), str):
        return None
    answer = document.get("response")
    response = answer if isinstance(answer, Mapping) else {}
    headers = {str(name).lower(): str(value) for name, value in request.get("headers") or ()}
    return SeenExchange(
        operation=document["operation"],
        url=str(request.get("url")),
        request_headers=headers,
        request_body=request.get("body"),
        status=response.get("status"),
        media_type=response.get("media_type"),
        body=response.get("body"),
    )


def iter_seen(document: Documented, exchange: SeenExchange) -> Iterator[Use]:
    """Yield what an exchange shows of its operation."""
    pair = document.operations.get(exchange.operation)
    if pair is None or pair.new is None:
        return
    yield OPERATION
    yield from _iter_parameters(pair, exchange)
    sent = strip_parameters(exchange.request_headers.get("content-type", ""))
    for name in pair.new.body.content if pair.new.body and exchange.request_body is not None else ():
        if strip_parameters(name) == sent:
            yield ("media type", "request", (None, None), name)
    yield from _iter_members(pair, "request", None, sent, exchange.request_body)
    if (status := _find_status(pair, exchange.status)) is not None:
        yield ("status", status)
        for name in pair.new.responses[status].content:
            if strip_parameters(name) == exchange.media_type:
                yield ("media type", "response", (status, status), name)
        yield from _iter_members(pair, "response", status, exchange.media_type or "", exchange.body)


def iter_seen_statuses(document: Documented, operation: str, statuses: Iterable[int]) -> Iterator[Use]:
    """Yield the declared statuses that answers had, also those of which no exchange is kept."""
    pair = document.operations.get(operation)
    found = (_find_status(pair, status) for status in statuses) if pair else ()
    for status in found:
        yield OPERATION
        if status is not None:
            yield ("status", status)


def _iter_parameters(pair: OperationPair, exchange: SeenExchange) -> Iterator[Use]:
    query = parse_qsl(urlsplit(exchange.url).query, keep_blank_values=True)
    for placement, name in pair.new.parameters if pair.new else ():
        if placement == "path":
            yield use_parameter(placement, name)
        elif placement == "header" and name in exchange.request_headers:
            yield use_parameter(placement, name)
            yield use_value(placement, name, exchange.request_headers[name])
        elif placement == "query":
            for key, value in query:
                if key == name or key.startswith(f"{name}["):
                    yield use_parameter(placement, name)
                    yield from (use_value(placement, name, each) for each in value.split(","))


def _find_status(pair: OperationPair, status: int | None) -> str | None:
    """Return the declared response that an answer is, the nearest one."""
    declared = pair.new.responses if pair.new else {}
    names = () if status is None else (str(status), f"{status // 100}XX", "default")
    return next((name for name in names if name in declared), None)


def _iter_members(
    pair: OperationPair, area: str, status: str | None, media_type: str, body: str | None
) -> Iterator[Use]:
    if body is None or not is_json_type(media_type):
        return
    try:
        value = json.loads(body)
    except ValueError:
        return
    for content in pair.contents:
        if _is_same(content, area, status, media_type):
            walk = ContentWalk(content, {})
            walk.note_seen(value, walk.start)
            yield from walk.uses


def _is_same(content: Content, area: str, status: str | None, media_type: str) -> bool:
    is_type = strip_parameters(content.media_types[1]) == media_type
    return content.area == area and content.statuses[1] == status and is_type
