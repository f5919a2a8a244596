"""Finds the values of marked columns in text tables: CSV and the like (RFC 4180), by the names in their first line."""

import re
from collections.abc import Callable, Iterator

from contracts_runner.redaction.mark import Mark

_DELIMITERS = ",;\t|"
_FIRST_LINE = re.compile(r"[\r\n]*([^\r\n]*)")


def find_in_columns(text: str, mark_of: Callable[[str], Mark | None]) -> Iterator[tuple[int, int, Mark]]:
    """Yield (start, end, mark) of the fields below the names that have a mark."""
    line = _FIRST_LINE.match(text)
    assert line is not None
    # What is between the fields says nobody; who goes by the standard takes a comma.
    for delimiter in dict.fromkeys((max(_DELIMITERS, key=line[1].count), ",")):
        rows = (row for row in _iter_rows(text, delimiter) if row != [(row[0][0], row[0][0])])
        names = [text[start:end].strip("\ufeff").strip().strip("\"'") for start, end in next(rows, [])]
        marks = [mark_of(name) for name in names]
        for row in rows if any(marks) else ():
            for (start, end), mark in zip(row, marks, strict=False):
                if mark and start < end:
                    yield start, end, mark


def _iter_rows(text: str, delimiter: str) -> Iterator[list[tuple[int, int]]]:
    """Yield the fields of each line, as (start, end) without quotation marks."""
    end = re.escape(delimiter)
    field = re.compile(rf'"((?:[^"]|"")*+)"?(?:[^{end}\r\n]*)({end}|\r?\n|\r|\Z)|([^{end}\r\n]*)({end}|\r?\n|\r|\Z)')
    row: list[tuple[int, int]] = []
    place = 0
    while place < len(text) and (match := field.match(text, place)):
        row.append(match.span(1) if match[1] is not None else match.span(3))
        place = match.end()
        if (match[2] or match[4]) != delimiter:
            yield row
            row = []
    if row:
        yield row
