"""Regular expressions that others wrote (ECMA 262), found in texts that others sent: in bounded time.

The validator's engine needs time in proportion to the text and to the pattern, unless that has look-around or back
references: then it goes back, up to a number of steps, each of which may read the whole text. Such a pattern, or one
that is very large, is *heavy*, and applied to texts up to a length only.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jsonschema_rs import Draft202012Validator, FancyRegexOptions, RegexOptions, ValidationError, ValidationErrorKind

from contracts_runner.errors import UndecidedError

# Their product is what one search may cost: about a second.
_MOST_STEPS = 20_000
LONGEST_TEXT = 10_000
# A megabyte of text takes seconds at this size of a compiled pattern, and minutes at the engine's own bound.
_LIGHT_BYTES = 1 << 16

ENGINE = FancyRegexOptions(backtrack_limit=_MOST_STEPS)
_LIGHT_ENGINE = RegexOptions(size_limit=_LIGHT_BYTES)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern."""

    is_heavy: bool
    _validator: Any

    def is_in(self, text: str) -> bool:
        """Tell whether the pattern is found in the text; raises UndecidedError where that takes too long."""
        if not self.is_heavy:
            return bool(self._validator.is_valid(text))
        if len(text) > LONGEST_TEXT:
            raise UndecidedError(
                f"a text of {len(text):,} characters is too long for its pattern, which is large or has look-around "
                f"or a back reference: {LONGEST_TEXT:,} is the most"
            )
        try:
            self._validator.validate(text)
        except ValidationError as error:
            if isinstance(error.kind, ValidationErrorKind.Pattern):
                return False
            raise UndecidedError(
                "a pattern of the schema needs more steps than a regular expression may take"
            ) from None
        return True


# A class, or what is escaped; in ECMA 262 `]` ends a class also as its first letter.
_CLASS = re.compile(r"\\.|\[\^\]|\[\]|\[\^?(?:\\.|[^\]\\])+\]", re.DOTALL)
_EMPTY_CLASSES = {"[^]": r"[\s\S]", "[]": r"[^\s\S]"}


def translate_pattern(text: str) -> str:
    """Return a pattern of ECMA 262 as the validator takes it, which knows no empty classes."""
    if "[]" not in text and "[^]" not in text:
        return text
    return _CLASS.sub(lambda match: _EMPTY_CLASSES.get(match[0], match[0]), text)


@lru_cache(maxsize=10_000)
def compile_pattern(text: str) -> Pattern:
    """Return the pattern; raises ValueError for what is not a regular expression, or too large for one."""
    try:
        return Pattern(False, Draft202012Validator({"pattern": text}, pattern_options=_LIGHT_ENGINE))
    except ValidationError:
        pass
    try:
        return Pattern(True, Draft202012Validator({"pattern": text}, pattern_options=ENGINE))
    except ValidationError:
        raise ValueError("not a regular expression (ECMA 262), or too large") from None


def list_heavy(texts: Iterable[str]) -> list[str]:
    """Return those that are heavy; what is no pattern is told elsewhere."""
    return [text for text in texts if _is_heavy(text)]


def _is_heavy(text: str) -> bool:
    try:
        return compile_pattern(text).is_heavy
    except ValueError:
        return False
