"""Rows of a walk on their way to ClickHouse: memory and file on our side, each way there, the same verdict by all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.model.json import Json
from contracts_runner.warehouse import api_rows
from contracts_runner.warehouse.api_rows import BUCKETS, ApiRows, RowPart, find_bucket
from contracts_runner.warehouse.client import Warehouse
from contracts_runner.warehouse.errors import CannotJudgeError
from contracts_runner.warehouse.row_transport import API_ROWS, select_beside
from helpers.warehouse_desk import Desk, FakeSource, collect_rows, make_warehouse_check

ROWS = [(f"ключ {number % 700}", str(number), "x" * (number % 300), "") for number in range(1000)]
COLUMNS = ("k", "n", "v0", "v1")


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write after every second row already, and send little at a time."""
    monkeypatch.setattr(api_rows, "HELD_ROWS", 1)
    monkeypatch.setattr(api_rows, "_PART_BYTES", 10_000)


def pack(folder: Path) -> list[RowPart]:
    with ApiRows(COLUMNS, folder) as rows:
        for row in ROWS:
            rows.add(row)
        return list(rows.iter_parts())


def test_few_rows_are_one_part_in_memory(tmp_path: Path) -> None:
    [part] = pack(tmp_path)

    assert (part.buckets, list(part.rows)) == (None, ROWS)


@pytest.mark.usefixtures("written")
def test_many_come_back_in_parts_with_all_rows_of_a_key_together(tmp_path: Path) -> None:
    parts = pack(tmp_path)

    assert sorted(tuple(row) for part in parts for row in part.rows) == sorted(ROWS)
    bounds = [part.buckets or (0, 0) for part in parts]
    assert [bucket for first, last in bounds for bucket in range(first, last + 1)] == list(range(BUCKETS))
    for part, (first, last) in zip(parts, bounds, strict=True):
        assert all(first <= find_bucket(row[0]) <= last for row in part.rows)


@pytest.mark.usefixtures("written")
def test_a_part_has_the_size_that_is_promised_and_one_bucket_more(tmp_path: Path) -> None:
    sizes = [sum(len(text.encode()) for row in part.rows for text in row) for part in pack(tmp_path)]

    assert len(sizes) > 10
    assert max(sizes) < 2 * 10_000


@pytest.mark.parametrize("bound", ["HELD_ROWS", "_HELD_BYTES"])
def test_what_is_held_is_bounded_in_rows_and_in_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(api_rows, bound, 50)

    with ApiRows(COLUMNS, tmp_path) as rows:
        for row in ROWS:
            rows.add(row)
            assert len(rows._held) <= 50


@pytest.mark.usefixtures("written")
def test_nothing_in_the_folder_has_a_name(tmp_path: Path) -> None:
    """A key may be personal data: what has no name nobody else can open, and it ends with the process."""
    with ApiRows(COLUMNS, tmp_path) as rows:
        for row in ROWS:
            rows.add(row)
        for part in rows.iter_parts():
            with part.open_path():
                assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("written")
def test_half_a_character_is_told(tmp_path: Path) -> None:
    with ApiRows(COLUMNS, tmp_path) as rows:
        rows.add(("\ud800", "1", "", ""))

        with pytest.raises(CannotJudgeError, match="surrogate"):
            rows.add(("2", "2", "", ""))


@pytest.mark.usefixtures("written")
def test_a_folder_without_room_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotJudgeError, match="the folder of the run cannot hold the items: No such file"):
        pack(tmp_path / "gone")


@pytest.mark.usefixtures("written")
def test_the_engine_reads_them_and_puts_a_key_into_the_same_bucket(engine: Warehouse, tmp_path: Path) -> None:
    sql = f"SELECT groupArray((k, n, v0, v1)), groupArray({api_rows.SQL_BUCKET.format('k')}) FROM {API_ROWS}"
    for part in pack(tmp_path):
        [(rows, buckets)] = select_beside(engine, sql, {}, part, limits=engine.limits)

        assert sorted(rows) == sorted(tuple(row) for row in part.rows)
        assert buckets == [find_bucket(row[0]) for row in rows]


@pytest.fixture
def server(engine: Warehouse) -> Iterator[Any]:
    bridge = pytest.importorskip("helpers.clickhouse_bridge").Bridge(users={"reader": "sesame"})
    yield bridge
    bridge.stop()


WAYS = {"engine": "chdb://memory", "external data": None, "lost": None, "refused": None}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_leads_to_the_same_verdict(
    desk: Desk, server: Any, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(api_rows, "HELD_ROWS", 9)
    monkeypatch.setattr(api_rows, "_PART_BYTES", 500)
    server.takes_external = way != "lost"
    server.refused = {r"\bAvro\b": "Code: 164. DB::Exception: not in readonly mode"} if way == "refused" else {}
    desk.run(
        "CREATE TABLE DB.orders (id String, price UInt32) ENGINE = ReplacingMergeTree ORDER BY id",
        "INSERT INTO DB.orders SELECT concat('№ ', toString(number)), number FROM numbers(40)",
        "INSERT INTO DB.orders SELECT concat('№ ', toString(number)), number FROM numbers(7)",
    )
    items: list[Json] = [{"id": f"№ {number}", "price": number if number % 10 else 99} for number in range(5, 50)]
    check = make_warehouse_check(
        "reconcile",
        {
            "operation": "listOrders",
            "rows": "$.data[*]",
            "key": "$.id",
            "column": "id",
            "compare": {"price": "$.price"},
        },
    )
    phase = desk.phase(check, dsn=WAYS[way] or server.dsn())

    [row] = collect_rows(phase, FakeSource({"listOrders": [*items, *items[:3]]}))

    found = {name: row["actual"][name] for name in ("items", "matched", "missing", "extra", "differing", "repeated")}
    expected = {"items": 48, "matched": 35, "missing": 10, "extra": 5, "differing": {"price": 3}, "repeated": 3}
    assert found == expected
    assert bool(server.external) == (way != "engine")
    assert any("param_j0" in request for request in server.requests) == (way in ("lost", "refused"))
    assert "№ 5".encode() not in b"".join(server.external)  # they are compressed
