"""Serves the lending library of the property tests from a process of its own, and counts the requests that arrive."""

import contextlib
import importlib
import json
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_ANEW = "/-/anew"


@dataclass(frozen=True, slots=True)
class LibraryServer:
    """A library that is being served."""

    base_url: str

    def begin_anew(self) -> int:
        """Forget what was written; returns how many requests had arrived since the last time."""
        with urllib.request.urlopen(self.base_url + _ANEW) as response:
            return int(response.read())


@contextlib.contextmanager
def serve_library() -> Iterator[LibraryServer]:
    """Serve a healthy library until the block is left."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.library"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield LibraryServer(process.stdout.readline().strip())
    finally:
        process.terminate()
        process.communicate()


def load_tested() -> Any:
    """Return the module with the library: its specification, its key, its application."""
    for folder in ("tests", "examples/library"):
        if str(ROOT / folder) not in sys.path:
            sys.path.append(str(ROOT / folder))
    return importlib.import_module("library_app")


def write_document(folder: Path) -> Path:
    """Write the library's specification; returns its path.

    Without `/find`, whose errors are a 200: `st run` has a finding there and stops, and the cases would differ.
    """
    spec = load_tested().SPEC
    paths = {name: item for name, item in spec["paths"].items() if name != "/find"}
    path = folder / "library.json"
    path.write_text(json.dumps({**spec, "paths": paths}), encoding="utf-8")
    return path


class _Counting:
    """A library that can be had anew, which no round of a benchmark should leave to the next one."""

    def __init__(self) -> None:
        self._library = load_tested().Library()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != _ANEW:
            answer: Iterable[bytes] = self._library(environ, start_response)
            return answer
        data = str(len(self._library.seen)).encode()
        self._library = load_tested().Library()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(data)))])
        return [data]


def _main() -> None:
    application = _Counting()
    with importlib.import_module("helpers.servers").serve_wsgi(application) as base_url:
        print(base_url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    _main()
