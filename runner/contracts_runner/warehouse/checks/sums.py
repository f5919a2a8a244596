"""The check sum_equals: money adds up to the same, in the API or in another table, per group."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.warehouse.checks.api import check_against_api, find_or_none, find_value
from contracts_runner.warehouse.checks.context import RAW_ROWS, SAMPLE, CheckContext, Finding, judge
from contracts_runner.warehouse.columns import Column, Kind, build_column, parse_decimal, render_decimal

Group = tuple[str, ...]

# From the text, never by way of a float; rounded like the API's side.
_AMOUNT = "toDecimal128(toString(round({{{name}:Identifier}}, 6)), 9)"


def check_sum_equals(context: CheckContext) -> Finding:
    """The sums of `column` and of `value` are equal in every group of `by`, as decimal numbers.

    `value` is a JSONPath of an item of `operation`, all of whose matches are added, or a column of `table`. `by` maps
    columns of this table to their twins on the other side; a word or list names columns that are called the same there.
    Where the column is a Date, a time on the other side counts for its day: the day that the API wrote, so that an
    order of 00:30+03:00 belongs to the day it has in Moscow, or with `timezone` the day it has there. NULL and null add
    nothing. Of the items with the same values at the paths of `once`, the first counts: a seat that is listed once per
    tariff is one seat.
    """
    if "operation" in context.check.options:
        return check_against_api(context, _compare_with_items)
    return _compare_with_table(context)


def _compare_with_items(context: CheckContext, items: Iterator[Json]) -> Finding:
    options = context.check.options
    twins = _read_twins(options.get("by"))
    columns = _build_columns(context, twins)
    expected: defaultdict[Group, Decimal] = defaultdict(Decimal)
    once = options.get("once", [])
    seen: set[str] = set()
    for item in items:
        if once and _is_known(item, once, seen):
            continue
        group = tuple(column.text(find_value(column.name, twins[column.name], item)) for column in columns)
        for value in _list_amounts(find_or_none(options["value"], item)):
            amount = parse_decimal(value)
            if amount is None:
                return Finding(
                    outcome=Outcome.FAILED,
                    expected=options,
                    message=f"the API has something at {options['value']} that is no number",
                )
            expected[group] += amount
    actual = _sum_table(context, columns)
    return _judge_groups(context, columns, expected, actual)


def _is_known(item: Json, paths: list[str], seen: set[str]) -> bool:
    """Return whether an item like this one came before, and remember this one."""
    identity = json.dumps([find_or_none(path, item) for path in paths], sort_keys=True)
    is_known = identity in seen
    seen.add(identity)
    return is_known


def _list_amounts(value: Json) -> list[Json]:
    return [amount for amount in (value if isinstance(value, list) else [value]) if amount is not None]


def _sum_table(context: CheckContext, columns: list[Column]) -> dict[Group, Decimal]:
    names = {f"c{n}": column.name for n, column in enumerate(columns)}
    group = _group_sql(columns, columns, "c")
    rows = context.select(
        f"SELECT {group} AS _g_, toString(sum({_AMOUNT.format(name='c')})) FROM {context.rows} GROUP BY _g_",
        c=context.check.options["column"],
        **names,
    )
    return {tuple(group): Decimal(total or 0) for group, total in rows}


def _judge_groups(
    context: CheckContext, columns: list[Column], expected: Mapping[Group, Decimal], actual: Mapping[Group, Decimal]
) -> Finding:
    texts = {
        group: (render_decimal(expected.get(group, Decimal())), render_decimal(actual.get(group, Decimal())))
        for group in sorted({*expected, *actual})
    }
    differing = [
        _describe_group([column.name for column in columns], group, theirs, ours)
        for group, (theirs, ours) in texts.items()
        if theirs != ours
    ]
    return _judge_sums(
        context,
        groups=len(texts),
        theirs=render_decimal(sum(expected.values(), Decimal())),
        ours=render_decimal(sum(actual.values(), Decimal())),
        differing=len(differing),
        sample=differing[:SAMPLE],
    )


def _compare_with_table(context: CheckContext) -> Finding:
    options = context.check.options
    other = context.catalogue.get(options["table"])
    if other is None:
        return Finding(
            outcome=Outcome.FAILED,
            expected=options,
            message=f"there is no table {options['table']}, or the account may not see it",
        )
    twins = _read_twins(options.get("by"))
    ours = _build_columns(context, twins)
    types = context.find_types(other.name)
    theirs = [build_column(twins[column.name] or column.name, types) for column in ours]
    groups, total, other_total, differing, sample = context.select(
        "SELECT count(), toString(sum(_a_)), toString(sum(_b_)), countIf(_a_ != _b_),\n"
        f"  arraySort(groupArrayIf(1000)((_g_, toString(_a_), toString(_b_)), _a_ != _b_)) FROM (\n"
        "  SELECT _g_, sum(_x_) AS _a_, sum(_y_) AS _b_ FROM (\n"
        f"    SELECT {_group_sql(ours, ours, 'c', is_whole=True)} AS _g_, ifNull({_AMOUNT.format(name='c')}, 0) AS _x_,"
        f" toDecimal128(0, 9) AS _y_\n    FROM {context.rows}\n"
        "    UNION ALL\n"
        f"    SELECT {_group_sql(theirs, ours, 'd', is_whole=True)}, toDecimal128(0, 9),"
        f" ifNull({_AMOUNT.format(name='v')}, 0)\n    FROM {RAW_ROWS.replace('{t:', '{other:')}{other.final}\n"
        "  ) GROUP BY _g_\n"
        ")",
        c=options["column"],
        v=options["value"],
        other=other.name,
        **{f"c{n}": column.name for n, column in enumerate(ours)},
        **{f"d{n}": column.name for n, column in enumerate(theirs)},
    )[0]
    names = [column.name for column in ours]
    return _judge_sums(
        context,
        groups=groups,
        theirs=other_total,
        ours=total,
        differing=differing,
        sample=[_describe_group(names, group, theirs, ours) for group, ours, theirs in sample[:SAMPLE]],
    )


def _group_sql(columns: list[Column], twins: list[Column], prefix: str, *, is_whole: bool = False) -> str:
    """Return SQL for the group of a row; a time whose twin is a Date counts for its day."""
    texts = []
    for n, (column, twin) in enumerate(zip(columns, twins, strict=True)):
        text = column.sql_text(f"{prefix}{n}", is_whole=is_whole)
        texts.append(f"substring({text}, 1, 10)" if twin.kind is Kind.DATE and column.kind is not Kind.DATE else text)
    return f"array({', '.join(texts)})" if texts else "emptyArrayString()"


def _read_twins(by: Json) -> dict[str, str | None]:
    """Return column -> its twin, None for one of the same name."""
    if isinstance(by, Mapping):
        return dict(by)
    return dict.fromkeys([by] if isinstance(by, str) else by or [])


def _build_columns(context: CheckContext, twins: Mapping[str, str | None]) -> list[Column]:
    types, zone = context.find_types(), context.check.options.get("timezone")
    return [build_column(name, types, zone=zone) for name in twins]


def _describe_group(names: list[str], group: Group, theirs: str, ours: str) -> dict[str, Json]:
    return {**dict(zip(names, group, strict=True)), "expected": theirs, "actual": ours}


def _judge_sums(
    context: CheckContext, *, groups: int, theirs: str, ours: str, differing: int, sample: list[dict[str, Json]]
) -> Finding:
    actual: dict[str, Json] = {"sum": ours, "groups": groups, "differing": differing}
    if differing:
        actual["sample"] = sample
    source = context.check.options.get("operation") or context.check.options["table"]
    message = f"the sum is {ours}, {source} has {theirs}; {differing} of {groups} groups differ"
    return judge(differing == 0, expected={"sum": theirs, "of": source}, actual=actual, message=message)
