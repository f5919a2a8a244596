"""Which kind of credential a scheme takes, several credentials at once, and values that stand in the contract."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.engine.authorization import (
    AuthorizationError,
    MissingCredentialError,
    authorize,
    find_missing,
    find_obstacle,
    list_sent,
    read_inline,
)
from contracts_runner.engine.security_schemes import Authorization
from contracts_runner.model.credential import (
    CapturedCredential,
    ClientCertificate,
    Credential,
    OAuthClient,
    UserPassword,
)
from contracts_runner.model.environment import Environment
from contracts_runner.model.spec import OAuthFlow, SecurityScheme
from helpers.operations import HERE, make_operation

FLOWS = (OAuthFlow(name="clientCredentials", token_url="/t"), OAuthFlow(name="password", token_url="/p"))
SCHEMES = {
    scheme.name: scheme
    for scheme in (
        SecurityScheme(name="bearer", type="http", scheme="bearer"),
        SecurityScheme(name="basic", type="http", scheme="basic"),
        SecurityScheme(name="digest", type="http", scheme="digest"),
        SecurityScheme(name="header", type="apiKey", placement="header", parameter="X-Key"),
        SecurityScheme(name="query", type="apiKey", placement="query", parameter="k"),
        SecurityScheme(name="cookie", type="apiKey", placement="cookie", parameter="sid"),
        SecurityScheme(name="oauth", type="oauth2", flows=FLOWS),
        SecurityScheme(name="oidc", type="openIdConnect", openid_url="/openid"),
        SecurityScheme(name="mtls", type="mutualTLS"),
    )
}
TEXT, USER = "some:text", UserPassword(username="ann", password="p:w")
CLIENT, URL = OAuthClient(client_id="me"), OAuthClient(client_id="me", token_url="/t")
CAPTURED = CapturedCredential(scenario="S.login", value="${token}", location=HERE)
CERTIFICATE = ClientCertificate(certificate=Path("me.pem"))

# Credential -> the schemes that take it: those of whose text something leaves, then those that get it later.
KINDS: list[tuple[Credential, str, str]] = [
    (TEXT, "bearer basic header query cookie oauth oidc", "digest"),
    (USER, "basic", "digest oauth oidc"),
    (CLIENT, "", "oauth oidc"),
    (URL, "", "bearer oauth oidc"),
    (CAPTURED, "", "bearer basic header query cookie oauth oidc"),
    (CERTIFICATE, "mtls", ""),
]


def choose(auth: Any, *security: tuple[str, ...], **credentials: Credential) -> Authorization:
    operation = make_operation(security=security)
    return authorize(auth, operation=operation, schemes=SCHEMES, credentials=credentials)


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
@pytest.mark.parametrize("kind", range(len(KINDS)))
def test_a_scheme_takes_the_credentials_of_its_form_and_no_other(scheme: str, kind: int) -> None:
    credential, at_once, later = KINDS[kind]
    if scheme not in f"{at_once} {later}".split():
        with pytest.raises(AuthorizationError, match=f"'{scheme}'") as caught:
            choose(None, (scheme,), **{scheme: credential})
        assert not any(secret in str(caught.value) for secret in (TEXT, "p:w"))
        return

    chosen = choose(None, (scheme,), **{scheme: credential})

    written = chosen.headers or chosen.query or chosen.cookies or chosen.certificate
    assert (bool(written), bool(chosen.pending)) == (scheme in at_once.split(), scheme in later.split())
    assert [(each.name, each.scheme.name) for each in chosen.pending] == [(scheme, scheme)] * len(chosen.pending)
    assert chosen.name == scheme


def test_a_user_is_sent_as_utf_8() -> None:
    chosen = choose(None, ("basic",), basic=UserPassword(username="änn", password="p:ss"))

    assert chosen.headers == (("Authorization", "Basic w6RubjpwOnNz"),)


# (auth, security, what each scheme gets)
LISTS: list[tuple[Any, list[list[str]], Mapping[str, str] | str]] = [
    (("header", "query"), [["bearer"]], {"header": "header", "query": "query"}),
    (("header",), [["header", "query"]], {"header": "header"}),
    (("other", "query"), [["bearer"], ["header", "query"]], {"header": "other", "query": "query"}),
    (("query", "other"), [["header", "query"]], {"header": "other", "query": "query"}),
    (("other", "second"), [["header", "query"]], {"header": "other", "query": "second"}),
    (("other", "query"), [["bearer"], ["header"]], "are 2 credentials, and listThings wants bearer together"),
    (("other", "second"), [["header"]], "are 2 credentials"),
    (("bearer", "basic"), [["bearer"]], "would both write the header authorization"),
    (("nosuch",), [["bearer"]], "no credential 'nosuch'"),
]


@pytest.mark.parametrize(("auth", "security", "sent"), LISTS)
def test_several_credentials_are_sent_together(auth: Any, security: list[list[str]], sent: Any) -> None:
    values = {name: name for name in ("header", "query", "bearer", "other", "second")}
    credentials: dict[str, Credential] = {**values, "basic": USER}
    alternatives = tuple(map(tuple, security))
    if isinstance(sent, str):
        with pytest.raises(AuthorizationError, match=sent):
            choose(auth, *alternatives, **credentials)
        return

    chosen = choose(auth, *alternatives, **credentials)

    found = {**dict(chosen.headers), **dict(pair.split("=") for pair in chosen.query)}
    places = {"header": "X-Key", "query": "k"}
    assert found == {places[scheme]: value for scheme, value in sent.items()}
    assert chosen.name == " + ".join(auth)


def test_values_in_the_contract_are_texts_or_users() -> None:
    found = read_inline({"bearer": "t", "header": 7, "basic": {"username": "ann", "password": 1}})

    assert found == {"bearer": "t", "header": "7", "basic": UserPassword(username="ann", password="1")}


@pytest.mark.parametrize("value", [None, True, [], "", 1.5, {"username": "ann", "password": None}])
def test_a_value_that_is_no_text_is_told(value: Any) -> None:
    with pytest.raises(AuthorizationError, match="the value of `auth` for 'bearer' is no text"):
        read_inline({"bearer": value})


INLINE: Mapping[str, Any] = {"bearer": "${token}", "basic": {"username": "${u}", "password": "${p}"}}


@pytest.mark.parametrize(("scheme", "value"), INLINE.items())
def test_a_value_needs_no_credential_of_the_environment(scheme: str, value: Any) -> None:
    operation, environment = make_operation(security=((scheme,),)), make_environment()
    asked: Mapping[str, Any] = {"operation": operation, "schemes": SCHEMES, "environment": environment}

    assert find_obstacle({scheme: value}, **asked) is None
    assert (find_missing({scheme: value}, **asked), list_sent({scheme: value}, **asked)) == ((), {})


@pytest.mark.parametrize("auth", [{"mtls": "text"}, {"basic": {"username": "u", "password": "p"}, "bearer": "t"}])
def test_a_value_that_its_scheme_does_not_take_is_an_obstacle(auth: Mapping[str, Any]) -> None:
    operation = make_operation(security=(("bearer",),))

    assert find_obstacle(auth, operation=operation, schemes=SCHEMES, environment=make_environment()) is not None


@pytest.mark.parametrize(("credential", "names"), [(USER, ()), (CLIENT, ()), (CAPTURED, ()), (None, ("oauth",))])
def test_what_is_sent_is_named_whatever_its_kind(credential: Credential | None, names: tuple[str, ...]) -> None:
    environment = make_environment(**({"oauth": credential} if credential else {}))
    asked: Mapping[str, Any] = {"operation": make_operation(security=(("oauth",),)), "schemes": SCHEMES}

    assert find_missing(None, **asked, environment=environment) == names
    assert list_sent(None, **asked, environment=environment) == ({"oauth": credential} if credential else {})


@pytest.mark.parametrize(("security", "name"), [(("mtls",), "none"), (("mtls", "bearer"), "invalid")])
def test_there_is_no_invalid_certificate(security: tuple[str, ...], name: str) -> None:
    """The connection is made without one; what is recorded is what leaves."""
    chosen = choose("invalid", security, mtls=CERTIFICATE, bearer="t")

    assert (chosen.name, chosen.certificate, len(chosen.headers)) == (name, None, len(security) - 1)


@pytest.mark.parametrize("sample", [TEXT, USER, CLIENT])
def test_a_credential_without_its_value_is_missing_and_only_its_form_is_looked_at(sample: Credential) -> None:
    environment = Environment(
        name="here",
        base_url="https://a.example.com",
        missing_credentials={"oauth": "SECRET"},
        sample_credentials={"oauth": sample},
        location=HERE,
    )
    asked: Mapping[str, Any] = {"operation": make_operation(security=(("oauth",),)), "schemes": SCHEMES}

    assert find_obstacle(None, **asked, environment=environment) is None
    assert find_missing(None, **asked, environment=environment) == ("oauth",)
    with pytest.raises(MissingCredentialError):
        authorize(None, **asked, credentials={}, unset=("oauth",))


def make_environment(**credentials: Credential) -> Environment:
    return Environment(name="here", base_url="https://a.example.com", credentials=credentials, location=HERE)
