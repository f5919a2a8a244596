"""`contracts new --table` draws the contract of a live table: `check` has nothing to say of it, and it holds."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts_runner.errors import UnseenError, UsageError
from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.model.table_draft import CheckDraft, TableDraft
from contracts_runner.project.project import load_project
from contracts_runner.run.tables import draft_table, write_tables
from contracts_runner.warehouse.client import connect
from helpers.command import COLD, run_contracts
from helpers.servers import find_closed_port
from helpers.shop import READ, write_project

if importlib.util.find_spec("chdb") is None:
    pytest.skip("no embedded ClickHouse on this platform: there is no chdb-core for it", allow_module_level=True)

from helpers.clickhouse_bridge import Bridge

DRAFT = TableDraft(name="new", columns={"id": "UInt8"}, checks=(CheckDraft(word="unique", content=["id"]),))


@pytest.fixture(scope="module")
def server() -> Iterator[Bridge]:
    engine = connect(WarehouseSettings(dsn="chdb://memory"))
    for statement in (
        "CREATE DATABASE drawn",
        "CREATE TABLE drawn.orders (id UInt32, email String, at DateTime) ENGINE = ReplacingMergeTree ORDER BY id",
        "CREATE VIEW drawn.secret AS SELECT id FROM drawn.orders",
        "INSERT INTO drawn.orders SELECT number, 'user@example.com', now() FROM numbers(5)",
    ):
        engine.raw_client.command(statement)
    server = Bridge(users={"reader": "sesame"})
    yield server
    server.stop()
    engine.raw_client.command("DROP DATABASE drawn SYNC")
    engine.close()


def write(folder: Path, settings: str = "warehouse: {dsn: $CLICKHOUSE_DSN, database: drawn}") -> Path:
    return write_project(folder, READ, base_url="http://127.0.0.1:1", more_settings=settings)


def test_a_table_becomes_a_contract_that_holds(tmp_path: Path, server: Bridge) -> None:
    write(tmp_path)
    environ = {"CLICKHOUSE_DSN": server.dsn()}

    done = run_contracts("new", "--table", "orders", "--into", "contracts/orders.yaml", cwd=tmp_path, **COLD, **environ)
    checked = run_contracts("check", cwd=tmp_path, **environ)
    verified = run_contracts("verify", "--output", "out", cwd=tmp_path, **environ)

    assert (done.code, done.stdout) == (0, "")
    assert done.stderr == "contracts/orders.yaml: written; `contracts check` tells what is left to do\n"
    text = (tmp_path / "contracts" / "orders.yaml").read_text("utf-8")
    assert text.startswith("warehouse: things\ntables:\n  orders:\n    # 5 rows on ")
    assert (
        "email: String  # personal data suspected: e-mail addresses in 5 of 5 rows, e-mail address, by its name" in text
    )
    assert "user@example.com" not in text
    assert (checked.code, "orders.yaml" in checked.stdout) == (0, False)
    assert verified.code == 0, verified.stdout
    assert {row["outcome"] for row in verified.results["warehouse"]["checks"]} == {"passed"}


@pytest.mark.parametrize(
    ("settings", "options", "told"),
    [
        ("", {}, "not configured: the environment names no warehouse"),
        ("warehouse: {dsn: $NO_SUCH_DSN}", {}, "not configured: $NO_SUCH_DSN is not set"),
        (
            "warehouses: {main: {dsn: 'chdb://memory'}, mart: {dsn: $NO_SUCH_DSN}}",
            {},
            "the environment 'here' has several warehouses; choose by --warehouse: main, mart",
        ),
        (
            "warehouses: {main: {dsn: 'chdb://memory'}, mart: {dsn: $NO_SUCH_DSN}}",
            {"warehouse": "mrat"},
            "the environment 'here' has no warehouse 'mrat'; Did you mean 'mart'?",
        ),
        (
            "warehouse: {dsn: 'chdb://memory', database: drawn}",
            {"key": "thing"},
            "there is no spec 'thing'; Did you mean 'things'?",
        ),
    ],
)
def test_what_is_asked_wrongly_is_told(
    tmp_path: Path, server: Bridge, settings: str, options: dict[str, str], told: str
) -> None:
    project = load_project(write(tmp_path, settings))
    given = {"environment": None, "warehouse": None, "key": None, **options}

    with pytest.raises(UsageError) as caught:
        draft_table(project, "orders", into=None, **given)  # type: ignore[arg-type]  # a mapping of options

    assert str(caught.value) == told


def test_a_server_that_is_away_is_no_wrong_use(tmp_path: Path) -> None:
    dsn = f"http://reader:sesame@127.0.0.1:{find_closed_port()}"
    project = load_project(write(tmp_path, f"warehouse: {{dsn: '{dsn}'}}"))

    with pytest.raises(UnseenError) as caught:
        draft_table(project, "orders", environment=None, warehouse=None, key=None, into=None)

    assert (str(caught.value), caught.value.exit_code) == ("the table was not looked at: connection refused", 3)


@pytest.mark.parametrize("database", ["default", "nowhere"])
def test_an_embedded_one_in_memory_is_empty_and_says_so(tmp_path: Path, server: Bridge, database: str) -> None:
    project = load_project(write(tmp_path, f"warehouse: {{dsn: 'chdb://memory', database: {database}}}"))

    with pytest.raises(UnseenError, match="write a folder, such as chdb:///tmp/warehouse, and"):
        draft_table(project, "absent", environment=None, warehouse=None, key=None, into=None)


def test_a_view_that_the_account_may_not_read_is_drawn_without_its_rows(tmp_path: Path, server: Bridge) -> None:
    denied = "Code: 497. DB::Exception: reader: Not enough privileges. To execute this query, it's necessary to have"
    server.refused = {r"SELECT count\(\) FROM": f"{denied} the grant SELECT(id) ON drawn.secret. (ACCESS_DENIED)"}
    project = load_project(write(tmp_path, f"warehouse: {{dsn: '{server.dsn()}', database: drawn}}"))

    text = draft_table(project, "secret", environment=None, warehouse=None, key=None, into=None)

    server.refused = {}
    assert (
        "    # Its rows were not looked at: the account lacks a right: it needs GRANT SELECT(id) ON drawn.secret\n"
        in text
    )
    assert "    engine: View\n" in text
    assert "checks" not in text


@pytest.mark.parametrize("end", ["", "# the end\n", "\nsnapshots: [old]  # counted\n"])
def test_a_file_gets_the_table_and_keeps_its_layout(tmp_path: Path, end: str) -> None:
    project = load_project(write(tmp_path))
    file = tmp_path / "contracts" / "tables.yaml"
    before = (
        "# Ours.\nwarehouse:   things\ntables:\n    old:   {engine: Memory}\n    # Last.\n    b:\n        engine: Log\n"
    )
    file.write_text(before + end, "utf-8")

    text = write_tables(project, [DRAFT], spec=None, warehouse="", into=file)

    added = (
        "    new:\n      columns:\n        id: UInt8\n      checks:\n        - id: new.unique\n          unique: [id]\n"
    )
    assert text == before + added + end


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("warehouse: things\ntables: {old: {engine: Log}}\n", "tables cannot be added below its `tables`"),
        ("warehouse: things\ntables:\n  new: {engine: Log}\n", "has the table new already"),
        ("warehouse: {spec: things, name: mart}\ntables:\n  a: {}\n", "is for the spec things and the warehouse mart"),
        ("contract: things\nspec: things\n", "is not a warehouse contract"),
    ],
)
def test_a_file_that_cannot_take_it_is_told(tmp_path: Path, text: str, told: str) -> None:
    project = load_project(write(tmp_path))
    file = tmp_path / "contracts" / "tables.yaml"
    file.write_text(text, "utf-8")

    with pytest.raises(UsageError, match=told):
        write_tables(project, [DRAFT], spec=None, warehouse="", into=file)


def test_an_id_that_the_project_has_is_not_given_again(tmp_path: Path) -> None:
    write(tmp_path)
    taken = "warehouse: things\ntables: {old: {checks: [{id: new.unique, unique: [a]}]}}\n"
    (tmp_path / "contracts" / "tables.yaml").write_text(taken, "utf-8")

    text = write_tables(load_project(tmp_path), [DRAFT], spec=None, warehouse="", into=None)

    assert "- id: new.unique.2\n" in text
