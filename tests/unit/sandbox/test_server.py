"""The sandbox's process: quick to be there, gone with its parent, plain about mistakes."""

import contextlib
import socket
import subprocess
import sys
import time

import pytest
import requests

from contracts_runner.errors import ProjectError
from contracts_runner.model.environment import SandboxApp
from contracts_runner.sandbox.server import serve_sandbox
from contracts_runner.sandbox.worlds import WORLD_HEADER
from helpers.operations import HERE

TWIN = SandboxApp(app="qtickets_sandbox.app:create_app", options={"latency": "none"}, location=HERE)
REMOVE = "/api/partners/v1/tickets/remove/12/4076"
CONNECTIONS = 200
HEADERS = {"Authorization": "Bearer sandbox-partner-key"}


def remove(base_url: str, world: str | None) -> str:
    headers = {**HEADERS, WORLD_HEADER: world} if world else HEADERS
    status: str = requests.post(base_url + REMOVE, json={"id": 120260}, headers=headers, timeout=10).json()["status"]
    return status


def test_each_world_has_its_own_state_and_keeps_it() -> None:
    with serve_sandbox(TWIN) as base_url:
        first = [remove(base_url, "a"), remove(base_url, "a")]
        others = [remove(base_url, "b"), remove(base_url, None)]

    assert (first, others) == (["success", "error"], ["success", "success"])


def test_it_is_gone_afterwards() -> None:
    with serve_sandbox(TWIN) as base_url:
        assert requests.get(base_url, timeout=10).status_code == 404

    with pytest.raises(requests.ConnectionError):
        requests.get(base_url, timeout=10)


@pytest.mark.parametrize(
    ("app", "options", "words"),
    [
        ("no_such_module:create", {}, "No module named 'no_such_module'"),
        ("qtickets_sandbox.app:no_such_factory", {}, "no_such_factory"),
        ("qtickets_sandbox.app:create_app", {"faults": ["no-such-fault"]}, "no-such-fault"),
    ],
)
def test_an_application_that_cannot_be_made_is_a_mistake_with_its_place(
    app: str, options: dict[str, object], words: str
) -> None:
    with (
        pytest.raises(ProjectError, match=f"{HERE.path}:{HERE.line}: .*{words}"),
        serve_sandbox(SandboxApp(app=app, options=options, location=HERE)),
    ):
        pytest.fail("it must not be served")


def test_a_port_that_is_taken_is_told() -> None:
    with serve_sandbox(TWIN) as base_url:
        port = int(base_url.rpartition(":")[2])

        with pytest.raises(ProjectError, match="cannot be served"), serve_sandbox(TWIN, port=port):
            pytest.fail("it must not be served")


def test_it_ends_when_its_parent_is_killed() -> None:
    code = (
        "import sys\n"
        "from contracts_runner.model.environment import SandboxApp\n"
        "from contracts_runner.errors import SourceLocation\n"
        "from contracts_runner.sandbox.server import serve_sandbox\n"
        "app = SandboxApp(app='qtickets_sandbox.app:create_app', options={}, location=SourceLocation('a', 1))\n"
        "with serve_sandbox(app) as base_url:\n"
        "    print(base_url, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        base_url = parent.stdout.readline().strip()
        assert requests.get(base_url, timeout=10).status_code == 404
        parent.kill()
        parent.wait(10)

    assert is_refused_soon(base_url)


def is_refused_soon(base_url: str) -> bool:
    """Ask until nobody answers; gives up after ten seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            requests.get(base_url, timeout=1)
        except requests.ConnectionError:
            return True
    return False


def test_two_hundred_connections_at_once_are_all_answered() -> None:
    host, head = "127.0.0.1", b"GET / HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n\r\n"
    with serve_sandbox(TWIN) as base_url, contextlib.ExitStack() as stack:
        port = int(base_url.rpartition(":")[2])
        # All are open before the first of them asks for anything: threads of the server wait for the ones they took.
        connections = [
            stack.enter_context(socket.create_connection((host, port), timeout=30)) for _ in range(CONNECTIONS)
        ]
        for connection in connections:
            connection.sendall(head)
        answers = [connection.recv(12) for connection in connections]

    assert answers == [b"HTTP/1.1 404"] * CONNECTIONS
