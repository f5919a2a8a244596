"""The check `query`: the author's own SELECT, sent read-only with our limits; its rows are matched like a body."""

import re

from contracts_runner.engine.matching import find_mismatch
from contracts_runner.model.json import Json, parse_json
from contracts_runner.model.warehouse_kinds import OwnQuery
from contracts_runner.openapi.schemas import SchemaStore
from contracts_runner.warehouse.checks.context import CheckContext, Finding, judge
from contracts_runner.warehouse.errors import CannotJudgeError

# As ClickHouse writes a query: one statement, without comments, keywords in capitals.
_CANONICAL = "SELECT formatQuerySingleLine({query:String})"
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|\"(?:[^\"\\]|\\.)*\"")
# What writes a file, or takes back what we have set.
_REFUSED = re.compile(r"\b(INTO OUTFILE|FORMAT|SETTINGS)\b")


def check_query(context: CheckContext, kind: OwnQuery) -> Finding:
    """The rows of the SELECT, a list of objects, are as `is` says; an empty list where it has none."""
    rows = [_read_row(kind, line) for line in context.select_lines(_settle(context, kind))]
    problem = find_mismatch(kind.matcher, rows, schemas=SchemaStore({}, "3.1.0"))
    return judge(
        problem is None, expected=context.check.expected, actual={"rows": len(rows)}, message=f"the rows: {problem}"
    )


def _settle(context: CheckContext, kind: OwnQuery) -> str:
    """Return the one SELECT; raises CannotJudgeError for what is none, or more."""
    [[text]] = context.warehouse.query(_CANONICAL, {"query": kind.sql})
    bare = _QUOTED.sub("''", str(text))
    if not re.match(r"[(\s]*(SELECT|WITH)\b", bare):
        raise CannotJudgeError(f"{kind.file} is no SELECT")
    if found := _REFUSED.search(bare):
        raise CannotJudgeError(f"{kind.file} has {found[1]}, which a check may not; a name is written in backquotes")
    return str(text)


def _read_row(kind: OwnQuery, line: bytes) -> Json:
    try:
        return parse_json(line.decode())
    except ValueError as problem:
        raise CannotJudgeError(f"a row of {kind.file} cannot be read: {problem}") from problem
