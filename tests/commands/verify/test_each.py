"""`snapshot: each`: the tables that a scenario names are counted when it begins and when it ends."""

import csv
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.warehouse.client import Warehouse, connect
from helpers.command import Finished, run_contracts
from helpers.servers import serve_wsgi
from helpers.shop import write_project

if importlib.util.find_spec("chdb") is None:
    pytest.skip("no embedded ClickHouse on this platform: there is no chdb-core for it", allow_module_level=True)

from helpers.clickhouse_bridge import Bridge

SCENARIOS = """
- id: "1"
  title: Add a thing
  tables: [things, nowhere]
  steps:
    - {name: add, operation: addThing, body: {name: c}}
- id: "2"
  title: List the things
  steps:
    - {name: list, operation: listThings}
"""
WAREHOUSE = """
warehouse: things
tables:
  things:
    checks: [{id: W.1, exists: true}]
snapshots: [things]
"""


@pytest.fixture
def engine() -> Iterator[Warehouse]:
    engine = connect(WarehouseSettings(dsn="chdb://memory"))
    for statement in (
        "CREATE DATABASE each",
        "CREATE TABLE each.things (id UInt32, _ver UInt64) ENGINE = ReplacingMergeTree(_ver) ORDER BY id",
        "SYSTEM STOP MERGES each.things",
        "INSERT INTO each.things VALUES (1, 1), (2, 1)",
    ):
        engine.raw_client.command(statement)
    yield engine
    engine.raw_client.command("DROP DATABASE each SYNC")
    engine.close()


def run(folder: Path, engine: Warehouse, *settings: str) -> Finished:
    """Run the project against a service that stores what is added, and writes what it had already once more."""

    def serve(environ: Any, start_response: Any) -> list[bytes]:
        is_added = environ["REQUEST_METHOD"] == "POST"
        if is_added:
            engine.raw_client.command("INSERT INTO each.things VALUES (1, 2), (3, 1)")
        start_response("201 Created" if is_added else "200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"id": 3, "name": "c"} if is_added else {"data": []}).encode()]

    server = Bridge(users={"reader": "sesame"})
    try:
        with serve_wsgi(serve) as base_url:
            words = ", ".join(("dsn: $CLICKHOUSE_DSN", "database: each", *settings))
            write_project(folder, SCENARIOS, base_url=base_url, more_settings=f"warehouse: {{{words}}}")
            (folder / "contracts" / "warehouse.yaml").write_text(WAREHOUSE, encoding="utf-8")
            return run_contracts("run", "--output", "out", cwd=folder, CLICKHOUSE_DSN=server.dsn("reader"))
    finally:
        server.release.set()
        server.stop()


def test_a_scenario_that_names_a_table_has_its_delta(tmp_path: Path, engine: Warehouse) -> None:
    done = run(tmp_path, engine, "snapshot: each")

    [counted] = done.results["warehouse"]["scenarios"]
    with (done.folder / "clickhouse.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["table"], row["delta"], row["scenario"]) for row in csv.DictReader(file)]
    assert done.code == 0, done.stderr
    assert counted["id"] == "1"
    # Four rows are stored, of which two are versions of one: a merge to come is no loss, and one pending no gain.
    assert counted["snapshots"] == {
        "before": {"things": 2, "nowhere": None},
        "after": {"things": 3, "nowhere": None},
    }
    assert counted["notes"]["after"] == "nowhere: no such table"
    assert rows == [("things", "1", ""), ("things", "1", "1"), ("nowhere", "", "1")]
    assert "around 1" in (done.folder / "report.html").read_text("utf-8")


def test_without_it_only_the_run_is_counted(tmp_path: Path, engine: Warehouse) -> None:
    done = run(tmp_path, engine)

    assert done.code == 0, done.stderr
    assert done.results["warehouse"]["scenarios"] == []
    assert done.results["warehouse"]["snapshots"] == {"before": {"things": 2}, "after": {"things": 3}}
