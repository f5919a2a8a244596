"""Suggests a known word for an unknown one."""

from collections.abc import Iterable
from difflib import get_close_matches

_MAX_LISTED = 20
_LEAST_PART = 3


def find_similar(word: str, choices: Iterable[str], *, cutoff: float = 0.6, is_part: bool = False) -> str:
    """Return the choice that is most like the word, "" when none is: `cutoff` is the least likeness, from 0 to 1.
    `is_part`: else the first choice of which the word is a part."""
    by_folded = {choice.casefold(): choice for choice in choices}
    folded = word.casefold()
    # Of a short word two letters in the wrong order are half.
    swapped = (choice for choice in by_folded if sorted(choice) == sorted(folded))
    matches = get_close_matches(folded, by_folded, n=1, cutoff=cutoff) or list(swapped)
    if is_part and len(folded) >= _LEAST_PART:
        matches += [choice for choice in by_folded if folded in choice]
    return by_folded[matches[0]] if matches else ""


def suggest(word: str, choices: Iterable[str], *, cutoff: float = 0.6, is_part: bool = False) -> str:
    """Return "Did you mean 'x'?", or "" when none is similar."""
    found = find_similar(word, choices, cutoff=cutoff, is_part=is_part)
    return f"Did you mean '{found}'?" if found else ""


def suggest_or_list(word: str, choices: Iterable[str]) -> str:
    """Return "Did you mean 'x'?", or else the choices, when they are few enough to read."""
    names = list(choices)
    if hint := suggest(word, names):
        return hint
    return f"known: {', '.join(names)}" if 0 < len(names) <= _MAX_LISTED else ""
