"""Checks of a table: exists, engine, order_by, columns, row_count, delta, duplicate_backlog."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from contracts_runner.model.outcome import Outcome
from contracts_runner.model.warehouse_kinds import Columns, Delta, DuplicateBacklog, Engine, OrderBy, RowCount
from contracts_runner.warehouse.account import require_column_right
from contracts_runner.warehouse.checks.context import COLUMNS, CheckContext, Finding, judge
from contracts_runner.warehouse.errors import WarehouseQueryError
from contracts_runner.warehouse.expressions import is_same_expression, normalise, split_call, split_label, split_list

# One SELECT for three checks, so that a table is looked up once.
_TABLE = "SELECT engine, sorting_key FROM system.tables WHERE database = {db:String} AND name = {t:String}"


def check_exists(context: CheckContext) -> Finding:
    """The table exists, as far as the account can see."""
    exists = bool(context.select_once(_TABLE))
    return judge(exists, expected=True, actual=exists, message="no such table, or the account may not see it")


def check_engine(context: CheckContext, kind: Engine) -> Finding:
    """The engine is one of those named, to the letter."""
    actual = context.select_once(_TABLE)[0][0]
    message = f"the engine is {actual}, not {' or '.join(kind.names)}"
    return judge(actual in kind.names, expected=context.check.expected, actual=actual, message=message)


def check_order_by(context: CheckContext, kind: OrderBy) -> Finding:
    """The sorting key is the list of columns or expressions, in that order."""
    key = context.select_once(_TABLE)[0][1]
    actual = split_expressions(key)
    expected = list(kind.expressions)
    holds = len(expected) == len(actual) and all(map(is_same_expression, expected, actual))
    return judge(holds, expected=expected, actual=actual, message="the sorting key is another one")


def check_columns(context: CheckContext, kind: Columns) -> Finding:
    """The columns are these, each with this type, in any order, and no others unless they are allowed.

    Types are compared by what they mean: an alias such as TINYINT is its type.
    """
    rows = context.select_once(COLUMNS)
    actual = {str(name): str(type_name) for name, type_name in rows}
    expected = dict(_flatten(kind.types, actual))
    for name in expected:
        if name not in actual:
            # A right on some columns hides the others.
            require_column_right(context.warehouse, (context.database, context.check.table), name)
    differences = [
        *(f"{name} is missing" for name in expected if name not in actual),
        *(f"{name} is not in the contract" for name in actual if name not in expected and not kind.is_extra_allowed),
        *(
            f"{name} is {actual[name]}, not {expected[name]}"
            for name in expected
            if name in actual and not _is_type(context, expected[name], actual[name])
        ),
    ]
    return judge(not differences, expected=expected, actual=actual, message="; ".join(differences))


def _flatten(types: Mapping[str, str], actual: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the columns; one of type Nested is as many arrays where the table was made so (`flatten_nested`)."""
    for name, written in types.items():
        word, parts = split_call(written)
        if word == "Nested" and name not in actual:
            yield from ((f"{name}.{label}", f"Array({inner})") for label, inner in map(split_label, parts))
        else:
            yield name, written


def _is_type(context: CheckContext, written: str, actual: str) -> bool:
    """Return whether a type is the one that an author wrote: by its text, else by what the server makes of that."""
    if normalise(written) == normalise(actual):
        return True
    sql = "SELECT toTypeName(defaultValueOfTypeName({type:String}))"
    try:
        [[meant]] = context.warehouse.query(sql, {"type": written})
    except WarehouseQueryError:
        # No type that the server knows; so it is not this one.
        return False
    return normalise(str(meant)) == normalise(actual)


def split_expressions(text: str) -> list[str]:
    """Split a sorting key at the commas that are outside of brackets and quotes.

    ClickHouse shows `ORDER BY (a)` as written, with the brackets of a tuple of one (seen in 26.9); they say nothing.
    """
    inner = text.strip()
    if inner.startswith("(") and inner.endswith(")") and _is_enclosed(inner):
        return split_list(inner[1:-1])
    return split_list(text)


def _is_enclosed(text: str) -> bool:
    """True if the first bracket is closed by the last one: not so in `(a) || (b)`."""
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return position == len(text) - 1
    return False


def check_row_count(context: CheckContext, kind: RowCount) -> Finding:
    """The rows are at least `min` and at most `max`."""
    rows = context.select(f"SELECT count() FROM {context.rows}")[0][0]
    return replace(_judge_bounds(rows, kind, context, actual=rows, what="rows"), figure=Decimal(rows))


def check_delta(context: CheckContext, kind: Delta) -> Finding:
    """The rows after the load minus the rows before it are between `min` and `max`.

    Both are counted with FINAL: a merge between them takes raw rows away and loses nothing.
    """
    table = context.name
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
    raw, final = context.select(
        f"SELECT (SELECT count() FROM {context.raw_rows}), (SELECT count() FROM {context.rows})"
    )[0]
    # An empty table has nothing to merge; rows that all cancel each other out have no ratio either.
    ratio = raw / final if final else 1.0
    return judge(
        ratio <= kind.ratio,
        expected=context.check.expected,
        actual={"raw": raw, "final": final, "ratio": round(ratio, 3)},
        message=f"{raw} rows are stored for {final}: {ratio:.3g} times as many, at most {kind.ratio} expected",
        looked_at=raw,
    )
