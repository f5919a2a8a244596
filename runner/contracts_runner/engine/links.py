"""Resolves a link that an answer gave: to the operation's path, on an address that the environment names."""

import re
from collections.abc import Iterable
from urllib.parse import unquote, urljoin, urlsplit

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.styles import UnsendableError
from contracts_runner.model.http import escape_url, find_origin
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.paths import find_exact, parse_pairs

_NOT_IN_LINK = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True, slots=True)
class Link:
    """An absolute URL without its fragment, and the address of the environment that it is on. `is_at_home`: that is the
    operation's own service."""

    url: str
    address: str
    is_at_home: bool


def resolve_link(
    link: Json, operation: Operation, *, operations: Iterable[Operation], base_url: str, addresses: Iterable[str]
) -> Link:
    """Return where a link leads; `operations` are those of its spec, `addresses` all that requests may go to.

    A relative link is resolved against the address of the operation's service. Raises UnsendableError.
    """
    if not isinstance(link, str) or not link.strip():
        raise UnsendableError(f"the link is {_describe(link)}")
    if _NOT_IN_LINK.search(link):
        raise UnsendableError("the link holds a blank or another character that no URL has")
    home = operation.find_base_url(base_url)
    try:
        url = urljoin(f"{home}/", link)
        parts, origin = urlsplit(url), find_origin(url)
        named = [address for address in dict.fromkeys((home, *addresses)) if find_origin(address) == origin]
    except ValueError:
        raise UnsendableError("the link is no URL") from None
    if "@" in parts.netloc:
        raise UnsendableError("the link holds a user or a password")
    if not named:
        raise UnsendableError("the link leads to an address that the environment does not name")
    segments = tuple(map(unquote, (parts.path or "/").split("/")[1:]))
    if any(segment in (".", "..") or "/" in segment for segment in segments):
        raise UnsendableError("the link's path is not written plainly")
    pairs = parse_pairs(parts.query)
    for address in named:
        templates = [(urlsplit(address).path.rstrip("/") + each.path, each) for each in operations]
        own = urlsplit(address).path.rstrip("/") + operation.path.partition("?")[0]
        is_whole = segments.count("") == own.split("/")[1:].count("")
        if is_whole and operation in find_exact(templates, operation.method, segments, pairs):
            return Link(escape_url(url), address.rstrip("/"), is_at_home=address.rstrip("/") == home)
    raise UnsendableError(f"the link does not lead to the path of {operation.label}, {operation.path}")


def _describe(link: Json) -> str:
    if link is None:
        return "null"
    return "empty" if isinstance(link, str) else "no text"
