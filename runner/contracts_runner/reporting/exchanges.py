"""A recorded exchange as the HTML report shows it."""

from dataclasses import dataclass

from contracts_runner.reporting.pretty import pretty_json
from contracts_runner.results.rows import ExchangeRow, ReceivedMessage, SentMessage, TimingsRow


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """A request or response: `start_line` such as "POST https://…" or "200"; `body` is laid out if it is JSON, None
    if there is none."""

    start_line: str
    headers: tuple[tuple[str, str], ...]
    body: str | None
    is_truncated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeView:
    """Both messages; without a response `problem` says why. Times in milliseconds, None if not measured."""

    request: MessageView
    response: MessageView | None
    problem: str
    first_byte_ms: float | None
    total_ms: float | None


def build_exchange(exchange: ExchangeRow | None) -> ExchangeView | None:
    """Return the view of the `exchange` of a `step_finished` line."""
    if exchange is None:
        return None
    request, response, timings = exchange.request, exchange.response, exchange.timings or TimingsRow()
    return ExchangeView(
        request=_build_message(f"{request.method} {request.url}", request),
        response=_build_message(str(response.status), response) if response else None,
        problem=exchange.problem,
        first_byte_ms=timings.first_byte_ms,
        total_ms=timings.total_ms,
    )


def _build_message(start_line: str, message: SentMessage | ReceivedMessage) -> MessageView:
    return MessageView(
        start_line=start_line,
        headers=message.headers,
        body=_lay_out(message.body),
        is_truncated=message.truncated,
    )


def _lay_out(body: str | None) -> str | None:
    return (pretty_json(body) or body) if body else None
