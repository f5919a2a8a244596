"""Real servers on loopback for tests: raw sockets that may break HTTP, and WSGI applications."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter

Handler = Callable[[socket.socket, bytes], None]


@dataclass
class RawServer:
    """A listening socket; `requests` holds the bytes of each request that arrived."""

    base_url: str
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0


def read_request(connection: socket.socket) -> bytes:
    """Return one whole request, b"" at the end of the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return b""
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@contextlib.contextmanager
def serve_raw(handle: Handler, *, context: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    """Call `handle(connection, request)` for each request of each connection until the block is left; over TLS with a
    context."""
    listener = socket.create_server(("127.0.0.1", 0))
    scheme = "https" if context else "http"
    server = RawServer(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
    open_connections: list[socket.socket] = []

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            talker = context.wrap_socket(connection, server_side=True) if context else connection
            with talker:
                while request := read_request(talker):
                    server.requests.append(request)
                    handle(talker, request)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                server.connections += 1
                open_connections.append(connection)
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in open_connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        thread.join()


def answer(status: str = "200 OK", body: bytes = b"{}", *headers: str, media_type: str = "application/json") -> bytes:
    """Return the bytes of a well-formed response."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {media_type}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def always(data: bytes, *, close: bool = False) -> Handler:
    """Return a handler that answers every request with these bytes."""

    def handle(connection: socket.socket, request: bytes) -> None:
        connection.sendall(data)
        if close:
            connection.shutdown(socket.SHUT_RDWR)

    return handle


def answer_once(data: bytes, end: Handler | None = None) -> Handler:
    """Return a handler that answers the first request of each connection; at the second one the connection ends, as if
    it had been idle for too long: without a byte, or as `end` does."""
    served: set[socket.socket] = set()

    def handle(connection: socket.socket, request: bytes) -> None:
        if connection not in served:
            served.add(connection)
            connection.sendall(data)
        elif end is not None:
            end(connection, request)
        else:
            connection.shutdown(socket.SHUT_RDWR)

    return handle


def reset(first: bytes) -> Handler:
    """Return a handler that resets the connection after these bytes."""

    def handle(connection: socket.socket, request: bytes) -> None:
        connection.sendall(first)
        # The client has them before the reset: it asks for more only then.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    return handle


def find_closed_port() -> int:
    """Return a loopback port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def serve_wsgi(application: Callable[..., object], *, tls: BuiltinSSLAdapter | None = None) -> Iterator[str]:
    """Serve a WSGI application, over TLS with an adapter; yields its base URL."""
    server = wsgi.Server(("127.0.0.1", 0), application, shutdown_timeout=1)
    server.ssl_adapter = tls
    # So long it waits for the next connection before it sees that it is to stop; by default half a second.
    server.expiration_interval = 0.01
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.bind_addr[1]}"
    finally:
        server.stop()
        thread.join()
