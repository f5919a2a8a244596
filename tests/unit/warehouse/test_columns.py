"""Values of the API and of the table are written as one text."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contracts_runner.engine.text_set import TextSet
from contracts_runner.model.json import Json
from contracts_runner.warehouse.client import Warehouse
from contracts_runner.warehouse.column_types import Kind, parse_type
from contracts_runner.warehouse.columns import Column, build_column
from contracts_runner.warehouse.errors import CannotJudgeError, WarehouseQueryError
from contracts_runner.warehouse.query import pack_rows, render_source
from contracts_runner.warehouse.times import Time, parse_time

few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.text(st.characters(codec="utf-8"), max_size=30)


def read_texts(engine: Warehouse, type_name: str, values: list[Json]) -> list[str]:
    """Return the texts that ClickHouse makes of the values of a column of this type."""
    sql = f"SELECT {make_column(type_name).sql_text('c')} FROM (SELECT arrayJoin({{values:Array({type_name})}}) AS c)"
    return [row[0] for row in engine.query(sql, {"values": values})]


def make_column(type_name: str, *, zone: str | None = None) -> Column:
    return build_column("c", {"c": type_name}, zone=zone)


@pytest.mark.parametrize(
    ("type_name", "expected"),
    [
        ("String", {"kind": Kind.STRING}),
        ("LowCardinality(Nullable(String))", {"kind": Kind.STRING, "name": "String"}),
        ("FixedString(32)", {"kind": Kind.FIXED, "size": 32}),
        ("Enum8('it\\'s' = 1, 'b, (c' = -2)", {"kind": Kind.ENUM, "words": ("it's", "b, (c")}),
        ("UInt8", {"kind": Kind.INTEGER, "size": 8, "is_signed": False}),
        ("SimpleAggregateFunction(sum, Int256)", {"kind": Kind.INTEGER, "size": 256, "name": "Int256"}),
        ("Nullable(Float32)", {"kind": Kind.FLOAT, "size": 32}),
        ("Decimal(18, 2)", {"kind": Kind.DECIMAL, "size": 18, "scale": 2}),
        ("Bool", {"kind": Kind.BOOL}),
        ("Date32", {"kind": Kind.DATE}),
        ("DateTime", {"kind": Kind.TIME}),
        ("DateTime('Europe/Moscow')", {"kind": Kind.TIME, "zone": "Europe/Moscow"}),
        (
            "Nullable(DateTime64(3, 'Fixed/UTC+03:00:00'))",
            {"kind": Kind.TIME, "scale": 3, "zone": "Fixed/UTC+03:00:00"},
        ),
        ("UUID", {"kind": Kind.UUID}),
        ("IPv6", {"kind": Kind.ADDRESS, "size": 128}),
        ("Tuple(`a b` UInt8, c Array(String))", {"kind": Kind.TUPLE, "words": ("a b", "c")}),
        ("JSON(max_dynamic_paths=8)", {"kind": Kind.JSON}),
    ],
)
def test_type_says_how_values_are_compared(type_name: str, expected: dict[str, object]) -> None:
    held = parse_type(type_name)

    assert {name: getattr(held, name) for name in expected} == expected


@pytest.mark.parametrize(
    "type_name",
    [
        "AggregateFunction(sum, UInt32)",
        "Variant(String, UInt8)",
        "Dynamic",
        "Array(Dynamic)",
        "Nullable(Nothing)",
        "IntervalDay",
        "Tuple(a UInt8, b Variant(String, UInt8))",
    ],
)
def test_type_that_cannot_be_compared_is_an_error_that_names_it(type_name: str) -> None:
    with pytest.raises(CannotJudgeError, match="c cannot be compared: the type"):
        make_column(type_name)


def test_column_that_is_not_there_is_an_error_of_the_query() -> None:
    with pytest.raises(WarehouseQueryError, match="the table has no column city"):
        build_column("city", {"c": "String"})


@few
@given(st.lists(st.floats(), min_size=1))
def test_floats_have_the_same_text_on_both_sides(engine: Warehouse, values: list[float]) -> None:
    column = make_column("Float64")

    assert read_texts(engine, "Float64", list(values)) == [column.text(repr(value)) for value in values]


@few
@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
@example([3.4025001647762064e38, 3.4028234663852886e38])  # rounded to fewer digits they are more than it holds
def test_short_floats_are_compared_and_shown_by_the_text_of_the_engine(engine: Warehouse, values: list[float]) -> None:
    column = make_column("Float32")
    sql = f"SELECT toString(c), {column.sql_text('c')} FROM (SELECT arrayJoin({{values:Array(Float32)}}) AS c)"

    rows = engine.query(sql, {"values": values})

    assert [column.text(shown) for shown, _ in rows] == [text for _, text in rows]
    assert [float(column.show(text)) for _, text in rows] == [float(shown) for shown, _ in rows]


@few
@given(st.lists(st.decimals(-(10**15), 10**15, places=2), min_size=1))
def test_money_in_a_decimal_column_is_written_alike_on_both_sides(engine: Warehouse, values: list[Decimal]) -> None:
    column = make_column("Decimal(18, 2)")

    assert read_texts(engine, "Decimal(18, 2)", list(values)) == [column.text(str(value)) for value in values]


@few
@given(st.lists(st.integers(-(2**255), 2**255 - 1), min_size=1))
def test_whole_numbers_are_written_alike_on_both_sides(engine: Warehouse, values: list[int]) -> None:
    column = make_column("Int256")

    assert read_texts(engine, "Int256", list(values)) == [column.text(value) for value in values]


@few
@given(st.lists(texts, min_size=1))
def test_texts_are_written_alike_on_both_sides(engine: Warehouse, values: list[str]) -> None:
    column = make_column("String")

    assert read_texts(engine, "String", list(values)) == [column.text(value) for value in values]


@few
@given(st.lists(st.lists(texts)))
def test_lists_are_written_alike_on_both_sides(engine: Warehouse, values: list[list[str]]) -> None:
    column = make_column("Array(String)")

    assert read_texts(engine, "Array(String)", list(values)) == [column.text(list(value)) for value in values]


moments = st.datetimes(datetime(1900, 1, 2), datetime(2261, 12, 31), timezones=st.timezones())


@few
@given(st.lists(moments, min_size=1))
def test_times_are_the_same_instant_on_both_sides(engine: Warehouse, values: list[datetime]) -> None:
    column = make_column("DateTime64(6, 'Asia/Kathmandu')")
    written = [value.astimezone(UTC).isoformat() for value in values]
    sql = (
        f"SELECT {column.sql_text('c')} FROM (SELECT arrayJoin(arrayMap(\n"
        "  x -> parseDateTime64BestEffort(x, 6, 'Asia/Kathmandu'), {values:Array(String)})) AS c)"
    )

    rows = engine.query(sql, {"values": written})

    assert [text for (text,) in rows] == [column.text(value.isoformat()) for value in values]


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
        (["a lot"], '≠ ["a lot"]'),
        ("1e400", "≠ 1e400"),
        ("NaN", "≠ NaN"),
        ("1_0", "≠ 1_0"),
        ("-0.0", "0"),
        (" 7 ", "7"),
        ("0.0000000000000000000000000000000001", "≠ 0.0000000000000000000000000000000001"),
        ({"a": 1}, '≠ {"a":1}'),
        ("", "≠ "),
        (None, ""),
    ],
)
def test_number_of_the_api_is_written_with_all_its_digits(value: Json, text: str) -> None:
    assert make_column("Decimal(38, 18)").text(value) == text


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("2026-11-20T12:00:00Z", Time(datetime(2026, 11, 20, 12), "", timedelta())),
        ("2026-11-20T12:00:00.120+03:00", Time(datetime(2026, 11, 20, 12), "12", timedelta(hours=3))),
        ("2026-11-20 12:00:00,123456789-0330", Time(datetime(2026, 11, 20, 12), "123456789", -timedelta(hours=3.5))),
        ("2026-11-20 12:00", Time(datetime(2026, 11, 20, 12))),
        ("2026-11-20", None),
        ("20261120", None),
        ("2026-13-20T12:00:00", None),
        (1795175940, None),
        (None, None),
    ],
)
def test_only_iso_times_are_times(value: Json, time: Time | None) -> None:
    assert parse_time(value) == time


@pytest.mark.parametrize(
    ("type_name", "value"),
    [
        ("DateTime('Europe/Moscow')", "9999-12-31T23:59:59Z"),
        ("DateTime('America/New_York')", "0001-01-01T00:00:00Z"),
        ("DateTime64(9, 'UTC')", "9999-12-31T23:59:59Z"),
        ("DateTime", "9999-12-31T23:59:59.999999999-23:59"),
        ("Date", "9999-12-31T23:59:59Z"),
        ("Date32", "0001-01-01T00:00:00+14:00"),
    ],
)
@pytest.mark.parametrize("zone", [None, "Europe/Moscow", "America/New_York"])
def test_time_at_the_ends_of_the_calendar_is_no_value_of_a_column(type_name: str, value: str, zone: str | None) -> None:
    assert make_column(type_name, zone=zone).text(value).startswith("≠ ")


@given(st.lists(st.lists(texts)), st.lists(texts))
def test_text_set_knows_what_was_added_and_nothing_else(parts: list[list[str]], others: list[str]) -> None:
    known = TextSet()

    for part in parts:
        known.add_all(part)

    added = {text for part in parts for text in part}
    assert [text in known for text in [*added, *others]] == [text in added for text in [*added, *others]]
