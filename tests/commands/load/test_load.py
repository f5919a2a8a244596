"""Scenarios as load: what is counted is what the service had, and what must hold decides."""

import json
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from helpers.command import Finished, run_contracts
from helpers.servers import serve_wsgi
from helpers.shop import write_project

# Not imported: that would patch the standard library of the tests.
pytestmark = pytest.mark.skipif(find_spec("locust") is None, reason="Locust is not installed")

SCENARIOS = """
- id: "1.1"
  title: One thing
  load: {latency: {p95: 1m, p100: 0.001ms}}
  steps: [{operation: getThing, parameters: {id: 1}, expect: {body: {$.name: чашка}}}]
- id: "1.2"
  title: A thing that is another one
  load: {error_share: 100%, rate: 1/h}
  steps: [{operation: getThing, parameters: {id: 2}, expect: {body: {$.name: чашка}}}]
- id: "1.3"
  title: It writes
  steps: [{operation: addThing, body: {name: a}, expect: {status: 201}}]
- id: "1.4"
  title: What another needs
  steps: [{operation: getThing, parameters: {id: 4}, capture: {id: $.id}}]
  cleanup: [{operation: getThing, parameters: {id: 6}}]
- id: "1.5"
  title: It needs another
  exclusive: word
  needs: {first: "1.4"}
  steps: [{operation: getThing, parameters: {id: "${first.id}5"}}]
- id: "1.6"
  title: It needs what writes
  needs: {first: "1.3"}
  steps: [{operation: getThing, parameters: {id: 1}}]
- id: "1.7"
  title: It needs what breaks
  needs: {first: "1.2"}
  steps: [{operation: getThing, parameters: {id: 7}}]
"""


class Shop:
    """Answers, and counts what it was asked for."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.is_asked = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self._lock:
            self.asked[f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"] += 1
        self.is_asked.set()
        number = int(environ["PATH_INFO"].rpartition("/")[2])
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"id": number, "name": "чашка" if number == 1 else "тарелка"}).encode()]


@contextmanager
def open_shop(folder: Path) -> Iterator[Shop]:
    shop = Shop()
    with serve_wsgi(shop) as base_url:
        write_project(folder, SCENARIOS, base_url=base_url)
        yield shop


def load(folder: Path, *arguments: str, **environ: str) -> Finished:
    """Load in a process of its own: Locust patches the standard library."""
    return run_contracts("load", "--output", "out", *arguments, cwd=folder, PYTHONUNBUFFERED="1", **environ)


def start(folder: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "contracts_runner", "load", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def count_requests(results: dict[str, Any]) -> int:
    return sum(row["count"] for row in results["load"]["operations"])


def test_what_was_sent_is_counted_and_thresholds_decide(tmp_path: Path) -> None:
    with open_shop(tmp_path) as shop:
        finished = load(tmp_path, "1.[1-3]", "--users", "2", "--spawn-rate", "10", "--for", "600ms")

    assert finished.code == 1, finished.stderr
    results = finished.results
    sent = shop.asked.total()
    assert sent > 2
    assert count_requests(results) == results["totals"]["requests_sent"] == sent
    assert set(shop.asked) == {"GET /things/1", "GET /things/2"}
    assert results["load"]["left_out"] == {"1.3": "it writes"}
    ended = {(row["scenario"], row["outcome"]): row["count"] for row in results["load"]["iterations"]}
    assert ended == {("1.1", "passed"): shop.asked["GET /things/1"], ("1.2", "failed"): shop.asked["GET /things/2"]}
    [broken] = results["load"]["broken"]
    assert (broken["scenario"], broken["expected"], broken["actual"]) == ("1.2", "чашка", "тарелка")
    assert broken["count"] == shop.asked["GET /things/2"]
    causes = {tuple(cause["ids"]): (cause["outcome"], cause["count"], cause["title"]) for cause in results["causes"]}
    assert causes == {
        ("1.2",): ("failed", 1, "the property 'name' has another value"),
        ("1.1",): ("failed", 1, ANY),
    }
    checks = {(row["scope"], row["check"], row.get("percentile")): row["outcome"] for row in results["load"]["checks"]}
    assert checks == {
        ("1.1", "latency", 95.0): "passed",
        ("1.1", "latency", 100.0): "failed",
        ("1.2", "rate", None): "passed",
        ("1.2", "error_share", None): "passed",
        ("scenarios without `error_share`", "error_share", None): "passed",
    }
    assert "1.1: p100 is" in finished.stdout
    assert "what broke under load" in (finished.folder / "report.html").read_text(encoding="utf-8").lower()
    ledger = (finished.folder / "ledger.jsonl").read_text(encoding="utf-8")
    assert 1 <= ledger.count('"type":"load_failed"') <= 3
    assert "request_sent" not in ledger


@pytest.mark.thorough
def test_what_a_scenario_needs_is_sent_before_it(tmp_path: Path) -> None:
    with open_shop(tmp_path) as shop:
        finished = load(tmp_path, "1.5", "1.6", "1.7", "--users", "2", "--spawn-rate", "10", "--for", "600ms")

    results = finished.results
    assert results["load"]["left_out"] == {
        "1.2": "sent for those that need it",
        "1.3": "it writes",
        "1.4": "sent for those that need it",
        "1.6": "'1.3', which it needs, writes",
    }
    ended = {(row["scenario"], row["outcome"]): row["count"] for row in results["load"]["iterations"]}
    assert set(ended) == {("1.4", "passed"), ("1.5", "passed"), ("1.2", "failed"), ("1.7", "blocked")}
    assert ended["1.4", "passed"] == ended["1.5", "passed"] == shop.asked["GET /things/45"] > 0
    assert shop.asked["GET /things/4"] == shop.asked["GET /things/6"] == ended["1.4", "passed"]
    assert ended["1.2", "failed"] == ended["1.7", "blocked"] == shop.asked["GET /things/2"]
    assert shop.asked["GET /things/7"] == 0
    assert count_requests(results) == results["totals"]["requests_sent"] == shop.asked.total()


def test_the_audit_counts_a_load_again(tmp_path: Path) -> None:
    with open_shop(tmp_path):
        finished = load(tmp_path, "1.2", "--users", "1", "--for", "300ms")
    assert run_contracts("audit", "out", cwd=tmp_path).code == 0

    for change in (
        lambda told: told["load"]["operations"][0].update(count=1),
        lambda told: told["load"]["checks"][0].update(actual=9.5),
        lambda told: told["load"]["intervals"][0].update(users=77),
        lambda told: told["totals"].update(requests_sent=1),
        lambda told: told["load"]["broken"][0].update(count=1),
        lambda told: told["causes"][0].update(ids=["1.1"]),
    ):
        told = json.loads(json.dumps(finished.results))
        change(told)
        (finished.folder / "results.json").write_text(json.dumps(told), encoding="utf-8")
        assert run_contracts("audit", "out", cwd=tmp_path).code == 1


def test_arrivals_beyond_the_bound_are_skipped(tmp_path: Path) -> None:
    with open_shop(tmp_path) as shop:
        finished = load(tmp_path, "1.1", "--arrivals", "40/s", "--users", "50", "--for", "500ms")

    assert finished.results["load"]["shape"]["arrivals"] == 40.0
    [ended] = finished.results["load"]["iterations"]
    # Those that were due while the process was at work begin late, and are not lost.
    assert ended["count"] == shop.asked.total() <= 20


@pytest.mark.thorough
def test_workers_send_and_the_master_has_the_evidence(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with open_shop(tmp_path) as shop:
        workers = [start(tmp_path, "--worker", address) for _ in range(2)]
        finished = load(
            tmp_path, "--users", "2", "--spawn-rate", "10", "--for", "1s", "--master", address, "--workers", "2"
        )
        told = [worker.communicate(timeout=60)[0] for worker in workers]

    assert finished.code == 1, (finished.stderr, told)
    results = finished.results
    assert count_requests(results) == results["totals"]["requests_sent"] == shop.asked.total() > 2
    ledger = (finished.folder / "ledger.jsonl").read_text(encoding="utf-8")
    measured = [json.loads(line) for line in ledger.splitlines() if '"type":"load_measured"' in line]
    assert len({line["worker"] for line in measured}) == 2
    assert run_contracts("audit", "out", cwd=tmp_path).code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_an_interrupted_load_has_its_report(tmp_path: Path) -> None:
    with open_shop(tmp_path) as shop:
        process = start(tmp_path, "--users", "1", "--for", "1h", "--output", "out")
        assert shop.is_asked.wait(60)
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=60)[0].decode()

    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert process.returncode == 130, told
    assert count_requests(results) == shop.asked.total()
    assert not results["run"]["complete"]
    refused = run_contracts("run", "--resume", "out", cwd=tmp_path)
    assert (refused.code, "a load is not resumed" in refused.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--users", "1"), "say how long: --for 60s"),
        (("--for", "1s"), "say how much: --users N, or --arrivals RATE"),
        (("--for", "soon", "--users", "1"), "--for: 'soon' is not a duration"),
        (("--for", "1s", "--arrivals", "fast"), "--arrivals: 'fast' is not a rate"),
        (("--for", "1s", "--users", "1", "--master", "here"), "--master is HOST:PORT"),
        (("--for", "1s", "--users", "1", "1.3"), "1.3: it writes"),
    ],
)
def test_wrong_use_is_told(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    write_project(tmp_path, SCENARIOS, base_url="http://127.0.0.1:1")

    finished = load(tmp_path, *arguments)

    assert (finished.code, told in finished.stderr) == (2, True), finished.stderr
