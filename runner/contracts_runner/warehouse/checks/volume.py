"""Checks of how many rows there are: row_count, delta, duplicate_backlog."""

from contracts_runner.model.outcome import Outcome
from contracts_runner.model.warehouse_kinds import Delta, DuplicateBacklog, RowCount
from contracts_runner.warehouse.checks.context import RAW_ROWS, CheckContext, Finding, judge
from contracts_runner.warehouse.errors import WarehouseQueryError


def check_row_count(context: CheckContext, kind: RowCount) -> Finding:
    """The rows are at least `min` and at most `max`."""
    rows = context.select(f"SELECT count() FROM {context.rows}")[0][0]
    return _judge_bounds(rows, kind, context, actual=rows, what="rows")


def check_delta(context: CheckContext, kind: Delta) -> Finding:
    """The rows after the load minus the rows before it lie between `min` and `max`.

    Both are counted with FINAL: a merge between them takes raw rows away and loses nothing.
    """
    table = context.check.table
    if context.before is None:
        return Finding(
            outcome=Outcome.SKIPPED,
            expected=context.check.expected,
            message="the rows were not counted before a load in this run",
        )
    before = 0 if table in context.before.absent else context.before.tables.get(table)
    if before is None:
        raise WarehouseQueryError("the rows before the load are not known: " + "; ".join(context.before.notes))
    after = context.select(f"SELECT count() FROM {context.rows}")[0][0]
    delta = after - before
    actual = {"before": before, "after": after, "delta": delta}
    return _judge_bounds(delta, kind, context, actual=actual, what="rows more than before")


def _judge_bounds(number: int, kind: RowCount | Delta, context: CheckContext, *, actual: object, what: str) -> Finding:
    message = ""
    if kind.least is not None and number < kind.least:
        message = f"{number} {what}, at least {kind.least} expected"
    elif kind.most is not None and number > kind.most:
        message = f"{number} {what}, at most {kind.most} expected"
    return judge(not message, expected=context.check.expected, actual=actual, message=message)


def check_duplicate_backlog(context: CheckContext, kind: DuplicateBacklog) -> Finding:
    """The rows as they are stored are at most `ratio` times the rows that FINAL shows."""
    if not context.table or not context.table.is_merging:
        return Finding(
            outcome=Outcome.SKIPPED,
            expected=context.check.expected,
            message="the engine of the table never merges rows",
        )
    raw, final = context.select(f"SELECT (SELECT count() FROM {RAW_ROWS}), (SELECT count() FROM {context.rows})")[0]
    # An empty table has nothing to merge; rows that all cancel each other out have no ratio either.
    ratio = raw / final if final else 1.0
    return judge(
        ratio <= kind.ratio,
        expected=context.check.expected,
        actual={"raw": raw, "final": final, "ratio": round(ratio, 3)},
        message=f"{raw} rows are stored for {final}: {ratio:.3g} times as many, at most {kind.ratio} expected",
    )
