"""Numbers that may be a little apart: `tolerance` of reconcile and sum_equals, against the API and another table."""

from typing import Any

import pytest

from contracts_runner.model.json import Json
from contracts_runner.project.contract.warehouse_contracts import read_warehouse_contract
from contracts_runner.reading.yaml_source import parse_yaml
from helpers.warehouse_desk import Desk, FakeSource

OPTIONS: dict[str, Json] = {"operation": "listOrders", "rows": "$.data[*]"}
COLUMNS = ("f64", "f32", "amount", "count")


@pytest.fixture
def table(desk: Desk) -> Desk:
    desk.run(
        """CREATE TABLE DB.orders (id UInt8, f64 Float64, f32 Float32, amount Decimal(18, 2), count Int64,
            empty Nullable(Float64), name String) ENGINE = MergeTree ORDER BY id""",
        "INSERT INTO DB.orders VALUES (1, 100.01, 100.01, 100.01, 101, NULL, 'x')",
        "CREATE TABLE DB.facts (total Decimal(18, 4)) ENGINE = MergeTree ORDER BY tuple()",
        "INSERT INTO DB.facts VALUES (100)",
    )
    return desk


def reconcile(desk: Desk, item: dict[str, Json], tolerance: Json, *columns: str) -> Any:
    options = {**OPTIONS, "key": "$.id", "column": "id", "tolerance": tolerance}
    source = FakeSource({"listOrders": [{"id": 1, **item}]})
    compare = {column: f"$.{column}" for column in columns or item}
    return desk.verify_one("reconcile", {**options, "compare": compare}, source=source)


@pytest.mark.parametrize(
    ("theirs", "tolerance", "outcome"),
    [
        (100, {"absolute": 0.01}, "passed"),
        ("100.02", {"absolute": 0.01}, "passed"),
        (100, {"absolute": 0.009999}, "failed"),
        (100.0200001, {"absolute": 0.01}, "failed"),
        (100, {"relative": 0.0001}, "passed"),
        (100, {"relative": 0.000099}, "failed"),
        (100, {"absolute": 0.0001, "relative": 0.5}, "passed"),
        (100.01, {"absolute": 0}, "passed"),
        (100, {"relative": 0}, "failed"),
        (-100.01, {"absolute": 200, "relative": 1}, "failed"),
        ([100, 0.005], {"absolute": 0.005}, "passed"),
        (None, {"absolute": 1000}, "failed"),
        ("n/a", {"absolute": 1000}, "failed"),
        ("inf", {"relative": 1}, "failed"),
    ],
)
def test_a_number_may_be_so_far_from_that_of_the_api(table: Desk, theirs: Json, tolerance: Json, outcome: str) -> None:
    row = reconcile(table, dict.fromkeys(COLUMNS[:3], theirs), tolerance)

    assert row["outcome"] == outcome
    assert row["actual"]["differing"] == (dict.fromkeys(COLUMNS[:3], 1) if outcome == "failed" else {})


def test_values_that_no_decimal_holds_are_equal_to_themselves_and_near_their_neighbours(table: Desk) -> None:
    table.run("INSERT INTO DB.orders VALUES (2, 1e300, inf, 0, 9223372036854775807, nan, 'x')")
    source = FakeSource({"listOrders": [{"id": 2, "f64": 1.001e300, "f32": "inf", "count": 2**63 - 2, "empty": "nan"}]})
    compare = {column: f"$.{column}" for column in ("f64", "f32", "count", "empty")}
    options = {**OPTIONS, "key": "$.id", "column": "id", "compare": compare, "direction": "missing"}

    near = table.verify_one("reconcile", {**options, "tolerance": {"relative": 0.01}}, source=source)
    far = table.verify_one("reconcile", {**options, "tolerance": {"absolute": 0.5}}, source=source)

    assert near["outcome"] == "passed", near["message"]
    assert far["actual"]["differing"] == {"f64": 1, "count": 1}


def test_null_is_near_null_only_and_what_is_no_number_is_compared_exactly(table: Desk) -> None:
    assert reconcile(table, {"empty": None, "count": 100, "name": "x"}, {"absolute": 1})["outcome"] == "passed"
    row = reconcile(table, {"empty": 0, "count": 101, "name": "y"}, {"absolute": 1})
    assert row["actual"]["differing"] == {"empty": 1, "name": 1}


def test_what_differs_is_shown_as_numbers(table: Desk) -> None:
    row = reconcile(table, {"f64": 99}, {"absolute": 1})

    assert row["actual"]["sample"] == {"f64": [{"key": "1", "api": "99", "table": "100.01"}]}


def test_a_tolerance_without_a_number_is_errored(table: Desk) -> None:
    row = reconcile(table, {"name": "x"}, {"absolute": 1})

    assert (row["outcome"], row["message"]) == ("errored", "'tolerance' is for numbers, and none of name is one")


@pytest.mark.parametrize(
    ("tolerance", "outcome"),
    [
        ({"absolute": 0.01}, "passed"),
        ({"absolute": 0.0099}, "failed"),
        ({"relative": 0.0001}, "passed"),
        ({"relative": 0.00009}, "failed"),
    ],
)
@pytest.mark.parametrize("column", ["f64", "amount"])
@pytest.mark.parametrize("other", [{**OPTIONS, "value": "$.n"}, {"table": "facts"}])
def test_sums_may_be_so_far_apart(
    table: Desk, other: dict[str, Json], column: str, tolerance: Json, outcome: str
) -> None:
    options = {"value": "total", **other, "column": column, "tolerance": tolerance}

    row = table.verify_one("sum_equals", options, source=FakeSource({"listOrders": [{"n": 99}, {"n": 1}]}))

    assert row["outcome"] == outcome


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("tolerance: {absolut: 1}, compare: {p: $.p}", "'tolerance' has no key 'absolut'"),
        ("tolerance: {}, compare: {p: $.p}", "'tolerance' has neither 'absolute' nor 'relative'"),
        ("tolerance: {absolute: -1}, compare: {p: $.p}", "'absolute' must be 0, or from 1e-30 to 1e+30, not -1"),
        ("tolerance: {relative: 5}, compare: {p: $.p}", "'relative' must be 0, or from 1e-12 to 1, not 5"),
        ("tolerance: {relative: 1%}, compare: {p: $.p}", "'relative' must be a number, not text"),
        ("tolerance: {absolute: 1}", "'tolerance' is for the numbers of 'compare', which is missing"),
    ],
)
def test_mistakes_are_told(written: str, message: str) -> None:
    check = f"{{id: W, reconcile: {{operation: l, rows: $.d, key: $.id, column: id, {written}}}}}"

    _, problems = read_warehouse_contract(parse_yaml(f"warehouse: s\ntables: {{t: {{checks: [{check}]}}}}", "w.yaml"))

    assert [problem.message for problem in problems] == [message]
