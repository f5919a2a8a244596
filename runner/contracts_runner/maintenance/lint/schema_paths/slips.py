"""Tells a slip of the pen from another word: what is not described may all the same exist."""

from collections.abc import Iterable

# Shorter names differ by one letter without being the same word: `id` and `ip`.
_MIN_LENGTH = 4


def find_slip(word: str, names: Iterable[str]) -> str | None:
    """Return the name that `word` is a slip of: one letter more, less or other, two swapped, another case or `_`.

    None for a word that is one of the names. Digits are not taken for letters: `line1` is no slip of `line2`.
    """
    known = list(names)
    if word in known:
        return None
    folded = _fold(word)
    return next((name for name in known if _fold(name) == folded or _is_near(folded, _fold(name))), None)


def _fold(word: str) -> str:
    return word.casefold().replace("_", "").replace("-", "")


def _is_near(left: str, right: str) -> bool:
    """True at a distance of one edit."""
    if left == right or max(len(left), len(right)) < _MIN_LENGTH or abs(len(left) - len(right)) > 1:
        return False
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    rest_left, rest_right = left[start:], right[start:]
    if any(letter.isdigit() for letter in (rest_left[:1], rest_right[:1])):
        return False
    if len(left) == len(right):
        is_swap = rest_left[:2] == rest_right[:2][::-1] and rest_left[2:] == rest_right[2:]
        return is_swap or rest_left[1:] == rest_right[1:]
    longer, shorter = (rest_left, rest_right) if len(left) > len(right) else (rest_right, rest_left)
    return longer[1:] == shorter
