"""Work that takes its time: a job is queued, running and done, one state further each time that somebody looks."""

import json
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from werkzeug import Request, Response

STATES = ("queued", "running", "done")


class Jobs:
    """The application."""

    def __init__(self) -> None:
        self._looks: dict[str, Iterator[int]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        match request.method, request.path.strip("/").split("/"):
            case "POST", ["jobs"]:
                number = str(len(self._looks) + 1)
                self._looks[number] = count()
                return Response(status=202, headers={"Location": f"/jobs/{number}"})
            case "GET", ["jobs", number] if number in self._looks:
                state = STATES[min(next(self._looks[number]), 2)]
                return Response(json.dumps({"id": int(number), "state": state}), content_type="application/json")
            case "GET", ["jobs", number, "events"] if number in self._looks:
                return Response(_iter_events(), content_type="text/event-stream")
            case "GET", ["jobs", number, "log"] if number in self._looks:
                lines = (json.dumps({"state": state}) + "\n" for state in STATES)
                return Response(lines, content_type="application/x-ndjson")
        return Response(status=404)


def _iter_events() -> Iterator[str]:
    for number, state in enumerate(STATES):
        yield f'id: {number}\nevent: {state}\ndata: {{"progress": {number * 50}}}\n\n'
    while True:  # until nobody listens any more
        yield ": still here\n\n"
