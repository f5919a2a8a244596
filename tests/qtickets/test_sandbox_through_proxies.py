"""The whole project against its twin, directly and through proxies: the way changes neither an outcome nor a count."""

import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts_runner.errors import SourceLocation
from contracts_runner.model.environment import SandboxApp
from contracts_runner.sandbox.server import serve_sandbox
from helpers.command import REPOSITORY, Finished, run_contracts
from helpers.ledger_reader import read_lines
from helpers.proxies import PROXY_CREDENTIALS, open_route

pytestmark = pytest.mark.thorough

SECRET = PROXY_CREDENTIALS.partition(":")[2]
TWIN = SandboxApp(
    app="qtickets_sandbox.app:create_app", options={"latency": "none"}, location=SourceLocation("contracts.yaml", 1)
)


@dataclass(frozen=True)
class Done:
    """A run, what it was given, and the requests of which the proxy knows."""

    finished: Finished
    keys: dict[str, str]
    requests: list[bytes]


def run_on_the_way(kind: str, folder: Path) -> Done:
    for name in ("spec", "contracts", "reports"):
        shutil.copytree(REPOSITORY / name, folder / name)
    settings: dict[str, Any] = yaml.safe_load((REPOSITORY / "contracts.yaml").read_text(encoding="utf-8"))
    own = settings["environments"]["sandbox"]
    with serve_sandbox(TWIN) as address, open_route(kind, address, folder) as (base_url, keys, proxy):
        kept = {key: own[key] for key in ("credentials", "variables", "writes")}
        # One after the other: outside of a sandbox of its own all scenarios share one world.
        generated = {"operations": "read", "phases": ["fuzzing"], "max_examples": 3, "workers": 1}
        settings["environments"]["here"] = {
            **kept,
            "base_url": base_url,
            "jobs": 1,
            "limits": {"exchange": "30s"},
            "properties": generated,
            **keys,
        }
        (folder / "contracts.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        arguments = ("run", "--env", "here", "--phase", "scenarios,properties", "--seed", "1", "--output", "out")
        finished = run_contracts(*arguments, cwd=folder, timeout=300)
    return Done(finished, keys, proxy.requests if proxy else [])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Done]:
    kinds = ("direct", "forward", "tunnel")
    folders = [tmp_path_factory.mktemp(kind) for kind in kinds]
    with ThreadPoolExecutor() as executor:
        return dict(zip(kinds, executor.map(run_on_the_way, kinds, folders), strict=True))


def find_outcomes(done: Done) -> Any:
    """Return every outcome: of scenarios, their steps, their checks, and of properties."""
    results = done.finished.results
    scenarios = [
        (row["id"], row["outcome"], [(step["name"], step["outcome"], _list_checks(step)) for step in row["steps"]])
        for row in results["scenarios"]
    ]
    return scenarios, [(row["operation"], row["check"], row["outcome"]) for row in results["properties"]]


def _list_checks(step: Any) -> list[tuple[str, str]]:
    # How long an answer takes differs from run to run.
    return [(check["check"], check["outcome"]) for check in step["checks"] if check["check"] != "latency"]


def count_sent(done: Done) -> Counter[tuple[str, ...]]:
    """Return how often each step and each generated request of an operation was sent."""
    sent = [line for line in read_lines(done.finished.folder) if line["type"] == "request_sent"]
    assert len(sent) == done.finished.results["totals"]["requests_sent"]
    keys = ("phase", "scenario", "step", "operation", "method")
    # It asks again until a time is reached: how often depends on the machine.
    return Counter(tuple(line[key] for key in keys) for line in sent if line["scenario"] != "N.ticket.hold_ends")


@pytest.mark.parametrize("kind", ["forward", "tunnel"])
def test_outcomes_and_counts_are_those_of_the_direct_way(runs: dict[str, Done], kind: str) -> None:
    direct, proxied = runs["direct"].finished, runs[kind].finished

    assert find_outcomes(runs[kind]) == find_outcomes(runs["direct"])
    assert count_sent(runs[kind]) == count_sent(runs["direct"])
    kept = [{**run.results["totals"], "requests_sent": 0} for run in (direct, proxied)]
    assert kept[0] == kept[1]
    assert proxied.code == direct.code
    assert direct.results["totals"]["writes_sent"] > 0
    assert direct.results["totals"]["properties"]["total"] > 0


def test_every_request_was_forwarded_once(runs: dict[str, Done]) -> None:
    requests = runs["forward"].requests

    assert len(requests) == runs["forward"].finished.results["totals"]["requests_sent"]
    assert all(b" http://127.0.0.1:" in request.split(b"\r\n")[0] for request in requests)


def test_the_proxy_of_a_tunnel_sees_nothing_but_connect(runs: dict[str, Done]) -> None:
    requests = runs["tunnel"].requests

    assert requests
    assert {request.split(b" ")[0] for request in requests} == {b"CONNECT"}


@pytest.mark.parametrize("kind", ["forward", "tunnel"])
def test_the_record_names_the_proxy_without_its_password(runs: dict[str, Done], kind: str) -> None:
    done = runs[kind]
    texts = [path.read_bytes() for path in done.finished.folder.rglob("*") if path.is_file()]
    address = done.keys["proxy"].rpartition("@")[2]

    assert f'"value":"http://{address}"'.encode() in (done.finished.folder / "ledger.jsonl").read_bytes()
    assert not any(SECRET.encode() in text for text in texts)
    assert SECRET not in done.finished.stdout + done.finished.stderr
