"""`contracts watch` in a process of its own, against a service on loopback."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.results.lines import as_json, parse_results
from contracts_runner.run.audit import audit_path
from helpers.command import run_contracts
from helpers.ledger_reader import list_runs
from helpers.servers import always, answer, serve_raw, serve_wsgi
from helpers.shop import READ, write_project

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are POSIX only")


# The service has a name there.
BROKEN = """
- id: "1.1"
  title: One thing
  steps:
    - {name: read, operation: getThing, parameters: {id: 1}, expect: {status: 200, body: {$.name: b}}}
"""


class Service:
    """Answers one thing, but waits for `go_on` while it is told to."""

    def __init__(self) -> None:
        self.is_asked = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, _: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.is_asked.set()
        assert self.go_on.wait(60)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b'{"id": 1, "name": "a"}']


@contextmanager
def start_watch(folder: Path, service: Service, settings: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start a watch, and yield its process when the first run waits for the service."""
    with serve_wsgi(service) as base_url:
        write_project(folder, READ, base_url=base_url, more_settings=settings)
        path = folder / "contracts.yaml"
        longer = path.read_text(encoding="utf-8").replace("first_byte: 2s, exchange: 3s", "exchange: 50s")
        path.write_text(longer, encoding="utf-8")
        command = [sys.executable, "-m", "contracts_runner", "watch", *arguments]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, cwd=folder, env=os.environ, **pipes) as process:
            try:
                assert service.is_asked.wait(60)
                yield process
            finally:
                service.go_on.set()
                process.kill()


def fetch(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_each_run_is_a_run_with_its_evidence_and_the_metrics_are_those_of_the_last(tmp_path: Path) -> None:
    service = Service()
    service.go_on.set()
    with serve_wsgi(service) as base_url:
        write_project(tmp_path, READ, base_url=base_url)
        done = run_contracts(
            "watch", "--every", "1ms", "--runs", "2", "--textfile", "a.prom", "--tag", "none", "1.1", cwd=tmp_path
        )
        assert (done.code, done.stdout.count("exit 2"), (tmp_path / "runs").exists()) == (2, 1, False)
        done = run_contracts("watch", "--every", "1ms", "--runs", "2", "--textfile", "a.prom", cwd=tmp_path)

    assert done.code == 0, done.stderr
    runs = list_runs(tmp_path / "runs")
    assert [line.split(" ", 1)[1] for line in done.stdout.splitlines()] == [
        f"exit 0: passed: 1 of 1 scenario passed; runs/{run.name}" for run in runs
    ]
    assert [audit_path(run, None).violations for run in runs] == [(), ()]
    first = json.loads((runs[0] / "ledger.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert first["run"]["command"] == "contracts watch --every 1ms --runs 2 --textfile a.prom"
    assert 'contracts_run_rows{environment="here",outcome="passed",phase="scenarios"} 1.0' in (
        (tmp_path / "a.prom").read_text(encoding="utf-8")
    )


def test_a_signal_ends_it_well_with_the_evidence_of_the_run(tmp_path: Path) -> None:
    service = Service()
    with start_watch(tmp_path, service, "watch: {every: 1h, metrics: {port: 0}}") as process:
        assert process.stderr is not None
        served = re.search(r"http://127\.0\.0\.1:\d+", process.stderr.readline())
        assert served
        status, health = fetch(f"{served[0]}/healthz")
        assert (status, json.loads(health)["next_run"], "T" in json.loads(health)["running_since"]) == (200, None, True)
        assert 'contracts_watch_missed_total{environment="here"} 0.0' in fetch(f"{served[0]}/metrics")[1]
        assert fetch(f"{served[0]}/else")[0] == 404
        process.send_signal(signal.SIGTERM)
        assert any("interrupted" in line for line in process.stderr)  # the run has heard of it
        service.go_on.set()
        stdout, _ = process.communicate(timeout=60)

    assert process.returncode == 0
    assert "exit 130: interrupted" in stdout
    assert [audit_path(run, None).violations for run in list_runs(tmp_path / "runs")] == [()]
    ledger = (list_runs(tmp_path / "runs")[0] / "ledger.jsonl").read_text(encoding="utf-8")
    assert '"type":"run_finished"' in ledger


def test_a_second_signal_waits_for_no_answer(tmp_path: Path) -> None:
    service = Service()
    with start_watch(tmp_path, service, "watch: {every: 1h}") as process:
        assert process.stderr is not None
        process.send_signal(signal.SIGINT)
        assert any("interrupted" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=25)

    assert process.returncode == 0
    assert [audit_path(run, None).violations for run in list_runs(tmp_path / "runs")] == [()]


def test_a_cause_is_told_once_across_restarts_with_nothing_secret_in_it(tmp_path: Path) -> None:
    service = Service()
    service.go_on.set()
    with serve_wsgi(service) as base_url, serve_raw(always(answer())) as hook:
        alerts = "{alerts: [{webhook: $HOOK, headers: {X-Key: $HOOK_KEY}}], metrics: {textfile: a.prom}}"
        write_project(tmp_path, BROKEN, base_url=base_url, more_settings=f"watch: {alerts}")
        secrets = {"HOOK": f"{hook.base_url}/hook-secret-1", "HOOK_KEY": "hook-key-secret-2"}
        codes = [run_contracts("watch", "--runs", "1", cwd=tmp_path, **secrets).code for _ in range(2)]
        write_project(tmp_path, READ, base_url=base_url, more_settings=f"watch: {alerts}")
        codes.append(run_contracts("watch", "--runs", "1", cwd=tmp_path, **secrets).code)

    told = [json.loads(request.partition(b"\r\n\r\n")[2]) for request in hook.requests]
    causes = [parse_results((run / "results.json").read_bytes()).causes for run in list_runs(tmp_path / "runs")]
    assert (codes, [len(each) for each in causes]) == ([1, 1, 0], [1, 1, 0])
    assert [(each["new"], each["gone"]) for each in told] == [
        ([as_json(causes[0][0])], []),
        ([], [as_json(causes[0][0])]),
    ]
    assert all(b"X-Key: hook-key-secret-2" in request for request in hook.requests)
    written = b"".join(path.read_bytes() for path in (tmp_path / "runs").rglob("*") if path.is_file())
    assert b"secret-1" not in written
    assert b"very-secret-key-1" not in b"".join(hook.requests)
    metrics = (tmp_path / "a.prom").read_text(encoding="utf-8")
    assert 'contracts_watch_alerts_total{environment="here",receiver="webhook 1",result="arrived"} 1.0' in metrics
