"""The forms of one credential of an environment: a text, a user with a password, an OAuth client, a capture of a
scenario, a client certificate (docs/design.md, Project file)."""

import dataclasses
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

from contracts_runner.dataclass import dataclass
from contracts_runner.model.credential import (
    CLIENT_SECRET_BASIC,
    CLIENT_SECRET_POST,
    CapturedCredential,
    ClientCertificate,
    Credential,
    OAuthClient,
    UserPassword,
)
from contracts_runner.model.json import Json
from contracts_runner.project.contract.auth import TEMPLATE
from contracts_runner.project.settings.warehouse_form import FILE, read_secret
from contracts_runner.reading.declarations import Form, Key, Reader
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.expressions import ExpressionError, iter_references
from contracts_runner.reading.forms import Value
from contracts_runner.reading.readers import TEXT, TEXTS, choice, either, parsed
from contracts_runner.reading.variables import MissingVariable, UndecodableText

# Neither a control character nor a blank at an end.
_SECRET_PATTERN = r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$"
# Stands where the value of a variable is not known: of the form of every scheme.
SAMPLE = "user:password"


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A credential without its value, and why; `sample` is of its form."""

    why: MissingVariable | UndecodableText
    sample: Credential


_SECRET_SCHEMA = {"type": "string", "pattern": _SECRET_PATTERN}
SECRET: Reader[str] = Reader(read_secret, _SECRET_SCHEMA, "text")


def _read_username(value: Value) -> str | None:
    text = read_secret(value)
    if text and ":" in text:
        value.report("a user cannot have a ':' in its name (RFC 7617)")
        return None
    return text


_USERNAME: Reader[str] = Reader(_read_username, {**_SECRET_SCHEMA, "not": {"pattern": ":"}}, "text without a colon")


def _parse_token_url(text: str) -> str:
    try:
        url = urlsplit(text)
        is_fit = text.startswith("/") or (url.scheme in ("http", "https") and bool(url.hostname))
    except ValueError:
        is_fit = False
    if not is_fit or "@" in text or "#" in text or any(map(str.isspace, text)):
        # Not quoted: it may hold a password.
        raise FormError("'token_url' is not an address; write one such as https://id.example.com/token, or /token")
    return text


# A key of an OAuth client, and what it needs beside it.
_TOGETHER = (
    ("username", "password"),
    ("client_secret", "client_id"),
    ("token_endpoint_auth_method", "client_secret"),
)


class UserPasswordForm(Form):
    """A user with a password, for the schemes basic and digest."""

    noun = "a user with a password"
    username = Key(_USERNAME, "The user.", required=True, example="$SHOP_USER")
    password = Key(SECRET, "The password.", required=True, example="$SHOP_PASSWORD")


class OAuthForm(
    Form,
    rules={
        "anyOf": [{"required": [key]} for key in ("client_id", "username", "refresh_token")],
        "allOf": [{"if": {"required": [key]}, "then": {"required": [needed]}} for key, needed in _TOGETHER],
    },
):
    """What a token is asked for with, for the schemes oauth2 and openIdConnect."""

    noun = "an OAuth client"
    client_id = Key(SECRET, "The client.", example="$CLIENT_ID")
    client_secret = Key(SECRET, "Its secret; a client without one is public.", example="$CLIENT_SECRET")
    username = Key(SECRET, "A user, for the flow `password`.", example="$SHOP_USER")
    password = Key(SECRET, "Its password.", example="$SHOP_PASSWORD")
    refresh_token = Key(
        SECRET, "A refresh token, for the flow `authorizationCode`: a browser has got it.", example="$REFRESH_TOKEN"
    )
    scopes = Key(TEXTS, "What the token is to be good for.", example="[read, write]")
    token_url = Key(
        parsed(_parse_token_url, "URL", r"^(https?://|/)[^\s@#]+$", "write one such as https://id.example.com/token"),
        "Where tokens are; the spec's if left out.",
        example="https://id.example.com/token",
    )
    token_endpoint_auth_method = Key(
        choice(CLIENT_SECRET_BASIC, CLIENT_SECRET_POST),
        f"Where the client's secret goes: `{CLIENT_SECRET_BASIC}`, a header, if left out and no OpenID document takes "
        f"the other alone; `{CLIENT_SECRET_POST}`, the form (RFC 7591 §2).",
        example=CLIENT_SECRET_POST,
    )


class CapturedForm(Form):
    """A capture of a scenario, which is run once before what needs it."""

    noun = "a credential of a scenario"
    from_ = Key(TEXT, "The id of the scenario.", required=True, example="S.login")
    value = Key(TEMPLATE, "A text with its captures.", required=True, example='"${token}"')


class CertificateForm(Form):
    """A client certificate: files in PEM, below contracts.yaml or with an absolute path."""

    noun = "a client certificate"
    certificate = Key(FILE, "The certificate.", required=True, example="certificates/me.pem")
    key = Key(FILE, "Its key, where that is not in the same file.", example="$KEY_FILE")


def _build_user(form: UserPasswordForm) -> UserPassword:
    username = form.username or SAMPLE.partition(":")[0]
    return UserPassword(username=username, password=form.password or SAMPLE)


def _build_client(form: OAuthForm) -> OAuthClient:
    kinds = [OAuthForm.client_id, OAuthForm.username, OAuthForm.refresh_token]
    if not any(key in form for key in kinds):
        form.place.report("an OAuth client needs 'client_id', 'username' or 'refresh_token'")
    for key, needed in ((getattr(OAuthForm, one), getattr(OAuthForm, other)) for one, other in _TOGETHER):
        if (key in form) and needed not in form:
            form.at(key).report(f"'{key.name}' needs '{needed.name}'")
    texts = {
        key.name: form.find(key) or SAMPLE
        for key in (*kinds, OAuthForm.client_secret, OAuthForm.password)
        if key in form
    }
    return OAuthClient(
        **texts,
        scopes=form.scopes or (),
        token_url=form.token_url or "",
        auth_method=form.token_endpoint_auth_method or "",
    )


def _build_captured(form: CapturedForm) -> CapturedCredential:
    value = form.value or ""
    try:
        list(iter_references(value))
    except ExpressionError:
        value = ""  # it is reported
    return CapturedCredential(scenario=form.from_ or "", value=value, location=form.location)


def _build_certificate(form: CertificateForm) -> ClientCertificate:
    return ClientCertificate(certificate=form.certificate or Path(), key=form.key)


_USER = UserPasswordForm.reader().then(_build_user)
_CLIENT = OAuthForm.reader().then(_build_client)
_CAPTURED = CapturedForm.reader().then(_build_captured)
CERTIFICATE = CertificateForm.reader().then(_build_certificate)
# What only an OAuth client has.
_OAUTH_KEYS = tuple(name for name in OAuthForm.keys if name not in UserPasswordForm.keys)


def _read_mapping(value: Value) -> Credential | None:
    """Return what a mapping is by its keys: those of no other kind decide."""
    keys = value.value.keys()
    if keys & {"from", "value"}:
        return _CAPTURED.read(value)
    if keys & {"certificate", "key"}:
        return CERTIFICATE.read(value)
    return _CLIENT.read(value) if keys & set(_OAUTH_KEYS) else _USER.read(value)


def _has_any(*keys: str) -> dict[str, Json]:
    return {"anyOf": [{"required": [key]} for key in keys]}


_MAPPING: Reader[Credential] = Reader(
    _read_mapping,
    {
        "if": _has_any("from", "value"),
        "then": CapturedForm,
        "else": {
            "if": _has_any("certificate", "key"),
            "then": CertificateForm,
            "else": {"if": _has_any(*_OAUTH_KEYS), "then": OAuthForm, "else": UserPasswordForm},
        },
    },
    "`{username, password}`, `{client_id, client_secret, scopes, token_url, …}`, `{from: SCENARIO, value: TEXT}` or "
    "`{certificate, key}`",
)
_WRITTEN = either("object", _MAPPING, SECRET)


def _read_credential(value: Value) -> Credential | Unavailable | None:
    """Return a credential, or why its value is not there: bytes that are not UTF-8 are a mistake of what uses it."""
    why = _find_absent(value.value)
    if why is None:
        return _WRITTEN.read(value)
    if not isinstance(value.value, dict):
        return Unavailable(why, SAMPLE)
    # What else is wrong with it is told all the same.
    sample = _WRITTEN.read(dataclasses.replace(value, value=_hush(value.value)))
    return None if sample is None else Unavailable(why, sample)


def _find_absent(value: Json) -> MissingVariable | UndecodableText | None:
    parts = value.values() if isinstance(value, dict) else [value]
    items = chain.from_iterable(part if isinstance(part, list) else [part] for part in parts)
    return next((item for item in items if isinstance(item, MissingVariable | UndecodableText)), None)


def _hush(entries: dict[str, Json]) -> dict[str, Json]:
    """Return a mapping in which texts that are not there are not reported."""

    def hush(item: Json) -> Json:
        is_absent = isinstance(item, MissingVariable | UndecodableText)
        return MissingVariable("", is_reported=False) if is_absent else item

    return {key: list(map(hush, item)) if isinstance(item, list) else hush(item) for key, item in entries.items()}


CREDENTIAL: Reader[Credential | Unavailable] = Reader(_read_credential, _WRITTEN.schema, _WRITTEN.words)
