"""A contract that is drawn from a live table holds on that table, and gives nobody's data away."""

import contextlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from contracts_runner.errors import UsageError
from contracts_runner.maintenance.drafts.table_writing import name_checks, render_tables
from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.model.warehouse_beside import QueryLimits
from contracts_runner.project.contract.warehouse_contracts import read_warehouse_contract
from contracts_runner.reading.yaml_source import parse_yaml
from contracts_runner.warehouse.client import connect
from contracts_runner.warehouse.sketching import sketch_table
from helpers.warehouse_desk import NOW, Desk, make_redactor

_LOADED = (NOW - timedelta(hours=3)).strftime("%Y-%m-%d %H:%M:%S")
_COLUMNS = "(id UInt64, status LowCardinality(String), n Nullable(Int32), loaded_at DateTime('UTC'))"
_ROWS = f"INSERT INTO DB.{{t}} VALUES (1, 'new', NULL, '{_LOADED}'), (2, 'paid', 3, '{_LOADED}')"
# Name -> statements; `t` is the table that is drawn.
STRUCTURES = {
    "merge tree": [f"CREATE TABLE DB.t {_COLUMNS} ENGINE = MergeTree ORDER BY id", _ROWS],
    "composite key": [f"CREATE TABLE DB.t {_COLUMNS} ENGINE = MergeTree ORDER BY (status, intHash32(id))", _ROWS],
    "no key": [f"CREATE TABLE DB.t {_COLUMNS} ENGINE = MergeTree ORDER BY tuple()", _ROWS],
    "replacing": [f"CREATE TABLE DB.t {_COLUMNS} ENGINE = ReplacingMergeTree ORDER BY (id, status)", _ROWS, _ROWS],
    "replacing by version": [
        f"CREATE TABLE DB.t {_COLUMNS} ENGINE = ReplacingMergeTree(loaded_at) PRIMARY KEY status ORDER BY (status, id)",
        _ROWS,
    ],
    "summing": [
        "CREATE TABLE DB.t (day Date, city String, sum Decimal(18, 2)) ENGINE = SummingMergeTree ORDER BY (day, city)",
        "INSERT INTO DB.t VALUES ('2026-11-19', 'Москва', 10.5), ('2026-11-19', 'Москва', 4), ('2026-11-20', 'SPb', 1)",
    ],
    "aggregating": [
        "CREATE TABLE DB.t (day Date, seen AggregateFunction(uniq, UInt64), most SimpleAggregateFunction(max, UInt32)) "
        "ENGINE = AggregatingMergeTree ORDER BY day",
        "INSERT INTO DB.t SELECT '2026-11-19', uniqState(number), max(number) FROM numbers(9)",
    ],
    "view": [
        f"CREATE TABLE DB.source {_COLUMNS} ENGINE = MergeTree ORDER BY id",
        _ROWS.replace("{t}", "source"),
        "CREATE VIEW DB.t AS SELECT id, status FROM DB.source",
    ],
    "types": [
        "CREATE TABLE DB.t (u UUID, d32 Date32, t3 DateTime64(3, 'Europe/Moscow'), e Enum8('new' = 1, 'it\\'s' = 2), "
        "b Bool, f Float64, x FixedString(4), a Array(Nullable(String)), m Map(String, UInt8), "
        "n Nested(k UInt8, v String), tup Tuple(a UInt8, b String), ip IPv6, j JSON, i256 Int256, "
        "ln LowCardinality(Nullable(String))) "
        "ENGINE = MergeTree ORDER BY u",
        "INSERT INTO DB.t VALUES ('61f0c404-5cb3-11e7-907b-a6006ad3dba0', '2026-11-19', '2026-11-20 10:00:00.123', "
        "'new', true, nan, 'ab', ['x', NULL], {'k': 1}, [1], ['v'], (1, 'b'), '::1', '{\"a\": 1}', -5, NULL)",
    ],
    "odd names": [
        "CREATE TABLE DB.t (`id` UInt8, `Имя города` String, `with.dot` String, `quo\"te'` String, "
        "`back\\`tick` UInt8, `line\nbreak` UInt8, `a: b # c` UInt8, `yes` UInt8, `007` UInt8, `{x}` UInt8, "
        "rows UInt64) ENGINE = MergeTree ORDER BY (`with.dot`, `back\\`tick`)",
        "INSERT INTO DB.t VALUES (1, 'a', 'b', 'c', 2, 3, 4, 5, 6, 7, 8)",
    ],
    "empty": [f"CREATE TABLE DB.t {_COLUMNS} ENGINE = ReplacingMergeTree ORDER BY id"],
    "computed": [
        "CREATE TABLE DB.t (id UInt8, e String EPHEMERAL, l UInt8 ALIAS id + 1, m String MATERIALIZED toString(id)) "
        "ENGINE = MergeTree ORDER BY id",
        "INSERT INTO DB.t (id) VALUES (1), (2)",
    ],
    "300 columns": [
        f"CREATE TABLE DB.t (id UInt8, {', '.join(f'c{n} Nullable(String)' for n in range(300))}) ENGINE = Memory",
        "INSERT INTO DB.t (id, c7) VALUES (1, 'x'), (2, 'y')",
    ],
}


def draw(desk: Desk, table: str = "t", **more: Any) -> str:
    settings = WarehouseSettings(dsn="chdb://memory", database=desk.database, **more)
    with contextlib.closing(connect(settings)) as warehouse:
        draft = sketch_table(warehouse, table, redact=make_redactor().text, clock=lambda: NOW)
    return render_tables("shop", name_checks([draft], ()))


def verify(desk: Desk, text: str) -> list[Mapping[str, Any]]:
    contract, problems = read_warehouse_contract(parse_yaml(text, "contracts/t.yaml"))
    assert problems == []
    assert contract is not None
    return desk.verify(*contract.checks)


@pytest.mark.parametrize("name", STRUCTURES)
def test_what_is_drawn_from_a_table_holds_there(desk: Desk, name: str) -> None:
    desk.run(*(statement.replace("{t}", "t") for statement in STRUCTURES[name]))

    rows = verify(desk, draw(desk))

    assert {row["check"]: row["outcome"] for row in rows if row["outcome"] != "passed"} == {}
    assert {"exists", "engine", "columns"} <= {row["check"] for row in rows}


PEOPLE = (
    ("email", "'anna@example.com'"),
    ("note", "'call +70000000000'"),
    ("last_name", "'Petrova'"),
    ("фамилия", "'Иванова'"),
    ("type", "'Petrova'"),
    ("status", "'user@example.com'"),
    ("reached", "79161234567"),
    ("card", "4111111111111111"),
    ("born", "toDate('1984-05-06')"),
    ("visited", "toDate('1985-07-08')"),
)


@pytest.mark.thorough
@pytest.mark.parametrize(("column", "value"), PEOPLE)
def test_no_value_of_a_person_is_drawn(desk: Desk, column: str, value: str) -> None:
    desk.run(f"CREATE TABLE DB.t ENGINE = MergeTree ORDER BY tuple() AS SELECT {value} AS `{column}` FROM numbers(30)")

    text = draw(desk)

    assert value.strip("'").removeprefix("toDate('").removesuffix("')") not in text
    assert {row["outcome"] for row in verify(desk, text)} == {"passed"}


def test_what_is_suspected_is_told_by_name_and_by_shape(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE DB.t (id UInt8, contact String, phone_hash String) ENGINE = MergeTree ORDER BY id",
        "INSERT INTO DB.t VALUES (1, 'user@example.com', 'a1b2'), (2, '-', 'c3d4')",
    )

    text = draw(desk)

    assert "contact: String  # personal data suspected: e-mail addresses in 1 of 2 rows\n" in text
    assert "phone_hash: String  # personal data suspected: phone number, by its name\n" in text
    assert "no_raw_pii: [phone_hash]\n" in text


def test_a_key_that_does_not_hold_and_an_old_table_are_told_and_not_promised(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE DB.t (id UInt8, at DateTime) ENGINE = MergeTree ORDER BY id",
        "INSERT INTO DB.t VALUES (1, '2020-01-02 00:00:00'), (1, '2020-01-03 00:00:00')",
    )

    text = draw(desk)

    assert "    # id: not unique, 1 keys occur more than once.\n    # The newest at is of 2020-01.\n" in text
    assert "checks" not in text


def test_a_table_that_cannot_be_read_is_drawn_without_its_rows(desk: Desk) -> None:
    desk.run("CREATE VIEW DB.t AS SELECT throwIf(number = 1, 'no right') AS id FROM numbers(3)")

    text = draw(desk)

    assert "# Its rows were not looked at: " in text
    assert {row["outcome"] for row in verify(desk, text)} == {"passed"}


def test_a_table_beyond_the_limits_is_drawn_without_its_rows(desk: Desk) -> None:
    desk.run("CREATE TABLE DB.t ENGINE = MergeTree ORDER BY id AS SELECT number AS id FROM numbers(100)")

    text = draw(desk, query_limits=QueryLimits(rows=10))

    assert "# Its rows were not looked at: " in text
    assert "checks" not in text


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("oders", "there is no table oders; did you mean 'orders'?"),
        ("{db}_2.oders", "there is no table {db}_2.oders; did you mean '{db}_2.orders'?"),
        ("zzz", "there is no table zzz; none that the account may see has such a name"),
    ],
)
def test_a_table_that_is_not_there_is_told_with_a_near_name(desk: Desk, asked: str, told: str) -> None:
    desk.run("CREATE TABLE DB.orders (id UInt8) ENGINE = Memory", f"CREATE DATABASE {desk.database}_2")
    desk.run(f"CREATE TABLE {desk.database}_2.orders (id UInt8) ENGINE = Memory")

    with pytest.raises(UsageError) as caught:
        draw(desk, asked.replace("{db}", desk.database))

    desk.run(f"DROP DATABASE {desk.database}_2")
    assert str(caught.value) == told.replace("{db}", desk.database)


@pytest.mark.parametrize("form", ["{db}_3.a.b", "`{db}_3`.`a.b`"])
def test_a_table_of_another_database_is_drawn_with_it(desk: Desk, form: str) -> None:
    desk.run(f"CREATE DATABASE {desk.database}_3", f"CREATE TABLE {desk.database}_3.`a.b` (id UInt8) ENGINE = Memory")

    text = draw(desk, form.replace("{db}", desk.database))

    assert f"are some.\n    database: {desk.database}_3\n" in text
    assert {row["outcome"] for row in verify(desk, text)} == {"passed"}
    desk.run(f"DROP DATABASE {desk.database}_3")


@pytest.mark.thorough
@pytest.mark.parametrize(
    "name", ["Заказы", "a.b", "quo'te\"", "back`tick", "line\nbreak", "a b", "x*", "{t}", "yes", "# a: b"]
)
def test_a_table_of_any_name_is_drawn(desk: Desk, name: str) -> None:
    quoted = "`" + name.replace("`", "\\`") + "`"
    desk.run(
        f"CREATE TABLE DB.{quoted} (id UInt8) ENGINE = MergeTree ORDER BY id", f"INSERT INTO DB.{quoted} VALUES (1)"
    )

    rows = verify(desk, draw(desk, name))

    assert {(row["table"], row["outcome"]) for row in rows} == {(name, "passed")}
