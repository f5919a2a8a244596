"""A real HTTP/1.1 server around an environment's `sandbox: {app: module:factory}`, in its own process."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator

from contracts_runner.errors import Problem, ProjectError
from contracts_runner.model.environment import Environment, SandboxApp

STOP_SECONDS = 5


@contextlib.contextmanager
def open_target(
    environment: Environment, *, worlds: int = 0, meanwhile: Callable[[], None] = lambda: None
) -> Iterator[str]:
    """Yield the environment's base URL, or that of its application, which `serve_sandbox` serves meanwhile."""
    if environment.sandbox is None:
        yield environment.base_url or ""
        return
    with serve_sandbox(environment.sandbox, worlds=worlds, meanwhile=meanwhile) as base_url:
        yield base_url


@contextlib.contextmanager
def serve_sandbox(
    sandbox: SandboxApp, *, port: int = 0, worlds: int = 0, meanwhile: Callable[[], None] = lambda: None
) -> Iterator[str]:
    """Serve the application until the block is left; yields its base URL. It accepts connections at once.

    `worlds`: how many worlds (worlds.py) may be made ahead. `meanwhile` is called while the process starts.

    Raises ProjectError if the application cannot be made, or the port is taken.
    """
    order = json.dumps({"app": sandbox.app, "options": dict(sandbox.options), "port": port, "worlds": worlds})
    command = [sys.executable, "-m", "contracts_runner.sandbox.process"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(order + "\n")
            process.stdin.flush()
            meanwhile()
            yield _read_base_url(process.stdout.readline(), sandbox)
        finally:
            _stop(process)


def _read_base_url(line: str, sandbox: SandboxApp) -> str:
    answer = json.loads(line) if line else {"error": "its process ended", "hint": "look at what it printed"}
    if "base_url" in answer:
        return str(answer["base_url"])
    problem = Problem(
        location=sandbox.location,
        message=f"the sandbox application '{sandbox.app}' cannot be served: {answer['error']}",
        hint=answer["hint"],
    )
    raise ProjectError([problem])


def _stop(process: subprocess.Popen[str]) -> None:
    """End the process by ending its stdin; one that does not react is killed."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
