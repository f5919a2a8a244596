"""Makes a short text in which a regular expression of a document (ECMA 262) is found, the same each time."""

import re
from collections.abc import Callable
from re import _constants as signs
from re import _parser as parser
from typing import Any

from contracts_runner.errors import UndecidedError
from contracts_runner.model.patterns import compile_pattern, translate_pattern

_LETTERS = "a1A-_. /:@#x0Zz9" + "".join(map(chr, range(32, 127)))
# What ECMA 262 writes and Python's parser does not read.
_NAMED_GROUP = re.compile(r"\(\?<(?=[A-Za-z_])")
_PROPERTY = re.compile(r"\\p\{[^}]*\}")
_LONGEST = 1000


def make_matching(pattern: str) -> str | None:
    """Return a text, None where none was found."""
    try:
        tree = parser.parse(_PROPERTY.sub("a", _NAMED_GROUP.sub("(?P<", pattern)))
        made = "".join(_make(tree, {}))
        return made if len(made) <= _LONGEST and compile_pattern(translate_pattern(pattern)).is_in(made) else None
    except (re.error, ValueError, OverflowError, RecursionError, UndecidedError):
        return None


def _make(tree: Any, groups: dict[int, str]) -> list[str]:
    return [_make_part(sign, value, groups) for sign, value in tree]


def _make_part(sign: Any, value: Any, groups: dict[int, str]) -> str:
    match sign:
        case signs.LITERAL:
            return chr(value)
        case signs.NOT_LITERAL:
            return _choose(lambda letter: ord(letter) != value)
        case signs.ANY:
            return "a"
        case signs.IN:
            return _choose(lambda letter: _is_in(letter, value))
        case signs.BRANCH:
            return "".join(_make(value[1][0], groups))
        case signs.SUBPATTERN:
            made = "".join(_make(value[3], groups))
            if value[0] is not None:
                groups[value[0]] = made
            return made
        case signs.MAX_REPEAT | signs.MIN_REPEAT | signs.POSSESSIVE_REPEAT:
            fewest = min(int(value[0]), _LONGEST)
            return "".join(_make(value[2], groups)) * fewest
        case signs.GROUPREF:
            return groups.get(value, "")
        case signs.ATOMIC_GROUP:
            return "".join(_make(value, groups))
        case _:  # what stands between letters: anchors, look-around
            return ""


def _choose(is_fitting: Callable[[str], bool]) -> str:
    return next(filter(is_fitting, _LETTERS), "")


def _is_in(letter: str, parts: Any) -> bool:
    is_negated = bool(parts) and parts[0][0] is signs.NEGATE
    found = any(_is_one_of(letter, sign, value) for sign, value in parts)
    return found is not is_negated


def _is_one_of(letter: str, sign: Any, value: Any) -> bool:
    match sign:
        case signs.LITERAL:
            return bool(ord(letter) == value)
        case signs.RANGE:
            return bool(value[0] <= ord(letter) <= value[1])
        case signs.CATEGORY:
            return re.match(_CLASSES.get(value, "(?!)"), letter) is not None
        case _:
            return False


_CLASSES = {
    signs.CATEGORY_DIGIT: r"\d",
    signs.CATEGORY_NOT_DIGIT: r"\D",
    signs.CATEGORY_SPACE: r"\s",
    signs.CATEGORY_NOT_SPACE: r"\S",
    signs.CATEGORY_WORD: r"\w",
    signs.CATEGORY_NOT_WORD: r"\W",
}
