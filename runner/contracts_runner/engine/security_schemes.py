"""How a credential of each security scheme is sent, and which schemes cannot be served (OpenAPI 3.1 §4.8.27)."""

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from urllib.parse import quote

from contracts_runner.model.http import TOKEN
from contracts_runner.model.spec import SecurityScheme

# What `auth: invalid` sends, as user and password too: no service has issued it, and it is not a secret.
INVALID_CREDENTIAL = "contracts-invalid-credential"
# A credential in one of these would change where a message goes and ends (RFC 9110 §7.2, RFC 9112 §6).
_FRAMING = frozenset({"host", "content-length", "transfer-encoding", "connection"})


class AuthorizationError(Exception):
    """What should be sent as a credential cannot be sent; `hint` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Authorization:
    """Parts of a request that carry credentials, and the name to report: schemes, a credential, "none" or "invalid"."""

    name: str
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()

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
                "basic, bearer, apiKey and ready tokens of oauth2 and openIdConnect can; "
                "write `auth: none`, or name another credential",
            )
        if place in taken:
            written = f"{place[0]} parameter {place[1]}" if place[0] == "query" else " ".join(place)
            message = f"the security schemes '{taken[place]}' and '{name}' would both write the {written}"
            return AuthorizationError(message, "name one of them in `auth`")
        taken[place] = name
    return None


def place_credential(scheme: SecurityScheme, value: str) -> Authorization:
    """Return a credential where its scheme, which must be servable, wants it; raises AuthorizationError for a text that
    cannot be written there. It is not quoted."""
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
    is_pair = scheme.type == "http" and scheme.scheme.lower() == "basic"
    return f"{INVALID_CREDENTIAL}:{INVALID_CREDENTIAL}" if is_pair else INVALID_CREDENTIAL


def find_place(scheme: SecurityScheme) -> tuple[str, str] | None:
    """Return where the scheme writes, header, query or cookie, and under which name (that of a header in lower case);
    None if it cannot be served."""
    match scheme.type, scheme.scheme.lower(), scheme.placement:
        case "http", "basic" | "bearer", _:
            return "header", "authorization"
        # A text for these is a token that somebody has fetched (RFC 6750 §2.1).
        case "oauth2" | "openIdConnect", _, _:
            return "header", "authorization"
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
    if ":" not in value:
        raise AuthorizationError(f"the credential for '{scheme.name}' is not of the form user:password")
    return value
