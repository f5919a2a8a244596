"""Every column type × an equal and a minimally different value × every check that compares values.

Through the plain type, Nullable and LowCardinality, over the real engine.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from contracts_runner.model.json import Json
from contracts_runner.model.warehouse_kinds import Accepted, Matches, Range
from helpers.warehouse_desk import Desk, FakeSource, make_warehouse_check

pytestmark = pytest.mark.thorough

UUID = "550e8400-e29b-41d4-a716-446655440000"
API: dict[str, Json] = {"operation": "listOrders", "rows": "$.data[*]"}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """`held`: SQL of a value of the type, `other`: of one that differs from it as little as can be.

    `equal`: what the API may write for it, `different`: what it may not. `is_scalar`: it can be in `accepted` and be a
    key; `has_range`: it has an order. A value of a contract is the first of `equal`.
    """

    type: str
    held: str
    other: str
    equal: tuple[Json, ...]
    different: tuple[Json, ...]
    is_scalar: bool = True
    has_range: bool = True
    is_number: bool = False

    def __str__(self) -> str:
        return self.type


def number(type_name: str, held: str, other: str, equal: tuple[Json, ...], different: tuple[Json, ...]) -> Sample:
    return Sample(type=type_name, held=held, other=other, equal=equal, different=different, is_number=True)


MOMENT = "parseDateTime64BestEffort('2026-11-20T10:00:00.123456789Z', 9, 'UTC')"
SAMPLES = (
    number("Int8", "-128", "-127", (-128, "-128", -128.0), (-127, 128, "-128.5", None, "x")),
    number("UInt64", "18446744073709551615", "18446744073709551614", (2**64 - 1,), (2**64 - 2, 2**64, -1)),
    number("Int128", f"'{-(2**127)}'", f"'{-(2**127) + 1}'", (str(-(2**127)),), (str(-(2**127) - 1),)),
    number("Int256", f"'{2**200}'", f"'{2**200 + 1}'", (2**200, str(2**200)), (2**200 + 1,)),
    number("UInt256", f"'{2**200}'", f"'{2**200 - 1}'", (2**200,), (2**200 - 1,)),
    number("Decimal(9, 2)", "12.5", "12.51", (12.5, "12.50", "1250e-2"), (12.51, "12.501", None)),
    number("Decimal(38, 18)", "'0.000000000000000123'", "'0.000000000000000124'", ("0.000000000000000123",), (0, 1)),
    number(
        "Decimal(76, 20)", "'1.00000000000000000001'", "'1'", ("1.00000000000000000001",), (1, "1.00000000000000000002")
    ),
    number("Float64", "0.1 + 0.2", "0.3", (0.30000000000000004, "0.30000000000000004"), (0.3, None)),
    number("Float64", "1e300", "1.0000000000000002e300", (1e300,), (1.0000000000000002e300, "1e400")),
    number("Float32", "toFloat32(0.1)", "toFloat32(0.10000001)", (0.1, "0.1"), (0.10000001, 1e300)),
    Sample(
        type="Bool", held="true", other="false", equal=(True, 1, "true"), different=(False, 0, "yes"), has_range=False
    ),
    Sample(
        type="Date",
        held="'2026-11-20'",
        other="'2026-11-21'",
        equal=("2026-11-20", "2026-11-20T23:59:59+03:00"),
        different=("2026-11-21", "2026-11-21T00:00:00Z", "soon"),
    ),
    Sample(
        type="Date32",
        held="'1955-01-01'",
        other="'1955-01-02'",
        equal=("1955-01-01",),
        different=("1954-12-31",),
    ),
    *(
        Sample(
            type=type_name,
            held=f"{MOMENT} + {0}",
            other=f"{MOMENT} + 1",
            equal=("2026-11-20T10:00:00Z", "2026-11-20T13:00:00.999+03:00"),
            different=("2026-11-20T10:00:01Z", "2026-11-20T09:59:59.999Z", 1795168800),
        )
        for type_name in ("DateTime", "DateTime('UTC')", "DateTime('Europe/Moscow')", "DateTime('Fixed/UTC+03:00:00')")
    ),
    Sample(
        type="DateTime64(3, 'Europe/Berlin')",
        held=MOMENT,
        other="parseDateTime64BestEffort('2026-11-20T10:00:00.124Z', 9, 'UTC')",
        equal=("2026-11-20T10:00:00.123Z", "2026-11-20T13:00:00.1239+03:00"),
        different=("2026-11-20T10:00:00.124Z", "2026-11-20T10:00:00Z"),
    ),
    Sample(
        type="DateTime64(9, 'UTC')",
        held=MOMENT,
        other="parseDateTime64BestEffort('2026-11-20T10:00:00.123456788Z', 9, 'UTC')",
        equal=("2026-11-20T10:00:00.123456789Z",),
        different=("2026-11-20T10:00:00.123456788Z", "2026-11-20T10:00:00.123456Z"),
    ),
    Sample(
        type="DateTime64(6, 'Europe/Moscow')",
        held="parseDateTime64BestEffort('1955-01-01T00:00:00.000001Z', 6, 'UTC')",
        other="parseDateTime64BestEffort('1955-01-01T00:00:00.000002Z', 6, 'UTC')",
        equal=("1955-01-01T00:00:00.000001Z",),
        different=("1955-01-01T00:00:00Z", "1954-12-31T23:59:59.999999Z"),
    ),
    Sample(
        type="DateTime64(3, 'UTC')",
        held="toDateTime64('2250-01-01 00:00:00.001', 3, 'UTC')",
        other="toDateTime64('2250-01-01 00:00:00.002', 3, 'UTC')",
        equal=("2250-01-01T00:00:00.001Z",),
        different=("2250-01-01T00:00:00Z",),
    ),
    Sample(
        type="String",
        held="'Анна '",
        other="'Анна'",
        equal=("Анна ",),
        different=("Анна", "анна ", None),
    ),
    Sample(
        type="String",
        held="'я' || repeat('x', 3000)",
        other="repeat('x', 3001)",
        equal=("я" + "x" * 3000,),
        different=("я" + "x" * 3001,),
    ),
    Sample(
        type="String", held="unhex('ff00fe')", other="unhex('ff00ff')", equal=(), different=("\ufffd\0\ufffd", "ff00fe")
    ),
    Sample(
        type="FixedString(4)",
        held="'ab'",
        other="'abc'",
        equal=("ab", "ab\0"),
        different=("abc", "abcde"),
    ),
    Sample(
        type="Enum8('new' = 1, 'it\\'s' = 2)", held="'it\\'s'", other="'new'", equal=("it's",), different=("new", 2)
    ),
    Sample(
        type="UUID",
        held=f"'{UUID}'",
        other=f"'{UUID[:-1]}1'",
        equal=(UUID, UUID.upper()),
        different=(UUID[:-1] + "1",),
        has_range=False,
    ),
    Sample(
        type="IPv4",
        held="'1.2.3.4'",
        other="'1.2.3.5'",
        equal=("1.2.3.4", "::ffff:1.2.3.4"),
        different=("1.2.3.5", "::1"),
        has_range=False,
    ),
    Sample(
        type="IPv4",
        held="'0.0.3.4'",
        other="'0.0.3.5'",
        equal=("0.0.3.4",),
        different=("3.4.0.0", "0.0.0.0"),
        has_range=False,
    ),
    Sample(
        type="IPv6",
        held="'2001:db8::1'",
        other="'2001:db8::2'",
        equal=("2001:db8::1", "2001:0DB8:0:0::1"),
        different=("2001:db8::2",),
        has_range=False,
    ),
)
NESTED = (
    Sample(
        type="Array(UInt8)",
        held="[1, 2]",
        other="[2, 1]",
        equal=([1, 2], [1.0, "2"]),
        different=([2, 1], [1], [], {}, "[1,2]"),
    ),
    Sample(
        type="Array(Nullable(String))",
        held="['a', NULL]",
        other="['a', '']",
        equal=(["a", None],),
        different=(["a", ""], ["a"]),
    ),
    Sample(
        type="Array(DateTime('Europe/Moscow'))",
        held="['2026-11-20 13:00:00']",
        other="[]",
        equal=(["2026-11-20T10:00:00Z"],),
        different=(["2026-11-20T13:00:00Z"],),
    ),
    Sample(
        type="Map(String, Decimal(9, 2))",
        held="map('b', 1, 'a', 2.5)",
        other="map('b', 1)",
        equal=({"a": 2.5, "b": "1.00"},),
        different=({"a": 2.5}, {"a": 2.5, "b": 2}, []),
    ),
    Sample(
        type="Tuple(a UInt8, b UUID)",
        held=f"(1, '{UUID}')",
        other=f"(2, '{UUID}')",
        equal=({"b": UUID.upper(), "a": 1}, [1, UUID]),
        different=({"a": 1}, {"a": 1, "b": UUID, "c": 1}, [1]),
    ),
    Sample(
        type="JSON",
        held="""'{"b": {"d": 1.0, "c": [1, "x"]}, "a": true}'""",
        other="""'{"a": true}'""",
        equal=({"a": True, "b": {"c": [1, "x"], "d": 1}},),
        different=({"a": True}, {"a": True, "b": {"c": ["x", 1], "d": 1}}, 1),
    ),
)


# What LowCardinality may hold, of the types above.
IN_DICTIONARIES = ("Int8", "UInt64", "Float", "Date", "String", "Fixed", "UUID", "IP")


def wrap(sample: Sample) -> Iterator[tuple[Sample, str]]:
    yield sample, sample.type
    if sample not in NESTED:
        yield sample, f"Nullable({sample.type})"
        if (
            sample.type.startswith(("Int8", "UInt64", "Float", "Date", "String", "Fixed", "UUID", "IP"))
            and "64(" not in sample.type
        ):
            yield sample, f"LowCardinality({sample.type})"
            yield sample, f"LowCardinality(Nullable({sample.type}))"


WRAPPED = [case for sample in SAMPLES for case in wrap(sample)]
EVERY = [*WRAPPED, *((sample, sample.type) for sample in NESTED)]
by_type = pytest.mark.parametrize(("sample", "type_name"), EVERY, ids=lambda value: str(value)[:40])
scalars = pytest.mark.parametrize(("sample", "type_name"), WRAPPED, ids=lambda value: str(value)[:40])


def cast(value: str, sample: Sample) -> str:
    escaped = sample.type.replace("\\", "\\\\").replace("'", "\\'")
    return f"CAST({value}, '{escaped}')"


def fill(desk: Desk, sample: Sample, type_name: str, *rows: str) -> None:
    """Make `orders` with a column of the type and these values, and `parts` with the first of them."""
    for table in ("orders", "parts"):
        desk.client.command(
            f"CREATE TABLE {desk.database}.{table} (id UInt32, v {type_name}) ENGINE = Memory",
            settings={"allow_suspicious_low_cardinality_types": 1},
        )
    for number_of_row, row in enumerate(rows, start=1):
        desk.run(f"INSERT INTO DB.orders SELECT {number_of_row}, {cast(row, sample)}")
    desk.run("INSERT INTO DB.parts SELECT * FROM DB.orders WHERE id = 1")


@by_type
def test_reconcile_tells_equal_values_from_others(desk: Desk, sample: Sample, type_name: str) -> None:
    fill(desk, sample, type_name, sample.held)
    values = [*sample.equal, *sample.different]
    checks = [
        make_warehouse_check(
            "reconcile",
            {**API, "operation": f"list{number}", "key": "$.id", "column": "id", "compare": {"v": "$.v"}},
        )
        for number in range(len(values))
    ]
    source = FakeSource({f"list{number}": [{"id": 1, "v": value}] for number, value in enumerate(values)})

    outcomes = [row["outcome"] for row in desk.verify(*checks, source=source)]

    assert outcomes == ["passed"] * len(sample.equal) + ["failed"] * len(sample.different)


@scalars
def test_a_key_is_found_by_its_value(desk: Desk, sample: Sample, type_name: str) -> None:
    fill(desk, sample, type_name, sample.held)
    values = [*sample.equal, *(value for value in sample.different if value is not None)]
    checks = [
        make_warehouse_check("reconcile", {**API, "operation": f"list{number}", "key": "$.v", "column": "v"})
        for number in range(len(values))
    ]
    source = FakeSource({f"list{number}": [{"v": value}] for number, value in enumerate(values)})

    rows = desk.verify(*checks, source=source)

    found = [
        (row["outcome"], row["actual"]["matched"], row["actual"]["missing"], row["actual"]["extra"]) for row in rows
    ]
    assert found == [
        *[("passed", 1, 0, 0)] * len(sample.equal),
        *[("failed", 0, 1, 1)] * (len(values) - len(sample.equal)),
    ]


@scalars
def test_accepted_and_range_read_a_value_as_the_type_of_the_column(desk: Desk, sample: Sample, type_name: str) -> None:
    fill(desk, sample, type_name, sample.held, sample.held)
    checks = [
        make_warehouse_check(kind, options)
        for value in sample.equal[:1]
        for kind, options in (
            ("accepted", {"column": "v", "values": [value]}),
            ("range", {"column": "v", "min": value, "max": value}),
        )
        if kind == "accepted" or sample.has_range
    ]
    rows = desk.verify(*checks)

    desk.run(f"INSERT INTO DB.orders SELECT 3, {cast(sample.other, sample)}")
    others = desk.verify(*checks)

    assert [row["outcome"] for row in rows] == ["passed"] * len(rows)
    assert [row["outcome"] for row in others] == ["failed"] * len(rows)


@by_type
def test_unique_references_and_sums_tell_values_apart(desk: Desk, sample: Sample, type_name: str) -> None:
    fill(desk, sample, type_name, sample.held, sample.other)
    checks = [
        make_warehouse_check("unique", ["v"]),
        make_warehouse_check("references", {"column": "v", "table": "parts", "key": "v"}),
        make_warehouse_check("references", {"column": "v", "table": "orders", "key": "v"}, table="parts"),
        make_warehouse_check("sum_equals", {"column": "id", "table": "parts", "value": "id", "by": "v"}),
        make_warehouse_check("not_null", ["v"]),
    ]
    before = [row["outcome"] for row in desk.verify(*checks)]
    desk.run("INSERT INTO DB.orders SELECT 3, v FROM DB.orders WHERE id = 1")

    after = [row["outcome"] for row in desk.verify(*checks)]

    assert before == ["passed", "failed", "passed", "failed", "passed"]
    assert after == ["failed", "failed", "passed", "failed", "passed"]


NUMBERS = [(sample, type_name) for sample, type_name in WRAPPED if sample.is_number and "1e300" not in sample.held]


@pytest.mark.parametrize(("sample", "type_name"), NUMBERS, ids=lambda value: str(value)[:40])
def test_sums_are_exact(desk: Desk, sample: Sample, type_name: str) -> None:
    fill(desk, sample, type_name, sample.held)
    options: dict[str, Json] = {**API, "column": "v", "value": "$.v"}
    same, other = ([{"v": value}] for value in (sample.equal[0], sample.different[0]))

    of_items = [
        desk.verify_one("sum_equals", options, source=FakeSource({"listOrders": items})) for items in (same, other)
    ]
    of_table = desk.verify_one("sum_equals", {"column": "v", "table": "parts", "value": "v", "by": "id"})

    assert [row["outcome"] for row in of_items] == ["passed", "failed"]
    assert of_table["outcome"] == "passed"


@pytest.mark.parametrize(
    "values", [("1e300",), ("nan",), ("inf",), ("-inf",), ("1e-30",), ("1e38", "-1e38")], ids=lambda values: values[0]
)
def test_what_cannot_be_added_up_exactly_is_errored(desk: Desk, values: tuple[str, ...]) -> None:
    desk.run(
        "CREATE TABLE DB.orders (v Float64) ENGINE = Memory", *(f"INSERT INTO DB.orders VALUES ({v})" for v in values)
    )
    source = FakeSource({"listOrders": [{"v": 0}]})

    rows = [
        desk.verify_one("sum_equals", {**API, "column": "v", "value": "$.v"}, source=source),
        desk.verify_one("sum_equals", {"column": "v", "table": "orders", "value": "v"}),
    ]

    assert {(row["outcome"], row["message"]) for row in rows} == {
        ("errored", "cannot be added up: v has values that are too large, too small or not finite")
    }


@pytest.mark.parametrize(
    ("type_name", "kind", "options"),
    [
        ("Int32", "range", {"max": 99999999999}),
        ("Int32", "range", {"min": 0.5}),
        ("Int32", "range", {"min": "many"}),
        ("UInt8", "range", {"min": -1}),
        ("Decimal(9, 2)", "range", {"max": "0.001"}),
        ("Float32", "range", {"max": 1e300}),
        ("Date", "range", {"max": "2026-11-20T10:00:00Z"}),
        ("Date", "range", {"max": "2300-01-01"}),
        ("DateTime", "range", {"max": "2300-01-01"}),
        ("DateTime", "range", {"max": "9999-12-31"}),
        ("DateTime", "range", {"max": "2026-11-20T10:00:00.5Z"}),
        ("DateTime64(9)", "range", {"max": "9999-12-31"}),
        ("String", "range", {"max": 5}),
        ("UUID", "range", {"max": "a"}),
        ("Bool", "range", {"max": 1}),
        ("Array(UInt8)", "range", {"max": 1}),
        ("Int8", "accepted", {"values": [1, 128]}),
        ("Int8", "accepted", {"values": ["x"]}),
        ("Enum8('a' = 1)", "accepted", {"values": ["a", "b"]}),
        ("FixedString(2)", "accepted", {"values": ["abc"]}),
        ("DateTime", "accepted", {"values": ["2026-11-20"]}),
        ("Bool", "accepted", {"values": ["yes"]}),
        ("Array(UInt8)", "accepted", {"values": [1]}),
    ],
)
def test_value_of_a_contract_that_the_type_cannot_hold_is_errored(
    desk: Desk, type_name: str, kind: str, options: dict[str, Json]
) -> None:
    desk.run(f"CREATE TABLE DB.orders (v {type_name}) ENGINE = Memory", "INSERT INTO DB.orders VALUES (DEFAULT)")

    row = desk.verify_one(kind, {"column": "v", **options})

    assert row["outcome"] == "errored"
    assert str(row["message"]).startswith("v is ")


@pytest.mark.parametrize(
    ("type_name", "bounds", "outcome"),
    [
        ("DateTime('Europe/Moscow')", {"min": "2026-11-20", "max": "2026-11-20"}, "passed"),
        ("DateTime('UTC')", {"max": "2026-11-20"}, "failed"),
        ("DateTime('Europe/Moscow')", {"min": "2026-11-20T00:00:00"}, "passed"),
        ("DateTime('Europe/Moscow')", {"min": "2026-11-19T21:00:01Z"}, "failed"),
        ("DateTime64(3, 'Europe/Moscow')", {"max": "2026-11-20"}, "passed"),
    ],
)
def test_day_of_a_bound_is_a_whole_day_of_the_zone(
    desk: Desk, type_name: str, bounds: dict[str, Json], outcome: str
) -> None:
    desk.run(
        f"CREATE TABLE DB.orders (v {type_name}) ENGINE = Memory",
        "INSERT INTO DB.orders SELECT toDateTime('2026-11-19 21:00:00', 'UTC')",
        "INSERT INTO DB.orders SELECT toDateTime('2026-11-20 20:59:59', 'UTC')",
    )
    if type_name == "DateTime('UTC')":
        desk.run("INSERT INTO DB.orders SELECT toDateTime('2026-11-21 00:00:00', 'UTC')")

    row = desk.verify_one("range", {"column": "v", **bounds})

    assert row["outcome"] == outcome


UNKNOWN = ("AggregateFunction(sum, UInt32)", "Variant(String, UInt8)", "Dynamic")
COMPARING: tuple[tuple[str, Json], ...] = (
    ("unique", ["v"]),
    ("accepted", {"column": "v", "values": [1]}),
    ("range", {"column": "v", "min": 1}),
    ("matches", {"column": "v", "pattern": "x"}),
    ("references", {"column": "v", "table": "orders", "key": "v"}),
    ("freshness", {"column": "v", "within": "1h"}),
    ("sum_equals", {"column": "v", "table": "orders", "value": "v"}),
    ("reconcile", {**API, "key": "$.id", "column": "id", "compare": {"v": "$.v"}}),
    ("reconcile", {**API, "key": "$.id", "column": "v"}),
)


@pytest.mark.parametrize("type_name", UNKNOWN)
def test_type_that_cannot_be_compared_is_errored_and_its_neighbours_run(desk: Desk, type_name: str) -> None:
    desk.run(
        f"CREATE TABLE DB.orders (id UInt8, v {type_name}) ENGINE = Memory",
        "INSERT INTO DB.orders SELECT 1, " + ("sumState(toUInt32(1))" if "Agg" in type_name else "1::UInt8"),
    )
    checks = [make_warehouse_check(kind, options) for kind, options in COMPARING]
    checks += [make_warehouse_check("not_null", ["v"]), make_warehouse_check("unique", ["id"])]

    rows = desk.verify(*checks, source=FakeSource({"listOrders": [{"id": 1, "v": 1}]}))

    assert [row["outcome"] for row in rows] == ["errored"] * len(COMPARING) + ["passed"] * 2
    [message] = {row["message"] for row in rows[:-2]}
    assert message.startswith(f"v cannot be compared: the type {type_name}")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    list(itertools.permutations(("UInt8", "Int64", "Decimal(9, 2)", "Float32", "Float64", "String"), 2)),
)
def test_numbers_of_different_types_are_references_of_each_other(desk: Desk, ours: str, theirs: str) -> None:
    desk.run(
        f"CREATE TABLE DB.orders (v {ours}) ENGINE = Memory",
        f"CREATE TABLE DB.parts (v {theirs}) ENGINE = Memory",
        "INSERT INTO DB.orders VALUES (7)",
        "INSERT INTO DB.parts VALUES (7)",
    )
    options = {"column": "v", "table": "parts", "key": "v"}
    is_known = desk.verify_one("references", options)["outcome"]
    desk.run("INSERT INTO DB.orders VALUES (8)")

    assert (is_known, desk.verify_one("references", options)["outcome"]) == ("passed", "failed")


CHECKS: tuple[tuple[str, Json], ...] = (
    ("not_null", ["v"]),
    ("unique", ["v"]),
    ("accepted", {"column": "v", "values": ["a"]}),
    ("range", {"column": "v", "min": "a"}),
    ("matches", {"column": "v", "pattern": "a"}),
    ("references", {"column": "v", "table": "orders", "key": "v"}),
    ("reconcile", {**API, "key": "$.v", "column": "v"}),
    ("reconcile", {**API, "key": "$.v", "column": "v", "direction": "missing"}),
    ("reconcile", {**API, "key": "$.v", "column": "v", "direction": "extra"}),
    ("sum_equals", {**API, "column": "n", "value": "$.n"}),
    ("sum_equals", {"column": "n", "table": "orders", "value": "n"}),
    ("no_raw_pii", ["v"]),
    ("duplicate_backlog", {"ratio": 1}),
)


@pytest.mark.parametrize(("modifiers", "outcome"), [({}, "skipped"), ({"empty": "fail"}, "failed")])
@pytest.mark.parametrize(("kind", "options"), CHECKS)
def test_check_without_rows_has_found_nothing_out(
    desk: Desk, kind: str, options: Json, modifiers: dict[str, str], outcome: str
) -> None:
    desk.run("CREATE TABLE DB.orders (v String, n UInt8) ENGINE = ReplacingMergeTree ORDER BY v")

    row = desk.verify_one(kind, options, source=FakeSource({"listOrders": []}), **modifiers)

    assert (row["outcome"], row["message"]) == (outcome, "no rows to look at")


def test_contract_with_half_a_character_is_errored(desk: Desk) -> None:
    desk.run("CREATE TABLE DB.orders (v String) ENGINE = Memory", "INSERT INTO DB.orders VALUES ('a')")
    half = "\ud83d"
    kinds = [
        Accepted(column="v", values=(half,)),
        Range(column="v", least=None, most=half),
        Matches(column="v", pattern=half),
    ]
    check = make_warehouse_check("matches", {"column": "v", "pattern": "a"})

    rows = desk.verify(*(replace(check, kind=kind) for kind in kinds), check)

    assert [row["outcome"] for row in rows] == ["errored"] * 3 + ["passed"]
    assert {row["message"] for row in rows[:3]} == {"a text is not Unicode: it has half of a surrogate pair"}
