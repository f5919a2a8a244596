"""Reads requests as openapi-core does on a server: the bytes of a request in, the values of its operation out.

It is given each place undecoded, for what stands between items is told from what stands within one before decoding
(RFC 6570 §3.2.1); the texts that it takes apart are decoded afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

from helpers.read_requests import RawRequest
from helpers.written_values import Written


@dataclass
class ReceivedRequest:
    """A request as openapi-core wants it (its protocol Request)."""

    method: str
    path: str
    content_type: str
    body: bytes | None
    parameters: RequestParameters
    host_url: str = "http://service.example.com"


def read_back(api: OpenAPI, written: Written, request: RawRequest) -> Any:
    """Return the value that openapi-core finds in a request; raises what it raises."""
    path, _, query = request.target.partition("?")
    received = ReceivedRequest(
        method=request.method.lower(),
        path=path,
        content_type=request.header("content-type"),
        body=request.body or None,
        parameters=RequestParameters(
            path=_name_path(path.rpartition("/")[2], written),
            query=_build_pairs(query.split("&"), "&", written),
            header=Headers(request.headers),
            cookie=_build_pairs(request.header("cookie").split("; "), "&", written),
        ),
    )
    result = api.unmarshal_request(received)
    if written.place == "body":
        return result.body["p"]
    found = getattr(result.parameters, written.place)["p"]
    is_encoded = written.place in ("path", "query") and written.style[0] != "content"
    return _decode(found) if is_encoded or written.name.startswith("query allowReserved") else found


def _name_path(segment: str, written: Written) -> Mapping[str, str]:
    """Return the segment under each name that openapi-core may ask for, which is that of the RFC 6570 template."""
    if written.style[0] == "content":
        return {"p": unquote(segment)}
    return dict.fromkeys(("p", ".p", ".p*", ";p", ";p*"), segment)


def _build_pairs(pairs: list[str], delimiter: str, written: Written) -> ImmutableMultiDict[str, str]:
    split = [(unquote(name), value) for name, _, value in (pair.partition("=") for pair in pairs)]
    if written.style[0] == "content" and "allowReserved" not in (written.parameter or {}):
        split = [(name, unquote(value)) for name, value in split]
    if written.style == ("form", True) and isinstance(written.value, dict):
        # openapi-core looks for the members of an exploded object under the name of the parameter.
        split = [("p", delimiter.join(pairs))]
    if written.style[0] == "pipeDelimited":
        # Of a query it looks for the pipe itself.
        split = [(name, value.replace("%7C", "|")) for name, value in split]
    return ImmutableMultiDict(split)


def _decode(value: Any) -> Any:
    if isinstance(value, dict):
        return {unquote(name): _decode(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_decode(item) for item in value]
    return unquote(value) if isinstance(value, str) else value
