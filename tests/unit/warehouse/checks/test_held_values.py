"""`types` of a table: what its texts and numbers hold, in every check that looks at values."""

from dataclasses import replace
from typing import Any

import pytest

from contracts_runner.model.json import Json
from contracts_runner.model.warehouse_values import Holding
from contracts_runner.project.contract.warehouse_contracts import read_warehouse_contract
from contracts_runner.reading.yaml_source import parse_yaml
from helpers.warehouse_desk import Desk, FakeSource, make_warehouse_check

# What is held, its type in the table, and its values: a text or a number -> the value that `accepted` names, None for
# one that is not what is said.
HELD: list[tuple[Holding, str, dict[str, Json]]] = [
    (Holding(type="UInt8"), "String", {"7": 7, "255": 255, " +7 ": 7, "256": None, "-1": None, "7.0": None, "x": None}),
    (Holding(type="Int64"), "String", {"-9223372036854775808": -(2**63), "9223372036854775808": None}),
    (
        Holding(type="Decimal(18,2)"),
        "LowCardinality(Nullable(String))",
        {
            "10.50": 10.5,
            "7": 7,
            "-0.010": -0.01,
            "1e2": 100,
            "10.505": None,
            "10,50": None,
            "n/a": None,
            "1" * 17: None,
        },
    ),
    (Holding(type="Decimal(76,0)"), "String", {"9" * 76: int("9" * 76), "9" * 77: None}),
    (Holding(type="Float64"), "String", {"0.1": 0.1, "1e300": 1e300, "-inf": "-inf", "0.1x": None, "1e400": None}),
    (Holding(type="Bool"), "FixedString(5)", {"true": True, "False": False, "1": True, "0": False, "yes": None}),
    (Holding(type="Bool"), "UInt8", {"1": True, "0": False, "2": None}),
    (
        Holding(type="Date"),
        "String",
        {"2026-03-01": "2026-03-01", "2026-02-31": None, "2026-03": None, "1969-12-31": None},
    ),
    (Holding(type="UUID"), "String", {"61F0C404-5CB3-11E7-907B-A6006AD3DBA0": "61f0c404-5cb3-11e7-907b-a6006ad3dba0"}),
    (
        Holding(type="DateTime64(3,'Europe/Moscow')"),
        "String",
        {
            "2026-03-01 13:00:00.25": "2026-03-01T10:00:00.25Z",
            "2026-03-01T10:00:00Z": "2026-03-01T10:00:00Z",
            "2026-03-01T10:00:00+0100": "2026-03-01T09:00:00Z",
            "2026-02-31 10:00:00": None,
            "2026-03-01 25:00:00": None,
            "2026": None,
        },
    ),
    (
        Holding(time="unix"),
        "Int64",
        {"1772359200": "2026-03-01T10:00:00Z", "-1": "1969-12-31T23:59:59Z", "1772359200000": None},
    ),
    (Holding(time="unix"), "Float64", {"1772359200.25": "2026-03-01T10:00:00.25Z"}),
    (Holding(time="unix"), "String", {"1772359200.000001": "2026-03-01T10:00:00.000001Z", "2026-03-01": None}),
    (Holding(time="unix_ms"), "UInt64", {"1772359200250": "2026-03-01T10:00:00.25Z", "18446744073709551615": None}),
    (
        Holding(time="rfc2822"),
        "String",
        {
            "Sun, 01 Mar 2026 13:00:00 +0300": "2026-03-01T10:00:00Z",
            "1 Mar 2026 10:00 GMT": "2026-03-01T10:00:00Z",
            "1 Mrz 2026 10:00 GMT": None,
        },
    ),
    (
        Holding(time="%d.%m.%Y %H:%M", timezone="Europe/Moscow"),
        "String",
        {
            "01.03.2026 13:00": "2026-03-01T10:00:00Z",
            "1.3.2026 0:05": "2026-02-28T21:05:00Z",
            "31.02.2026 13:00": None,
            "01.03.2026 24:00": None,
            "01.03.2026": None,
        },
    ),
    (
        Holding(time="%Y%m%dT%H%M%S.%f%z"),
        "String",
        {"20260301T100000.25+0300": "2026-03-01T07:00:00.25Z", "20260301T100000.5Z": "2026-03-01T10:00:00.5Z"},
    ),
    (
        Holding(time="%m/%d/%y %I:%M %p", timezone="UTC"),
        "String",
        {
            "03/01/26 12:30 am": "2026-03-01T00:30:00Z",
            "03/01/69 12:30 PM": "1969-03-01T12:30:00Z",
            "03/01/26 13:30 pm": None,
        },
    ),
    (
        Holding(time="%d %B %Y г."),
        "String",
        {"1 March 2026 г.": "2026-03-01", "1 Marz 2026 г.": "2026-03-01", "1 Xyz 2026 г.": None},
    ),
]


def check(desk: Desk, kind: str, options: Json, holding: Holding, *, source: Any = None) -> Any:
    made = replace(make_warehouse_check(kind, options), types={(None, "orders"): {"v": holding}})
    return desk.verify(made, source=source)[0]


@pytest.mark.parametrize(("holding", "actual", "values"), HELD, ids=[f"{held} in {kind}" for held, kind, _ in HELD])
def test_a_value_is_what_it_is_said_to_hold(desk: Desk, holding: Holding, actual: str, values: dict[str, Json]) -> None:
    desk.run(f"CREATE TABLE DB.orders (id UInt8, v {actual}) ENGINE = MergeTree ORDER BY id")
    for text, expected in values.items():
        desk.run("TRUNCATE TABLE DB.orders", f"INSERT INTO DB.orders VALUES (1, '{text}')")

        named = expected if expected is not None else next(iter(values.values()))
        row = check(desk, "accepted", {"column": "v", "values": [named]}, holding)

        assert (text, row["outcome"]) == (text, "passed" if expected is not None else "errored"), row["message"]
        if expected is None:
            assert "v holds" in row["message"]


@pytest.fixture
def table(desk: Desk) -> Desk:
    desk.run(
        """CREATE TABLE DB.orders (id String, v Nullable(String), sold String, ms Int64, n UInt8, price String)
            ENGINE = ReplacingMergeTree(n) ORDER BY id""",
        """INSERT INTO DB.orders VALUES
        ('1', '20.11.2026 14:30', '2026-11-20', 1795174200000, 2, '9'), ('2', NULL, '', 0, 1, '10.50')""",
        "INSERT INTO DB.orders VALUES ('1', 'replaced', 'replaced', 0, 1, 'replaced')",
    )
    return desk


MOSCOW = Holding(time="%d.%m.%Y %H:%M", timezone="Europe/Moscow")
TYPES = {
    "v": MOSCOW,
    "sold": Holding(type="Date"),
    "ms": Holding(time="unix_ms"),
    "price": Holding(type="Decimal(9,2)"),
}


@pytest.mark.parametrize(
    ("kind", "options", "outcome"),
    [
        ("range", {"column": "price", "min": 9, "max": 10.5}, "passed"),  # as texts, '10.50' is below '9'
        ("range", {"column": "price", "max": 10.49}, "failed"),
        ("range", {"column": "price", "max": 10.505}, "errored"),
        ("range", {"column": "v", "min": "2026-11-20T11:30:00Z", "max": "2026-11-20"}, "passed"),
        ("range", {"column": "v", "min": "2026-11-20T11:30:01Z"}, "failed"),
        ("range", {"column": "sold", "min": "2026-11-20", "max": "2026-11-20"}, "passed"),
        ("range", {"column": "ms", "min": "1970-01-01", "max": "2026-11-20"}, "passed"),
        ("accepted", {"column": "sold", "values": ["2026-11-20"]}, "passed"),  # an empty text is NULL, which passes
        ("freshness", {"column": "v", "within": "30m"}, "passed"),
        ("freshness", {"column": "v", "within": "29m"}, "failed"),
        ("freshness", {"column": "ms", "within": "30m"}, "passed"),
        ("freshness", {"column": "sold", "within": "13h", "timezone": "UTC"}, "passed"),
        ("references", {"column": "price", "table": "facts", "key": "total"}, "passed"),
        ("not_null", ["sold"], "failed"),
        ("sum_equals", {"column": "price", "table": "facts", "value": "total"}, "passed"),
        ("sum_equals", {"column": "n", "table": "facts", "value": "n", "by": {"price": "total"}}, "passed"),
    ],
)
def test_every_check_of_values_looks_at_what_is_held(table: Desk, kind: str, options: Json, outcome: str) -> None:
    table.run(
        "CREATE TABLE DB.facts (total String, n UInt8) ENGINE = MergeTree ORDER BY n",
        "INSERT INTO DB.facts VALUES ('09.0', 2), ('10.5', 1)",
    )
    types = {(None, "orders"): TYPES, (None, "facts"): {"total": Holding(type="Decimal(9,4)")}}

    row = table.verify(replace(make_warehouse_check(kind, options), types=types))[0]

    assert row["outcome"] == outcome, row["message"]


@pytest.mark.parametrize(
    ("kind", "options", "outcome"),
    [
        ("reconcile", {"compare": {"price": "$.price", "v": "$.at", "ms": "$.at", "sold": "$.day"}}, "passed"),
        ("reconcile", {"compare": {"price": "$.price"}, "tolerance": {"absolute": 0.01}}, "passed"),
        ("reconcile", {"compare": {"v": "$.wrong"}}, "failed"),
        ("reconcile", {"key": "$.price", "column": "price"}, "passed"),
        ("sum_equals", {"column": "price", "value": "$.price", "by": {"sold": "$.day"}}, "passed"),
        ("sum_equals", {"column": "price", "value": "$.price", "by": {"ms": "$.at"}}, "passed"),
        ("sum_equals", {"column": "price", "value": "$.id"}, "failed"),
    ],
)
def test_what_is_held_is_compared_with_the_api(table: Desk, kind: str, options: dict[str, Json], outcome: str) -> None:
    key = {"key": "$.id", "column": "id"} if kind == "reconcile" else {}
    items = [
        {"id": 1, "price": 9.0, "at": "2026-11-20T11:30:00.000Z", "day": "2026-11-20", "wrong": "2026-11-20T14:30:00Z"},
        {"id": 2, "price": "10.5", "at": None, "day": None, "wrong": None},
    ]
    table.run(
        "ALTER TABLE DB.orders MODIFY COLUMN ms Nullable(Int64)",
        "INSERT INTO DB.orders VALUES ('2', NULL, '', NULL, 9, '10.50')",
    )
    made = make_warehouse_check(kind, {"operation": "listOrders", "rows": "$.data[*]", **key, **options})

    row = table.verify(replace(made, types={(None, "orders"): TYPES}), source=FakeSource({"listOrders": items}))[0]

    assert row["outcome"] == outcome, row


def test_the_first_text_of_another_form_is_named_and_other_checks_go_on(table: Desk) -> None:
    table.run("INSERT INTO DB.orders VALUES ('3', 'вчера', '', 0, 1, ''), ('4', 'завтра', '', 0, 1, '')")
    types = {(None, "orders"): TYPES}
    ranged = replace(make_warehouse_check("range", {"column": "v", "min": "2026-01-01"}), types=types)
    unique = replace(make_warehouse_check("unique", ["id"]), types=types)

    errored, passed = table.verify(ranged, unique)

    assert errored["outcome"] == "errored"
    assert errored["message"] == "v holds 'вчера', which is not a time in the form %d.%m.%Y %H:%M; 2 in all"
    assert passed["outcome"] == "passed"


def test_a_time_that_nobody_says_the_zone_of_is_errored(table: Desk) -> None:
    row = check(table, "range", {"column": "v", "min": "2026-01-01"}, Holding(time="%d.%m.%Y %H:%M"))

    assert row["message"] == "v has times without a zone: its 'types' needs 'timezone'"
    assert (
        check(
            table,
            "freshness",
            {"column": "v", "within": "30m", "timezone": "Europe/Moscow"},
            Holding(time="%d.%m.%Y %H:%M"),
        )["outcome"]
        == "passed"
    )


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("types: {p: 'Decimel(9,2)'}", "'Decimel(9,2)' is no type that a text can hold; Did you mean 'Decimal'?"),
        (
            "types: {p: Decimal(9,2)}",
            "'Decimal(9' is not whole; between braces a comma ends it: put the type in quotes",
        ),
        ("types: {p: Decimal}", "'Decimal' is not a type; write Decimal(18, 2)"),
        ("types: {p: 'Decimal(2,3)'}", "'Decimal(2,3)' has more digits after the point than it has"),
        ("types: {p: Text}", "'Text' is no type that a text can hold"),
        ("types: {p: {tme: unix}}", "Did you mean 'time'?"),
        ("types: {p: {time: unix_mss}}", "Did you mean 'unix_ms'?"),
        ("types: {p: {time: unix, timezone: UTC}}", "a time in the form unix says itself where it is"),
        ("types: {p: {time: '%d.%m.%Y %H:%M', timezone: Europe/Moskow}}", "'Europe/Moskow' is not a time zone"),
        ("types: {prise: UInt8}, columns: {price: String}", "'columns' has no column 'prise' Did you mean 'price'?"),
        ("typs: {p: UInt8}", "Did you mean 'types'?"),
    ],
)
def test_mistakes_are_told(written: str, told: str) -> None:
    _, problems = read_warehouse_contract(parse_yaml(f"warehouse: s\ntables: {{t: {{{written}}}}}", "w.yaml"))

    assert told in " ".join(f"{problem.message} {problem.hint}" for problem in problems)


def test_where_looks_at_what_is_held(table: Desk) -> None:
    made = make_warehouse_check("row_count", {"min": 1, "max": 1}, where={"price": {"min": 10}})

    assert table.verify(replace(made, types={(None, "orders"): TYPES}))[0]["outcome"] == "passed"


# State of an aggregate function, what is added to it, what it holds, a kind with options, its outcome.
STATES = [
    ("sum, UInt64", "sumState(toUInt64(number))", "UInt64", "range", {"column": "v", "min": 3, "max": 3}, "passed"),
    ("sum, UInt64", "sumState(toUInt64(number))", "UInt8", "accepted", {"column": "v", "values": [4]}, "failed"),
    ("sum, UInt64", "sumState(toUInt64(number * 300))", "UInt8", "range", {"column": "v", "min": 0}, "errored"),
    ("avg, UInt64", "avgState(toUInt64(number))", "Float64", "accepted", {"column": "v", "values": [1]}, "passed"),
    ("max, DateTime('UTC')", "maxState(toDateTime('2026-11-20 11:00:00', 'UTC'))", "DateTime('UTC')", "freshness",
     {"column": "v", "within": "1h"}, "passed"),
    ("any, String", "anyState('a@example.com')", "String", "no_raw_pii", ["v"], "failed"),
    ("any, String", "anyState('abc')", "String", "matches", {"column": "v", "pattern": "^abc$"}, "passed"),
    ("any, String", "anyState('')", "String", "not_null", ["v"], "failed"),
    ("any, String", "anyState('abc')", "String", "unique", ["v"], "passed"),
    ("sum, Decimal(9, 2)", "sumState(toDecimal32(number, 2))", "Decimal(38,2)", "sum_equals",
     {"column": "v", "table": "facts", "value": "n"}, "passed"),
    ("sum, UInt64", "sumState(toUInt64(number))", "UInt64", "references", {"column": "v", "table": "facts", "key": "n"},
     "passed"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "state", "held", "kind", "options", "outcome"), STATES)
def test_a_state_of_an_aggregate_function_holds_what_it_comes_to(
    desk: Desk, function: str, state: str, held: str, kind: str, options: Any, outcome: str
) -> None:
    desk.run(
        "CREATE TABLE DB.facts (n UInt64) ENGINE = Memory",
        "INSERT INTO DB.facts VALUES (3)",
        f"CREATE TABLE DB.orders (id UInt8, v AggregateFunction({function})) ENGINE = AggregatingMergeTree ORDER BY id",
        f"INSERT INTO DB.orders SELECT 1, {state} FROM numbers(2)",
        f"INSERT INTO DB.orders SELECT 1, {state} FROM numbers(2, 1)",
    )

    asked = check(desk, kind, options, Holding(type=held))
    plain = desk.verify_one(kind, options)

    assert asked["outcome"] == outcome, asked["message"]
    assert (plain["outcome"], "cannot be compared" in plain["message"]) == (
        ("passed", False) if kind == "not_null" else ("errored", True)
    )


@pytest.mark.parametrize("actual", ["Variant(String, UInt8)", "Dynamic"])
def test_values_of_several_types_hold_what_is_said(desk: Desk, actual: str) -> None:
    desk.run(
        "SET allow_experimental_variant_type = 1, allow_experimental_dynamic_type = 1",
        f"CREATE TABLE DB.orders (id UInt8, v {actual}) ENGINE = MergeTree ORDER BY id",
        "INSERT INTO DB.orders SELECT 1, 5::UInt8",
        "INSERT INTO DB.orders SELECT 2, '5.0'",
        "INSERT INTO DB.orders SELECT 3, NULL",
    )

    row = check(desk, "accepted", {"column": "v", "values": [5]}, Holding(type="Decimal(9,2)"))

    assert row["outcome"] == "passed", row["message"]


@pytest.mark.parametrize(
    ("kind", "options", "holding", "values", "outcome"),
    [
        ("not_null", ["v"], Holding(type="Date"), ["2026-11-20", " \t"], "failed"),
        ("not_null", ["v"], Holding(type="Date"), ["2026-11-20"], "passed"),
        ("not_null", ["v"], Holding(type="Date"), ["2026-11-31"], "errored"),
        ("unique", ["v"], Holding(type="Decimal(9,2)"), ["1.0", "1.00"], "failed"),
        ("unique", ["v"], Holding(type="Decimal(9,2)"), ["1.0", "1.01"], "passed"),
        ("unique", ["v"], Holding(type="Decimal(9,2)"), ["", " "], "passed"),
        ("unique", ["v"], Holding(type="Decimal(9,2)"), ["x"], "errored"),
        ("matches", {"column": "v", "pattern": "^[0-9.]+$"}, Holding(type="Decimal(9,2)"), [" 1.0 ", ""], "passed"),
        ("matches", {"column": "v", "pattern": "^[0-9]+$"}, Holding(type="Decimal(9,2)"), ["1.0"], "failed"),
        ("matches", {"column": "v", "pattern": "."}, Holding(type="Decimal(9,2)"), ["x"], "errored"),
        ("no_raw_pii", ["v"], Holding(type="Decimal(9,2)"), ["a@example.com"], "failed"),
    ],
)
def test_checks_of_texts_know_what_they_hold(
    desk: Desk, kind: str, options: Any, holding: Holding, values: list[str], outcome: str
) -> None:
    desk.run(
        "CREATE TABLE DB.orders (v String) ENGINE = Memory",
        "INSERT INTO DB.orders VALUES " + ", ".join(f"('{value}')" for value in values),
    )

    row = check(desk, kind, options, holding)

    assert row["outcome"] == outcome, row["message"]


@pytest.mark.parametrize(
    ("holding", "start", "end", "outcome"),
    [
        (Holding(time="unix"), "'1795175400'", "'1795175700'", "passed"),  # 11:50 and 11:55
        (Holding(time="unix"), "'1795169400'", "''", "failed"),  # 10:10
        (MOSCOW, "'20.11.2026 14:50'", "'20.11.2026 14:55'", "passed"),
        (MOSCOW, "'soon'", "'20.11.2026 14:55'", "errored"),
        (Holding(type="Date"), "'2026-11-20'", "'2026-11-20'", "errored"),
    ],
)
def test_the_times_of_jobs_are_what_they_are_said_to_be(
    desk: Desk, holding: Holding, start: str, end: str, outcome: str
) -> None:
    desk.run(
        "CREATE TABLE DB.orders (job String, status String, started_at String, finished_at String) ENGINE = Memory",
        f"INSERT INTO DB.orders VALUES ('load', 'ok', {start}, {end})",
    )
    made = make_warehouse_check("job_status", {"job": "load", "within": "1h"})
    types = {(None, "orders"): {"started_at": holding, "finished_at": holding}}

    row = desk.verify(replace(made, types=types))[0]

    assert row["outcome"] == outcome, row["message"]
