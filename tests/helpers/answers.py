"""Builders of responses for tests."""

import json
from collections.abc import Mapping
from typing import Any

from contracts_runner.model.exchange import Response, Timings


def make_response(
    body: Any = b"",
    *,
    status: int = 200,
    media_type: str | None = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a response; a body that is not bytes is written as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    typed = {"Content-Type": media_type} if media_type is not None else {}
    named = {**typed, **(headers or {})}
    timings = Timings(first_byte_ms=1.0, total_ms=2.0)
    return Response(status_code=status, headers=tuple(named.items()), body=content, timings=timings)
