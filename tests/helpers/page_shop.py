"""The shop that how-tos tell of, with its documents: users, files, prices, orders, and a way in for each kind of
credential. Each server has its own users."""

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

from werkzeug import Request, Response

KEY, CLIENT, SECRET, USER, PASSWORD = "shop-key-4711", "shop-client", "shop-secret-77aa", "eva", "pass-word-93"
TOKEN = "shop-token-5zY8"
# Security scheme -> what the document says of it.
SCHEMES: dict[str, dict[str, Any]] = {
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "basicAuth": {"type": "http", "scheme": "basic"},
    "oauth": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/token", "scopes": {"read": "Read."}}}},
    "form": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/token", "scopes": {}}}},
    "staff": {"type": "oauth2", "flows": {"password": {"tokenUrl": "/token", "scopes": {}}}},
    "session": {"type": "http", "scheme": "bearer"},
    "bearerAuth": {"type": "http", "scheme": "bearer"},
    "mtls": {"type": "mutualTLS"},
}
_PRICE = {"properties": {"price": {"type": "number"}}}
_USER = {"type": "object", "required": ["id", "email"], "properties": {"name": {"type": "string"}}}


def _answer(status: int, schema: Any = None, media_type: str = "application/json") -> dict[str, Any]:
    content = {} if schema is None else {"content": {media_type: {"schema": schema}}}
    return {str(status): {"description": "It is so.", **content}}


def _operation(name: str, *answers: dict[str, Any], body: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    responses = {status: each for answer in answers for status, each in answer.items()}
    sent = {"requestBody": {"content": {kind: {"schema": schema} for kind, schema in body.items()}}} if body else {}
    return {"operationId": name, "responses": responses, **sent, **more}


def _parameter(name: str, place: str, kind: str) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": {"type": kind}}


def build_document() -> dict[str, Any]:
    """Return the document of the shop."""
    ways_in = {
        f"/in/{name}": {"get": _operation(f"enter_{name}", _answer(200, {}), _answer(401), security=[{name: []}])}
        for name in SCHEMES
    }
    number = _parameter("id", "path", "integer")
    order = {"type": "object", "required": ["id", "price", "sold_ms"]}
    paths: dict[str, Any] = {
        "/login": {"post": _operation("logIn", _answer(200, {"required": ["access_token"]}), body={_JSON: {}})},
        "/users": {
            "post": _operation("createUser", _answer(201, _USER), body={_JSON: {"type": "object"}}),
            "get": _operation("listUsers", _answer(200, {"required": ["items", "next"]})),
        },
        "/users/{id}": {
            "parameters": [number],
            "get": _operation("getUser", _answer(200, _USER), _answer(404)),
            "patch": _operation("changeUser", _answer(200, _USER), body={_JSON: {"type": "object"}}),
            "delete": _operation("deleteUser", _answer(204), _answer(404)),
        },
        "/files": {
            "post": _operation(
                "upload", _answer(201), body={"multipart/form-data": {"type": "object"}, "application/octet-stream": {}}
            )
        },
        "/files/{id}": {
            "parameters": [number, _parameter("id", "query", "integer")],
            "get": _operation("getFile", _answer(200, {}, "application/pdf")),
        },
        "/feed": {"get": _operation("getFeed", _answer(200, {}, "application/rss+xml"))},
        "/ping": {"get": _operation("ping", _answer(200, {"type": "string"}, "text/plain"))},
        "/events": {"get": _operation("watch", _answer(200, {}, "text/event-stream"))},
        "/price": {
            "get": _operation("getPrice", _answer(200, _PRICE), parameters=[_parameter("age", "query", "integer")]),
        },
        "/orders": {
            "get": _operation("listOrders", _answer(200, {"type": "array", "items": order}), security=[{"apiKey": []}])
        },
        **ways_in,
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1"},
        "paths": paths,
        "components": {"securitySchemes": SCHEMES},
    }


def build_payments() -> dict[str, Any]:
    """Return the document of the service that takes payments, which the same server is."""
    paths = {"/pay": {"post": _operation("pay", _answer(202))}}
    return {"openapi": "3.1.0", "info": {"title": "Payments", "version": "1"}, "paths": paths}


_JSON = "application/json"
_FEED = "<rss><channel><title>News</title><item/></channel></rss>"
_EVENTS = "event: opened\ndata: {}\n\nevent: closed\ndata: {}\n\n"


class PageShop:
    """The application. `tokens` are the forms in which a token was asked for: grant, and where the secret was. `price`
    is a number, by the document."""

    def __init__(self) -> None:
        self.price: Any = 10.5
        self.tokens: list[tuple[str, str]] = []
        self._users: dict[int, dict[str, Any]] = {1: {"id": 1, "email": "user@example.com"}}
        self._numbers = count(2)
        self._asked: Counter[str] = Counter()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        with Request(environ) as request:
            path = request.path.strip("/").split("/")
            response = self._let_in(request, path[-1]) if path[0] == "in" else self._serve(request, path)
            return response(environ, start)

    def _let_in(self, request: Request, scheme: str) -> Response:
        authorization = request.headers.get("Authorization")
        match scheme:
            case "apiKey":
                is_known = request.headers.get("X-Key") == KEY
            case "basicAuth":
                is_known = authorization == _write_basic(USER, PASSWORD)
            case "mtls":
                is_known = request.environ.get("SSL_CLIENT_VERIFY") == "SUCCESS"
            case _:
                is_known = authorization == f"Bearer {TOKEN}"
        return _json(200, {"scheme": scheme}) if is_known else Response(status=401)

    def _give_token(self, request: Request) -> Response:
        form, is_basic = request.form, request.headers.get("Authorization") == _write_basic(CLIENT, SECRET)
        self.tokens.append((form["grant_type"], "header" if is_basic else "form" if "client_secret" in form else ""))
        match form["grant_type"]:
            case "client_credentials":
                is_known = is_basic or (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
            case _:
                is_known = (form.get("username"), form.get("password")) == (USER, PASSWORD)
        given = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600}
        return _json(200, given) if is_known else _json(401, {"error": "invalid_client"})

    def _serve(self, request: Request, path: list[str]) -> Response:
        match request.method, path:
            case "POST", ["token"]:
                return self._give_token(request)
            case "POST", ["login"]:
                is_known = request.get_json() == {"username": USER, "password": PASSWORD}
                return _json(200, {"access_token": TOKEN}) if is_known else _json(401, {})
            case "POST", ["users"]:
                number = next(self._numbers)
                self._users[number] = {"id": number, **request.get_json()}
                return _json(201, self._users[number])
            case "GET", ["users"]:
                return _json(200, {"items": list(self._users.values()), "next": "/users?page=2"})
            case method, ["users", number]:
                return self._serve_user(request, method, int(number))
            case "POST", ["files"]:
                is_whole = "photo" in request.files or request.data == b"hello"
                return Response(status=201 if is_whole else 400)
            case "GET", ["files", _] if request.headers["Accept"] == "application/pdf":
                return Response(b"%PDF-1.7", content_type="application/pdf")
            case "GET", ["feed"]:
                response = Response(_FEED, content_type="application/rss+xml", headers={"Cache-Control": "no-cache"})
                response.set_etag("feed-1")
                response.set_cookie("sid", "session-9")
                return response
            case "GET", ["ping"]:
                return Response("pong code=abc", content_type="text/plain")
            case "GET", ["events"]:
                return Response(_EVENTS, content_type="text/event-stream")
            case "GET", ["price"]:
                age = request.args["age"]
                self._asked[age] += 1
                state = "pending" if age == "7" and self._asked[age] < 3 else "done"
                return _json(200, {"state": state, "price": self.price})
            case "GET", ["orders"] if request.headers.get("X-Key") == KEY:
                return _json(200, [{"id": "1", "price": "10.50", "sold_ms": 1_767_225_600_000}])
            case "POST", ["pay"]:
                return Response(status=202)
        return Response(status=404)

    def _serve_user(self, request: Request, method: str, number: int) -> Response:
        user = self._users.get(number)
        if user is None:
            return Response(status=404)
        if method == "DELETE":
            del self._users[number]
            return Response(status=204)
        if method == "PATCH":
            user.update(request.get_json())
        return _json(200, user)


def _write_basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _json(status: int, value: Any) -> Response:
    return Response(json.dumps(value), status, content_type=_JSON)
