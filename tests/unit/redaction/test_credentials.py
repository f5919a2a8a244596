"""Credentials leave no trace but their fingerprint."""

import base64
from urllib.parse import quote

import pytest

from contracts_runner.model.environment import RedactionMode
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.redaction.replacement import fingerprint as make_fingerprint
from helpers.personal_samples import SECRETS, make_exchange, make_redactor, make_request, record, record_body

TOKEN = SECRETS["restToken"]
KEY = b"run"


def fingerprint(value: str) -> str:
    return make_fingerprint(value, KEY)


FORM = f"<credential restToken sha256:{fingerprint(TOKEN)}>"


def record_header(name: str, value: str, *, secrets: dict[str, str] | None = None) -> str:
    redactor = Redactor(mode=RedactionMode.FULL, secrets=SECRETS if secrets is None else secrets, key=KEY)
    request = make_request(headers=((name, value),))
    return record(make_exchange(request=request), redactor=redactor).request.headers[0][1]


@pytest.mark.parametrize(
    ("name", "value", "recorded"),
    [
        ("Authorization", f"Bearer {TOKEN}", f"Bearer {FORM}"),
        ("authorization", TOKEN, FORM),
        ("Authorization", "Bearer wrong", f"Bearer <credential sha256:{fingerprint('wrong')}>"),
        ("Authorization", "Basic " + base64.b64encode(f"user:{TOKEN}".encode()).decode(), f"Basic {FORM}"),
        ("Proxy-Authorization", "Basic abc", f"Basic <credential sha256:{fingerprint('abc')}>"),
        ("X-Api-Key", TOKEN, FORM),
        ("X-API-KEY", "other", f"<credential sha256:{fingerprint('other')}>"),
        ("X-Auth-Token", "other", f"<credential sha256:{fingerprint('other')}>"),
        ("X-Signature", "0123", f"<credential sha256:{fingerprint('0123')}>"),
        ("Authorization", "", ""),
        ("X-Trace", f"for {TOKEN}!", f"for {FORM}!"),
        ("Accept", "application/json", "application/json"),
        ("Cache-Control", "no-cache", "no-cache"),
    ],
)
def test_header(name: str, value: str, recorded: str) -> None:
    assert record_header(name, value) == recorded


@pytest.mark.parametrize("value", ["token wrong", "Bearer wrong", "wrong"])
def test_a_credential_that_could_stand_in_any_text_has_the_name_of_its_variable(value: str) -> None:
    secrets, words = {"token": "token wrong"}, {"$TOKEN": "wrong"}
    redactor = Redactor(mode=RedactionMode.FULL, secrets=secrets, words=words, key=KEY)
    request = make_request(headers=(("Authorization", value),))

    [(_, recorded)] = record(make_exchange(request=request), redactor=redactor).request.headers

    assert recorded == value.replace("wrong", f"<credential $TOKEN sha256:{fingerprint('wrong')}>")


def test_cookies_keep_their_names_only() -> None:
    first, second = fingerprint("abcdefgh1234"), fingerprint("ru")

    recorded = record_header("Cookie", "session=abcdefgh1234; lang=ru")

    assert recorded == f"session=<credential sha256:{first}>; lang=<credential sha256:{second}>"


def test_cookie_that_is_set_keeps_its_attributes() -> None:
    exchange = make_exchange(headers=(("Set-Cookie", "session=abcdefgh1234; Path=/; Max-Age=60; HttpOnly"),))

    recorded = record(exchange).response

    assert recorded is not None
    assert recorded.headers[1] == (
        "Set-Cookie",
        f"session=<credential sha256:{fingerprint('abcdefgh1234')}>; Path=/; Max-Age=60; HttpOnly",
    )


@pytest.mark.parametrize("name", ["Set-Cookie", "Cookie"])
@pytest.mark.parametrize("form", ["{}", " {}", '"{}"', 'a="{}"', "a = {}", "={}", "a=b={}", "a=1, b={}"])
def test_cookie_in_any_form_is_replaced_and_remembered(name: str, form: str) -> None:
    redactor = make_redactor()

    row = record(make_exchange(headers=((name, f"{form.format('abcdefgh1234')}; Path=/"),)), redactor=redactor)

    assert row.response is not None
    assert "abcdefgh1234" not in row.response.headers[1][1]
    assert ("; Path=/" in row.response.headers[1][1]) is (name == "Set-Cookie")
    if form.count("=") < 2:
        assert "abcdefgh1234" not in redactor.text("session abcdefgh1234 is over")


@pytest.mark.parametrize("filler", [" ", '"', "=", "; "])
def test_long_cookie_costs_linear_time(filler: str) -> None:
    """A look at all that follows from each sign of it would take hours."""
    assert "abcdefgh1234" not in record_header("Cookie", f"a={filler * 500_000}abcdefgh1234")


@pytest.mark.parametrize("name", ["X-Auth", "Auth", "X-JWT-Assertion", "X-Amzn-Oidc-Jwt"])
def test_header_that_carries_a_credential_by_its_name_is_replaced(name: str) -> None:
    assert record_header(name, "abcdefgh1234") == f"<credential sha256:{fingerprint('abcdefgh1234')}>"


def test_cookie_met_is_replaced_everywhere_after() -> None:
    redactor = make_redactor()
    record(make_exchange(headers=(("Set-Cookie", "session=abcdefgh1234; Path=/"),)), redactor=redactor)

    assert redactor.text("session abcdefgh1234 is over") == (
        f"session <credential sha256:{fingerprint('abcdefgh1234')}> is over"
    )


def test_secrets_for_the_leak_scan_include_those_met() -> None:
    redactor = make_redactor()

    record(make_exchange(headers=(("Set-Cookie", "session=abcdefgh1234"),)), redactor=redactor)

    assert redactor.secret_values() == {**SECRETS, "met 1": "abcdefgh1234"}


@pytest.mark.parametrize(
    "spelling",
    [
        TOKEN,
        TOKEN.upper(),
        quote(TOKEN, safe="").replace("-", "%2D"),
        "".join(f"%{byte:02x}" for byte in TOKEN.encode()),
        "".join(f"\\u{ord(letter):04x}" for letter in TOKEN),
        "".join(f"&#{ord(letter)};" for letter in TOKEN),
        base64.b64encode(TOKEN.encode()).decode(),
        base64.b64encode(f"user:{TOKEN}".encode()).decode(),
        base64.urlsafe_b64encode(f"u:{TOKEN}:x".encode()).decode(),
    ],
)
def test_secret_is_replaced_in_every_spelling(spelling: str) -> None:
    text = make_redactor().text(f"the answer repeats [{spelling}], see")

    assert text == f"the answer repeats [{FORM}], see"


@pytest.mark.parametrize("media_type", ["application/json", "text/html", "text/plain"])
def test_secret_is_replaced_in_bodies(media_type: str) -> None:
    recorded = record_body(f'{{"debug": {{"{TOKEN}": ["{TOKEN}"]}}}}', media_type=media_type)

    assert TOKEN not in recorded


def test_the_longer_of_two_secrets_is_named() -> None:
    secrets = {"a": "sandbox-rest-token", "b": "sandbox-rest-token-b"}
    redactor = Redactor(mode=RedactionMode.FULL, secrets=secrets, key=KEY)

    assert redactor.text("sandbox-rest-token-b") == f"<credential b sha256:{fingerprint(secrets['b'])}>"


def test_short_secret_is_replaced_as_a_whole_word_only() -> None:
    redactor = Redactor(mode=RedactionMode.FULL, secrets={"k": "test"}, key=KEY)

    assert redactor.text("the latest test, tested") == f"the latest <credential k sha256:{fingerprint('test')}>, tested"


def test_empty_secret_is_no_secret() -> None:
    assert Redactor(mode=RedactionMode.FULL, secrets={"k": ""}, key=KEY).text("a b") == "a b"


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (TOKEN, "a-hash-of-it", ["a-hash-of-it"]),
        (
            [{"a": f"x {TOKEN}"}, 5],
            {"signature": ["a-hash-of-it"], "at": 1700000000, "ok": True},
            ["a-hash-of-it", 1700000000],
        ),
        (TOKEN, ["word", "GET", 200, None], []),
        ("nothing secret", "a-hash-of-it", []),
        ({TOKEN: 1}, "a-hash-of-it", []),
        ("letmein", "a-hash-of-it", ["a-hash-of-it"]),
    ],
)
def test_what_is_made_of_a_secret_is_a_secret(before: object, after: object, found: list[object]) -> None:
    redactor = Redactor(mode=RedactionMode.FULL, secrets=SECRETS, key=KEY, words={"door": "letmein"})

    redactor.derive(before, after)

    shown = [
        value
        for value in ("a-hash-of-it", 1700000000, "word", "GET", 200, "signature")
        if redactor.value(value) != value
    ]
    assert shown == found
    searched = {"a-hash-of-it", "1700000000"} & set(redactor.secret_values().values())
    assert searched == (set() if before == "letmein" else set(map(str, found)))


@pytest.mark.parametrize("made_of", ["letmein", TOKEN])
def test_what_was_made_of_a_secret_is_found_in_a_text_that_was_clean_before(made_of: str) -> None:
    redactor = Redactor(mode=RedactionMode.FULL, secrets=SECRETS, key=KEY, words={"door": "letmein"})
    made = make_fingerprint(made_of, b"hmac")
    assert redactor.text(f"signed {made}") == f"signed {made}"

    redactor.derive(made_of, made)

    assert made not in redactor.text(f"signed {made}")
