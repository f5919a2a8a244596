"""ClickHouse goes away before, between or during the stages of a run: errored with the reason, and nothing is lost."""

import importlib.util
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.warehouse.client import connect
from helpers.command import Finished, run_contracts
from helpers.ledger_reader import check_chain, read_lines
from helpers.servers import find_closed_port, serve_wsgi
from helpers.shop import write_project

if importlib.util.find_spec("chdb") is None:
    pytest.skip("no embedded ClickHouse on this platform: there is no chdb-core for it", allow_module_level=True)

from helpers.clickhouse_bridge import Bridge

SCENARIO = """
- id: "1"
  title: List the things
  steps:
    - {name: list, operation: listThings}
"""
WAREHOUSE = """
warehouse: things
tables:
  things:
    engine: MergeTree
    checks:
      - {id: W.1, exists: true}
      - {id: W.2, row_count: {min: 2}}
      - {id: W.3, reconcile: {operation: listThings, rows: "$.data[*]", key: $.id, column: id}}
      - {id: W.4, unique: [id]}
snapshots: [things]
"""
CHECKS = ["W.1", "things:engine", "W.2", "W.3", "W.4"]


class Shop:
    """An API of two things, a ClickHouse with the same two, and a project that compares them."""

    def __init__(self, folder: Path, server: Bridge) -> None:
        self.folder = folder
        self.server = server
        self.on_request: Callable[[], None] = lambda: None

    def __call__(self, _environ: Any, start_response: Any) -> list[bytes]:
        self.on_request()
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"data": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]}).encode()]

    def run(self, command: str = "run", *, dsn: str = "") -> Finished:
        with serve_wsgi(self) as base_url:
            settings = "warehouse: {dsn: $CLICKHOUSE_DSN, database: outage}"
            write_project(self.folder, SCENARIO, base_url=base_url, more_settings=settings)
            (self.folder / "contracts" / "warehouse.yaml").write_text(WAREHOUSE, encoding="utf-8")
            return run_contracts(
                command, "--output", "out", cwd=self.folder, CLICKHOUSE_DSN=dsn or self.server.dsn("reader")
            )


@pytest.fixture(scope="module", autouse=True)
def tables() -> Iterator[None]:
    engine = connect(WarehouseSettings(dsn="chdb://memory"))
    for statement in (
        "CREATE DATABASE outage",
        "CREATE TABLE outage.things (id UInt32) ENGINE = MergeTree ORDER BY id",
        "INSERT INTO outage.things VALUES (1), (2)",
    ):
        engine.raw_client.command(statement)
    yield
    engine.raw_client.command("DROP DATABASE outage SYNC")
    engine.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    server = Bridge(users={"reader": "sesame"})
    yield Shop(tmp_path, server)
    server.release.set()
    server.stop()


def find_checks(done: Finished) -> dict[str, tuple[str, str]]:
    """Return id -> (outcome, message) of the warehouse checks."""
    return {row["id"]: (row["outcome"], row["message"]) for row in done.results["warehouse"]["checks"]}


def check_intact(done: Finished) -> None:
    """Fail unless all of the run but ClickHouse's part is there, whole."""
    assert done.outcomes == {"1": "passed"}
    assert done.results["run"]["complete"]
    assert check_chain(done.folder / "ledger.jsonl") == len(read_lines(done.folder))
    assert all((done.folder / name).is_file() for name in ("report.html", "report.md", "junit.xml", "clickhouse.csv"))


def test_a_clickhouse_that_stays_passes_everything(shop: Shop) -> None:
    done = shop.run()

    assert done.code == 0, done.stderr
    assert find_checks(done) == dict.fromkeys(CHECKS, ("passed", ""))


def test_gone_before_the_run_every_check_is_errored(shop: Shop) -> None:
    done = shop.run(dsn=f"http://reader:sesame@127.0.0.1:{find_closed_port()}")

    assert done.code == 3, done.stderr
    assert find_checks(done) == dict.fromkeys(CHECKS, ("errored", "connection refused"))
    check_intact(done)


def test_gone_between_the_stages_what_was_counted_before_stays(shop: Shop) -> None:
    # Its next request after this one would be the snapshot after the scenarios.
    shop.on_request = lambda: setattr(shop.server, "fault", "hang up")

    done = shop.run()

    assert done.code == 3, done.stderr
    assert {outcome for outcome, _ in find_checks(done).values()} == {"errored"}
    assert done.results["warehouse"]["snapshots"] == {"before": {"things": 2}, "after": {}}
    assert done.results["warehouse"]["notes"]["after"] != ""
    check_intact(done)


def test_gone_during_the_checks_the_earlier_ones_keep_their_outcome(shop: Shop) -> None:
    def take_away_at_the_second_request() -> None:
        # The first one is the scenario's, the second one that of the check W.3.
        shop.on_request = lambda: setattr(shop.server, "fault", "hang up")

    shop.on_request = take_away_at_the_second_request

    done = shop.run()

    assert done.code == 3, done.stderr
    checks = find_checks(done)
    assert [outcome for outcome, _ in checks.values()] == ["passed"] * 3 + ["errored"] * 2
    assert checks["W.4"] == checks["W.3"]
    assert checks["W.3"][1] != ""
    assert done.results["warehouse"]["snapshots"] == {"before": {"things": 2}, "after": {"things": 2}}
    check_intact(done)


def test_an_operation_that_only_a_check_asks_is_reachable(shop: Shop) -> None:
    done = shop.run("verify")

    endpoints = {row["operation"]: (row["state"], row["statuses"]) for row in done.results["endpoints"]}
    assert endpoints["listThings"] == ("reachable", [200])
    assert endpoints["getThing"] == ("never_probed", [])


def test_pages_of_the_api_are_evidence_of_the_run(shop: Shop) -> None:
    done = shop.run()

    [page] = [line for line in read_lines(done.folder) if line["type"] == "page_fetched"]
    [latency] = done.results["latency"]
    sent = [line["phase"] for line in read_lines(done.folder) if line["type"] == "request_sent"]
    assert (page["operation"], page["response"]["status"]) == ("listThings", 200)
    assert (done.folder / page["artifact"]).is_file()
    assert latency["count"] == 2
    assert sent == ["scenarios", "warehouse"]
