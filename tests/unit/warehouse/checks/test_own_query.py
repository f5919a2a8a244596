"""The check `query`: a SELECT of the author, one statement that only reads; its rows are matched like a body."""

from pathlib import Path
from typing import Any

import pytest

from contracts_runner.model.warehouse import TableCheck
from contracts_runner.project.contract.warehouse_contracts import read_warehouse_contract
from contracts_runner.reading.yaml_source import parse_yaml
from helpers.warehouse_desk import Desk


def read(root: Path, sql: str | bytes | None, matcher: str = "[]", name: str = "sql/x.sql") -> tuple[Any, list[str]]:
    (root / "sql").mkdir(exist_ok=True)
    if sql is not None:
        (root / "sql" / "x.sql").write_bytes(sql if isinstance(sql, bytes) else sql.encode())
    text = f"warehouse: s\ntables:\n  orders:\n    checks: [{{id: Q, query: {{file: {name}, is: {matcher}}}}}]"
    contract, problems = read_warehouse_contract(parse_yaml(text, "contracts/w.yaml"), root)
    return contract, [str(problem) for problem in problems]


def make(root: Path, sql: str, matcher: str = "[]") -> TableCheck:
    contract, problems = read(root, sql, matcher)
    assert problems == []
    check: TableCheck = contract.checks[-1]
    return check


@pytest.fixture
def orders(desk: Desk) -> Desk:
    desk.run(
        "CREATE TABLE DB.orders (id UInt64, city Nullable(String), tags Array(String)) ENGINE = MergeTree ORDER BY id",
        "INSERT INTO DB.orders VALUES (1, 'Казань', ['a;b']), (18446744073709551615, NULL, [])",
    )
    return desk


ROWS = "[{id: 1, city: Казань, tags: ['a;b']}, {id: 18446744073709551615, city: null, tags: []}]"


@pytest.mark.parametrize(
    ("sql", "matcher", "outcome", "message"),
    [
        ("SELECT * FROM DB.orders ORDER BY id -- all;\n;\n", ROWS, "passed", ""),
        ("with 1 as x SELECT x /* ; */ AS one, '%s;' AS two", "[{one: 1, two: '%s;'}]", "passed", ""),
        ("SELECT id FROM DB.orders WHERE id = 7", "[]", "passed", ""),
        ("SELECT id FROM DB.orders", "{type: array, maxItems: 1}", "failed", "the rows: "),
        ("SELECT nope FROM DB.orders", "[]", "errored", "Code: 47."),
        ("SELECT 1 INTO OUTFILE 'x.csv'", "[]", "errored", "sql/x.sql has INTO OUTFILE, which a check may not"),
        ("SELECT 1 FORMAT CSV", "[]", "errored", "sql/x.sql has FORMAT, which a check may not"),
        ("SELECT 1 SETTINGS readonly = 0", "[]", "errored", "sql/x.sql has SETTINGS, which a check may not"),
        ("SELECT * FROM file('/etc/hostname', 'LineAsString')", "[]", "errored", "Code: 164."),
        ("WITH 1 AS x INSERT INTO DB.orders SELECT x, '', []", "[]", "errored", ""),
    ],
)
def test_its_rows_are_matched_and_nothing_but_a_select_is_sent(
    orders: Desk, tmp_path: Path, sql: str, matcher: str, outcome: str, message: str
) -> None:
    check = make(tmp_path, sql.replace("DB.", f"{orders.database}."), matcher)

    [row] = orders.verify(check)

    assert (row["outcome"], row["message"].startswith(message)) == (outcome, True), row["message"]
    assert orders.client.command(f"SELECT count() FROM {orders.database}.orders") == 2


def test_a_table_without_a_database_is_looked_up_where_that_of_the_check_is(orders: Desk, tmp_path: Path) -> None:
    orders.client.command("CREATE OR REPLACE TABLE default.orders (other UInt8) ENGINE = Memory")
    check = make(tmp_path, "SELECT count(id) AS n FROM orders", "[{n: 2}]")

    [row, again] = orders.verify(check, check)

    orders.client.command("DROP TABLE default.orders")
    assert (row["outcome"], row["message"], again["outcome"]) == ("passed", "", "passed")


@pytest.mark.parametrize(
    ("sql", "name", "message"),
    [
        (None, "sql/y.sql", "there is no file 'sql/y.sql'"),
        (None, "../y.sql", "the file '../y.sql' is not below the project"),
        (b"\xff", "sql/x.sql", "the file 'sql/x.sql' is not UTF-8"),
        ("-- SELECT 1", "sql/x.sql", "the file 'sql/x.sql' has no SELECT"),
        ("DROP TABLE a", "sql/x.sql", "the file 'sql/x.sql' has no SELECT"),
        ("SELECT ';'; SELECT 2", "sql/x.sql", "the file 'sql/x.sql' has more than one statement"),
    ],
)
def test_a_file_that_is_no_select_is_a_mistake_of_the_contract(
    tmp_path: Path, sql: str | bytes | None, name: str, message: str
) -> None:
    _, [problem] = read(tmp_path, sql, name=name)

    assert problem.startswith(f"contracts/w.yaml:4: {message}")


def test_the_run_names_the_file_with_its_hash(tmp_path: Path) -> None:
    contract, _ = read(tmp_path, "SELECT 1")

    assert list(contract.files) == ["sql/x.sql"]
