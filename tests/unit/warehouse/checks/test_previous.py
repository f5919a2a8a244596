"""`against: previous`: a figure beside that of an earlier run."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from contracts_runner.model.warehouse import TableCheck
from contracts_runner.warehouse.checks.context import PreviousFigure
from contracts_runner.warehouse.errors import WarehouseQueryError
from helpers.warehouse_desk import Desk, collect_rows, make_warehouse_check

WORDS = {
    "row_count": {},
    "freshness": {"column": "at"},
    "sum_equals": {"column": "price"},
}


@pytest.fixture
def table(desk: Desk) -> Desk:
    desk.run(
        "CREATE TABLE DB.orders (id UInt8, price Nullable(Decimal(18, 2)), at DateTime('UTC')) "
        "ENGINE = MergeTree ORDER BY id",
        "INSERT INTO DB.orders VALUES (1, 10.5, '2026-11-20 11:00:00'), (2, 9.5, '2026-11-20 11:59:00'), (3, NULL, 0)",
    )
    return desk


def verify(desk: Desk, word: str, options: Any, previous: str | None, **beside: Any) -> Any:
    """Return the row of a check whose figure was `previous` in an earlier run."""

    def find(check: TableCheck) -> PreviousFigure | None:
        assert check.word == word
        return previous and PreviousFigure(number=Decimal(previous), run="0badcafe", started_at="2026-11-19T12:00:00Z")

    check = make_warehouse_check(word, {**WORDS[word], **options}, against="previous", **beside)
    return collect_rows(desk.phase(check, find_previous=find))[0]


@pytest.mark.parametrize(
    ("word", "figure"), [("row_count", "3"), ("freshness", "60"), ("sum_equals", "20")], ids=lambda value: str(value)
)
@pytest.mark.parametrize(
    ("times", "options", "outcome", "words"),
    [
        ("1", {"min": 0.5, "max": 2}, "passed", ""),
        ("2", {"min": 0.5}, "passed", ""),
        ("2.01", {"min": 0.5}, "failed", "at least 0.5 expected"),
        ("0.5", {"max": 2}, "passed", ""),
        ("0.49", {"max": 2}, "failed", "at most 2 expected"),
        ("0", {"min": 0.5}, "passed", ""),
        ("0", {"max": 2}, "failed", "is no multiple of the 0 of the run 0badcafe of 2026-11-19T12:00:00Z"),
        ("-1", {"min": 0.5, "max": 2}, "failed", "is -1.0 times the -"),
    ],
)
def test_a_figure_is_a_ratio_to_the_previous_one(
    table: Desk, word: str, figure: str, times: str, options: Any, outcome: str, words: str
) -> None:
    row = verify(table, word, options, str(Decimal(figure) * Decimal(times)))

    assert row["outcome"] == outcome
    assert words in row["message"]
    assert (row["figure"], row["expected"]["run"]) == (figure, "0badcafe")
    assert row["actual"]["figure"] == int(figure)


@pytest.mark.parametrize("word", sorted(WORDS))
def test_without_an_earlier_run_nothing_is_compared_and_the_figure_is_kept(table: Desk, word: str) -> None:
    row = verify(table, word, {"min": 1}, None)

    assert row["outcome"] == "skipped"
    assert row["message"].startswith("no earlier complete run of this environment has a figure of this check")
    assert row["figure"]


@pytest.mark.parametrize("word", sorted(WORDS))
@pytest.mark.parametrize("beside", [{"where": {"id": 9}}, {"where": {"id": 1}}], ids=["no row", "one row"])
def test_the_rows_of_where_are_compared(table: Desk, word: str, beside: Any) -> None:
    row = verify(table, word, {"min": 1, "max": 1}, "3", **beside)

    is_empty = beside["where"]["id"] == 9
    assert row["outcome"] == ("skipped" if is_empty and word != "row_count" else "failed")
    assert ("figure" in row) is not (is_empty and word != "row_count")


def test_nothing_is_once_nothing(table: Desk) -> None:
    assert verify(table, "row_count", {"min": 1, "max": 1}, "0", where={"id": 9})["outcome"] == "passed"


@pytest.mark.parametrize(("bound", "outcome"), [({"min": 0.5}, "failed"), ({"max": 2}, "passed")])
def test_less_than_nothing_is_below_every_bound(desk: Desk, bound: dict[str, float], outcome: str) -> None:
    desk.run("CREATE TABLE DB.orders (price Int8) ENGINE = Memory", "INSERT INTO DB.orders VALUES (-5)")

    assert verify(desk, "sum_equals", bound, "0")["outcome"] == outcome


@pytest.mark.parametrize(
    ("within", "previous", "outcome"), [("30s", "60", "failed"), ("2m", "60", "passed"), ("30s", None, "failed")]
)
def test_freshness_keeps_its_own_bound(table: Desk, within: str, previous: str | None, outcome: str) -> None:
    row = verify(table, "freshness", {"within": within, "max": 2}, previous)

    assert row["outcome"] == outcome


def test_a_history_that_cannot_be_read_is_errored(table: Desk) -> None:
    def find(_: TableCheck) -> None:
        raise WarehouseQueryError("the published history cannot be read: no answer in time")

    check = make_warehouse_check("row_count", {"min": 1}, against="previous")
    [row] = collect_rows(table.phase(replace(check, id="W.1"), find_previous=find))

    assert (row["outcome"], row["message"]) == ("errored", "the published history cannot be read: no answer in time")
