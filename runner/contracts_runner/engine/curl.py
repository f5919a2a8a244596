"""Writes the command line of curl that sends a request again, byte for byte."""

import shlex
from collections.abc import Iterable, Sequence

# Headers that curl makes by itself, as they have to be for this body and this connection.
_IMPLIED = frozenset({"content-length", "accept-encoding", "connection", "host"})


def render_curl(
    method: str,
    url: str,
    headers: Iterable[tuple[str, str]],
    body: str | None = None,
    *,
    options: Sequence[str] = (),
) -> str:
    """Return the command; `options` are further ones of curl's."""
    return shlex.join(list_curl_words(method, url, headers, body, options=options))


def list_curl_words(
    method: str,
    url: str,
    headers: Iterable[tuple[str, str]],
    body: str | None = None,
    *,
    options: Sequence[str] = (),
) -> list[str]:
    """Return the command's words, as curl gets them."""
    sent = [(name, value) for name, value in headers if name.lower() not in _IMPLIED]
    words = ["curl", *options, *_choose_options(method, url, has_body=body is not None)]
    for name, value in sent:
        # `X:` would take a header away, `X;` sends it without a value.
        words += ["-H", f"{name}: {value}" if value else f"{name};"]
    for name in ("Accept", "Content-Type") if body is not None else ("Accept",):
        if name.lower() not in {other.lower() for other, _ in sent}:
            words += ["-H", f"{name}:"]
    if body is not None:
        words += ["--data-raw", body]
    return [*words, url]


def _choose_options(method: str, url: str, *, has_body: bool) -> list[str]:
    """Return what keeps curl from guessing the method, and from giving parts of the URL a meaning of its own."""
    options = ["--globoff"] if set("[]{}") & set(url) else []
    options += ["--path-as-is"] if "/." in url else []
    if method == "HEAD" and not has_body:
        return [*options, "--head"]
    is_guessed = method == ("POST" if has_body else "GET")
    return options if is_guessed else [*options, "-X", method]
