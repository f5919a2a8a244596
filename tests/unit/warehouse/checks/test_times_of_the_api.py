"""Times that the API does not write in ISO 8601: `times` of reconcile and sum_equals."""

from datetime import date, timedelta
from typing import Any

import pytest

from contracts_runner.model.json import Json
from contracts_runner.project.contract.warehouse_contracts import read_warehouse_contract
from contracts_runner.reading.yaml_source import parse_yaml
from contracts_runner.warehouse.api_times import read_api_time
from contracts_runner.warehouse.times import parse_day, parse_time
from helpers.warehouse_desk import Desk, FakeSource

OPTIONS: dict[str, Json] = {"operation": "listOrders", "rows": "$.data[*]"}


@pytest.mark.parametrize(
    ("form", "value", "expected"),
    [
        ("unix", 1772359200, "2026-03-01T10:00:00.000000000Z"),
        ("unix", "1772359200.25", "2026-03-01T10:00:00.250000000Z"),
        ("unix", -0.5, "1969-12-31T23:59:59.500000000Z"),
        ("unix_ms", 1772359200001, "2026-03-01T10:00:00.001000000Z"),
        ("unix", 1772359200000, None),  # milliseconds, by their size
        ("unix", True, None),
        ("unix", "2026-03-01T10:00:00Z", None),
        ("unix", 1e300, None),
        ("rfc2822", "Sun, 01 Mar 2026 13:00:00 +0300", "2026-03-01T13:00:00+0300"),
        ("rfc2822", "1 Mar 2026 10:00 GMT", "2026-03-01T10:00:00Z"),
        ("rfc2822", "Sun, 01 Mrz 2026 13:00:00 +0300", None),
        ("rfc2822", 1772359200, None),
        ("%d.%m.%Y", "01.03.2026", "2026-03-01"),
        ("%d.%m.%Y", "31.02.2026", None),
        ("%d.%m.%Y", "01.03.2026 10:00", None),
        ("%d.%m.%Y %H:%M", " 1.3.2026 9:05 ", "2026-03-01T09:05:00"),
        ("%Y%m%dT%H%M%S%z", "20260301T100000Z", "2026-03-01T10:00:00Z"),
        ("%Y%m%dT%H%M%S.%f%z", "20260301T100000.25+0300", "2026-03-01T10:00:00.25+0300"),
        ("%m/%d/%y %I:%M %p", "03/01/26 12:30 am", "2026-03-01T00:30:00"),
        ("%d %B %Y г. 100%%", "1 March 2026 г. 100%", "2026-03-01"),
    ],
)
def test_a_time_is_read_in_its_form(form: str, value: Json, expected: str | None) -> None:
    assert read_api_time(form, value) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T07:15:00Z",
        "2026-11-20 10:15:00.0+03:00",
        "20261120T071500Z",
        "20261120T101500+0300",
        "20261120T0715Z",
        "2026-W47-5T07:15:00Z",
        "2026W475T071500,000Z",
    ],
)
def test_all_forms_of_iso_8601_are_one_time(text: str) -> None:
    time = parse_time(text)

    assert time is not None
    assert time.count_ticks(0, shift=time.offset or timedelta()) == 1795158900


@pytest.mark.parametrize("text", ["2026-11-20", "20261120", "2026-W47-5", "2026W475"])
def test_all_forms_of_a_day_are_one_day(text: str) -> None:
    assert parse_day(text) == date(2026, 11, 20)


@pytest.mark.parametrize("text", ["20261320T071500Z", "2026W605T0715Z", "2026112T0715Z", "20261120T07150Z", "202611"])
def test_digits_that_are_no_time_are_none(text: str) -> None:
    assert parse_time(text) is None
    assert parse_day(text) is None


@pytest.fixture
def table(desk: Desk) -> Desk:
    desk.run(
        "CREATE TABLE DB.orders (id UInt8, at DateTime64(3, 'UTC'), day Date, n UInt8) ENGINE = MergeTree ORDER BY id",
        "INSERT INTO DB.orders VALUES (1, '2026-03-01 10:00:00.250', '2026-03-01', 5)",
    )
    return desk


def reconcile(desk: Desk, item: dict[str, Json], **options: Json) -> Any:
    options = {**OPTIONS, "key": "$.id", "column": "id", **options}
    return desk.verify_one("reconcile", options, source=FakeSource({"listOrders": [{"id": 1, **item}]}))


@pytest.mark.parametrize(
    ("column", "form", "value", "options", "outcome"),
    [
        ("at", "unix", 1772359200.25, {}, "passed"),
        ("at", "unix_ms", "1772359200250", {}, "passed"),
        ("at", "unix_ms", 1772359200251, {}, "failed"),
        ("at", "unix_ms", None, {}, "failed"),
        ("at", "%d.%m.%Y %H:%M:%S.%f", "01.03.2026 13:00:00.25", {"timezone": "Europe/Moscow"}, "passed"),
        ("at", "%d.%m.%Y %H:%M:%S.%f", "01.03.2026 13:00:00.25", {}, "errored"),
        ("day", "%d.%m.%Y", "01.03.2026", {}, "passed"),
        ("day", "rfc2822", "Mon, 02 Mar 2026 00:30:00 +1400", {"timezone": "UTC"}, "passed"),
        ("day", "%d.%m.%Y", "02.03.2026", {}, "failed"),
        ("day", "%d.%m.%Y", "2026-03-01", {}, "errored"),
    ],
)
def test_reconcile_reads_times_as_told(
    table: Desk, column: str, form: str, value: Json, options: dict[str, Json], outcome: str
) -> None:
    row = reconcile(table, {"t": value}, compare={column: "$.t"}, times={"$.t": form}, **options)

    assert row["outcome"] == outcome


def test_a_value_of_another_form_is_named(table: Desk) -> None:
    row = reconcile(table, {"t": "yesterday"}, compare={"at": "$.t"}, times={"$.t": "unix"})

    assert row["message"] == "item 1 of listOrders: the value at $.t is not a time in the form unix"


def test_the_age_and_the_key_of_an_item_are_read_as_told(table: Desk) -> None:
    lately = {"id": 2, "t": 1795174200, "d": "02.03.2026"}  # within half an hour of the tests' NOW
    aged = reconcile(table, lately, changed="$.t", within="1h", times={"$.t": "unix"}, direction="missing")
    keyed = reconcile(table, lately, key="$.d", column="day", times={"$.d": "%d.%m.%Y"}, direction="missing")

    assert (aged["outcome"], aged["actual"]["young"]) == ("passed", 1)
    assert keyed["actual"]["sample"] == {"missing": ["2026-03-02"]}


@pytest.mark.parametrize("by", [["day"], {"day": "$.day"}])
def test_the_groups_of_a_sum_are_read_as_told(table: Desk, by: Json) -> None:
    options = {**OPTIONS, "column": "n", "value": "$.n", "by": by, "times": {"$.day": "%d.%m.%Y"}}

    row = table.verify_one("sum_equals", options, source=FakeSource({"listOrders": [{"n": 5, "day": "01.03.2026"}]}))

    assert row["outcome"] == "passed"


@pytest.mark.parametrize(
    ("times", "message", "hint"),
    [
        ("{$.created: unixms}", "'unixms' is no form of a time", "Did you mean 'unix_ms'?"),
        ("{$.created: '%H:%M'}", "'%H:%M' gives no day: it needs %Y or %y", ""),
        ("{$.created: '%Y-%m-%d %d'}", "'%Y-%m-%d %d' has a part of a time twice: %d", ""),
        ("{$.created: '%Y-%m-%q'}", "'%q' is not a part of a time that can be read", "known: %Y"),
        ("{$.created: '%Y-%m-%d %M'}", "has a part of the clock without %H", ""),
        ("{$.created: '%Y-%m-%d %I'}", "has one of %I and %p without the other", ""),
        ("{$.creatd: unix}", "the check reads no time at '$.creatd'", "Did you mean '$.created'?"),
    ],
)
@pytest.mark.parametrize(
    "kind", ["reconcile: {key: $.id, compare: {at: $.created}", "sum_equals: {value: $.n, by: [created]"]
)
def test_mistakes_are_told(kind: str, times: str, message: str, hint: str) -> None:
    check = f"{{id: W, {kind}, operation: l, rows: $.d, column: id, times: {times}}}}}"

    _, problems = read_warehouse_contract(parse_yaml(f"warehouse: s\ntables: {{t: {{checks: [{check}]}}}}", "w.yaml"))

    told = "; ".join(f"{problem.message} {problem.hint}" for problem in problems)
    assert message in told
    assert hint in told
