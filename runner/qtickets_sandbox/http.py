"""Requests and responses as values, and their translation from and to WSGI (PEP 3333)."""

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from qtickets_sandbox import php

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

JSON_TYPE = "application/json"
HTML_TYPE = "text/html; charset=UTF-8"
_SMALLEST_GZIP = 20  # nginx's gzip_min_length


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call: `body` is the parsed JSON or form, None when absent or malformed, as PHP sees it."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def fields(self) -> dict[str, Any]:
        """The body if it is an object, else an empty one."""
        return dict(self.body) if isinstance(self.body, dict) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer: `payload` is encoded as JSON unless `text` is given, which is sent as it is."""

    status: int = 200
    payload: Any = None
    text: str | None = None
    media_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        """Return the bytes of the body."""
        return php.encode_json(self.payload) if self.text is None else self.text.encode()


def read_request(environ: "WSGIEnvironment") -> Request:
    """Build the request; drains the body, which a keep-alive connection needs."""
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    raw = _read_body(environ)
    media_type = environ.get("CONTENT_TYPE", "")
    return Request(
        method=environ["REQUEST_METHOD"].upper(),
        # PEP 3333 hands the decoded path over as latin-1.
        path=environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace"),
        query=php.parse_query(environ.get("QUERY_STRING", "")),
        headers=headers,
        body=_parse_body(raw, media_type),
    )


def _read_body(environ: "WSGIEnvironment") -> bytes:
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        return bytes(stream.read())
    length = environ.get("CONTENT_LENGTH") or "0"
    return bytes(stream.read(int(length))) if length.isdigit() and int(length) else b""


def _parse_body(raw: bytes, media_type: str) -> Any:
    if not raw.strip():
        return None
    try:
        text = raw.decode()
        if media_type.startswith("application/x-www-form-urlencoded"):
            return php.parse_query(text)
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> None:
    # Python reads NaN and Infinity, JSON and PHP do not.
    raise ValueError(constant)


def write_response(response: Response, *, request: Request, start_response: "StartResponse") -> Iterable[bytes]:
    """Send status and headers, and return the body in one piece of unannounced length.

    Without a Content-Length an HTTP/1.1 server answers in chunks, as the service does (docs/qtickets.md, Headers).
    """
    body = response.encode()
    headers = {"Content-Type": response.media_type, **response.headers}
    if _wants_gzip(request) and "Vary" in headers and len(body) >= _SMALLEST_GZIP:
        body = gzip.compress(body, compresslevel=1, mtime=0)
        headers["Content-Encoding"] = "gzip"
    start_response(f"{response.status} {_reason(response.status)}", list(headers.items()))
    return _one_piece(b"" if request.method == "HEAD" else body)


def _wants_gzip(request: Request) -> bool:
    codings = request.headers.get("accept-encoding", "").lower().replace(" ", "").split(",")
    return any(coding == "gzip" or (coding.startswith("gzip;") and "q=0" not in coding) for coding in codings)


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _one_piece(body: bytes) -> Iterator[bytes]:
    yield body
