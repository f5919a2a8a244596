"""`contracts import` of what dbt and data contracts say of tables: a warehouse contract that `check` takes and `verify`
runs; what does not come over is told on stderr, by the exit code, too."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts_runner.errors import UsageError
from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.project.project import load_project
from contracts_runner.run.importing import print_import
from contracts_runner.run.tables import import_tables
from contracts_runner.warehouse.client import connect
from helpers.command import COLD, run_contracts
from helpers.shop import READ, write_project

if importlib.util.find_spec("chdb") is None:
    pytest.skip("no embedded ClickHouse on this platform: there is no chdb-core for it", allow_module_level=True)

from helpers.clickhouse_bridge import Bridge

DBT = """\
version: 2
sources:
  - name: shop
    schema: imported
    tables:
      - name: заказы
        columns:
          - name: id
            data_type: UInt32
            tests: [not_null, unique, dbt_utils.expression_is_true: {expression: "> 0"}]
          - name: buyer
            data_tests:
              - relationships: {arguments: {to: "source('shop', 'buyers')", field: id}, config: {severity: warn}}
      - name: buyers
"""
ODCS = """\
apiVersion: v3.1.0
kind: DataContract
schema:
  - {name: заказы, properties: [{name: id, physicalType: UInt32, required: true, unique: true}]}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Bridge]:
    engine = connect(WarehouseSettings(dsn="chdb://memory"))
    for statement in (
        "CREATE DATABASE imported",
        "CREATE TABLE imported.`заказы` (id UInt32, buyer UInt32) ENGINE = MergeTree ORDER BY id",
        "CREATE TABLE imported.buyers (id UInt32) ENGINE = MergeTree ORDER BY id",
        "INSERT INTO imported.`заказы` VALUES (1, 1), (2, 7)",
        "INSERT INTO imported.buyers VALUES (1)",
    ):
        engine.raw_client.command(statement)
    server = Bridge(users={"reader": "sesame"})
    yield server
    server.stop()
    engine.raw_client.command("DROP DATABASE imported SYNC")
    engine.close()


def write(folder: Path, settings: str = "warehouse: {dsn: $CLICKHOUSE_DSN, database: imported}") -> Path:
    write_project(folder, READ, base_url="http://127.0.0.1:1", more_settings=settings)
    (folder / "schema.yml").write_text(DBT, "utf-8")
    (folder / "c.odcs.yaml").write_text(ODCS, "utf-8")
    (folder / "calls.txt").write_text("curl http://127.0.0.1:1/things\n", "utf-8")
    return folder


def test_a_file_of_dbt_becomes_a_contract_that_is_run(tmp_path: Path, server: Bridge) -> None:
    write(tmp_path)
    environ = {"CLICKHOUSE_DSN": server.dsn()}

    done = run_contracts("import", "schema.yml", "--into", "contracts/orders.yaml", cwd=tmp_path, **COLD, **environ)
    checked = run_contracts("check", cwd=tmp_path, **environ)
    verified = run_contracts("verify", "--output", "out", cwd=tmp_path, **environ)

    assert (done.code, done.stdout) == (1, "")
    assert done.stderr == (
        "schema.yml:10: the test dbt_utils.expression_is_true: not carried over\n2 tables with 4 checks\n"
    )
    assert (checked.code, "orders.yaml" in checked.stdout) == (0, False)
    found = {row["id"]: row["outcome"] for row in verified.results["warehouse"]["checks"]}
    assert found == {
        "заказы:exists": "passed",
        "заказы:columns": "passed",
        "заказы.not_null": "passed",
        "заказы.unique": "passed",
        "заказы.references": "failed",
        "buyers:exists": "passed",
    }
    assert (verified.code, verified.results["totals"]["warehouse"]["warnings"]) == (0, 1)


def test_a_data_contract_is_added_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = load_project(write(tmp_path))
    file = tmp_path / "contracts" / "tables.yaml"
    file.write_text("warehouse: things\ntables:\n  buyers: {}\n", "utf-8")

    with (tmp_path / "c.odcs.yaml").open("rb") as opened:
        code = print_import(project, [opened], into=file, spec=None)

    assert code == 0
    assert file.read_text("utf-8").startswith(
        "warehouse: things\ntables:\n  buyers: {}\n  заказы:\n    extra: allowed\n"
    )
    assert capsys.readouterr().err == "1 table with 3 checks\n"


def test_files_of_both_sorts_are_not_imported_at_once(tmp_path: Path) -> None:
    project = load_project(write(tmp_path))

    with (tmp_path / "calls.txt").open("rb") as calls, (tmp_path / "schema.yml").open("rb") as schema:
        with pytest.raises(UsageError, match=r"is about tables, .*calls\.txt is not; import them one"):
            print_import(project, [calls, schema], into=None, spec=None)
        calls.seek(0)
        with pytest.raises(UsageError, match="--warehouse is for files about tables"):
            print_import(project, [calls], into=None, spec=None, warehouse="main")


def test_the_warehouse_is_written_and_an_unknown_one_is_told(tmp_path: Path) -> None:
    several = "warehouses: {main: {dsn: $A}, mart: {dsn: $B}}"
    project, files = load_project(write(tmp_path, several)), {"c.yaml": ODCS.encode()}

    imported = import_tables(project, files, spec=None, warehouse="mart", into=None)
    with pytest.raises(UsageError, match="there is no warehouse 'mrat'; Did you mean 'mart'"):
        import_tables(project, files, spec=None, warehouse="mrat", into=None)

    assert imported.text.startswith("warehouse: {spec: things, name: mart}\n")


@pytest.mark.parametrize("text", ["models: []\n", "apiVersion: v3.0.0\nschema: []\n"])
def test_a_file_without_a_table_is_told(tmp_path: Path, text: str) -> None:
    project = load_project(write(tmp_path))

    with pytest.raises(UsageError, match=r"there is no table in a\.yml"):
        import_tables(project, {"a.yml": text.encode()}, spec=None, warehouse=None, into=None)
