"""The checks of when something happened last; now is 2026-11-20 12:00 UTC, the engine's zone is the machine's."""

import pytest

from helpers.warehouse_desk import Desk

JOBS = (
    "CREATE TABLE DB.orders (job LowCardinality(String), started_at DateTime('UTC'), finished_at DateTime('UTC'), "
    "status LowCardinality(String)) ENGINE = MergeTree ORDER BY (job, started_at)"
)


@pytest.mark.parametrize(
    ("type_name", "value", "options", "outcome"),
    [
        ("DateTime('UTC')", "'2026-11-20 10:00:00'", {"within": "2h"}, "passed"),
        ("DateTime('UTC')", "'2026-11-20 09:59:59'", {"within": "2h"}, "failed"),
        ("DateTime('UTC')", "'2026-11-20 12:05:00'", {"within": "2h"}, "passed"),
        ("DateTime('UTC')", "'2026-11-20 12:05:01'", {"within": "2h"}, "failed"),
        ("DateTime", "'2026-11-20 15:00:00'", {"within": "1m", "timezone": "Europe/Moscow"}, "passed"),
        ("DateTime", "'2026-11-20 12:00:00'", {"within": "2h", "timezone": "Europe/Moscow"}, "failed"),
        ("DateTime('Europe/Moscow')", "'2026-11-20 15:00:00'", {"within": "1m"}, "passed"),
        ("DateTime64(3, 'UTC')", "'2026-11-20 11:59:30.500'", {"within": "1m"}, "passed"),
        ("DateTime64(3)", "'2026-11-20 14:59:30.500'", {"within": "1m", "timezone": "Europe/Moscow"}, "passed"),
        ("Date", "'2026-11-20'", {"within": "12h"}, "passed"),
        ("Date", "'2026-11-19'", {"within": "35h"}, "failed"),
        ("Date", "'2026-11-20'", {"within": "15h", "timezone": "Europe/Moscow"}, "passed"),
        ("Nullable(DateTime('UTC'))", "'2026-11-20 11:59:59'", {"within": "1m"}, "passed"),
        ("Nullable(DateTime('UTC'))", "NULL", {"within": "1m"}, "failed"),
        ("Nullable(Date)", "NULL", {"within": "1m", "timezone": "Europe/Moscow"}, "failed"),
        ("UInt64", "1795175940", {"within": "1m"}, "passed"),
        ("String", "'2026-11-20T14:59:59+03:00'", {"within": "1m"}, "passed"),
        ("String", "'2026-11-20 14:59:59'", {"within": "1m", "timezone": "Europe/Moscow"}, "passed"),
        ("String", "'yesterday'", {"within": "1m"}, "failed"),
        ("String", "'2026-11-20T14:59:59+03:00'), ('2026-11-20T13:00:00+05:00'", {"within": "1m"}, "passed"),
        ("DateTime('Europe/Moscow')", "'2026-11-20 15:00:00'", {"within": "1m", "timezone": "UTC"}, "passed"),
        ("DateTime('Fixed/UTC+03:00:00')", "'2026-11-20 15:00:00'", {"within": "1m"}, "passed"),
        ("DateTime64(3, 'UTC')", "'2026-11-20 12:05:00.001'", {"within": "1m"}, "failed"),
        ("DateTime64(9, 'UTC')", "'2026-11-20 11:59:59.999999999'", {"within": "1m"}, "passed"),
        ("DateTime64(3, 'UTC')", "'2150-01-01 00:00:00'", {"within": "1m"}, "failed"),
        ("DateTime64(3, 'UTC')", "'1955-01-01 00:00:00'", {"within": "1m"}, "failed"),
        ("Date32", "'1955-01-01'", {"within": "1m"}, "failed"),
        ("UInt64", "1795175940000", {"within": "1m"}, "errored"),
        ("Float64", "nan", {"within": "1m"}, "errored"),
        ("Float64", "1e300", {"within": "1m"}, "errored"),
        ("UUID", "generateUUIDv4()", {"within": "1m"}, "errored"),
    ],
)
def test_freshness_reads_each_type_as_the_moment_it_means(
    desk: Desk, type_name: str, value: str, options: dict[str, str], outcome: str
) -> None:
    desk.run(f"CREATE TABLE DB.orders (at {type_name}) ENGINE = Memory", f"INSERT INTO DB.orders VALUES ({value})")

    row = desk.verify_one("freshness", {"column": "at", **options})

    assert row["outcome"] == outcome


def test_freshness_of_other_numbers_says_where_their_form_is_told(desk: Desk) -> None:
    desk.run("CREATE TABLE DB.orders (at UInt64) ENGINE = Memory", "INSERT INTO DB.orders VALUES (1795175940000)")

    row = desk.verify_one("freshness", {"column": "at", "within": "1m"})

    assert row["message"] == (
        "the newest at is 1795175940000, which is not a time in Unix seconds; 'types' tells another form"
    )


def test_freshness_says_how_old_the_newest_value_is(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE DB.orders (at DateTime('UTC')) ENGINE = Memory",
        "INSERT INTO DB.orders VALUES ('2026-11-18 09:00:00')",
    )

    row = desk.verify_one("freshness", {"column": "at", "within": "48h"})

    assert row["actual"] == "2026-11-18T09:00:00Z"
    assert row["message"] == "the newest at is 2 days, 3:00:00 old, at most 48h expected"


@pytest.mark.parametrize(("modifiers", "outcome"), [({}, "skipped"), ({"empty": "fail"}, "failed")])
def test_freshness_of_an_empty_table_is_not_known(desk: Desk, modifiers: dict[str, str], outcome: str) -> None:
    desk.run("CREATE TABLE DB.orders (at DateTime('UTC')) ENGINE = Memory")

    row = desk.verify_one("freshness", {"column": "at", "within": "48h"}, **modifiers)

    assert (row["outcome"], row["actual"], row["message"]) == (outcome, None, "no rows to look at")


RUNS = {
    "ok": "('load', '2026-11-20 10:00:00', '2026-11-20 10:10:00', 'ok')",
    "later error": "('load', '2026-11-20 11:00:00', '2026-11-20 11:10:00', 'error')",
    "future": "('load', '2026-11-20 12:05:01', '2026-11-20 12:05:01', 'ok')",
    "nearly future": "('load', '2026-11-20 12:05:00', '2026-11-20 12:05:00', 'ok')",
    "long running": "('load', '2026-11-20 09:00:00', '2026-11-20 09:00:00', 'running')",
    "shortly running": "('load', '2026-11-20 11:30:00', '2026-11-20 11:30:00', 'running')",
    "running that ended": "('load', '2026-11-20 10:00:00', '2026-11-20 10:00:00', 'running')",
    "other job": "('sheets', '2026-11-20 11:00:00', '2026-11-20 11:10:00', 'error')",
}


@pytest.mark.parametrize(
    ("runs", "options", "outcome", "words"),
    [
        (["ok"], {}, "passed", ""),
        (["ok", "other job"], {}, "passed", ""),
        (["other job"], {}, "failed", "the job load has never run"),
        (["ok", "later error"], {}, "failed", "the last finished run is error, not ok"),
        (["ok", "later error"], {"status": "error"}, "passed", ""),
        (["nearly future"], {"within": "2h"}, "passed", ""),
        (["future"], {"within": "2h"}, "failed", "the last run starts 0:05:01 in the future"),
        (["future"], {}, "failed", "the last run starts 0:05:01 in the future"),
        (["ok"], {"within": "2h"}, "passed", ""),
        (["ok"], {"within": "1h"}, "failed", "the last run started 2:00:00 ago, at most 1h expected"),
        (["ok", "shortly running"], {"within": "1h", "running": "1h"}, "passed", ""),
        (["shortly running"], {"running": "1h"}, "failed", "no run has finished"),
        (["ok", "long running"], {"running": "1h"}, "failed", "1 runs are running for more than 1h"),
        (["ok", "long running"], {}, "passed", ""),
        (["ok", "running that ended"], {"running": "1h"}, "passed", ""),
    ],
)
def test_job_status_judges_the_last_runs(
    desk: Desk, runs: list[str], options: dict[str, str], outcome: str, words: str
) -> None:
    desk.run(JOBS, "INSERT INTO DB.orders VALUES " + ", ".join(RUNS[run] for run in runs))

    row = desk.verify_one("job_status", {"job": "load", **options})

    assert (row["outcome"], row["message"]) == (outcome, words)


def test_runs_of_one_second_are_told_apart_and_a_run_without_an_end_counts(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE DB.orders (job String, status LowCardinality(Nullable(String)), started_at DateTime64(3, 'UTC'), "
        "finished_at Nullable(DateTime64(3, 'UTC'))) ENGINE = Memory",
        "INSERT INTO DB.orders VALUES ('load', 'ok', '2026-11-20 10:00:00.100', '2026-11-20 10:00:00.500'), "
        "('load', 'error', '2026-11-20 10:00:00.900', NULL)",
    )

    row = desk.verify_one("job_status", {"job": "load"})

    assert (row["outcome"], row["message"]) == ("failed", "the last finished run is error, not ok")
    assert row["actual"]["runs"] == 2


def test_job_whose_start_is_not_a_time_is_errored(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE DB.orders (job String, status String, started_at UInt8, finished_at DateTime) ENGINE = Memory"
    )

    row = desk.verify_one("job_status", {"job": "load"})

    assert (row["outcome"], row["message"]) == (
        "errored",
        "started_at is UInt8, which is not a time; 'types' tells what a text holds",
    )


def test_job_status_says_what_it_saw(desk: Desk) -> None:
    desk.run(JOBS, f"INSERT INTO DB.orders VALUES {RUNS['ok']}")

    row = desk.verify_one("job_status", {"job": "load"})

    assert row["actual"] == {"runs": 1, "last_start": "2026-11-20T10:00:00Z", "last_status": "ok", "stuck": 0}


@pytest.mark.parametrize("type_name", ["Date", "DateTime", "DateTime64(3)", "Nullable(DateTime)"])
def test_table_without_rows_is_not_fresh_in_a_zone_east_of_greenwich(desk: Desk, type_name: str) -> None:
    desk.run(f"CREATE TABLE DB.orders (v {type_name}) ENGINE = Memory")

    options = {"column": "v", "within": "1h", "timezone": "Europe/Moscow"}

    row = desk.verify_one("freshness", options, empty="fail")

    assert (row["outcome"], row["message"]) == ("failed", "no rows to look at")
