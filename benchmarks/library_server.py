"""The library of the tests as a served application that counts its requests: `GET /_count` tells and forgets them."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "unit" / "properties"))

from library_app import KEY, SPEC, Library

__all__ = ["KEY", "SPEC", "create_app"]


def create_app() -> Callable[..., Iterable[bytes]]:
    """Return a fresh library."""
    library = Library()

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/_count":
            return library(environ, start_response)
        count = str(sum(library.requests.values())).encode()
        library.requests.clear()
        library.seen.clear()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(count)))])
        return [count]

    return answer
