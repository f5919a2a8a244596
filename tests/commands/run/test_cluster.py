"""Scenarios on the workers of a real Dask cluster: one ledger, secrets of the workers, and what is lost is told."""

import os
import pickle
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from unittest.mock import ANY

import pytest

from contracts_runner.audit.run_audit import audit_folder
from contracts_runner.errors import RecordingError, UsageError
from contracts_runner.faults import Fault
from contracts_runner.run.audit import build_tool
from contracts_runner.run.channel import Refusal, RunOrder
from contracts_runner.run.cluster import connect
from contracts_runner.run.cluster_answers import Answers
from contracts_runner.run.cluster_worker import QueueChannel, Task
from helpers.command import Finished, run_contracts
from helpers.ledger_reader import check_chain, read_lines
from helpers.servers import serve_wsgi

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

import distributed

from helpers.cluster_project import ClusterProject, Shop
from helpers.dask_cluster import Cluster, record_traffic

pytestmark = pytest.mark.thorough

READ_ALL = "{name: again, operation: listThings}"
READ = "{name: read, operation: getThing, parameters: {id: 1}}"
SCENARIOS = "".join(f"- {{id: r{number}, title: Чтение, steps: [{READ}, {READ_ALL}]}}\n" for number in range(4))
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


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


@pytest.fixture
def desk(tmp_path: Path, cluster: Cluster) -> Iterator[ClusterProject]:
    cluster.fill()
    shop = Shop()
    with serve_wsgi(shop) as url:
        yield ClusterProject(tmp_path, shop, url, cluster)


def list_violations(done: Finished) -> list[str]:
    return [str(each) for each in audit_folder(done.folder, build_tool(None)).violations]


def test_workers_run_the_scenarios_with_their_own_secrets_into_one_ledger(desk: ClusterProject) -> None:
    done = desk.run(SCENARIOS + TIED, more="rate_limit: 1000/s")

    assert done.code == 1, done.stderr
    assert done.outcomes == {
        **dict.fromkeys(("r0", "r1", "r2", "r3", "need", "user", "other", "stock"), "passed"),
        "wrong": "failed",
    }
    assert desk.shop.keys == {desk.cluster.keys[desk.find_worker(name)] for name in done.outcomes}
    assert done.results["totals"]["requests_sent"] == desk.shop.asked.total()
    assert check_chain(done.folder / "ledger.jsonl") > 0
    assert {desk.find_worker(name) for name in done.outcomes} <= desk.cluster.workers.keys()
    assert len({desk.find_worker(name) for name in ("need", "user", "other", "stock")}) == 1
    assert list_violations(done) == []
    with distributed.Client(desk.cluster.address, set_as_default=False) as client:
        queues = client.run_on_scheduler(lambda dask_scheduler: [*dask_scheduler.extensions["queues"].queues])
    assert [name for name in queues if done.results["run"]["id"] in name] == []


def test_what_writes_is_errored_and_not_run_again_when_its_worker_is_killed(desk: ClusterProject) -> None:
    def kill(name: str, key: str) -> None:
        if name == "POST /things":
            desk.cluster.kill(desk.cluster.find_worker(key))

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


def test_what_only_reads_is_run_again_by_another_worker(desk: ClusterProject) -> None:
    killed = list[str]()

    def kill(name: str, key: str) -> None:
        if name == "GET /things/1" and not killed:
            killed.append(desk.cluster.find_worker(key))
            desk.cluster.kill(killed[0])

    desk.shop.on_request = kill
    done = desk.run(SCENARIOS, more="jobs: 1")

    assert done.code == 0, done.stderr
    assert set(done.outcomes.values()) == {"passed"}
    assert desk.find_worker("r0") not in killed
    assert desk.shop.asked["GET /things/1"] == 5
    assert done.results["totals"]["requests_sent"] == desk.shop.asked.total()
    assert list_violations(done) == []


def test_a_worker_that_is_stopped_for_a_while_goes_on(desk: ClusterProject) -> None:
    stopped = list[str]()

    def stop(name: str, key: str) -> None:
        if name == "GET /things/1" and not stopped:
            stopped.append(desk.cluster.find_worker(key))
            desk.cluster.signal(stopped[0], signal.SIGSTOP)
        elif stopped and desk.shop.asked.total() >= 4:
            desk.cluster.signal(stopped[0], signal.SIGCONT)

    desk.shop.on_request = stop
    done = desk.run(SCENARIOS)

    assert done.code == 0, done.stderr
    assert set(done.outcomes.values()) == {"passed"}
    assert done.results["totals"]["requests_sent"] == desk.shop.asked.total() == 8
    assert list_violations(done) == []


def test_a_scheduler_that_is_restarted_has_the_rest_run(desk: ClusterProject) -> None:
    old = {*desk.cluster.keys.values()}

    def restart(_name: str, _key: str) -> None:
        if desk.shop.asked.total() == 2:
            desk.cluster.restart()

    desk.shop.on_request = restart
    done = desk.run(SCENARIOS, more="jobs: 1", patience="60s")

    assert done.code == 0, done.stderr
    assert set(done.outcomes.values()) == {"passed"}
    assert done.results["totals"]["requests_sent"] == desk.shop.asked.total() == 10
    assert desk.shop.keys - old
    assert list_violations(done) == []


def test_what_one_worker_has_met_is_searched_for_in_what_another_has_written(desk: ClusterProject) -> None:
    # Personal where the schema says so, in the answer of one scenario; in that of the other the name of a thing.
    desk.shop.owner = desk.shop.name = "captain-nemo-77"

    done = desk.run(
        "- {id: a, title: A, steps: [{operation: getThing, parameters: {id: 1}, capture: {owner: $.owner}}]}\n"
        "- {id: b, title: B, steps: [{operation: listThings}]}\n"
    )

    assert desk.find_worker("a") != desk.find_worker("b")
    assert done.code == 3, done.stderr
    assert {leak["kind"] for leak in done.results["leaks"]} == {"personal value"}


def test_a_run_whose_client_was_killed_is_finished_elsewhere(desk: ClusterProject) -> None:
    killed = list[int]()

    def kill(name: str, _key: str) -> None:
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
    for address in tuple(desk.cluster.workers):
        desk.cluster.kill(address)  # it waits for its answer

    resumed = run_contracts("run", "--resume", "out", cwd=desk.folder, SHOP_KEY="key-of-the-client")
    done = replace(resumed, folder=desk.folder / "out")

    assert done.results["run"]["complete"], resumed.stderr
    assert done.outcomes["w"] == "errored"
    assert desk.shop.asked["POST /things"] == 1
    assert [done.outcomes[f"r{number}"] for number in range(4)] == ["passed"] * 4


GENERATED = "jobs: 2\nproperties: {phases: [coverage]}"


def list_rows(done: Finished) -> list[tuple[str, str, int]]:
    return [(row["id"], row["outcome"], row["examples"]) for row in done.results["properties"]]


def test_workers_test_operations_as_one_process_does(desk: ClusterProject) -> None:
    done = desk.run(SCENARIOS, more=GENERATED)
    rows, keys, violations = list_rows(done), {*desk.shop.keys}, list_violations(done)
    shutil.rmtree(desk.folder / "out")

    alone = desk.run(SCENARIOS, "--jobs", "2", more=GENERATED)

    assert rows == list_rows(alone) != []
    assert keys & {*desk.cluster.keys.values()}
    assert "key-of-the-client" not in keys
    assert violations == []


def test_operations_of_a_worker_that_is_killed_are_errored(desk: ClusterProject) -> None:
    killed = list[str]()

    def kill(name: str, key: str) -> None:
        # Who sent this and has no answer yet has not told what it found.
        if name == "POST /things" and not killed:
            killed.append(desk.cluster.find_worker(key))
            desk.cluster.kill(killed[0])

    desk.shop.on_request = kill
    done = desk.run(SCENARIOS, "--scheduler", desk.cluster.address, "--phase", "properties", more=GENERATED)

    assert done.code in (1, 3), done.stderr
    lost = [row for row in done.results["properties"] if "was lost" in row["reason"]]
    assert {(row["operation"], row["check"], row["outcome"]) for row in lost} >= {("addThing", "requests", "errored")}
    assert f"worker {killed[0]} is gone" in done.stderr
    assert list_violations(done) == []


def test_the_rate_limit_holds_over_all_workers(desk: ClusterProject) -> None:
    done = desk.run(
        "".join(f"- {{id: m{number}, title: M, steps: [{READ}, {READ_ALL}]}}\n" for number in range(10)),
        more="jobs: 4\nrate_limit: 20/s",
    )

    assert set(done.outcomes.values()) == {"passed"}
    assert len(desk.shop.keys) == 2
    # A request may be late, which makes none of the others early.
    began = min(read_times(done, "scenario_started"))
    assert [at for n, at in enumerate(sorted(desk.shop.arrivals)) if at < began + n / 20 - 0.01] == []


def read_times(done: Finished, kind: str) -> list[float]:
    lines = read_lines(done.folder)
    return [datetime.fromisoformat(each["at"]).timestamp() for each in lines if each["type"] == kind]


def test_no_secret_reaches_the_scheduler(desk: ClusterProject) -> None:
    with record_traffic(desk.cluster.port) as (port, seen):
        done = desk.run(SCENARIOS + WRITING, "--scheduler", f"tcp://127.0.0.1:{port}")

    assert set(done.outcomes.values()) == {"passed"}
    keys = [key.encode() for key in ("key-of-the-client", *desk.shop.keys)]
    assert [key for key in keys if any(key in each for each in seen)] == []
    assert any(b"RequestSent" in each for each in seen)


def test_what_cannot_be_read_is_refused_and_what_is_no_question_is_told(cluster: Cluster) -> None:
    faults = list[Fault]()
    with distributed.Client(cluster.address, set_as_default=False) as client:
        answers = Answers(client, "r", lambda *asked: asked, threads=1, on_fault=faults.append)
        answers.start()
        asked, own = (distributed.Queue(name, client=client) for name in (answers.queue, "own"))
        for question in ("no question", [0, "a", "own", b"unreadable"], [0, "a", "own", pickle.dumps(("turn", ()))]):
            asked.put(question)
        given = [pickle.loads(own.get(timeout=60)) for _ in range(2)]
        answers.close()

    assert given == [Refusal(ANY), (0, "a", "turn", ())]
    assert [fault.kind for fault in faults] == ["TypeError"]


def test_who_gets_no_answer_in_time_asks_nothing_more(cluster: Cluster) -> None:
    order = RunOrder(root="", files={}, options={}, base_url="", run_id="r")
    with distributed.Client(cluster.address) as client:
        channel = QueueChannel(Task(run=order, queue="unanswered", number=0, patience=0.01))
        for _ in range(2):
            with pytest.raises(RecordingError, match="the run does not answer"):
                channel.ask("turn")

        assert distributed.Queue("unanswered", client=client).qsize() == 1


def test_who_asks_a_scheduler_that_knows_of_no_queue_asks_nothing_more(cluster: Cluster) -> None:
    order = RunOrder(root="", files={}, options={}, base_url="", run_id="r")
    with distributed.Client(cluster.address) as client:
        channel = QueueChannel(Task(run=order, queue="forgotten", number=0, patience=0.01))
        channel._open_queues()[0].close()
        while client.run_on_scheduler(lambda dask_scheduler: "forgotten" in dask_scheduler.extensions["queues"].queues):
            pass

        for _ in range(2):
            with pytest.raises(RecordingError, match="the run does not answer"):
                channel.ask("turn")


def test_a_cluster_that_is_not_there_is_wrong_use() -> None:
    with (
        pytest.raises(UsageError, match=r"^--scheduler tcp://127\.0\.0\.1:9: no Dask scheduler answers there"),
        connect("tcp://127.0.0.1:9", seconds=0.5),
    ):
        pytest.fail("it is")
