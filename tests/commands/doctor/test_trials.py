"""What `contracts doctor` says of credentials: each is got and tried, once, with a request that changes nothing."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from helpers.command import run_contracts
from helpers.servers import serve_wsgi

SCHEMES: dict[str, Any] = {
    "good": {"type": "http", "scheme": "bearer"},
    "bad": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "given": {"type": "apiKey", "in": "query", "name": "k"},
    "refused": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/token", "scopes": {}}}},
    "unused": {"type": "http", "scheme": "basic"},
    "writing": {"type": "http", "scheme": "bearer"},
}
CONTRACT = """
contract: shop
title: Shop
spec: shop
scenarios:
  - {id: S.login, title: Log in, steps: [{operation: login, capture: {token: $.token}}], cleanup: [{operation: logout}]}
"""


def build_operation(name: str, **changes: Any) -> dict[str, Any]:
    answers = {"200": {"description": "ok", "content": {"application/json": {"schema": {}}}}}
    return {"operationId": name, "responses": answers, **changes}


def build_spec() -> dict[str, Any]:
    paths: dict[str, Any] = {
        f"/{name}": {
            "get": build_operation(f"get_{name}", security=[{name: []}]),
            "post": build_operation(f"post_{name}", security=[{name: []}]),
        }
        for name in SCHEMES
    }
    identifier = {"name": "id", "in": "path", "required": True, "schema": {}}
    paths["/unused/{id}"] = {"get": build_operation("one", security=[{"unused": []}], parameters=[identifier])}
    del paths["/unused"]["get"], paths["/writing"]["get"]
    paths |= {"/login": {"post": build_operation("login")}, "/logout": {"post": build_operation("logout")}}
    info = {"title": "Shop", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": {"securitySchemes": SCHEMES}}


class Shop:
    """Refuses the client and the key; `seen` are the requests."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
        self.seen.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ['QUERY_STRING']}")
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        path = environ["PATH_INFO"]
        status = {"/bad": "401 Unauthorized", "/token": "400 Bad Request"}.get(path, "200 OK")
        token = "tok-5zY8-91kQ"
        body = {"error": "invalid_client"} if path == "/token" else {"token": token, "access_token": token}
        start(status, [("Content-Type", "application/json")])
        return [json.dumps(body).encode()]


def test_each_credential_is_tried_once_with_what_only_reads(tmp_path: Path) -> None:
    shop = Shop()
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts/shop.yaml").write_text(CONTRACT, encoding="utf-8")
    (tmp_path / "spec.json").write_text(json.dumps(build_spec()), encoding="utf-8")
    with serve_wsgi(shop) as base_url:
        (tmp_path / "contracts.yaml").write_text(
            f"""
version: 1
specs: {{shop: spec.json}}
contracts: contracts
default_environment: here
environments:
  here:
    base_url: {base_url}
    writes: allow
    credentials:
      good: good-token-1
      bad: bad-key-1
      given: {{from: S.login, value: "${{token}}"}}
      refused: {{client_id: me, client_secret: client-secret-1}}
      unused: {{username: ann, password: password-1}}
      writing: {{client_id: me, token_url: /other}}
""",
            encoding="utf-8",
        )
        done = run_contracts("doctor", "--format", "json", cwd=tmp_path)

    findings = {row["name"]: row for row in json.loads(done.stdout)["findings"]}
    found = {name: row for name, row in findings.items() if " at " in name}
    assert {name: (row["status"], row["value"]) for name, row in found.items()} == {
        "credential good at get_good": ("ok", "taken"),
        "credential bad at get_bad": ("problem", "refused"),
        "credential given at get_given": ("ok", "taken"),
        "credential refused at get_refused": ("problem", "not sent"),
    }
    assert findings["credential writing from its service"]["value"] == "got"
    assert "invalid_client" in found["credential refused at get_refused"]["detail"]
    assert done.code == 3
    assert sorted(shop.seen) == [
        *("GET /bad?", "GET /given?k=tok-5zY8-91kQ", "GET /good?"),
        *("POST /login?", "POST /logout?", "POST /other?", "POST /token?"),
    ]
    assert not any(secret in done.stdout for secret in ("tok-5zY8", "secret-1", "password-1", "good-token", "bad-key"))


def find_trials(tmp_path: Path, statuses: dict[str, str]) -> tuple[list[dict[str, str]], int, list[str]]:
    """Return what the doctor says of a credential whose operations answer so, its exit code, and what was asked."""
    asked: list[str] = []

    def answer(environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
        asked.append(environ["PATH_INFO"])
        start(statuses[environ["PATH_INFO"]], [("Content-Type", "application/json"), ("Location", "/login")])
        return [b"{}"]

    paths = {path: {"get": build_operation(path[1:], security=[{"good": []}])} for path in statuses}
    spec = {"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "paths": paths}
    spec["components"] = {"securitySchemes": SCHEMES}
    (tmp_path / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    with serve_wsgi(answer) as base_url:
        (tmp_path / "contracts.yaml").write_text(
            "version: 1\nspecs: {shop: spec.json}\ndefault_environment: here\nenvironments:\n"
            f"  here: {{base_url: '{base_url}', credentials: {{good: good-token-1}}}}\n",
            encoding="utf-8",
        )
        done = run_contracts("doctor", "--format", "json", cwd=tmp_path)
    return [row for row in json.loads(done.stdout)["findings"] if " at " in row["name"]], done.code, asked


def test_a_redirect_does_not_tell_that_a_credential_is_taken(tmp_path: Path) -> None:
    found, code, _ = find_trials(tmp_path, {"/home": "302 Found"})

    assert found == [
        {
            "name": "credential good at home",
            "value": "not known",
            "status": "info",
            "detail": "status 302 does not tell whether it is taken",
        }
    ]
    assert code == 0


def test_further_operations_are_asked_until_an_answer_decides(tmp_path: Path) -> None:
    statuses = {"/home": "302 Found", "/me": "403 Forbidden", "/list": "401 Unauthorized", "/more": "200 OK"}
    found, code, asked = find_trials(tmp_path, statuses)

    assert [(row["name"], row["value"], row["status"]) for row in found] == [
        ("credential good at list", "refused", "problem")
    ]
    assert code == 3
    assert asked == ["/home", "/me", "/list"]


def test_a_credential_is_not_known_where_three_answers_do_not_decide(tmp_path: Path) -> None:
    statuses = dict.fromkeys(("/a", "/b", "/c", "/d"), "403 Forbidden")
    found, _, asked = find_trials(tmp_path, statuses)

    assert [row["detail"] for row in found] == [
        "status 403 does not tell whether it is taken; nor does what 2 more operations answer"
    ]
    assert asked == ["/a", "/b", "/c"]
