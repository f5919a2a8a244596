"""Reads a HAR 1.2 archive (http://www.softwareishard.com/blog/har-12-spec/): the requests that a browser recorded."""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from urllib.parse import quote_plus

from contracts_runner.maintenance.importing.foreign_requests import ForeignFile, ForeignPart, ForeignRequest
from contracts_runner.model.exchange import Response, Timings
from contracts_runner.model.http import FORM, MULTIPART, strip_parameters
from contracts_runner.model.json import Json

# What a browser adds by itself.
_OF_BROWSER = (
    "sec-.*|dnt|origin|referer|pragma|cache-control|upgrade-insecure-requests|priority|accept|accept-language"
    "|if-none-match|if-modified-since|x-requested-with|x-client-data"
)

# How a body begins that a recorder has left compressed: its size is then that of the whole.
GZIP = b"\x1f\x8b"


def is_har(value: Json) -> bool:
    """Tell whether a JSON document is a HAR archive."""
    return isinstance(value, Mapping) and isinstance(value.get("log"), Mapping) and "entries" in value["log"]


def read_har(value: Mapping[str, Json], name: str) -> ForeignFile:
    """Return the requests, each with the status of its answer; all together are one scenario."""
    entries = value["log"]["entries"]
    listed = enumerate(entries if isinstance(entries, list) else (), start=1)
    return ForeignFile([read_entry(entry, f"{name}: entry {number}", name) for number, entry in listed])


def read_entry(entry: Json, where: str, group: str) -> ForeignRequest:
    """Return the request of an entry with its answer; `problem` says why it cannot be read."""
    request = _take(entry, "request")
    method, url = request.get("method"), request.get("url")
    if not (isinstance(method, str) and isinstance(url, str)):
        return ForeignRequest(where=where, method="GET", url="", problem="it has no method or no URL")
    headers = _read_headers(request)
    body, parts, problem = _read_body(_take(request, "postData"))
    media_type = _take(request, "postData").get("mimeType")
    is_typed = any(name.lower() == "content-type" for name, _ in headers)
    if isinstance(media_type, str) and media_type and not is_typed and (body is not None or parts is not None):
        headers = (*headers, ("Content-Type", media_type))
    return ForeignRequest(
        where=where,
        method=method.upper(),
        url=url,
        group=group,
        headers=headers,
        body=body,
        parts=parts,
        ambient=_OF_BROWSER,
        answer=_read_answer(_take(entry, "response"), _read_timings(entry)),
        problem=problem,
    )


def _read_answer(response: Mapping[str, Json], timings: Timings | None) -> Response | None:
    status, content = response.get("status"), _take(response, "content")
    if not isinstance(status, int) or not 100 <= status < 600:
        return None
    # Where there are headers they tell: browsers guess the type of what has none.
    headers = _read_headers(response)
    if not headers and "/" in _text(content, "mimeType"):
        headers = (("Content-Type", _text(content, "mimeType")),)
    is_packed = any(name.lower() == "content-encoding" for name, _ in headers)
    body, unread = _read_content(content, is_packed=is_packed)
    return Response(status_code=status, headers=headers, body=body, timings=timings, unread=unread)


def _read_content(content: Mapping[str, Json], *, is_packed: bool) -> tuple[bytes, str]:
    """Return the body of an answer, and why it is not known. Of one that was packed on its way recorders have the size
    before or after that."""
    text, size = content.get("text"), content.get("size")
    if not isinstance(text, str):
        return b"", "" if size == 0 else "the recording does not have the body"
    body = text.encode("utf-8", "surrogatepass")
    if content.get("encoding") == "base64":
        try:
            body = base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            return b"", "the body in the recording is no base64"
    if isinstance(size, int) and len(body) < size and not body.startswith(GZIP) and not (is_packed and _is_json(text)):
        return b"", f"the recording has {len(body)} of {size} bytes of the body"
    return body, ""


def _is_json(text: str) -> bool:
    """Tell whether a text is whole, by its form."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _read_timings(entry: Json) -> Timings | None:
    """Return how long the answer took, None where nobody measured it."""
    parts = {key: value for key, value in _take(entry, "timings").items() if _is_time(value)}
    if "wait" not in parts:
        return None
    first = parts.get("send", 0) + parts["wait"]
    return Timings(first_byte_ms=first, total_ms=first + parts.get("receive", 0))


def _is_time(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")


def _read_headers(message: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
    """Return the headers of a message; HTTP/2 writes its first line as such, too."""
    return tuple(pair for pair in _iter_pairs(message.get("headers")) if not pair[0].startswith(":"))


def _read_body(data: Mapping[str, Json]) -> tuple[bytes | None, tuple[ForeignPart, ...] | None, str]:
    """Return the body as bytes or parts, and why it cannot be read."""
    text, parameters = data.get("text"), data.get("params")
    if isinstance(text, str) and text:
        if data.get("encoding") != "base64":
            return text.encode("utf-8", "surrogatepass"), None, ""
        try:
            return base64.b64decode(text, validate=True), None, ""
        except (binascii.Error, ValueError):
            return None, None, "its body is no base64"
    if not isinstance(parameters, list) or not parameters:
        return None, None, ""
    essence = strip_parameters(str(data.get("mimeType")))
    if essence == MULTIPART:
        return None, tuple(map(_read_part, parameters)), ""
    if essence != FORM:
        return None, None, "its body was not recorded"
    pairs = _iter_pairs(parameters)
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs).encode(), None, ""


def _read_part(part: Json) -> ForeignPart:
    filename, media_type = (_text(part, key) for key in ("fileName", "contentType"))
    name, value = _text(part, "name"), _text(part, "value")
    is_lost = bool(filename) and not value
    return ForeignPart(
        name=name,
        content=value.encode("utf-8", "surrogatepass"),
        path=filename if is_lost else "",
        filename=filename or None,
        media_type=media_type,
    )


def _iter_pairs(listed: Json) -> Iterator[tuple[str, str]]:
    for each in listed if isinstance(listed, list) else ():
        if _text(each, "name"):
            yield _text(each, "name"), _text(each, "value")


def _text(value: Json, key: str) -> str:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) else ""


def _take(value: Json, key: str) -> Mapping[str, Json]:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}
