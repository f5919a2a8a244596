"""The recorded form of an exchange: what alone may be written. Only redaction.py makes one."""

import hashlib
from dataclasses import dataclass, field

from contracts_runner.model.exchange import Timings
from contracts_runner.model.json import Json

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

    def as_json(self, max_body: int | None) -> dict[str, Json]:
        """Return the exchange as it is written: {request: {method, url, headers: [[name, value]], body, truncated},
        response: {status, headers, body, media_type, bytes, sha256, truncated} | None, problem,
        timings: {first_byte_ms, total_ms} | None}.

        Bodies are cut to `max_body` characters (None: whole).
        """
        request, response = self.request, self.response
        return {
            "request": {
                "method": request.method,
                "url": request.url,
                "headers": [list(header) for header in request.headers],
                **_cut(request.body, max_body),
            },
            "response": _response_as_json(response, max_body) if response else None,
            "problem": self.problem,
            "timings": {
                "first_byte_ms": round(response.timings.first_byte_ms, 3),
                "total_ms": round(response.timings.total_ms, 3),
            }
            if response
            else None,
        }


def _response_as_json(response: RecordedResponse, max_body: int | None) -> dict[str, Json]:
    return {
        "status": response.status_code,
        "headers": [list(header) for header in response.headers],
        "media_type": response.media_type,
        "bytes": response.raw_bytes,
        "sha256": response.sha256,
        **_cut(response.body, max_body),
    }


def _cut(body: str | None, limit: int | None) -> dict[str, Json]:
    is_cut = body is not None and limit is not None and len(body) > limit
    return {"body": body[:limit] if body is not None else None, "truncated": is_cut}
