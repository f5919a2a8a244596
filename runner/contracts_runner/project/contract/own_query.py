"""The form of the check `query`: the author's own SELECT, in a file (docs/design.md, Warehouse contract)."""

import re

from contracts_runner.late_pattern import compile_late
from contracts_runner.model.warehouse_kinds import OwnQuery
from contracts_runner.reading.declarations import Form, Key
from contracts_runner.reading.forms import Value
from contracts_runner.reading.readers import TEXT
from contracts_runner.reading.value_readers import MATCHER

_QUOTED = r"'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.)*`|\"(?:[^\"\\]|\\.)*\""
_COMMENT = r"--[^\n]*|/\*.*?\*/"
_HIDDEN = compile_late(f"({_QUOTED})|{_COMMENT}", re.DOTALL)
_SELECT = compile_late(r"[(\s]*(SELECT|WITH)\b", re.IGNORECASE)


class QueryForm(Form):
    """A SELECT of the author, and what its rows must be."""

    noun = "the check 'query'"
    file = Key(TEXT, "The file with the SELECT, below the project.", required=True, example="sql/balance.sql")
    is_ = Key(
        MATCHER,
        "What the rows are, a list of objects: a value, or a JSON Schema.",
        required=True,
        example="{type: array, maxItems: 0}",
    )


def _build(form: QueryForm) -> OwnQuery | None:
    if form.file is None or form.is_ is None:
        return None
    sql = _read_sql(form.at(QueryForm.file), form.file)
    return None if sql is None else OwnQuery(file=form.file, sql=sql, matcher=form.is_)


def _read_sql(place: Value, name: str) -> str | None:
    """Return the text of the file; "" where only the form of the contract file is wanted."""
    root = place.reading.root
    if root is None:
        return ""
    path = root / name
    if not path.resolve().is_relative_to(root.resolve()):
        place.report(f"the file '{name}' is not below the project")
    elif not path.is_file():
        place.report(f"there is no file '{name}'")
    else:
        content = path.read_bytes()
        place.note_file(path, content)
        try:
            return _check_sql(place, name, content.decode("utf-8-sig"))
        except UnicodeDecodeError:
            place.report(f"the file '{name}' is not UTF-8", "save it as UTF-8")
    return None


def _check_sql(place: Value, name: str, sql: str) -> str | None:
    bare = _HIDDEN.sub(lambda match: "''" if match[1] else " ", sql).strip().removesuffix(";")
    if not _SELECT.match(bare):
        place.report(f"the file '{name}' has no SELECT", "a check only reads: write one SELECT")
    elif ";" in bare:
        place.report(f"the file '{name}' has more than one statement", "write one SELECT in each file")
    else:
        return sql
    return None


QUERY = QueryForm.reader().then(_build)
