"""Checks of the values of columns: not_null, accepted, range, matches, unique, references."""

from dataclasses import replace
from datetime import date, timedelta

from contracts_runner.model.json import Json
from contracts_runner.model.warehouse_kinds import Accepted, Matches, NotNull, Range, References, Unique
from contracts_runner.warehouse.checks.context import (
    OTHER_ROWS,
    SAMPLE,
    CheckContext,
    Finding,
    judge,
    judge_count,
    miss_table,
)
from contracts_runner.warehouse.column_sql import render_text, render_text_beside
from contracts_runner.warehouse.column_types import TEXTS, Kind
from contracts_runner.warehouse.columns import Column
from contracts_runner.warehouse.errors import CannotJudgeError
from contracts_runner.warehouse.times import parse_day

# What a value looks like without saying what it is: it may be the very personal data that should have been hashed.
# Everything beyond ASCII counts as a letter, which hides more than \p{L} and is compiled in no time.
_SHAPE = "substring(replaceRegexpAll(replaceRegexpAll(%s, '[A-Za-z]|[^\\\\x00-\\\\x7F]', 'a'), '[0-9]', '9'), 1, 60)"


def check_not_null(context: CheckContext, kind: NotNull) -> Finding:
    """No column of the list holds NULL or an empty string in any row."""
    columns = kind.columns
    read = [read_column(context, name) for name in columns]
    tests = [_render_empty(column, f"{{c{n}:Identifier}}") for n, column in enumerate(read)]
    counts = ", ".join(f"countIf({test})" for test in [" OR ".join(tests), *tests])
    names = {f"c{n}": column for n, column in enumerate(read)}
    rows, wrong, *empty = context.select(f"SELECT count(), {counts} FROM {context.rows}", **names)[0]
    actual = dict(zip(columns, empty, strict=True))
    message = "; ".join(f"{column} is empty in {count} of {rows} rows" for column, count in actual.items() if count)
    return judge(
        not message,
        expected=dict.fromkeys(columns, 0),
        actual=actual,
        message=message,
        looked_at=rows,
        broken=(wrong, rows),
    )


def read_column(context: CheckContext, name: str) -> Column | str:
    """Return a column, or its name where its values cannot be compared."""
    try:
        return context.build_column(name)
    except CannotJudgeError:
        if context.find_holding(name) is None:
            return name
        raise


def _render_empty(column: Column | str, place: str) -> str:
    """Return SQL that is true for NULL and for the empty string; a type that cannot be compared can be NULL at most."""
    if isinstance(column, Column) and column.type.kind in TEXTS:
        return f"isNull({place}) OR {render_text(column.type, place)} = ''"
    return f"isNull({place})"


def check_accepted(context: CheckContext, kind: Accepted) -> Finding:
    """Every value that is not NULL is one of the list."""
    column = context.build_column(kind.column)
    text = column.sql_text("{c:Identifier}")
    wrong = f"isNotNull({{c:Identifier}}) AND NOT has({{values:Array(String)}}, {text})"
    rows, bad, sample = context.select(
        f"SELECT count(), countIf({wrong}), groupUniqArrayIf({SAMPLE})({text}, {wrong}) FROM {context.rows}",
        c=column,
        values=[read_accepted(context, column, value) for value in kind.values if value is not None],
    )[0]
    return judge_count(
        bad,
        rows,
        expected=list(kind.values),
        sample=sorted(map(column.show, sample)),
        message=f"{bad} of {rows} rows have another {column.name}",
    )


def read_accepted(context: CheckContext, column: Column, value: Json) -> str:
    return column.shorten(column.read_written(value, context.find_server_zone()))


def check_range(context: CheckContext, kind: Range) -> Finding:
    """Every value that is not NULL is between `min` and `max`, both included.

    A bound is read as the column's type, a time without an offset in the column's zone, else in the server's; a day on
    a time column means all of it. Texts compare by their bytes.
    """
    column = context.build_column(kind.column)
    value, place = find_order(column)
    tests, bounds = [], {}
    for name, sign, bound in (("min", ">=", kind.least), ("max", "<=", kind.most)):
        if bound is not None:
            tests.append(f"{value} {sign} {place.replace('bound', name)}")
            bounds[name] = read_bound(context, column, bound, is_most=name == "max")
    # NOT of the whole: NaN is on neither side of a bound.
    wrong = f"NOT ({' AND '.join(tests)})"
    rows, bad, least, most = context.select(
        f"SELECT count(), countIf({wrong}), toString(min({value})), toString(max({value}))\nFROM {context.rows}",
        c=column,
        **bounds,
    )[0]
    return judge(
        bad == 0,
        expected={name: bound for name, bound in (("min", kind.least), ("max", kind.most)) if bound is not None},
        actual={
            "rows": rows,
            "outside": bad,
            "min": _show_extreme(column, least, rows),
            "max": _show_extreme(column, most, rows),
        },
        message=f"{bad} of {rows} rows have a {kind.column} outside",
        looked_at=rows,
        broken=(bad, rows),
    )


def find_order(column: Column) -> tuple[str, str]:
    """Return SQL for a value and for a bound, in an order; raises CannotJudgeError where a type has none."""
    match column.type.kind:
        case Kind.TIME:
            return column.sql_ticks("{c:Identifier}"), "{bound:Int64}"
        case Kind.DATE:
            return "toInt32({c:Identifier})", "{bound:Int32}"
        case kind if kind in TEXTS:
            return render_text(column.type, "{c:Identifier}"), "{bound:String}"
        case Kind.FLOAT:
            # By its bits: not every version reads the text of a float to the last digit.
            return "{c:Identifier}", f"reinterpretAsFloat{column.type.size}({{bound:UInt{column.type.size}}})"
        case Kind.INTEGER | Kind.DECIMAL:
            return "{c:Identifier}", f"{{bound:{column.type.name}}}"
    raise CannotJudgeError(f"{column.name} is {column.type.name}, which has no range")


def read_bound(context: CheckContext, column: Column, bound: float | str, *, is_most: bool) -> str:
    """Return a bound as the parameter of its type; raises CannotJudgeError for one that the type cannot hold."""
    day = parse_day(bound)
    if day is not None and column.type.kind is Kind.TIME:
        return _read_day(context, column, day, is_most=is_most)
    if column.type.kind in TEXTS and not isinstance(bound, str):
        raise CannotJudgeError(f"{column.name} is {column.type.name}, and {bound!r} is not a text")
    if column.type.kind in TEXTS and isinstance(bound, str):
        return bound
    text = column.read_written(bound, context.find_server_zone())
    if text == "nan":
        raise CannotJudgeError(f"NaN is no bound of {column.name}: nothing is below or above it")
    return str((day - date(1970, 1, 1)).days) if column.type.kind is Kind.DATE and day is not None else text


def _read_day(context: CheckContext, column: Column, day: date, *, is_most: bool) -> str:
    """Return the first or the last moment of a day."""
    zone = context.find_server_zone()
    if not is_most:
        return column.read_day(day, zone)
    try:
        return str(int(column.read_day(day + timedelta(days=1), zone)) - 1)
    except OverflowError as problem:
        raise CannotJudgeError(f"{column.name} is {column.type.name}, which cannot hold {day}") from problem


def _show_extreme(column: Column, value: str | None, rows: int) -> str | None:
    if not rows or value is None:
        return None
    if column.type.kind is Kind.DATE:
        return (date(1970, 1, 1) + timedelta(days=int(value))).isoformat()
    return column.show(value) if column.type.kind is Kind.TIME else value


def check_matches(context: CheckContext, kind: Matches) -> Finding:
    """Every value that is not NULL has a match of the RE2 pattern somewhere; `^…$` is for the whole value.

    Of a column in `types` it is the text, without blanks around it, that is the value; an empty one is NULL.
    """
    column = context.build_column(kind.column)
    text = column.held.render_text("c") if column.held else "toString({c:Identifier})"
    wrong = f"isNotNull({text}) AND NOT match(ifNull({text}, ''), {{pattern:String}})"
    rows, bad, sample = context.select(
        f"SELECT count(), countIf({wrong}), groupUniqArrayIf({SAMPLE})({_SHAPE % text}, {wrong}) FROM {context.rows}",
        c=column.name,
        pattern=kind.pattern,
    )[0]
    return judge_count(
        bad,
        rows,
        expected=kind.pattern,
        sample=sorted(sample),
        message=f"{bad} of {rows} rows have a {kind.column} of another form (the sample shows forms, not values)",
    )


def check_unique(context: CheckContext, kind: Unique) -> Finding:
    """No combination of the columns exists twice; one that has a NULL is not compared.

    FINAL is unique on the sorting key by construction, so this is for the business key; `final: false` looks at the
    rows as they were written.
    """
    columns = [context.build_column(name) for name in kind.columns]
    names = [f"{{c{n}:Identifier}}" for n in range(len(columns))]
    texts = ", ".join(column.sql_whole_text(name) for column, name in zip(columns, names, strict=True))
    rows, repeated, sample = context.select(
        "SELECT sum(_n_), countIf(_n_ > 1 AND _whole_),\n"
        "  arraySort(groupArrayIf(1000)(_k_, _n_ > 1 AND _whole_)) FROM (\n"
        f"  SELECT array({texts}) AS _k_, {' AND '.join(f'isNotNull({name})' for name in names)} AS _whole_,\n"
        f"    count() AS _n_ FROM {context.rows} GROUP BY _k_, _whole_\n"
        ")",
        **{f"c{n}": column for n, column in enumerate(columns)},
    )[0]
    return judge_count(
        repeated,
        rows,
        expected=list(kind.columns),
        sample=[[column.show(text) for column, text in zip(columns, key, strict=True)] for key in sample[:SAMPLE]],
        message=f"{repeated} keys occur more than once",
    )


def check_references(context: CheckContext, kind: References) -> Finding:
    """Every value of the column that is not NULL is a key of the other table."""
    other = context.find_other(kind)
    if other is None:
        return miss_table(context, kind)
    column = context.build_column(kind.column)
    key = context.build_column(kind.key, other=other)
    values, unknown, sample, rows = context.select(
        "SELECT countIf(_there_), countIf(_there_ AND _unknown_),\n"
        "  arraySort(groupArrayIf(1000)(_v_, _there_ AND _unknown_)), sum(_n_) FROM (\n"
        f"  SELECT ifNull({render_text_beside(column.type, key.type, '{c:Identifier}')}, '') AS _v_,\n"
        "    isNotNull({c:Identifier}) AS _there_, count() AS _n_, _v_ NOT IN (\n"
        f"    SELECT {render_text_beside(key.type, column.type, '{o:Identifier}')}\n"
        f"    FROM {OTHER_ROWS}{other.final} WHERE isNotNull({{o:Identifier}})\n"
        f"  ) AS _unknown_ FROM {context.rows} GROUP BY _v_, _there_\n"
        ")",
        c=column,
        other_db=other.database,
        other=other.name,
        o=key,
    )[0]
    finding = judge_count(
        unknown,
        values,
        expected=context.check.expected,
        sample=[column.show(text) if column.type == key.type else text for text in sample[:SAMPLE]],
        message=f"{unknown} of {values} values are not in {kind.key} of {other.name}",
    )
    return replace(finding, looked_at=rows)
