"""The checks of a table: what it is, and how many rows it has."""

import json

import pytest

from contracts_runner.project.contract.warehouse_contracts import read_warehouse_contract
from contracts_runner.reading.yaml_source import parse_yaml
from helpers.warehouse_desk import Desk, collect_rows, make_warehouse_check

ORDERS = (
    "CREATE TABLE DB.orders (id String, price Decimal(18, 2), day Date, _ver UInt64) "
    "ENGINE = ReplacingMergeTree(_ver) ORDER BY (id, toYYYYMM(day))"
)
REPLACING = (
    "CREATE TABLE DB.orders (id String, part Nullable(String), _ver UInt64) "
    "ENGINE = ReplacingMergeTree(_ver) ORDER BY (id, _ver)"
)
COLUMNS = {"day": "Date", "id": "String", "price": "Decimal(18,2)", "_ver": "UInt64"}


def test_table_that_is_there_exists(desk: Desk) -> None:
    desk.run(ORDERS)

    row = desk.verify_one("exists", True)

    assert row["outcome"] == "passed"


def test_absent_table_fails_and_blocks_its_other_checks(desk: Desk) -> None:
    rows = desk.verify(make_warehouse_check("exists", True), make_warehouse_check("row_count", {"min": 1}))

    assert [row["outcome"] for row in rows] == ["failed", "blocked"]
    assert rows[1]["message"] == "there is no table orders"


def test_absent_table_without_an_exists_check_fails_each_check(desk: Desk) -> None:
    row = desk.verify_one("row_count", {"min": 1})

    assert row["outcome"] == "failed"
    assert "no such table" in row["message"]


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("engine", "ReplacingMergeTree", "MergeTree"),
        ("order_by", ["id", "toYYYYMM( day )"], ["toYYYYMM(day)", "id"]),
        ("columns", COLUMNS, {**COLUMNS, "price": "Float64"}),
        ("columns", COLUMNS, {"id": "String"}),
        ("columns", COLUMNS, {**COLUMNS, "city": "String"}),
    ],
)
def test_structure_is_compared_exactly(desk: Desk, kind: str, right: object, wrong: object) -> None:
    desk.run(ORDERS)

    rows = desk.verify(make_warehouse_check(kind, right), make_warehouse_check(kind, wrong))

    assert [row["outcome"] for row in rows] == ["passed", "failed"]


def test_columns_name_each_difference(desk: Desk) -> None:
    desk.run(ORDERS)

    row = desk.verify_one("columns", {"id": "UUID", "price": "Decimal(18, 2)", "city": "String", "_ver": "UInt64"})

    assert row["message"] == "city is missing; day is not in the contract; id is String, not UUID"


def test_row_shows_its_sql_with_the_parameters(desk: Desk) -> None:
    desk.run(ORDERS)

    row = desk.verify_one("row_count", {"min": 0})

    assert row["sql"] == (
        f"SELECT count() FROM {{db:Identifier}}.{{t:Identifier}} FINAL\n-- db = '{desk.database}'\n-- t = 'orders'"
    )


def test_check_without_an_id_is_named_after_its_table(desk: Desk) -> None:
    rows = desk.verify(
        make_warehouse_check("exists", True),
        make_warehouse_check("exists", True),
        make_warehouse_check("exists", True, id="W.1"),
    )

    assert [row["id"] for row in rows] == ["orders:exists", "orders:exists:2", "W.1"]


@pytest.mark.parametrize("name", ["a.b", "a b; DROP TABLE x --", "a) UNION ALL SELECT 1 --"])
def test_table_name_is_never_read_as_sql(desk: Desk, name: str) -> None:
    desk.run(f"CREATE TABLE DB.`{name}` (id String) ENGINE = MergeTree ORDER BY id")

    row = desk.verify_one("row_count", {"max": 0}, table=name)

    assert row["outcome"] == "passed"


def test_checks_that_share_a_select_each_show_it(desk: Desk) -> None:
    desk.run("CREATE TABLE DB.orders (id String) ENGINE = MergeTree ORDER BY id")

    rows = desk.verify(
        make_warehouse_check("exists", True, id="1"),
        make_warehouse_check("engine", "MergeTree", id="2"),
        make_warehouse_check("order_by", ["id"], id="3"),
    )

    assert [row["outcome"] for row in rows] == ["passed"] * 3
    assert {row["sql"] for row in rows} == {rows[0]["sql"]}
    assert "SELECT engine, sorting_key" in rows[0]["sql"]
    assert "-- t = 'orders'" in rows[0]["sql"]


@pytest.mark.parametrize(
    ("bounds", "outcome"),
    [({"min": 2}, "passed"), ({"max": 2}, "passed"), ({"min": 3}, "failed"), ({"max": 1}, "failed")],
)
def test_row_count_is_within_its_bounds(desk: Desk, bounds: dict[str, int], outcome: str) -> None:
    desk.run(REPLACING, "INSERT INTO DB.orders VALUES ('1', 'a', 1), ('2', 'a', 2)")

    row = desk.verify_one("row_count", bounds)

    assert (row["outcome"], row["actual"]) == (outcome, 2)


@pytest.mark.parametrize(("bounds", "outcome"), [({"min": 1, "max": 1}, "passed"), ({"min": 2}, "failed")])
def test_delta_counts_new_rows_and_no_new_versions(desk: Desk, bounds: dict[str, int], outcome: str) -> None:
    desk.run(
        "CREATE TABLE DB.orders (id String, _ver UInt64) ENGINE = ReplacingMergeTree(_ver) ORDER BY id",
        "INSERT INTO DB.orders VALUES ('1', 1), ('2', 1)",
    )
    phase = desk.phase(make_warehouse_check("delta", bounds))
    phase.snapshot("before")
    desk.run("INSERT INTO DB.orders VALUES ('1', 2), ('2', 2), ('3', 2)")

    row = collect_rows(phase)[0]

    assert (row["outcome"], row["actual"]) == (outcome, {"before": 2, "after": 3, "delta": 1})


def test_delta_survives_merges_that_take_raw_rows_away(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE DB.orders (id String, _ver UInt64) ENGINE = ReplacingMergeTree(_ver) ORDER BY id",
        "INSERT INTO DB.orders VALUES ('1', 1)",
        "INSERT INTO DB.orders VALUES ('1', 2)",
    )
    phase = desk.phase(make_warehouse_check("delta", {"min": 0, "max": 0}))
    phase.snapshot("before")
    desk.run("OPTIMIZE TABLE DB.orders FINAL")

    row = collect_rows(phase)[0]

    assert (row["outcome"], row["actual"]["delta"]) == ("passed", 0)


def test_delta_of_a_table_that_was_not_there_counts_from_nothing(desk: Desk) -> None:
    phase = desk.phase(make_warehouse_check("delta", {"min": 2}))
    phase.snapshot("before")
    desk.run("CREATE TABLE DB.orders (id String) ENGINE = Memory", "INSERT INTO DB.orders VALUES ('1'), ('2')")

    row = collect_rows(phase)[0]

    assert (row["outcome"], row["actual"]["delta"]) == ("passed", 2)


def test_delta_without_a_count_before_is_skipped(desk: Desk) -> None:
    desk.run("CREATE TABLE DB.orders (id String) ENGINE = Memory")

    row = desk.verify_one("delta", {"min": 0})

    assert (row["outcome"], row["message"]) == ("skipped", "the rows were not counted before a load in this run")


def test_delta_is_errored_where_the_count_before_failed(desk: Desk) -> None:
    desk.run("CREATE VIEW DB.orders AS SELECT number FROM system.numbers WHERE throwIf(number = 0, 'no luck') = 0")
    phase = desk.phase(make_warehouse_check("delta", {"min": 0}))
    phase.snapshot("before")

    row = collect_rows(phase)[0]

    assert row["outcome"] == "errored"
    assert "the rows before the load are not known: orders:" in row["message"]
    assert "no luck" in row["message"]


@pytest.mark.parametrize(("ratio", "outcome"), [(2, "passed"), (1.9, "failed")])
def test_backlog_compares_stored_rows_with_final_ones(desk: Desk, ratio: float, outcome: str) -> None:
    desk.run(
        "CREATE TABLE DB.orders (id String, _ver UInt64) ENGINE = ReplacingMergeTree(_ver) ORDER BY id",
        "SYSTEM STOP MERGES DB.orders",
        "INSERT INTO DB.orders VALUES ('1', 1), ('2', 1)",
        "INSERT INTO DB.orders VALUES ('1', 2), ('2', 2)",
    )

    row = desk.verify_one("duplicate_backlog", {"ratio": ratio})

    assert (row["outcome"], row["actual"]) == (outcome, {"raw": 4, "final": 2, "ratio": 2.0})


def test_backlog_of_an_engine_that_never_merges_is_skipped(desk: Desk) -> None:
    desk.run("CREATE TABLE DB.orders (id String) ENGINE = MergeTree ORDER BY id")

    row = desk.verify_one("duplicate_backlog", {"ratio": 1})

    assert (row["outcome"], row["message"]) == ("skipped", "the engine of the table never merges rows")


@pytest.mark.parametrize(
    ("key", "written", "outcome"),
    [
        ('(`k"q`, `x-y z`)', ['k"q', "x-y z"], "passed"),
        ('(`k"q`, `x-y z`)', ['`k"q`', "`x-y z`"], "passed"),
        ('(`k"q`, `x-y z`)', ["x-y z", 'k"q'], "failed"),
        ("(`x-y z`)", ["x-yz"], "failed"),
        ("(plain, toDate( `at` ))", ["`plain`", "toDate(at)"], "passed"),
    ],
)
def test_sorting_key_is_named_with_or_without_backquotes(
    desk: Desk, key: str, written: list[str], outcome: str
) -> None:
    columns = '`k"q` UInt32, `x-y z` UInt32, plain String, at DateTime'
    desk.run(f"CREATE TABLE DB.orders ({columns}) ENGINE = MergeTree ORDER BY {key}")

    assert desk.verify_one("order_by", written)["outcome"] == outcome


@pytest.mark.parametrize(
    ("written", "outcome"),
    [
        ("Enum8('b b'=2,'a'=1)", "passed"),
        ("Enum8('a' = 1)", "failed"),
        ("Enum8('a' = 1, 'bb' = 2)", "failed"),
        ("Enum('a', 'b b')", "passed"),
        ("NoType", "failed"),
    ],
)
def test_types_are_compared_by_what_they_mean(desk: Desk, written: str, outcome: str) -> None:
    desk.run("CREATE TABLE DB.orders (e Enum8('a' = 1, 'b b' = 2), n Int8) ENGINE = Memory")

    assert desk.verify_one("columns", {"e": written, "n": "TINYINT"})["outcome"] == outcome


@pytest.mark.parametrize("name", ["it's", 'a"b', "a`b", "a\\b", "a b", "a\tb", "ключ"])
def test_a_table_and_a_column_may_have_any_name(desk: Desk, name: str) -> None:
    quoted = "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
    desk.run(
        f"CREATE TABLE DB.{quoted} ({quoted} UInt8) ENGINE = ReplacingMergeTree ORDER BY {quoted}",
        f"INSERT INTO DB.{quoted} VALUES (1)",
    )

    rows = desk.verify(
        make_warehouse_check("unique", [name], table=name),
        make_warehouse_check("order_by", [name], table=name),
        make_warehouse_check("references", {"column": name, "table": name, "key": name}, table=name),
        make_warehouse_check("range", {"column": name, "min": 1}, table=name),
    )

    assert [row["outcome"] for row in rows] == ["passed"] * 4


@pytest.mark.parametrize(
    ("engines", "outcome"),
    [(["Log", "MergeTree"], "passed"), (["MergeTree"], "passed"), (["Log", "ReplacingMergeTree"], "failed")],
)
def test_an_engine_is_one_of_a_list(desk: Desk, engines: list[str], outcome: str) -> None:
    desk.run("CREATE TABLE DB.orders (id UInt8) ENGINE = MergeTree ORDER BY id")

    row = desk.verify_one("engine", engines)

    assert (row["outcome"], row["expected"], row["actual"]) == (outcome, engines, "MergeTree")
    assert row["message"] in ("", "the engine is MergeTree, not Log or ReplacingMergeTree")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"id": "UInt8"}, ""),
        ({"id": "UInt16"}, "id is UInt8, not UInt16"),
        ({"id": "UInt8", "s": "String"}, "s is missing"),
    ],
)
def test_further_columns_may_be_allowed(desk: Desk, columns: dict[str, str], message: str) -> None:
    desk.run("CREATE TABLE DB.orders (id UInt8, further String) ENGINE = Log")
    text = json.dumps({"warehouse": "shop", "tables": {"orders": {"columns": columns, "extra": "allowed"}}})
    contract, _ = read_warehouse_contract(parse_yaml(text, "contracts/warehouse.yaml"))
    assert contract is not None

    row = desk.verify(contract.checks[-1])[0]

    assert (row["check"], row["message"]) == ("columns", message)


@pytest.mark.parametrize("is_flat", [1, 0])
@pytest.mark.parametrize(
    ("nested", "outcome"),
    [("Nested(a UInt8, `б в` Array(String))", "passed"), ("Nested(a UInt8)", "failed"), ("UInt8", "failed")],
)
def test_nested_columns_are_those_that_their_author_wrote(desk: Desk, is_flat: int, nested: str, outcome: str) -> None:
    desk.run(
        f"SET flatten_nested = {is_flat}",
        "CREATE TABLE DB.orders (id UInt8, n Nested(a UInt8, `б в` Array(String))) ENGINE = Log",
        "SET flatten_nested = 1",
    )

    assert desk.verify_one("columns", {"id": "UInt8", "n": nested})["outcome"] == outcome


TYPES = {
    "json": "JSON(a UInt8)",
    "variant": "Variant(UInt8, String)",
    "dynamic": "Dynamic(max_types=5)",
    "state": "AggregateFunction(sum, UInt64)",
    "simple": "SimpleAggregateFunction(max, UInt64)",
}
HOLDS = {
    "variant": "values of several types; `types` tells which one is meant",
    "dynamic": "values of several types; `types` tells which one is meant",
    "state": "states of an aggregate function; `types` tells what finalizeAggregation makes of them",
}


def test_structures_are_compared_by_what_they_mean_and_their_values_told_in_words(desk: Desk) -> None:
    columns = ", ".join(f"{name} {written}" for name, written in TYPES.items())
    desk.run(f"CREATE TABLE DB.orders ({columns}) ENGINE = Memory", "INSERT INTO DB.orders (json) VALUES ('{}')")

    structure, *rows = desk.verify(
        make_warehouse_check("columns", {**TYPES, "variant": "Variant(String,UInt8)"}),
        *(make_warehouse_check("unique", [name], id=name) for name in TYPES),
    )

    assert (structure["outcome"], structure["message"]) == ("passed", "")
    assert {str(row["id"]): str(row["message"]).partition(" holds ")[2] for row in rows if row["message"]} == HOLDS
    assert {row["outcome"] for row in rows} == {"passed", "errored"}
