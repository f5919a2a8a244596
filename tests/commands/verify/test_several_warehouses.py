"""An environment with several warehouses: each is checked by the contracts that name it, and one that is down is told
for its own checks alone."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.warehouse.client import connect
from helpers.command import Finished, run_contracts
from helpers.servers import always, answer, find_closed_port, serve_raw
from helpers.shop import READ, write_project

if importlib.util.find_spec("chdb") is None:
    pytest.skip("no embedded ClickHouse on this platform: there is no chdb-core for it", allow_module_level=True)

from helpers.clickhouse_bridge import Bridge

SETTINGS = """
warehouses:
  main: {dsn: $MAIN_DSN, database: several_main}
  витрина: {dsn: $MART_DSN, database: several_mart}
  lost: {dsn: $LOST_DSN}
  unset: {dsn: $UNSET_DSN}
"""
TABLES = "tables: {orders: {engine: MergeTree, checks: [{id: ID, unique: [id]}]}}\nsnapshots: [orders]\n"


@pytest.fixture(scope="module", autouse=True)
def tables() -> Iterator[None]:
    engine = connect(WarehouseSettings(dsn="chdb://memory"))
    for database, values in (("several_main", "(1), (2)"), ("several_mart", "(1), (1)")):
        engine.raw_client.command(f"CREATE DATABASE {database}")
        engine.raw_client.command(f"CREATE TABLE {database}.orders (id UInt32) ENGINE = MergeTree ORDER BY id")
        engine.raw_client.command(f"INSERT INTO {database}.orders VALUES {values}")
    yield
    for database in ("several_main", "several_mart"):
        engine.raw_client.command(f"DROP DATABASE {database} SYNC")
    engine.close()


@pytest.fixture
def server() -> Iterator[Bridge]:
    server = Bridge(users={"reader": "sesame"})
    yield server
    server.stop()


def write(folder: Path, *contracts: tuple[str, str]) -> Path:
    """Write a project whose warehouse contracts say these names of warehouses, with these ids of a check."""
    write_project(folder, READ, base_url="http://127.0.0.1:1", more_settings=SETTINGS)
    for name, identifier in contracts:
        head = f"warehouse: {{spec: things, name: {name}}}\n" if name else "warehouse: things\n"
        (folder / "contracts" / f"{identifier}.yaml").write_text(head + TABLES.replace("ID", identifier), "utf-8")
    return folder


def run(folder: Path, server: Bridge, *arguments: str) -> Finished:
    lost = f"http://reader:sesame@127.0.0.1:{find_closed_port()}"
    return run_contracts(*arguments, cwd=folder, MAIN_DSN=server.dsn(), MART_DSN=server.dsn(), LOST_DSN=lost)


def test_each_is_checked_by_its_contracts(tmp_path: Path, server: Bridge) -> None:
    write(tmp_path, ("main", "W.1"), ("витрина", "W.2"), ("lost", "W.3"), ("unset", "W.4"))

    done = run(tmp_path, server, "verify", "--output", "out")

    rows = done.results["warehouse"]["checks"]
    found = {row["id"]: (row["warehouse"], row["outcome"]) for row in rows if not row["id"].endswith(":exists")}
    assert done.code == 1, done.stderr
    assert found == {
        "main:orders:engine": ("main", "passed"),
        "W.1": ("main", "passed"),
        "витрина:orders:engine": ("витрина", "passed"),
        "W.2": ("витрина", "failed"),
        "lost:orders:engine": ("lost", "errored"),
        "W.3": ("lost", "errored"),
        "unset:orders:engine": ("unset", "skipped"),
        "W.4": ("unset", "skipped"),
    }
    assert {row["message"] for row in rows if row["warehouse"] == "lost"} == {"connection refused"}
    assert {row["message"] for row in rows if row["warehouse"] == "unset"} == {"not configured: $UNSET_DSN is not set"}
    assert done.results["warehouse"]["snapshots"]["after"] == {"main: orders": 2, "витрина: orders": 2}
    assert done.results["warehouse"]["notes"]["after"].startswith("lost: connection refused; unset: not configured")
    for name in ("report.md", "report.html", "junit.xml"):
        assert "витрина: orders" in (done.folder / name).read_text("utf-8")
    assert "sesame" not in "".join(path.read_text("utf-8") for path in done.folder.rglob("*.*") if path.is_file())
    audit = run_contracts("audit", str(done.folder), cwd=tmp_path)
    assert audit.code == 0, audit.stdout


def test_a_name_that_no_environment_has_and_a_file_without_one_are_told(tmp_path: Path, server: Bridge) -> None:
    write(tmp_path, ("mian", "W.1"), ("", "W.2"))

    told = run(tmp_path, server, "check").stdout

    assert "contracts/W.1.yaml:1: there is no warehouse 'mian'" in told
    assert "Did you mean 'main'?" in told
    names = "main, витрина, lost, unset"
    assert f"contracts/W.2.yaml:1: the environment 'here' has several warehouses ({names}), and the file" in told
    assert "write `warehouse: {spec: things, name: main}`" in told


def test_what_would_be_checked_and_the_doctor_name_the_warehouse(tmp_path: Path, server: Bridge) -> None:
    write(tmp_path, ("main", "W.1"), ("unset", "W.2"))
    with serve_raw(always(answer())) as api:
        write_project(tmp_path, READ, base_url=api.base_url, more_settings=SETTINGS)
        planned = run(tmp_path, server, "run", "--phase", "warehouse", "--dry-run").stdout
        found = run(tmp_path, server, "doctor").stdout

    assert "W.1  main: orders: unique" in planned
    assert "W.2  unset: orders: unique\n    skipped: not configured: $UNSET_DSN is not set" in planned
    assert "main: ClickHouse account" in found
    assert [line.split()[3] for line in found.splitlines() if line.startswith("lost: ClickHouse ")][:1] == ["not"]
