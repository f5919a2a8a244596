"""The sandbox's own process: serves the application that it reads on stdin until stdin ends.

It has its own core, so that it cannot disturb what the run measures. Protocol: one line of JSON in
({app, options, port, worlds}), one line of JSON out ({base_url} or {error, hint}); the end of stdin, which also comes
when the parent is killed, ends it.
"""

import gc
import importlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from cheroot import wsgi

from contracts_runner.sandbox.worlds import Application, Worlds

HOST = "127.0.0.1"
# What a factory with wrong arguments, or a missing module, raises.
_HINT = "name it as module:factory; the other keys of `sandbox` are the factory's arguments"
_MISTAKES = (ImportError, AttributeError, TypeError, ValueError)


def main() -> None:
    """Serve what stdin asks for."""
    # Ctrl-C reaches the whole process group; the parent decides when it is time to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    order = json.loads(sys.stdin.readline())
    # Worlds are many small objects that stay: looking through all of them again and again doubles their cost.
    gc.set_threshold(100_000, 20, 100)
    try:
        worlds = Worlds(_load_factory(order))
        server = wsgi.Server((HOST, order["port"]), worlds, numthreads=16)
        server.prepare()
    except _MISTAKES as error:
        _answer({"error": str(error), "hint": _HINT})
        return
    except OSError as error:
        _answer({"error": str(error), "hint": f"choose another port than {order['port']}"})
        return
    thread = threading.Thread(target=server.serve, name="sandbox", daemon=True)
    thread.start()
    _answer({"base_url": f"http://{HOST}:{server.bind_addr[1]}"})
    worlds.make_spares(order["worlds"])
    sys.stdin.read()
    # All that it holds is in memory. A graceful stop would wait a second for connections that the run has closed.
    os._exit(0)


def _load_factory(order: Mapping[str, Any]) -> Callable[[], Application]:
    module_name, _, attribute = order["app"].partition(":")
    factory = getattr(importlib.import_module(module_name), attribute)
    return lambda: factory(**order["options"])


def _answer(message: Mapping[str, str]) -> None:
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main()
