"""Send and record: what each phase does with one request; success.py judges the answer."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.conformance import find_body_schema, find_response
from contracts_runner.engine.media_types import choose_media_type, find_schema
from contracts_runner.engine.ports import Signed, Signer, Transport
from contracts_runner.engine.turn import TURN
from contracts_runner.errors import (
    BadResponseError,
    BlockedError,
    CredentialError,
    NoResponseError,
    StaleConnectionError,
    TransportError,
)
from contracts_runner.faults import guard
from contracts_runner.model.exchange import Exchange, Request, Response
from contracts_runner.model.json_pointer import Pointer, parse_pointer
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.spec import Operation, Style
from contracts_runner.openapi.spec import Spec
from contracts_runner.redaction.redactor import RecordedExchange, Redactor


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """The result of sending a request. `error` says why there is no response, None if there is one;
    `attempts` is how often the request was sent, 0 if it had no credential; `is_to_repeat`: there is another one."""

    exchange: Exchange
    error: TransportError | None = None
    attempts: int = 1
    is_to_repeat: bool = False

    @property
    def outcome(self) -> Outcome:
        """What the lack of a response means; passed if there is one."""
        return find_outcome(self.error) if self.error else Outcome.PASSED


def send(
    transport: Transport,
    request: Request,
    *,
    signer: Signer | None = None,
    may_repeat: Callable[[], bool] = lambda: True,
    is_renewing: bool = True,
) -> Sending:
    """Send a request; a response that did not come, for whatever reason, is in the result.

    It is sent once more where the transport says that it may be (StaleConnectionError), or, unless `is_renewing` is
    False, with another credential where the signer says so; both if `may_repeat` then agrees.
    """
    sending = _send_signed(transport, request, signer, may_repeat, is_renewing=is_renewing)
    if not sending.is_to_repeat or not may_repeat():
        return sending
    again = _send_signed(transport, request, signer, may_repeat, is_again=True)
    return dataclasses.replace(again, attempts=sending.attempts + again.attempts) if again.attempts else sending


def _send_signed(
    transport: Transport,
    request: Request,
    signer: Signer | None,
    may_repeat: Callable[[], bool],
    *,
    is_again: bool = False,
    is_renewing: bool = False,
) -> Sending:
    signed = _sign(request, signer)
    if isinstance(signed, TransportError):
        return dataclasses.replace(_settle(request, signed), attempts=0)
    sending = _send_once(transport, signed.request)
    if isinstance(sending.error, StaleConnectionError) and may_repeat():
        sending = dataclasses.replace(_send_once(transport, signed.request), attempts=2)
    response = sending.exchange.response
    if response is None or not (is_renewing or is_again):
        return sending
    with TURN.given_up() if request.pending else contextlib.nullcontext():
        is_to_repeat = signed.take(response, is_again)
    return dataclasses.replace(sending, is_to_repeat=True) if is_to_repeat else sending


def _sign(request: Request, signer: Signer | None) -> Signed | TransportError:
    """Return the request with its credentials, or why there are none."""
    if not request.pending:
        return Signed(request)

    def work() -> Signed | TransportError:
        if signer is None:
            return CredentialError(f"not sent: nothing gets the credential '{request.pending[0].name}' here")
        try:
            # Another thread may be fetching the same token.
            with TURN.given_up():
                return signer.sign(request)
        except TransportError as error:
            return error

    return guard(work, lambda fault: CredentialError(f"not sent: its credential broke off: {fault}"))


def _settle(request: Request, error: TransportError) -> Sending:
    return Sending(exchange=Exchange(request=request, response=None, problem=str(error)), error=error)


def _send_once(transport: Transport, request: Request) -> Sending:
    def work() -> Sending:
        try:
            return Sending(exchange=Exchange(request=request, response=transport.send(request)))
        except TransportError as error:
            return _settle(request, error)

    return guard(work, lambda fault: _settle(request, NoResponseError(f"the request broke off: {fault}")))


def find_outcome(error: TransportError) -> Outcome:
    """Return what the lack of a usable response means (docs/design.md, Outcomes)."""
    match error:
        case BadResponseError():
            return Outcome.FAILED
        case BlockedError():
            return Outcome.BLOCKED
        case _:
            return Outcome.ERRORED


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRecorder:
    """Makes the recorded form of exchanges with one spec's operations; the redactor learns what is personal in them."""

    spec: Spec
    redactor: Redactor

    def record(self, operation: Operation, exchange: Exchange) -> RecordedExchange:
        """Return the recorded form."""
        return self.redactor.record(
            exchange,
            document=self.spec.document,
            request_pointer=_find_request_pointer(operation, exchange.request),
            response_pointer=_find_response_pointer(operation, exchange.response),
            request_parameters=self.find_personal_parameters(operation),
            path_template=operation.path,
        )

    def learn(self, operation: Operation, response: Response) -> None:
        """Show the redactor an answer that may never be written: what it holds may be sent, and so written, next."""
        pointer = _find_response_pointer(operation, response)
        self.redactor.learn(response, document=self.spec.document, response_pointer=pointer)

    def redact_url(self, operation: Operation, url: str) -> str:
        """Return a URL of the operation as `record` would write it."""
        kinds = self.find_personal_parameters(operation)
        return self.redactor.url(url, request_parameters=kinds, path_template=operation.path)

    def find_personal_parameters(self, operation: Operation) -> Mapping[str, str]:
        """Return name -> kind of the parameters that the spec marks with `x-pii`, and of the members of such objects.

        A parameter that is one text is personal if anything in it is.
        """
        kinds: dict[str, str] = {}
        for parameter in operation.parameters:
            found = _list_kinds(self.spec, parameter.name, parameter.pointer)
            kinds.update(found)
            is_apart = parameter.style is Style.DEEP_OBJECT or (parameter.style is Style.FORM and parameter.explode)
            if found and (parameter.media_type or not is_apart):
                kinds.setdefault(parameter.name, found[0][1])
        return kinds


@lru_cache(maxsize=512)  # each request of an operation asks again
def _list_kinds(spec: Spec, name: str, pointer: str) -> tuple[tuple[str, str], ...]:
    return tuple(_iter_kinds(spec, name, parse_pointer(pointer), set()))


def _iter_kinds(spec: Spec, name: str, pointer: Pointer, seen: set[Pointer]) -> Iterator[tuple[str, str]]:
    found = spec.bundle.get(pointer) if pointer else None
    if found is None or found[0] in seen or not isinstance(found[1], Mapping):
        return
    place, schema = found
    seen.add(place)
    if "x-pii" in schema:
        yield name, str(schema["x-pii"])
    for member in schema.get("properties", ()):
        yield from _iter_kinds(spec, member, (*place, "properties", member), seen)
    yield from _iter_kinds(spec, name, (*place, "items"), seen)
    for keyword in ("allOf", "anyOf", "oneOf"):
        for index in range(len(schema.get(keyword, ()))):
            yield from _iter_kinds(spec, name, (*place, keyword, index), seen)


def _find_request_pointer(operation: Operation, request: Request) -> str:
    """Return the schema of the media type that was sent; of an undeclared one, that of the type that is declared."""
    if operation.body is None:
        return ""
    sent = next((value for name, value in request.headers if name.lower() == "content-type"), "")
    return find_schema(operation, sent) or find_schema(operation, choose_media_type(operation))


def _find_response_pointer(operation: Operation, response: Response | None) -> str:
    promised = find_response(operation, response.status_code) if response else None
    return find_body_schema(promised, response) if promised and response else ""
