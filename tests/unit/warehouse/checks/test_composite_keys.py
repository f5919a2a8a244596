"""Keys of several parts in reconcile."""

from typing import Any

import pytest

from contracts_runner.model.json import Json
from contracts_runner.project.contract.warehouse_contracts import read_warehouse_contract
from contracts_runner.reading.yaml_source import parse_yaml
from contracts_runner.warehouse import api_rows
from helpers.warehouse_desk import Desk, FakeSource

OPTIONS: dict[str, Json] = {"operation": "listLines", "rows": "$.data[*]", "key": ["$.id", "$.line"]}
ROWS: list[dict[str, Json]] = [
    {"id": "1", "line": 1, "v": 1},
    {"id": "1", "line": 2, "v": 2},
    {"id": "1,1", "line": 1, "v": 3},
]


@pytest.fixture
def table(desk: Desk) -> Desk:
    desk.run(
        "CREATE TABLE DB.orders (id String, line Nullable(UInt32), v UInt8) ENGINE = MergeTree ORDER BY id",
        "INSERT INTO DB.orders VALUES ('1', 1, 1), ('1', 2, 2), ('1,1', 1, 3), ('9', NULL, 9)",
    )
    return desk


def compare(desk: Desk, items: list[dict[str, Json]], **options: Json) -> Any:
    options = {**OPTIONS, "column": ["id", "line"], "compare": {"v": "$.v"}, **options}
    return desk.verify_one("reconcile", options, source=FakeSource({"listLines": items}))


@pytest.mark.parametrize("chunk", [100, 2])
def test_rows_and_items_with_the_same_parts_belong_together(
    table: Desk, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(api_rows, "HELD_ROWS", chunk)

    assert compare(table, ROWS)["outcome"] == "passed"  # the row without a line has no key
    row = compare(table, [*ROWS[:2], {"id": "1", "line": "1,1", "v": 0}, {"id": "2", "line": 1, "v": 0}])

    assert [row["actual"][key] for key in ("matched", "missing", "extra")] == [2, 2, 1]
    assert sorted(row["actual"]["sample"]["missing"]) == [["1", "1,1"], ["2", "1"]]
    assert row["actual"]["sample"]["extra"] == [["1,1", "1"]]


def test_what_differs_and_what_comes_twice_is_named_by_all_parts(table: Desk) -> None:
    row = compare(table, [*ROWS[:2], {**ROWS[2], "v": 4}, {**ROWS[0], "v": 7}])

    assert row["message"] == "the API lists 1 / 1 twice with different v; 1 have another v"
    assert row["actual"]["sample"]["v"] == [{"key": ["1,1", "1"], "api": "4", "table": "3"}]


def test_an_item_without_one_part_is_named(table: Desk) -> None:
    row = compare(table, [{"id": "1", "line": None, "v": 1}])

    assert (row["outcome"], row["message"]) == (
        "errored", "item 1 of listLines: it has no key at $.line, but nothing"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("key: [$.a, $.b], column: a", "'key' has 2 parts, 'column' 1"),
        ("key: $.a, column: [a, b]", "'key' has 1 parts, 'column' 2"),
        ("key: [], column: a", "'key' is empty"),
        ("key: [$.a, $.b], column: [a, a]", "'a' is listed twice in 'column'"),
        ("key: [$.a, b c], column: [a, b]", "'b c'"),
    ],
)
def test_mistakes_are_told(key: str, told: str) -> None:
    check = f"{{id: W, reconcile: {{operation: l, rows: $.d, {key}}}}}"

    _, problems = read_warehouse_contract(parse_yaml(f"warehouse: s\ntables: {{t: {{checks: [{check}]}}}}", "w.yaml"))

    assert told in " ".join(problem.message for problem in problems)
