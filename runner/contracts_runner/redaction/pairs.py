"""Redacts `name=value&…`: the query of a URL, and form bodies."""

from collections.abc import Callable, Iterator
from urllib.parse import unquote_plus

from contracts_runner.redaction.field_names import guess_credential
from contracts_runner.redaction.finder import Finder
from contracts_runner.redaction.mark import Mark

# The mark of a field, by its name; None for a field without one.
MarkOf = Callable[[str], Mark | None]


def iter_pair_values(text: str, mark_of: MarkOf) -> Iterator[tuple[str, Mark]]:
    """Yield (value, mark) of the marked fields."""
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        mark = find_field_mark(unquote_plus(name), mark_of)
        if mark and value:
            yield unquote_plus(value), mark


def redact_pairs(text: str, mark_of: MarkOf, finder: Finder) -> str:
    """Replace the values of marked fields, and all else that is found in names and values. What does not change keeps
    its spelling; what changes is written decoded, to be read by people."""
    return "&".join(_redact_pair(pair, mark_of, finder) for pair in text.split("&"))


def find_field_mark(name: str, mark_of: MarkOf) -> Mark | None:
    """Return the mark of `name`, `name[]`, `name[0]` or `outer[name]`."""
    base, _, rest = name.partition("[")
    inner = rest.rpartition("]")[0].rpartition("[")[2]
    for candidate in (name, inner, base):
        mark = (mark_of(candidate) or guess_credential(candidate)) if candidate else None
        if mark:
            return mark
    return None


def _redact_pair(pair: str, mark_of: MarkOf, finder: Finder) -> str:
    name, equals, value = pair.partition("=")
    mark = find_field_mark(unquote_plus(name), mark_of)
    redacted = finder.render(unquote_plus(value), mark) if mark else _redact_part(value, finder)
    return _redact_part(name, finder) + equals + redacted


def _redact_part(raw: str, finder: Finder) -> str:
    plain = unquote_plus(raw)
    redacted = finder.redact(plain)
    return raw if redacted == plain else redacted
