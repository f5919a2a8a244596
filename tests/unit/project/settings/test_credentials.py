"""The kinds of credentials of an environment: how each is written, where its values come from, what is a mistake."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.errors import ProjectError
from contracts_runner.model.credential import (
    CapturedCredential,
    ClientCertificate,
    Credential,
    OAuthClient,
    UserPassword,
    list_plain,
)
from contracts_runner.model.environment import Environment
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.project.settings.settings import load_settings

HEAD = "version: 1\nspecs: {}\nenvironments:\n  here:\n    base_url: https://shop.example.com\n    credentials:\n      "


def read(folder: Path, credential: str, more: str = "", **environ: str) -> Environment:
    for name in ("contracts", "certs"):
        (folder / name).mkdir(exist_ok=True)
    for name in ("me.pem", "me.key"):
        (folder / "certs" / name).touch()
    (folder / "contracts.yaml").write_text(f"{HEAD}c: {credential}\n{more}", encoding="utf-8")
    settings, problems = load_settings(folder)
    if settings is None or problems:
        raise ProjectError(problems)
    return resolve_environment(settings, "here", environ)


# How it is written -> what it is, and its secrets.
KINDS: list[tuple[str, dict[str, Any], type[Credential], list[str]]] = [
    ("{username: ann, password: p-1}", {"username": "ann", "password": "p-1"}, UserPassword, ["ann:p-1", "p-1"]),
    (
        "{client_id: me, client_secret: s-1, scopes: [a, b], token_url: https://id.example.com/t}",
        {"client_id": "me", "client_secret": "s-1", "scopes": ("a", "b"), "token_url": "https://id.example.com/t"},
        OAuthClient,
        ["s-1"],
    ),
    (
        "{client_id: me, client_secret: s-1, token_endpoint_auth_method: client_secret_post}",
        {"client_id": "me", "client_secret": "s-1", "auth_method": "client_secret_post"},
        OAuthClient,
        ["s-1"],
    ),
    ("{token_url: /t, username: ann, password: p-1}", {"username": "ann", "token_url": "/t"}, OAuthClient, ["p-1"]),
    ("{client_id: me, refresh_token: r-1}", {"client_id": "me", "refresh_token": "r-1"}, OAuthClient, ["r-1"]),
    (
        '{from: S.login, value: "Token ${token} $5"}',
        {"scenario": "S.login", "value": "Token ${token} $5"},
        CapturedCredential,
        [],
    ),
]


@pytest.mark.parametrize(("text", "fields", "kind", "secrets"), KINDS)
def test_a_credential_is_what_its_keys_say(
    tmp_path: Path, text: str, fields: dict[str, Any], kind: Any, secrets: list[str]
) -> None:
    environment = read(tmp_path, text)

    credential = environment.credentials["c"]
    assert type(credential) is kind
    assert {name: getattr(credential, name) for name in fields} == fields
    assert list(environment.secrets.values()) == secrets
    assert not any(secret in repr(credential) for secret in secrets)


def test_a_certificate_is_named_by_its_files(tmp_path: Path) -> None:
    text = "{certificate: certs/me.pem, key: $KEY_FILE}"
    environment = read(tmp_path, text, f"    client_certificate: {text}", KEY_FILE="certs/me.key")

    certificate = ClientCertificate(certificate=tmp_path / "certs/me.pem", key=tmp_path / "certs/me.key")
    assert environment.credentials["c"] == environment.client_certificate == certificate


def iter_lacking() -> Iterator[tuple[str, int]]:
    for number, (text, fields, *_) in enumerate(KINDS):
        for name, value in fields.items():
            if isinstance(value, str) and name not in ("value", "scenario"):
                yield text.replace(f"{name}: {value}", f"{name}: $GONE"), number


@pytest.mark.parametrize(("text", "number"), list(iter_lacking()))
@pytest.mark.parametrize("gone", ["", os.fsdecode(b"\xe9")])
def test_a_value_that_is_not_there_makes_the_credential_missing_whatever_its_kind(
    tmp_path: Path, text: str, number: int, gone: str
) -> None:
    """Bytes that are not UTF-8 are a mistake of what uses it."""
    environment = read(tmp_path, text, GONE=gone)

    lacking = environment.undecodable_credentials if gone else environment.missing_credentials
    assert lacking == {"c": "$GONE is not UTF-8" if gone else "GONE"}
    assert environment.credentials == {}
    assert type(environment.sample_credentials["c"]) is KINDS[number][2]


MISTAKES = [
    ("{username: ann, pasword: x}", "no key 'pasword'; Did you mean 'password'?"),
    ("{username: ann, pasword: $GONE}", "no key 'pasword'; Did you mean 'password'?"),
    ("{username: ann}", "needs the key 'password'"),
    ("{username: 'a:b', password: x}", "cannot have a ':' in its name"),
    ("{username: ann, password: 'x '}", "has a control character, or a blank"),
    ("{client_id: me, client_secrt: x}", "no key 'client_secrt'; Did you mean 'client_secret'?"),
    ("{client_secret: x}", "'client_secret' needs 'client_id'"),
    ("{client_id: me, token_endpoint_auth_method: client_secret_post}", "needs 'client_secret'"),
    (
        "{client_id: me, client_secret: x, token_endpoint_auth_method: client_secret_pst}",
        "Did you mean 'client_secret_post'?",
    ),
    ("{scopes: [a]}", "needs 'client_id', 'username' or 'refresh_token'"),
    ("{client_id: me, username: ann}", "'username' needs 'password'"),
    ("{client_id: me, scopes: a}", "'scopes' must be a list"),
    ("{client_id: me, token_url: 'https://u:p@id.example.com'}", "'token_url' is not an address"),
    ("{client_id: me, token_url: token}", "'token_url' is not an address"),
    ("{from: S.login}", "needs the key 'value'"),
    ('{value: "${token}"}', "needs the key 'from'"),
    ('{from: S.login, value: "${token"}', "is not closed"),
    ('{from: S.login, vale: "${token}"}', "no key 'vale'; Did you mean 'value'?"),
    ("{certificate: certs/none.pem}", "there is no file 'certs/none.pem'"),
    ("{key: certs/me.key}", "needs the key 'certificate'"),
    ("[a, b]", "must be text, not a list"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_a_mistake_is_told_without_what_is_secret(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ProjectError) as caught:
        read(tmp_path, text)

    told = [str(problem) for problem in caught.value.problems]
    assert any(message in each for each in told), told
    assert all(each.startswith("contracts.yaml:7: ") for each in told)
    assert "u:p" not in " ".join(told)


@pytest.mark.parametrize(
    ("text", "auth"), [("none", "none"), ("other", "other"), ("[a, b]", ("a", "b")), ("$NAME", "given")]
)
def test_steps_may_have_a_default(tmp_path: Path, text: str, auth: Any) -> None:
    assert read(tmp_path, "x-1", f"    auth: {text}", NAME="given").auth == auth


@pytest.mark.parametrize(("text", "message"), [("[a, none]", "'none' stands alone"), ("{a: b}", "must be text")])
def test_a_default_has_names_alone(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ProjectError, match=message):
        read(tmp_path, "x-1", f"    auth: {text}")


def test_hooks_get_what_they_can_use() -> None:
    kinds: list[Credential] = [
        "k-1",
        UserPassword(username="ann", password="p"),
        OAuthClient(client_id="me"),
        ClientCertificate(certificate=Path("me.pem")),
    ]

    plain = list_plain(dict(zip(map(str, itertools.count()), kinds, strict=False)))

    assert plain == {"0": "k-1", "1": {"username": "ann", "password": "p"}}
