"""Regular expressions whose one group is a value of a text that a service sent: found in bounded time."""

from functools import lru_cache

import regex

from contracts_runner.errors import UndecidedError
from contracts_runner.reading.durations import FormError

# The engine goes back, as look-around needs it to.
_MOST_SECONDS = 5


def parse_group_pattern(text: str) -> str:
    """Return a regular expression with one group as it is; raises FormError."""
    try:
        groups = _compile(text).groups
    except regex.error as error:
        raise FormError(f"'{text}' is not a regular expression: {error}") from None
    if groups != 1:
        hint = "write (?:…) for those that only group" if groups else "write (…) around what is wanted"
        raise FormError(f"'{text}' has {groups or 'no'} groups, not one; {hint}")
    return text


def find_group(pattern: str, text: str) -> str | None:
    """Return what the one group has where the pattern is found first, None without; raises UndecidedError."""
    try:
        match = _compile(pattern).search(text, timeout=_MOST_SECONDS, concurrent=True)
    except TimeoutError:
        raise UndecidedError(f"the pattern needs longer than {_MOST_SECONDS} s on this text") from None
    found: str | None = match[1] if match else None
    return found


@lru_cache(maxsize=1024)
def _compile(text: str) -> "regex.Pattern[str]":
    return regex.compile(text)
