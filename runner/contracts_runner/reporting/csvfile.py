"""Writes CSV (RFC 4180) whose cells a spreadsheet will not take for formulas."""

import csv
import io
from collections.abc import Iterable, Sequence

from contracts_runner.model.json import Json
from contracts_runner.reporting.text import make_visible, render_value

# OWASP "CSV injection"; the full-width forms count as formulas in East Asian editions.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_CELL_LIMIT = 1000


def render_csv(header: Sequence[str], rows: Iterable[Sequence[Json]]) -> str:
    """Return the CSV text. None is an empty cell, a number stays a number, everything else becomes harmless text."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(header)
    writer.writerows([neutralise(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def neutralise(cell: Json) -> str | int | float | None:
    """Return a cell that is data for every reader: a leading apostrophe stops what would be a formula."""
    if cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool)):
        return cell
    text = cell if isinstance(cell, str) else render_value(cell, _CELL_LIMIT)
    return f"'{make_visible(text)}" if text.startswith(_FORMULA) else make_visible(text)
