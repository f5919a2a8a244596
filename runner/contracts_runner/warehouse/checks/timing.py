"""Checks of when something happened last: freshness, job_status."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.warehouse_kinds import Freshness, FreshnessOfItems, JobStatus
from contracts_runner.warehouse.checks.api import check_against_api, find_instant
from contracts_runner.warehouse.checks.context import FUTURE_SECONDS, CheckContext, Finding, judge
from contracts_runner.warehouse.column_types import NUMBERS, Kind
from contracts_runner.warehouse.columns import Column
from contracts_runner.warehouse.errors import CannotJudgeError
from contracts_runner.warehouse.times import find_offset, find_zone

_RUNNING = "running"
_DAY_SECONDS = 86_400
# The last second of the year 9999: a larger number is not in seconds.
_LAST_SECOND = 253_402_300_799


def check_freshness(context: CheckContext, kind: Freshness) -> Finding:
    """The newest value is at most `within` old, and at most five minutes in the future.

    A plain DateTime is read in the server's zone unless `timezone` says whose wall clock it shows. A Date is the
    beginning of its day; a whole number is Unix seconds, as `_ver` often is; a String is ISO 8601, in UTC without
    `timezone`.
    """
    rows, moment = _find_newest(context, kind.column, kind.timezone)
    expected = {"column": kind.column, **({"within": kind.within.text} if kind.within else {})}
    if moment is None:
        message = f"there is no {kind.column}: {rows} rows"
        return judge(False, expected=expected, actual=None, message=message, looked_at=rows)
    age = context.clock().timestamp() - moment
    message = ""
    if age < -FUTURE_SECONDS:
        message = f"the newest {kind.column} is {_render_span(-age)} in the future"
    elif kind.within and age > kind.within.seconds:
        message = f"the newest {kind.column} is {_render_span(age)} old, at most {kind.within} expected"
    return judge(
        not message,
        expected=expected,
        actual=_render_moment(moment),
        message=message,
        looked_at=rows,
        figure=Decimal(round(max(age, 0))),
    )


def check_freshness_of_items(context: CheckContext, kind: FreshnessOfItems) -> Finding:
    """The newest value is at most `within` older than the newest item of the API, and not in the future.

    Columns are read as for `freshness`. An item without a time says nothing.
    """
    return check_against_api(context, kind.asks, lambda items: _compare_with_items(context, kind, items))


def _compare_with_items(context: CheckContext, kind: FreshnessOfItems, items: Iterator[Json]) -> Finding:
    number, theirs = _find_newest_item(kind, items)
    rows, ours = _find_newest(context, kind.column, kind.asks.timezone)
    operation = kind.asks.operation
    if theirs is None and number:
        raise CannotJudgeError(f"no item of {operation} has a time at {kind.changed}")
    expected = {**context.check.expected, "newest": None if theirs is None else _render_moment(theirs)}
    actual = None if ours is None else _render_moment(ours)
    if theirs is None:
        message = f"{operation} lists no item: nothing to compare with" if rows else ""
        return Finding(outcome=Outcome.SKIPPED, expected=expected, actual=actual, message=message, looked_at=rows)
    message = ""
    if ours is None:
        message = f"there is no {kind.column}: {rows} rows, {operation} has {number} items"
    elif (ahead := ours - max(theirs, context.clock().timestamp())) > FUTURE_SECONDS:
        message = f"the newest {kind.column} is {_render_span(ahead)} in the future"
    elif theirs - ours > kind.within.seconds:
        behind = f"{_render_span(theirs - ours)} behind the newest item of {operation}"
        message = f"the newest {kind.column} is {behind}, at most {kind.within} expected"
    return judge(not message, expected=expected, actual=actual, message=message, looked_at=rows + number)


def _find_newest_item(kind: FreshnessOfItems, items: Iterator[Json]) -> tuple[int, float | None]:
    """Return the number of items, and the Unix seconds of the newest, None where none has a time."""
    newest, number = None, 0
    for number, item in enumerate(items, start=1):
        try:
            moment = find_instant(kind.asks, kind.changed, item)
        except CannotJudgeError as problem:
            raise CannotJudgeError(f"item {number} of {kind.asks.operation}: {problem}") from problem
        if moment is not None and (newest is None or moment > newest):
            newest = moment
    return number, newest


def _find_newest(context: CheckContext, name: str, timezone: str | None) -> tuple[int, float | None]:
    """Return the number of rows, and the Unix seconds of the newest value, None where there is none."""
    column = context.build_column(name, zone=timezone)
    rows, newest = context.select(
        f"SELECT count(), {_newest_sql(column)} FROM {context.rows}",
        c=column,
        **({"tz": timezone or "UTC"} if column.type.kind is Kind.STRING else {}),
    )[0]
    return rows, _find_moment(context, column, newest) if rows and newest is not None else None


def _newest_sql(column: Column) -> str:
    """Return SQL for the newest value: ticks of a time, microseconds of a text, days of a date, a number."""
    match column.type.kind:
        case Kind.TIME:
            return f"max({column.sql_ticks('{c:Identifier}')})"
        case Kind.STRING:
            # Each is read before the newest is chosen: texts with different offsets have another order.
            return (
                "max(toUnixTimestamp64Micro(\n"
                "  parseDateTime64BestEffortOrNull(toString({c:Identifier}), 6, {tz:String})))"
            )
        case Kind.DATE:
            return "max(toInt32({c:Identifier}))"
        case kind if kind in NUMBERS:
            return "max({c:Identifier})"
    raise CannotJudgeError(f"{column.name} is {column.type.name}, which is not a time")


def _find_moment(context: CheckContext, column: Column, newest: int | float) -> float:
    """Return the Unix seconds of what `_newest_sql` gave."""
    match column.type.kind:
        case Kind.TIME:
            return column.find_instant(int(newest), context.find_server_zone() if column.is_wall_clock else "UTC")
        case Kind.STRING:
            return int(newest) / 10**6
        case Kind.DATE:
            zone = find_zone(column.zone or context.find_server_zone())
            midnight = datetime(1970, 1, 1) + timedelta(days=int(newest))
            return int(newest) * _DAY_SECONDS - find_offset(midnight, zone).total_seconds()
    if not 0 <= newest <= _LAST_SECOND:
        raise CannotJudgeError(
            f"the newest {column.name} is {newest}, which is not a time in Unix seconds; 'types' tells another form"
        )
    return float(newest)


def check_job_status(context: CheckContext, kind: JobStatus) -> Finding:
    """The job's last finished run has `status` (ok), its last run started at most `within` ago, and none is stuck.

    The table has the columns job, status, started_at and finished_at. A run is its start, to the last digit: a row
    `running` that has a later row with the same start is over. A run that is `running` for longer than `running` is
    stuck, however many came after it; without that option a running one is never stuck. No run is in the future.
    """
    now = context.clock().timestamp()
    start, end = _find_time(context, "started_at"), _find_time(context, "finished_at")
    oldest = int((now - kind.running.seconds) * 10**start.type.scale) if kind.running else -(2**63)
    # NULL is the oldest: argMax would leave its row out.
    finished_at = f"ifNull({end.sql_ticks('{end:Identifier}')}, {-(2**63)})"
    over = f"toString({{status:Identifier}}) != '{_RUNNING}'"
    runs, started, finished, status, stuck = context.select(
        "SELECT count(), max(_start_), countIf(NOT _running_), argMaxIf(_status_, _start_, NOT _running_),\n"
        "  countIf(_running_ AND _start_ < {oldest:Int64}) FROM (\n"
        f"  SELECT assumeNotNull({start.sql_ticks('{start:Identifier}')}) AS _start_,\n"
        f"    countIf({over}) = 0 AS _running_,\n"
        f"    argMaxIf(ifNull(toString({{status:Identifier}}), ''), {finished_at}, {over}) AS _status_\n"
        f"  FROM {context.rows}\n"
        "  WHERE toString({job:Identifier}) = {name:String} AND isNotNull({start:Identifier}) GROUP BY _start_\n"
        ")",
        name=kind.job,
        job="job",
        status="status",
        start=start,
        end=end,
        oldest=oldest,
    )[0]
    moment = start.find_instant(started, "UTC") if runs else 0.0
    message = _judge_runs(kind, runs=runs, age=now - moment, finished=finished, status=status, stuck=stuck)
    actual = {
        "runs": runs,
        "last_start": _render_moment(moment) if runs else None,
        "last_status": status if finished else None,
        "stuck": stuck,
    }
    return judge(
        not message, expected={**context.check.expected, "status": kind.status}, actual=actual, message=message
    )


def _find_time(context: CheckContext, name: str) -> Column:
    column = context.build_column(name)
    if column.type.kind is not Kind.TIME:
        raise CannotJudgeError(f"{name} is {column.type.name}, which is not a time; 'types' tells what a text holds")
    return column


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
    if age < -FUTURE_SECONDS:
        problems.append(f"the last run starts {_render_span(-age)} in the future")
    elif kind.within and age > kind.within.seconds:
        problems.append(f"the last run started {_render_span(age)} ago, at most {kind.within} expected")
    return "; ".join(problems)


def _render_moment(seconds: float) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=round(seconds * 10**6))
    return moment.isoformat().replace("+00:00", "Z")


def _render_span(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
