"""Checks of the values of columns: not_null, accepted, range, matches, unique, references."""

from contracts_runner.model.warehouse_kinds import Accepted, Matches, NotNull, Range, References, Unique
from contracts_runner.warehouse.checks.context import SAMPLE, CheckContext, Finding, judge, judge_count, miss_table
from contracts_runner.warehouse.columns import build_column

# What a value looks like without saying what it is: it may be the very personal data that should have been hashed.
# Everything beyond ASCII counts as a letter, which hides more than \p{L} and is compiled in no time.
_SHAPE = (
    "substring(replaceRegexpAll(replaceRegexpAll(toString({c:Identifier}), '[A-Za-z]|[^\\\\x00-\\\\x7F]', 'a'),"
    " '[0-9]', '9'), 1, 60)"
)


def check_not_null(context: CheckContext, kind: NotNull) -> Finding:
    """No column of the list holds NULL or an empty string in any row."""
    columns = kind.columns
    tests = ", ".join(
        f"countIf(isNull({{c{n}:Identifier}}) OR toString({{c{n}:Identifier}}) = '')" for n in range(len(columns))
    )
    names = {f"c{n}": column for n, column in enumerate(columns)}
    rows, *empty = context.select(f"SELECT count(), {tests} FROM {context.rows}", **names)[0]
    actual = dict(zip(columns, empty, strict=True))
    message = "; ".join(f"{column} is empty in {count} of {rows} rows" for column, count in actual.items() if count)
    return judge(not message, expected=dict.fromkeys(columns, 0), actual=actual, message=message)


def check_accepted(context: CheckContext, kind: Accepted) -> Finding:
    """Every value that is not NULL is one of the list."""
    column = build_column(kind.column, context.find_types())
    text = column.sql_text("{c:Identifier}")
    wrong = f"isNotNull({{c:Identifier}}) AND NOT has({{values:Array(String)}}, {text})"
    rows, bad, sample = context.select(
        f"SELECT count(), countIf({wrong}), groupUniqArrayIf({SAMPLE})({text}, {wrong}) FROM {context.rows}",
        c=column.name,
        values=[column.text(value) for value in kind.values if value is not None],
    )[0]
    return judge_count(
        bad,
        rows,
        expected=list(kind.values),
        sample=sorted(sample),
        message=f"{bad} of {rows} rows have another {column.name}",
    )


def check_range(context: CheckContext, kind: Range) -> Finding:
    """Every value that is not NULL is between `min` and `max`, both included; texts compare as text, dates too."""
    tests, bounds = [], {}
    for name, sign, bound in (("min", ">=", kind.least), ("max", "<=", kind.most)):
        if bound is not None:
            place, type_name = _bind_bound(bound)
            tests.append(f"{place} {sign} {{{name}:{type_name}}}")
            bounds[name] = _render_bound(bound)
    # NOT of the whole: NaN is on neither side of a bound.
    wrong = f"NOT ({' AND '.join(tests)})"
    rows, bad, least, most = context.select(
        f"SELECT count(), countIf({wrong}), toString(min({{c:Identifier}})), toString(max({{c:Identifier}}))\n"
        f"FROM {context.rows}",
        c=kind.column,
        **bounds,
    )[0]
    return judge(
        bad == 0,
        expected=bounds,
        actual={"rows": rows, "outside": bad, "min": least if rows else None, "max": most if rows else None},
        message=f"{bad} of {rows} rows have a {kind.column} outside",
    )


def _bind_bound(bound: float | str) -> tuple[str, str]:
    """Return the side of the table, and the type of the parameter, for a bound of this type."""
    if isinstance(bound, str):
        return "toString({c:Identifier})", "String"
    is_whole = isinstance(bound, int) and -(2**63) <= bound < 2**63
    return "{c:Identifier}", "Int64" if is_whole else "Float64"


def _render_bound(bound: float | str) -> float | str:
    """Return a bound as it is bound: `2025-01-01T10:00:00` as ClickHouse writes a time."""
    if isinstance(bound, str) and bound[10:11] == "T" and bound[:4].isdigit():
        return bound.replace("T", " ", 1)
    return bound


def check_matches(context: CheckContext, kind: Matches) -> Finding:
    """Every value that is not NULL has a match of the RE2 pattern somewhere; `^…$` is for the whole value."""
    wrong = "isNotNull({c:Identifier}) AND NOT match(ifNull(toString({c:Identifier}), ''), {pattern:String})"
    rows, bad, sample = context.select(
        f"SELECT count(), countIf({wrong}), groupUniqArrayIf({SAMPLE})({_SHAPE}, {wrong}) FROM {context.rows}",
        c=kind.column,
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
    names = [f"{{c{n}:Identifier}}" for n in range(len(kind.columns))]
    texts = ", ".join(f"toString({name})" for name in names)
    rows, repeated, sample = context.select(
        "SELECT sum(_n_), countIf(_n_ > 1), arraySort(groupArrayIf(1000)(_k_, _n_ > 1)) FROM (\n"
        f"  SELECT array({texts}) AS _k_, count() AS _n_ FROM {context.rows}\n"
        f"  WHERE {' AND '.join(f'isNotNull({name})' for name in names)} GROUP BY _k_\n"
        ")",
        **{f"c{n}": column for n, column in enumerate(kind.columns)},
    )[0]
    return judge_count(
        repeated,
        rows,
        expected=list(kind.columns),
        sample=[list(key) for key in sample[:SAMPLE]],
        message=f"{repeated} keys occur more than once",
    )


def check_references(context: CheckContext, kind: References) -> Finding:
    """Every value of the column that is not NULL is a key of the other table."""
    other = context.catalogue.get(kind.table)
    if other is None:
        return miss_table(context, kind.table)
    values, unknown, sample = context.select(
        f"SELECT count(), countIf(_unknown_), arraySort(groupArrayIf(1000)(_v_, _unknown_)) FROM (\n"
        "  SELECT DISTINCT toString({c:Identifier}) AS _v_, _v_ NOT IN (\n"
        f"    SELECT toString({{k:Identifier}}) FROM {{db:Identifier}}.{{other:Identifier}}{other.final}\n"
        "    WHERE isNotNull({k:Identifier})\n"
        f"  ) AS _unknown_ FROM {context.rows} WHERE isNotNull({{c:Identifier}})\n"
        ")",
        c=kind.column,
        other=other.name,
        k=kind.key,
    )[0]
    return judge_count(
        unknown,
        values,
        expected=context.check.expected,
        sample=list(sample[:SAMPLE]),
        message=f"{unknown} of {values} values are not in {kind.key} of {other.name}",
    )
