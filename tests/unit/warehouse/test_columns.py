"""Values of the API and of the table are written as one text."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts_runner.engine.text_set import TextSet
from contracts_runner.model.json import Json
from contracts_runner.warehouse.client import Warehouse
from contracts_runner.warehouse.columns import Column, Kind, build_column, parse_time
from contracts_runner.warehouse.errors import WarehouseQueryError
from contracts_runner.warehouse.query import pack_rows, render_source

few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.text(st.characters(codec="utf-8"), max_size=30)


def read_texts(engine: Warehouse, column: Column, type_name: str, values: list[Json]) -> list[str]:
    """Return what ClickHouse writes for the values of a column of this type."""
    sql = f"SELECT {column.sql_text('c')} FROM (SELECT arrayJoin({{values:Array({type_name})}}) AS c)"
    return [row[0] for row in engine.query(sql, {"c": "c", "values": values})]


@pytest.mark.parametrize(
    ("type_name", "kind", "zone"),
    [
        ("String", Kind.TEXT, None),
        ("LowCardinality(Nullable(String))", Kind.TEXT, None),
        ("FixedString(32)", Kind.TEXT, None),
        ("Enum8('Int8' = 1)", Kind.TEXT, None),
        ("Array(Float64)", Kind.TEXT, None),
        ("UInt8", Kind.NUMBER, None),
        ("Nullable(Float64)", Kind.NUMBER, None),
        ("Decimal(18, 2)", Kind.NUMBER, None),
        ("Bool", Kind.BOOL, None),
        ("Date32", Kind.DATE, None),
        ("DateTime", Kind.TIME, None),
        ("DateTime('Europe/Moscow')", Kind.TIME, "Europe/Moscow"),
        ("Nullable(DateTime64(3, 'Europe/Moscow'))", Kind.TIME, "Europe/Moscow"),
    ],
)
def test_type_says_how_values_are_compared(type_name: str, kind: Kind, zone: str | None) -> None:
    assert build_column("c", {"c": type_name}) == Column(name="c", kind=kind, zone=zone)


def test_column_that_is_not_there_is_an_error_of_the_query() -> None:
    with pytest.raises(WarehouseQueryError, match="the table has no column city"):
        build_column("city", {"c": "String"})


@few
@given(st.lists(st.integers(-(10**11), 10**11).map(lambda number: number / 10**4), min_size=1))
def test_money_in_a_float_column_is_written_alike_on_both_sides(engine: Warehouse, values: list[float]) -> None:
    column = Column(name="c", kind=Kind.NUMBER)

    assert read_texts(engine, column, "Float64", values) == [column.text(value) for value in values]


@few
@given(st.lists(st.decimals(-(10**15), 10**15, places=2), min_size=1))
def test_money_in_a_decimal_column_is_written_alike_on_both_sides(engine: Warehouse, values: list[Decimal]) -> None:
    column = Column(name="c", kind=Kind.NUMBER)

    assert read_texts(engine, column, "Decimal(18, 2)", list(values)) == [column.text(str(value)) for value in values]


@few
@given(st.lists(st.integers(0, 2**64 - 1), min_size=1))
def test_whole_numbers_are_written_alike_on_both_sides(engine: Warehouse, values: list[int]) -> None:
    column = Column(name="c", kind=Kind.NUMBER)

    assert read_texts(engine, column, "UInt64", list(values)) == [column.text(value) for value in values]


@few
@given(st.lists(texts, min_size=1))
def test_texts_are_written_alike_on_both_sides(engine: Warehouse, values: list[str]) -> None:
    column = Column(name="c", kind=Kind.TEXT)

    assert read_texts(engine, column, "String", list(values)) == [column.text(value) for value in values]


@few
@given(st.lists(st.tuples(texts, texts), min_size=1))
def test_rows_arrive_as_they_were_packed(engine: Warehouse, rows: list[tuple[str, str]]) -> None:
    pieces = pack_rows(rows)

    received = engine.query(render_source(pieces, ["a", "b"]), pieces)

    assert received == rows


def test_many_rows_are_packed_in_pieces_below_the_limit_of_a_field() -> None:
    pieces = pack_rows([(f"key-{number}", '"\\' * 100) for number in range(2000)])

    assert len(pieces) > 1
    # The client writes each quote and backslash as two characters.
    assert all(len(piece.replace("\\", "\\\\").encode()) < 128 * 1024 for piece in pieces.values())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([0.1, "0.2", None], "0.3"),
        ([], "0"),
        (["a lot"], "['a lot']"),
        ("1e400", "1e400"),
        ("NaN", "NaN"),
        ("-0.0", "0"),
        (" 7 ", "7"),
        ({"a": 1}, "{'a': 1}"),
    ],
)
def test_number_of_the_api_is_written_in_its_shortest_form(value: Json, text: str) -> None:
    assert Column(name="c", kind=Kind.NUMBER).text(value) == text


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-20T12:00:00Z", datetime(2026, 11, 20, 12, tzinfo=UTC)),
        ("2026-11-20 12:00:00", datetime(2026, 11, 20, 12)),
        ("20261120", None),
        ("2026-13-20", None),
        (1795175940, None),
        (None, None),
    ],
)
def test_only_iso_times_are_times(value: Json, moment: datetime | None) -> None:
    assert parse_time(value) == moment


@given(st.lists(st.lists(texts)), st.lists(texts))
def test_text_set_knows_what_was_added_and_nothing_else(parts: list[list[str]], others: list[str]) -> None:
    known = TextSet()

    for part in parts:
        known.add_all(part)

    added = {text for part in parts for text in part}
    assert [text in known for text in [*added, *others]] == [text in added for text in [*added, *others]]
