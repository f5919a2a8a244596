"""What answers show of their operations beside their bodies: statuses, media types, headers."""

import re
from collections import Counter, defaultdict
from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.body import parse_strictly
from contracts_runner.engine.conformance import find_response
from contracts_runner.engine.media_types import find_media_type
from contracts_runner.maintenance.learning.learned_schemas import SchemaLearner, resolve_place
from contracts_runner.maintenance.learning.learned_shapes import Shape
from contracts_runner.model.http import is_json_type
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer
from contracts_runner.model.spec import Operation, ResponseSpec
from contracts_runner.openapi.spec import Spec
from contracts_runner.redaction.credentials import is_credential_header
from contracts_runner.results.rows import ReceivedMessage

# Of HTTP and of what stands between, not of an API.
_OF_HTTP = frozenset(
    {
        *("accept-ranges", "age", "allow", "alt-svc", "cache-control", "connection", "content-disposition", "date"),
        *("content-encoding", "content-language", "content-length", "content-location", "content-security-policy"),
        *("content-type", "cross-origin-opener-policy", "etag", "expires", "keep-alive", "last-modified", "link"),
        *("location", "nel", "pragma", "referrer-policy", "report-to", "retry-after", "server", "server-timing"),
        *("strict-transport-security", "trailer", "transfer-encoding", "upgrade", "vary", "via", "warning"),
        *("www-authenticate", "x-content-type-options", "x-frame-options", "x-powered-by", "x-xss-protection"),
    }
)
_TOKEN = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,64}")
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}")
_DEEPEST = 100
_BEGINNINGS = ("access-control-", "cf-", "sec-", "x-amz-cf-", "x-cache")


@dataclass(slots=True)
class Learner:
    """Takes answers. Places are those of Responses, Response and `content` objects."""

    spec: Spec
    schemas: SchemaLearner
    answers: int = 0
    statuses: dict[tuple[Pointer, str], dict[str, Shape]] = field(default_factory=dict)
    media_types: dict[tuple[Pointer, str], Shape] = field(default_factory=dict)
    headers: dict[tuple[Pointer, str], Shape] = field(default_factory=dict)
    received: Counter[Pointer] = field(default_factory=Counter)  # by Responses object
    by_response: Counter[Pointer] = field(default_factory=Counter)

    @classmethod
    def begin(cls, spec: Spec) -> "Learner":
        """Return one that has seen nothing."""
        return cls(spec, SchemaLearner(spec.bundle))

    def take(self, operation: Operation, answer: ReceivedMessage) -> None:
        """Add an answer."""
        found = self.spec.bundle.get(("paths", operation.path, operation.method.lower(), "responses"))
        if found is None:
            return
        self.answers += 1
        self.received[found[0]] += 1
        promised = find_response(operation, answer.status)
        if promised is None:
            shapes = self.statuses.setdefault((found[0], str(answer.status)), defaultdict(Shape))
            is_typed = _MEDIA_TYPE.fullmatch(answer.media_type or "") is not None
            _add(shapes[answer.media_type or "" if is_typed else ""], answer)
            return
        response = self.spec.bundle.get((*found[0], promised.status))
        if response is not None:
            self.by_response[response[0]] += 1
            self._take_headers(response[0], promised, answer)
            self._take_body(response[0], promised, answer)

    def _take_headers(self, place: Pointer, promised: ResponseSpec, answer: ReceivedMessage) -> None:
        declared = {header.name.lower() for header in promised.headers} | _OF_HTTP
        for name in dict.fromkeys(name.lower() for name, _ in answer.headers):
            is_of_api = name not in declared and not name.startswith(_BEGINNINGS) and not is_credential_header(name)
            if is_of_api and _TOKEN.fullmatch(name):
                values = [value for key, value in answer.headers if key.lower() == name]
                self.headers.setdefault((place, name), Shape.of(name)).take(_read_header(values))

    def _take_body(self, place: Pointer, promised: ResponseSpec, answer: ReceivedMessage) -> None:
        if not answer.body:
            return
        key = find_media_type(promised.schemas, _find_content_type(answer))
        if key is None:
            if _MEDIA_TYPE.fullmatch(answer.media_type or ""):
                _add(self.media_types.setdefault((place, answer.media_type or ""), Shape()), answer)
            return
        schema = promised.schemas[key] and resolve_place(self.spec.bundle, promised.schemas[key])
        value = _read_body(answer)
        if schema and value is not None:
            self.schemas.take([schema], value)


def _add(shape: Shape, answer: ReceivedMessage) -> None:
    value = _read_body(answer)
    if value is None:
        shape.count += 1
    else:
        shape.take(value)


def _read_body(answer: ReceivedMessage) -> Json:
    """Return the value of a body of JSON, None of any other, of one that is not whole, and of one that a run does not
    read either. The replacement character stands for bytes that were recorded as they could be."""
    body = answer.body or ""
    if not body or answer.truncated or "\ufffd" in body or not is_json_type(answer.media_type or ""):
        return None
    try:
        return parse_strictly(body.encode(), _DEEPEST)
    except ValueError:
        return None


def _read_header(values: list[str]) -> Json:
    text = ", ".join(values)
    if text.isascii() and text.removeprefix("-").isdecimal():
        return int(text[:18])
    return {"true": True, "false": False}.get(text, text)


def _find_content_type(answer: ReceivedMessage) -> str:
    return next((value for name, value in answer.headers if name.lower() == "content-type"), answer.media_type or "")
