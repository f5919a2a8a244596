"""Tokens of OAuth 2.0 and OpenID Connect: with which grant and where they are asked for, and what the answer says
(RFC 6749, OpenID Connect Discovery 1.0). Sends nothing: token_client.py does."""

import base64
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, urlsplit

from contracts_runner.dataclass import dataclass
from contracts_runner.model.credential import CLIENT_SECRET_BASIC, CLIENT_SECRET_POST, OAuthClient
from contracts_runner.model.exchange import Response
from contracts_runner.model.http import find_field_fault
from contracts_runner.model.json import parse_json
from contracts_runner.model.spec import SecurityScheme

# What OpenAPI calls the flow in which a grant gets its tokens.
_FLOWS = {"client_credentials": "clientCredentials", "password": "password", "refresh_token": "authorizationCode"}
_REFRESH = "refresh_token"
# As long as the head of an answer may be by default; servers take less.
_LONGEST_TOKEN = 65_536


class OAuthError(Exception):
    """A token cannot be asked for, or the answer is none; `hint` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSource:
    """Where a token is: at `url`, or where the document of `discovery` says; as written, perhaps relative."""

    grant: str
    url: str = ""
    discovery: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAnswer:
    """A token; None: it says nothing of when it runs out."""

    text: str
    expires_in_seconds: float | None = None
    refresh_token: str = ""


def find_token_source(scheme: SecurityScheme, client: OAuthClient) -> TokenSource:
    """Return where the tokens of a scheme are for a client; raises OAuthError."""
    grant = "password" if client.username else _REFRESH if client.refresh_token else "client_credentials"
    if scheme.type not in ("oauth2", "openIdConnect") and (scheme.type, scheme.scheme) != ("http", "bearer"):
        raise OAuthError(f"the security scheme '{scheme.name}' takes no OAuth client", "write the key as a text")
    if client.token_url:
        return TokenSource(grant=grant, url=client.token_url)
    if scheme.openid_url:
        return TokenSource(grant=grant, discovery=scheme.openid_url)
    flow = _FLOWS[grant]
    # Whoever has a refresh token has been through one of the flows.
    found = [each for each in scheme.flows if each.name == flow or grant == _REFRESH]
    if not found:
        message = f"the security scheme '{scheme.name}' declares no address of tokens for the flow {flow}"
        raise OAuthError(message, "write `token_url` in the credential, or declare the flow in an overlay")
    return TokenSource(grant=grant, url=found[0].token_url)


def build_token_body(source: TokenSource, client: OAuthClient, refresh_token: str) -> tuple[str, dict[str, str]]:
    """Return the form to send, and the headers beside it. A secret goes into the header, as all servers must take it
    (RFC 6749 §2.3.1), or where the credential says; with `refresh_token` the token is renewed."""
    from oauthlib.oauth2 import BackendApplicationClient, LegacyApplicationClient

    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    options: dict[str, Any] = {"scope": list(client.scopes) or None}
    secret: dict[str, Any] = {}
    is_in_body = client.auth_method == CLIENT_SECRET_POST
    if client.client_secret and is_in_body:
        secret = {"client_secret": client.client_secret}
    elif client.client_secret:
        pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    is_named = bool(client.client_id) and "Authorization" not in headers
    if refresh_token or source.grant == _REFRESH:
        public = {"client_id": client.client_id} if is_named else {}
        token = refresh_token or client.refresh_token
        body = BackendApplicationClient(client.client_id).prepare_refresh_body(refresh_token=token, **public, **secret)
    elif source.grant == "password":
        user = LegacyApplicationClient(client.client_id)
        options |= {"username": client.username, "password": client.password}
        body = user.prepare_request_body(include_client_id=is_named, **options, **secret)
    else:
        machine = BackendApplicationClient(client.client_id)
        body = machine.prepare_request_body(include_client_id=is_named, **options, **secret)
    return body, headers


def read_token(response: Response) -> TokenAnswer:
    """Return the token of an answer; raises OAuthError."""
    from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error

    found: Mapping[str, Any] = {}
    try:
        found = BackendApplicationClient("").parse_request_body_response(response.body.decode())
    except OAuth2Error as error:
        reason = f"{error.error}: {error.description}" if error.description else str(error.error)
        raise OAuthError(f"the answer is no token: {reason} (status {response.status_code})") from None
    except (ValueError, TypeError, AttributeError, ArithmeticError, RecursionError):
        pass  # of no form that a token has
    text, kind = found.get("access_token"), str(found.get("token_type") or "bearer")
    if response.status_code != 200 or not isinstance(text, str) or not text:
        raise OAuthError(f"the answer is no token: status {response.status_code}")
    if fault := find_field_fault(text):
        raise OAuthError(f"the answer is no token: it cannot hold {fault}")
    if len(text) > _LONGEST_TOKEN:
        raise OAuthError(f"the token has {len(text):,} characters, over the limit of {_LONGEST_TOKEN:,}")
    if kind.lower() != "bearer":
        raise OAuthError(f"a token of the type {kind!r} cannot be sent; Bearer can")
    refresh, seconds = found.get("refresh_token"), str(found.get("expires_in", ""))
    return TokenAnswer(
        text=text,
        expires_in_seconds=float(seconds) if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,12})?", seconds) else None,
        refresh_token=refresh if isinstance(refresh, str) else "",
    )


def read_discovery(url: str, response: Response) -> tuple[str, bool]:
    """Return the address of tokens in the answer of a discovery document, and whether the client's secret is taken in
    the form alone; raises OAuthError.

    The address is never less protected than the document was.
    """
    try:
        found = parse_json(response.body.decode()) if response.status_code == 200 else None
    except (ValueError, RecursionError):
        found = None
    address = found.get("token_endpoint") if isinstance(found, Mapping) else None
    allowed = {"https"} | ({"http"} if urlsplit(url).scheme == "http" else set())
    try:
        parts = urlsplit(address) if isinstance(address, str) else None
    except ValueError:
        parts = None
    if not isinstance(address, str) or parts is None or parts.scheme not in allowed or not parts.hostname:
        raise OAuthError(f"the OpenID document names no usable token_endpoint (status {response.status_code})")
    assert isinstance(found, Mapping)
    methods = found.get("token_endpoint_auth_methods_supported")
    names = methods if isinstance(methods, list) else []
    return address, CLIENT_SECRET_POST in names and CLIENT_SECRET_BASIC not in names
