"""A service that has what introductions of testing tools ask for: cats, orders, forms, pages, uploads, jobs, tokens."""

import base64
import hashlib
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs

from lxml import etree
from werkzeug import Request, Response

PAGE = """<html><head><title>Hello world!</title><meta name="_csrf_token" content="c5-rf"/></head>
<body><p>One</p><p>Two</p><div>Hello there</div></body></html>"""
CATALOG = '<catalog><book id="bk101"><author>Ann</author><price>44.95</price></book></catalog>'
ORDER = {
    "validated": True,
    "userInfo": {"firstName": "Ann", "lastName": "Lee"},
    "hasDevice": False,
    "links": list(range(12)),
    "state": "new",
    "order": "order-00000042",
    "id": "abc",
    "created": "2026-01-15T10:00:00Z",
}
POSTS = [{"id": "1", "title": "One"}, {"id": "2", "title": "Two"}]


def as_json(value: Any, status: int = 200, **headers: str) -> Response:
    return Response(json.dumps(value), status, headers, content_type="application/json")


def as_text(text: str | bytes, media_type: str, status: int = 200, **headers: str) -> Response:
    return Response(text, status, headers, content_type=media_type)


class Service:
    """The application; what was posted is kept by its number."""

    def __init__(self) -> None:
        self.cats: list[dict[str, Any]] = []
        self.files: list[Any] = []
        self.looks = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        answer = self._page(request) or self._cats(request) or self._things(request) or self._tokens(request)
        return (answer or as_json({}, 404))(environ, start_response)

    def _page(self, request: Request) -> Response | None:
        match request.method, request.path:
            case "GET", "/":
                return as_text(PAGE, "application/xhtml+xml")
            case "POST", "/session":
                is_right = "c5-rf" in (request.form.get("token"), request.headers.get("X-CSRF-TOKEN"))
                return as_text("", "text/plain", 302 if is_right else 403, Location="/step/2")
            case "GET", "/index.html":
                cookies = [("Set-Cookie", "theme=light"), ("Set-Cookie", "sid=abc123; Secure; HttpOnly; SameSite=Lax")]
                return Response(PAGE, 200, cookies, content_type="text/html; charset=utf-8")
            case "GET", "/step/1" | "/step/2" as path:
                return as_text("", "text/plain", 301, Location={"/step/1": "/step/2", "/step/2": "/step/3"}[path])
            case "GET", "/step/3" | "/health":
                return as_json({"message": "ok"})
            case "GET", "/data.bin":
                return as_text(b"\x00\x01\x02\x03", "application/octet-stream")
            case "GET", "/catalog":
                return as_text(CATALOG, "application/xml")
            case "GET", "/models":
                return as_text('Year,Make,Model\n1997,Ford,"E350, long"\n1999,Chevy,Venture\n', "text/csv")
            case "POST", "/hello":
                return as_text("Hello world!", "text/plain")
        return None

    def _cats(self, request: Request) -> Response | None:
        match request.method, request.path.strip("/").split("/"):
            case "POST", ["cats"]:
                self.cats.append({"id": len(self.cats) + 1, **request.get_json()})
                return as_json(self.cats[-1], 201)
            case "GET", ["cats"]:
                return as_json(self.cats)
            case "GET", ["cats", number]:
                return as_json(self.cats[int(number) - 1])
            case "DELETE", ["cats", _]:
                return Response(status=204)
            case "GET", ["users"]:
                return as_json([{"id": 5}, {"id": 6}])
            case "GET", ["users", number]:
                return as_json({"id": int(number)})
            case "GET", ["cats", number, "kittens"]:
                return as_json(self.cats[int(number) - 1]["kittens"])
        return None

    def _things(self, request: Request) -> Response | None:
        match request.method, request.path.strip("/").split("/"):
            case "POST", ["tests"]:
                answer = {**request.get_json(), "status": "RUNNING", "tests": [1, 2, 3]}
                return as_json(answer, **{"X-Frame-Options": "SAMEORIGIN"})
            case "POST" | "PUT", ["echo"]:
                return as_text(request.get_data(), request.content_type or "text/plain")
            case "GET", ["news"]:
                return as_json({"query": request.args.to_dict(), "language": request.headers.get("Accept-Language")})
            case "POST", ["graphql"]:
                answer = {"user": {"posts": {"data": POSTS}}} if "user" in request.get_json()["query"] else {}
                return as_json({"data": answer})
            case "POST", ["soap"]:
                root = etree.fromstring(request.get_data())
                total = sum(int(text) for text in root.xpath("//*[starts-with(local-name(), 'int')]/text()"))
                return as_text(f'<r xmlns="urn:calculator"><result>{total}</result></r>', request.mimetype)
            case "POST", ["orders"]:
                return as_json({"order": {"id": 42}}, 201)
            case "GET", ["orders", _]:
                return as_json(ORDER)
            case "POST", ["jobs"]:
                return as_json({"id": 1, "state": "RUNNING"}, 201)
            case "GET", ["jobs", _]:
                self.looks += 1
                return as_json({"id": self.looks, "state": "COMPLETED" if self.looks > 3 else "RUNNING"})
            case "POST", ["files"]:
                part = request.files["myFile"]
                self.files.append((part.filename, part.mimetype, data := part.read()))
                sha256, message = hashlib.sha256(data).hexdigest(), request.form.get("message")
                answer = {"id": len(self.files), "filename": part.filename, "message": message, "sha256": sha256}
                return as_json({**answer, "contentType": part.mimetype}, 201)
            case "GET", ["files", number]:
                name, media_type, data = self.files[int(number) - 1]
                return as_text(data, media_type, **{"Content-Disposition": f'attachment; filename="{name}"'})
            case "GET", ["cookies"]:
                return as_json(request.cookies.to_dict(), **{"Set-Cookie": f"foo={request.cookies.get('foo', 'new')}"})
            case "GET", ["repos", owner, repository]:
                return as_json({"name": repository, "full_name": f"{owner}/{repository}"})
            case "GET", ["repos", _, _, "releases", number]:
                release = 7 if number == "latest" else int(number)
                assets = [{"id": 70, "name": "tool_linux"}, {"id": 71, "name": "tool_darwin_arm64"}]
                return as_json({"id": release, "name": "v0.7", "assets": assets})
        return None

    def _tokens(self, request: Request) -> Response | None:
        authorization = request.headers.get("Authorization", "")
        basic = "Basic " + base64.b64encode(b"bob:secret").decode()
        match request.method, request.path:
            case "GET", "/protected":
                return as_json({"user": "bob"}, 200 if authorization == basic else 401)
            case "POST", "/token":
                form = parse_qs(request.get_data(as_text=True))
                return as_json({"access_token": f"token-of-{form['username'][0]}", "token_type": "Bearer"})
            case "POST", "/login":
                return as_json({"session_token": f"session-of-{request.get_json()['email']}"})
            case "POST", "/logout":
                return as_text("", "text/plain", 204)
            case "GET", "/resource" | "/projects":
                is_known = authorization.startswith(("Bearer token-of-", "Bearer session-of-"))
                return as_json({"projects": [1, 2]}, 200 if is_known else 401)
        return None
