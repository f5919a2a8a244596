"""Requests for tokens: where they go, what is learned before they are recorded, and when asking again is of use."""

from collections.abc import Callable
from typing import Any

import pytest

from contracts_runner.engine.token_client import TokenClient
from contracts_runner.errors import BlockedError, CredentialError, NoResponseError, TransportError
from contracts_runner.model.credential import OAuthClient
from contracts_runner.model.exchange import Exchange, PendingCredential, Request, Response
from contracts_runner.model.phase import Phase
from contracts_runner.model.spec import OAuthFlow, SecurityScheme
from helpers.engine import reply

CLIENT = OAuthClient(client_id="me", client_secret="secret-1")


class Wire:
    """Answers requests by their URL, and notes in order what is allowed, sent, learned and recorded."""

    def __init__(self, answers: dict[str, Response | TransportError]) -> None:
        self.answers = answers
        self.notes: list[tuple[str, str]] = []
        self.bodies: list[bytes | None] = []

    def send(self, request: Request) -> Response:
        self.notes.append(("sent", f"{request.method} {request.url}"))
        self.bodies.append(request.body)
        answer = self.answers[request.url]
        if isinstance(answer, TransportError):
            raise answer
        return answer

    def fetch(self, base_url: str, scheme: SecurityScheme, client: OAuthClient = CLIENT) -> str:
        def note(kind: str) -> Callable[[str], None]:
            return lambda text: self.notes.append((kind, text))

        def record(name: str, exchange: Exchange, reason: str) -> None:
            self.notes.append(("recorded", reason))

        tokens = TokenClient(
            base_url=base_url,
            transport=self,
            allow=note("allowed"),
            learn=lambda name, secret: self.notes.append((name, secret)),
            record=record,
            user_agent="test",
        )
        pending = PendingCredential(name="c", scheme=scheme, credential=client)
        return tokens.fetch(pending, "", Phase.PROPERTIES).text


def make_scheme(url: str = "", **changes: Any) -> SecurityScheme:
    flows = (OAuthFlow(name="clientCredentials", token_url=url),)
    return SecurityScheme(**{"name": "s", "type": "oauth2", "flows": flows, **changes})


@pytest.mark.parametrize(
    ("base_url", "url", "place"),
    [
        ("http://shop.example.com", "/token", "http://shop.example.com/token"),
        ("http://shop.example.com/v1", "/token", "http://shop.example.com/token"),
        ("http://shop.example.com/v1", "token", "http://shop.example.com/v1/token"),
        ("http://shop.example.com/v1/", "https://id.example.com/t?a=b", "https://id.example.com/t?a=b"),
    ],
)
def test_a_token_is_where_the_address_says_and_learned_before_it_is_recorded(
    base_url: str, url: str, place: str
) -> None:
    wire = Wire({place: reply(200, {"access_token": "T-1", "refresh_token": "R-1"})})

    assert wire.fetch(base_url, make_scheme(url)) == "T-1"

    assert wire.notes == [
        ("allowed", place),
        ("sent", f"POST {place}"),
        ("c:token", "T-1"),
        ("c:refresh_token", "R-1"),
        ("recorded", ""),
    ]


def test_a_relative_address_is_below_that_of_its_own_service() -> None:
    place = "http://other.example.com/v2/token"
    wire = Wire({place: reply(200, {"access_token": "T-1"})})

    assert wire.fetch("http://shop.example.com", make_scheme("token", base_url="http://other.example.com/v2")) == "T-1"


def test_an_openid_document_says_where_the_token_is() -> None:
    place, tokens = "https://id.example.com/openid", "https://id.example.com/token"
    wire = Wire({place: reply(200, {"token_endpoint": tokens}), tokens: reply(200, {"access_token": "T-1"})})

    assert wire.fetch("http://shop.example.com", make_scheme(type="openIdConnect", openid_url=place)) == "T-1"

    assert [text for kind, text in wire.notes if kind == "sent"] == [f"GET {place}", f"POST {tokens}"]


@pytest.mark.parametrize(
    ("answer", "is_final", "is_recorded", "reason"),
    [
        (reply(400, {"error": "invalid_client"}), True, True, "invalid_client"),
        (reply(200, {}), True, True, "no token"),
        (reply(503, {}), False, True, "status 503"),
        (reply(429, {}), False, True, "status 429"),
        (NoResponseError("the connection was refused"), False, True, "refused"),
        (BlockedError("not sent: its head"), True, False, "its head"),
    ],
)
def test_a_refusal_is_final_and_silence_is_not(
    answer: Response | TransportError, is_final: bool, is_recorded: bool, reason: str
) -> None:
    place = "http://shop.example.com/token"
    wire = Wire({place: answer})

    with pytest.raises(CredentialError, match=f"the credential 'c' cannot be got from {place}: .*{reason}") as caught:
        wire.fetch("http://shop.example.com", make_scheme("/token"))

    assert caught.value.is_final is is_final
    assert any(kind == "recorded" for kind, _ in wire.notes) is is_recorded


def test_a_scheme_without_an_address_is_told() -> None:
    with pytest.raises(CredentialError, match="declares no address of tokens"):
        Wire({}).fetch("http://shop.example.com", make_scheme(flows=()))


@pytest.mark.parametrize(
    ("methods", "own", "is_in_form"),
    [
        (["client_secret_post"], "", True),
        (["private_key_jwt", "client_secret_post"], "", True),
        (["client_secret_basic", "client_secret_post"], "", False),
        (["client_secret_basic", "client_secret_post"], "client_secret_post", True),
        (["client_secret_post"], "client_secret_basic", False),
        (None, "", False),
        ("client_secret_post", "", False),
    ],
)
def test_the_secret_goes_where_the_openid_document_takes_it_unless_the_credential_says_where(
    methods: Any, own: str, is_in_form: bool
) -> None:
    document = {"token_endpoint": "http://shop.example.com/t", "token_endpoint_auth_methods_supported": methods}
    wire = Wire(
        {
            "http://shop.example.com/o": reply(200, document),
            "http://shop.example.com/t": reply(200, {"access_token": "T-1"}),
        }
    )
    client = OAuthClient(client_id="me", client_secret="secret-1", auth_method=own)

    wire.fetch("http://shop.example.com", make_scheme(type="openIdConnect", openid_url="/o", flows=()), client)

    assert (b"client_secret=secret-1" in (wire.bodies[-1] or b"")) == is_in_form
