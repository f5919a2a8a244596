"""What a step sends as its credential: values of the contract, the default of its environment, what a service gives."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.engine.ports import Signed
from contracts_runner.errors import BlockedError, CredentialError, TransportError
from contracts_runner.model.contract import Auth, Capture, Expectation, StepVariant
from contracts_runner.model.credential import CapturedCredential
from contracts_runner.model.environment import RedactionMode
from contracts_runner.model.exchange import Request, Response
from contracts_runner.openapi.spec import Spec
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import StepFinished
from helpers.contracts import make_scenario, make_step
from helpers.engine import Desk, load_shop, make_desk, reply
from helpers.operations import HERE

SECRET = "q8Zr-77aa-Lk3x"
START = make_step(
    "addThing", name="start", body={"name": "x"}, captures=(Capture(name="v", path="$.name", location=HERE),)
)
CAPTURED = CapturedCredential(scenario="login", value="${token}", location=HERE)


@pytest.fixture
def spec(tmp_path: Path) -> Spec:
    return load_shop(tmp_path)


def answer(request: Request) -> Response:
    if request.method == "POST":
        return reply(201, {"id": 1, "name": SECRET})
    return reply(200, {"data": []}) if dict(request.headers).get("X-Key") else reply(401, {"code": "WHO"})


def list_keys(desk: Desk) -> list[str | None]:
    return [dict(request.headers).get("X-Key") for request in desk.transport.sent]


@pytest.mark.parametrize("mode", RedactionMode)
def test_a_capture_is_sent_as_a_credential_and_never_written(spec: Spec, mode: RedactionMode) -> None:
    desk = make_desk(spec, answer)
    redactor = Redactor(mode=mode, secrets={}, key=b"k" * 32)
    recorder = dataclasses.replace(desk.runner.recorder, redactor=redactor, secrets=frozenset({"v"}))
    steps = dataclasses.replace(desk.runner.steps, learn=redactor.learn_secret)
    runner = dataclasses.replace(desk.runner, recorder=recorder, steps=steps)

    ran = desk.describe(runner.run(make_scenario("1", START, make_step(auth={"key": "${v}"}))))

    assert list_keys(desk)[1] == SECRET
    assert [step["auth"] for step in ran.steps] == ["key", "key"]
    assert SECRET not in str(ran.events) + str(ran.artifacts)
    assert SECRET in redactor.secret_values().values()
    [start, _] = [event for event in ran.events if isinstance(event, StepFinished)]
    assert start.withheld.keys() == {"v"}


@pytest.mark.parametrize(
    ("auth", "value", "sent"),
    [({"key": "a-${v}-b"}, SECRET, f"a-{SECRET}-b"), ({"key": "${v}"}, None, None), ({"key": "${v}"}, [1], None)],
)
def test_a_value_that_is_no_text_is_not_sent(spec: Spec, auth: Auth, value: Any, sent: str | None) -> None:
    def give(request: Request) -> Response:
        return reply(201, {"id": 1, "name": value}) if request.method == "POST" else answer(request)

    desk = make_desk(spec, give)
    step = dataclasses.replace(START, expect=Expectation(is_schema_checked=False))
    ran = desk.describe(desk.runner.run(make_scenario("1", step, make_step(auth=auth))))

    if sent:
        assert list_keys(desk)[1] == sent
    else:
        assert ran.steps[1]["outcome"] == "errored"
        assert ran.steps[1]["reason"] == "not sent: the value of `auth` for 'key' is no text"
        assert len(desk.transport.sent) == 1


@pytest.mark.parametrize(
    ("auth", "variant", "default", "sent"),
    [
        (None, None, None, "k-1"),
        (None, None, "other", "o-1"),
        (None, None, "none", None),
        (None, None, ("other",), "o-1"),
        ("key", None, "other", "k-1"),
        (None, "key", "other", "k-1"),
        ({"key": "${thing}"}, None, "other", "7"),
    ],
)
def test_the_default_of_the_environment_is_that_of_steps_that_say_nothing(
    spec: Spec, auth: Auth | None, variant: str | None, default: Any, sent: str | None
) -> None:
    variants = {"here": StepVariant(auth=variant, location=HERE)} if variant else {}
    desk = make_desk(spec, answer, auth=default, credentials={"key": "k-1", "other": "o-1"}, variables={"thing": 7})

    desk.runner.run(make_scenario("1", make_step(auth=auth, variants=variants)))

    assert list_keys(desk) == [sent]


class FakeSigner:
    """Adds nothing, or says why not; `takes` are the answers that it was told."""

    def __init__(self, error: TransportError | None = None) -> None:
        self.error = error
        self.told: list[int] = []

    def sign(self, request: Request) -> Signed:
        if self.error:
            raise self.error

        def take(response: Response, is_again: bool) -> bool:
            self.told.append(response.status_code)
            return response.status_code == 401 and not is_again

        return Signed(dataclasses.replace(request, pending=()), take)


def run_signed(spec: Spec, signer: FakeSigner, **changes: Any) -> tuple[Any, Desk]:
    desk = make_desk(spec, answer, credentials={"key": CAPTURED})
    runner = dataclasses.replace(desk.runner, steps=dataclasses.replace(desk.runner.steps, signer=signer))
    [step] = desk.describe(runner.run(make_scenario("1", make_step(**changes)))).steps
    return step, desk


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(CredentialError("not sent: no token"), "errored"), (BlockedError("not sent: no"), "blocked")],
)
def test_a_step_without_its_credential_is_not_sent(spec: Spec, error: TransportError, outcome: str) -> None:
    step, desk = run_signed(spec, FakeSigner(error))

    assert (step["outcome"], step["reason"], step["attempts"]) == (outcome, str(error), 0)
    assert (step["auth"], step["artifact"], desk.transport.sent) == (None, None, [])


def test_a_401_is_tried_again_once_and_counted(spec: Spec) -> None:
    signer = FakeSigner()

    step, desk = run_signed(spec, signer)

    assert (step["attempts"], len(desk.transport.sent), signer.told) == (2, 2, [401, 401])
    assert step["auth"] == "key"


def test_a_401_that_is_expected_is_the_answer(spec: Spec) -> None:
    step, _ = run_signed(
        spec, signer := FakeSigner(), expect=Expectation(status=((401, 401),), is_schema_checked=False)
    )

    assert (step["outcome"], step["attempts"], signer.told) == ("passed", 1, [])
