"""Which credential a request carries, and how (OpenAPI 3.1 §4.8.27)."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from contracts_runner.model.spec import Operation, SecurityScheme

NO_AUTH = "none"
INVALID_AUTH = "invalid"
# What `auth: invalid` sends: no service has issued it, and it is no secret.
INVALID_CREDENTIAL = "contracts-invalid-credential"


class AuthorizationError(Exception):
    """No credential can be sent."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """Parts of a request that carry credentials, and the name to report: a scheme, "none" or "invalid"."""

    name: str
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[str, ...] = ()
    cookies: tuple[str, ...] = field(default=())


def choose_schemes(operation: Operation, credentials: Mapping[str, str]) -> tuple[str, ...]:
    """Return the first alternative of the operation's security for which all credentials are there, else the first."""
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
    """Return what to send for a step's `auth`; raises AuthorizationError when a credential is not there."""
    if auth == NO_AUTH:
        return Authorization(NO_AUTH)
    wanted = choose_schemes(operation, credentials)
    if auth is None or auth == INVALID_AUTH:
        parts = [(name, INVALID_CREDENTIAL if auth else _find(credentials, name)) for name in wanted]
    elif auth in schemes:
        parts = [(auth, _find(credentials, auth))]
    else:
        parts = [(name, _find(credentials, auth)) for name in wanted[:1]]
    headers: list[tuple[str, str]] = []
    query: list[str] = []
    cookies: list[str] = []
    for name, value in parts:
        _place(schemes[name], value, headers, query, cookies)
    label = auth or (" + ".join(wanted) if wanted else NO_AUTH)
    return Authorization(label, tuple(headers), tuple(query), tuple(cookies))


def _find(credentials: Mapping[str, str], name: str) -> str:
    if name not in credentials:
        raise AuthorizationError(f"the environment has no credential '{name}'")
    return credentials[name]


def _place(
    scheme: SecurityScheme, value: str, headers: list[tuple[str, str]], query: list[str], cookies: list[str]
) -> None:
    match scheme.type, scheme.scheme.lower(), scheme.placement:
        case "apiKey", _, "query":
            query.append(f"{quote(scheme.parameter, safe='')}={quote(value, safe='')}")
        case "apiKey", _, "cookie":
            cookies.append(f"{scheme.parameter}={value}")
        case "apiKey", _, _:
            headers.append((scheme.parameter, value))
        case "http", "basic", _:
            headers.append(("Authorization", "Basic " + base64.b64encode(value.encode()).decode()))
        case "http", other, _ if other not in ("bearer", ""):
            headers.append(("Authorization", f"{scheme.scheme} {value}"))
        case _:
            headers.append(("Authorization", f"Bearer {value}"))
