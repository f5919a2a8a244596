"""Redacts URLs (credentials before the host, path segments, the query) and the `name=value&…` of queries and forms."""

import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import unquote, unquote_plus

from contracts_runner.redaction.field_names import is_credential_parameter
from contracts_runner.redaction.finder import Finder
from contracts_runner.redaction.mark import Mark, guess_credential

# The mark of a field, by its name; None for a field without one.
MarkOf = Callable[[str], Mark | None]
# RFC 3986, appendix B; never refuses a text, as urlsplit does.
_URL = re.compile(r"(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def redact_url(url: str, finder: Finder, *, kinds: Mapping[str, str], template: str) -> str:
    """Return a URL for people: `kinds` is parameter -> kind of `x-pii`, `template` the operation's path, which shows
    where path parameters are ("" if unknown: then only what is known or recognised is replaced)."""
    match = _URL.fullmatch(url)
    if match is None:
        return finder.redact(url)
    scheme, authority, path, query, fragment = match.groups()
    marks = {name: Mark(kind) for name, kind in kinds.items()}
    parts = [f"{scheme}:" if scheme else ""]
    if authority is not None:
        user, at, host = authority.rpartition("@")
        parts.append("//" + (finder.meet(unquote(user)) + at if at else "") + finder.redact(host))
    parts.append(_redact_path(path, finder, marks, template))
    if query is not None:
        parts.append("?" + redact_pairs(query, marks.get, finder))
    if fragment is not None:
        parts.append("#" + finder.redact(fragment))
    return "".join(parts)


def _redact_path(path: str, finder: Finder, marks: Mapping[str, Mark], template: str) -> str:
    segments = path.split("/")
    names = template.split("/") if template and marks else []
    # From the end: the base URL may have its own path before the template.
    for offset in range(1, min(len(names), len(segments)) + 1):
        placeholder = _PLACEHOLDER.fullmatch(names[-offset])
        mark = marks.get(placeholder[1]) if placeholder else None
        if mark:
            segments[-offset] = finder.render(unquote(segments[-offset]), mark)
    return finder.redact("/".join(segments))


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
    plain = unquote_plus(name)
    mark = find_field_mark(plain, mark_of)
    if mark is None and is_credential_parameter(plain, ""):
        mark = Mark("token", is_guess=True)
    redacted = finder.render(unquote_plus(value), mark) if mark else _redact_part(value, finder)
    return _redact_part(name, finder) + equals + redacted


def _redact_part(raw: str, finder: Finder) -> str:
    plain = unquote_plus(raw)
    redacted = finder.redact(plain)
    return finder.redact(raw) if redacted == plain != raw else redacted
