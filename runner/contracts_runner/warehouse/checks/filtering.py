"""`where` beside a check: which rows of the table it looks at."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from contracts_runner.model.warehouse_beside import Condition, WrittenScalar
from contracts_runner.warehouse.api_values import read_not_finite
from contracts_runner.warehouse.checks.context import CheckContext, Filter, Finding
from contracts_runner.warehouse.checks.values import find_order, read_accepted, read_bound, read_column
from contracts_runner.warehouse.column_types import NUMBERS, Kind
from contracts_runner.warehouse.columns import Column

# Their values are compared as they are, so that ClickHouse can leave out parts of the table by its keys.
_ORDERED = NUMBERS | {Kind.TIME, Kind.DATE}


def narrow(context: CheckContext) -> CheckContext:
    """Return the context of the rows that `where` names; raises WarehouseQueryError, WarehouseUnavailable."""
    if not context.check.where:
        return context
    parameters: dict[str, Any] = {}
    tests = [
        _render(context, condition, f"w{n}", parameters) for n, condition in enumerate(context.check.where, start=1)
    ]
    return replace(context, filter=Filter(" AND ".join(tests), parameters))


def note_filter(context: CheckContext, finding: Finding) -> Finding:
    """Return the finding with the rows that `where` names, and how many they are; raises what `select` raises."""
    if context.filter is None:
        return finding
    rows = context.select(f"SELECT count() FROM {context.rows}")[0][0]
    where = json.dumps(context.check.written["where"], ensure_ascii=False)
    return replace(finding, message="; ".join(filter(None, [finding.message, f"rows where {where}: {rows}"])))


def _render(context: CheckContext, condition: Condition, name: str, parameters: dict[str, Any]) -> str:
    """Return SQL for a condition; `parameters` get its values, by names that begin with `name`."""
    if condition.values and set(condition.values) == {None}:
        # Values of any type can be NULL, also of one that cannot be compared.
        parameters[name] = read_column(context, condition.column)
        test = f"isNull({{{name}:Identifier}})"
    else:
        column = parameters[name] = context.build_column(condition.column)
        test = f"({' OR '.join(_iter_tests(context, column, condition, name, parameters))})"
    # NULL is none of the values, so that it is among the rows of `not`.
    return f"NOT ifNull({test}, 0)" if condition.is_negated else test


def _iter_tests(
    context: CheckContext, column: Column, condition: Condition, name: str, parameters: dict[str, Any]
) -> Iterator[str]:
    if not condition.values:
        yield _render_bounds(context, column, (condition.least, condition.most), name, parameters)
    for n, value in enumerate(condition.values):
        place = f"{name}_{n}"
        if value is None:
            yield f"isNull({{{name}:Identifier}})"
        elif column.type.kind in _ORDERED and not isinstance(value, bool) and read_not_finite(value) != "nan":
            yield _render_bounds(context, column, (value, value), name, parameters, number=n)
        else:
            yield _render_equal(context, column, value, name, place, parameters)


def _render_equal(
    context: CheckContext, column: Column, value: WrittenScalar, name: str, place: str, parameters: dict[str, Any]
) -> str:
    identifier = f"{{{name}:Identifier}}"
    if column.type.kind is Kind.STRING:
        parameters[place] = column.read_written(value, context.find_server_zone())
        return f"{identifier} = {{{place}:String}}"
    parameters[place] = read_accepted(context, column, value)
    return f"(isNotNull({identifier}) AND {column.sql_text(identifier)} = {{{place}:String}})"


def _render_bounds(
    context: CheckContext,
    column: Column,
    bounds: tuple[float | str | None, float | str | None],
    name: str,
    parameters: dict[str, Any],
    number: int = 0,
) -> str:
    """Return SQL for what is between two bounds; a day on a time column means all of it."""
    value, place = (sql.replace("{c:", f"{{{name}:") for sql in find_order(column))
    tests = []
    for side, sign, bound in (("min", ">=", bounds[0]), ("max", "<=", bounds[1])):
        if bound is not None:
            key = f"{name}_{number}_{side}"
            tests.append(f"{value} {sign} {place.replace('{bound:', f'{{{key}:')}")
            parameters[key] = read_bound(context, column, bound, is_most=side == "max")
    return f"({' AND '.join(tests)})"
