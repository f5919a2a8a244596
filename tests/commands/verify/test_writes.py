"""The warehouse phase never sends a write, whatever the environment's `writes` says."""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.warehouse.client import connect
from helpers.command import Finished, run_contracts
from helpers.ledger_reader import read_lines
from helpers.servers import serve_wsgi
from helpers.shop import SPEC, write_project

if importlib.util.find_spec("chdb") is None:
    pytest.skip("no embedded ClickHouse on this platform: there is no chdb-core for it", allow_module_level=True)

from helpers.clickhouse_bridge import Bridge

# A GET that writes, and a search by POST that only reads.
EFFECTS = """
  /sync:
    get:
      operationId: syncThings
      x-effect: write
      responses: {"200": {description: all, content: {application/json: {schema: {type: object}}}}}
  /search:
    post:
      operationId: searchThings
      x-effect: read
      responses: {"200": {description: all, content: {application/json: {schema: {type: object}}}}}
components:"""
WAREHOUSE = """
warehouse: things
tables:
  things:
    checks:
      - {id: W.1, reconcile: {operation: syncThings, rows: "$.data[*]", key: $.id, column: id}}
      - {id: W.2, sum_equals: {column: id, operation: syncThings, rows: "$.data[*]", value: $.id}}
      - {id: W.3, reconcile: {operation: addThing, rows: "$.data[*]", key: $.id, column: id}}
      - id: W.4
        reconcile:
          operation: searchThings
          rows: "$.data[*]"
          key: $.id
          column: id
          for_each: {operation: syncThings, rows: "$.data[*]", parameters: {}}
      - {id: W.5, reconcile: {operation: searchThings, rows: "$.data[*]", key: $.id, column: id}}
"""
SCENARIOS = """
- id: "1"
  title: Synchronise
  steps:
    - {name: sync, operation: syncThings}
"""


@pytest.fixture(scope="module", autouse=True)
def tables() -> Iterator[None]:
    engine = connect(WarehouseSettings(dsn="chdb://memory"))
    for statement in (
        "CREATE DATABASE writes",
        "CREATE TABLE writes.things (id UInt32) ENGINE = MergeTree ORDER BY id",
        "INSERT INTO writes.things VALUES (1), (2)",
    ):
        engine.raw_client.command(statement)
    yield
    engine.raw_client.command("DROP DATABASE writes SYNC")
    engine.close()


@pytest.fixture
def server() -> Iterator[Bridge]:
    server = Bridge(users={"reader": "sesame"})
    yield server
    server.release.set()
    server.stop()


def run(folder: Path, server: Bridge, writes: str, *arguments: str) -> tuple[Finished, list[str]]:
    """Run the project; returns also the requests that its service got, such as "POST /search"."""
    seen: list[str] = []

    def serve(environ: Any, start_response: Any) -> list[bytes]:
        seen.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"data": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]}).encode()]

    with serve_wsgi(serve) as base_url:
        settings = "warehouse: {dsn: $CLICKHOUSE_DSN, database: writes}"
        write_project(folder, SCENARIOS, base_url=base_url, writes=writes, more_settings=settings)
        (folder / "spec.yaml").write_text(SPEC.replace("components:", EFFECTS.strip("\n"), 1), encoding="utf-8")
        (folder / "contracts" / "warehouse.yaml").write_text(WAREHOUSE, encoding="utf-8")
        done = run_contracts(*arguments, "--output", "out", cwd=folder, CLICKHOUSE_DSN=server.dsn("reader"))
    return done, seen


@pytest.mark.parametrize("writes", ["block", "probe", "allow"])
def test_a_check_that_would_write_is_blocked_and_sends_nothing(tmp_path: Path, server: Bridge, writes: str) -> None:
    done, seen = run(tmp_path, server, writes, "verify")

    checks = {row["id"]: (row["outcome"], row["message"]) for row in done.results["warehouse"]["checks"]}
    totals = done.results["totals"]
    assert seen == ["POST /search"], done.stderr
    assert (totals["requests_sent"], totals["writes_sent"]) == (1, 0)
    assert {name: outcome for name, (outcome, _) in checks.items()} == {
        "things:exists": "passed",
        "W.1": "blocked",
        "W.2": "blocked",
        "W.3": "blocked",
        "W.4": "blocked",
        "W.5": "passed",
    }
    for name, operation in {"W.1": "syncThings", "W.2": "syncThings", "W.3": "addThing", "W.4": "syncThings"}.items():
        assert f"not sent: {operation} writes, and a warehouse check only reads" in checks[name][1]
    assert done.code == 0


@pytest.mark.parametrize(("writes", "count"), [("block", 0), ("probe", 0), ("allow", 1)])
def test_beside_scenarios_only_theirs_are_counted(tmp_path: Path, server: Bridge, writes: str, count: int) -> None:
    done, seen = run(tmp_path, server, writes, "run")

    sent = [line for line in read_lines(done.folder) if line["type"] == "request_sent" and line["is_write"]]
    assert sorted(seen) == ["GET /sync"] * count + ["POST /search"], done.stderr
    assert done.results["totals"]["writes_sent"] == len(sent) == count
    assert done.outcomes == {"1": "passed" if count else "blocked"}
