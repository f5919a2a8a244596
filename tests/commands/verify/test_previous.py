"""`against: previous`: the figure comes from the last complete run of the environment, in runs/ or published."""

import importlib.util
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.warehouse.client import Warehouse
from helpers.command import run_contracts
from helpers.servers import find_closed_port
from helpers.shop import READ, write_project

if importlib.util.find_spec("chdb") is None:
    pytest.skip("no embedded ClickHouse on this platform: there is no chdb-core for it", allow_module_level=True)

from helpers.clickhouse_bridge import Bridge

CONTRACT = """
warehouse: things
tables:
  orders:
    checks: [{id: W.1, row_count: {min: 0.5, max: 2}, against: previous}]
"""
SETTINGS = """
warehouse: {dsn: $WAREHOUSE, database: shop}
publish: {dsn: $WAREHOUSE, database: history, create: true}
"""


@pytest.fixture
def server(engine: Warehouse) -> Iterator[Bridge]:
    server = Bridge(users={"reader": "sesame"})
    yield server
    server.stop()
    for database in ("history", "shop"):
        engine.raw_client.command(f"DROP DATABASE IF EXISTS {database} SYNC")


def test_the_figure_of_the_last_run_is_found_in_its_folder_and_in_the_history(
    tmp_path: Path, engine: Warehouse, server: Bridge
) -> None:
    def verify(rows: int) -> Any:
        """Return the row of the check, with so many rows in the table."""
        engine.raw_client.command("TRUNCATE TABLE shop.orders")
        engine.raw_client.command(f"INSERT INTO shop.orders SELECT number FROM numbers({rows})")
        done = run_contracts("verify", cwd=tmp_path, WAREHOUSE=server.dsn("reader"))
        assert done.code in (0, 1), done.stderr
        written = (tmp_path / "runs").glob("*/results.json")
        found = [json.loads(path.read_text(encoding="utf-8")) for path in written]
        results = max(found, key=lambda each: each["run"]["started_at"])
        return results["run"]["id"], results["warehouse"]["checks"][-1]

    write_project(tmp_path, READ, base_url=f"http://127.0.0.1:{find_closed_port()}", more_settings=SETTINGS)
    (tmp_path / "contracts" / "tables.yaml").write_text(CONTRACT, encoding="utf-8")
    for statement in ("CREATE DATABASE shop", "CREATE TABLE shop.orders (id UInt64) ENGINE = MergeTree ORDER BY id"):
        engine.raw_client.command(statement)

    _, first = verify(10)
    second_id, second = verify(5)
    shutil.rmtree(tmp_path / "runs")
    _, third = verify(2)

    assert (first["outcome"], first["figure"]) == ("skipped", "10")
    assert (second["outcome"], second["expected"]["previous"], second["actual"]) == (
        "passed",
        10,
        {"figure": 5, "ratio": 0.5},
    )
    assert (third["outcome"], third["expected"]["run"], third["figure"]) == ("failed", second_id, "2")
