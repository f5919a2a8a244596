"""Credentials that a service gives, over whole runs: shared by phases, counted and listed apart, never written."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from helpers.command import Finished, run_contracts
from helpers.ledger_reader import read_lines
from helpers.proxies import open_route
from helpers.servers import serve_wsgi

SECRET, TOKEN = "client-secret-77aa", "tok-5zY8-91kQ"
SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/login": {
            "post": {
                "operationId": "login",
                "responses": {"200": {"description": "A token.", "content": {"application/json": {"schema": {}}}}},
            }
        },
        "/things": {
            "get": {
                "operationId": "listThings",
                "security": [{"wanted": []}],
                "responses": {
                    "200": {"description": "Things.", "content": {"application/json": {"schema": {"type": "object"}}}},
                    "400": {"description": "No."},
                    "401": {"description": "Who?"},
                },
            }
        },
    },
}
CONTRACT = """
contract: shop
title: Shop
spec: shop
scenarios:
  - {id: S.login, title: Log in, steps: [{operation: login, capture: {token: $.session}}]}
  - {id: S.one, title: One, steps: [{operation: listThings}, {operation: listThings}]}
  - {id: S.two, title: Two, steps: [{operation: listThings}]}
"""


@dataclass
class Shop:
    """Gives tokens at /token, or at the address `tokens` for which its OpenID document says so, and sessions at /login.

    `is_open`: whether it gives any. `seen` are the requests: method and path."""

    tokens: str = "/token"
    is_open: bool = True
    seen: list[str] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        self.seen.append(f"{environ['REQUEST_METHOD']} {path}")
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status, body = self.answer(path, environ.get("HTTP_AUTHORIZATION", ""))
        start(status, [("Content-Type", "application/json")])
        return [json.dumps(body).encode()]

    def answer(self, path: str, authorization: str) -> tuple[str, Any]:
        if path == "/openid":
            return "200 OK", {"token_endpoint": self.tokens}
        if path in ("/token", "/login"):
            given = {"access_token": TOKEN, "session": TOKEN}
            return ("200 OK", given) if self.is_open else ("403 Forbidden", {"error": "access_denied"})
        return ("200 OK", {}) if authorization == f"Bearer {TOKEN}" else ("401 Unauthorized", None)


def write_project(folder: Path, base_url: str, scheme: dict[str, Any], credential: str) -> Path:
    (folder / "contracts").mkdir(parents=True)
    spec = {**SPEC, "components": {"securitySchemes": {"wanted": scheme}}}
    (folder / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    (folder / "contracts" / "shop.yaml").write_text(CONTRACT, encoding="utf-8")
    settings = f"""
version: 1
specs: {{shop: spec.json}}
contracts: contracts
default_environment: here
environments:
  here:
    base_url: {base_url}
    credentials: {{wanted: {credential}}}
    writes: allow
    properties: {{operations: [listThings], phases: [coverage], max_examples: 3}}
"""
    (folder / "contracts.yaml").write_text(settings, encoding="utf-8")
    return folder


@contextmanager
def serve(*shops: Shop) -> Iterator[list[str]]:
    with ExitStack() as stack:
        yield [stack.enter_context(serve_wsgi(shop)) for shop in shops]


OAUTH = {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/token", "scopes": {}}}}
CLIENT = f"{{client_id: me, client_secret: {SECRET}, scopes: [read]}}"


def find_files(folder: Path, text: str) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


@pytest.fixture(scope="module")
def granted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Finished, Shop, Shop]:
    """A run of all phases, whose tokens another service gives, as the OpenID document of the first one says."""
    folder, keeper = tmp_path_factory.mktemp("granted"), Shop()
    shop = Shop()
    with serve(shop, keeper) as (base_url, elsewhere):
        shop.tokens = f"{elsewhere}/token"
        scheme = {"type": "openIdConnect", "openIdConnectUrl": "/openid"}
        done = run_contracts("run", "--output", "out", cwd=write_project(folder / "p", base_url, scheme, CLIENT))
    return done, shop, keeper


def test_a_token_is_got_once_for_all_threads_and_phases(granted: tuple[Finished, Shop, Shop]) -> None:
    done, shop, keeper = granted

    assert done.code == 0, done.stdout
    assert (shop.seen.count("GET /openid"), keeper.seen) == (1, ["POST /token"])
    assert {row["outcome"] for row in done.results["properties"]} == {"passed"}


def test_its_requests_are_counted_and_listed_apart_and_are_no_writes(granted: tuple[Finished, Shop, Shop]) -> None:
    done, shop, keeper = granted
    results = done.results

    assert results["totals"]["requests_sent"] == len(shop.seen) + len(keeper.seen)
    assert results["totals"]["writes_sent"] == shop.seen.count("POST /login")
    assert [(row["credential"], row["request"]["method"], row["reason"]) for row in results["tokens"]] == [
        ("wanted", "GET", ""),
        ("wanted", "POST", ""),
    ]
    for name in ("report.html", "report.md"):
        assert keeper_path(results) in (done.folder / name).read_text(encoding="utf-8")
    sent = Counter(line.get("credential") for line in read_lines(done.folder) if line["type"] == "request_sent")
    assert sent["wanted"] == 2


def keeper_path(results: dict[str, Any]) -> str:
    """Return the address at which the token was."""
    return str(results["tokens"][1]["request"]["url"])


def test_neither_secret_nor_token_is_written_and_the_audit_holds(granted: tuple[Finished, Shop, Shop]) -> None:
    done, _, _ = granted

    assert find_files(done.folder, SECRET) == find_files(done.folder, TOKEN) == []
    audit = run_contracts("audit", "out", cwd=done.folder.parent)
    assert audit.code == 0, audit.stdout


@pytest.mark.parametrize(
    ("scheme", "credential", "outcome", "reason"),
    [
        (OAUTH, CLIENT, "errored", "access_denied"),
        ({"type": "http", "scheme": "bearer"}, '{from: S.login, value: "${token}"}', "blocked", "'S.login'"),
    ],
)
def test_what_needs_a_credential_that_nobody_gives_is_not_sent(
    tmp_path: Path, scheme: dict[str, Any], credential: str, outcome: str, reason: str
) -> None:
    """It is asked for once, whoever needs it."""
    shop = Shop(is_open=False)
    with serve(shop) as (base_url,):
        done = run_contracts("run", "--output", "out", cwd=write_project(tmp_path / "p", base_url, scheme, credential))

    rows = [*done.results["scenarios"], *done.results["properties"]]
    needing = {row.get("id"): (row["outcome"], row["reason"]) for row in rows if row.get("id") != "S.login"}
    assert {outcome for outcome, _ in needing.values()} == {outcome}, needing
    assert all(reason in why for _, why in needing.values()), needing
    assert "GET /things" not in shop.seen
    assert len(shop.seen) == (2 if outcome == "errored" else 1)


@pytest.mark.parametrize("kind", ["forward", "tunnel"])
def test_a_token_is_asked_for_through_the_proxy_that_the_service_is_reached_through(tmp_path: Path, kind: str) -> None:
    """With the secret in the form: it is written nowhere either."""
    shop, folder = Shop(), tmp_path / "p"
    credential = CLIENT.replace("}", ", token_endpoint_auth_method: client_secret_post}")
    with serve(shop) as (service,), open_route(kind, service, folder) as (base_url, keys, proxy):
        write_project(folder, base_url, OAUTH, credential)
        with (folder / "contracts.yaml").open("a", encoding="utf-8") as settings:
            settings.writelines(f"    {key}: {value}\n" for key, value in keys.items())
        done = run_contracts("run", "S.one", "--phase", "scenarios", "--output", "out", cwd=folder)

    assert done.outcomes == {"S.one": "passed"}, done.stdout
    assert shop.seen == ["POST /token", "GET /things", "GET /things"]
    assert proxy is not None
    methods = {request.split(b" ")[0].decode() for request in proxy.requests}
    assert methods == ({"POST", "GET"} if kind == "forward" else {"CONNECT"})
    assert find_files(done.folder, SECRET) == find_files(done.folder, TOKEN) == []


@pytest.mark.parametrize("excepted", ["tokens", "service"])
def test_no_proxy_holds_for_tokens_and_operations_each_by_its_address(tmp_path: Path, excepted: str) -> None:
    shop, keeper, folder = Shop(), Shop(), tmp_path / "p"
    with serve(shop, keeper) as (base_url, elsewhere), open_route("forward", base_url, folder) as (_, keys, proxy):
        write_project(folder, base_url, OAUTH, CLIENT.replace("}", f", token_url: {elsewhere}/token}}"))
        direct = urlsplit(elsewhere if excepted == "tokens" else base_url).netloc
        done = run_contracts(
            "run", "S.two", "--phase", "scenarios", cwd=folder, http_proxy=keys["proxy"], no_proxy=f"x.example,{direct}"
        )

    assert (done.code, shop.seen, keeper.seen) == (0, ["GET /things"], ["POST /token"]), done.stdout
    assert proxy is not None
    assert [request.split(b" ")[0] for request in proxy.requests] == ([b"GET"] if excepted == "tokens" else [b"POST"])
