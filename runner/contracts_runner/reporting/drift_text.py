"""Drift in sentences."""

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from contracts_runner.reporting.phrases import ENGLISH, Phrases
from contracts_runner.reporting.text import flatten
from contracts_runner.results.shape_rows import DriftKind, DriftRow

MOST_TOLD = 5


def render_drift(row: DriftRow, phrases: Phrases = ENGLISH) -> str:
    """Return what is otherwise at a place."""
    before, after = _render_types(row.before), _render_types(row.after)
    match row.change:
        case DriftKind.APPEARED:
            return phrases("appeared: %(types)s; before in none of %(number)s", types=after, number=row.before_of)
        case DriftKind.VANISHED:
            return phrases("vanished: in none of %(number)s; before %(types)s", types=before, number=row.after_of)
        case DriftKind.RETYPED:
            return phrases("has another type: %(after)s; before %(before)s", after=after, before=before)
        case DriftKind.NULLABLE:
            return phrases("always null now: %(after)s; before never: %(before)s", after=after, before=before)
        case DriftKind.NOT_NULL:
            return phrases("never null now: %(after)s; before always: %(before)s", after=after, before=before)
        case _:
            assert_never(row.change)


def iter_drift_lines(rows: Sequence[DriftRow], phrases: Phrases = ENGLISH) -> Iterator[str]:
    """Yield a line for each of the first rows, with the operation, and how many more there are."""
    for row in rows[:MOST_TOLD]:
        yield f"{name_place(row)} {render_drift(row, phrases)}"
    if len(rows) > MOST_TOLD:
        yield phrases("and %(number)s more", number=len(rows) - MOST_TOLD)


def name_place(row: DriftRow) -> str:
    """Return the operation, its status, and the place in the answer."""
    return flatten(f"{row.operation} {row.status} {row.place or '#'}")


def _render_types(types: Mapping[str, int]) -> str:
    return ", ".join(f"{word.replace('_', ' ')} {count}" for word, count in types.items())
