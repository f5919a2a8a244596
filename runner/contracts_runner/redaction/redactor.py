"""The only way from a raw exchange to one that may be written: credentials and personal data are replaced, once."""

import hashlib
import math
import threading
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from msgspec import UNSET, structs

from contracts_runner.model.environment import RedactionMode
from contracts_runner.model.exchange import Exchange, Request, Response, Timings
from contracts_runner.model.http import strip_parameters
from contracts_runner.model.json import Json, iter_scalars
from contracts_runner.redaction.bodies import BinaryBody, Body, read_body
from contracts_runner.redaction.credentials import Credentials, is_credential_header
from contracts_runner.redaction.finder import Finder
from contracts_runner.redaction.mark import Mark
from contracts_runner.redaction.overtime import SECONDS, Overtime, limit_time
from contracts_runner.redaction.pii_marks import Marks
from contracts_runner.redaction.replacement import fingerprint
from contracts_runner.redaction.urls import redact_url
from contracts_runner.results.rows import ExchangeRow, ReceivedMessage, SentMessage, TimingsRow

Headers = tuple[tuple[str, str], ...]
_Message = TypeVar("_Message", SentMessage, ReceivedMessage)


class RecordedExchange(ExchangeRow, frozen=True, kw_only=True):
    """A redacted exchange, with its bodies whole. Only the Redactor makes one, and writers take this type and no other,
    so that a raw exchange cannot be written."""

    def as_row(self, max_body: int | None) -> ExchangeRow:
        """Return the exchange as it is written; bodies are cut to `max_body` characters (None: whole)."""
        if max_body is None:
            return self
        request, response = _cut(self.request, max_body), self.response and _cut(self.response, max_body)
        is_whole = request is self.request and response is self.response
        return self if is_whole else structs.replace(self, request=request, response=response)


class Met(NamedTuple):
    """Personal values with their marks, and secrets by name. It is never written."""

    personal: frozenset[tuple[str, Mark]]
    secrets: Mapping[str, str]


class Redactor:
    """Redacts what a run writes, and remembers every secret and personal value that it meets; thread-safe.

    `mode` is the form of personal values, `secrets` the credentials in use by name, `words` those that the search for
    leaks must not look for, `key` the run's key of fingerprints and of mode `hash`. `seconds` are for one body or
    value: what takes longer is written as its size and hash.
    """

    def __init__(
        self,
        *,
        mode: RedactionMode,
        secrets: Mapping[str, str],
        key: bytes,
        words: Mapping[str, str] | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self.key = key
        self._seconds = seconds
        self._credentials = Credentials(secrets, key, words or {})
        self._finder = Finder(mode=mode, credentials=self._credentials, key=key)
        self._marks: dict[int, Marks] = {}  # by the identity of a document, which its Marks keep alive
        self._lock = threading.Lock()

    def record(
        self,
        exchange: Exchange,
        *,
        document: Mapping[str, Any] | None,
        request_pointer: str,
        response_pointer: str,
        request_parameters: Mapping[str, str] | None = None,
        path_template: str = "",
    ) -> RecordedExchange:
        """Return the recorded form of an exchange.

        `document` is the bundled OpenAPI document, in which the pointers lead to the schemas of the bodies ("": there
        is none). `request_parameters` is name -> kind of the marked parameters in query, path and headers,
        `path_template` the operation's path, which shows where path parameters are.
        """
        marks = self._find_marks(document)
        kinds = request_parameters or {}
        request, response = exchange.request, exchange.response
        sent = None if request.body is None else _read_request_body(request, request.body, marks, request_pointer)
        received = _read_response_body(response, marks, response_pointer) if response else None
        # All that is marked is learned before anything is written: the other places may repeat it.
        for body in (sent, received):
            self._finder.learn(body.iter_personal() if body else ())
        url = redact_url(request.url, self._finder, kinds=kinds, template=path_template)
        return RecordedExchange(
            request=SentMessage(
                method=request.method,
                url=url,
                headers=self._redact_headers(request.headers, kinds),
                body=self._redact_body(sent, request.body, _find_content_type(request.headers)) if sent else None,
            ),
            response=self._build_response(response, received, marks.headers) if response and received else None,
            problem=self.text(exchange.problem),
            timings=_build_timings(response.timings) if response and response.timings else None,
        )

    def learn(self, response: Response, *, document: Mapping[str, Any] | None, response_pointer: str) -> None:
        """Remember what is personal or secret in a response that is not written itself: others may repeat it."""
        body = _read_response_body(response, self._find_marks(document), response_pointer)
        self._finder.learn(body.iter_personal())
        self._redact_headers([header for header in response.headers if is_credential_header(header[0])], {})

    def derive(self, before: Json, after: Json) -> None:
        """Remember what was made of a value: of one that holds a secret it is as secret, names of members aside."""
        found = [secret for text in iter_scalars(before) for secret in self._credentials.find(text)]
        for text in iter_scalars(after) if found else ():
            self._credentials.derive(text, found)

    def learn_secret(self, name: str, value: str) -> None:
        """Remember a credential that the run has got, from now on."""
        self._credentials.add(name, value)

    def text(self, text: str) -> str:
        """Return a text of ours (a message, an error, a URL) without any secret or personal value met so far, and
        without what has the form of one."""
        return self._finder.redact(text)

    def url(self, url: str, *, request_parameters: Mapping[str, str] | None = None, path_template: str = "") -> str:
        """Return a URL as `record` would write it."""
        return redact_url(url, self._finder, kinds=request_parameters or {}, template=path_template)

    def value(self, value: Json) -> Json:
        """Return a JSON value (expected, actual, a capture) redacted like a text, in names and values at any depth."""
        try:
            with limit_time(self._seconds):
                return self._redact_value(value)
        except Overtime:
            return "<a value that takes too long to redact>"

    def personal_values(self) -> frozenset[str]:
        """Return the raw personal values met, for the leak scan. Single words that also occur where the spec describes
        a text as not personal (the name Vladimir is a city too) are left out: finding them proves nothing."""
        return self._finder.personal_values()

    def met(self) -> "Met":
        """Return all that this redactor has met, for one of another process."""
        return Met(self._finder.met(), self._credentials.secrets())

    def take(self, met: "Met") -> None:
        """Learn what another redactor has met."""
        self._finder.learn(met.personal)
        for name, value in met.secrets.items():
            self.learn_secret(name, value)

    def secret_values(self) -> dict[str, str]:
        """Return name -> value of the secrets in use and of the credentials met in headers, for the leak scan."""
        return self._credentials.secrets()

    def fingerprint(self, value: str) -> str:
        """Return what distinguishes a secret from others within a run."""
        return fingerprint(value, self.key)

    def declare_public(self, *texts: str) -> None:
        """Name texts that the project itself writes (titles, report templates): their words prove no leak of a name."""
        self._finder.publish(texts)

    def declare_placeholders(self, *texts: str) -> None:
        """Name texts that are written in the place of values that are not known yet, such as `${phone}`."""
        self._finder.ignore(texts)

    def _find_marks(self, document: Mapping[str, Any] | None) -> Marks:
        with self._lock:
            marks = self._marks.get(id(document))
            if marks is None:
                marks = self._marks[id(document)] = Marks(document)
            return marks

    def _redact_headers(self, headers: Iterable[tuple[str, str]], kinds: Mapping[str, str]) -> Headers:
        pairs = list(headers)
        changed = self._redact_texts(text for pair in pairs for text in pair)
        lowered = {name.lower(): kind for name, kind in kinds.items()}
        return tuple(
            (changed.get(name, name), self._redact_header(name, value, lowered, changed)) for name, value in pairs
        )

    def _redact_header(self, name: str, value: str, kinds: Mapping[str, str], changed: Mapping[str, str]) -> str:
        if is_credential_header(name):
            return self._credentials.redact_header(name, value)
        kind = kinds.get(name.lower())
        return self._finder.render(value, Mark(kind)) if kind else changed.get(value, value)

    def _redact_texts(self, texts: Iterable[str]) -> Mapping[str, str]:
        """Return text -> redacted text of those that change; one search for all is far quicker than one for each."""
        distinct = set(texts)
        return self._finder.redact_all(distinct, loose=distinct)

    def _redact_value(self, value: Json) -> Json:
        texts: set[str] = set()
        numbers: set[int | float] = set()
        _collect(value, texts, numbers)
        changed: dict[str | int | float, str] = dict(self._redact_texts(texts).items())
        for number in numbers:
            # A number that JSON lacks is written as a word.
            form = self._finder.redact_number(number) if isinstance(number, int) else str(number)
            if form:
                changed[number] = form
        return _replace(value, changed) if changed else value

    def _redact_body(self, body: Body, content: bytes | None, content_type: str) -> str:
        try:
            with limit_time(self._seconds):
                return body.redact(self._finder)
        except Overtime:
            return BinaryBody(content or b"", strip_parameters(content_type)).redact(self._finder)

    def _build_response(self, response: Response, body: Body, kinds: Mapping[str, str]) -> ReceivedMessage:
        # The headers first: the body may repeat a cookie of theirs.
        headers = self._redact_headers(response.headers, kinds)
        redacted = self._redact_body(body, response.body, response.content_type)
        return ReceivedMessage(
            status=response.status_code,
            headers=headers,
            media_type=self.text(response.media_type) if response.media_type else None,
            bytes=None if response.unread else len(response.body),
            sha256=hashlib.sha256(redacted.encode("utf-8", "surrogatepass")).hexdigest(),
            body=None if response.unread else redacted,
        )


def _collect(value: Json, texts: set[str], numbers: set[int | float]) -> None:
    """Add every string of a JSON value, names too, and the numbers that may have to change."""
    # Kinds by type first: most are these, and asking for a Mapping is slow.
    kind = type(value)
    if kind is str:
        texts.add(value)
    elif value is None or kind is bool:
        return
    elif kind is int:
        numbers.add(value)
    elif kind is float:
        if not math.isfinite(value):
            numbers.add(value)
    elif kind is list or isinstance(value, (list, tuple)):
        for item in value:
            if type(item) is str:
                texts.add(item)
            elif item is not None:
                _collect(item, texts, numbers)
    elif kind is dict or isinstance(value, Mapping):
        texts.update(value)
        for item in value.values():
            _collect(item, texts, numbers)
    elif isinstance(value, str):
        texts.add(value)


def _replace(value: Json, changed: Mapping[str | int | float, str]) -> Json:
    kind = type(value)
    if isinstance(value, list | tuple):
        return [_replace(item, changed) for item in value]
    if kind is dict or isinstance(value, Mapping):
        return _replace_in_object(value, changed)
    # True is the same key as 1, and 1.0 too: neither was looked at.
    is_kept = kind is bool or (kind is float and math.isfinite(value))
    return value if is_kept or not isinstance(value, str | int | float) else changed.get(value, value)


def _replace_in_object(value: Mapping[str, Json], changed: Mapping[str | int | float, str]) -> dict[str, Json]:
    result: dict[str, Json] = {}
    for name, item in value.items():
        redacted = new = changed.get(name, name)
        number = 1
        while new in result:
            number += 1
            new = f"{redacted} ({number})"
        result[new] = _replace(item, changed)
    return result


def _cut(message: _Message, limit: int) -> _Message:
    if message.body is None or len(message.body) <= limit:
        return message
    return structs.replace(message, body=message.body[:limit], truncated=True)


def _read_request_body(request: Request, body: bytes, marks: Marks, pointer: str) -> Body:
    return read_body(body, _find_content_type(request.headers), marks, pointer)


def _find_content_type(headers: Iterable[tuple[str, str]]) -> str:
    return next((value for name, value in headers if name.lower() == "content-type"), "")


def _read_response_body(response: Response, marks: Marks, pointer: str) -> Body:
    return read_body(response.body, response.content_type, marks, pointer)


def _build_timings(timings: Timings) -> TimingsRow:
    return TimingsRow(
        first_byte_ms=round(timings.first_byte_ms, 3),
        total_ms=round(timings.total_ms, 3),
        connect_ms=UNSET if timings.connect_ms is None else round(timings.connect_ms, 3),
    )
