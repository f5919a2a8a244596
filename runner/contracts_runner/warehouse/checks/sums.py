"""The check sum_equals: money adds up to the same, in the API or in another table, per group."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.warehouse_kinds import SumOfItems, SumOfTable
from contracts_runner.warehouse.checks.api import check_against_api, find_or_none, find_value
from contracts_runner.warehouse.checks.context import RAW_ROWS, SAMPLE, CheckContext, Finding, judge, miss_table
from contracts_runner.warehouse.columns import Column, Kind, build_column, parse_decimal, render_decimal

Group = tuple[str, ...]

# From the text, never by way of a float; rounded like the API's side.
_AMOUNT = "toDecimal128(toString(round({{{name}:Identifier}}, 6)), 9)"


def check_sum_of_items(context: CheckContext, kind: SumOfItems) -> Finding:
    """The sums of `column` and of `value` are equal in every group of `by`, as decimal numbers.

    All matches of `value` in an item are added. Where the column of a group is a Date, a time of an item counts for its
    day: the day that the API wrote, so that an order of 00:30+03:00 belongs to the day it has in Moscow, or with
    `timezone` the day it has there. NULL and null add nothing. Of the items with the same values at the paths of
    `once`, the first counts: a seat that is listed once per tariff is one seat.
    """
    return check_against_api(context, kind.asks, lambda items: _compare_with_items(context, kind, items))


def _compare_with_items(context: CheckContext, kind: SumOfItems, items: Iterator[Json]) -> Finding:
    types = context.find_types()
    columns = [build_column(name, types, zone=kind.asks.timezone) for name in kind.by]
    expected: defaultdict[Group, Decimal] = defaultdict(Decimal)
    seen: set[str] = set()
    for item in items:
        if kind.once and _is_known(item, kind.once, seen):
            continue
        group = tuple(column.text(find_value(column.name, kind.by[column.name], item)) for column in columns)
        for value in _list_amounts(find_or_none(kind.value, item)):
            amount = parse_decimal(value)
            if amount is None:
                return Finding(
                    outcome=Outcome.FAILED,
                    expected=context.check.expected,
                    message=f"the API has something at {kind.value} that is not a number",
                )
            expected[group] += amount
    return _judge_groups(kind, columns, expected, _sum_table(context, kind, columns))


def _is_known(item: Json, paths: Iterable[str], seen: set[str]) -> bool:
    """Return whether an item like this one came before, and remember this one."""
    identity = json.dumps([find_or_none(path, item) for path in paths], sort_keys=True)
    is_known = identity in seen
    seen.add(identity)
    return is_known


def _list_amounts(value: Json) -> list[Json]:
    return [amount for amount in (value if isinstance(value, list) else [value]) if amount is not None]


def _sum_table(context: CheckContext, kind: SumOfItems, columns: list[Column]) -> dict[Group, Decimal]:
    names = {f"c{n}": column.name for n, column in enumerate(columns)}
    group = _group_sql(columns, columns, "c")
    rows = context.select(
        f"SELECT {group} AS _g_, toString(sum({_AMOUNT.format(name='c')})) FROM {context.rows} GROUP BY _g_",
        c=kind.column,
        **names,
    )
    return {tuple(group): Decimal(total or 0) for group, total in rows}


def _judge_groups(
    kind: SumOfItems, columns: list[Column], expected: Mapping[Group, Decimal], actual: Mapping[Group, Decimal]
) -> Finding:
    texts = {
        group: (render_decimal(expected.get(group, Decimal())), render_decimal(actual.get(group, Decimal())))
        for group in sorted({*expected, *actual})
    }
    differing = [(group, theirs, ours) for group, (theirs, ours) in texts.items() if theirs != ours]
    return _judge_sums(
        kind.asks.operation,
        columns,
        groups=len(texts),
        theirs=render_decimal(sum(expected.values(), Decimal())),
        ours=render_decimal(sum(actual.values(), Decimal())),
        differing=len(differing),
        sample=differing,
    )


def check_sum_of_table(context: CheckContext, kind: SumOfTable) -> Finding:
    """The sums of `column` and of the other table's `value` are equal in every group of `by`, as decimal numbers.

    Where a column of a group is a Date, a time on the other side counts for its day. NULL adds nothing.
    """
    other = context.catalogue.get(kind.table)
    if other is None:
        return miss_table(context, kind.table)
    types, other_types = context.find_types(), context.find_types(other.name)
    ours = [build_column(name, types) for name in kind.by]
    theirs = [build_column(name, other_types) for name in kind.by.values()]
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
        c=kind.column,
        v=kind.value,
        other=other.name,
        **{f"c{n}": column.name for n, column in enumerate(ours)},
        **{f"d{n}": column.name for n, column in enumerate(theirs)},
    )[0]
    return _judge_sums(
        kind.table,
        ours,
        groups=groups,
        theirs=other_total,
        ours=total,
        differing=differing,
        sample=[(group, theirs, ours) for group, ours, theirs in sample],
    )


def _group_sql(columns: list[Column], twins: list[Column], prefix: str, *, is_whole: bool = False) -> str:
    """Return SQL for the group of a row; a time whose twin is a Date counts for its day."""
    texts = []
    for n, (column, twin) in enumerate(zip(columns, twins, strict=True)):
        text = column.sql_text(f"{{{prefix}{n}:Identifier}}", is_whole=is_whole)
        texts.append(f"substring({text}, 1, 10)" if twin.kind is Kind.DATE and column.kind is not Kind.DATE else text)
    return f"array({', '.join(texts)})" if texts else "emptyArrayString()"


def _judge_sums(
    source: str,
    columns: Sequence[Column],
    *,
    groups: int,
    theirs: str,
    ours: str,
    differing: int,
    sample: Sequence[tuple[Group, str, str]],
) -> Finding:
    actual: dict[str, Json] = {"sum": ours, "groups": groups, "differing": differing}
    if differing:
        names = [column.name for column in columns]
        actual["sample"] = [
            {**dict(zip(names, group, strict=True)), "expected": other, "actual": own}
            for group, other, own in sample[:SAMPLE]
        ]
    message = f"the sum is {ours}, {source} has {theirs}; {differing} of {groups} groups differ"
    return judge(differing == 0, expected={"sum": theirs, "of": source}, actual=actual, message=message)
