"""Which proxy an address is reached through: the environment's `proxy:`, else that of the process environment with its
NO_PROXY (docs/design.md, Project file)."""

import base64
import ipaddress
from collections.abc import Mapping
from dataclasses import field
from urllib.parse import SplitResult, unquote, urlsplit

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import UsageError

_DEFAULT_PORTS = {"http": 80, "https": 443}
_FORM = "http://HOST:PORT or https://HOST:PORT, with USER:PASSWORD@ before the host if it wants credentials"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy that is spoken to over `scheme`, http or https; `user` and `password` are "" without credentials."""

    scheme: str
    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def address(self) -> str:
        """Host and port, as messages name the proxy."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL without credentials."""
        return f"{self.scheme}://{self.address}"

    @property
    def secret(self) -> str:
        """What must not be written down: the password, or the user name (then a token) where there is none."""
        return self.password or self.user

    @property
    def headers(self) -> Mapping[str, str]:
        """What is for the proxy alone, never for the service behind it (RFC 9110 §11.7.2)."""
        if not self.secret:
            return {}
        pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")
        return {"Proxy-Authorization": f"Basic {pair}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxies:
    """`fixed` is the environment's `proxy:`, which wins; `variables` are those of the process environment.

    Lower-case names win over upper-case ones, and an empty one switches the proxy off, as for curl and Python.
    """

    fixed: Proxy | None = None
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)

    def find(self, url: str) -> Proxy | None:
        """Return the proxy for an address, None for the direct way; raises UsageError if a variable has none."""
        if self.fixed is not None:
            return self.fixed
        parts = urlsplit(url)
        name, text = self._look_up(parts.scheme.lower()) or self._look_up("all") or ("", "")
        if not text or self._is_excepted(parts):
            return None
        try:
            return parse_proxy(text)
        except ValueError as error:
            raise UsageError(f"the variable {name} of the process environment: {error}") from None

    def list_secrets(self) -> dict[str, str]:
        """Return what must not be written down of all proxies, by a name for each."""
        found = {"proxy:": self.fixed.secret} if self.fixed else {}
        known = filter(None, map(self._look_up, ("http", "https", "all")))
        found |= {f"${name}": _find_secret(text) for name, text in known}
        return {name: secret for name, secret in found.items() if secret}

    def _look_up(self, kind: str) -> tuple[str, str] | None:
        """Return name and text of a variable."""
        names = (f"{kind}_proxy", f"{kind}_proxy".upper())
        return next(((name, self.variables[name]) for name in names if name in self.variables), None)

    def _is_excepted(self, parts: SplitResult) -> bool:
        _, exceptions = self._look_up("no") or ("", "")
        host = parts.hostname or ""
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme.lower(), 0)
        return any(_matches(host, port, entry.strip().lower()) for entry in exceptions.split(","))


def take_proxy_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of the process environment that are about proxies."""
    return {name: text for name, text in environ.items() if name.lower().endswith("_proxy")}


def parse_proxy(text: str) -> Proxy:
    """Return the proxy that a URL names; raises ValueError, which never quotes the text: it may hold a password."""
    refusal = f"this is not the URL of a proxy; write {_FORM}, special characters of the password percent-encoded"
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        port = parts.port
    except ValueError:
        raise ValueError(refusal) from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError(f"a proxy of the kind '{parts.scheme}' is not supported; write {_FORM}")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    is_bare = parts.path in ("", "/") and not parts.query and not parts.fragment
    # A colon would end the user name (RFC 7617 §2).
    if not parts.hostname or port == 0 or not is_bare or any(map(str.isspace, text)) or ":" in user:
        raise ValueError(refusal)
    port = port or _DEFAULT_PORTS[parts.scheme]
    return Proxy(scheme=parts.scheme, host=parts.hostname, port=port, user=user, password=password)


def _find_secret(text: str) -> str:
    """Return the secret of a variable; one that names no proxy is not used, but a password may still be in it."""
    try:
        return parse_proxy(text).secret
    except ValueError:
        userinfo = text.rpartition("@")[0].rpartition("//")[2]
        return unquote(userinfo.partition(":")[2] or userinfo)


def _matches(host: str, port: int, entry: str) -> bool:
    """Tell whether an entry of NO_PROXY is about a host: `*`, its name or a domain above it, its address or network."""
    if entry == "*" or _is_within(host, entry):
        return True
    name = entry.removeprefix("*").lstrip(".").replace("[", "").replace("]", "")
    return bool(name) and any(own == name or own.endswith(f".{name}") for own in (host, f"{host}:{port}"))


def _is_within(host: str, network: str) -> bool:
    try:
        return "/" in network and ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
