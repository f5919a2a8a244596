"""`freshness` beside the newest item of the API; now is 2026-11-20 12:00 UTC."""

from typing import Any

import pytest

from helpers.warehouse_desk import Desk, FakeSource

OPTIONS = {"column": "at", "operation": "listOrders", "rows": "$.data[*]", "changed": "$.changed", "within": "1h"}


def verify(desk: Desk, type_name: str, values: str, items: list[Any], **options: Any) -> Any:
    desk.run(f"CREATE TABLE DB.orders (at {type_name}) ENGINE = MergeTree ORDER BY tuple()")
    if values:
        desk.run(f"INSERT INTO DB.orders VALUES {values}")
    source = FakeSource({"listOrders": [{"changed": changed} for changed in items]})
    return desk.verify_one("freshness", {**OPTIONS, **options}, source=source)


UTC = "DateTime('UTC')"


@pytest.mark.parametrize(
    ("type_name", "values", "items", "options", "outcome", "words"),
    [
        (UTC, "('2026-11-01 10:00:00')", ["2026-11-01T11:00:00Z"], {}, "passed", ""),
        (
            UTC,
            "('2026-11-01 10:00:00')",
            ["2026-11-01T09:00:00Z", "2026-11-01T14:00:01+03:00"],
            {},
            "failed",
            "the newest at is 1:00:01 behind the newest item of listOrders, at most 1h expected",
        ),
        (UTC, "('2026-11-01 10:00:00')", ["2026-11-01T14:00:01"], {}, "errored", "needs 'timezone'"),
        (UTC, "('2026-11-01 10:00:00')", ["2026-11-01T14:00:00"], {"timezone": "Europe/Moscow"}, "passed", ""),
        (UTC, "('2026-11-01 10:00:00')", [1793530800, None], {"times": {"$.changed": "unix"}}, "passed", ""),
        (
            UTC,
            "('2026-11-01 10:00:00')",
            ["soon"],
            {},
            "errored",
            "item 1 of listOrders: the value at $.changed is not",
        ),
        (UTC, "('2026-11-01 10:00:00')", [None], {}, "errored", "no item of listOrders has a time at $.changed"),
        (UTC, "('2026-11-01 10:00:00')", [], {}, "skipped", "listOrders lists no item: nothing to compare with"),
        (UTC, "", [], {}, "skipped", "no rows to look at"),
        (UTC, "", ["2026-11-01T11:00:00Z"], {}, "failed", "there is no at: 0 rows, listOrders has 1 items"),
        ("Nullable(DateTime)", "(NULL)", ["2026-11-01T11:00:00Z"], {}, "failed", "there is no at: 1 rows"),
        (
            UTC,
            "('2026-11-20 12:05:01')",
            ["2026-11-01T11:00:00Z"],
            {},
            "failed",
            "the newest at is 0:05:01 in the future",
        ),
        (UTC, "('2026-11-20 12:05:01')", ["2026-11-20T12:05:01Z"], {}, "passed", ""),
        ("Date", "('2026-11-01')", ["2026-11-01"], {"timezone": "Europe/Moscow"}, "passed", ""),
        (
            "DateTime64(3)",
            "('2026-11-01 13:00:00.5')",
            ["2026-11-01T11:00:00.5Z"],
            {"timezone": "Europe/Moscow"},
            "passed",
            "",
        ),
        ("String", "('2026-11-01T13:00:00+03:00')", ["2026-11-01T11:00:00Z"], {}, "passed", ""),
        ("UUID", "(generateUUIDv4())", ["2026-11-01T11:00:00Z"], {}, "errored", "which is not a time"),
    ],
)
def test_the_newest_value_is_not_far_behind_the_newest_item(
    desk: Desk, type_name: str, values: str, items: list[Any], options: Any, outcome: str, words: str
) -> None:
    row = verify(desk, type_name, values, items, **options)

    assert row["outcome"] == outcome, row["message"]
    assert words in row["message"]


def test_both_times_are_told(desk: Desk) -> None:
    row = verify(desk, UTC, "('2026-11-01 10:00:00')", ["2026-11-01T11:00:00Z"])

    assert row["expected"]["newest"] == "2026-11-01T11:00:00Z"
    assert row["actual"] == "2026-11-01T10:00:00Z"


def test_without_the_api_it_is_skipped(desk: Desk) -> None:
    desk.run("CREATE TABLE DB.orders (at DateTime) ENGINE = Memory")

    assert desk.verify_one("freshness", OPTIONS)["outcome"] == "skipped"
