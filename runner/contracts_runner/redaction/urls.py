"""Redacts URLs: credentials before the host, path segments, the query."""

import re
from collections.abc import Mapping
from urllib.parse import unquote

from contracts_runner.redaction.finder import Finder
from contracts_runner.redaction.forms import render_credential
from contracts_runner.redaction.mark import Mark
from contracts_runner.redaction.pairs import redact_pairs

# RFC 3986, appendix B; never refuses a text, as urlsplit does.
_URL = re.compile(r"(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def redact_url(url: str, finder: Finder, *, kinds: Mapping[str, str], template: str) -> str:
    """Return a URL for people: `kinds` is parameter -> kind of `x-pii`, `template` the operation's path, which says
    where path parameters stand ("" if unknown: then only what is known or recognised is replaced)."""
    match = _URL.fullmatch(url)
    if match is None:
        return finder.redact(url)
    scheme, authority, path, query, fragment = match.groups()
    marks = {name: Mark(kind) for name, kind in kinds.items()}
    parts = [f"{scheme}:" if scheme else ""]
    if authority is not None:
        parts.append("//" + _redact_authority(authority, finder))
    parts.append(_redact_path(path, finder, marks, template))
    if query is not None:
        parts.append("?" + redact_pairs(query, marks.get, finder))
    if fragment is not None:
        parts.append("#" + finder.redact(fragment))
    return "".join(parts)


def _redact_authority(authority: str, finder: Finder) -> str:
    user, at, host = authority.rpartition("@")
    return (render_credential(unquote(user)) + at if at else "") + finder.redact(host)


def _redact_path(path: str, finder: Finder, marks: Mapping[str, Mark], template: str) -> str:
    segments = path.split("/")
    names = template.split("/") if template else []
    # From the end: the base URL may have a path of its own before the template.
    for offset in range(1, min(len(names), len(segments)) + 1):
        placeholder = _PLACEHOLDER.fullmatch(names[-offset])
        mark = marks.get(placeholder[1]) if placeholder else None
        if mark:
            segments[-offset] = finder.render(unquote(segments[-offset]), mark)
    return finder.redact("/".join(segments))
