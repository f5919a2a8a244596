"""What a document says of environments: its servers, and the credentials that its operations want."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import urljoin, urlsplit

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.security_schemes import find_fault
from contracts_runner.maintenance.drafts.document_files import LOCAL_HOSTS
from contracts_runner.model.json import Json
from contracts_runner.model.spec import SecurityScheme
from contracts_runner.openapi.spec import Spec

# Word in the name or the address of a server -> name of the environment.
_KINDS = {
    "prod": "production",
    "live": "production",
    "sandbox": "sandbox",
    "stag": "staging",
    "test": "test",
    "dev": "development",
    "demo": "demo",
    "mock": "mock",
    "local": "local",
    "127.0.0.1": "local",
}
_RESERVED = ("none", "invalid")
_VARIABLE = re.compile(r"\{([^{}]+)\}")
_MOST_ENVIRONMENTS = 10
NO_SERVER = "guess: the document names no server; write the address of yours"


@dataclass(frozen=True, slots=True)
class CredentialDraft:
    """A credential of contracts.yaml: the scheme of the document, what is written with its `$NAME`s, and what it is."""

    scheme: str
    value: str | dict[str, Json]
    variables: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class EnvironmentDraft:
    """An environment of contracts.yaml. `servers`: own server of operations, as the document has it -> its address."""

    name: str
    base_url: str
    comment: str
    servers: Mapping[str, str]
    credentials: tuple[CredentialDraft, ...]


def draft_environments(spec: Spec, source: str) -> list[EnvironmentDraft]:
    """Return an environment for each server of a document, the first for use by default. `source` is the URL of the
    document, "" for a file."""
    schemes = list_servable(spec)
    drafts: list[EnvironmentDraft] = []
    servers = list(_iter_servers(spec, source))
    for url, comment in [*_find_local(servers, source), *servers][:_MOST_ENVIRONMENTS]:
        if url not in (draft.base_url for draft in drafts):
            name = _make_unique(_choose_name(url, comment), [draft.name for draft in drafts])
            prefix = f"{spec.key}_{name}" if drafts else spec.key
            credentials = tuple(_draft_credentials(schemes, prefix))
            own = dict(_iter_own_servers(spec, url, is_elsewhere=url not in dict(servers)))
            drafts.append(EnvironmentDraft(name, url, comment, own, credentials))
    return drafts


def list_servable(spec: Spec) -> list[SecurityScheme]:
    """Return the security schemes that an operation wants and that can be served."""
    wanted = {name for each in spec.operations.values() for alternative in each.security for name in alternative}
    return [
        scheme
        for name, scheme in spec.security_schemes.items()
        if name in wanted and name not in _RESERVED and find_fault([name], spec.security_schemes) is None
    ]


def _find_local(servers: Sequence[tuple[str, str]], source: str) -> Iterator[tuple[str, str]]:
    """Yield the address of a service of this machine that published the document, which may name another one."""
    parts = urlsplit(source)
    origin = f"{parts.scheme}://{parts.netloc}"
    if parts.hostname in LOCAL_HOSTS and not any(f"{url}/".startswith(f"{origin}/") for url, _ in servers):
        yield f"{origin}{urlsplit(servers[0][0]).path}", "guess: where the document came from"


def _iter_servers(spec: Spec, source: str) -> Iterator[tuple[str, str]]:
    """Yield the address of each server and what it is; what is relative is so to the URL of the document."""
    servers = spec.document.get("servers")
    is_found = False
    for server in servers if isinstance(servers, list) and servers else [{"url": "/"}]:
        if not isinstance(server, Mapping):
            continue
        url, comment = _fill(server), server.get("description")
        absolute = urljoin(source, url)
        if not _is_base_url(absolute) and url.startswith("/"):
            absolute, comment = f"http://localhost{url}", NO_SERVER
        if _is_base_url(absolute):
            is_found = True
            yield absolute.rstrip("/"), comment if isinstance(comment, str) else ""
    if not is_found:
        yield "http://localhost", NO_SERVER


def _iter_own_servers(spec: Spec, base_url: str, *, is_elsewhere: bool) -> Iterator[tuple[str, str]]:
    """Yield where operations are that have a server of their own; where the service is elsewhere than the document
    says, there."""
    parts = urlsplit(base_url)
    for operation in spec.operations.values():
        places = (("paths", operation.path, operation.method.lower(), "servers"), ("paths", operation.path, "servers"))
        found = next(filter(None, map(spec.bundle.get, places)), None) if operation.servers else None
        for server in found[1] if found and isinstance(found[1], list) else ():
            if isinstance(server, Mapping) and str(server.get("url")) in operation.servers:
                url = urljoin(f"{base_url}/", _fill(server)).rstrip("/")
                url = f"{parts.scheme}://{parts.netloc}{urlsplit(url).path}" if is_elsewhere else url
                if _is_base_url(url):
                    yield str(server["url"]), url
                    break


def _fill(server: Mapping[str, Json]) -> str:
    """Return the URL of a server with the defaults of its variables."""
    variables = server.get("variables")
    known = variables if isinstance(variables, Mapping) else {}

    def fill(match: re.Match[str]) -> str:
        variable = known.get(match[1])
        return str(variable.get("default", match[1])) if isinstance(variable, Mapping) else match[1]

    return _VARIABLE.sub(fill, str(server.get("url", "")))


def _is_base_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        is_fit = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return is_fit and not re.search(r"[\s@?#${}]", text)


def _choose_name(url: str, comment: str) -> str:
    host = urlsplit(url).hostname or ""
    for text in (host, comment.lower()):
        for word, name in _KINDS.items():
            if re.search(rf"(?<![a-z]){re.escape(word)}", text):
                return name
    return "production"


def _make_unique(name: str, taken: Iterable[str]) -> str:
    known = set(taken)
    numbered = (f"{name}-{number}" for number in range(2, len(known) + 3))
    return name if name not in known else next(each for each in numbered if each not in known)


def _draft_credentials(schemes: Iterable[SecurityScheme], prefix: str) -> Iterator[CredentialDraft]:
    taken: list[str] = []
    for scheme in schemes:
        name = make_variable(f"{prefix}_{scheme.name}")
        while name in taken:
            name += "_2"
        taken.append(name)
        parts, description = _describe(scheme)
        variables = tuple(f"{name}_{part.upper()}" for part in parts) or (name,)
        value: dict[str, Json] = {part: f"${each}" for part, each in zip(parts, variables, strict=False)}
        yield CredentialDraft(scheme.name, value or f"${name}", variables, description)


def _describe(scheme: SecurityScheme) -> tuple[tuple[str, ...], str]:
    """Return the parts of the credential that a scheme takes, none for a text, and what it is.

    Where people log in, the token is written that somebody has got.
    """
    match scheme.type, scheme.scheme, [flow.name for flow in scheme.flows]:
        case "http", "basic" | "digest" as word, _:
            return ("username", "password"), word
        case "mutualTLS", _, _:
            return ("certificate", "key"), "files in PEM, with absolute paths"
        case "oauth2", _, ["clientCredentials"]:
            return ("client_id", "client_secret"), "a client of OAuth 2"
        case "oauth2", _, ["password"]:
            return ("username", "password"), "a user of OAuth 2"
        case "apiKey", _, _:
            return (), f"{scheme.placement} {scheme.parameter}"
        case kind, _, _:
            return (), "a bearer token" if kind == "http" else f"a bearer token ({kind})"


def make_variable(text: str) -> str:
    """Return the name of an environment variable for a text: petStore-key -> PET_STORE_KEY."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    name = re.sub(r"[^A-Za-z0-9]+", "_", split).strip("_").upper()
    return name if name and not name[0].isdigit() else f"API_{name}".rstrip("_")
