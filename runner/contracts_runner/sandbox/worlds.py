"""One fresh application for each scenario that writes, so that scenarios neither meet nor depend on their order.

A request names its world in a header; without one it meets the shared world, which nobody changes during a run.
Worlds are made on first use.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Any

WORLD_HEADER = "X-Sandbox-World"
_ENVIRON_KEY = "HTTP_" + WORLD_HEADER.upper().replace("-", "_")

Application = Callable[..., Iterable[bytes]]


class Worlds:
    """A WSGI application (PEP 3333) that gives each world an application of its own."""

    def __init__(self, create: Callable[[], Application]) -> None:
        self._create = create
        self._shared = create()
        self._worlds: dict[str, Application] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return self._find(environ.get(_ENVIRON_KEY))(environ, start_response)

    def _find(self, name: str | None) -> Application:
        if name is None:
            return self._shared
        with self._lock:
            if name not in self._worlds:
                self._worlds[name] = self._create()
            return self._worlds[name]
