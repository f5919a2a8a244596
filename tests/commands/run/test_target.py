"""Nothing leaves for another scheme, host or port than the environment's, whatever specs, contracts and answers say."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from socket import socket

import pytest

from helpers.command import run_contracts
from helpers.servers import RawServer, always, answer, serve_raw
from helpers.shop import SPEC, write_project

SECRET = b"very-secret-key-1"


@pytest.fixture
def other() -> Iterator[RawServer]:
    """A server that nobody may talk to."""
    with serve_raw(always(answer(body=b'{"id": 1, "name": "a"}'))) as server:
        yield server


@pytest.fixture
def own(other: RawServer) -> Iterator[RawServer]:
    """The environment's server: lists the address of the other one, and redirects to it from everywhere else."""

    def handle(connection: socket, request: bytes) -> None:
        if request.startswith(b"GET /things "):
            body = json.dumps({"data": [{"id": 1, "name": f"{other.base_url}/x"}]}).encode()
            connection.sendall(answer(body=body))
        else:
            connection.sendall(answer("302 Found", b"{}", f"Location: {other.base_url}/things/1"))

    with serve_raw(handle) as server:
        yield server


SCENARIOS = """
- id: "1.1"
  title: A redirect is the answer
  steps:
    - {name: get, operation: getThing, parameters: {id: 1}, expect: {status: 302, schema: false}}
- id: "1.2"
  title: A captured address stays a value
  steps:
    - {name: list, operation: listThings, capture: {url: "$.data[0].name"}}
    - {name: path, operation: "GET /{url}", parameters: {url: "${url}"}, expect: {status: 302}}
    - {name: slashes, operation: "GET //{url}", parameters: {url: "${url}"}, expect: {status: 302}}
    - {name: query, operation: "POST /go", parameters: {to: "${url}"}, body: {to: "${url}"}, expect: {status: 302}}
- id: "1.3"
  title: A header cannot name another host
  steps:
    - {name: list, operation: listThings, capture: {url: "$.data[0].name"}}
    - {name: host, operation: hostThings, parameters: {Host: "${url}"}}
"""
HOST_OPERATION = """
  /hosts:
    get:
      operationId: hostThings
      parameters: [{name: Host, in: header, schema: {type: string}}]
      responses: {"200": {description: any}}
components:
"""


def test_redirects_servers_and_captures_lead_nowhere_else(tmp_path: Path, own: RawServer, other: RawServer) -> None:
    write_project(tmp_path, SCENARIOS, base_url=own.base_url)
    spec = SPEC.replace("components:\n", HOST_OPERATION.lstrip("\n"), 1)
    spec += f"servers: [{{url: '{other.base_url}'}}]\n"
    (tmp_path / "spec.yaml").write_text(spec, encoding="utf-8")

    done = run_contracts("run", "--output", "out", cwd=tmp_path)

    assert done.outcomes == {"1.1": "passed", "1.2": "passed", "1.3": "blocked"}, done.stdout + done.stderr
    assert "Host names another service" in done.results["scenarios"][2]["reason"]
    assert (other.connections, other.requests) == (0, [])
    assert done.results["totals"]["requests_sent"] == len(own.requests) == 6
    assert done.results["totals"]["writes_sent"] == 1
    # The credential goes with the operations whose spec asks for it, and stands in no address.
    assert not any(SECRET in request.split(b"\r\n")[0] for request in own.requests)


def test_no_write_leaves_whoever_asks(tmp_path: Path) -> None:
    scenarios = """
    - id: "1"
      title: Steps
      steps: [{name: add, operation: addThing, body: {name: a}}]
    - id: "2"
      title: Cleanup
      steps: [{name: list, operation: listThings}]
      cleanup: [{name: drop, operation: removeThing, parameters: {id: 1}}]
    """
    more = "properties: {operations: all, phases: [coverage, fuzzing]}"
    with serve_raw(always(answer(body=b'{"id": 1, "name": "a", "data": []}'))) as own:
        write_project(tmp_path, scenarios, base_url=own.base_url, writes="block", more_settings=more)

        done = run_contracts("run", "--output", "out", cwd=tmp_path)

    methods = {request.split(b" ")[0] for request in own.requests}
    totals = done.results["totals"]
    assert methods <= {b"GET", b"HEAD", b"OPTIONS", b"TRACE"}
    assert (totals["requests_sent"], totals["writes_sent"]) == (len(own.requests), 0)
    assert totals["properties"]["total"] > 0
    assert done.outcomes == {"1": "blocked", "2": "passed"}


def test_a_proxy_of_the_process_environment_is_not_asked_for_what_is_kept_back(
    tmp_path: Path, other: RawServer
) -> None:
    with ExitStack() as stack:
        own = stack.enter_context(serve_raw(always(answer("201 Created", b'{"id": 1, "name": "a"}'))))
        step = '- {id: "1", title: A, steps: [{name: add, operation: addThing, body: {name: a}}]}'
        write_project(tmp_path, step, base_url=own.base_url, writes="block")

        done = run_contracts("run", "--output", "out", cwd=tmp_path, http_proxy=other.base_url, no_proxy="")

    assert done.outcomes == {"1": "blocked"}
    assert (own.requests, other.requests) == ([], [])
