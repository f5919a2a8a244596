"""Guesses what an author meant by an unknown word."""

from collections.abc import Iterable
from difflib import get_close_matches

_MAX_LISTED = 20
_NEAR = 0.6


def find_nearest(word: str, choices: Iterable[str], *, likeness: float = _NEAR) -> str | None:
    """Return the choice that is most like a word, in any case; None where none reaches the `likeness` (0 to 1)."""
    by_folded = {choice.casefold(): choice for choice in choices}
    matches = get_close_matches(word.casefold(), by_folded, n=1, cutoff=likeness)
    return by_folded[matches[0]] if matches else None


def suggest(word: str, choices: Iterable[str]) -> str:
    """Return "Did you mean 'x'?", or "" when nothing is near."""
    nearest = find_nearest(word, choices)
    return f"Did you mean '{nearest}'?" if nearest else ""


def suggest_or_list(word: str, choices: Iterable[str]) -> str:
    """Return "Did you mean 'x'?", or else the choices, when they are few enough to read."""
    names = list(choices)
    if hint := suggest(word, names):
        return hint
    return f"known: {', '.join(names)}" if 0 < len(names) <= _MAX_LISTED else ""
