"""How a case of Schemathesis is sent: serialised as it does it, by a Sender of ours, which gives its kind of answer."""

from typing import Any

from schemathesis.config import SanitizationConfig
from schemathesis.core.transport import Response as NativeResponse
from schemathesis.generation.case import Case
from schemathesis.generation.meta import TestPhase
from schemathesis.transport.prepare import prepare_request
from schemathesis.transport.requests import REQUESTS_TRANSPORT, RequestsTransport

from contracts_runner.model.exchange import Exchange
from contracts_runner.model.http import escape_url
from contracts_runner.model.phase import GenerationPhase
from contracts_runner.properties.cases import Draft
from contracts_runner.properties.sending import Sender

# What a case without an answer looks like to Schemathesis: a status from which it learns nothing.
UNANSWERED_STATUS = 503
# Headers that Schemathesis adds. They would differ from run to run; and what can be decoded our transport knows.
_OWN_HEADERS = frozenset({"x-schemathesis-testcaseid", "user-agent", "connection", "accept-encoding"})


class Answer(NativeResponse):
    """A response that remembers its exchange; None for an invented one."""

    __slots__ = ("draft", "exchange")
    draft: Draft
    exchange: Exchange | None

    def truncated(self, limit: int) -> "Answer":  # noqa: ARG002 - the signature of the base class
        """Return itself: what a failure needs for its proof stays whole."""
        return self


class CaseTransport(RequestsTransport):
    """Serialises a case as Schemathesis does and sends it by a Sender."""

    def __init__(self, sender: Sender) -> None:
        super().__init__()
        self._copy_serializers_from(REQUESTS_TRANSPORT)
        self._sender = sender
        self.flows = 0  # of the stateful phase, which all run on one thread

    def send(self, case: Case[Any], *, session: Any = None, **kwargs: Any) -> NativeResponse:  # noqa: ARG002
        key = (case.operation.method.upper(), case.operation.path)
        prepared = prepare_request(
            case,
            kwargs.get("headers"),
            config=SanitizationConfig(enabled=False),
            base_url=self._sender.operations[key].find_base_url(self._sender.base_url),
        )
        body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
        is_stateful = case.meta is not None and case.meta.phase.name is TestPhase.STATEFUL
        draft = Draft(
            method=str(prepared.method),
            url=escape_url(str(prepared.url)),
            headers=tuple(
                (str(name), _as_text(value))
                for name, value in prepared.headers.items()
                if name.lower() not in _OWN_HEADERS or name in (case.headers or {})
            ),
            body=body,
            operation=key,
            flow=f"flow {self.flows}" if is_stateful else "",
            phase=GenerationPhase(case.meta.phase.name.value) if case.meta is not None else None,
        )
        return _build_answer(draft, self._sender.send(draft), prepared)


def _build_answer(draft: Draft, exchange: Exchange, prepared: Any) -> Answer:
    response = exchange.response
    headers: dict[str, list[str]] = {}
    for name, value in response.headers if response else ():
        headers.setdefault(name.lower(), []).append(value)
    answer = Answer(
        status_code=response.status_code if response else UNANSWERED_STATUS,
        headers=headers,
        content=response.body if response else b"",
        request=prepared,
        elapsed=response.timings.total_ms / 1000 if response and response.timings else 0.0,
        verify=True,
        encoding="utf-8",
    )
    answer.draft = draft
    answer.exchange = exchange if response else None
    return answer


def _as_text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
