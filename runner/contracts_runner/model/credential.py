"""What an environment has as a credential, as its author wrote it: a text, or how one is got (docs/design.md, Project
file)."""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import SourceLocation
from contracts_runner.model.json import Json
from contracts_runner.model.secrets import split_credential

# Security scheme -> how its credential is written in `credentials` of an environment.
SCHEMES: Mapping[str, str] = {
    "apiKey": "A key in a header, the query or a cookie, where the document says: a text, such as `$SHOP_KEY`.",
    "bearer": "A token in the header Authorization: a text.",
    "basic": "A user with a password, HTTP Basic: `{username, password}`.",
    "digest": "A user with a password, HTTP Digest: `{username, password}`.",
    "oauth2": "A token that is fetched: `{client_id, client_secret, scopes}`, `{username, password}` or "
    "`{refresh_token}`; or a text, a token that somebody has got.",
    "openIdConnect": "As oauth2, with the address of tokens from its discovery document.",
    "mutualTLS": "A client certificate: `{certificate, key}`, files in PEM.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPassword:
    """`{username, password}`, for the schemes basic and digest."""

    username: str
    password: str = field(repr=False)


# Where the secret of a client goes: a header, or the form (RFC 7591 §2).
CLIENT_SECRET_BASIC, CLIENT_SECRET_POST = "client_secret_basic", "client_secret_post"


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthClient:
    """What a token is asked for with: the client, and a user, or a refresh token that somebody has got before. An empty
    `token_url` is the spec's; an empty `auth_method`, how the client is told, that which the server takes."""

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ()
    token_url: str = ""
    auth_method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedCredential:
    """`{from, value}`: a text with captures of a scenario that is run before what needs it."""

    scenario: str
    value: str
    location: SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate:
    """Files in PEM: a certificate, and its key where that is not in the same file."""

    certificate: Path
    key: Path | None = None


Credential = str | UserPassword | OAuthClient | CapturedCredential | ClientCertificate


def list_secrets(name: str, credential: Credential) -> dict[str, str]:
    """Return what must not be written down of a credential, by a name for each."""
    match credential:
        case str():
            return split_credential(name, credential)
        case UserPassword(username=username, password=password):
            return split_credential(name, f"{username}:{password}")
        case OAuthClient():
            named = {key: getattr(credential, key) for key in ("client_secret", "password", "refresh_token")}
            return {f"{name}:{key}": value for key, value in named.items() if value}
        case CapturedCredential() | ClientCertificate():
            return {}


def list_captured(credentials: Mapping[str, Credential]) -> dict[str, CapturedCredential]:
    """Return the credentials that scenarios give."""
    return {name: each for name, each in credentials.items() if isinstance(each, CapturedCredential)}


def list_plain(credentials: Mapping[str, Credential]) -> dict[str, Json]:
    """Return the credentials that a hook can use: texts, and users with their passwords as they are written."""
    plain: dict[str, Json] = {}
    for name, credential in credentials.items():
        if isinstance(credential, UserPassword):
            plain[name] = {"username": credential.username, "password": credential.password}
        elif isinstance(credential, str):
            plain[name] = credential
    return plain
