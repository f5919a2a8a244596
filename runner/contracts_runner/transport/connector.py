"""Finds the way to a service, and builds connections for it.

What needs more than a socket (TLS, hosts that are no plain names) is urllib3's, which is imported where there is such.
"""

import re
import ssl
import threading
from pathlib import Path

from contracts_runner.model.credential import ClientCertificate
from contracts_runner.model.environment import Limits
from contracts_runner.model.http import Origin, find_origin
from contracts_runner.model.proxies import Proxies
from contracts_runner.transport.connection import Connection, PlainConnection, Sending
from contracts_runner.transport.route import Route

# A name, or an IPv4 address, that goes out as it is.
_PLAIN_HOST = re.compile(r"[a-z0-9._-]+")


class Connector:
    """Builds connections. `ca_bundle` are the certificates to trust, for service and proxy; None for the usual ones."""

    def __init__(self, *, proxies: Proxies, ca_bundle: Path | None, limits: Limits) -> None:
        self._proxies = proxies
        self._ca_bundle = ca_bundle
        self._limits = limits
        self._contexts: dict[ClientCertificate | None, ssl.SSLContext] = {}
        self._routes: dict[tuple[Origin, ClientCertificate | None], Route] = {}
        self._lock = threading.Lock()

    def find_route(self, url: str, certificate: ClientCertificate | None = None) -> Route:
        """Return the way to the service of a URL; raises ValueError for a host that cannot be a name."""
        # By the guard's reading of the URL: a library may see another host in it.
        key = find_origin(url), certificate
        if key not in self._routes:
            self._routes[key] = self._build_route(url, *key)
        return self._routes[key]

    def _build_route(self, url: str, origin: Origin, certificate: ClientCertificate | None) -> Route:
        scheme, host, port = origin
        return Route(
            scheme=scheme,
            host=host if _PLAIN_HOST.fullmatch(host) else _encode_host(scheme, host),
            port=port,
            proxy=self._proxies.find(url),
            certificate=certificate if scheme == "https" else None,
        )

    def build(self, route: Route, sending: Sending) -> Connection:
        """Return a connection that is not open yet."""
        proxy, timeout = route.proxy, self._limits.connect_seconds
        end = proxy or route
        connection: Connection
        if "https" in (route.scheme, end.scheme):
            from contracts_runner.transport.tls import TlsConnection

            contexts = self._find_tls(route.certificate), self._find_tls(None)
            connection = TlsConnection.build(end.host, end.port, timeout, proxy=proxy, contexts=contexts)
        else:
            connection = PlainConnection(end.host, end.port, timeout)
        connection.route, connection.sending = route, sending
        connection.header_limit = self._limits.header_bytes
        return connection

    def _find_tls(self, certificate: ClientCertificate | None) -> ssl.SSLContext:
        """Raises NoResponseError for a certificate that cannot be used."""
        from contracts_runner.transport.tls import build_context

        with self._lock:
            if certificate not in self._contexts:
                self._contexts[certificate] = build_context(self._ca_bundle, certificate)
            return self._contexts[certificate]


def _encode_host(scheme: str, host: str) -> str:
    """Return a host as it goes out; raises ValueError for one that cannot be a name."""
    from urllib3.util import parse_url

    name = parse_url(f"{scheme}://[{host}]" if ":" in host else f"{scheme}://{host}").host or ""
    return name.strip("[]")
