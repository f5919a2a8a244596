"""What the account may do, and the statements for one that may do less."""

import pytest

from contracts_runner.model.warehouse_beside import QueryLimits
from contracts_runner.warehouse.account import Account, list_writing_rights, render_account_sql
from contracts_runner.warehouse.client import Warehouse
from helpers.warehouse_desk import Desk, make_warehouse_check


def test_account_that_could_write_is_told_with_its_rights(desk: Desk) -> None:
    desk.run("CREATE TABLE DB.orders (id String) ENGINE = MergeTree ORDER BY id")

    account = desk.phase(make_warehouse_check("exists", True)).examine_account()

    assert isinstance(account, Account)
    assert (account.user, account.is_read_only, account.unreadable) == ("default", False, ())
    assert "INSERT ON *.*" in account.writing


def test_table_that_cannot_be_read_is_told_with_the_reason(desk: Desk) -> None:
    desk.run("CREATE VIEW DB.orders AS SELECT number FROM system.numbers WHERE throwIf(number = 0, 'no luck') = 0")

    account = desk.phase(make_warehouse_check("exists", True)).examine_account()

    assert account is not None
    assert len(account.unreadable) == 1
    assert account.unreadable[0].startswith("orders: ")
    assert "no luck" in account.unreadable[0]


@pytest.mark.parametrize(
    ("grant", "writing"),
    [
        ("GRANT SELECT ON shop.* TO reader", []),
        ("GRANT SELECT, INSERT ON shop.* TO loader", ["INSERT ON shop.*"]),
        ("GRANT INSERT(id, city) ON shop.orders TO loader", ["INSERT(id, city) ON shop.orders"]),
        ("GRANT ALTER UPDATE ON shop.orders TO loader WITH GRANT OPTION", ["ALTER UPDATE ON shop.orders"]),
        ("GRANT ALL ON *.* TO root", ["ALL ON *.*"]),
        ("GRANT auditors TO reader", []),
    ],
)
def test_rights_that_change_something_are_listed(grant: str, writing: list[str]) -> None:
    assert list_writing_rights([grant]) == writing


def test_statements_for_an_account_are_understood_by_the_engine(engine: Warehouse) -> None:
    statements = render_account_sql(["za`kaz"], QueryLimits(rows=7)).split("\n")

    formatted = [engine.query("SELECT formatQuerySingleLine({q:String})", {"q": text})[0][0] for text in statements]

    assert len(formatted) == 6
    assert formatted[0].startswith(
        "CREATE SETTINGS PROFILE `contracts_ro` SETTINGS readonly = 1, max_rows_to_read = 7 CONST, "
        "max_execution_time = 60 CONST"
    )
    assert formatted[2] == "GRANT SELECT ON `za\\`kaz`.* TO contracts_ro"
