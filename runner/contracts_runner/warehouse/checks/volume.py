"""Checks of how many rows there are: row_count, delta, duplicate_backlog."""

from contracts_runner.model.outcome import Outcome
from contracts_runner.warehouse.checks.context import RAW_ROWS, CheckContext, Finding, judge
from contracts_runner.warehouse.errors import WarehouseQueryError


def check_row_count(context: CheckContext) -> Finding:
    """The rows are at least `min` and at most `max`."""
    rows = context.select(f"SELECT count() FROM {context.final_rows}")[0][0]
    return _judge_bounds(rows, context, actual=rows, what="rows")


def check_delta(context: CheckContext) -> Finding:
    """The rows after the load minus the rows before it lie between `min` and `max`.

    Both are counted with FINAL: a merge between them takes raw rows away and loses nothing.
    """
    table = context.check.table
    if context.before is None:
        return Finding(
            outcome=Outcome.SKIPPED,
            expected=context.check.options,
            message="the rows were not counted before a load in this run",
        )
    before = 0 if table in context.before.absent else context.before.tables.get(table)
    if before is None:
        raise WarehouseQueryError("the rows before the load are not known: " + "; ".join(context.before.notes))
    after = context.select(f"SELECT count() FROM {context.final_rows}")[0][0]
    delta = after - before
    actual = {"before": before, "after": after, "delta": delta}
    return _judge_bounds(delta, context, actual=actual, what="rows more than before")


def _judge_bounds(number: int, context: CheckContext, *, actual: object, what: str) -> Finding:
    options = context.check.options
    least, most = options.get("min"), options.get("max")
    message = ""
    if least is not None and number < least:
        message = f"{number} {what}, at least {least} expected"
    elif most is not None and number > most:
        message = f"{number} {what}, at most {most} expected"
    return judge(not message, expected=options, actual=actual, message=message)


def check_duplicate_backlog(context: CheckContext) -> Finding:
    """The rows as they are stored are at most `ratio` times the rows that FINAL shows."""
    most = context.check.options["ratio"]
    if not context.table or not context.table.is_merging:
        return Finding(
            outcome=Outcome.SKIPPED, expected=context.check.options, message="the engine of the table never merges rows"
        )
    raw, final = context.select(f"SELECT (SELECT count() FROM {RAW_ROWS}), (SELECT count() FROM {context.final_rows})")[
        0
    ]
    # An empty table has nothing to merge; rows that all cancel each other out have no ratio either.
    ratio = raw / final if final else 1.0
    return judge(
        ratio <= most,
        expected=context.check.options,
        actual={"raw": raw, "final": final, "ratio": round(ratio, 3)},
        message=f"{raw} rows are stored for {final}: {ratio:.3g} times as many, at most {most} expected",
    )
