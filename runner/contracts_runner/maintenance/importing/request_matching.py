"""Finds the operation that a foreign request reaches: by its method and path, below an address of the project."""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from urllib.parse import unquote, urlsplit

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.environments import read_set_environment
from contracts_runner.maintenance.importing.foreign_requests import ForeignRequest, split_open
from contracts_runner.maintenance.lint.servers import iter_urls
from contracts_runner.model.environment import Environment
from contracts_runner.model.http import escape_target
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.operations import list_servers
from contracts_runner.openapi.paths import find_reached, parse_pairs
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.settings.settings import Settings

_MOST_SHOWN = 3


class UnmatchedError(Exception):
    """No operation fits; the message says why, without any value of the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The operation, and what of the request's URL is its path and its query, as they were sent."""

    spec: Spec
    operation: Operation
    path: str
    query: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the operations of specs are: spec -> origin -> the paths before those of the document. `origins` are the
    known ones; a request to another is taken only where no request of a file goes to a known one."""

    prefixes: Mapping[str, Mapping[str, tuple[str, ...]]]
    origins: frozenset[str] = field(default_factory=frozenset)

    def list_prefixes(self, spec: str, origin: str) -> list[str]:
        """Return the paths to try, the longest first."""
        known = self.prefixes[spec]
        found = known.get(origin) or [*(prefix for each in known.values() for prefix in each), ""]
        return sorted(set(found), key=len, reverse=True)


def find_addresses(settings: Settings, specs: Mapping[str, Spec], variables: Mapping[str, str]) -> Addresses:
    """Return the addresses of environments and of the documents' servers; `variables` are those of the process."""
    environments = [read_set_environment(settings, name, variables) for name in settings.environments]
    return build_addresses([each for each in environments if each is not None], specs)


def build_addresses(known: Sequence[Environment], specs: Mapping[str, Spec]) -> Addresses:
    """Return the addresses of some environments and of the documents' servers."""
    prefixes: dict[str, dict[str, tuple[str, ...]]] = {}
    for key, spec in specs.items():
        urls = [each.base_urls.get(key, each.base_url or "") for each in known]
        urls += [url for each in known for url in each.servers.values()]
        urls += [url for server in list_servers(spec.document.get("servers")) for url in iter_urls(server)]
        urls += [url for operation in spec.operations.values() for url in operation.servers]
        found: dict[str, tuple[str, ...]] = {}
        for url in dict.fromkeys(filter(None, urls)):
            with suppress(UnmatchedError):
                origin, path, _ = split_url(url)
                found[origin] = tuple(dict.fromkeys([*found.get(origin, ()), path.rstrip("/")]))
        prefixes[key] = found
    origins = frozenset(origin for each in prefixes.values() for origin in each if origin)
    return Addresses(prefixes, origins)


def split_url(url: str) -> tuple[str, str, str]:
    """Return the origin ("" where it is an open variable, or none), the path and the query of a URL, without its user
    and its fragment. Raises UnmatchedError for what is no URL of HTTP."""
    url = re.sub(r"^(?:https?://)?(?=_contracts_open_)", "", url.strip())
    if len(parts := split_open(url)) > 1 and not parts[0]:
        url = re.sub(r"^_contracts_open_[0-9a-f]+_[^/?#]*", "", url)
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError:
        raise UnmatchedError("its URL cannot be read") from None
    if split.scheme not in ("http", "https", "") or (split.scheme and not split.hostname):
        raise UnmatchedError(f"it goes to no HTTP address ({split.scheme})")
    is_default = port in (None, {"http": 80, "https": 443}.get(split.scheme))
    host = f"[{split.hostname}]" if split.hostname and ":" in split.hostname else split.hostname
    origin = f"{split.scheme}://{host}{'' if is_default else f':{port}'}" if split.hostname else ""
    return origin, split.path, split.query


def find_match(request: ForeignRequest, specs: Iterable[Spec], addresses: Addresses, *, is_strict: bool) -> Match:
    """Return the operation; raises UnmatchedError. `is_strict`: only at known addresses, and on this machine."""
    origin, path, query = split_url(request.url)
    if is_strict and origin and origin not in addresses.origins and not is_local(origin):
        raise UnmatchedError(f"{origin} is no address of the project, by its environments and its documents' servers")
    near: list[Operation] = []
    for spec in specs:
        for prefix in addresses.list_prefixes(spec.key, origin):
            if not path.startswith(f"{prefix}/"):
                continue
            rest = path[len(prefix) :]
            for operation in _find_reached(spec, request.method, rest, query):
                return Match(spec=spec, operation=operation, path=rest, query=query)
            near += spec.match_path(rest)
    raise UnmatchedError(_explain(request.method, near))


def _find_reached(spec: Spec, method: str, path: str, query: str) -> Sequence[Operation]:
    segments = tuple(map(unquote, path.split("/")[1:]))
    found = find_reached(((each.path, each) for each in spec.operations.values()), method, segments, parse_pairs(query))
    return [operation for operation in found if split_path(operation, path) is not None]


def split_path(operation: Operation, path: str) -> dict[str, str] | None:
    """Return placeholder -> its text as it was sent, None where the path is not of the operation's template."""
    template = operation.path.partition("?")[0].partition("#")[0]
    parts = re.split(r"\{([^{}]+)\}", template)
    names = parts[1::2]
    pattern = "".join("([^/]+?)" if index % 2 else re.escape(escape_target(part)) for index, part in enumerate(parts))
    match = re.fullmatch(pattern, path) or re.fullmatch(pattern, escape_target(path))
    return dict(zip(names, match.groups(), strict=True)) if match else None


def _explain(method: str, near: Sequence[Operation]) -> str:
    if not near:
        return "no path of the specs is like its own"
    listed = ", ".join(f"{each.method} ({each.label})" for each in near[:_MOST_SHOWN])
    return f"the path {near[0].path} has no {method}; it has {listed}"


def is_local(origin: str) -> bool:
    """Tell whether an origin is on this machine."""
    host = urlsplit(origin).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def iter_known(requests: Iterable[ForeignRequest], addresses: Addresses) -> Iterator[ForeignRequest]:
    """Yield the requests that go to a known address."""
    for request in requests:
        try:
            origin, _, _ = split_url(request.url)
        except UnmatchedError:
            continue
        if origin in addresses.origins:
            yield request
