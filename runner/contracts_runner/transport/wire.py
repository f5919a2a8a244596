"""A request as it goes out: its request line and headers, in the spelling of the wire."""

import string
from functools import lru_cache
from urllib.parse import quote, urlsplit

from contracts_runner.model.exchange import Request
from contracts_runner.transport.route import Route

_WITH_BODY = ("POST", "PUT", "PATCH")


def build_head(request: Request, route: Route) -> bytes:
    """Return the head of a request, whose words the write guard has looked at; raises ValueError for what has no
    UTF-8 form."""
    lines = [f"{request.method} {_build_target(request.url, route)} HTTP/1.1"]
    names = {name.lower() for name, _ in request.headers}
    if "host" not in names:
        lines.append(f"Host: {_find_host(route)}")
    if "accept-encoding" not in names:
        lines.append("Accept-Encoding: identity")
    lines += [f"{name}: {value}" for name, value in request.headers if name.lower() != "content-length"]
    if request.body is not None:
        lines.append(f"Content-Length: {len(request.body)}")
    elif request.method in _WITH_BODY:
        lines.append("Content-Length: 0")
    if route.forward_proxy is not None:
        lines += [f"{name}: {value}" for name, value in route.forward_proxy.headers.items()]
    # As UTF-8; the rest of Latin-1 has no other letters (RFC 9110 §5.5: obs-text).
    return "\r\n".join([*lines, "", ""]).encode()


@lru_cache(maxsize=256)
def _find_host(route: Route) -> str:
    """Return the value of Host: without a default port, and without the zone of an IPv6 address (RFC 6874 §1)."""
    host = route.origin.partition("://")[2]
    if "%" not in host:
        return host
    before, _, zone = host.partition("%")
    return f"{before}]{zone.partition(']')[2]}"


def _build_target(url: str, route: Route) -> str:
    """Return the target of the request line: path and query, for a proxy after scheme and authority (RFC 9112 §3.2.2).

    It goes out as it is asked for; only what no request line can hold is percent-encoded.
    """
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return (route.origin if route.forward_proxy else "") + quote(target, safe=string.punctuation)
