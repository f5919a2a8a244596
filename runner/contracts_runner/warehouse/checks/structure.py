"""Checks of what a table is: exists, engine, order_by, columns."""

import re

from contracts_runner.model.warehouse_kinds import Columns, Engine, OrderBy
from contracts_runner.warehouse.checks.context import COLUMNS, CheckContext, Finding, judge

# One SELECT for three checks, so that a table is looked up once.
_TABLE = "SELECT engine, sorting_key FROM system.tables WHERE database = {db:String} AND name = {t:String}"


def check_exists(context: CheckContext) -> Finding:
    """The table is there, as far as the account can see."""
    is_there = bool(context.select_once(_TABLE))
    return judge(is_there, expected=True, actual=is_there, message="no such table, or the account may not see it")


def check_engine(context: CheckContext, kind: Engine) -> Finding:
    """The engine is the one named, to the letter."""
    actual = context.select_once(_TABLE)[0][0]
    message = f"the engine is {actual}, not {kind.name}"
    return judge(actual == kind.name, expected=kind.name, actual=actual, message=message)


def check_order_by(context: CheckContext, kind: OrderBy) -> Finding:
    """The sorting key is the list of columns or expressions, in that order."""
    key = context.select_once(_TABLE)[0][1]
    actual = split_expressions(key)
    expected = list(kind.expressions)
    holds = list(map(normalise, actual)) == list(map(normalise, expected))
    return judge(holds, expected=expected, actual=actual, message="the sorting key is another one")


def check_columns(context: CheckContext, kind: Columns) -> Finding:
    """The columns are exactly these, each with this type, in any order."""
    rows = context.select_once(COLUMNS)
    actual = {str(name): str(type_name) for name, type_name in rows}
    expected = dict(kind.types)
    differences = [
        *(f"{name} is missing" for name in expected if name not in actual),
        *(f"{name} is not in the contract" for name in actual if name not in expected),
        *(
            f"{name} is {actual[name]}, not {expected[name]}"
            for name in expected
            if name in actual and normalise(actual[name]) != normalise(expected[name])
        ),
    ]
    return judge(not differences, expected=expected, actual=actual, message="; ".join(differences))


def normalise(text: str) -> str:
    """Return a type or expression without the spaces outside quotes: Decimal(18,2) is Decimal(18, 2)."""
    return re.sub(r"('(?:[^'\\]|\\.)*')|\s+", lambda match: match[1] or "", text)


def split_expressions(text: str) -> list[str]:
    """Split a sorting key at the commas that are outside of brackets and quotes.

    ClickHouse shows `ORDER BY (a)` as written, with the brackets of a tuple of one (seen in 26.9); they say nothing.
    """
    inner = text.strip()
    if inner.startswith("(") and inner.endswith(")") and _is_enclosed(inner):
        return _split(inner[1:-1])
    return _split(text)


def _is_enclosed(text: str) -> bool:
    """True if the first bracket is closed by the last one: not so in `(a) || (b)`."""
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return position == len(text) - 1
    return False


def _split(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for match in re.finditer(r"'(?:[^'\\]|\\.)*'|`[^`]*`|[(),]", text):
        match match[0]:
            case "(":
                depth += 1
            case ")":
                depth -= 1
            case "," if depth == 0:
                parts.append(text[start : match.start()])
                start = match.end()
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]
