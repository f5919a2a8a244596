"""A notebook that wants a login: each user has a token, and sees and changes his own notes only."""

import base64
import json
from collections.abc import Iterable
from itertools import count
from typing import Any

from werkzeug import Request, Response

USERS = {"user@example.com": "sandbox-password"}


class Notes:
    """The application; a token is valid in all of them, as the service's would be after a restart."""

    def __init__(self) -> None:
        self._notes: dict[int, dict[str, Any]] = {}
        self._numbers = count(1)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        match request.method, request.path.strip("/").split("/"):
            case "POST", ["login"]:
                return _log_in(request.get_json())
            case _ if request.headers.get("Authorization") not in map(_build_authorization, USERS):
                return _json(401, {"code": "UNAUTHORIZED"})
            case "POST", ["notes"]:
                number = next(self._numbers)
                self._notes[number] = {"id": number, "done": False, **request.get_json()}
                return _json(201, self._notes[number], Location=f"/notes/{number}")
            case "GET", ["notes"]:
                return _json(200, list(self._notes.values()))
            case method, ["notes", number] if note := self._notes.get(int(number)):
                if method == "DELETE":
                    del self._notes[int(number)]
                    return Response(status=204)
                if method == "PATCH":
                    note.update(request.get_json())
                return _json(200, note)
        return _json(404, {"code": "NO_NOTE"})


def _log_in(given: dict[str, str]) -> Response:
    if USERS.get(given["user"]) != given["password"]:
        return _json(401, {"code": "WRONG_PASSWORD"})
    return _json(200, {"token": _build_authorization(given["user"]).removeprefix("Bearer ")})


def _build_authorization(user: str) -> str:
    # A service would sign it.
    return "Bearer " + base64.b64encode(f"session of {user}".encode()).decode()


def _json(status: int, value: Any, **headers: str) -> Response:
    return Response(json.dumps(value), status, headers, content_type="application/json")
