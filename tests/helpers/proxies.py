"""A real proxy on loopback: forwards requests that name the whole URL, opens tunnels (CONNECT), and keeps what it was
asked for; and a TLS end for a service that has none."""

import base64
import contextlib
import select
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import trustme

from helpers.servers import RawServer, read_request, serve_raw

PROXY_CREDENTIALS = "someone:proxy-secret-1"


@dataclass(frozen=True)
class Authority:
    """A certificate authority of a test: a context for servers on loopback, and the PEM text of its certificate."""

    context: ssl.SSLContext
    pem: bytes


def make_authority() -> Authority:
    """Return a new authority, and a certificate of it for this machine."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return Authority(context, authority.cert_pem.bytes())


@contextlib.contextmanager
def serve_proxy(*, credentials: str = "", context: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    """Serve a proxy, over TLS with a context; `credentials` are the user:password that it wants.

    `requests` of the server are those of clients, as they came; what is in a tunnel is not among them.
    """

    def handle(client: socket.socket, request: bytes) -> None:
        method, target, _ = request.split(b"\r\n")[0].decode().split(" ")
        if credentials and f"Proxy-Authorization: Basic {_encode(credentials)}".encode() not in request:
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
        try:
            service = socket.create_connection((parts.hostname, parts.port or 80))
        except OSError:
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        with service:
            if method == "CONNECT":
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                _relay(client, service, _receive)
            else:
                service.sendall(_forward(request))
                _relay(client, service, read_next)
        client.shutdown(socket.SHUT_RDWR)

    def read_next(client: socket.socket) -> bytes:
        request = read_request(client)
        if request:
            server.requests.append(request)
        return request and _forward(request)

    with serve_raw(handle, context=context) as server:
        yield server


@contextlib.contextmanager
def serve_tls(base_url: str, context: ssl.SSLContext) -> Iterator[str]:
    """Serve over TLS what is at a base URL without; yields the base URL with TLS."""

    def handle(client: socket.socket, request: bytes) -> None:
        with socket.create_connection((parts.hostname, parts.port)) as service:
            service.sendall(request)
            _relay(client, service, _receive)
        client.shutdown(socket.SHUT_RDWR)

    parts = urlsplit(base_url)
    with serve_raw(handle, context=context) as server:
        yield server.base_url


@contextlib.contextmanager
def open_route(kind: str, base_url: str, folder: Path) -> Iterator[tuple[str, dict[str, str], RawServer | None]]:
    """Yield what an environment needs to reach a service without TLS: a base URL and other keys; and the proxy, if any.

    `kind` is "direct", "forward", or "tunnel": then the service has TLS, and its authority's certificate is put there.
    """
    with contextlib.ExitStack() as stack:
        if kind == "direct":
            yield base_url, {}, None
            return
        keys = {}
        if kind == "tunnel":
            authority = make_authority()
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "ca.pem").write_bytes(authority.pem)
            keys["ca_bundle"] = "ca.pem"
            base_url = stack.enter_context(serve_tls(base_url, authority.context))
        proxy = stack.enter_context(serve_proxy(credentials=PROXY_CREDENTIALS))
        keys["proxy"] = proxy.base_url.replace("://", f"://{PROXY_CREDENTIALS}@")
        yield base_url, keys, proxy


def _encode(credentials: str) -> str:
    return base64.b64encode(credentials.encode()).decode()


def _receive(connection: socket.socket) -> bytes:
    return connection.recv(65536)


def _forward(request: bytes) -> bytes:
    """Return a request as the service gets it: the path is its target, and what is for the proxy is gone."""
    head, end, body = request.partition(b"\r\n\r\n")
    line, *fields = head.split(b"\r\n")
    method, url, version = line.split(b" ")
    target = b"/" + url.split(b"/", 3)[3]
    kept = [field for field in fields if not field.lower().startswith(b"proxy-")]
    return b"\r\n".join([b" ".join([method, target, version]), *kept]) + end + body


def _relay(client: socket.socket, service: socket.socket, read: Callable[[socket.socket], bytes]) -> None:
    """Hand on what either side sends until one of them ends; `read` returns what is to be handed on of a client."""
    while True:
        is_waiting = isinstance(client, ssl.SSLSocket) and client.pending() > 0
        readable = [client] if is_waiting else select.select([client, service], [], [])[0]
        if service in readable:
            answer = _receive(service)
            if not answer:
                return
            client.sendall(answer)
        if client in readable:
            data = read(client)
            if not data:
                return
            service.sendall(data)
