"""Regular expressions whose one group is a value of a text that a service sent: found in bounded time."""

from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from contracts_runner.errors import UndecidedError
from contracts_runner.reading.durations import FormError

if TYPE_CHECKING:
    import regex

# The engine goes back, as look-around needs it to.
_MOST_SECONDS = 5
_MOST_MATCHES = 100_000


def parse_group_pattern(text: str) -> str:
    """Return a regular expression with one group as it is; raises FormError."""
    import regex  # it takes as long as a request, and few contracts have such a pattern

    try:
        groups = _compile(text).groups
    except regex.error as error:
        raise FormError(f"'{text}' is not a regular expression: {error}") from None
    if groups != 1:
        hint = "write (?:…) for those that only group" if groups else "write (…) around what is wanted"
        raise FormError(f"'{text}' has {groups or 'no'} groups, not one; {hint}")
    return text


def find_groups(pattern: str, text: str, *, is_first: bool = False) -> list[str]:
    """Return what the one group has wherever the pattern is found, or where it is found first; raises
    UndecidedError."""
    matches = _compile(pattern).finditer(text, timeout=_MOST_SECONDS, concurrent=True)
    try:
        groups = (match[1] for match in matches if match[1] is not None)
        found = list(islice(groups, 1 if is_first else _MOST_MATCHES + 1))
    except TimeoutError:
        raise UndecidedError(f"the pattern needs longer than {_MOST_SECONDS} s on this text") from None
    if len(found) > _MOST_MATCHES:
        raise UndecidedError(f"the pattern is found more than {_MOST_MATCHES:,} times in this text")
    return found


@lru_cache(maxsize=1024)
def _compile(text: str) -> "regex.Pattern[str]":
    import regex

    return regex.compile(text)
