"""Connections with TLS to the service or the proxy, by urllib3: only who asks for TLS imports it.

Its connection class is used without its pools: these rewrite the target of a request, and read the answer to CONNECT
without bounds.
"""

import ssl
from pathlib import Path

from urllib3.connection import HTTPSConnection, ProxyConfig
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url
from urllib3.util.ssl_ import create_urllib3_context

from contracts_runner.errors import NoResponseError
from contracts_runner.model.credential import ClientCertificate
from contracts_runner.model.proxies import Proxy
from contracts_runner.transport.connection import Connection


class TlsConnection(Connection, HTTPSConnection):
    """To a service with TLS, directly or in a tunnel; or to a proxy with TLS."""

    @classmethod
    def build(
        cls,
        host: str,
        port: int,
        timeout: float,
        *,
        proxy: Proxy | None,
        contexts: tuple[ssl.SSLContext, ssl.SSLContext],
    ) -> "TlsConnection":
        """Return a connection that is not open yet, to a proxy if there is one; the contexts are those of the service
        and of the proxy."""
        own, of_proxy = contexts
        return cls(
            host,
            port,
            timeout=timeout,
            ssl_context=own,
            proxy=parse_url(proxy.url) if proxy else None,
            proxy_config=ProxyConfig(of_proxy, False, None, None) if proxy else None,
        )

    def connect(self) -> None:
        try:
            super().connect()
        except HTTPError as error:
            raise OSError(str(error)) from error


def build_context(ca_bundle: Path | None, certificate: ClientCertificate | None) -> ssl.SSLContext:
    """Return what verifies the other end, by the certificates of a bundle or the usual ones, and shows it ours. Raises
    NoResponseError for a certificate that cannot be used."""
    from requests.utils import DEFAULT_CA_BUNDLE_PATH  # a large library, for this and digest authentication

    # Certificates are verified: there is no switch (docs/design.md, Safety).
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.load_verify_locations(ca_bundle or DEFAULT_CA_BUNDLE_PATH)
    if certificate is not None:
        try:
            # An empty password: nobody is asked on the terminal.
            context.load_cert_chain(certificate.certificate, certificate.key, password=lambda: "")
        except (OSError, ValueError) as error:
            what = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
            message = f"the client certificate {certificate.certificate.name} cannot be used with its key: {what}"
            raise NoResponseError(message) from None
    return context
