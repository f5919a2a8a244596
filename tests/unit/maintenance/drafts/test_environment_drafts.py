"""Servers become environments, security schemes credentials with the names of variables."""

from pathlib import Path
from typing import Any

import pytest

from contracts_runner.maintenance.drafts.environment_drafts import (
    NO_SERVER,
    EnvironmentDraft,
    draft_environments,
    make_variable,
)
from helpers.specs import load_document, make_document


def draft(folder: Path, source: str = "", **parts: Any) -> list[EnvironmentDraft]:
    return draft_environments(load_document(folder, make_document(**parts)), source)


SERVERS: dict[str, tuple[list[dict[str, Any]], str, list[tuple[str, str]]]] = {
    "one": ([{"url": "https://api.example.com/v1/"}], "", [("production", "https://api.example.com/v1")]),
    "several": (
        [
            {"url": "https://api.example.com", "description": "Live"},
            {"url": "https://sandbox.example.com", "description": "For tests"},
            {"url": "https://x.example.com", "description": "Staging"},
            {"url": "https://y.example.com"},
            {"url": "https://api.example.com/"},
        ],
        "",
        [
            ("production", "https://api.example.com"),
            ("sandbox", "https://sandbox.example.com"),
            ("staging", "https://x.example.com"),
            ("production-2", "https://y.example.com"),
        ],
    ),
    "variables": (
        [{"url": "https://{host}/{v}", "variables": {"host": {"default": "a.example.com"}, "v": {"default": "v2"}}}],
        "",
        [("production", "https://a.example.com/v2")],
    ),
    "none": ([], "", [("local", "http://localhost")]),
    "a path": ([{"url": "/v1"}], "", [("local", "http://localhost/v1")]),
    "a path, fetched": ([{"url": "/v1"}], "https://a.example.com/d.json", [("production", "https://a.example.com/v1")]),
    "none, fetched": ([], "http://127.0.0.1:81/d.json", [("local", "http://127.0.0.1:81")]),
    "another than where it came from": (
        [{"url": "https://api.example.com/v1"}],
        "http://127.0.0.1:81/d.json",
        [("local", "http://127.0.0.1:81/v1"), ("production", "https://api.example.com/v1")],
    ),
    "what is no address": (
        [{"url": "https://user@example.com"}, {"url": "ws://a"}],
        "",
        [("local", "http://localhost")],
    ),
}


@pytest.mark.parametrize("name", sorted(SERVERS))
def test_servers_become_environments(name: str, tmp_path: Path) -> None:
    servers, source, expected = SERVERS[name]

    found = draft(tmp_path, source, servers=servers)

    assert [(each.name, each.base_url) for each in found] == expected
    assert [each.comment for each in found if each.base_url.startswith("http://localhost")] in ([], [NO_SERVER])


def test_security_schemes_in_use_become_credentials(tmp_path: Path) -> None:
    schemes = {
        "petKey": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "basic": {"type": "http", "scheme": "basic"},
        "client": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/token", "scopes": {}}}},
        "person": {
            "type": "oauth2",
            "flows": {"implicit": {"authorizationUrl": "https://a.test", "scopes": {}}},
        },
        "unused": {"type": "http", "scheme": "bearer"},
        "mutual": {"type": "mutualTLS"},
    }
    security = [{name: []} for name in schemes if name != "unused"]
    paths = {"/a": {"get": {"responses": {"200": {"description": ""}}, "security": security}}}
    servers = [{"url": "https://a.example.com"}, {"url": "https://test.example.com"}]

    first, second = draft(tmp_path, paths=paths, servers=servers, components={"securitySchemes": schemes})

    assert {each.scheme: each.value for each in first.credentials} == {
        "petKey": "$API_PET_KEY",
        "basic": {"username": "$API_BASIC_USERNAME", "password": "$API_BASIC_PASSWORD"},
        "client": {"client_id": "$API_CLIENT_CLIENT_ID", "client_secret": "$API_CLIENT_CLIENT_SECRET"},
        "person": "$API_PERSON",
        "mutual": {"certificate": "$API_MUTUAL_CERTIFICATE", "key": "$API_MUTUAL_KEY"},
    }
    assert next(each.variables for each in second.credentials) == ("API_TEST_PET_KEY",)


@pytest.mark.parametrize(
    ("text", "name"), [("petStore-key", "PET_STORE_KEY"), ("ключ", "API"), ("2fa", "API_2FA"), ("a__b", "A_B")]
)
def test_a_variable_has_a_name_that_shells_take(text: str, name: str) -> None:
    assert make_variable(text) == name


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", {"https://{x}.example.com": "https://f.example.com", "/up": "https://a.example.com/up"}),
        ("http://127.0.0.1:81/d", {"https://{x}.example.com": "http://127.0.0.1:81", "/up": "http://127.0.0.1:81/up"}),
    ],
)
def test_own_servers_of_operations_are_mapped(source: str, expected: dict[str, str], tmp_path: Path) -> None:
    get = {"responses": {"200": {"description": ""}}}
    files = {"url": "https://{x}.example.com", "variables": {"x": {"default": "f"}}}
    paths = {"/a": {"get": {**get, "servers": [files]}}, "/b": {"servers": [{"url": "/up"}], "get": get}}

    found = draft(tmp_path, source, paths=paths, servers=[{"url": "https://a.example.com/v1"}])

    assert found[0].servers == expected
