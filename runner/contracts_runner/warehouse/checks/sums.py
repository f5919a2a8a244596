"""The check sum_equals: money adds up to the same, in the API or in another table, per group."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.warehouse_kinds import SumOfColumn, SumOfItems, SumOfTable
from contracts_runner.model.warehouse_values import Tolerance
from contracts_runner.warehouse.checks.api import check_against_api, find_or_none, find_value
from contracts_runner.warehouse.checks.context import OTHER_ROWS, SAMPLE, CheckContext, Finding, judge, miss_table
from contracts_runner.warehouse.column_sql import (
    check_reach,
    find_scale,
    render_amount,
    render_reach,
    render_text_beside,
)
from contracts_runner.warehouse.columns import Column
from contracts_runner.warehouse.errors import CannotJudgeError
from contracts_runner.warehouse.numbers import add_decimals, parse_decimal, render_decimal
from contracts_runner.warehouse.tolerances import bind_tolerance, is_within, render_within

Group = tuple[str, ...]


def check_sum_of_items(context: CheckContext, kind: SumOfItems) -> Finding:
    """The sums of `column` and of `value` are equal in every group of `by`, as decimal numbers.

    All matches of `value` in an item are added. Where the column of a group is a Date, a time of an item counts for its
    day: the day that the API wrote, so that an order of 00:30+03:00 belongs to the day it has in Moscow, or with
    `timezone` the day it has there. NULL and null add nothing. Of the items with the same values at the paths of
    `once`, the first counts: a seat that is listed once per tariff is one seat.
    """
    return check_against_api(context, kind.asks, lambda items: _compare_with_items(context, kind, items))


def _compare_with_items(context: CheckContext, kind: SumOfItems, items: Iterator[Json]) -> Finding:
    columns = [context.build_column(name, zone=kind.asks.timezone) for name in kind.by]
    amounts: defaultdict[Group, list[Decimal]] = defaultdict(list)
    seen: set[str] = set()
    number = 0
    for number, item in enumerate(items, start=1):
        if kind.once and _is_known(item, kind.once, seen):
            continue
        try:
            group = tuple(
                column.text(find_value(kind.asks, column.name, kind.by[column.name], item)) for column in columns
            )
        except CannotJudgeError as problem:
            raise CannotJudgeError(f"item {number} of {kind.asks.operation}: {problem}") from problem
        numbers = _read_amounts(find_or_none(kind.value, item))
        if numbers is None:
            return Finding(
                outcome=Outcome.FAILED,
                expected=context.check.expected,
                message=f"the API has something at {kind.value} that is not a number",
            )
        # One number is kept for a group, not one for each of a million items.
        amounts[group] = [add_decimals([*amounts[group], *numbers])]
    expected = {group: add_decimals(numbers) for group, numbers in amounts.items()}
    rows, actual = _sum_table(context, kind, columns)
    finding = _judge_groups(kind, columns, expected, actual, looked_at=number + rows)
    return replace(finding, columns=(kind.column,) if finding.outcome is Outcome.FAILED else ())


def _is_known(item: Json, paths: Iterable[str], seen: set[str]) -> bool:
    """Return whether an item like this one came before, and remember this one."""
    identity = json.dumps([find_or_none(path, item) for path in paths], sort_keys=True)
    is_known = identity in seen
    seen.add(identity)
    return is_known


def _read_amounts(value: Json) -> list[Decimal] | None:
    """Return the numbers of an item, without null; None when one is not a number."""
    amounts = [amount for amount in (value if isinstance(value, list) else [value]) if amount is not None]
    numbers = [number for amount in amounts if (number := parse_decimal(amount)) is not None]
    return numbers if len(numbers) == len(amounts) else None


def check_sum_of_column(context: CheckContext, kind: SumOfColumn) -> Finding:
    """The sum of `column`, which is compared with that of an earlier run."""
    rows, sums = _sum_table(context, kind, [])
    total = add_decimals(sums.values())
    shown = render_decimal(total)
    return judge(True, expected=context.check.expected, actual={"sum": shown}, looked_at=rows, figure=total)


def _sum_table(
    context: CheckContext, kind: SumOfItems | SumOfColumn, columns: list[Column]
) -> tuple[int, dict[Group, Decimal]]:
    """Return the number of rows, and group -> sum."""
    names = {f"c{n}": column for n, column in enumerate(columns)}
    group = _list_sql([column.sql_text(f"{{c{n}:Identifier}}") for n, column in enumerate(columns)])
    added = context.build_column(kind.column)
    scale = find_scale(added.type)
    rows = context.select(
        f"SELECT {group} AS _g_, toString(sum({render_amount(added.type, '{c:Identifier}', scale)})),\n"
        f"  sum({render_reach(added.type, '{c:Identifier}')}), count() FROM {context.rows} GROUP BY _g_",
        c=added,
        **names,
    )
    for _, _, reach, _ in rows:
        check_reach(kind.column, reach, scale)
    sums = {tuple(group): Decimal(total or 0) for group, total, _, _ in rows}
    return sum(count for *_, count in rows), sums


def _judge_groups(
    kind: SumOfItems,
    columns: list[Column],
    expected: Mapping[Group, Decimal],
    actual: Mapping[Group, Decimal],
    *,
    looked_at: int,
) -> Finding:
    sums = {
        group: (expected.get(group, Decimal()), actual.get(group, Decimal())) for group in sorted({*expected, *actual})
    }
    tolerance = kind.tolerance or Tolerance()
    differing = [
        (group, theirs, ours) for group, (theirs, ours) in sums.items() if not is_within(tolerance, theirs, ours)
    ]
    return _judge_sums(
        kind.column,
        kind.asks.operation,
        columns,
        groups=len(sums),
        theirs=render_decimal(add_decimals(expected.values())),
        ours=render_decimal(add_decimals(actual.values())),
        differing=len(differing),
        sample=[
            (_show_group(columns, columns, group), render_decimal(theirs), render_decimal(ours))
            for group, theirs, ours in differing[:SAMPLE]
        ],
        looked_at=looked_at,
    )


def check_sum_of_table(context: CheckContext, kind: SumOfTable) -> Finding:
    """The sums of `column` and of the other table's `value` are equal in every group of `by`, as decimal numbers.

    Where a column of a group is a Date, a time on the other side counts for its day. NULL adds nothing.
    """
    other = context.find_other(kind)
    if other is None:
        return miss_table(context, kind)
    ours = [context.build_column(name) for name in kind.by]
    theirs = [context.build_column(name, other=other) for name in kind.by.values()]
    added, other_added = context.build_column(kind.column), context.build_column(kind.value, other=other)
    scale = max(find_scale(added.type), find_scale(other_added.type))
    own = _render_side(ours, theirs, added, scale, "c")
    others = _render_side(theirs, ours, other_added, scale, "o")
    differs = "_a_ != _b_"
    if kind.tolerance:
        differs += f" AND NOT {render_within('toString(_b_)', 'toString(_a_)')}"
    groups, total, other_total, differing, sample, reach, looked_at = context.select(
        f"SELECT count(), toString(sum(_a_)), toString(sum(_b_)), countIf({differs}),\n"
        f"  arraySort(groupArrayIf(1000)((_g_, toString(_a_), toString(_b_)), {differs})), sum(_z_), sum(_n_) FROM (\n"
        "  SELECT _g_, sumIf(_x_, NOT _is_other_) AS _a_, sumIf(_x_, _is_other_) AS _b_, sum(_s_) AS _z_,\n"
        "    count() AS _n_ FROM (\n"
        f"    SELECT {own}, 0 AS _is_other_ FROM {context.rows}\n"
        "    UNION ALL\n"
        f"    SELECT {others}, 1 AS _is_other_ FROM {OTHER_ROWS}{other.final}\n"
        "  ) GROUP BY _g_\n"
        ")",
        c=added,
        o=other_added,
        other_db=other.database,
        other=other.name,
        **bind_tolerance(kind.tolerance),
        **{f"c{n}": column for n, column in enumerate(ours)},
        **{f"o{n}": column for n, column in enumerate(theirs)},
    )[0]
    check_reach(kind.column, reach, scale)
    return _judge_sums(
        kind.column,
        kind.table,
        ours,
        groups=groups,
        theirs=other_total,
        ours=total,
        differing=differing,
        sample=[(_show_group(ours, theirs, group), theirs_, ours_) for group, ours_, theirs_ in sample[:SAMPLE]],
        looked_at=looked_at,
    )


def _render_side(columns: Sequence[Column], twins: Sequence[Column], added: Column, scale: int, prefix: str) -> str:
    """Return SQL for the group of a row, its number, and how large that is; `prefix` names the columns of a side."""
    place = f"{{{prefix}:Identifier}}"
    amount, reach = render_amount(added.type, place, scale), render_reach(added.type, place)
    groups = _render_groups(columns, twins, prefix)
    return f"{groups} AS _g_, ifNull({amount}, 0) AS _x_, ifNull({reach}, 0) AS _s_"


def _render_groups(columns: Sequence[Column], twins: Sequence[Column], prefix: str) -> str:
    """Return SQL for the group of a row, in texts that can be compared with those of the other table."""
    return _list_sql(
        [
            f"ifNull({render_text_beside(column.type, twin.type, f'{{{prefix}{n}:Identifier}}')}, '')"
            for n, (column, twin) in enumerate(zip(columns, twins, strict=True))
        ]
    )


def _list_sql(texts: Sequence[str]) -> str:
    return f"array({', '.join(texts)})" if texts else "emptyArrayString()"


def _show_group(columns: Sequence[Column], twins: Sequence[Column], group: Group) -> Group:
    pairs = zip(columns, twins, group, strict=True)
    return tuple(column.show(text) if column.type == twin.type else text for column, twin, text in pairs)


def _judge_sums(
    column: str,
    source: str,
    columns: Sequence[Column],
    *,
    groups: int,
    theirs: str,
    ours: str,
    differing: int,
    sample: Sequence[tuple[Group, str, str]],
    looked_at: int,
) -> Finding:
    actual: dict[str, Json] = {"sum": ours, "groups": groups, "differing": differing}
    if differing:
        names = [column.name for column in columns]
        actual["sample"] = [
            {**dict(zip(names, group, strict=True)), "expected": other, "actual": own} for group, other, own in sample
        ]
    message = f"the sum of {column} is {ours}, {source} has {theirs}; {differing} of {groups} groups differ"
    return judge(
        differing == 0,
        expected={"sum": theirs, "of": source},
        actual=actual,
        message=message,
        looked_at=looked_at,
        figure=Decimal(ours),
    )
