"""The checks of keys and of row counts."""

import pytest

from helpers.warehouse_desk import Desk, collect_rows, make_warehouse_check

REPLACING = (
    "CREATE TABLE DB.orders (id String, part Nullable(String), _ver UInt64) "
    "ENGINE = ReplacingMergeTree(_ver) ORDER BY (id, _ver)"
)


def test_unique_names_the_keys_that_are_there_twice(desk: Desk) -> None:
    desk.run(REPLACING, "INSERT INTO DB.orders VALUES ('1', 'a', 1), ('1', 'a', 2), ('2', 'a', 1), ('2', 'b', 2)")

    row = desk.verify_one("unique", ["id", "part"])

    assert (row["outcome"], row["message"]) == ("failed", "1 keys are there more than once")
    assert row["actual"] == {"rows": 4, "wrong": 1, "sample": [["1", "a"]]}


def test_unique_does_not_compare_keys_that_have_a_null(desk: Desk) -> None:
    desk.run(REPLACING, "INSERT INTO DB.orders VALUES ('1', NULL, 1), ('1', NULL, 2)")

    row = desk.verify_one("unique", ["id", "part"])

    assert row["outcome"] == "passed"


@pytest.mark.parametrize(("modifiers", "outcome"), [({}, "passed"), ({"final": False}, "failed")])
def test_unique_looks_at_raw_rows_only_when_asked(desk: Desk, modifiers: dict[str, bool], outcome: str) -> None:
    desk.run(
        "CREATE TABLE DB.orders (id String, _ver UInt64) ENGINE = ReplacingMergeTree(_ver) ORDER BY id",
        "SYSTEM STOP MERGES DB.orders",
        "INSERT INTO DB.orders VALUES ('1', 1)",
        "INSERT INTO DB.orders VALUES ('1', 2)",
    )

    row = desk.verify_one("unique", ["id"], **modifiers)

    assert row["outcome"] == outcome


@pytest.mark.parametrize("name", ["k", "n", "v", "g", "young", "status", "_row_", "key", "count"])
def test_columns_of_any_name_can_be_checked(desk: Desk, name: str) -> None:
    desk.run(
        f"CREATE TABLE DB.orders (`{name}` String, id String) ENGINE = ReplacingMergeTree ORDER BY `{name}`",
        "INSERT INTO DB.orders VALUES ('1', 'a'), ('2', 'a')",
    )

    rows = desk.verify(
        make_warehouse_check("unique", [name]),
        make_warehouse_check("unique", ["id"]),
        make_warehouse_check("references", {"column": name, "table": "orders", "key": name}),
        make_warehouse_check("sum_equals", {"column": name, "table": "orders", "value": name, "by": name}),
    )

    assert [row["outcome"] for row in rows] == ["passed", "failed", "passed", "errored"]


def test_references_names_the_values_that_lead_nowhere(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE DB.orders (event Nullable(String)) ENGINE = Memory",
        "INSERT INTO DB.orders VALUES ('1'), ('9'), ('9'), ('8'), (NULL)",
        "CREATE TABLE DB.events (id UInt32, _ver UInt8) ENGINE = ReplacingMergeTree(_ver) ORDER BY id",
        "INSERT INTO DB.events VALUES (1, 1)",
    )

    row = desk.verify_one("references", {"column": "event", "table": "events", "key": "id"})

    assert (row["outcome"], row["message"]) == ("failed", "2 of 3 values are no id of events")
    assert row["actual"]["sample"] == ["8", "9"]


def test_references_to_a_table_that_is_not_there_fail(desk: Desk) -> None:
    desk.run("CREATE TABLE DB.orders (event String) ENGINE = Memory")

    row = desk.verify_one("references", {"column": "event", "table": "events", "key": "id"})

    assert (row["outcome"], row["message"]) == (
        "failed",
        "there is no table events, or the account may not see it",
    )


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
