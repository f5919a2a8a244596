"""`contracts run --publish`, and `publish:` of an environment: the results of a run in ClickHouse tables."""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.warehouse.client import Warehouse, connect
from helpers.command import Finished, run_contracts
from helpers.ledger_reader import read_lines
from helpers.servers import always, answer, find_closed_port, serve_raw
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


@pytest.fixture(scope="module")
def engine() -> Iterator[Warehouse]:
    engine = connect(WarehouseSettings(dsn="chdb://memory"))
    yield engine
    engine.close()


@pytest.fixture
def server(engine: Warehouse) -> Iterator[Bridge]:
    server = Bridge(users={"publisher": "sesame"})
    yield server
    server.stop()
    engine.raw_client.command("DROP DATABASE IF EXISTS history SYNC")


def run(folder: Path, *arguments: str, settings: str = "", **environ: str) -> Finished:
    with serve_raw(always(answer(body=json.dumps({"data": []}).encode()))) as api:
        write_project(folder, SCENARIO, base_url=api.base_url, more_settings=settings)
        return run_contracts("run", "--output", "out", *arguments, cwd=folder, **environ)


def find_runs(engine: Warehouse) -> list[tuple[Any, ...]]:
    return engine.query("SELECT run_id, passed, complete FROM history.contract_runs")


PUBLISH = "publish: {dsn: $HISTORY_DSN, database: history, create: true}"


def test_an_environment_with_publish_publishes_every_run(tmp_path: Path, engine: Warehouse, server: Bridge) -> None:
    done = run(tmp_path, settings=PUBLISH, HISTORY_DSN=server.dsn("publisher"))

    assert done.code == 0, done.stderr
    assert find_runs(engine) == [(done.results["run"]["id"], 1, True)]


def test_without_the_key_the_option_writes_to_the_server_of_a_variable(
    tmp_path: Path, engine: Warehouse, server: Bridge
) -> None:
    done = run(tmp_path, "--publish", CONTRACTS_PUBLISH_DSN=server.dsn("publisher") + "/history")

    assert done.code == 0, done.stderr
    assert find_runs(engine) == [(done.results["run"]["id"], 1, True)]


def test_a_variable_of_the_file_counts_where_that_of_the_process_is_empty(
    tmp_path: Path, engine: Warehouse, server: Bridge
) -> None:
    (tmp_path / ".env").write_text(f"CONTRACTS_PUBLISH_DSN={server.dsn('publisher')}/history\n", encoding="utf-8")

    done = run(tmp_path, "--publish", CONTRACTS_PUBLISH_DSN="")

    assert done.code == 0, done.stderr
    assert find_runs(engine) == [(done.results["run"]["id"], 1, True)]


def test_without_either_nothing_is_published(tmp_path: Path, server: Bridge) -> None:
    done = run(tmp_path, CONTRACTS_PUBLISH_DSN=server.dsn("publisher"))

    assert done.code == 0, done.stderr
    assert server.requests == []


def test_the_option_without_a_server_is_a_mistake_before_the_first_request(tmp_path: Path) -> None:
    done = run(tmp_path, "--publish")

    assert done.code == 2
    assert "$CONTRACTS_PUBLISH_DSN is not set" in done.stderr


def test_a_variable_that_is_not_set_only_says_so(tmp_path: Path) -> None:
    done = run(tmp_path, settings=PUBLISH)

    assert done.code == 0, done.stderr
    assert "not published: $HISTORY_DSN is not set" in done.stderr


def test_a_server_that_is_away_is_exit_3_and_the_run_is_whole(tmp_path: Path) -> None:
    done = run(tmp_path, settings=PUBLISH, HISTORY_DSN=f"http://u:open-up@127.0.0.1:{find_closed_port()}")

    assert done.code == 3
    assert "not published: connection refused" in done.stderr
    assert done.outcomes == {"1": "passed"}
    assert "open-up" not in done.stderr


def test_a_run_knows_what_published_ones_of_other_machines_have_found(
    tmp_path: Path, engine: Warehouse, server: Bridge
) -> None:
    first = run(tmp_path / "one", settings=PUBLISH, HISTORY_DSN=server.dsn("publisher"))
    second = run(tmp_path / "two", settings=PUBLISH, HISTORY_DSN=server.dsn("publisher"))

    [line] = [line for line in read_lines(second.folder) if line["type"] == "earlier_runs_recorded"]
    assert [run["id"] for run in line["runs"]] == [first.results["run"]["id"]]
    assert line["rows"] == [{"phase": "scenarios", "id": "1", "outcomes": "P"}]


def test_what_a_server_that_was_away_did_not_get_the_next_run_sends(
    tmp_path: Path, engine: Warehouse, server: Bridge
) -> None:
    away = run(tmp_path, settings=PUBLISH, HISTORY_DSN=f"http://u:open-up@127.0.0.1:{find_closed_port()}")
    back = run(tmp_path, "--output", "two", settings=PUBLISH, HISTORY_DSN=server.dsn("publisher"))

    assert (away.code, back.code) == (3, 0)
    assert "the next run of here that publishes sends it" in away.stderr
    assert "published 1 earlier run\npublished\n" in back.stderr
    assert len(find_runs(engine)) == 2
    assert not (tmp_path / "out.unpublished").exists()
