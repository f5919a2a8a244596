"""Reads command lines of curl (https://curl.se/docs/manpage.html): what each of them would send."""

import base64
import re
from collections.abc import Iterator
from dataclasses import field
from urllib.parse import quote

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.importing.foreign_requests import (
    ForeignFile,
    ForeignPart,
    ForeignRequest,
    add_default_type,
)
from contracts_runner.maintenance.importing.shell_words import Command, iter_commands
from contracts_runner.model.http import JSON

_LETTERS = """
X request, H header, d data, F form, u user, b cookie, A user-agent, e referer, G get, I head, T upload-file, o output,
w write-out, m max-time, x proxy, c cookie-jar, D dump-header, E cert, K config, r range, y speed-time, Y speed-limit,
z time-cond, s silent, S show-error, i include, v verbose, k insecure, L location, f fail, g globoff, N no-buffer,
O remote-name, J remote-header-name, # progress-bar, 4 ipv4, 6 ipv6, 0 http1.0, q disable, Z parallel
"""
_SHORT: dict[str, str] = dict(map(str.split, _LETTERS.split(",")))
# What says nothing of the request, or only how it travels; then what does so with a value.
_TRAVELLING = """
silent show-error include verbose insecure location fail globoff no-buffer remote-name remote-header-name progress-bar
ipv4 ipv6 http1.0 http1.1 http2 http2-prior-knowledge http3 disable parallel compressed path-as-is fail-with-body
no-progress-meter no-keepalive tcp-nodelay tlsv1.2 tlsv1.3 location-trusted basic
"""
_TRAVELLING_BY_VALUE = """
output write-out max-time proxy cookie-jar dump-header speed-time speed-limit connect-timeout retry retry-delay
retry-max-time cacert capath resolve limit-rate interface user-agent max-redirs noproxy connect-to output-dir
trace trace-ascii stderr
"""
_SILENT = frozenset(_TRAVELLING.split())
_SILENT_WITH_VALUE = frozenset(_TRAVELLING_BY_VALUE.split())
_DATA = ("data", "data-ascii", "data-binary", "data-raw", "data-urlencode", "json")
_WITH_VALUE = frozenset(
    [
        *_DATA,
        *("request", "header", "form", "form-string", "user", "cookie", "referer", "url", "oauth2-bearer"),
        *("upload-file", "config"),
    ]
)
_LOST = {"cert": "the client certificate", "key": "the key of the client certificate"}
_PART_FIELD = re.compile(r';\s*(type|filename)=("(?:[^"\\]|\\.)*"|[^;]*)')


@dataclass(slots=True)
class _Options:
    """What one request of a command line says."""

    urls: list[str] = field(default_factory=list)
    method: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    data: list[str] = field(default_factory=list)
    is_json: bool = False
    files: list[tuple[str, str]] = field(default_factory=list)  # the option, and the file that it names
    parts: list[ForeignPart] = field(default_factory=list)
    is_get: bool = False
    is_head: bool = False
    is_globbing: bool = True
    lost: list[str] = field(default_factory=list)
    problem: str = ""


def read_curl(text: str, name: str) -> ForeignFile:
    """Return the requests of the command lines in a text; each is a scenario of its own."""
    found = ForeignFile()
    for command in iter_commands(text):
        words = _strip_prompt(command.words)
        where = f"{name}:{command.line}"
        if words and re.fullmatch(r"(?:.*[/\\])?curl(?:\.exe)?", words[0]):
            found.requests += _read_command(words[1:], command, where)
        elif command.words and command.after != "|":
            hint = "; a URL with & needs quotes" if command.after == "&" else ""
            found.notes.append(f"{where}: '{command.words[0][:40]}' is no command of curl, and was left out{hint}")
    return found


def _strip_prompt(words: list[str]) -> list[str]:
    """Return a command without a copied prompt and without assignments before it."""
    while words and (words[0] in ("$", "%", ">") or re.match(r"[A-Za-z_]\w*=", words[0])):
        words = words[1:]
    return words


def _read_command(words: list[str], command: Command, where: str) -> Iterator[ForeignRequest]:
    options = _Options(problem=command.problem)
    pending = iter(words)
    for word in pending:
        if word in ("--next", "-:"):
            yield from _build(options, where)
            options = _Options(problem=command.problem)
        elif word.startswith("--") and len(word) > 2:
            _take_long(options, word[2:], pending)
        elif word.startswith("-") and len(word) > 1:
            _take_short(options, word[1:], pending)
        else:
            options.urls.append(word)
    yield from _build(options, where)


def _take_short(options: _Options, letters: str, pending: Iterator[str]) -> None:
    while letters:
        name, letters = _SHORT.get(letters[0], letters[0]), letters[1:]
        if name not in _SILENT and name not in ("get", "head"):
            value = letters or next(pending, "")
            _take(options, name, value)
            return
        _take(options, name, "")


def _take_long(options: _Options, name: str, pending: Iterator[str]) -> None:
    has_value = name in _WITH_VALUE or name in _SILENT_WITH_VALUE or name in _LOST
    _take(options, name, next(pending, "") if has_value else "")


def _take(options: _Options, name: str, value: str) -> None:
    match name:
        case "globoff":
            options.is_globbing = False
        case "get":
            options.is_get = True
        case "head":
            options.is_head = True
        case "url":
            options.urls.append(value)
        case "request":
            options.method = value.upper()
        case "header":
            _take_header(options, value)
        case "user":
            options.headers.append(("Authorization", f"Basic {base64.b64encode(value.encode()).decode()}"))
        case "oauth2-bearer":
            options.headers.append(("Authorization", f"Bearer {value}"))
        case "cookie" if "=" in value:
            options.headers.append(("Cookie", value))
        case "cookie":
            options.lost.append("the cookies of a file")
        case "referer":
            options.headers.append(("Referer", value))
        case "form" | "form-string":
            options.parts.append(_read_part(value, is_plain=name == "form-string"))
        case "upload-file":
            options.files.append((name, value))
        case "config":
            options.problem = options.problem or f"more of its options are in the file {value}"
        case _ if name in _DATA:
            _take_data(options, name, value)
        case _ if name in _LOST:
            options.lost.append(_LOST[name])
        case _ if name not in _SILENT and name not in _SILENT_WITH_VALUE:
            options.problem = (
                options.problem or f"what the option {'-' if len(name) == 1 else '--'}{name} sends is not known"
            )


def _take_header(options: _Options, value: str) -> None:
    name, colon, text = value.partition(":")
    if value.startswith("@"):
        options.problem = options.problem or "its headers are in a file"
    elif colon and text.strip():
        options.headers.append((name.strip(), text.strip()))
    elif colon:
        options.removed.add(name.strip().lower())
    elif value.endswith(";"):
        options.headers.append((value[:-1].strip(), ""))


def _take_data(options: _Options, name: str, value: str) -> None:
    options.is_json = options.is_json or name == "json"
    is_file = value.startswith("@") and name != "data-raw"
    if name == "data-urlencode":
        key, mark, content = re.fullmatch(r"([^=@]*)([=@]?)(.*)", value, re.DOTALL).groups()  # type: ignore[union-attr]  # matches any text
        is_file = mark == "@"
        value = content if is_file else _encode_pair(key, mark, content)
    if is_file:
        options.files.append((name, value.removeprefix("@")))
        return
    options.data.append(value)


def _encode_pair(key: str, mark: str, content: str) -> str:
    if not mark:
        return quote(key, safe="")
    return f"{key}={quote(content, safe='')}" if key else quote(content, safe="")


def _read_part(value: str, *, is_plain: bool) -> ForeignPart:
    name, _, content = value.partition("=")
    if is_plain:
        return ForeignPart(name=name, content=content.encode())
    about = {match[1]: match[2].strip('"') for match in _PART_FIELD.finditer(content)}
    content = _PART_FIELD.sub("", content)
    media_type, filename = about.get("type", ""), about.get("filename")
    if content[:1] in ("@", "<"):
        path = content[1:].strip('"')
        shown = filename or path.replace("\\", "/").rpartition("/")[2]
        return ForeignPart(
            name=name, path=path, filename=shown if content[0] == "@" else filename, media_type=media_type
        )
    text = content[1:-1] if len(content) > 1 and content[0] == content[-1] == '"' else content
    return ForeignPart(name=name, content=text.encode(), filename=filename, media_type=media_type)


def _build(options: _Options, where: str) -> Iterator[ForeignRequest]:
    data = None if not options.data else ("" if options.is_json else "&").join(options.data)
    if not options.urls:
        yield ForeignRequest(where=where, method="GET", url="", problem=options.problem or "it has no URL")
    for url in options.urls:
        yield _build_one(options, data, url, where)


def _build_one(options: _Options, data: str | None, url: str, where: str) -> ForeignRequest:
    problem = options.problem
    if options.is_globbing and re.search(r"\{[^{}]*,[^{}]*\}|\[[^\]]*-[^\]]*\]", url):
        problem = problem or "curl would send several requests for the braces or brackets of its URL"
    if "://" not in url.partition("?")[0]:
        url = f"http://{url}"
    headers, is_guessed, lost = list(options.headers), False, list(options.lost)
    is_upload = any(option == "upload-file" for option, _ in options.files)
    # One file is a body; of several, and of what is encoded, none is.
    whole = options.files[0] if len(options.files) == 1 and data is None and not options.is_get else ("", "")
    option, path = whole if whole[0] not in ("", "data-urlencode") else ("", "")
    lost += [f"a part of its data, which is the file {_name_file(name)}" for _, name in options.files if not option]
    if is_upload and url.endswith("/"):
        url += quote(path.replace("\\", "/").rpartition("/")[2])
    has_data = data is not None or bool(options.files)
    if options.is_get:
        url += f"{'&' if '?' in url else '?'}{data}" if data else ""
    elif options.is_json:
        add_default_type(headers, JSON)
    elif has_data and not is_upload:
        is_guessed = add_default_type(headers)
    has_body = (has_data and not options.is_get) or bool(options.parts)
    method = "HEAD" if options.is_head else "PUT" if is_upload else "POST" if has_body else "GET"
    return ForeignRequest(
        where=where,
        method=options.method or method,
        url=url,
        group=where,
        headers=tuple((name, value) for name, value in headers if name.lower() not in options.removed),
        body=None if data is None or options.is_get else data.encode(),
        parts=tuple(options.parts) if options.parts else None,
        body_path=_name_file(path) if path else "",
        is_file_stripped=option in ("data", "data-ascii"),
        is_type_guessed=is_guessed,
        problem=problem,
        lost=tuple(lost),
    )


def _name_file(path: str) -> str:
    return "of the standard input" if path in ("-", ".") else path
