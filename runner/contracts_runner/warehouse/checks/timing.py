"""Checks of when something happened last: freshness, job_status."""

from datetime import UTC, datetime, timedelta

from contracts_runner.model.warehouse_kinds import Freshness, JobStatus
from contracts_runner.warehouse.checks.context import CheckContext, Finding, judge
from contracts_runner.warehouse.columns import Kind, build_column

# Clocks differ; more than this is a wrong time zone rather than a fast clock.
FUTURE_SECONDS = 300
_RUNNING = "running"


def check_freshness(context: CheckContext, kind: Freshness) -> Finding:
    """The newest value is at most `within` old, and at most five minutes in the future.

    A plain DateTime is read in the server's zone unless `timezone` says whose wall clock it shows. A Date is the
    beginning of its day; a whole number is Unix seconds, as `_ver` often is; a String is ISO 8601, in UTC without
    `timezone`.
    """
    column = build_column(kind.column, context.find_types())
    rows, newest = context.select(
        f"SELECT count(), {_newest_sql(column.kind, kind.timezone is not None)} FROM {context.rows}",
        c=column.name,
        **({"tz": kind.timezone} if kind.timezone else {}),
    )[0]
    expected = {"column": column.name, "within": kind.within.text}
    if rows == 0 or newest is None:
        return judge(False, expected=expected, actual=None, message=f"there is no {column.name}: {rows} rows")
    age = context.clock().timestamp() - newest
    message = ""
    if age < -FUTURE_SECONDS:
        message = f"the newest {column.name} is {_render_span(-age)} in the future"
    elif age > kind.within.seconds:
        message = f"the newest {column.name} is {_render_span(age)} old, at most {kind.within} expected"
    return judge(not message, expected=expected, actual=_render_moment(newest), message=message)


def _newest_sql(kind: Kind, has_zone: bool) -> str:
    """Return SQL for the newest value in Unix seconds."""
    if kind is Kind.NUMBER:
        return "toInt64(max({c:Identifier}))"
    if kind is Kind.TEXT or has_zone:
        zone = "{tz:String}" if has_zone else "'UTC'"
        # Not toUnixTimestamp, which cannot be below zero: the zero day of an empty table began before it in Moscow.
        return (
            "intDiv(toUnixTimestamp64Milli(\n"
            f"  parseDateTime64BestEffortOrNull(toString(max({{c:Identifier}})), 3, {zone})), 1000)"
        )
    return "toUnixTimestamp(max({c:Identifier}))"


def check_job_status(context: CheckContext, kind: JobStatus) -> Finding:
    """The job's last finished run has `status` (ok), its last run started at most `within` ago, and none is stuck.

    The table has the columns job, status, started_at and finished_at. A run is its start: a row `running` that has a
    later row with the same start is over. A run that is `running` for longer than `running` is stuck, however many
    came after it; without that option a running one is never stuck.
    """
    now = context.clock().timestamp()
    oldest = int(now - kind.running.seconds) if kind.running else 0
    runs, started, finished, status, stuck = context.select(
        "SELECT count(), max(_start_), countIf(NOT _running_), argMaxIf(_status_, _start_, NOT _running_),\n"
        "  countIf(_running_ AND _start_ < {oldest:Int64}) FROM (\n"
        "  SELECT toUnixTimestamp(started_at) AS _start_,\n"
        f"    countIf(toString(status) != '{_RUNNING}') = 0 AS _running_,\n"
        f"    argMaxIf(toString(status), finished_at, toString(status) != '{_RUNNING}') AS _status_\n"
        f"  FROM {context.rows} WHERE toString(job) = {{job:String}} GROUP BY _start_\n"
        ")",
        job=kind.job,
        oldest=oldest,
    )[0]
    message = _judge_runs(kind, runs=runs, age=now - started, finished=finished, status=status, stuck=stuck)
    actual = {
        "runs": runs,
        "last_start": _render_moment(started) if runs else None,
        "last_status": status if finished else None,
        "stuck": stuck,
    }
    return judge(
        not message, expected={**context.check.expected, "status": kind.status}, actual=actual, message=message
    )


def _judge_runs(kind: JobStatus, *, runs: int, age: float, finished: int, status: str, stuck: int) -> str:
    if runs == 0:
        return f"the job {kind.job} has never run"
    problems = []
    if stuck:
        problems.append(f"{stuck} runs are {_RUNNING} for more than {kind.running}")
    if not finished:
        problems.append("no run has finished")
    elif status != kind.status:
        problems.append(f"the last finished run is {status}, not {kind.status}")
    if kind.within and age > kind.within.seconds:
        problems.append(f"the last run started {_render_span(age)} ago, at most {kind.within} expected")
    return "; ".join(problems)


def _render_moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _render_span(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
