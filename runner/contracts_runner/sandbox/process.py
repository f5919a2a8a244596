"""The sandbox's own process: serves the application that it reads on stdin until stdin ends.

It has its own core, so that it cannot disturb what the run measures. Protocol: one line of JSON in
({app, options, port, worlds, root}), one line of JSON out ({base_url}, {error, hint} for a mistake of contracts.yaml,
{error, place} for what the application raised); the end of stdin, which also comes when the parent is killed, ends it.
"""

import gc
import importlib
import inspect
import json
import os
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cheroot import wsgi

from contracts_runner import streams
from contracts_runner.faults import Fault, describe_fault, find_place, guard
from contracts_runner.project.hooks import put_on_path
from contracts_runner.sandbox.worlds import Application, Worlds
from contracts_runner.signals import leave_to_parent

HOST = "127.0.0.1"
# So many connections may wait until one of the threads takes them; a system may allow less.
BACKLOG = 1024
_HINT = "name it as module:factory; the other keys of `sandbox` are the factory's arguments"
# What a factory raises for an argument that it refuses: the text is for who wrote the argument.
_REFUSALS = (ImportError, AttributeError, TypeError, ValueError)

Answer = Mapping[str, str]


class _MistakeError(Exception):
    """The application, or the port, is not named as it must be."""

    def __init__(self, problem: object, hint: str = _HINT) -> None:
        super().__init__(str(problem))
        self.hint = hint


def main() -> None:
    """Serve what stdin asks for."""
    leave_to_parent()
    # What the application prints is not an answer, and what stderr cannot take of that is not an error of it.
    answers, sys.stdout = streams.install()
    order = json.loads(sys.stdin.readline())
    # Worlds are many small objects that stay: looking through all of them again and again doubles their cost.
    gc.set_threshold(100_000, 20, 100)
    worlds, answer = guard(lambda: _serve(order), lambda fault: (None, _describe(fault)))
    print(json.dumps(answer), file=answers, flush=True)
    if worlds is None:
        return
    worlds.make_spares(order["worlds"])
    sys.stdin.read()
    # All that it holds is in memory. A graceful stop would wait a second for connections that the run has closed.
    os._exit(0)


def _serve(order: Mapping[str, Any]) -> tuple[Worlds | None, Answer]:
    """Begin to serve; return the worlds, None if there are none, and what the parent is answered."""
    try:
        worlds = Worlds(_load_factory(order))
        return worlds, {"base_url": _listen(worlds, order["port"])}
    except _MistakeError as mistake:
        return None, {"error": str(mistake), "hint": mistake.hint}
    except _REFUSALS as error:
        return None, {"error": str(error), "place": find_place(error)}
    except KeyboardInterrupt as error:
        # The signal is ignored here: the application itself has raised it.
        return None, _describe(describe_fault(error))


def _describe(fault: Fault) -> Answer:
    return {"error": str(fault), "place": "" if fault.place in str(fault) else fault.place}


def _listen(worlds: Worlds, port: int) -> str:
    server = wsgi.Server((HOST, port), worlds, numthreads=16, request_queue_size=BACKLOG)
    try:
        server.prepare()
    except OSError as error:
        raise _MistakeError(error, f"choose another port than {port}") from error
    threading.Thread(target=server.serve, name="sandbox", daemon=True).start()
    return f"http://{HOST}:{server.bind_addr[1]}"


def _load_factory(order: Mapping[str, Any]) -> Callable[[], Application]:
    put_on_path(Path(order["root"]))
    module_name, _, attribute = order["app"].partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{module_name}.".startswith(f"{error.name}."):
            raise _MistakeError(error) from error
        raise
    factory = getattr(module, attribute, None)
    if factory is None:
        raise _MistakeError(f"module '{module_name}' has no '{attribute}'")
    try:
        inspect.signature(factory).bind(**order["options"])
    except TypeError as error:
        raise _MistakeError(error) from error
    return lambda: factory(**order["options"])


if __name__ == "__main__":
    main()
