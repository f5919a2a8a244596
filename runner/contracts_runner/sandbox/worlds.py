"""One fresh application for each scenario that writes, so that scenarios neither interfere nor depend on their order.

A request names its world in a header; without one it gets the shared world, which stays unchanged during a run.
Worlds are made on first use, some of them ahead: between the start of the sandbox and the first request it has nothing
else to do.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Any

WORLD_HEADER = "X-Sandbox-World"
_ENVIRON_KEY = "HTTP_" + WORLD_HEADER.upper().replace("-", "_")

Application = Callable[..., Iterable[bytes]]


class Worlds:
    """A WSGI application (PEP 3333) that gives each world its own application."""

    def __init__(self, create: Callable[[], Application]) -> None:
        self._create = create
        self._shared = create()
        self._worlds: dict[str, Application] = {}
        self._spares: list[Application] = []
        self._is_asked = False
        self._lock = threading.Lock()

    def make_spares(self, count: int) -> None:
        """Make so many worlds for later requests, or fewer if the first request comes before."""
        try:
            while not self._is_asked and len(self._spares) < count:
                self._spares.append(self._create())
        except Exception:
            # The application breaks: the request that needs a world tries again, and its answer says so.
            return

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self._is_asked = True
        return self._find(environ.get(_ENVIRON_KEY))(environ, start_response)

    def _find(self, name: str | None) -> Application:
        if name is None:
            return self._shared
        with self._lock:
            if name not in self._worlds:
                self._worlds[name] = self._spares.pop() if self._spares else self._create()
            return self._worlds[name]
