"""Credentials that scenarios give: run once, run again where they are not known or not taken, cleaned up after."""

from pathlib import Path
from typing import Any

import pytest

from contracts_runner.engine.needs import Given, Needs
from contracts_runner.engine.secret_captures import find_secret_captures
from contracts_runner.errors import BlockedError, CredentialError
from contracts_runner.model.contract import Capture, Scenario
from contracts_runner.model.credential import CapturedCredential
from contracts_runner.model.environment import Environment
from contracts_runner.model.exchange import Request, Response
from contracts_runner.model.outcome import Outcome
from contracts_runner.run.captured import CapturedCredentials
from helpers.contracts import make_scenario, make_step
from helpers.engine import BASE_URL, load_shop, make_desk, reply
from helpers.operations import HERE

TAKE = (Capture(name="token", path="$.name", location=HERE), Capture(name="id", path="$.id", location=HERE))
LOGIN = make_scenario(
    "login",
    make_step("addThing", body={"name": "x"}, captures=TAKE),
    cleanup=(make_step("removeThing", parameters={"id": "${id}"}),),
)
OTHER = make_scenario("other", make_step("listThings"))
NEEDING = make_scenario("needing", make_step("addThing", body={"name": "x"}, captures=TAKE), needs={"o": "other"})


class Desk:
    """Runs scenarios on demand over fakes; `sent` are the requests, `learned` the secrets."""

    def __init__(self, folder: Path, *given: tuple[str, Given], status: int = 201) -> None:
        self.needs, self.learned, self.status = Needs({"user": ["login", "needing", "other"]}), dict[str, str](), status
        self.count = 0
        for identifier, each in given:
            self.needs.give(identifier, each)
        desk = make_desk(load_shop(folder), self.answer, needs=self.needs)
        self.sent = desk.transport.sent
        self.captured = CapturedCredentials(
            {each.id: each for each in (LOGIN, OTHER, NEEDING)}.__getitem__,
            self.needs,
            build_runner=lambda _: desk.runner,
            variables={"prefix": "T"},
            learn=self.learned.__setitem__,
        )

    def answer(self, request: Request) -> Response:
        if request.method == "DELETE":
            return reply(204)
        self.count += request.method == "POST"
        body: Any = {"id": 7, "name": f"tok-{self.count}"} if request.method == "POST" else {"data": []}
        return reply(self.status if request.method == "POST" else 200, body)

    def capture(self, value: str = "${token}", *, scenario: str = "login", is_again: bool = False) -> str:
        return self.captured.capture("c", CapturedCredential(scenario=scenario, value=value, location=HERE), is_again)

    @property
    def methods(self) -> list[str]:
        return [request.method for request in self.sent]


def make_given(**changes: Any) -> Given:
    return Given(**{"outcome": Outcome.PASSED, "captures": {"token": "given"}, **changes})


def test_what_was_run_before_gives_its_captures(tmp_path: Path) -> None:
    desk = Desk(tmp_path, ("login", make_given()))

    assert (desk.capture(), desk.capture("${prefix}-${token}"), desk.methods) == ("given", "T-given", [])
    assert desk.learned == {"c:value": "T-given"}


@pytest.mark.parametrize("given", [None, make_given(captures={}, lost={"token": "it is redacted"})])
def test_what_nobody_has_run_or_a_resumed_run_does_not_know_is_run(tmp_path: Path, given: Given | None) -> None:
    desk = Desk(tmp_path, *([("login", given)] if given else []))

    assert (desk.capture(), desk.capture(), desk.methods) == ("tok-1", "tok-1", ["POST"])


def test_what_is_not_taken_any_more_is_cleaned_up_and_run_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.capture()

    assert (desk.capture(is_again=True), desk.capture()) == ("tok-2", "tok-2")
    assert desk.methods == ["POST", "DELETE", "POST"]


def test_what_it_needs_is_run_before(tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    assert (desk.capture(scenario="needing"), desk.methods) == ("tok-1", ["GET", "POST"])


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.ERRORED, Outcome.BLOCKED, Outcome.SKIPPED])
def test_one_that_did_not_pass_gives_nothing(tmp_path: Path, outcome: Outcome) -> None:
    desk = Desk(tmp_path, ("login", make_given(outcome=outcome)))

    with pytest.raises(BlockedError, match=f"scenario 'login', which gives the credential 'c', is {outcome}"):
        desk.capture()


@pytest.mark.parametrize("value", [None, True, "", [1], {"a": 1}, 1.5])
def test_a_capture_that_is_no_text_is_no_credential(tmp_path: Path, value: Any) -> None:
    desk = Desk(tmp_path, ("login", make_given(captures={"token": value})))

    with pytest.raises(CredentialError, match="the credential 'c' is no text"):
        desk.capture()


def test_a_number_is_its_text(tmp_path: Path) -> None:
    assert Desk(tmp_path, ("login", make_given(captures={"token": 1234567}))).capture() == "1234567"


# Which captures are secrets


def make_environment(**credentials: CapturedCredential) -> Environment:
    return Environment(name="here", base_url=BASE_URL, credentials=credentials, location=HERE)


def make_credential(scenario: str) -> CapturedCredential:
    return CapturedCredential(scenario=scenario, value="${token}", location=HERE)


def make_user(auth: Any, **changes: Any) -> Scenario:
    return make_scenario("user", make_step(auth=auth), **changes)


@pytest.mark.parametrize(
    ("scenario", "others", "environment", "secret"),
    [
        (LOGIN, (), make_environment(), set()),
        (LOGIN, (), make_environment(c=make_credential("login")), {"token"}),
        (LOGIN, (), make_environment(c=make_credential("else")), set()),
        (LOGIN, (make_user({"key": "${l.token}"}, needs={"l": "login"}),), make_environment(), {"token"}),
        (LOGIN, (make_user({"key": "${l.token}"}, needs={"l": "other"}),), make_environment(), set()),
        (
            make_scenario("own", *LOGIN.steps, make_step(auth={"key": {"username": "${id}", "password": "${token}"}})),
            (),
            make_environment(),
            {"id", "token"},
        ),
        (make_scenario("own", *LOGIN.steps, make_step(auth="key")), (), make_environment(), set()),
    ],
)
def test_captures_in_any_auth_are_secrets(
    scenario: Scenario, others: tuple[Scenario, ...], environment: Environment, secret: set[str]
) -> None:
    assert find_secret_captures([scenario, *others], environment)[scenario.id] == secret
