"""Which credential a request carries, and how (OpenAPI 3.1 §4.8.27)."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from urllib.parse import quote

from contracts_runner.model.spec import Operation, SecurityScheme

NO_AUTH = "none"
INVALID_AUTH = "invalid"
# What `auth: invalid` sends: no service has issued it, and it is not a secret.
INVALID_CREDENTIAL = "contracts-invalid-credential"


class AuthorizationError(Exception):
    """No credential can be sent."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """Parts of a request that carry credentials, and the name to report: a scheme, "none" or "invalid"."""

    name: str
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()

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


def choose_schemes(operation: Operation, credentials: Mapping[str, str]) -> tuple[str, ...]:
    """Return the first alternative of the operation's security whose credentials are all configured, else the first."""
    for alternative in operation.security:
        if all(scheme in credentials for scheme in alternative):
            return alternative
    return operation.security[0] if operation.security else ()


def authorize(
    auth: str | None,
    *,
    operation: Operation,
    schemes: Mapping[str, SecurityScheme],
    credentials: Mapping[str, str],
) -> Authorization:
    """Return what to send for a step's `auth`; raises AuthorizationError for a missing credential."""
    if auth == NO_AUTH:
        return Authorization(NO_AUTH)
    wanted = choose_schemes(operation, credentials)
    if auth is None or auth == INVALID_AUTH:
        parts = [(name, INVALID_CREDENTIAL if auth else _find(credentials, name)) for name in wanted]
    elif auth in schemes:
        parts = [(auth, _find(credentials, auth))]
    else:
        parts = [(name, _find(credentials, auth)) for name in wanted[:1]]
    placed = [_place(schemes[name], value) for name, value in parts]
    return Authorization(
        auth or " + ".join(wanted) or NO_AUTH,
        headers=tuple(header for each in placed for header in each.headers),
        query=tuple(pair for each in placed for pair in each.query),
        cookies=tuple(cookie for each in placed for cookie in each.cookies),
    )


def _find(credentials: Mapping[str, str], name: str) -> str:
    if name not in credentials:
        raise AuthorizationError(f"the environment has no credential '{name}'")
    return credentials[name]


def _place(scheme: SecurityScheme, value: str) -> Authorization:
    header, text = "Authorization", f"Bearer {value}"
    match scheme.type, scheme.scheme.lower(), scheme.placement:
        case "apiKey", _, "query":
            pair = f"{quote(scheme.parameter, safe='')}={quote(value, safe='')}"
            return Authorization(scheme.name, query=(pair,))
        case "apiKey", _, "cookie":
            return Authorization(scheme.name, cookies=(f"{scheme.parameter}={value}",))
        case "apiKey", _, _:
            header, text = scheme.parameter, value
        case "http", "basic", _:
            text = "Basic " + base64.b64encode(value.encode()).decode()
        case "http", other, _ if other not in ("bearer", ""):
            text = f"{scheme.scheme} {value}"
    return Authorization(scheme.name, headers=((header, text),))
