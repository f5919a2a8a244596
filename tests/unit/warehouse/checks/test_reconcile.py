"""The check reconcile: API and table, key by key."""

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from contracts_runner.errors import BadResponseError, BlockedError, NoResponseError, RecordingError, TransportError
from contracts_runner.model.json import Json
from contracts_runner.model.warehouse_kinds import Asks, ForEach
from contracts_runner.results.events import Event
from contracts_runner.warehouse import api_rows
from helpers.warehouse_desk import Desk, FakeSource, collect_rows, make_redactor, make_warehouse_check

TABLE = """CREATE TABLE DB.orders (
        id String, city LowCardinality(String), price Nullable(Float64), amount Decimal(18, 2), count UInt64,
        is_paid Bool, day Date, at DateTime, at_zone DateTime('Europe/Moscow'), note Nullable(String), _ver UInt64)
    ENGINE = ReplacingMergeTree(_ver) ORDER BY id"""
OPTIONS: dict[str, Json] = {"operation": "listOrders", "rows": "$.data[*]", "key": "$.id", "column": "id"}
ASKING: dict[str, Json] = {
    "reconcile": OPTIONS,
    "sum_equals": {"operation": "listOrders", "rows": "$.data[*]", "column": "price", "value": "$.id"},
}


def insert(desk: Desk, **values: str) -> None:
    row = {"id": "'1'", "_ver": "1", **values}
    desk.run(f"INSERT INTO DB.orders ({', '.join(row)}) VALUES ({', '.join(row.values())})")


def reconcile_items(desk: Desk, items: list[dict[str, Any]], **options: Json) -> Mapping[str, Json]:
    return desk.verify_one("reconcile", {**OPTIONS, **options}, source=FakeSource({"listOrders": items}))


@pytest.fixture
def table(desk: Desk) -> Desk:
    desk.run(TABLE)
    return desk


def test_equal_keys_pass_and_are_counted(table: Desk) -> None:
    insert(table)
    insert(table, id="'2'")

    row = reconcile_items(table, [{"id": 1}, {"id": "2"}])

    assert row["outcome"] == "passed"
    assert row["actual"] == {
        "items": 2, "matched": 2, "missing": 0, "extra": 0, "differing": {}, "young": 0, "repeated": 0
    }  # fmt: skip


def test_both_directions_are_compared(table: Desk) -> None:
    insert(table)
    insert(table, id="'7'")

    row = reconcile_items(table, [{"id": 1}, {"id": 2}, {"id": 3}])

    assert row["outcome"] == "failed"
    assert row["message"] == "2 items of listOrders are not in orders; 1 keys of orders are not in listOrders"
    assert row["actual"]["sample"] == {"missing": ["2", "3"], "extra": ["7"]}


@pytest.mark.parametrize(
    ("direction", "message", "sample"),
    [
        ("missing", "2 items of listOrders are not in orders", {"missing": ["2", "3"]}),
        ("extra", "1 keys of orders are not in listOrders", {"extra": ["7"]}),
    ],
)
def test_one_direction_alone_can_be_asked_for(
    table: Desk, direction: str, message: str, sample: dict[str, list[str]]
) -> None:
    insert(table)
    insert(table, id="'7'")

    row = reconcile_items(table, [{"id": 1}, {"id": 2}, {"id": 3}], direction=direction)

    assert (row["message"], row["actual"]["sample"]) == (message, sample)


def test_keys_that_only_the_table_has_are_hidden_where_those_of_the_api_are(table: Desk) -> None:
    insert(table)
    insert(table, id="'871000000007'")
    source = FakeSource({"listOrders": [{"id": 1}]})
    check = make_warehouse_check("reconcile", OPTIONS)

    [hidden] = collect_rows(table.phase(check, redactor=make_redactor(token="1")), source)
    [shown] = collect_rows(table.phase(check), source)

    assert hidden["actual"]["sample"] == {"extra": ["<hidden>"]}
    assert shown["actual"]["sample"] == {"extra": ["871000000007"]}


@pytest.mark.parametrize(
    ("written", "differing"),
    [
        ("2026-11-20T00:30:00+03:00", {}),
        ("2026-11-19T21:30:00+00:00", {}),
        ("2026-11-19T21:30:00Z", {}),
        ("2026-11-20T00:30:00", {}),
        ("2026-11-20T00:30:00+00:00", {"at": 1, "at_zone": 1}),
    ],
)
def test_a_time_is_compared_in_the_zone_whatever_its_offset(
    table: Desk, written: str, differing: dict[str, int]
) -> None:
    insert(table, at="toDateTime('2026-11-20 00:30:00')", at_zone="'2026-11-20 00:30:00'", day="'2026-11-20'")
    compare = {"at": "$.at", "at_zone": "$.at", "day": "$.at"}

    row = reconcile_items(table, [{"id": 1, "at": written}], compare=compare, timezone="Europe/Moscow")

    assert row["actual"]["differing"] == differing


def test_the_words_for_asking_reach_the_api(table: Desk) -> None:
    source = FakeSource({"listParts": []})
    each = {"operation": "listOrders", "rows": "$.data[*]", "parameters": {"id": "$.id"}}

    table.verify_one(
        "reconcile", {**OPTIONS, "operation": "listParts", "body": {"flat": True}, "for_each": each}, source=source
    )

    assert source.asked == [("listParts", {"flat": True}, ForEach(**each, keep={}))]


def test_older_versions_of_a_row_are_not_compared(table: Desk) -> None:
    insert(table, price="1")
    insert(table, price="2", _ver="2")

    row = reconcile_items(table, [{"id": 1, "price": 2}], compare={"price": "$.price"})

    assert row["outcome"] == "passed"


@pytest.mark.parametrize(
    ("column", "held", "value"),
    [
        ("city", "'msk'", "msk"),
        ("city", "''", None),
        ("city", "'33'", 33),
        ("city", "'true'", True),
        ("city", "'Нижний'", "Нижний"),
        ("city", "'it''s \\\\ \"quoted\"\\n'", 'it\'s \\ "quoted"\n'),
        ("city", f"'{'я' * 3000}'", "я" * 3000),
        ("note", "NULL", None),
        ("note", "''", None),
        ("price", "100", 100.0),
        ("price", "0.3", "0.30"),
        ("price", "0.1 + 0.2", 0.30000000000000004),
        ("price", "NULL", None),
        ("amount", "1234.5", "1234.50"),
        ("amount", "-0.5", -0.5),
        ("count", "18446744073709551615", 18446744073709551615),
        ("count", "1", True),
        ("is_paid", "true", True),
        ("is_paid", "false", 0),
        ("day", "'2026-11-20'", "2026-11-20T00:30:00+03:00"),
        ("day", "'2026-11-20'", "2026-11-20"),
        ("at", "toDateTime('2026-11-19 21:30:00', 'UTC')", "2026-11-20T00:30:00+03:00"),
        ("at_zone", "'2026-11-20 00:30:00'", "2026-11-20T00:30:00+03:00"),
        ("at_zone", "'2026-11-20 00:30:00'", "2026-11-19T21:30:00Z"),
    ],
)
def test_equal_values_are_equal_in_any_spelling(table: Desk, column: str, held: str, value: Json) -> None:
    insert(table, **{column: held})

    row = reconcile_items(table, [{"id": 1, "value": value}], compare={column: "$.value"})

    assert (row["outcome"], row["message"]) == ("passed", "")


@pytest.mark.parametrize(
    ("column", "held", "value"),
    [
        ("city", "'msk'", "Msk"),
        ("city", "'msk'", None),
        ("city", f"'{'я' * 3000}'", "я" * 3001),
        ("price", "0.3", 0.31),
        ("price", "0.1 + 0.2", 0.3),
        ("price", "0", None),
        ("price", "nan", 0),
        ("price", "1", "one"),
        ("amount", "1234.5", 1234.51),
        ("count", "18446744073709551615", 18446744073709551614),
        ("is_paid", "true", False),
        ("day", "'2026-11-20'", "2026-11-19T23:30:00+03:00"),
        ("at", "toDateTime('2026-11-20 00:30:00', 'UTC')", "2026-11-20T00:30:00+03:00"),
        ("at_zone", "'2026-11-20 00:30:00'", "2026-11-20T00:30:00Z"),
    ],
)
def test_other_values_differ(table: Desk, column: str, held: str, value: Json) -> None:
    insert(table, **{column: held})

    row = reconcile_items(table, [{"id": 1, "value": value}], compare={column: "$.value"})

    assert (row["outcome"], row["message"]) == ("failed", f"1 have another {column}")


def test_number_that_differs_is_shown_with_both_values(table: Desk) -> None:
    insert(table, price="10")

    row = reconcile_items(table, [{"id": 1, "price": "12.50"}], compare={"price": "$.price"})

    assert row["actual"]["sample"] == {"price": [{"key": "1", "api": "12.5", "table": "10"}]}


@pytest.mark.parametrize(
    ("held", "value", "shown"),
    [
        ("0", None, {"api": None, "table": "0"}),
        ("NULL", 0, {"api": "0", "table": None}),
    ],
)
def test_null_that_differs_is_shown_as_null(table: Desk, held: str, value: Json, shown: dict[str, Json]) -> None:
    insert(table, price=held)

    row = reconcile_items(table, [{"id": 1, "price": value}], compare={"price": "$.price"})

    assert row["actual"]["sample"] == {"price": [{"key": "1", **shown}]}


def test_text_that_differs_is_not_shown(table: Desk) -> None:
    insert(table, note="'Мария'")

    row = reconcile_items(table, [{"id": 1, "name": "Анна"}], compare={"note": "$.name"})

    assert row["actual"]["sample"] == {"note": [{"key": "1"}]}
    assert "Мария" not in str(row)
    assert "Анна" not in str(row)


def test_every_row_of_a_key_must_agree(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE DB.orders (id String, price Float64) ENGINE = MergeTree ORDER BY id",
        "INSERT INTO DB.orders VALUES ('1', 5), ('1', 6)",
    )

    row = reconcile_items(desk, [{"id": 1, "price": 5}], compare={"price": "$.price"})

    assert (row["outcome"], row["actual"]["differing"]) == ("failed", {"price": 1})


# Now is 2026-11-20 12:00 UTC.
@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ("2026-11-20T10:00:01Z", "passed"),
        ("2026-11-20T10:00:00Z", "failed"),
        ("2026-11-20T13:00:01+03:00", "passed"),
        ("2026-11-20T12:59:00+03:00", "failed"),
        ("2026-11-20T12:05:00Z", "passed"),
        ("2026-11-20T12:05:01Z", "failed"),
        ("2126-11-20T12:00:00Z", "failed"),
        ("2026-11-20 10:00:01", "errored"),
        (None, "failed"),
        ("soon", "failed"),
    ],
)
def test_item_that_changed_lately_may_be_missing(table: Desk, changed: str | None, outcome: str) -> None:
    row = reconcile_items(table, [{"id": 1, "updated_at": changed}], changed="$.updated_at", within="2h")

    assert row["outcome"] == outcome


def test_item_that_changed_lately_may_still_have_old_values(table: Desk) -> None:
    insert(table, price="1")
    items = [{"id": 1, "price": 2, "updated_at": "2026-11-20T11:59:00Z"}]

    row = reconcile_items(table, items, changed="$.updated_at", within="2h", compare={"price": "$.price"})

    assert (row["outcome"], row["actual"]["young"]) == ("passed", 1)


def test_lag_of_the_environment_is_the_window_where_the_check_has_none(table: Desk) -> None:
    check = make_warehouse_check("reconcile", {**OPTIONS, "changed": "$.updated_at"})
    phase = table.phase(check, max_lag_seconds=7200.0)

    row = collect_rows(phase, FakeSource({"listOrders": [{"id": 1, "updated_at": "2026-11-20T11:00:00Z"}]}))[0]

    assert row["outcome"] == "passed"


@pytest.mark.parametrize(
    ("options", "outcome"), [({"timezone": "Europe/Moscow"}, "passed"), ({"timezone": "UTC"}, "failed")]
)
def test_a_change_without_a_zone_is_one_of_the_timezone(table: Desk, options: dict[str, str], outcome: str) -> None:
    items = [{"id": 1, "updated_at": "2026-11-20 14:00:00"}]

    row = reconcile_items(table, items, changed="$.updated_at", within="2h", **options)

    assert row["outcome"] == outcome


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"id": None}, "item 2 of listOrders: it has no key at $.id, but nothing"),
        ({"name": "x"}, "item 2 of listOrders: it has no key at $.id, but nothing"),
        ({"id": {"a": 1}}, "item 2 of listOrders: it has no key at $.id, but a list or an object"),
        ({"id": [1]}, "item 2 of listOrders: it has no key at $.id, but a list or an object"),
        ({"id": "\ud83d"}, "item 2 of listOrders: a text is not Unicode: it has half of a surrogate pair"),
    ],
)
def test_item_whose_key_cannot_be_read_is_errored(table: Desk, item: dict[str, Any], words: str) -> None:
    row = reconcile_items(table, [{"id": 1}, item, item])

    assert (row["outcome"], row["message"]) == ("errored", words)


@pytest.mark.parametrize("column", ["at", "at_zone", "day"])
@pytest.mark.parametrize("written", ["2026-11-20T00:30:00", "2026-11-20 00:30"])
def test_time_without_a_zone_is_errored_where_the_check_has_no_timezone(table: Desk, column: str, written: str) -> None:
    insert(table)

    row = reconcile_items(table, [{"id": 1, "at": written}], compare={column: "$.at"})

    assert (row["outcome"], row["message"]) == (
        "errored",
        f"item 1 of listOrders: the API writes a time without a zone for {column}: the check needs 'timezone'",
    )


def test_item_that_is_listed_twice_counts_once(table: Desk) -> None:
    insert(table)

    row = reconcile_items(table, [{"id": 1}, {"id": 1}])

    assert (row["outcome"], row["actual"]["repeated"]) == ("passed", 1)


@pytest.mark.parametrize("chunk", [1, 2, 100])
@pytest.mark.parametrize("prices", [(5, 6), (6, 5)])
def test_item_that_is_listed_twice_with_different_values_fails(
    table: Desk, monkeypatch: pytest.MonkeyPatch, chunk: int, prices: tuple[int, int]
) -> None:
    monkeypatch.setattr(api_rows, "HELD_ROWS", chunk)
    insert(table, price="5")
    items = [{"id": 1, "price": prices[0]}, {"id": 1, "price": prices[0]}, {"id": 1, "price": prices[1]}]

    row = reconcile_items(table, items, compare={"price": "$.price"})

    assert row["outcome"] == "failed"
    assert "the API lists 1 twice with different price" in row["message"]
    assert row["actual"]["repeated"] == 2


def test_nothing_on_both_sides_is_skipped_with_counted_zeros(table: Desk) -> None:
    row = reconcile_items(table, [])

    assert (row["outcome"], row["message"]) == ("skipped", "no rows to look at")
    assert (row["actual"]["items"], row["actual"]["extra"]) == (0, 0)


def test_empty_api_finds_every_row_of_the_table_strange(table: Desk) -> None:
    insert(table)

    row = reconcile_items(table, [])

    assert (row["outcome"], row["actual"]["sample"]) == ("failed", {"extra": ["1"]})


@pytest.mark.parametrize(
    "key", ["user@example.com", "a\"b'c\\", "ключ", "a\nb\tc", "[1]", "{x}", "\u2028", "\x00", " 1 "]
)
@pytest.mark.parametrize("held", [0, 1])
def test_keys_of_any_text_are_compared_as_they_are(
    table: Desk, monkeypatch: pytest.MonkeyPatch, key: str, held: int
) -> None:
    monkeypatch.setattr(api_rows, "HELD_ROWS", held)
    table.client.insert("orders", [[key]], column_names=["id"], database=table.database)

    row = reconcile_items(table, [{"id": key}])

    assert (row["outcome"], row["actual"]["matched"]) == ("passed", 1)


def test_walk_of_several_chunks_counts_exactly(table: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_rows, "HELD_ROWS", 10)
    table.run("INSERT INTO DB.orders (id, price) SELECT toString(number), number FROM numbers(40)")
    numbers = [*range(5, 50), 5, 49]  # 5 and 49 come again in a later chunk
    items = [{"id": number, "price": number if number % 10 else -1} for number in numbers]

    row = reconcile_items(table, items, compare={"price": "$.price"})

    assert row["actual"] == {
        "items": 47,
        "matched": 35,
        "missing": 10,
        "extra": 5,
        "differing": {"price": 3},
        "young": 0,
        "repeated": 2,
        "sample": {
            "missing": [str(number) for number in range(40, 50)],
            "price": [{"key": str(n), "api": "-1", "table": str(n)} for n in (10, 20, 30)],
            "extra": row["actual"]["sample"]["extra"],
        },
    }
    assert sorted(row["actual"]["sample"]["extra"]) == ["0", "1", "2", "3", "4"]


def test_large_values_travel_in_pieces_that_a_server_accepts(table: Desk) -> None:
    table.run("INSERT INTO DB.orders (id, note) SELECT toString(number), repeat('\"', 900) FROM numbers(500)")
    items = [{"id": number, "note": '"' * 900} for number in range(500)]

    row = reconcile_items(table, items, compare={"note": "$.note"})

    assert (row["outcome"], row["actual"]["matched"]) == ("passed", 500)


def test_report_shows_the_sql_and_neither_keys_nor_values(table: Desk) -> None:
    row = reconcile_items(table, [{"id": "secret-key", "note": "Мария"}], compare={"note": "$.note"})

    assert "-- api_rows = the items of the API, as rows of k, n, young, v0" in row["sql"]
    assert "secret-key" not in row["sql"]
    assert "Мария" not in row["sql"]


def test_report_shows_a_select_once_however_many_chunks_it_was_sent_for(
    table: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_rows, "HELD_ROWS", 1)

    row = reconcile_items(table, [{"id": 1}, {"id": 2}, {"id": 3}])

    assert row["actual"]["missing"] == 3
    assert row["sql"].count("FULL JOIN") == 1


def test_sample_is_redacted(table: Desk) -> None:
    check = make_warehouse_check("reconcile", OPTIONS)
    phase = table.phase(check)

    row = collect_rows(phase, FakeSource({"listOrders": [{"id": "user@example.com"}]}))[0]

    assert row["actual"]["sample"] == {"missing": ["<email>"]}


class BrokenSource(FakeSource):
    """An API that gives one item and then breaks."""

    def __init__(self, problem: TransportError) -> None:
        super().__init__({})
        self.problem = problem

    def iter_items(self, asks: Asks) -> Iterator[Json]:
        yield {"id": 1, "operation": asks.operation, "rows": asks.rows}
        raise self.problem


@pytest.mark.parametrize("kind", ["reconcile", "sum_equals"])
@pytest.mark.parametrize(
    ("problem", "outcome"),
    [
        (NoResponseError("no answer in 30 s"), "errored"),
        (BadResponseError("the body is no JSON"), "failed"),
        (BlockedError("the write guard kept it back"), "blocked"),
        (TransportError("page 2 is the same as page 1"), "errored"),
    ],
)
def test_page_that_did_not_come_decides(table: Desk, kind: str, problem: TransportError, outcome: str) -> None:
    insert(table)
    row = table.verify_one(kind, ASKING[kind], source=BrokenSource(problem))

    assert (row["outcome"], row["message"]) == (outcome, f"listOrders: {problem}")


@pytest.mark.parametrize("kind", ["reconcile", "sum_equals"])
def test_check_against_the_api_is_skipped_in_a_run_without_it(table: Desk, kind: str) -> None:
    row = table.verify_one(kind, ASKING[kind])

    assert (row["outcome"], row["message"]) == (
        "skipped",
        "the API is not asked in this run: nothing to compare with",
    )


def test_the_api_is_asked_while_tables_are_checked(table: Desk) -> None:
    is_asked = threading.Event()

    class Source(FakeSource):
        def iter_items(self, asks: Asks) -> Iterator[Json]:
            is_asked.set()
            return super().iter_items(asks)

    def emit(event: Event) -> None:
        # The row of the first check: one check after another would never come to the API.
        assert is_asked.wait(timeout=60), event

    phase = table.phase(make_warehouse_check("row_count", {"min": 0}), make_warehouse_check("reconcile", OPTIONS))

    phase.verify(emit, {"shop": Source({"listOrders": []})})


def test_an_error_of_recording_an_answer_ends_the_verification(table: Desk) -> None:
    class Source(FakeSource):
        def iter_items(self, asks: Asks) -> Iterator[Json]:
            raise RecordingError("the disk is full")

    with pytest.raises(RecordingError, match="the disk is full"):
        table.verify(make_warehouse_check("reconcile", OPTIONS), source=Source({}))
