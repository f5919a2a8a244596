"""Which credential a request carries, and how: each kind of scheme, alternatives, and what `auth` says."""

import itertools
from collections.abc import Mapping

import pytest

from contracts_runner.engine.authorization import (
    Authorization,
    AuthorizationError,
    MissingCredentialError,
    authorize,
    choose_credentials,
    find_missing,
    find_obstacle,
)
from contracts_runner.engine.security_schemes import INVALID_CREDENTIAL
from contracts_runner.model.environment import Environment
from contracts_runner.model.spec import SecurityScheme
from helpers.operations import HERE, make_operation

Parts = tuple[tuple[tuple[str, str], ...], tuple[str, ...], tuple[str, ...]]

SCHEMES = {
    scheme.name: scheme
    for scheme in (
        SecurityScheme(name="token", type="http", scheme="bearer"),
        SecurityScheme(name="login", type="http", scheme="basic"),
        SecurityScheme(name="key", type="apiKey", placement="query", parameter="api key"),
        SecurityScheme(name="session", type="apiKey", placement="cookie", parameter="sid"),
        SecurityScheme(name="header", type="apiKey", placement="header", parameter="X-Key"),
        SecurityScheme(name="jar", type="apiKey", placement="header", parameter="Cookie"),
        SecurityScheme(name="oauth", type="oauth2"),
        SecurityScheme(name="oidc", type="openIdConnect"),
        SecurityScheme(name="hoba", type="http", scheme="hoba"),
        SecurityScheme(name="digest", type="http", scheme="digest"),
        SecurityScheme(name="certificate", type="mutualTLS"),
        SecurityScheme(name="host", type="apiKey", placement="header", parameter="Host"),
        SecurityScheme(name="blank", type="apiKey", placement="header", parameter="X Key"),
        SecurityScheme(name="split", type="apiKey", placement="cookie", parameter="a;b"),
        SecurityScheme(name="nowhere", type="apiKey", placement="body", parameter="k"),
        SecurityScheme(name="raw", type="apiKey", placement="header", parameter="authorization"),
        SecurityScheme(name="again", type="apiKey", placement="header", parameter="x-key"),
    )
}
VALUE, INVALID = "u:p&", INVALID_CREDENTIAL


def parts(*headers: tuple[str, str], query: tuple[str, ...] = (), cookies: tuple[str, ...] = ()) -> Parts:
    return headers, query, cookies


# Scheme -> (what leaves for VALUE, what leaves for an invalid credential).
SERVED: Mapping[str, tuple[Parts, Parts]] = {
    "token": (parts(("Authorization", f"Bearer {VALUE}")), parts(("Authorization", f"Bearer {INVALID}"))),
    "oauth": (parts(("Authorization", f"Bearer {VALUE}")), parts(("Authorization", f"Bearer {INVALID}"))),
    "oidc": (parts(("Authorization", f"Bearer {VALUE}")), parts(("Authorization", f"Bearer {INVALID}"))),
    "login": (
        parts(("Authorization", "Basic dTpwJg==")),
        parts(
            (
                "Authorization",
                "Basic Y29udHJhY3RzLWludmFsaWQtY3JlZGVudGlhbDpjb250cmFjdHMtaW52YWxpZC1jcmVkZW50aWFs",
            )
        ),
    ),
    "key": (parts(query=("api%20key=u%3Ap%26",)), parts(query=(f"api%20key={INVALID}",))),
    "session": (parts(cookies=("sid=u:p&",)), parts(cookies=(f"sid={INVALID}",))),
    "jar": (parts(cookies=("u:p&",)), parts(cookies=(INVALID,))),
    "header": (parts(("X-Key", VALUE)), parts(("X-Key", INVALID))),
}
UNSERVED = ("hoba", "host", "blank", "split", "nowhere", "gone")
# Pairs that would write one place.
CLASHES = (("token", "login"), ("login", "raw"), ("oauth", "token"), ("header", "again"))


def choose(auth: str | None, *security: tuple[str, ...], credentials: Mapping[str, str] | None = None) -> Authorization:
    operation = make_operation(security=security)
    known = dict.fromkeys(SCHEMES, VALUE) if credentials is None else credentials
    return authorize(auth, operation=operation, schemes=SCHEMES, credentials=known)


def read(chosen: Authorization) -> Parts:
    return chosen.headers, chosen.query, chosen.cookies


@pytest.mark.parametrize("scheme", SERVED)
@pytest.mark.parametrize("security", [("own",), ((), "own"), ("own", ()), ("hoba", "own"), ("own", "host")])
@pytest.mark.parametrize("auth", [None, "own", "invalid", "other"])
def test_a_credential_goes_where_its_scheme_says(scheme: str, security: tuple[str, ...], auth: str | None) -> None:
    """Of all alternatives the one that is configured and can be served."""
    alternatives = [() if each == () else (scheme if each == "own" else each,) for each in security]
    credentials = {scheme: VALUE, "other": VALUE, "hoba": VALUE, "host": VALUE}

    chosen = choose(scheme if auth == "own" else auth, *alternatives, credentials=credentials)

    assert read(chosen) == SERVED[scheme][1 if auth == "invalid" else 0]
    assert chosen.name == (auth if auth in ("invalid", "other") else scheme)


@pytest.mark.parametrize("pair", list(itertools.permutations(SERVED, 2)))
@pytest.mark.parametrize("auth", [None, "invalid"])
def test_schemes_that_are_wanted_together_are_all_sent_or_it_is_an_error(
    pair: tuple[str, str], auth: str | None
) -> None:
    is_invalid = auth == "invalid"
    headers, query, cookies = (
        tuple(part for name in pair for part in SERVED[name][is_invalid][place]) for place in range(3)
    )
    if len({name for name, _ in headers}) < len(headers):
        with pytest.raises(AuthorizationError, match=f"'{pair[0]}' and '{pair[1]}' would both write the header"):
            choose(auth, pair)
        return

    chosen = choose(auth, pair)

    assert read(chosen) == (headers, query, cookies)
    assert chosen.name == ("invalid" if is_invalid else " + ".join(pair))


@pytest.mark.parametrize("scheme", UNSERVED)
@pytest.mark.parametrize("auth", [None, "own", "invalid", "other"])
@pytest.mark.parametrize("is_configured", [True, False])
def test_what_cannot_be_served_is_an_error_and_never_sent_as_something_similar(
    scheme: str, auth: str | None, is_configured: bool
) -> None:
    credentials = {"other": VALUE, **({scheme: VALUE} if is_configured else {})}
    name = "other" if auth == "own" and scheme not in SCHEMES else scheme if auth == "own" else auth

    with pytest.raises(AuthorizationError, match=f"'{scheme}'") as caught:
        choose(name, (scheme,), credentials=credentials)

    assert VALUE not in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("pair", CLASHES)
def test_two_schemes_never_write_one_place(pair: tuple[str, str]) -> None:
    with pytest.raises(AuthorizationError, match="would both write the header"):
        choose(None, pair)


@pytest.mark.parametrize("auth", ["invalid", "token", "other"])
@pytest.mark.parametrize("security", [(), ((),)])
def test_auth_on_an_operation_without_security_is_an_error(auth: str, security: tuple[tuple[str, ...], ...]) -> None:
    with pytest.raises(AuthorizationError, match=f"`auth: {auth}` would send nothing: listThings declares no security"):
        choose(auth, *security, credentials={"token": VALUE, "other": VALUE})


@pytest.mark.parametrize("security", [(), ((),), (("token",),), ((), ("token",)), (("hoba",),)])
def test_none_sends_no_credential(security: tuple[tuple[str, ...], ...]) -> None:
    chosen = choose("none", *security)

    assert (chosen.name, read(chosen)) == ("none", parts())


def test_another_scheme_is_sent_in_its_own_way() -> None:
    assert choose("header", ("token",)).headers == (("X-Key", VALUE),)


def test_another_credential_is_sent_in_the_way_that_is_configured() -> None:
    chosen = choose("other", ("token",), ("header",), credentials={"header": "h", "other": "o"})

    assert (chosen.name, chosen.headers) == ("other", (("X-Key", "o"),))


def test_one_credential_does_not_take_the_place_of_two() -> None:
    with pytest.raises(AuthorizationError, match="listThings wants token and key together"):
        choose("other", ("token", "key"), credentials={"other": VALUE, "token": VALUE, "key": VALUE})


# (security, credentials with a value, those whose variable has none, what is sent; "-": one is missing)
STRENGTH = [
    ([["token"], ["header"]], ["token", "header"], [], "token"),
    ([["token"], ["header"]], ["header"], [], "header"),
    ([["token"], ["header", "key"]], ["token", "header", "key"], [], "header + key"),
    ([["header", "key"], ["token"]], ["header", "token"], [], "token"),
    ([[], ["header"]], ["header"], [], "header"),
    ([["header"], []], ["header"], [], "header"),
    ([[], ["header"]], [], [], "none"),
    ([[], ["header", "key"]], ["key"], [], "none"),
    ([[]], ["header"], [], "none"),
    ([], ["header"], [], "none"),
    ([["header"], ["token"]], ["token"], ["header"], "token"),
    ([["header", "key"], ["token"]], ["token", "key"], ["header"], "token"),
    ([[], ["header"]], [], ["header"], "-header"),
    ([["header"]], [], ["header"], "-header"),
    ([["header"]], [], [], "-header"),
    ([["token", "key"], ["header", "key"]], ["header"], [], "-key"),
    ([["hoba"], ["header"]], [], [], "-header"),
    ([["hoba"], ["header"]], ["hoba"], ["header"], "-header"),
]


@pytest.mark.parametrize(("security", "known", "unset", "sent"), STRENGTH)
def test_the_strongest_alternative_that_is_configured_is_sent(
    security: list[list[str]], known: list[str], unset: list[str], sent: str
) -> None:
    operation = make_operation(security=tuple(map(tuple, security)))
    environment = make_environment(known, unset)

    missing = find_missing(None, operation=operation, schemes=SCHEMES, environment=environment)

    assert missing == tuple([sent[1:]] if sent.startswith("-") else [])
    if missing:
        with pytest.raises(MissingCredentialError, match=f"no credential '{missing[0]}'"):
            authorize(
                None, operation=operation, schemes=SCHEMES, credentials=environment.credentials, unset=tuple(unset)
            )
    else:
        choice = choose_credentials(None, operation=operation, schemes=SCHEMES, known=known, unset=unset)
        assert choice.name == sent


def make_environment(known: list[str], unset: list[str]) -> Environment:
    return Environment(
        name="here",
        base_url="https://a.example.com",
        credentials=dict.fromkeys(known, VALUE),
        missing_credentials={name: name.upper() for name in unset},
        sample_credentials=dict.fromkeys(unset, VALUE),
        location=HERE,
    )


@pytest.mark.parametrize(("scheme", "value"), [(name, "u:p") for name in SERVED])
def test_what_a_variable_will_hold_is_no_obstacle(scheme: str, value: str) -> None:
    operation, environment = make_operation(security=((scheme,),)), make_environment([], [scheme])

    assert find_obstacle(None, operation=operation, schemes=SCHEMES, environment=environment) is None
    assert authorize(None, operation=operation, schemes=SCHEMES, credentials={scheme: value}).name == scheme


@pytest.mark.parametrize(
    ("scheme", "value", "message"),
    [
        ("login", "nocolon", "not of the form user:password"),
        ("session", "a;b", "cannot hold a ';'"),
    ],
)
def test_a_credential_that_its_place_cannot_hold_is_an_error_that_does_not_show_it(
    scheme: str, value: str, message: str
) -> None:
    with pytest.raises(AuthorizationError, match=message) as caught:
        choose(None, (scheme,), credentials={scheme: value})

    assert value not in str(caught.value)


@pytest.mark.parametrize(
    ("scheme", "sent"),
    [
        ("login", parts(("Authorization", "Basic 0LA60LE="))),
        ("key", parts(query=("api%20key=%D0%B0%3A%D0%B1",))),
        ("token", parts(("Authorization", "Bearer \u0430:\u0431"))),
        ("header", parts(("X-Key", "\u0430:\u0431"))),
        ("session", parts(cookies=("sid=\u0430:\u0431",))),
    ],
)
def test_every_place_takes_a_text_of_any_script(scheme: str, sent: Parts) -> None:
    assert read(choose(None, (scheme,), credentials={scheme: "\u0430:\u0431"})) == sent
