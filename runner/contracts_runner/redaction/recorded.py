"""The recorded form of an exchange: what alone may be written. Only redaction.py makes one."""

import hashlib
from dataclasses import dataclass, field

from contracts_runner.model.exchange import Timings
from contracts_runner.results.rows import ExchangeRow, ReceivedMessage, SentMessage, TimingsRow

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """A redacted request."""

    method: str
    url: str
    headers: Headers
    body: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedResponse:
    """A redacted response. `raw_bytes` is the size of the body as received, after decompression; `sha256` is of the
    whole redacted body, in UTF-8."""

    status_code: int
    headers: Headers
    body: str
    media_type: str | None
    raw_bytes: int
    timings: Timings
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha256(self.body.encode("utf-8", "surrogatepass")).hexdigest()
        object.__setattr__(self, "sha256", digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedExchange:
    """A redacted exchange. Writers take this type and no other, so that a raw exchange cannot be written."""

    request: RecordedRequest
    response: RecordedResponse | None
    problem: str

    def as_row(self, max_body: int | None) -> ExchangeRow:
        """Return the exchange as it is written; bodies are cut to `max_body` characters (None: whole)."""
        request, response = self.request, self.response
        body, is_cut = _cut(request.body, max_body)
        return ExchangeRow(
            request=SentMessage(
                method=request.method, url=request.url, headers=request.headers, body=body, truncated=is_cut
            ),
            response=_build_received(response, max_body) if response else None,
            problem=self.problem,
            timings=TimingsRow(
                first_byte_ms=round(response.timings.first_byte_ms, 3), total_ms=round(response.timings.total_ms, 3)
            )
            if response
            else None,
        )


def _build_received(response: RecordedResponse, max_body: int | None) -> ReceivedMessage:
    body, is_cut = _cut(response.body, max_body)
    return ReceivedMessage(
        status=response.status_code,
        headers=response.headers,
        media_type=response.media_type,
        bytes=response.raw_bytes,
        sha256=response.sha256,
        body=body,
        truncated=is_cut,
    )


def _cut(body: str | None, limit: int | None) -> tuple[str | None, bool]:
    if body is None or limit is None or len(body) <= limit:
        return body, False
    return body[:limit], True
