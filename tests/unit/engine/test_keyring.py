"""Tokens are got once, kept for all, and got again when they run out or are not taken any more."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from contracts_runner.engine.exchanger import Sending, send
from contracts_runner.engine.keyring import Keyring
from contracts_runner.engine.oauth import TokenAnswer
from contracts_runner.errors import CredentialError
from contracts_runner.model.credential import CapturedCredential, Credential, OAuthClient, UserPassword
from contracts_runner.model.exchange import PendingCredential, Request, Response
from contracts_runner.model.phase import Phase
from contracts_runner.model.spec import Effect, SecurityScheme
from helpers.engine import FakeClock, reply
from helpers.operations import HERE

BEARER = SecurityScheme(name="bearer", type="http", scheme="bearer")
KEY = SecurityScheme(name="key", type="apiKey", placement="query", parameter="k")
CLIENT = OAuthClient(client_id="me", token_url="/t")
CAPTURED = CapturedCredential(scenario="S.login", value="${token}", location=HERE)


@dataclass
class Service:
    """Gives the tokens T1, T2, …, and takes those of which `takes` says so; `asked` are the refresh tokens it got."""

    takes: Callable[[str, int], bool] = lambda _token, _number: True
    gives: Callable[[int], TokenAnswer] = lambda number: TokenAnswer(text=f"T{number}")
    clock: FakeClock = field(default_factory=FakeClock)
    asked: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keyring = Keyring(fetch=self.fetch, make_digest=FakeDigest, clock=self.clock)

    def fetch(self, pending: PendingCredential, refresh_token: str, phase: Phase, is_again: bool) -> TokenAnswer:
        self.asked.append(refresh_token)
        return self.gives(len(self.asked))

    def send(self, request: Request) -> Response:
        token = dict(request.headers).get("Authorization", request.url.partition("?")[2])
        self.seen.append(token)
        return reply(200 if self.takes(token, len(self.seen)) else 401)

    def ask(self, *pending: PendingCredential, operation: str = "getA", **options: bool) -> Sending:
        request = make_request(*(pending or (make_pending(),)), operation=operation)
        return send(self, request, signer=self.keyring, **options)


class FakeDigest:
    """Answers the first challenge."""

    def __init__(self, user: UserPassword) -> None:
        self.value: str | None = None

    def render(self, request: Request) -> str | None:
        return self.value

    def take(self, request: Request, response: Response) -> bool:
        self.value = f"Digest for {request.url}"
        return True


def make_pending(credential: Credential = CLIENT, scheme: SecurityScheme = BEARER) -> PendingCredential:
    return PendingCredential(name="c", scheme=scheme, credential=credential)


def make_request(*pending: PendingCredential, operation: str = "getA") -> Request:
    url = "http://shop.example.com/a"
    return Request(method="GET", url=url, operation=operation, effect=Effect.READ, pending=pending)


def status(sending: Sending) -> int | None:
    return sending.exchange.response.status_code if sending.exchange.response else None


def test_a_token_is_got_when_first_needed_and_kept() -> None:
    service = Service()
    assert service.asked == []

    assert [status(service.ask()) for _ in range(3)] == [200] * 3

    assert (service.asked, service.seen) == ([""], ["Bearer T1"] * 3)


def test_threads_share_one_token() -> None:
    barrier, service = threading.Barrier(4), Service()

    def ask(_: int) -> Sending:
        barrier.wait()
        return service.ask()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(4)))

    assert (service.asked, service.seen) == ([""], ["Bearer T1"] * 4)


def test_a_capture_is_one_for_all_schemes_and_goes_where_each_wants_it() -> None:
    service = Service()

    service.ask(make_pending(CAPTURED))
    service.ask(make_pending(CAPTURED, KEY))

    assert (service.asked, service.seen) == ([""], ["Bearer T1", "k=T1"])


@pytest.mark.parametrize(("passed", "asked"), [(89.0, 1), (90.5, 2), (500.0, 2)])
def test_a_token_is_got_again_when_it_runs_out(passed: float, asked: int) -> None:
    service = Service(gives=lambda number: TokenAnswer(text=f"T{number}", expires_in_seconds=100))
    service.ask()
    service.clock.seconds = passed

    service.ask()

    assert (len(service.asked), service.seen[-1]) == (asked, f"Bearer T{asked}")


def test_a_token_is_renewed_as_the_service_said_and_asked_for_anew_where_that_is_refused() -> None:
    def give(number: int) -> TokenAnswer:
        if number == 3:
            raise CredentialError("refused")
        return TokenAnswer(text=f"T{number}", expires_in_seconds=1, refresh_token="R" if number == 1 else "")

    service = Service(gives=give)
    for second in range(0, 6, 2):
        service.clock.seconds = second
        service.ask()

    assert service.asked == ["", "R", "R", ""]
    assert service.seen == ["Bearer T1", "Bearer T2", "Bearer T4"]


def test_after_401_a_token_is_got_again_and_the_request_sent_once_more() -> None:
    service = Service(takes=lambda token, number: token == "Bearer T2" or number == 1)

    sendings = [service.ask() for _ in range(3)]

    assert [(status(each), each.attempts) for each in sendings] == [(200, 1), (200, 2), (200, 1)]
    assert sendings[1].exchange.request.headers == (("Authorization", "Bearer T2"),)
    assert len(service.asked) == 2


def test_a_token_that_is_never_taken_is_got_again_once_in_all() -> None:
    service = Service(takes=lambda _token, _number: False)

    assert [status(service.ask(operation=name)) for name in ("getA", "getA", "getB")] == [401, 401, 401]

    assert (len(service.asked), len(service.seen)) == (2, 4)


def test_an_operation_that_takes_no_new_token_does_not_ask_for_another() -> None:
    """Whatever others do in between: it may want a right that the account does not have."""
    service = Service(takes=lambda _token, number: number in (1, 4))
    for name in ("getA", "getB", "getA", "getB", "getB"):
        service.ask(operation=name)

    assert len(service.asked) == 2


def test_an_expected_401_is_the_answer() -> None:
    service = Service(takes=lambda _token, _number: False)

    assert status(service.ask(is_renewing=False)) == 401

    assert (len(service.asked), len(service.seen)) == (1, 1)


@pytest.mark.parametrize(("is_final", "asked"), [(True, 1), (False, 2)])
def test_a_request_without_its_token_is_not_sent(is_final: bool, asked: int) -> None:
    """A refusal is one for the whole run; what could not be asked is asked again."""

    def refuse(_number: int) -> TokenAnswer:
        raise CredentialError("the credential 'c' cannot be got: invalid_client", is_final=is_final)

    service = Service(gives=refuse)
    sendings = [service.ask(), service.ask()]

    assert [str(each.error) for each in sendings] == ["not sent: the credential 'c' cannot be got: invalid_client"] * 2
    assert [each.attempts for each in sendings] == [0, 0]
    assert (len(service.asked), service.seen) == (asked, [])


def test_a_token_that_cannot_be_renewed_leaves_the_401_as_the_answer() -> None:
    def give(number: int) -> TokenAnswer:
        if number > 1:
            raise CredentialError("no")
        return TokenAnswer(text="T1")

    service = Service(takes=lambda _token, _number: False, gives=give)

    assert [status(service.ask()) for _ in range(2)] == [401, 401]
    assert len(service.asked) == 2


def test_what_gets_a_credential_cannot_need_it() -> None:
    service = Service(gives=lambda _number: TokenAnswer(text=str(service.ask().error)))

    service.ask()

    assert "what gets it needs it itself" in service.seen[0]


def test_a_challenge_is_answered_for_the_request_with_its_other_credentials() -> None:
    service = Service(takes=lambda token, _number: token.startswith("Digest"))
    user = make_pending(UserPassword(username="ann", password="pw"))

    sending = service.ask(user, make_pending(CAPTURED, KEY))

    assert (status(sending), sending.attempts) == (200, 2)
    assert dict(sending.exchange.request.headers)["Authorization"] == "Digest for http://shop.example.com/a?k=T1"


@pytest.mark.parametrize("text", ["a\nb", "\u0000"])
def test_a_captured_text_that_no_header_can_hold_is_not_sent(text: str) -> None:
    service = Service(gives=lambda _number: TokenAnswer(text=text))

    sending = service.ask()

    assert (sending.attempts, service.seen) == (0, [])
    assert "the header Authorization cannot hold" in str(sending.error)


def test_nothing_is_sent_without_what_gets_its_credential() -> None:
    service = Service()

    sending = send(service, make_request(make_pending()))

    assert (sending.attempts, service.seen) == (0, [])
