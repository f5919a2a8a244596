"""Reads Postman collections 2.1 and environments (https://schema.postman.com): requests in folders, variables, auth."""

import base64
import json
import re
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from urllib.parse import quote

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.importing.foreign_requests import (
    ForeignFile,
    ForeignFileError,
    ForeignPart,
    ForeignRequest,
    add_default_type,
    mark_open,
)
from contracts_runner.model.exchange import Response, Timings
from contracts_runner.model.http import FORM, JSON
from contracts_runner.model.json import Json
from contracts_runner.model.nouns import count_noun

_REFERENCE = re.compile(r"\{\{([^{}]+)\}\}")
_MOST_PASSES = 10  # of variables that name variables
_MOST_CHARACTERS = 1 << 20
_LANGUAGES = {"json": JSON, "xml": "application/xml", "html": "text/html", "javascript": "application/javascript"}
# What a dynamic variable of Postman is in an expression of ours.
_DYNAMIC = {"$guid": "uuid", "$randomUUID": "uuid", "$isoTimestamp": "now"}
Object = Mapping[str, Json]
_Fill = Callable[[Json], str]


@dataclass(frozen=True, slots=True)
class Variables:
    """The variables of an environment (or of globals), and those of them that it calls secret."""

    values: Mapping[str, str]
    secrets: tuple[str, ...]


def is_collection(value: Json) -> bool:
    """Tell whether a JSON document is a collection of Postman."""
    return isinstance(value, Mapping) and isinstance(value.get("item"), list) and isinstance(value.get("info"), Mapping)


def is_environment(value: Json) -> bool:
    """Tell whether a JSON document is an environment of Postman, or its globals."""
    return isinstance(value, Mapping) and isinstance(value.get("values"), list) and "item" not in value


def read_environment_file(value: Object) -> Variables:
    """Return the variables that are switched on."""
    listed = [each for each in _list(value.get("values")) if each.get("enabled", True)]
    secrets = tuple(_text(each.get("value")) for each in listed if each.get("type") == "secret")
    return Variables(
        {_text(each.get("key")): _text(each.get("value")) for each in listed}, tuple(filter(None, secrets))
    )


def read_collection(value: Object, name: str, environment: Mapping[str, str]) -> ForeignFile:
    """Return the requests of a collection; those of one folder are one scenario. The variables of an environment come
    before those of the collection. Raises ForeignFileError for another version."""
    schema = _text(_take(value, "info").get("schema"))
    if schema and not re.search(r"/v2\.[01]", schema):
        raise ForeignFileError(f"{name} is a collection of another version than 2.1; export it as Collection v2.1")
    reader = _Reader(name, ForeignFile())
    own = {_text(each.get("key")): _text(each.get("value")) for each in _list(value.get("variable"))}
    secrets = (each for each in _list(value.get("variable")) if each.get("type") == "secret")
    reader.found.secrets += filter(None, (_text(each.get("value")) for each in secrets))
    reader.read_items(value, (), None, ChainMap(dict(environment), own))
    return reader.found


@dataclass(frozen=True, slots=True)
class _Reader:
    name: str
    found: ForeignFile

    def read_items(self, folder: Object, path: Sequence[str], auth: Json, variables: MutableMapping[str, str]) -> None:
        """Read what a collection or a folder holds, with what it inherits."""
        where = f"{self.name}: {' / '.join(path) or 'the collection'}"
        self._note_scripts(folder, where)
        auth = folder.get("auth") or auth
        for item in _list(folder.get("item")):
            inner = (*path, _text(item.get("name")) or "unnamed")
            if isinstance(item.get("item"), list):
                self.read_items(item, inner, auth, variables)
            else:
                shown = f"{self.name}: {' / '.join(inner)}"
                self._note_scripts(item, shown)
                group = " / ".join((self.name, *path))
                self.found.requests.append(_read_request(item, shown, group, auth, variables))

    def _note_scripts(self, owner: Object, where: str) -> None:
        for event in _list(owner.get("event")):
            lines = _take(event, "script").get("exec")
            text = "\n".join(map(_text, lines)) if isinstance(lines, list) else _text(lines)
            if text.strip():
                kind = "before the request" if event.get("listen") == "prerequest" else "that tests the answer"
                size = count_noun(len(text.splitlines()), "line")
                self.found.notes.append(f"{where}: a script {kind} ({size}) is not carried over")


def _read_request(
    item: Object, where: str, group: str, inherited: Json, variables: Mapping[str, str]
) -> ForeignRequest:
    request = item.get("request")
    if isinstance(request, str):
        request = {"url": request, "method": "GET"}
    if not isinstance(request, Mapping):
        return ForeignRequest(where=where, method="GET", url="", problem="it has no request")
    lost: list[str] = []

    def fill(text: Json) -> str:
        return _fill(_text(text), variables, lost)

    headers = [(fill(each.get("key")), fill(each.get("value"))) for each in _list(request.get("header"), is_on=True)]
    auth = request.get("auth") or inherited
    query, problem = _add_auth(auth, headers, fill)
    url = _read_url(request.get("url"), fill)
    if query:
        url += ("&" if "?" in url else "?") + query
    body, parts, path = _read_body(_take(request, "body"), headers, fill)
    return ForeignRequest(
        where=where,
        title=_text(item.get("name")),
        method=(fill(request.get("method")) or "GET").upper(),
        url=url,
        group=group,
        headers=tuple((name, value) for name, value in headers if name),
        body=body,
        parts=parts,
        body_path=path,
        answer=_read_example(item, request, fill),
        is_example=True,
        problem=problem,
        lost=tuple(dict.fromkeys(lost)),
    )


def _read_example(item: Object, request: Object, fill: _Fill) -> Response | None:
    """Return the answer that was saved with a request: of several that of a success, of the request as it stands
    before one of another form of it."""
    saved = [each for each in _list(item.get("response")) if isinstance(each.get("code"), int)]
    saved = [each for each in saved if 200 <= each["code"] < 600]
    if not saved:
        return None

    def is_other(example: Object) -> bool:
        original = _take(example, "originalRequest")
        return bool(original) and any(original.get(key) != request.get(key) for key in ("method", "url", "body"))

    example = min(saved, key=lambda each: (is_other(each), each["code"] >= 300))
    headers = [(fill(each.get("key")), fill(each.get("value"))) for each in _list(example.get("header"))]
    body = _text(example.get("body")).encode("utf-8", "surrogatepass")
    timings = Timings(first_byte_ms=0, total_ms=0)
    kept = tuple(pair for pair in headers if pair[0].lower() == "content-type")
    return Response(status_code=example["code"], headers=kept, body=body, timings=timings)


def _fill(text: str, variables: Mapping[str, str], lost: list[str]) -> str:
    """Return a text with its variables; what has no value, and what Postman would make up, stays open."""

    def replace(match: re.Match[str]) -> str:
        name = match[1].strip()
        if name in variables:
            return variables[name]
        if name.startswith("$") and name not in _DYNAMIC:
            lost.append(f"the value that Postman makes up for {{{{{name}}}}}")
        return mark_open(_DYNAMIC.get(name, name.lstrip("$")))

    for _ in range(_MOST_PASSES):
        before, text = text, _REFERENCE.sub(replace, text)
        if text == before or len(text) > _MOST_CHARACTERS:
            break
    return text[:_MOST_CHARACTERS]


def _read_url(url: Json, fill: _Fill) -> str:
    if isinstance(url, str):
        return fill(url)
    if not isinstance(url, Mapping):
        return ""
    if not url.get("host") and not url.get("path"):
        return fill(url.get("raw"))
    own = {_text(each.get("key")): fill(each.get("value")) for each in _list(url.get("variable"))}
    segments = [fill(part.get("value") if isinstance(part, Mapping) else part) for part in _sequence(url.get("path"))]
    path = "/".join(quote(own[part[1:]], safe="") if part[:1] == ":" and part[1:] in own else part for part in segments)
    host = ".".join(map(fill, url["host"])) if isinstance(url.get("host"), list) else fill(url.get("host"))
    protocol, port = fill(url.get("protocol")), fill(url.get("port"))
    scheme = f"{protocol or 'http'}://" if "://" not in host and not host.startswith(mark_open("")[:-1]) else ""
    pairs = [(fill(each.get("key")), each.get("value")) for each in _list(url.get("query"), is_on=True)]
    query = "&".join(key if value is None else f"{key}={fill(value)}" for key, value in pairs)
    return f"{scheme}{host}{f':{port}' if port else ''}/{path}" + (f"?{query}" if query else "")


def _read_body(
    body: Object, headers: list[tuple[str, str]], fill: _Fill
) -> tuple[bytes | None, tuple[ForeignPart, ...] | None, str]:
    """Return the body as bytes, as parts, or as the path of a file; a missing Content-Type is added as Postman does."""
    if body.get("disabled"):
        return None, None, ""
    match body.get("mode"):
        case "raw":
            text = fill(body.get("raw"))
            language = _take(_take(body, "options"), "raw").get("language")
            if text:
                add_default_type(headers, _LANGUAGES.get(_text(language), "text/plain"))
            return (text.encode("utf-8", "surrogatepass") if text else None), None, ""
        case "urlencoded":
            add_default_type(headers, FORM)
            pairs = [(fill(e.get("key")), fill(e.get("value"))) for e in _list(body.get("urlencoded"), is_on=True)]
            return "&".join(f"{_escape(name)}={_escape(value)}" for name, value in pairs).encode(), None, ""
        case "formdata":
            return None, tuple(_read_part(each, fill) for each in _list(body.get("formdata"), is_on=True)), ""
        case "file":
            return None, None, _text(_take(body, "file").get("src")) or "a file"
        case "graphql":
            add_default_type(headers, JSON)
            graphql = _take(body, "graphql")
            text = json.dumps({"query": fill(graphql.get("query"))}, ensure_ascii=False)
            variables = fill(graphql.get("variables")).strip()
            return (f'{text[:-1]}, "variables": {variables}}}' if variables else text).encode(), None, ""
        case _:
            return None, None, ""


def _escape(text: str) -> str:
    return quote(text, safe="*-._ ").replace(" ", "+")


def _read_part(part: Object, fill: _Fill) -> ForeignPart:
    name, media_type = fill(part.get("key")), fill(part.get("contentType"))
    if part.get("type") != "file":
        return ForeignPart(name=name, content=fill(part.get("value")).encode(), media_type=media_type)
    source = part.get("src")
    path = _text(source[0] if isinstance(source, list) and source else source) or "a file"
    return ForeignPart(name=name, path=path, filename=path.replace("\\", "/").rpartition("/")[2], media_type=media_type)


def _add_auth(auth: Json, headers: list[tuple[str, str]], fill: _Fill) -> tuple[str, str]:
    """Add a pre-set authorization to the headers; return what it adds to the query, and why it cannot be sent."""
    kind = _text(auth.get("type")) if isinstance(auth, Mapping) else ""
    listed = auth.get(kind) if isinstance(auth, Mapping) else None
    given = listed if isinstance(listed, Mapping) else {_text(e.get("key")): e.get("value") for e in _list(listed)}
    if kind in ("", "noauth") or any(name.lower() == "authorization" for name, _ in headers):
        return "", ""
    match kind:
        case "bearer":
            headers.append(("Authorization", f"Bearer {fill(given.get('token'))}"))
        case "oauth2":
            headers.append(("Authorization", f"Bearer {fill(given.get('accessToken')) or mark_open('access_token')}"))
        case "basic":
            pair = f"{fill(given.get('username'))}:{fill(given.get('password'))}"
            headers.append(("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"))
        case "apikey":
            name, value = fill(given.get("key")), fill(given.get("value"))
            if given.get("in") == "query":
                return f"{quote(name)}={quote(value)}", ""
            headers.append((name, value))
        case _:
            return "", f"its authorization by {kind} is not known"
    return "", ""


def _take(value: Object, key: str) -> Object:
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}


def _list(value: Json, *, is_on: bool = False) -> Iterator[Object]:
    """Yield the objects of a list; `is_on`: those that are not switched off."""
    for each in value if isinstance(value, list) else ():
        if isinstance(each, Mapping) and not (is_on and each.get("disabled")):
            yield each


def _sequence(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [part for part in _text(value).strip("/").split("/") if part]


def _text(value: Json) -> str:
    """Return a text, a number or a truth value as Postman writes it, "" for anything else."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else ""
