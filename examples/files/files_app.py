"""A store of files: they come as parts of a form or as they are, and go out as they came."""

import csv
import hashlib
import io
import json
from collections.abc import Iterable
from typing import Any

from werkzeug import Request, Response


class Files:
    """The application."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[str, bytes]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        match request.method, request.path.strip("/").split("/"):
            case "POST", ["files"]:
                part = request.files["file"]
                return self._store(request.form["name"], part.mimetype, part.read(), 201)
            case "GET", ["files"]:
                return self._list()
            case "PUT", ["files", name]:
                return self._store(name, request.mimetype, request.get_data(), 200)
            case "GET", ["files", name] if name in self._files:
                media_type, data = self._files[name]
                return Response(data, content_type=media_type)
            case "DELETE", ["files", name] if self._files.pop(name, None):
                return Response(status=204)
        return Response(status=404)

    def _store(self, name: str, media_type: str, data: bytes, status: int) -> Response:
        self._files[name] = media_type, data
        stored = {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        return Response(json.dumps(stored), status, content_type="application/json")

    def _list(self) -> Response:
        text = io.StringIO()
        rows = csv.writer(text)
        rows.writerow(["name", "media_type", "size"])
        rows.writerows([name, media_type, len(data)] for name, (media_type, data) in self._files.items())
        return Response(text.getvalue(), content_type="text/csv; charset=utf-8")
