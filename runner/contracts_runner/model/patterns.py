"""Regular expressions that others wrote (ECMA 262), found in texts that others sent: in bounded time.

The validator's engine needs time in proportion to the text and to the pattern, unless that has look-around or back
references: then it goes back, up to a number of steps, each of which may read the whole text. Such a pattern, or one
that is very large, is *heavy*, and applied to texts up to a length only.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from jsonschema_rs import Draft202012Validator, FancyRegexOptions, RegexOptions, ValidationError, ValidationErrorKind

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import UndecidedError
from contracts_runner.model.ecma import split_length, translate_ecma

_MOST_PATTERNS = 10_000
# Their product is what one search may cost: about a second.
_MOST_STEPS = 20_000
LONGEST_TEXT = 10_000
# A megabyte of text takes seconds at this size of a compiled pattern, and minutes at the engine's own bound.
_LIGHT_BYTES = 1 << 16

ENGINE = FancyRegexOptions(backtrack_limit=_MOST_STEPS, size_limit=1 << 24)
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


# Translation -> what its author wrote.
_WRITTEN: dict[str, str] = {}


def translate_pattern(text: str) -> str:
    """Return a pattern of ECMA 262 as the validator's engine takes it; what is none, told elsewhere, as it is."""
    try:
        translated = translate_ecma(text)
    except ValueError:
        return text
    if translated != text and len(_WRITTEN) < _MOST_PATTERNS:
        _WRITTEN[translated] = text
    return translated


def show_pattern(translated: str) -> str:
    """Return a pattern as its author wrote it."""
    return _WRITTEN.get(translated, translated)


def find_pattern_mistake(text: str) -> str:
    """Return why a text is no pattern, "" of one that is."""
    text, _ = split_length(text)
    try:
        translated = translate_ecma(text)
    except ValueError as error:
        return f"is not a regular expression (ECMA-262): {error}"
    try:
        compile_pattern(translated)
    except ValueError:
        return "is not a regular expression (ECMA-262), or one that is too large"
    return ""


@lru_cache(maxsize=_MOST_PATTERNS)
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
