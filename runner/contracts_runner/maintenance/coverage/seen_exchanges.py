"""What recorded exchanges show of the documents."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from urllib.parse import parse_qsl, urlsplit

import msgspec

from contracts_runner.maintenance.coverage.measuring import Documented
from contracts_runner.maintenance.impact.changes import OPERATION, Content, Use
from contracts_runner.maintenance.impact.content_walk import ContentWalk
from contracts_runner.maintenance.impact.document_changes import OperationPair
from contracts_runner.maintenance.impact.request_uses import use_parameter, use_value
from contracts_runner.model.http import is_json_type, strip_parameters
from contracts_runner.model.json import parse_json
from contracts_runner.results.rows import ExchangeRow


class SeenExchange(ExchangeRow, frozen=True, kw_only=True):
    """An exchange of a run, as its artifact has it."""

    operation: str


def read_exchange(content: bytes) -> SeenExchange | None:
    """Return the exchange of an artifact, None for one that has none."""
    try:
        return msgspec.json.decode(content, type=SeenExchange)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None  # the audit tells it


def iter_seen(document: Documented, exchange: SeenExchange) -> Iterator[Use]:
    """Yield what an exchange shows of its operation."""
    pair = document.operations.get(exchange.operation)
    if pair is None or pair.new is None:
        return
    yield OPERATION
    yield from _iter_parameters(pair, exchange)
    body, answer = exchange.request.body, exchange.response
    sent = strip_parameters(_list_headers(exchange).get("content-type", ""))
    for name in pair.new.body.content if pair.new.body and body is not None else ():
        if strip_parameters(name) == sent:
            yield ("media type", "request", (None, None), name)
    yield from _iter_members(pair, "request", None, sent, body)
    if answer and (status := _find_status(pair, answer.status)) is not None:
        yield ("status", status)
        for name in pair.new.responses[status].content:
            if strip_parameters(name) == answer.media_type:
                yield ("media type", "response", (status, status), name)
        yield from _iter_members(pair, "response", status, answer.media_type or "", answer.body)


def iter_seen_statuses(document: Documented, operation: str, statuses: Iterable[int]) -> Iterator[Use]:
    """Yield the declared statuses that answers had, also those of which no exchange is kept."""
    pair = document.operations.get(operation)
    found = (_find_status(pair, status) for status in statuses) if pair else ()
    for status in found:
        yield OPERATION
        if status is not None:
            yield ("status", status)


def _iter_parameters(pair: OperationPair, exchange: SeenExchange) -> Iterator[Use]:
    query = parse_qsl(urlsplit(exchange.request.url).query, keep_blank_values=True)
    headers = _list_headers(exchange)
    for placement, name in pair.new.parameters if pair.new else ():
        if placement == "path":
            yield use_parameter(placement, name)
        elif placement == "header" and name in headers:
            yield use_parameter(placement, name)
            yield use_value(placement, name, headers[name])
        elif placement == "query":
            for key, value in query:
                if key == name or key.startswith(f"{name}["):
                    yield use_parameter(placement, name)
                    yield from (use_value(placement, name, each) for each in value.split(","))


def _list_headers(exchange: SeenExchange) -> dict[str, str]:
    return {name.lower(): value for name, value in exchange.request.headers}


def _find_status(pair: OperationPair, status: int) -> str | None:
    """Return the declared response that an answer is, the nearest one."""
    declared = pair.new.responses if pair.new else {}
    return next((name for name in (str(status), f"{status // 100}XX", "default") if name in declared), None)


def _iter_members(
    pair: OperationPair, area: str, status: str | None, media_type: str, body: str | None
) -> Iterator[Use]:
    if body is None or not is_json_type(media_type):
        return
    for content in pair.contents:
        if _is_same(content, area, status, media_type):
            walk = ContentWalk(content, {})
            # A folder that somebody sent may hold anything.
            with suppress(ValueError, RecursionError):
                walk.note_seen(parse_json(body), walk.start)
            yield from walk.uses


def _is_same(content: Content, area: str, status: str | None, media_type: str) -> bool:
    is_type = strip_parameters(content.media_types[1]) == media_type
    return content.area == area and content.statuses[1] == status and is_type
