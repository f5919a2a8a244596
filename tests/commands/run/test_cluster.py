"""Scenarios on the workers of a real Dask cluster: one ledger, secrets of the workers, and what is lost is told."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.audit.run_audit import audit_folder
from contracts_runner.run.audit import build_tool
from helpers.command import Finished, run_contracts
from helpers.ledger_reader import check_chain, read_lines
from helpers.servers import serve_wsgi
from helpers.shop import write_project

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

from helpers.dask_cluster import Cluster, start_cluster

pytestmark = pytest.mark.thorough

READ = "{name: read, operation: getThing, parameters: {id: 1}}"
SCENARIOS = "".join(
    f"- {{id: r{number}, title: Чтение, steps: [{READ}, {{name: again, operation: listThings}}]}}\n"
    for number in range(4)
)
TIED = """
- {id: need, title: Need, steps: [{operation: listThings, capture: {number: "$.data[0].id"}}]}
- {id: user, title: User, needs: {n: need}, steps: [{operation: getThing, parameters: {id: "${n.number}"}}]}
- {id: other, title: Other, exclusive: stock, steps: [{operation: listThings}]}
- {id: stock, title: Stock, exclusive: stock, needs: {n: need}, steps: [{operation: listThings}]}
- {id: wrong, title: Wrong, steps: [{operation: listThings, expect: {status: 404}}]}
"""
WRITING = """
- id: w
  title: Writes
  steps:
    - {name: before, operation: listThings}
    - {name: add, operation: addThing, body: {name: cup}}
    - {name: after, operation: listThings}
  cleanup: [{operation: removeThing, parameters: {id: 1}}]
"""


class Shop:
    """An API of things; `on_request` is called with what arrived, and how often it has, before the answer."""

    def __init__(self) -> None:
        self.owner, self.name = "", "чашка"
        self.keys: set[str] = set()
        self.asked: Counter[str] = Counter()
        self.on_request: Callable[[str, int], object] = lambda _name, _count: None
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        name = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        with self._lock:
            self.keys.add(environ.get("HTTP_X_KEY", ""))
            self.asked[name] += 1
            self.on_request(name, self.asked[name])
        thing = {"id": 1, "name": "чашка", **({"owner": self.owner} if self.owner else {})}
        status, value = {
            "GET /things": ("200 OK", {"data": [{"id": 1, "name": self.name}]}),
            "POST /things": ("201 Created", thing),
            "DELETE /things/1": ("204 No Content", None),
        }.get(name, ("200 OK", thing))
        data = b"" if value is None else json.dumps(value).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(data)))])
        return [data]


class Desk:
    """A project, its API, and a cluster that runs it."""

    def __init__(self, folder: Path, shop: Shop, base_url: str, cluster: Cluster) -> None:
        self.folder, self.shop, self.cluster, self._base_url = folder, shop, cluster, base_url

    def write(self, scenarios: str, more: str = "jobs: 2", patience: str = "9s") -> None:
        write_project(self.folder, scenarios, base_url=self._base_url, more_settings=more)
        settings = self.folder / "contracts.yaml"
        text = settings.read_text(encoding="utf-8").replace("very-secret-key-1", "$SHOP_KEY")
        text = text.replace("first_byte: 2s, exchange: 3s", f"first_byte: {patience}, exchange: {patience}")
        settings.write_text(text, encoding="utf-8")

    def run(self, scenarios: str, *options: str, **settings: str) -> Finished:
        self.write(scenarios, **settings)
        command = ("run", *(options or ("--scheduler", self.cluster.address)), "--output", "out")
        return run_contracts(*command, cwd=self.folder, timeout=300, SHOP_KEY="key-of-the-client")

    def find_worker(self, scenario: str) -> str:
        """The address of the worker that runs a scenario."""
        lines = read_lines(self.folder / "out")
        found = [each for each in lines if each["type"] == "scenario_started" and each["scenario"] == scenario]
        return str(found[-1]["worker"])


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster that outlives a test: whoever uses it loses nothing of it."""
    with start_cluster(tmp_path_factory.mktemp("cluster"), SHOP_KEY="key-of-a-worker") as cluster:
        yield cluster


@pytest.fixture
def quiet_desk(tmp_path: Path, lasting: Cluster) -> Iterator[Desk]:
    shop = Shop()
    with serve_wsgi(shop) as url:
        yield Desk(tmp_path, shop, url, lasting)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    shop = Shop()
    (tmp_path / "project").mkdir()
    with serve_wsgi(shop) as url, start_cluster(tmp_path, SHOP_KEY="key-of-a-worker") as cluster:
        yield Desk(tmp_path / "project", shop, url, cluster)


def list_violations(done: Finished) -> list[str]:
    return [str(each) for each in audit_folder(done.folder, build_tool(None)).violations]


def test_workers_run_the_scenarios_with_their_own_secrets_into_one_ledger(quiet_desk: Desk) -> None:
    done = quiet_desk.run(SCENARIOS + TIED, more="rate_limit: 1000/s")

    assert done.code == 1, done.stderr
    assert done.outcomes == {
        **dict.fromkeys(("r0", "r1", "r2", "r3", "need", "user", "other", "stock"), "passed"),
        "wrong": "failed",
    }
    assert quiet_desk.shop.keys == {"key-of-a-worker"}
    assert done.results["totals"]["requests_sent"] == quiet_desk.shop.asked.total()
    assert check_chain(done.folder / "ledger.jsonl") > 0
    assert {quiet_desk.find_worker(name) for name in done.outcomes} <= quiet_desk.cluster.workers.keys()
    assert len({quiet_desk.find_worker(name) for name in ("need", "user", "other", "stock")}) == 1
    assert list_violations(done) == []


def test_what_writes_is_errored_and_not_run_again_when_its_worker_is_killed(desk: Desk) -> None:
    def kill(name: str, count: int) -> None:
        if name == "POST /things" and count == 1:
            desk.cluster.signal(desk.find_worker("w"), signal.SIGKILL)

    desk.shop.on_request = kill
    done = desk.run(SCENARIOS + WRITING)

    assert done.code == 3, done.stderr
    assert done.outcomes == {"r0": "passed", "r1": "passed", "r2": "passed", "r3": "passed", "w": "errored"}
    steps = next(row for row in done.results["scenarios"] if row["id"] == "w")["steps"]
    assert [(step["name"], step["outcome"]) for step in steps] == [("before", "passed"), ("add", "errored")]
    assert "was lost amid it: it writes, and is neither run again nor cleaned up" in steps[1]["reason"]
    assert (desk.shop.asked["POST /things"], desk.shop.asked["DELETE /things/1"]) == (1, 0)
    assert done.results["totals"]["writes_sent"] == 1
    assert list_violations(done) == []


def test_what_only_reads_is_run_again_by_another_worker(desk: Desk) -> None:
    killed = list[str]()

    def kill(name: str, _count: int) -> None:
        if name == "GET /things/1" and not killed:
            killed.append(desk.find_worker("r0"))
            desk.cluster.signal(killed[0], signal.SIGKILL)

    desk.shop.on_request = kill
    done = desk.run(SCENARIOS, more="jobs: 1")

    assert done.code == 0, done.stderr
    assert set(done.outcomes.values()) == {"passed"}
    assert desk.find_worker("r0") not in killed
    assert done.results["totals"]["requests_sent"] == desk.shop.asked.total()
    assert list_violations(done) == []


def test_a_worker_that_is_stopped_for_a_while_goes_on(quiet_desk: Desk) -> None:
    stopped = list[str]()

    def stop(name: str, _count: int) -> None:
        if name == "GET /things/1" and not stopped:
            stopped.append(next(each["worker"] for each in read_lines(quiet_desk.folder / "out") if "worker" in each))
            quiet_desk.cluster.signal(stopped[0], signal.SIGSTOP)
        elif stopped and quiet_desk.shop.asked.total() >= 4:
            quiet_desk.cluster.signal(stopped[0], signal.SIGCONT)

    quiet_desk.shop.on_request = stop
    done = quiet_desk.run(SCENARIOS)

    assert done.code == 0, done.stderr
    assert set(done.outcomes.values()) == {"passed"}
    assert done.results["totals"]["requests_sent"] == quiet_desk.shop.asked.total() == 8
    assert list_violations(done) == []


def test_a_scheduler_that_is_restarted_has_the_rest_run(desk: Desk) -> None:
    is_restarted = list[bool]()

    def restart(name: str, _count: int) -> None:
        if name == "GET /things/1" and not is_restarted:
            is_restarted.append(True)
            desk.cluster.kill_scheduler()
            desk.cluster.start()

    desk.shop.on_request = restart
    done = desk.run(SCENARIOS, more="jobs: 1", patience="60s")

    assert done.code == 0, done.stderr
    assert set(done.outcomes.values()) == {"passed"}
    assert list_violations(done) == []


def test_what_one_worker_has_met_is_searched_for_in_what_another_has_written(quiet_desk: Desk) -> None:
    # Personal where the schema says so, in the answer of one scenario; in that of the other the name of a thing.
    quiet_desk.shop.owner = quiet_desk.shop.name = "captain-nemo-77"

    done = quiet_desk.run(
        "- {id: a, title: A, steps: [{operation: getThing, parameters: {id: 1}, capture: {owner: $.owner}}]}\n"
        "- {id: b, title: B, steps: [{operation: listThings}]}\n"
    )

    assert quiet_desk.find_worker("a") != quiet_desk.find_worker("b")
    assert done.code == 3, done.stderr
    assert {leak["kind"] for leak in done.results["leaks"]} == {"personal value"}


def test_a_run_whose_client_was_killed_is_finished_elsewhere(desk: Desk) -> None:
    killed = list[int]()

    def kill(name: str, _count: int) -> None:
        if name == "POST /things":
            os.kill(killed[0], signal.SIGKILL)

    desk.shop.on_request = kill
    desk.write(WRITING + SCENARIOS)
    command = [
        sys.executable,
        "-m",
        "contracts_runner",
        "run",
        "--scheduler",
        desk.cluster.address,
        "--output",
        "out",
    ]
    environ = {**os.environ, "SHOP_KEY": "key-of-the-client"}
    with subprocess.Popen(command, cwd=desk.folder, env=environ, stdout=subprocess.DEVNULL) as process:
        killed.append(process.pid)
        process.wait()

    resumed = run_contracts("run", "--resume", "out", cwd=desk.folder, SHOP_KEY="key-of-the-client")
    done = replace(resumed, folder=desk.folder / "out")

    assert done.results["run"]["complete"], resumed.stderr
    assert done.outcomes["w"] == "errored"
    assert desk.shop.asked["POST /things"] == 1
    assert [done.outcomes[f"r{number}"] for number in range(4)] == ["passed"] * 4


GENERATED = "jobs: 2\nproperties: {phases: [coverage]}"


def list_rows(done: Finished) -> list[tuple[str, str, int]]:
    return [(row["id"], row["outcome"], row["examples"]) for row in done.results["properties"]]


def test_workers_test_operations_as_one_process_does(quiet_desk: Desk) -> None:
    done = quiet_desk.run(SCENARIOS, more=GENERATED)
    rows, keys, violations = list_rows(done), {*quiet_desk.shop.keys}, list_violations(done)
    shutil.rmtree(quiet_desk.folder / "out")

    alone = quiet_desk.run(SCENARIOS, "--jobs", "2", more=GENERATED)

    assert rows == list_rows(alone) != []
    assert "key-of-a-worker" in keys
    assert "key-of-the-client" not in keys
    assert violations == []


def test_a_cluster_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    write_project(tmp_path, SCENARIOS, base_url="http://127.0.0.1:9")

    done = run_contracts("run", "--scheduler", "tcp://127.0.0.1:9", "--output", "out", cwd=tmp_path)

    assert done.code == 2
    assert "--scheduler tcp://127.0.0.1:9: no Dask scheduler answers there" in done.stderr
    assert not (tmp_path / "out").exists()
