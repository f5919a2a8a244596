"""A real HTTP/1.1 server around an environment's `sandbox: {app: module:factory}`, on threads of its own."""

import contextlib
import importlib
import threading
from collections.abc import Callable, Iterator

from cheroot import wsgi

from contracts_runner.errors import Problem, ProjectError
from contracts_runner.model.environment import SandboxApp
from contracts_runner.sandbox.worlds import Application, Worlds

HOST = "127.0.0.1"


@contextlib.contextmanager
def serve_sandbox(sandbox: SandboxApp, *, port: int = 0) -> Iterator[str]:
    """Serve the application until the block is left; yields its base URL. It accepts connections at once.

    Raises ProjectError if the application cannot be made.
    """
    server = wsgi.Server((HOST, port), Worlds(_load_factory(sandbox)), numthreads=16, shutdown_timeout=1)
    server.prepare()
    thread = threading.Thread(target=server.serve, name="sandbox", daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.bind_addr[1]}"
    finally:
        server.stop()
        thread.join()


def _load_factory(sandbox: SandboxApp) -> Callable[[], Application]:
    module_name, _, attribute = sandbox.app.partition(":")
    try:
        factory = getattr(importlib.import_module(module_name), attribute)
        factory(**sandbox.options)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        problem = Problem(
            location=sandbox.location,
            message=f"the sandbox application '{sandbox.app}' cannot be made: {error}",
            hint="name it as module:factory; the other keys of `sandbox` are the factory's arguments",
        )
        raise ProjectError([problem]) from error
    return lambda: factory(**sandbox.options)
