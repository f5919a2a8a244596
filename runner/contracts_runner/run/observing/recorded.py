"""One entry of recorded traffic: the exchange in it, or why there is none to judge."""

import dataclasses
import re
from collections.abc import Mapping

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import BadResponseError
from contracts_runner.maintenance.importing.foreign_requests import ForeignRequest
from contracts_runner.maintenance.importing.har_entries import GZIP, read_entry
from contracts_runner.model.environment import Limits
from contracts_runner.model.exchange import Response
from contracts_runner.model.http import is_json_type, strip_parameters
from contracts_runner.model.json import Json
from contracts_runner.results.traffic_rows import LeftOut
from contracts_runner.run.observing.har_files import HarEntry
from contracts_runner.transport.decoding import Decoder
from contracts_runner.transport.head import Head

# Where browsers say that nothing came over the network.
_CACHE_SIGNS = ("_fromCache", "_fromDiskCache", "_fromPrefetchCache", "_fetchedViaServiceWorker")
_ABANDONED = re.compile(r"abort|cancel|blocked_by|blocked by", re.IGNORECASE)
_PAGES = re.compile(r"text/(html|css|javascript)|application/(x-)?javascript|(image|font|audio|video)/.*")
_PAGE_KINDS = frozenset({"document", "stylesheet", "image", "media", "font", "script", "texttrack", "manifest", "css"})
_PACKED = "the recording has the body as it was packed on its way"
_NOT_MODIFIED, _SWITCHING_PROTOCOLS = 304, 101


class NoEntryError(Exception):
    """An entry cannot be read: what it is, or lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What an entry holds. `left_out` is why it is not judged, wherever it went; `failure` why no answer came, "" if
    one did. `is_page`, `is_preflight`, `is_unchanged`: what it is where the document has no such operation, or does not
    declare that status."""

    request: ForeignRequest
    left_out: LeftOut | None
    failure: str = ""
    is_page: bool = False
    is_preflight: bool = False
    is_unchanged: bool = False


def read_recorded(entry: HarEntry, *, most_bytes: int) -> Recorded:
    """Return what an entry holds. Raises NoEntryError."""
    try:
        value = entry.read()
    except (ValueError, RecursionError):
        raise NoEntryError("is no JSON that can be read") from None
    request = read_entry(value, f"entry {entry.number}", "")
    if not request.url:
        raise NoEntryError(request.problem.removeprefix("it "))
    response = _take(value, "response")
    answer = request.answer and _unpack(request.answer, most_bytes)
    failure = "" if answer else _find_failure(value, response)
    return Recorded(
        request=dataclasses.replace(request, answer=answer),
        left_out=_find_reason(request, value, response, failure),
        failure=failure,
        is_page=_is_page(value, answer),
        is_preflight=request.method == "OPTIONS" and _has_header(request, "access-control-request-method"),
        is_unchanged=answer is not None and answer.status_code == _NOT_MODIFIED,
    )


def _find_reason(request: ForeignRequest, entry: Json, response: Mapping[str, Json], failure: str) -> LeftOut | None:
    is_socket = entry.get("_resourceType") == "websocket" or response.get("status") == _SWITCHING_PROTOCOLS
    if is_socket or request.url.strip().partition(":")[0].lower() not in ("http", "https"):
        return LeftOut.NO_HTTP
    if any(each.get(sign) for each in (entry, response) for sign in _CACHE_SIGNS):
        return LeftOut.CACHED
    return LeftOut.ABANDONED if _ABANDONED.search(failure) else None


def _find_failure(entry: Json, response: Mapping[str, Json]) -> str:
    """Return why there is no answer, as the recorder says."""
    told = (response.get("_error"), response.get("_failureText"), entry.get("_error"), response.get("statusText"))
    why = next((each for each in told if isinstance(each, str) and each), "")
    return f"the recording has no answer: {why}" if why else "the recording has no answer"


def _is_page(entry: Json, answer: Response | None) -> bool:
    kind = entry.get("_resourceType")
    if isinstance(kind, str):
        return kind.lower() in _PAGE_KINDS
    is_success = answer is not None and answer.status_code < 400
    return is_success and _PAGES.fullmatch(answer.media_type or "") is not None if answer else False


def _unpack(answer: Response, most_bytes: int) -> Response:
    """Return the answer with its body as data: recorders mostly store it unpacked, whatever its headers say."""
    limits = Limits(body_bytes=most_bytes)
    if len(answer.body) > most_bytes:
        return _without_body(answer, f"its body is over the limit of {most_bytes} bytes" + limits.explain("body"))
    if not answer.body.startswith(GZIP) or strip_parameters(answer.content_type) == "application/gzip":
        return _without_body(answer, _PACKED) if _is_packed(answer) else answer
    try:
        decoder = Decoder(Head(1, answer.status_code, "", answer.headers), limit=most_bytes)
        decoder.feed(answer.body)
        return dataclasses.replace(answer, body=decoder.finish())
    except BadResponseError as error:
        return _without_body(answer, f"{error}{limits.explain(error.limit)}")


def _is_packed(answer: Response) -> bool:
    """Tell whether what should be JSON has bytes of which its Content-Encoding is the reason."""
    coding = answer.header("content-encoding") or "identity"
    if coding == "identity" or not is_json_type(answer.media_type or ""):
        return False
    try:
        answer.body.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _without_body(answer: Response, why: str) -> Response:
    return dataclasses.replace(answer, body=b"", unread=why)


def _has_header(request: ForeignRequest, name: str) -> bool:
    return any(key.lower() == name for key, _ in request.headers)


def _take(value: Json, key: str) -> Mapping[str, Json]:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}
