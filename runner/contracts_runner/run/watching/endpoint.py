"""Serves /metrics and /healthz of a watch."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from cheroot import wsgi
from prometheus_client import CollectorRegistry, make_wsgi_app

from contracts_runner.errors import UsageError
from contracts_runner.model.json import Json

# True and what to say, while the watch does its work.
Health = Callable[[], tuple[bool, dict[str, Json]]]


@contextlib.contextmanager
def serve_metrics(address: str, port: int, registry: CollectorRegistry, health: Health) -> Iterator[str]:
    """Serve until the block is left; yields the base URL. Raises UsageError for a port that cannot be had."""
    server = wsgi.Server((address, port), _build_app(registry, health), numthreads=2, server_name="contracts watch")
    try:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        socket.create_server(
            (address, port), family=family
        ).close()  # the server would leave a socket open that it cannot bind
        server.prepare()
    except OSError as error:
        raise UsageError(f"metrics cannot be served on {address}:{port}: {error.strerror or error}") from None
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        host = f"[{address}]" if ":" in address else address
        yield f"http://{host}:{server.bind_addr[1]}"
    finally:
        server.stop()
        thread.join()


def _build_app(registry: CollectorRegistry, health: Health) -> Callable[..., Iterable[bytes]]:
    metrics = make_wsgi_app(registry)

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        match environ["PATH_INFO"]:
            case "/metrics":
                served: Iterable[bytes] = metrics(environ, start_response)
                return served
            case "/healthz":
                is_well, report = health()
                status = "200 OK" if is_well else "503 Service Unavailable"
                start_response(status, [("Content-Type", "application/json")])
                return [json.dumps(report).encode()]
            case _:
                start_response("404 Not Found", [("Content-Type", "text/plain")])
                return [b"there are /metrics and /healthz\n"]

    return answer
