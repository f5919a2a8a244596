"""How a credential of each security scheme is sent, and which schemes cannot be served (OpenAPI 3.1 §4.8.27)."""

import base64
import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from urllib.parse import quote

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.oauth import OAuthError, find_token_source
from contracts_runner.engine.scope import Placeholder
from contracts_runner.model.credential import (
    CapturedCredential,
    ClientCertificate,
    Credential,
    OAuthClient,
    UserPassword,
)
from contracts_runner.model.exchange import PendingCredential, Request
from contracts_runner.model.http import TOKEN, find_field_fault
from contracts_runner.model.spec import SecurityScheme

# What `auth: invalid` sends, as user and password too: no service has issued it, and it is not a secret.
INVALID_CREDENTIAL = "contracts-invalid-credential"
_TOKENS = ("oauth2", "openIdConnect")
# A credential in one of these would change where a message goes and ends (RFC 9110 §7.2, RFC 9112 §6).
_FRAMING = frozenset({"host", "content-length", "transfer-encoding", "connection"})


class AuthorizationError(Exception):
    """What should be sent as a credential cannot be sent; `hint` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Authorization:
    """Parts of a request that carry credentials, and the name to report: schemes, a credential, "none" or "invalid".
    `pending` are those whose text is known only when the request leaves."""

    name: str
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()
    pending: tuple[PendingCredential, ...] = ()
    certificate: ClientCertificate | None = None

    @property
    def is_carrying(self) -> bool:
        """True if a credential is sent."""
        return bool(self.headers or self.query or self.cookies)

    def add_headers(self, *groups: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Return groups of headers with these: a later one replaces those of its name; cookies are appended."""
        headers = {name.lower(): (name, value) for name, value in chain(*groups, self.headers)}
        if self.cookies:
            before = [headers["cookie"][1]] if "cookie" in headers else []
            headers["cookie"] = ("Cookie", "; ".join([*before, *self.cookies]))
        return tuple(headers.values())

    def add_query(self, url: str) -> str:
        """Return a URL with the parts of the query."""
        return f"{url}{'&' if '?' in url else '?'}{'&'.join(self.query)}" if self.query else url

    def add_to(self, request: Request) -> Request:
        """Return a complete request with these."""
        return dataclasses.replace(request, url=self.add_query(request.url), headers=self.add_headers(request.headers))


def join(name: str, parts: Sequence[Authorization]) -> Authorization:
    """Return several together, under a name."""
    return Authorization(
        name,
        headers=tuple(header for each in parts for header in each.headers),
        query=tuple(pair for each in parts for pair in each.query),
        cookies=tuple(cookie for each in parts for cookie in each.cookies),
        pending=tuple(one for each in parts for one in each.pending),
        certificate=next((each.certificate for each in parts if each.certificate), None),
    )


def find_fault(names: Sequence[str], schemes: Mapping[str, SecurityScheme]) -> AuthorizationError | None:
    """Return why the schemes cannot be served together, None if they can."""
    taken: dict[tuple[str, str], str] = {}
    for name in names:
        if name not in schemes:
            return AuthorizationError(
                f"the document has no security scheme '{name}'", "declare it, or correct the name"
            )
        place = find_place(schemes[name])
        if place is None:
            return AuthorizationError(
                f"the security scheme '{name}' ({_describe(schemes[name])}) cannot be served",
                "basic, digest, bearer, apiKey, oauth2, openIdConnect and mutualTLS can; "
                "write `auth: none`, or name another credential",
            )
        if place in taken:
            written = f"{place[0]} parameter {place[1]}" if place[0] == "query" else " ".join(place)
            message = f"the security schemes '{taken[place]}' and '{name}' would both write the {written}"
            return AuthorizationError(message, "name one of them in `auth`")
        taken[place] = name
    return None


def place(name: str, scheme: SecurityScheme, credential: Credential) -> Authorization:
    """Return a credential where its scheme, which must be servable, wants it; raises AuthorizationError for one that
    is not of its form. `name` is the credential's."""
    if (scheme.type == "mutualTLS") is not isinstance(credential, ClientCertificate):
        wanted = "a client certificate, {certificate, key}" if scheme.type == "mutualTLS" else "no client certificate"
        raise AuthorizationError(f"the security scheme '{scheme.name}' ({_describe(scheme)}) takes {wanted}")
    match credential:
        case ClientCertificate():
            return Authorization(scheme.name, certificate=credential)
        case CapturedCredential() if _is_of(scheme, "digest"):
            message = f"the security scheme '{scheme.name}' ({_describe(scheme)}) takes no capture"
            raise AuthorizationError(message, "write {username, password}")
        case CapturedCredential():
            return _leave_open(name, scheme, credential)
        case UserPassword(username=username, password=password) if scheme.type in _TOKENS:
            return place(name, scheme, OAuthClient(username=username, password=password))
        case OAuthClient():
            try:
                find_token_source(scheme, credential)
            except OAuthError as error:
                raise AuthorizationError(f"the credential '{name}': {error}", error.hint) from None
            return _leave_open(name, scheme, credential)
        case UserPassword(username=username, password=password):
            if not _is_of(scheme, "basic", "digest"):
                message = f"the security scheme '{scheme.name}' ({_describe(scheme)}) takes no user with a password"
                raise AuthorizationError(message, "write the key or token as a text")
            if _is_of(scheme, "digest"):
                return _leave_open(name, scheme, credential)
            return place_text(scheme, f"{username}:{password}")
        case str() if _is_of(scheme, "digest"):
            username, _, password = _check_pair(scheme, credential).partition(":")
            return _leave_open(name, scheme, UserPassword(username=username, password=password))
        case str():
            return place_text(scheme, credential)


def _leave_open(name: str, scheme: SecurityScheme, credential: Credential) -> Authorization:
    return Authorization(scheme.name, pending=(PendingCredential(name=name, scheme=scheme, credential=credential),))


def place_text(scheme: SecurityScheme, value: str) -> Authorization:
    """Return a text where its scheme wants it; raises AuthorizationError for one that cannot be written there, without
    quoting it."""
    placed = _write_text(scheme, value)
    for name, text in (*placed.headers, *(("Cookie", cookie) for cookie in placed.cookies)):
        if fault := find_field_fault(text):
            raise AuthorizationError(f"the header {name} cannot hold {fault}")
    return placed


def _write_text(scheme: SecurityScheme, value: str) -> Authorization:
    match scheme.type, scheme.scheme.lower(), scheme.placement:
        case "apiKey", _, "query":
            pair = f"{quote(scheme.parameter, safe='')}={quote(value, safe='')}"
            return Authorization(scheme.name, query=(pair,))
        case "apiKey", _, "cookie":
            return Authorization(scheme.name, cookies=(f"{scheme.parameter}={_check_cookie(scheme, value)}",))
        case "apiKey", _, _ if scheme.parameter.lower() == "cookie":
            return Authorization(scheme.name, cookies=(value,))
        case "apiKey", _, _:
            return Authorization(scheme.name, headers=((scheme.parameter, value),))
        case "http", "basic", _:
            text = base64.b64encode(_check_pair(scheme, value).encode()).decode()
            return Authorization(scheme.name, headers=(("Authorization", f"Basic {text}"),))
        case _:
            return Authorization(scheme.name, headers=(("Authorization", f"Bearer {value}"),))


def render_invalid(scheme: SecurityScheme) -> str:
    """Return a credential of the scheme's form that nobody has issued."""
    is_pair = _is_of(scheme, "basic", "digest")
    return f"{INVALID_CREDENTIAL}:{INVALID_CREDENTIAL}" if is_pair else INVALID_CREDENTIAL


def _is_of(scheme: SecurityScheme, *words: str) -> bool:
    return scheme.type == "http" and scheme.scheme.lower() in words


def find_place(scheme: SecurityScheme) -> tuple[str, str] | None:
    """Return where the scheme writes, header, query, cookie or connection, and under which name (that of a header in
    lower case); None if it cannot be served."""
    match scheme.type, scheme.scheme.lower(), scheme.placement:
        case "http", "basic" | "bearer" | "digest", _:
            return "header", "authorization"
        # A text for these is a token that somebody has fetched (RFC 6750 §2.1).
        case "oauth2" | "openIdConnect", _, _:
            return "header", "authorization"
        case "mutualTLS", _, _:
            return "connection", "certificate"
        case "apiKey", _, "query":
            return "query", scheme.parameter
        case "apiKey", _, "cookie" if re.fullmatch(TOKEN, scheme.parameter):
            return "cookie", scheme.parameter
        case "apiKey", _, "header" if re.fullmatch(TOKEN, scheme.parameter):
            name = scheme.parameter.lower()
            return None if name in _FRAMING else ("header", name)
    return None


def _describe(scheme: SecurityScheme) -> str:
    return " ".join(filter(None, (scheme.type, scheme.scheme, scheme.placement, scheme.parameter)))


def _check_cookie(scheme: SecurityScheme, value: str) -> str:
    if ";" in value:
        raise AuthorizationError(f"the credential for '{scheme.name}' goes into a cookie, which cannot hold a ';'")
    return value


def _check_pair(scheme: SecurityScheme, value: str) -> str:
    if ":" not in value and not isinstance(value, Placeholder):
        raise AuthorizationError(f"the credential for '{scheme.name}' is not of the form user:password")
    return value
