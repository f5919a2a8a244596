"""Which credential a request carries."""

import pytest

from contracts_runner.engine.authorization import (
    INVALID_CREDENTIAL,
    Authorization,
    AuthorizationError,
    authorize,
)
from contracts_runner.model.spec import SecurityScheme
from helpers.operations import make_operation

SCHEMES = {
    "token": SecurityScheme(name="token", type="http", scheme="bearer"),
    "login": SecurityScheme(name="login", type="http", scheme="basic"),
    "key": SecurityScheme(name="key", type="apiKey", placement="query", parameter="api_key"),
    "session": SecurityScheme(name="session", type="apiKey", placement="cookie", parameter="sid"),
    "header": SecurityScheme(name="header", type="apiKey", placement="header", parameter="X-Key"),
}
CREDENTIALS = {"token": "t", "login": "u:p", "key": "k&", "session": "s", "header": "h", "other": "o"}


def choose(auth: str | None, *security: tuple[str, ...], credentials: dict[str, str] | None = None) -> Authorization:
    operation = make_operation(security=security)
    return authorize(auth, operation=operation, schemes=SCHEMES, credentials=credentials or CREDENTIALS)


@pytest.mark.parametrize(
    ("scheme", "headers", "query", "cookies"),
    [
        ("token", (("Authorization", "Bearer t"),), (), ()),
        ("login", (("Authorization", "Basic dTpw"),), (), ()),
        ("key", (), ("api_key=k%26",), ()),
        ("session", (), (), ("sid=s",)),
        ("header", (("X-Key", "h"),), (), ()),
    ],
)
def test_a_credential_goes_where_its_scheme_says(
    scheme: str, headers: tuple[object, ...], query: tuple[object, ...], cookies: tuple[object, ...]
) -> None:
    chosen = choose(None, (scheme,))

    assert (chosen.headers, chosen.query, chosen.cookies) == (headers, query, cookies)


def test_none_sends_no_credential() -> None:
    chosen = choose("none", ("token",))

    assert (chosen.name, chosen.headers) == ("none", ())


def test_invalid_sends_one_that_nobody_issued() -> None:
    assert choose("invalid", ("token",)).headers == (("Authorization", f"Bearer {INVALID_CREDENTIAL}"),)


def test_another_scheme_is_sent_in_its_own_way() -> None:
    assert choose("header", ("token",)).headers == (("X-Key", "h"),)


def test_another_credential_is_sent_in_the_operations_way() -> None:
    assert choose("other", ("token",)).headers == (("Authorization", "Bearer o"),)


def test_the_first_alternative_with_all_its_credentials_is_taken() -> None:
    chosen = choose(None, ("token", "key"), ("login",), credentials={"token": "t", "login": "u:p"})

    assert chosen.headers == (("Authorization", "Basic dTpw"),)


def test_a_missing_credential_is_named() -> None:
    with pytest.raises(AuthorizationError, match="no credential 'token'"):
        choose(None, ("token",), credentials={"other": "o"})
