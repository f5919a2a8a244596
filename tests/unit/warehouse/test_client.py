"""The connection: what a DSN may be, what our queries may do, and what a failure says."""

import subprocess
import sys
from pathlib import Path

import pytest

from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.warehouse.client import Warehouse, connect
from contracts_runner.warehouse.dsn import ServerDsn, parse_dsn
from contracts_runner.warehouse.errors import WarehouseQueryError, WarehouseUnavailable, describe_failure
from helpers.warehouse_desk import Desk

PLAIN, SECURE = "http://host:8123/database", "https://host:8443/database"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("postgres://host/db", "must be chdb://memory"),
        ("nonsense", "must be chdb://memory"),
        ("http:///db", "names no host"),
        ("chdb://elsewhere", "chdb://memory or chdb:///absolute/folder"),
        ("https://user:sesame@host:8443/db?verify=false", "after ? or #"),
        ("https://user:ses/ame@host:8443/db", "percent-encode"),
        ("https://user:ses#ame@host:8443/db", "percent-encode"),
        (
            "clickhouse://user:sesame@host/db",
            f"clickhouse:// is for another client; write {PLAIN}, or with TLS {SECURE}",
        ),
        ("clickhouse+native://user:sesame@host:9000/db", f"write {PLAIN}, or with TLS {SECURE}"),
        ("tcp://user:sesame@host:9000", f"tcp:// is for another client; write {PLAIN}"),
        ("jdbc:clickhouse://user:sesame@host:8123/db", f"jdbc:// is for another client; write {PLAIN}"),
        ("clickhouses://user:sesame@host/db", f"clickhouses:// is for another client; write {SECURE}"),
        ("clickhouse://user:sesame@host:9440/db", f"clickhouse:// is for another client; write {SECURE}"),
        ("clickhouse://user:sesame@host/db?secure=true", f"clickhouse:// is for another client; write {SECURE}"),
    ],
)
def test_dsn_that_cannot_be_used_says_why_without_its_password(text: str, words: str) -> None:
    with pytest.raises(WarehouseUnavailable) as caught:
        parse_dsn(text)

    assert words in str(caught.value)
    assert "ses" not in str(caught.value).replace("clickhouses", "")


@pytest.mark.parametrize(("port", "is_told"), [(9000, True), (9440, True), (8123, False)])
def test_a_port_of_the_native_protocol_is_told_where_nothing_comes_from_it(port: int, is_told: bool) -> None:
    told = describe_failure(ConnectionRefusedError(), port=port)

    assert (f"{port} is usually the port for ClickHouse's own protocol" in told) is is_told


def test_https_stays_https_on_any_port() -> None:
    dsn = parse_dsn("https://reader:p%40ss%2Fword@warehouse.example:9440/shop")

    assert dsn == ServerDsn(
        scheme="https", host="warehouse.example", port=9440, user="reader", password="p@ss/word", database="shop"
    )


def test_password_does_not_show_in_the_representation() -> None:
    assert "sesame" not in repr(parse_dsn("http://user:sesame@host/db"))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE DB.other (id String) ENGINE = MergeTree ORDER BY id",
        "INSERT INTO DB.orders VALUES ('2')",
        "ALTER TABLE DB.orders DELETE WHERE 1",
        "SET readonly = 0",
        "SELECT 1 SETTINGS max_result_rows = 0",
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
    ],
)
def test_our_queries_cannot_write(desk: Desk, engine: Warehouse, statement: str) -> None:
    desk.run("CREATE TABLE DB.orders (id String) ENGINE = MergeTree ORDER BY id")

    with pytest.raises(WarehouseQueryError):
        engine.query(statement.replace("DB.", f"{desk.database}."))


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT number FROM numbers(300000)", "TOO_MANY_ROWS_OR_BYTES"),
        ("SELECT sum(number) FROM numbers(600000000)", "TOO_MANY_ROWS"),
    ],
)
def test_our_queries_have_limits(engine: Warehouse, sql: str, words: str) -> None:
    with pytest.raises(WarehouseQueryError, match=words):
        engine.query(sql)


@pytest.mark.parametrize(
    "sql",
    ["SELECT throwIf(number = 100000) FROM numbers(300000)", "SELECT number FROM numbers(300000)"],
)
def test_query_that_failed_half_way_leaves_nothing_in_the_next_answer(engine: Warehouse, sql: str) -> None:
    with pytest.raises(WarehouseQueryError):
        engine.query(sql)

    assert engine.query("SELECT 2") == [(2,)]


def test_values_are_bound_and_never_read_as_sql(engine: Warehouse) -> None:
    rows = engine.query("SELECT {text:String}", {"text": "'; DROP TABLE x; --\n\\"})

    assert rows == [("'; DROP TABLE x; --\n\\",)]


@pytest.mark.usefixtures("engine")
def test_second_embedded_folder_in_one_process_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(
        WarehouseUnavailable,
        match="open on another folder already; one is possible: write the same folder in each dsn",
    ):
        connect(WarehouseSettings(dsn=f"chdb://{tmp_path.as_posix()}"))


def test_import_of_the_package_does_not_import_the_client() -> None:
    program = "import sys, contracts_runner.warehouse.warehouse_phase\nsys.exit('clickhouse_connect' in sys.modules)"

    finished = run_python(program)

    assert finished.returncode == 0


OPEN = """
import subprocess, sys
from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.warehouse.client import connect
from contracts_runner.warehouse.errors import WarehouseUnavailable

def report(dsn):
    try:
        warehouse = connect(WarehouseSettings(dsn=dsn))
    except WarehouseUnavailable as problem:
        print(problem)
    else:
        warehouse.raw_client.command('CREATE DATABASE IF NOT EXISTS shop')
        print(warehouse.query('SELECT 1'))
"""


def run_python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *arguments], check=False, capture_output=True, text=True)


@pytest.mark.usefixtures("engine")
def test_engine_that_is_left_open_ends_quietly(tmp_path: Path) -> None:
    finished = run_python(f"{OPEN}\nreport(sys.argv[1])", f"chdb://{tmp_path.as_posix()}")

    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "[(1,)]\n", "")


@pytest.mark.usefixtures("engine")
def test_folder_that_another_process_has_open_is_told_in_words(tmp_path: Path) -> None:
    inner = f"{OPEN}\nreport(sys.argv[1])"
    outer = f"{inner}\nsys.stdout.flush()\nsubprocess.run([sys.executable, '-c', {inner!r}, sys.argv[1]], check=True)"

    finished = run_python(outer, f"chdb://{tmp_path.as_posix()}")

    assert finished.stdout == (
        "[(1,)]\nthe embedded ClickHouse cannot open its folder: another process has it open, or it cannot be written\n"
    )


def test_platform_without_the_embedded_engine_is_told_what_to_do() -> None:
    finished = run_python(f"{OPEN}\nsys.modules['chdb'] = None\nreport('chdb://memory')")

    assert finished.stdout == (
        "there is no embedded ClickHouse here: install chdb-core (Linux, macOS), or name a server by an http(s) DSN\n"
    )


def test_server_that_refuses_is_told_without_the_password() -> None:
    with pytest.raises(WarehouseUnavailable) as caught:
        connect(WarehouseSettings(dsn="http://user:sesame@127.0.0.1:1/shop"))

    assert str(caught.value) == "connection refused"


ARROW = """
import sys
from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.warehouse.client import connect, import_driver

settings = WarehouseSettings(dsn="chdb://memory")
import_driver(settings)
assert "pyarrow" not in sys.modules
client = connect(settings).raw_client
print(client.query_arrow("SELECT number FROM numbers(2)").to_pylist())
"""


@pytest.mark.usefixtures("engine")
def test_a_loader_has_arrow_although_the_engine_came_without_it() -> None:
    finished = run_python(ARROW)

    assert (finished.stdout, finished.stderr) == ("[{'number': 0}, {'number': 1}]\n", "")
