"""Challenges of digest authentication (RFC 7616) are answered; what is computed is computed here once more."""

import hashlib
import re
import threading

import pytest

from contracts_runner.model.credential import UserPassword
from contracts_runner.model.exchange import Request, Response
from contracts_runner.model.spec import Effect
from contracts_runner.transport.digest import DigestAnswers
from helpers.engine import reply

USER = UserPassword(username="änn", password="p:w")
REQUEST = Request(
    method="POST", url="https://shop.example.com/a%20b?q=1&r=", body=b"{}", operation="x", effect=Effect.READ
)
REALM = 'Digest realm="shop", nonce="n1"'


def challenge(*values: str) -> Response:
    response = reply(401)
    headers = tuple(("WWW-Authenticate", value) for value in values)
    return Response(status_code=401, headers=headers, body=b"", timings=response.timings)


def read(value: str | None) -> dict[str, str]:
    assert value is not None
    return {name: text.strip('"') for name, text in re.findall(r'(\w+)=("[^"]*"|[^\s,]+)', value)}


def expect(fields: dict[str, str], algorithm: str = "md5", *, is_session: bool = False) -> str:
    def digest(text: str) -> str:
        return hashlib.new(algorithm, text.encode()).hexdigest()

    first = digest(f"{USER.username}:{fields['realm']}:{USER.password}")
    if is_session:
        first = digest(f"{first}:{fields['nonce']}:{fields['cnonce']}")
    second = digest(f"{REQUEST.method}:{fields['uri']}")
    if "qop" not in fields:
        return digest(f"{first}:{fields['nonce']}:{second}")
    return digest(f"{first}:{fields['nonce']}:{fields['nc']}:{fields['cnonce']}:auth:{second}")


@pytest.mark.parametrize(
    ("text", "algorithm", "is_session"),
    [
        (REALM, "md5", False),
        (f'{REALM}, qop="auth"', "md5", False),
        (f'{REALM}, qop="auth-int,auth", algorithm=MD5', "md5", False),
        (f'{REALM}, qop="auth", algorithm=SHA-256, opaque="o"', "sha256", False),
        (f'{REALM}, qop="auth", algorithm=MD5-sess', "md5", True),
        (f'Basic realm="x", {REALM}, qop="auth"', "md5", False),
    ],
)
def test_a_challenge_is_answered(text: str, algorithm: str, is_session: bool) -> None:
    answers = DigestAnswers(USER)
    assert answers.render(REQUEST) is None

    assert answers.take(REQUEST, challenge(text))

    fields = read(answers.render(REQUEST))
    assert (fields["username"], fields["uri"]) == ("änn", "/a%20b?q=1&r=")
    assert fields.get("opaque") == ("o" if "opaque" in text else None)
    assert fields["response"] == expect(fields, algorithm, is_session=is_session)


def test_later_requests_answer_at_once_and_are_counted() -> None:
    answers = DigestAnswers(USER)
    answers.take(REQUEST, challenge(f'{REALM}, qop="auth"'))

    counts = [read(answers.render(REQUEST))["nc"] for _ in range(3)]
    answers.take(REQUEST, challenge('Digest realm="shop", nonce="n2", qop="auth", stale=true'))
    renewed = read(answers.render(REQUEST))

    assert counts == ["00000001", "00000002", "00000003"]
    assert (renewed["nonce"], renewed["nc"]) == ("n2", "00000001")


@pytest.mark.parametrize(
    "values",
    [
        [],
        ["Basic realm=x"],
        ["Digest"],
        ["Digest qop=auth"],
        [f"{REALM}, algorithm=WHIRLPOOL"],
        [f"{REALM}, qop=auth-int"],
    ],
)
def test_what_cannot_be_answered_is_no_challenge(values: list[str]) -> None:
    answers = DigestAnswers(USER)

    assert not answers.take(REQUEST, challenge(*values))
    assert answers.render(REQUEST) is None


def test_of_several_challenges_the_first_that_can_be_answered_is() -> None:
    answers = DigestAnswers(USER)

    assert answers.take(REQUEST, challenge(f"{REALM}, algorithm=WHIRLPOOL", f"{REALM}, algorithm=SHA-256"))
    assert read(answers.render(REQUEST))["algorithm"] == "SHA-256"


def test_each_thread_has_its_own_challenge() -> None:
    answers, found = DigestAnswers(USER), list[str | None]()
    answers.take(REQUEST, challenge(REALM))

    thread = threading.Thread(target=lambda: found.append(answers.render(REQUEST)))
    thread.start()
    thread.join()

    assert found == [None]
