"""Reads the conditions on rows that other tools write in SQL, as far as `where` of a check can say them."""

import re
from collections.abc import Callable, Mapping

from contracts_runner.model.json import Json

_COLUMN = r"""(?P<column>[^\W\d]\w*|"[^"]+"|`[^`]+`)"""
_VALUE = r"""(?:-?\d+(?:\.\d+)?|'(?:[^']|'')*'|true|false)"""


def _read_value(sql: str) -> Json:
    if sql.startswith("'"):
        return sql[1:-1].replace("''", "'")
    if sql.lower() in ("true", "false"):
        return sql.lower() == "true"
    return float(sql) if "." in sql else int(sql)


# `!=` and `not in` are not here: in SQL they leave NULL out, and `not` of a condition does not.
_FORMS: Mapping[str, Callable[[re.Match[str]], Json]] = {
    rf"{_COLUMN}\s+is\s+not\s+null": lambda _: {"not": None},
    rf"{_COLUMN}\s+is\s+null": lambda _: None,
    rf"{_COLUMN}\s+between\s+(?P<low>{_VALUE})\s+and\s+(?P<high>{_VALUE})": lambda match: {
        "min": _read_value(match["low"]),
        "max": _read_value(match["high"]),
    },
    rf"{_COLUMN}\s+in\s*\((?P<values>\s*{_VALUE}(?:\s*,\s*{_VALUE})*\s*)\)": lambda match: [
        _read_value(value) for value in re.findall(_VALUE, match["values"], re.IGNORECASE)
    ],
    rf"{_COLUMN}\s*=\s*(?P<value>{_VALUE})": lambda match: _read_value(match["value"]),
    rf"{_COLUMN}\s*>=\s*(?P<value>{_VALUE})": lambda match: {"min": _read_value(match["value"])},
    rf"{_COLUMN}\s*<=\s*(?P<value>{_VALUE})": lambda match: {"max": _read_value(match["value"])},
}
_CONDITIONS = [(re.compile(rf"\s*{form}\s*(?:\band\b|;?\s*\Z)", re.IGNORECASE), read) for form, read in _FORMS.items()]


def read_condition(sql: str) -> dict[str, Json] | None:
    """Return what `where` says, None for SQL that it cannot say."""
    found: dict[str, Json] = {}
    position = 0
    while position < len(sql):
        matches = ((pattern.match(sql, position), read) for pattern, read in _CONDITIONS)
        match, read = next(((match, read) for match, read in matches if match), (None, None))
        column = match["column"].strip('"`') if match else ""
        if match is None or read is None or column in found:
            return None
        found[column] = read(match)
        position = match.end()
    # What ends with `and` is no condition.
    return None if re.search(r"\band\s*\Z", sql, re.IGNORECASE) else found or None
