"""Tables of another database than the environment's, and names with a dot."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from contracts_runner.results.rows import Moment
from contracts_runner.warehouse.query import quote_identifier
from helpers.warehouse_desk import Desk, make_warehouse_check

# Any character may stand in it.
STOCK = "скл`ад '1'\\"
QUOTED, DOTTED = map(quote_identifier, (STOCK, f"{STOCK}.parts"))
PARTS = "CREATE TABLE {}.{} (id UInt32) ENGINE = ReplacingMergeTree ORDER BY id"


@pytest.fixture
def stock(desk: Desk) -> Iterator[Desk]:
    """`parts` in two databases, and `stock.parts` in that of the environment."""
    desk.run(f"CREATE DATABASE {QUOTED}")
    for place in ((QUOTED, "parts"), (desk.database, "parts"), (desk.database, DOTTED)):
        desk.run(PARTS.format(*place))
    desk.run(f"INSERT INTO {QUOTED}.parts VALUES (1), (2)", f"INSERT INTO {QUOTED}.parts VALUES (1)")
    desk.run("INSERT INTO DB.parts VALUES (1), (2), (3)", f"INSERT INTO DB.{DOTTED} VALUES (7)")
    yield desk
    desk.run(f"DROP DATABASE {QUOTED}")


@pytest.mark.parametrize(
    ("table", "database", "rows"), [("parts", STOCK, 2), ("parts", None, 3), (f"{STOCK}.parts", None, 1)]
)
def test_a_table_is_looked_up_in_its_database(stock: Desk, table: str, database: str | None, rows: int) -> None:
    count = make_warehouse_check("row_count", {"min": rows, "max": rows}, table=table)

    [row] = stock.verify(replace(count, database=database))

    assert (row["outcome"], row["actual"]) == ("passed", rows)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("references", {"column": "id", "table": "parts", "key": "id"}),
        ("sum_equals", {"column": "id", "table": "parts", "value": "id"}),
    ],
)
def test_the_other_table_may_be_in_another_database(stock: Desk, kind: str, options: Mapping[str, Any]) -> None:
    own = make_warehouse_check(kind, options, table="parts", id="own")
    other = make_warehouse_check(kind, {**options, "database": STOCK}, table="parts", id="other")
    back = replace(own, id="back", database=STOCK)

    rows = {row["id"]: row["outcome"] for row in stock.verify(own, other, back)}

    assert rows == {"own": "passed", "other": "failed", "back": "passed" if kind == "references" else "failed"}


@pytest.mark.parametrize("kind", ["exists", "row_count", "references"])
def test_a_missing_database_is_no_missing_table(stock: Desk, kind: str) -> None:
    options: Any = {"exists": True, "row_count": {"min": 1}}.get(
        kind, {"column": "id", "table": "parts", "key": "id", "database": "nowhere"}
    )
    check = make_warehouse_check(kind, options, table="parts")
    if kind != "references":
        check = replace(check, database="nowhere")

    row, neighbour = stock.verify(check, make_warehouse_check("row_count", {"min": 1}, table="parts", id="W.2"))

    assert (row["outcome"], neighbour["outcome"]) == ("errored", "passed")
    assert row["message"] == (
        "there is no database nowhere, or the account may not see it; correct `database` of the contract, "
        "or GRANT SELECT ON `nowhere`.*"
    )


@pytest.mark.parametrize(
    ("pattern", "counts"),
    [
        ("parts", {f"{QUOTED}.`parts`": 2}),
        ("p*", {"parts": 3, f"{QUOTED}.`parts`": 2}),
        (f"{STOCK}.parts", {f"{STOCK}.parts": 1}),
        ("*.parts", {f"{STOCK}.parts": 1}),
    ],
)
def test_a_snapshot_counts_each_table_in_its_database(stock: Desk, pattern: str, counts: Mapping[str, int]) -> None:
    check = replace(make_warehouse_check("exists", True, table="parts"), database=STOCK)

    snapshot = stock.phase(check, snapshots=[pattern]).snapshot(Moment.BEFORE)

    assert (snapshot.tables, snapshot.note) == (counts, "")


def test_a_delta_is_of_the_table_in_its_database(stock: Desk) -> None:
    check = replace(make_warehouse_check("delta", {"min": 0, "max": 0}, table="parts"), database=STOCK)
    phase = stock.phase(check)
    phase.snapshot(Moment.BEFORE)
    events: list[Any] = []

    phase.verify(events.append)

    assert [event.row.outcome for event in events] == ["passed"]


def test_an_account_needs_to_read_each_database(stock: Desk) -> None:
    check = make_warehouse_check(
        "references", {"column": "id", "table": "parts", "key": "id", "database": STOCK}, table="parts"
    )

    statements = stock.phase(check, dsn="http://localhost").render_account_statements()

    assert f"GRANT SELECT ON `{stock.database}`.* TO" in statements
    assert f"GRANT SELECT ON {QUOTED}.* TO" in statements
