"""Whether a base URL can be reached: name, connection, TLS. No request is sent."""

import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from contracts_runner.transport.failures import describe_failure


def probe_base_url(base_url: str, *, ca_bundle: Path | None, timeout_seconds: float) -> tuple[bool, str]:
    """Return whether a connection can be set up, and what was seen or what went wrong."""
    parts = urlsplit(base_url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((host, port), timeout=timeout_seconds) as sock:
            address = sock.getpeername()[0]
            if parts.scheme != "https":
                return True, f"connected to {address} port {port}, no TLS"
            context = ssl.create_default_context(cafile=str(ca_bundle) if ca_bundle else None)
            with context.wrap_socket(sock, server_hostname=host) as tls:
                certificate = tls.getpeercert() or {}
                until = certificate.get("notAfter", "an unknown day")
                return True, f"connected to {address} port {port}, {tls.version()}, certificate valid until {until}"
    except OSError as error:
        return False, str(describe_failure(error, has_left=False))
