"""Takes the credentials out of a foreign request, by the security schemes of its operation."""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from urllib.parse import unquote_plus

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.authorization import INVALID_AUTH, NO_AUTH
from contracts_runner.engine.security_schemes import find_place
from contracts_runner.maintenance.importing.foreign_requests import mark_open
from contracts_runner.model.spec import Operation, SecurityScheme
from contracts_runner.redaction.credentials import is_credential_header
from contracts_runner.redaction.replacement import MARKER

Pair = tuple[str, str]
_COOKIE = re.compile(r"\s*([^=;]+)=([^;]*)")


@dataclass(slots=True)
class Sent:
    """What of a request is not read yet: headers, the pairs of its query, cookies, each as it was sent."""

    headers: list[Pair] = field(default_factory=list)
    query: list[Pair] = field(default_factory=list)
    cookies: list[Pair] = field(default_factory=list)

    @classmethod
    def split(cls, headers: tuple[Pair, ...], query: str) -> "Sent":
        """Return the parts of a request."""
        lines = [value for name, value in headers if name.lower() == "cookie"]
        cookies = [(match[1].strip(), match[2]) for line in lines for match in _COOKIE.finditer(line)]
        parts = [pair.partition("=") for pair in query.split("&") if pair]
        others = [header for header in headers if header[0].lower() != "cookie"]
        return cls(others, [(name, value) for name, _, value in parts], cookies)


# Scheme -> its credential in one request.
Carried = Mapping[str, str]


@dataclass(slots=True)
class Credentials:
    """The credentials that requests have carried, by the names that steps use: one that an environment has is called as
    there, another as its scheme; further ones of the scheme get numbers. `known`: value -> name in an environment."""

    known: Mapping[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)

    def learn(self, carried: Iterable[Carried | None]) -> None:
        """Give each credential its name."""
        pairs = dict.fromkeys(pair for each in carried if each for pair in each.items())
        for _, value in pairs:
            if value in self.known:
                self.values[self.known[value]] = value
        for scheme, value in pairs:
            number, name = 1, scheme
            while value not in self.known and self.values.setdefault(name, value) != value:
                number += 1
                name = f"{scheme}_{number}"

    def choose_auth(self, operation: Operation, carried: Carried | None, recorded: str | None = None) -> str | None:
        """Return the `auth` of a step whose request carried these; None where it is the operation's own. `recorded` is
        what a run has called it."""
        alternatives = [each for each in operation.security if each]
        if not alternatives or recorded in (NO_AUTH, INVALID_AUTH):
            return recorded if alternatives else None
        if carried is None:
            return NO_AUTH
        names = {value: name for name, value in self.values.items()}
        called = [names[value] for value in carried.values()]
        if recorded and len(called) == 1:
            self.values.setdefault(recorded, next(iter(carried.values())))
            called = [recorded]
        is_own = called == list(carried) and len(alternatives) == 1
        return None if is_own or len(called) != 1 else called[0]


def take_credentials(operation: Operation, schemes: Mapping[str, SecurityScheme], sent: Sent) -> Carried | None:
    """Take what an alternative of the operation's security wants out of a request, that with most schemes first; None
    where the request has none of them."""
    for alternative in sorted(filter(None, operation.security), key=len, reverse=True):
        # A client certificate does not show in a request.
        shown = [name for name in alternative if name not in schemes or not _is_of_connection(schemes[name])]
        found = {name: _find(schemes[name], sent) for name in shown if name in schemes}
        carried = {name: value for name, value in found.items() if value is not None}
        if len(carried) == len(shown):
            for name in shown:
                _remove(schemes[name], sent)
            return carried
    return None


def list_unexplained(sent: Sent) -> list[str]:
    """Return the names of headers and cookies that carry a credential and were not taken."""
    headers = [f"the header {name}" for name, _ in sent.headers if is_credential_header(name)]
    return [*headers, *(f"the cookie {name}" for name, _ in sent.cookies)]


def list_credential_values(sent: Sent) -> list[str]:
    """Return the values of headers and cookies that carry a credential and were not taken."""
    headers = [value.rpartition(" ")[2] for name, value in sent.headers if is_credential_header(name)]
    return [value for value in (*headers, *(value for _, value in sent.cookies)) if value]


def _is_of_connection(scheme: SecurityScheme) -> bool:
    place = find_place(scheme)
    return place is not None and place[0] == "connection"


def _find(scheme: SecurityScheme, sent: Sent) -> str | None:
    """Return the credential of a scheme as an environment has it, None where the request carries none."""
    place = find_place(scheme)
    if place is None or place[0] not in ("header", "query", "cookie"):
        return None
    where, name = place
    pairs = {"header": sent.headers, "query": sent.query, "cookie": sent.cookies}[where]
    is_header = where == "header"
    text = next((value for key, value in pairs if (key.lower() if is_header else key) == name), None)
    if text is None or scheme.type == "apiKey":
        return unquote_plus(text) if text is not None and where == "query" else text
    kind, _, rest = text.partition(" ")
    wanted = scheme.scheme.lower() if scheme.type == "http" else "bearer"
    if kind.lower() != wanted or not rest.strip():
        return None
    match wanted:
        case "basic":
            return _decode_basic(rest.strip())
        case "digest":
            # What a digest is made of cannot be read from it.
            username = re.search(r'username="([^"]*)"', rest)
            return f"{username[1] if username else ''}:{mark_open('password')}"
        case _:
            return rest.strip()


def _decode_basic(text: str) -> str | None:
    if MARKER.fullmatch(text):
        return text
    try:
        return base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None


def _remove(scheme: SecurityScheme, sent: Sent) -> None:
    where, name = find_place(scheme) or ("", "")
    if where == "header":
        sent.headers = [pair for pair in sent.headers if pair[0].lower() != name]
    elif where == "query":
        sent.query = [pair for pair in sent.query if pair[0] != name]
    elif where == "cookie":
        sent.cookies = [pair for pair in sent.cookies if pair[0] != name]
