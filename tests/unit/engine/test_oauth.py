"""Tokens of OAuth 2.0 and OpenID Connect: where they are, what is asked, and what an answer is worth."""

import base64
from typing import Any
from urllib.parse import parse_qs

import pytest

from contracts_runner.engine.oauth import (
    OAuthError,
    TokenSource,
    build_token_body,
    find_token_source,
    read_discovery,
    read_token,
)
from contracts_runner.model.credential import OAuthClient
from contracts_runner.model.spec import OAuthFlow, SecurityScheme
from helpers.engine import reply

MACHINE = OAuthClient(client_id="me", client_secret="s e:c")
POSTING = OAuthClient(client_id="me", client_secret="s e:c", auth_method="client_secret_post")
PUBLIC = OAuthClient(client_id="me", username="ann", password="p&w")
USER = OAuthClient(username="ann", password="p&w", scopes=("read", "write"))
AGAIN = OAuthClient(client_id="me", refresh_token="r-1")


def make_scheme(*flows: str, kind: str = "oauth2", scheme: str = "", openid_url: str = "") -> SecurityScheme:
    listed = tuple(OAuthFlow(name=flow, token_url=f"/{flow}") for flow in flows)
    return SecurityScheme(name="s", type=kind, scheme=scheme, flows=listed, openid_url=openid_url)


OIDC = make_scheme(kind="openIdConnect", openid_url="/o")


@pytest.mark.parametrize(
    ("scheme", "client", "source"),
    [
        (make_scheme("clientCredentials"), MACHINE, TokenSource(grant="client_credentials", url="/clientCredentials")),
        (make_scheme("clientCredentials", "password"), USER, TokenSource(grant="password", url="/password")),
        (make_scheme("authorizationCode"), AGAIN, TokenSource(grant="refresh_token", url="/authorizationCode")),
        (OIDC, MACHINE, TokenSource(grant="client_credentials", discovery="/o")),
        (make_scheme(), OAuthClient(client_id="me", token_url="/t"), TokenSource(grant="client_credentials", url="/t")),
        (
            make_scheme("password", kind="openIdConnect", openid_url="/o"),
            OAuthClient(username="a", password="b", token_url="/t"),
            TokenSource(grant="password", url="/t"),
        ),
        (
            make_scheme(kind="http", scheme="bearer"),
            OAuthClient(client_id="me", token_url="/t"),
            TokenSource(grant="client_credentials", url="/t"),
        ),
    ],
)
def test_flow_and_address_are_those_of_the_spec_or_of_the_credential(
    scheme: SecurityScheme, client: OAuthClient, source: TokenSource
) -> None:
    assert find_token_source(scheme, client) == source


@pytest.mark.parametrize(
    ("scheme", "client", "message"),
    [
        (make_scheme("password"), MACHINE, "declares no address of tokens for the flow clientCredentials"),
        (make_scheme("clientCredentials"), USER, "for the flow password"),
        (make_scheme(kind="http", scheme="bearer"), MACHINE, "for the flow clientCredentials"),
        (make_scheme(kind="http", scheme="basic"), OAuthClient(client_id="a", token_url="/t"), "takes no OAuth client"),
        (make_scheme(kind="apiKey"), OAuthClient(client_id="a", token_url="/t"), "takes no OAuth client"),
    ],
)
def test_a_scheme_without_an_address_of_tokens_is_told(
    scheme: SecurityScheme, client: OAuthClient, message: str
) -> None:
    with pytest.raises(OAuthError, match=message) as caught:
        find_token_source(scheme, client)

    assert caught.value.hint


@pytest.mark.parametrize(
    ("grant", "client", "refresh_token", "body", "user"),
    [
        ("client_credentials", MACHINE, "", {"grant_type": ["client_credentials"]}, "me:s+e%3Ac"),
        ("client_credentials", POSTING, "", {"client_id": ["me"], "client_secret": ["s e:c"]}, None),
        ("client_credentials", POSTING, "r-2", {"client_id": ["me"], "client_secret": ["s e:c"]}, None),
        ("password", PUBLIC, "", {"username": ["ann"], "password": ["p&w"], "client_id": ["me"]}, None),
        ("password", USER, "", {"grant_type": ["password"], "scope": ["read write"]}, None),
        ("refresh_token", AGAIN, "", {"refresh_token": ["r-1"], "client_id": ["me"]}, None),
        ("password", USER, "r-2", {"grant_type": ["refresh_token"], "refresh_token": ["r-2"]}, None),
    ],
)
def test_what_is_asked(
    grant: str, client: OAuthClient, refresh_token: str, body: dict[str, Any], user: str | None
) -> None:
    """A secret is in the body only where the credential says so, and a user not in the request that renews a token."""
    text, headers = build_token_body(TokenSource(grant=grant, url="/t"), client, refresh_token)

    sent = parse_qs(text)
    assert {name: sent.get(name) for name in body} == body
    assert ("client_secret" in sent) == bool(client.auth_method)
    assert ("username" in sent) == (sent["grant_type"] == ["password"])
    expected = f"Basic {base64.b64encode(user.encode()).decode()}" if user else None
    assert headers.get("Authorization") == expected


@pytest.mark.parametrize(
    ("body", "seconds", "refresh_token"),
    [
        ({"access_token": "T"}, None, ""),
        ({"access_token": "T", "token_type": "bearer", "expires_in": 60}, 60.0, ""),
        ({"access_token": "T", "token_type": "Bearer", "expires_in": "60", "refresh_token": "R"}, 60.0, "R"),
        ({"access_token": "T", "scope": "other"}, None, ""),
        ({"access_token": "T", "expires_in": None, "refresh_token": 5}, None, ""),
    ],
)
def test_a_token_is_read(body: Any, seconds: float | None, refresh_token: str) -> None:
    answer = read_token(reply(200, body))

    assert (answer.text, answer.expires_in_seconds, answer.refresh_token) == ("T", seconds, refresh_token)


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (400, {"error": "invalid_client", "error_description": "who?"}, r"invalid_client: who\? \(status 400\)"),
        (200, {"error": "invalid_grant"}, "invalid_grant"),
        (401, None, "status 401"),
        (200, {}, "the answer is no token"),
        (200, [], "the answer is no token"),
        (200, "T", "the answer is no token"),
        (200, {"access_token": 5}, "the answer is no token"),
        (200, {"access_token": "T", "expires_in": "soon"}, "the answer is no token"),
        (200, {"access_token": "T", "expires_in": float("inf")}, "the answer is no token"),
        (200, {"access_token": ""}, "the answer is no token"),
        (200, {"access_token": "a\r\nX: y"}, "the answer is no token: it cannot hold"),
        (200, {"access_token": "T" * 65_537}, "the token has 65,537 characters, over the limit of 65,536"),
        (200, {"access_token": "T", "token_type": "mac"}, "of the type 'mac' cannot be sent"),
        (500, {"access_token": "T"}, "status 500"),
    ],
)
def test_what_is_no_token_is_told(status: int, body: Any, message: str) -> None:
    with pytest.raises(OAuthError, match=message):
        read_token(reply(status, body))


@pytest.mark.parametrize(
    ("place", "body", "address"),
    [
        ("https://a.example.com/o", {"token_endpoint": "https://b.example.com/t"}, "https://b.example.com/t"),
        ("http://a.example.com/o", {"token_endpoint": "http://a.example.com/t"}, "http://a.example.com/t"),
        ("https://a.example.com/o", {"token_endpoint": "http://a.example.com/t"}, None),
        ("https://a.example.com/o", {"token_endpoint": "file:///etc/passwd"}, None),
        ("https://a.example.com/o", {"token_endpoint": "https://[/"}, None),
        ("https://a.example.com/o", {"token_endpoint": 5}, None),
        ("https://a.example.com/o", [], None),
    ],
)
def test_the_address_in_an_openid_document_is_never_less_protected(place: str, body: Any, address: str | None) -> None:
    if address is None:
        with pytest.raises(OAuthError, match="names no usable token_endpoint"):
            read_discovery(place, reply(200, body))
    else:
        assert read_discovery(place, reply(200, body)) == (address, False)
