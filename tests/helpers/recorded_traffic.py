"""Recorded traffic, as a browser or a proxy writes it down: HAR archives."""

import base64
import json
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


def make_entry(
    url: str, body: object = b"", *, method: str = "GET", status: int = 200, mime: str = "application/json", **keys: Any
) -> Entry:
    """Return an entry; a body that is no bytes is JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    text, encoding = _write(content)
    return {
        "startedDateTime": "2026-01-01T00:00:00Z",
        "time": 12,
        "request": {"method": method, "url": url, "headers": []},
        "response": {
            "status": status,
            "headers": [{"name": "Content-Type", "value": mime}] if mime else [],
            "content": {"size": len(content), "mimeType": mime, "text": text, **encoding},
        },
        "timings": {"send": 1, "wait": 10, "receive": 1},
        **keys,
    }


def write_har(path: Path, entries: Iterable[Entry]) -> Path:
    """Write an archive, with its entries on lines of their own."""
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    path.write_text(f'{{"log": {{"version": "1.2", "entries": [\n{lines}\n]}}}}\n', encoding="utf-8")
    return path


class Recorder:
    """A WSGI application that writes down what another one is asked and answers, a line for each exchange."""

    def __init__(self, app: Callable[..., Iterable[bytes]], path: str) -> None:
        self.app, self.path, self.lock = app, path, threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        head: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            head[:] = [status, headers]
            return start_response(status, headers, exc_info)

        answer = self.app(environ, start)
        body = b"".join(answer)
        entry = _describe(environ, head[0], head[1], body)
        with self.lock, Path(self.path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
        return [body]


def _describe(environ: dict[str, Any], status: str, headers: list[tuple[str, str]], body: bytes) -> Entry:
    query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    mime = next((value for name, value in headers if name.lower() == "content-type"), "")
    url = f"http://{environ['HTTP_HOST']}{path}{query}"
    entry = make_entry(url, body, method=environ["REQUEST_METHOD"], status=int(status.split()[0]), mime=mime)
    entry["response"]["headers"] = [{"name": name, "value": value} for name, value in headers]
    sent = [(key[5:].replace("_", "-"), value) for key, value in environ.items() if key.startswith("HTTP_")]
    entry["request"]["headers"] = [{"name": name, "value": value} for name, value in sent]
    return entry


def _write(content: bytes) -> tuple[str, dict[str, str]]:
    try:
        return content.decode("utf-8"), {}
    except UnicodeDecodeError:
        return base64.b64encode(content).decode(), {"encoding": "base64"}
