"""What leaves the process: every generated request by our transport, and nothing that the environment forbids."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.model.environment import OperationGroup, PropertySettings, WritePolicy
from contracts_runner.model.exchange import Request
from contracts_runner.openapi.spec import Spec
from contracts_runner.transport.rate import RateLimiter
from helpers.property_runs import Outcome, make_environment, open_phase, run_phase
from helpers.read_requests import RawRequest
from helpers.servers import always, answer, find_closed_port, serve_raw
from helpers.specs import load_document, make_document
from library_app import Library

QUICK = make_environment(properties=PropertySettings())


def count_sent(outcome: Outcome) -> Counter[str]:
    return Counter(request.method for request in outcome.sent)


def count_arrived(library: Library) -> Counter[str]:
    return Counter(method for method, _, _ in library.seen)


@pytest.mark.parametrize("workers", [1, 3])
def test_what_arrives_is_what_our_transport_sent(library: Spec, scratch: Path, workers: int) -> None:
    application = Library("server error on invalid data", "use after remove")
    environment = make_environment(properties=PropertySettings(workers=workers))

    outcome = run_phase(library, application, scratch, environment=environment)

    assert count_arrived(application) == count_sent(outcome)
    assert len(outcome.sent) > 100


def test_no_other_connection_is_opened_when_the_service_breaks(library: Spec, scratch: Path) -> None:
    def reset(connection: socket.socket, request: bytes) -> None:
        connection.close()

    with (
        serve_raw(reset) as server,
        open_phase(library, server.base_url, scratch, environment=QUICK) as (phase, outcome),
    ):
        phase.run()

    assert [request.split(b" ")[0].decode() for request in server.requests] == [
        request.method for request in outcome.sent
    ]


@pytest.mark.parametrize("policy", [WritePolicy.BLOCK, WritePolicy.PROBE])
def test_no_write_arrives_where_writes_are_not_plainly_allowed(
    library: Spec, scratch: Path, policy: WritePolicy
) -> None:
    application = Library()
    environment = make_environment(writes=policy, properties=PropertySettings(operations=OperationGroup.ALL))

    outcome = run_phase(library, application, scratch, environment=environment)

    assert set(count_arrived(application)) == {"GET"}
    assert {row["outcome"] for row in outcome.rows} == {"passed"}


def test_only_valid_data_is_sent_where_writes_are_not_allowed(library: Spec, scratch: Path) -> None:
    environment = make_environment(writes=WritePolicy.BLOCK, properties=PropertySettings(max_examples=20))

    outcome = run_phase(library, Library(), scratch, environment=environment)

    assert {row["check"] for row in outcome.rows}.isdisjoint({"negative_data_rejection", "ignored_auth"})
    assert {request.headers for request in outcome.sent if ("X-Key", "library-key-1") not in request.headers} == {
        request.headers for request in outcome.sent if request.operation == "findBooks"
    }


def test_methods_that_the_spec_does_not_have_are_never_sent(library: Spec, scratch: Path) -> None:
    application = Library()

    run_phase(library, application, scratch, environment=QUICK)

    assert set(application.requests) == {
        "GET /books",
        "POST /books",
        "GET /books/{id}",
        "DELETE /books/{id}",
        "GET /find",
    }


def test_every_request_waits_for_its_turn(library: Spec, scratch: Path) -> None:
    naps: list[float] = []
    limiter = RateLimiter(2, clock=lambda: 0.0, sleep=naps.append)

    outcome = run_phase(library, Library(), scratch, environment=QUICK, phases=("fuzzing",), limiter=limiter)

    assert naps == [number / 2 for number in range(1, len(outcome.sent))]


def test_a_request_carries_the_credential_of_its_operation_and_nothing_of_the_generator(
    library: Spec, scratch: Path
) -> None:
    outcome = run_phase(library, Library(), scratch, environment=QUICK, phases=("fuzzing",))

    names = {name.lower() for request in outcome.sent for name, _ in request.headers}
    assert not {name for name in names if "schemathesis" in name}
    keys = {dict(request.headers).get("X-Key") for request in outcome.sent if request.operation == "getBook"}
    assert keys <= {"library-key-1", None, "contracts-invalid-credential"}
    assert "library-key-1" in keys


def test_flows_and_lonely_writes_get_worlds_of_their_own(library: Spec, scratch: Path) -> None:
    worlds: list[str] = []

    def find_headers(world: str) -> Mapping[str, str]:
        worlds.append(world)
        return {"X-World": world} if world else {}

    run_phase(library, Library(), scratch, environment=QUICK, find_headers=find_headers)

    names = {world.split(" ")[0] for world in worlds}
    assert names == {"", "addBook", "removeBook", "flow"}


def list_requests(outcome: Outcome) -> list[tuple[Any, ...]]:
    return [(request.method, request.url.split("/", 3)[3], request.headers, request.body) for request in outcome.sent]


def test_the_same_seed_sends_the_same_requests(library: Spec, scratch: Path) -> None:
    first, second = (run_phase(library, Library(), scratch, environment=QUICK, seed=7) for _ in range(2))

    assert list_requests(first) == list_requests(second)


def test_another_seed_sends_others(library: Spec, scratch: Path) -> None:
    first, second = (run_phase(library, Library(), scratch, environment=QUICK, seed=seed) for seed in (7, 8))

    assert list_requests(first) != list_requests(second)


def test_nothing_is_written_into_the_current_folder(
    library: Spec, scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    run_phase(library, Library(), scratch, environment=QUICK)

    assert list(tmp_path.iterdir()) == []


def test_a_service_that_is_not_there_is_errored_and_soon_left_alone(library: Spec, scratch: Path) -> None:
    base_url = f"http://127.0.0.1:{find_closed_port()}"

    with open_phase(library, base_url, scratch, environment=QUICK, phases=("coverage",)) as (phase, outcome):
        phase.run()

    outcomes = {row["outcome"] for row in outcome.rows}
    assert outcomes == {"errored", "skipped"}
    assert [row["check"] for row in outcome.rows] == ["requests"] * len(library.operations)
    assert any("5 requests in a row had no answer" in row["reason"] for row in outcome.rows)


def test_the_time_budget_ends_the_phase(library: Spec, scratch: Path) -> None:
    application = Library()
    environment = make_environment(properties=PropertySettings(max_examples=50, seconds=0.001))

    outcome = run_phase(library, application, scratch, environment=environment)

    assert 0 < sum(application.requests.values()) < 10
    assert any("the time of 0.001 s is over" in row["reason"] for row in outcome.rows)


def test_importing_the_command_line_does_not_import_schemathesis() -> None:
    code = "import sys, contracts_runner.cli, contracts_runner.cli.commands, contracts_runner.run.execution; "
    code += "sys.exit('schemathesis' in sys.modules or 'hypothesis' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], env=os.environ, check=False, timeout=60)

    assert done.returncode == 0


@pytest.fixture
def interrupted() -> Iterator[threading.Event]:
    """An event that is set when the main thread has met an interrupt."""
    met = threading.Event()

    def interrupt(*_: object) -> None:
        met.set()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    yield met
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_ends_the_phase_and_what_was_found_is_reported(
    library: Spec, scratch: Path, interrupted: threading.Event
) -> None:
    class Interrupting(list[Request]):
        def append(self, request: Request) -> None:
            super().append(request)
            if len(self) == 10:
                signal.raise_signal(signal.SIGINT)
                interrupted.wait(5)

    outcome = run_phase(library, Library(), scratch, environment=QUICK, phases=("coverage",), sent=Interrupting())

    assert outcome.is_interrupted
    assert {row["reason"] for row in outcome.rows if row["check"] == "requests"} == {
        "not tested: the run was interrupted"
    }
    assert "passed" in {row["outcome"] for row in outcome.rows}


def test_what_is_recorded_is_what_arrives_byte_for_byte(scratch: Path, tmp_path: Path) -> None:
    parameters = [
        {"name": "filter", "in": "query", "style": "deepObject", "schema": {"type": "object"}},
        {"name": "ids", "in": "query", "explode": False, "schema": {"type": "array", "items": {"type": "string"}}},
        {"name": "X-Name", "in": "header", "schema": {"type": "string"}},
        {"name": "p", "in": "path", "required": True, "schema": {"type": "string"}},
    ]
    form = {"schema": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}}
    body = {"required": True, "content": {"application/x-www-form-urlencoded": form}}
    operation = {
        "operationId": "a",
        "parameters": parameters,
        "requestBody": body,
        "responses": {"200": {"description": ""}},
    }
    spec = load_document(tmp_path, make_document(paths={"/a/{p} x": {"post": operation}}))

    with (
        serve_raw(always(answer())) as server,
        open_phase(spec, server.base_url, scratch, environment=QUICK) as (phase, outcome),
    ):
        phase.run()

    assert len(outcome.sent) > 20
    arrived = [RawRequest(data) for data in server.requests]
    for request, raw in zip(outcome.sent, arrived, strict=True):
        assert (request.method, request.url, request.body or b"") == (
            raw.method,
            server.base_url + raw.target,
            raw.body,
        )
        assert set(request.headers) <= set(raw.headers)
