"""A real HTTP/1.1 server around an environment's `sandbox: {app: module:factory}`, in its own process."""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING

from contracts_runner.errors import Problem, ProjectError
from contracts_runner.model.environment import Environment, SandboxApp
from contracts_runner.project.hooks import HERE, Hooks, run_with_limit
from contracts_runner.signals import shield

if TYPE_CHECKING:
    import subprocess

STOP_SECONDS = 5


class SandboxError(ProjectError):
    """The application was found and did not begin to serve: it raised, ended its process, or took too long. `place` is
    file:line of what it raised, "" for the rest."""

    exit_code = 3

    def __init__(self, sandbox: SandboxApp, problem: str, place: str = "") -> None:
        super().__init__([_build_problem(sandbox, f"{problem} ({place})" if place else problem, "")])
        self.place = place


@contextlib.contextmanager
def open_target(
    environment: Environment, *, hooks: Hooks = HERE, worlds: int = 0, meanwhile: Callable[[], None] = lambda: None
) -> Iterator[str]:
    """Yield the environment's base URL, or that of its application, which `serve_sandbox` serves meanwhile."""
    if environment.sandbox is None:
        yield environment.base_url or ""
        return
    with serve_sandbox(environment.sandbox, hooks=hooks, worlds=worlds, meanwhile=meanwhile) as base_url:
        yield base_url


@contextlib.contextmanager
def serve_sandbox(
    sandbox: SandboxApp,
    *,
    hooks: Hooks = HERE,
    port: int = 0,
    worlds: int = 0,
    meanwhile: Callable[[], None] = lambda: None,
) -> Iterator[str]:
    """Serve the application until the block is left; yields its base URL. It accepts connections at once.

    `worlds`: how many worlds (worlds.py) may be made ahead. `meanwhile` is called while the process starts.

    Raises ProjectError if the application is not named rightly, or the port is taken; its kind SandboxError if the
    application itself does not begin to serve.
    """
    import subprocess

    settings = {"app": sandbox.app, "options": dict(sandbox.options), "port": port, "worlds": worlds}
    order = json.dumps({**settings, "root": str(hooks.root.resolve())})
    command = [sys.executable, "-m", "contracts_runner.sandbox.process"]
    with shield():
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with contextlib.suppress(BrokenPipeError):  # a process that has ended gives no answer, which is reported
                process.stdin.write(order + "\n")
                process.stdin.flush()
            meanwhile()
            line = _read_line(process.stdout, seconds=hooks.timeout_seconds)
            if line is None:
                process.kill()
                raise SandboxError(sandbox, f"it did not serve within {hooks.timeout_seconds:g} s (hook_timeout)")
            yield _read_base_url(line, sandbox)
        finally:
            _stop(process)


def _read_line(stream: IO[str], *, seconds: float) -> str | None:
    """Return the next line, "" at the end of the stream; None if none came in time."""
    lines: list[str] = []
    run_with_limit(lambda: lines.append(stream.readline()), seconds=seconds)
    return lines[0] if lines else None


def _read_base_url(line: str, sandbox: SandboxApp) -> str:
    answer = json.loads(line) if line else {"error": "its process ended", "place": ""}
    if "base_url" in answer:
        return str(answer["base_url"])
    if "place" in answer:
        raise SandboxError(sandbox, answer["error"], answer["place"])
    raise ProjectError([_build_problem(sandbox, answer["error"], answer["hint"])])


def _build_problem(sandbox: SandboxApp, problem: str, hint: str) -> Problem:
    message = f"the sandbox application '{sandbox.app}' cannot be served: {problem}"
    return Problem(location=sandbox.location, message=message, hint=hint)


def _stop(process: "subprocess.Popen[str]") -> None:
    """End the process by ending its stdin; one that does not react is killed."""
    import subprocess

    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
