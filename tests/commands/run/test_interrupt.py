"""Runs that are interrupted or killed: what was recorded stays, what was begun is cleaned up."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.audit.files import FolderFiles
from contracts_runner.audit.manifest import check_manifest
from contracts_runner.audit.run_audit import audit_folder
from contracts_runner.run.audit import build_tool
from helpers.command import run_contracts
from helpers.ledger_reader import check_chain, read_lines
from helpers.servers import serve_wsgi
from helpers.shop import write_project

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are POSIX only")

SCENARIO = """
- id: "1.1"
  title: Add, wait, remove
  steps:
    - {name: add, operation: addThing, body: {name: a}, capture: {added: $.id}}
    - {name: wait, operation: listThings}
    - {name: never, operation: getThing, parameters: {id: 1}}
  cleanup:
    - {operation: removeThing, parameters: {id: "${added}"}}
- id: "1.2"
  title: Never started
  steps: [{name: never, operation: getThing, parameters: {id: 1}}]
"""


_JSON = [("Content-Type", "application/json")]


class WaitingService:
    """Answers the listing only when it is let go; `calls` lists what arrived."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.is_waiting = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.calls.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if self.calls[-1] == "GET /things":
            self.is_waiting.set()
            assert self.go_on.wait(30)
        if environ["REQUEST_METHOD"] == "DELETE":
            start_response("204 No Content", [])
            return []
        start_response("201 Created" if environ["REQUEST_METHOD"] == "POST" else "200 OK", _JSON)
        return [json.dumps({"id": 5, "name": "a", "data": []}).encode()]


@contextmanager
def start_run(
    folder: Path, service: WaitingService, base_url: str | None = None, *, before: Sequence[str] = ()
) -> Iterator[subprocess.Popen[str]]:
    """Start a run in a folder and yield its process, the first of a group, when it waits for the service, which may be
    served already. `before` is a command that starts the run."""
    with contextlib.nullcontext(base_url) if base_url else serve_wsgi(service) as base_url:
        write_project(folder, SCENARIO, base_url=base_url)
        settings = folder / "contracts.yaml"
        longer = settings.read_text(encoding="utf-8").replace("first_byte: 2s, exchange: 3s", "exchange: 50s")
        settings.write_text(longer, encoding="utf-8")
        command = [*before, sys.executable, "-m", "contracts_runner", "run", "--output", "out", "--jobs", "1"]
        with subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                assert service.is_waiting.wait(60)
                yield process
            finally:
                service.go_on.set()
                process.kill()


# What Windows does not have is not there either where these tests do not run.
SIGNALS = [signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("is_for_group", [False, True])
def test_a_signal_finishes_the_step_and_the_cleanup_and_exits_130(
    tmp_path: Path, number: signal.Signals, is_for_group: bool
) -> None:
    service = WaitingService()
    with start_run(tmp_path, service) as process:
        if is_for_group:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        wait_until_interrupted(tmp_path / "out", process)
        service.go_on.set()
        stdout, _ = process.communicate(timeout=60)

    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    rows = {row["id"]: row["outcome"] for row in results["scenarios"]}
    assert process.returncode == 130
    assert service.calls == ["POST /things", "GET /things", "DELETE /things/5"]
    assert (rows, results["run"]["complete"]) == ({"1.1": "skipped", "1.2": "skipped"}, False)
    assert "interrupted" in stdout
    assert audit_folder(tmp_path / "out", build_tool(None)).violations == ()


def test_a_signal_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    service = WaitingService()
    with start_run(tmp_path, service, before=["nohup"]) as process:
        process.send_signal(signal.SIGHUP)
        service.go_on.set()
        process.communicate(timeout=60)

    assert process.returncode == 0
    assert service.calls[-1] == "GET /things/1"


@pytest.mark.parametrize("number", SIGNALS)
def test_a_second_signal_stops_at_once(tmp_path: Path, number: signal.Signals) -> None:
    service = WaitingService()
    with start_run(tmp_path, service) as process:
        process.send_signal(number)
        wait_until_interrupted(tmp_path / "out", process)
        process.send_signal(number)
        process.communicate(timeout=30)

    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert process.returncode == 130
    assert service.calls == ["POST /things", "GET /things"]
    assert results["run"]["complete"] is False
    assert {"report.html", "report.md", "junit.xml"} <= {path.name for path in (tmp_path / "out").iterdir()}
    assert list(check_manifest(FolderFiles(tmp_path / "out"))) == []


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("times", [1, 2])
def test_an_interrupted_run_can_be_resumed(tmp_path: Path, times: int, number: signal.Signals) -> None:
    service = WaitingService()
    with serve_wsgi(service) as base_url:
        with start_run(tmp_path, service, base_url) as process:
            process.send_signal(number)
            wait_until_interrupted(tmp_path / "out", process)
            if times == 2:
                process.send_signal(number)
            else:
                service.go_on.set()
            process.communicate(timeout=60)

        done = run_contracts("run", "--resume", "out", cwd=tmp_path)

    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    rows = {row["id"]: row["outcome"] for row in results["scenarios"]}
    assert results["run"]["complete"] is True
    assert (service.calls.count("POST /things"), service.calls.count("DELETE /things/5")) == (1, 1)
    # After the cleanup nothing more of the scenario can be looked at; without it, it goes on.
    assert rows == {"1.1": "errored" if times == 1 else "passed", "1.2": "passed"}, done.stderr
    assert audit_folder(tmp_path / "out", build_tool(None)).violations == ()


def wait_until_interrupted(folder: Path, process: subprocess.Popen[str]) -> None:
    """Return when the run has said on stderr that it is stopping."""
    assert process.stderr is not None
    for line in process.stderr:
        if "interrupted" in line:
            return
    raise AssertionError("the run ended without saying that it was interrupted")


def test_a_killed_run_leaves_a_valid_ledger_that_can_be_reported(tmp_path: Path) -> None:
    service = WaitingService()
    with start_run(tmp_path, service) as process:
        process.kill()
        process.wait(timeout=60)

    lines = check_chain(tmp_path / "out" / "ledger.jsonl")
    again = run_contracts("report", "out", cwd=tmp_path)

    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert lines >= 4
    assert read_lines(tmp_path / "out")[0]["type"] == "run_started"
    assert results["run"]["complete"] is False
    assert [(row["id"], row["outcome"]) for row in results["scenarios"]] == [("1.1", "errored")]
    assert again.code == 3
