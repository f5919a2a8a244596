"""What a server does not let us see is told in words, errored or beside the verdict, never as a fault of a table."""

from collections.abc import Iterator
from typing import Any

import pytest

from helpers.servers import always, serve_raw
from helpers.warehouse_desk import Desk, collect_rows, make_warehouse_check

bridge = pytest.importorskip(
    "helpers.clickhouse_bridge", reason="the test server passes queries to the embedded ClickHouse"
)

pytestmark = pytest.mark.usefixtures("engine")
TABLES = [f"CREATE TABLE DB.{name} (id String) ENGINE = MergeTree ORDER BY id" for name in ("orders", "parts")]
KINDS: list[tuple[str, Any]] = [("exists", True), ("row_count", {"max": 9}), ("columns", {"id": "String"})]
CHECKS = [make_warehouse_check(kind, options, table=table) for table in ("orders", "parts") for kind, options in KINDS]
REFERENCES = make_warehouse_check("references", {"column": "id", "table": "orders", "key": "id"}, table="parts")
DENIED = "Code: 497. DB::Exception: Not enough privileges. To execute this query, it's necessary to have the grant"
HIDDEN = {"FROM system.tables": "FROM (SELECT * FROM system.tables WHERE name != 'orders')"}
NATIVE = b"HTTP/1.0 400 Bad Request\r\n\r\nPort 9000 is for clickhouse-client program\r\nYou must use port 8123.\r\n"


@pytest.fixture
def server() -> Iterator[Any]:
    server = bridge.Bridge(users={"reader": "sesame"})
    yield server
    server.stop()


def verify(desk: Desk, *checks: Any, **settings: Any) -> list[tuple[str, str, str]]:
    """Return (table, outcome, message) of the checks on two tables that are as their contract says."""
    desk.run(*TABLES)
    rows = collect_rows(desk.phase(*CHECKS, *checks, **settings))
    return [(str(row["table"]), str(row["outcome"]), str(row["message"])) for row in rows]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"told": {"version()": "'22.8.5.29'"}}, "ClickHouse 22.8.5.29 is too old for our queries; they need 23.3 or"),
        ({"told": {"version()": "'23.2.9.1'"}}, "ClickHouse 23.2.9.1 is too old for our queries"),
        (
            {"refused": {"system.settings": "Code: 47, e.displayText() = DB::Exception: Unknown identifier"}},
            "the server is too old for our queries; they need 23.3 or later: Code: 47, e.displayText() = DB::Excep",
        ),
        ({"locked": {"readonly": "1"}}, "the account may not change settings that it needs: "),
        (
            {"refused": {"system.tables": f"{DENIED} SELECT(name, engine) ON system.tables. (ACCESS_DENIED)"}},
            "the account lacks a right: it needs GRANT SELECT(name, engine) ON system.tables",
        ),
        (
            {"refused": {"system.settings": f"{DENIED} SELECT(name) ON system.settings. (ACCESS_DENIED)"}},
            "the account lacks a right: it needs GRANT SELECT(name) ON system.settings",
        ),
        (
            {"refused": {"SELECT": "Code: 201. DB::Exception: Quota for user `reader` for 3600s has been exceeded"}},
            "the quota of the account is used up: Code: 201.",
        ),
    ],
    ids=[
        "version",
        "version before the oldest",
        "ancient",
        "readonly",
        "no right to look",
        "no right to settings",
        "quota",
    ],
)
def test_what_keeps_us_from_every_table_is_one_sentence_for_all(
    desk: Desk, server: Any, change: dict[str, Any], told: str
) -> None:
    for name, value in change.items():
        setattr(server, name, value)

    rows = verify(desk, dsn=server.dsn())

    assert {(outcome, message[: len(told)]) for _, outcome, message in rows} == {("errored", told)}
    assert len({message for *_, message in rows}) == 1


@pytest.mark.parametrize("version", ["23.3.1.2823", "23.10.1.1", "26.9.2.1", "unknown"])
def test_a_version_from_the_oldest_on_is_used(desk: Desk, server: Any, version: str) -> None:
    server.told = {"version()": f"'{version}'"}

    assert {outcome for _, outcome, _ in verify(desk, dsn=server.dsn())} == {"passed"}


def test_a_missing_database_is_no_missing_table(desk: Desk, server: Any) -> None:
    told = (
        "there is no database now`here, or the account may not see it; correct `database` of the environment, or GRANT "
        "SELECT ON `now\\`here`.*"
    )

    embedded = verify(desk, database="now`here")
    phase = desk.phase(*CHECKS, snapshots=["orders", "part*"], dsn=server.dsn(), database="now`here")

    assert {row[1:] for row in embedded} == {("errored", told)}
    assert phase.probe() == (False, told)
    assert (phase.snapshot("before").tables, phase.snapshot("before").note) == ({}, told)
    account = phase.examine_account()
    assert account is not None
    assert account.unreadable == ()


def test_a_database_that_the_hooks_make_may_be_missing_before_them(desk: Desk) -> None:
    usable, how = desk.phase(database="nowhere", prepare="a:b").probe()

    assert usable
    assert how.endswith("database nowhere: not there yet")


def test_an_empty_database_is_there(desk: Desk) -> None:
    rows = collect_rows(desk.phase(*CHECKS[:1]))

    assert [(row["outcome"], row["message"]) for row in rows] == [
        ("failed", "no such table, or the account may not see it")
    ]


def test_the_native_port_is_called_by_its_name(desk: Desk) -> None:
    with serve_raw(always(NATIVE, close=True)) as server:
        rows = verify(desk, dsn=server.base_url)

    told = "this is the port for ClickHouse's own protocol; the DSN needs that for HTTP: 8123, or 8443 for https"
    assert {row[1:] for row in rows} == {("errored", told)}


def test_a_quota_that_is_used_up_between_checks_is_not_asked_again(desk: Desk, server: Any) -> None:
    server.refused = {"(?s)SELECT count.*orders": "Code: 201. DB::Exception: Quota has been exceeded. (QUOTA_EXCEEDED)"}

    rows = verify(desk, dsn=server.dsn())

    assert [outcome for _, outcome, _ in rows] == ["passed"] + ["errored"] * 5
    assert len({message for *_, message in rows[1:]}) == 1
    assert sum("count()" in sent.get("query", "") for sent in server.requests) <= 1


@pytest.mark.parametrize(
    ("told", "errored"), [(HIDDEN, {"exists", "row_count", "columns"}), ({}, {"row_count"})], ids=["hidden", "seen"]
)
def test_a_missing_right_on_one_table_is_none_of_its_neighbours(
    desk: Desk, server: Any, told: dict[str, str], errored: set[str]
) -> None:
    server.told = told
    server.refused = {"(?s)Identifier.*orders": f"{DENIED} SELECT(id) ON shop.orders. (ACCESS_DENIED)"}

    *rows, references = verify(desk, REFERENCES, dsn=server.dsn())

    denied = ("errored", "the account lacks a right: it needs GRANT SELECT(id) ON shop.orders")
    assert [row[1:] for row in rows[:3]] == [denied if kind in errored else ("passed", "") for kind, _ in KINDS]
    assert [row[1:] for row in rows[3:]] == [("passed", "")] * 3
    assert references[1:] == denied


def test_a_right_on_some_columns_is_no_missing_column(desk: Desk, server: Any) -> None:
    desk.run("CREATE TABLE DB.orders (id String, price UInt8) ENGINE = Log")
    server.told = {"FROM system.columns": "FROM (SELECT * FROM system.columns WHERE name != 'price')"}
    server.refused = {"(?s)ignore.*price": f"{DENIED} SELECT(price) ON shop.orders. (ACCESS_DENIED)"}
    checks = [make_warehouse_check("columns", {"id": "String", name: "UInt8"}) for name in ("price", "absent")]

    rows = collect_rows(desk.phase(*checks, dsn=server.dsn()))

    assert [(row["outcome"], row["message"]) for row in rows] == [
        ("errored", "the account lacks a right: it needs GRANT SELECT(price) ON shop.orders"),
        ("failed", "absent is missing"),
    ]


def test_what_an_account_lacks_is_told_with_the_statements_that_mend_it(desk: Desk, server: Any) -> None:
    desk.run(*TABLES)
    server.told = HIDDEN
    server.refused = {"(?s)Identifier.*orders": f"{DENIED} SELECT(id) ON shop.orders. (ACCESS_DENIED)"}
    absent = make_warehouse_check("exists", True, table="absent")

    account = desk.phase(*CHECKS, absent, dsn=server.dsn()).examine_account()

    assert account is not None
    assert account.unreadable == ("orders: the account lacks a right: it needs GRANT SELECT(id) ON shop.orders",)
    assert account.missing == ("GRANT SELECT(id) ON shop.orders TO `default`;",)


@pytest.mark.parametrize("kind", ["ReplacingMergeTree", "MergeTree"])
def test_a_view_of_a_table_that_is_hidden_has_final_where_it_takes_it(desk: Desk, server: Any, kind: str) -> None:
    desk.run(
        "CREATE TABLE DB.source (id String) ENGINE = Null",
        f"CREATE TABLE DB.hidden (id String) ENGINE = {kind} ORDER BY id",
        "CREATE MATERIALIZED VIEW DB.orders TO DB.hidden AS SELECT id FROM DB.source",
        "INSERT INTO DB.source VALUES ('a')",
        "INSERT INTO DB.source VALUES ('a')",
    )
    server.told = {"FROM system.tables": "FROM (SELECT * FROM system.tables WHERE name != 'hidden')"}

    [row] = collect_rows(desk.phase(make_warehouse_check("row_count", {"max": 9}), dsn=server.dsn()))

    assert (row["outcome"], row["actual"]) == ("passed", 1 if kind == "ReplacingMergeTree" else 2)


@pytest.mark.parametrize(("table", "noted"), [("orders", {"orders"}), ("", {"orders", "parts"})], ids=["one", "all"])
def test_a_row_policy_is_told_beside_the_verdicts_on_its_table(
    desk: Desk, server: Any, table: str, noted: set[str]
) -> None:
    policy = f"(SELECT '{desk.database}' AS database, '{table}' AS table, arrayJoin(['a', 'b']) AS short_name)"
    server.told = {"system.row_policies": policy}

    rows = verify(desk, dsn=server.dsn())

    note = "rows may be hidden from the account by the row policy a, b"
    assert rows == [(name, "passed", note if name in noted else "") for name in ("orders", "parts") for _ in KINDS]


def test_an_account_that_may_not_see_policies_has_no_note(desk: Desk, server: Any) -> None:
    # That of the embedded engine may not.
    assert {row[1:] for row in verify(desk, dsn=server.dsn())} == {("passed", "")}
