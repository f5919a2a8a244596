"""A lending library as a WSGI application, with defects that can be planted by name.

Healthy, it keeps every promise of spec.yaml: it refuses what the spec does not allow, and forgets what was removed.
`python library_app.py [PORT [DEFECT…]]` serves it; contracts.yaml names `create_app`.
"""

import contextlib
import json
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote
from wsgiref.simple_server import make_server

import jsonschema_rs
import yaml

KEY = "library-key-1"
SPEC: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "spec.yaml").read_text(encoding="utf-8"))
_LIMIT = SPEC["paths"]["/books"]["get"]["parameters"][0]["schema"]
_ID = SPEC["paths"]["/books/{id}"]["parameters"][0]["schema"]

# name -> the operation and the check that must find it, both in the coverage phase unless FLOW_FAULTS has the name.
FAULTS = {
    "undeclared status": ("listBooks", "status_code_conformance"),
    "server error on a large limit": ("listBooks", "not_a_server_error"),
    "server error on invalid data": ("addBook", "not_a_server_error"),
    "wrong type": ("getBook", "response_schema_conformance"),
    "missing field": ("addBook", "response_schema_conformance"),
    "broken JSON": ("listBooks", "response_schema_conformance"),
    "wrong item": ("findBooks", "response_schema_conformance"),
    "wrong media type": ("listBooks", "content_type_conformance"),
    "no media type": ("listBooks", "content_type_conformance"),
    "missing header": ("listBooks", "response_headers_conformance"),
    "wrong header": ("listBooks", "response_headers_conformance"),
    "accepts a wrong type": ("listBooks", "negative_data_rejection"),
    "accepts a missing field": ("addBook", "negative_data_rejection"),
    "accepts a short word": ("findBooks", "negative_data_rejection"),
    "refuses poetry": ("addBook", "positive_data_acceptance"),
    "use after remove": ("getBook", "use_after_free"),
    "lost write": ("getBook", "ensure_resource_availability"),
    "ignores the key": ("listBooks", "ignored_auth"),
    "accepts any key": ("listBooks", "ignored_auth"),
}
FLOW_FAULTS = ("use after remove", "lost write")


class Library:
    """The application; `requests` counts what arrived, by "METHOD /path/template"."""

    def __init__(self, *faults: str) -> None:
        assert set(faults) <= FAULTS.keys()
        self.faults = frozenset(faults)
        self.requests: Counter[str] = Counter()
        self.seen: list[tuple[str, str, bytes]] = []
        self._books: dict[int, dict[str, Any]] = {1: {"id": 1, "title": "First", "pages": 10}}
        self._next = 2
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else b""
        query = environ.get("QUERY_STRING", "")
        path = unquote(environ["PATH_INFO"])
        with self._lock:
            self.seen.append((environ["REQUEST_METHOD"], f"{path}?{query}", body))
            status, payload, headers = self._route(environ, path, query, body)
        data = b"" if payload is None else json.dumps(payload).encode()
        if "broken JSON" in self.faults and path == "/books" and status == 200:
            data = data[:-1]
        reason = {200: "OK", 201: "Created", 204: "No Content"}.get(status, "Error")
        start_response(f"{status} {reason}", [*headers, ("Content-Length", str(len(data)))])
        return [data]

    def _route(
        self, environ: dict[str, Any], path: str, query: str, body: bytes
    ) -> tuple[int, Any, list[tuple[str, str]]]:
        method, number = environ["REQUEST_METHOD"], path.removeprefix("/books/")
        key = environ.get("HTTP_X_KEY")
        template = "/books/{id}" if path.startswith("/books/") else path
        self.requests[f"{method} {template}"] += 1
        is_authorized = (
            key == KEY or "ignores the key" in self.faults or ("accepts any key" in self.faults and key is not None)
        )
        if template == "/find" and method == "GET":
            return 200, self._find(query), _JSON
        if not is_authorized:
            return 401, {"code": "UNAUTHORIZED"}, _JSON
        match method, template:
            case "GET", "/books":
                return self._list(query)
            case "POST", "/books":
                return self._add(body)
            case "GET", "/books/{id}":
                return self._get(number)
            case "DELETE", "/books/{id}":
                return self._remove(number)
        return 404, {"code": "NO_ROUTE"}, _JSON

    def _list(self, query: str) -> tuple[int, Any, list[tuple[str, str]]]:
        given = parse_qs(query, keep_blank_values=True)
        limits, genres = given.get("limit", ["50"]), given.get("genre", ["novel"])
        if "server error on a large limit" in self.faults and limits == ["50"] and "limit" in given:
            return 500, {"code": "OOPS"}, _JSON
        is_odd = limits != ["50"] and not _is_valid(limits, _LIMIT)
        if is_odd and "accepts a wrong type" not in self.faults:
            return 422, {"code": "LIMIT"}, _JSON
        if len(genres) != 1 or genres[0] not in ("novel", "poetry"):
            return 422, {"code": "GENRE"}, _JSON
        headers = _LIST_HEADERS
        if "missing header" in self.faults:
            headers = _JSON
        elif "wrong header" in self.faults:
            headers = [*_JSON, ("X-Trace", "many")]
        elif "wrong media type" in self.faults:
            headers = [("Content-Type", "text/html"), ("X-Trace", "1")]
        elif "no media type" in self.faults:
            headers = [("X-Trace", "1")]
        return 206 if "undeclared status" in self.faults else 200, list(self._books.values())[:50], headers

    def _add(self, body: bytes) -> tuple[int, Any, list[tuple[str, str]]]:
        try:
            book = json.loads(body)
        except ValueError:
            return 422, {"code": "NO_JSON"}, _JSON
        if not _NEW_BOOK_VALIDATOR.is_valid(book):
            if "server error on invalid data" in self.faults:
                return 500, {"code": "OOPS"}, _JSON
            is_accepted = "accepts a missing field" in self.faults and isinstance(book, dict) and "title" not in book
            if not is_accepted:
                return 422, {"code": "INVALID"}, _JSON
            book = {"title": "", "pages": 1}
        if "refuses poetry" in self.faults and book.get("genre") == "poetry":
            return 422, {"code": "TASTE"}, _JSON
        book = {**book, "id": self._next, "pages": int(book["pages"])}
        self._next += 1
        if "lost write" not in self.faults:
            self._books[book["id"]] = book
        if "missing field" in self.faults:
            book = {name: value for name, value in book.items() if name != "pages"}
        return 201, book, _JSON

    def _get(self, number: str) -> tuple[int, Any, list[tuple[str, str]]]:
        if not _is_valid([number], _ID):
            return 422, {"code": "ID"}, _JSON
        book = self._books.get(int(number))
        if book is None:
            return 404, {"code": "NO_BOOK"}, _JSON
        return 200, {**book, "pages": str(book["pages"])} if "wrong type" in self.faults else book, _JSON

    def _remove(self, number: str) -> tuple[int, Any, list[tuple[str, str]]]:
        if not _is_valid([number], _ID):
            return 422, {"code": "ID"}, _JSON
        if int(number) not in self._books:
            return 404, {"code": "NO_BOOK"}, _JSON
        if "use after remove" not in self.faults:
            del self._books[int(number)]
        return 204, None, []

    def _find(self, query: str) -> Any:
        words = parse_qs(query, keep_blank_values=True).get("word", [])
        if len(words) != 1 or (len(words[0]) < 2 and "accepts a short word" not in self.faults):
            return {"code": "WORD"}
        return {"found": [{"id": "1"}] if "wrong item" in self.faults else [{"id": 1, "title": "First", "pages": 10}]}


_JSON = [("Content-Type", "application/json")]
_LIST_HEADERS = [*_JSON, ("X-Trace", "1")]
_NEW_BOOK_VALIDATOR = jsonschema_rs.validator_for({**SPEC, "$ref": "#/components/schemas/NewBook"})


def _is_valid(texts: list[str], schema: Any) -> bool:
    text = texts[0] if len(texts) == 1 else ""
    is_number = text.isascii() and text.isdecimal() and len(text) < 8
    return is_number and bool(schema["minimum"] <= int(text) <= schema["maximum"])


def create_app(faults: Iterable[str] = ()) -> Library:
    """Return a library of one book, with the named defects of `FAULTS`."""
    return Library(*faults)


if __name__ == "__main__":
    _port = int(sys.argv[1]) if len(sys.argv) > 1 else 8931
    with contextlib.suppress(KeyboardInterrupt):
        print(f"http://127.0.0.1:{_port}", flush=True)
        make_server("127.0.0.1", _port, create_app(sys.argv[2:])).serve_forever()
