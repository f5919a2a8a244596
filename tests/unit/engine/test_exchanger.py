"""One request is sent, judged and recorded in one way, whoever asks."""

from pathlib import Path

import pytest

from contracts_runner.engine.exchanger import ExchangeRecorder, find_outcome, send
from contracts_runner.engine.success import judge
from contracts_runner.errors import (
    BadResponseError,
    BlockedError,
    NoResponseError,
    StaleConnectionError,
    TransportError,
)
from contracts_runner.model.environment import RedactionMode
from contracts_runner.model.exchange import Exchange, Request, Response
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.redaction.redactor import Redactor
from helpers.engine import BASE_URL, FakeTransport, load_shop, reply
from helpers.specs import load_document, make_document


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return load_shop(tmp_path_factory.mktemp("shop"))


def make_request(operation: Operation, **changes: object) -> Request:
    values = {
        "method": operation.method,
        "url": BASE_URL + operation.path,
        "operation": operation.label,
        "effect": operation.effect,
    }
    return Request(**{**values, **changes})  # type: ignore[arg-type]  # the fields of a request, by name


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (BadResponseError("two lengths"), "failed"),
        (NoResponseError("refused"), "errored"),
        (BlockedError("not sent"), "blocked"),
        (TransportError("more than 10000 pages"), "errored"),
    ],
)
def test_why_there_is_no_response_decides_the_outcome(spec: Spec, error: TransportError, outcome: str) -> None:
    def fail(_: Request) -> Response:
        raise error

    sending = send(FakeTransport(fail), make_request(spec.operations["listThings"]))

    assert (sending.outcome, find_outcome(error)) == (outcome, outcome)
    assert (sending.exchange.response, sending.exchange.problem, sending.error) == (None, str(error), error)


def test_what_may_be_sent_again_is_sent_once_more(spec: Spec) -> None:
    def fail(_: Request) -> Response:
        raise StaleConnectionError("closed")

    transport = FakeTransport(fail)
    sending = send(transport, make_request(spec.operations["listThings"]))

    assert sending.attempts == len(transport.sent) == 2
    assert (sending.outcome, sending.exchange.problem) == ("errored", "closed")


def test_what_is_sent_again_may_be_answered_or_refused(spec: Spec) -> None:
    def handle(_: Request) -> Response:
        if len(transport.sent) % 2:
            raise StaleConnectionError("closed")
        return reply(200, {})

    transport = FakeTransport(handle)
    request = make_request(spec.operations["listThings"])
    answered = send(transport, request)
    refused = send(transport, request, may_repeat=lambda: False)

    assert (answered.outcome, answered.attempts, refused.outcome, refused.attempts) == ("passed", 2, "errored", 1)
    assert len(transport.sent) == 3


def test_an_answer_is_judged_by_status_and_body(spec: Spec) -> None:
    operation = spec.operations["getThing"]
    sending = send(FakeTransport(lambda _: reply(404, {"code": "X"})), make_request(operation))
    assert sending.exchange.response is not None

    answer = judge(operation, spec, sending.exchange.response, depth=10)

    assert (sending.outcome, sending.error) == (Outcome.PASSED, None)
    assert (answer.body.value, answer.success.is_success, answer.success.error_code) == ({"code": "X"}, False, "X")


@pytest.mark.parametrize("media_type", ["application/json", "application/json; charset=utf-8", "text/odd", None])
def test_the_marks_of_the_spec_hide_what_is_sent_and_received(spec: Spec, media_type: str | None) -> None:
    """Whatever the body is called: of an undeclared type, the marks of the declared one are better than none."""
    operation = spec.operations["addThing"]
    headers = (("Content-Type", media_type),) if media_type else ()
    request = make_request(operation, headers=headers, body=b'{"name": "a", "owner": "Owner of things"}')
    response = reply(201, {"id": 1, "name": "a", "owner": "Nobody else"})
    redactor = Redactor(mode=RedactionMode.FULL, secrets={}, key=b"k" * 32)

    recorded = ExchangeRecorder(spec=spec, redactor=redactor).record(
        operation, Exchange(request=request, response=response)
    )

    assert recorded.request.body == '{"name": "a", "owner": "<email>"}'
    assert recorded.response is not None
    assert recorded.response.body == '{"id": 1, "name": "a", "owner": "<email>"}'


PERSON = {"type": "object", "properties": {"alias": {"type": "string", "x-pii": "name"}, "age": {"type": "integer"}}}
JSON_CONTENT = {"application/json": {"schema": PERSON}}


@pytest.mark.parametrize(
    ("parameter", "query", "recorded"),
    [
        (
            {"style": "deepObject", "schema": PERSON},
            "p%5Balias%5D=Zed&p%5Bage%5D=7",
            "p%5Balias%5D=<name>&p%5Bage%5D=7",
        ),
        ({"schema": PERSON}, "alias=Zed&age=7", "alias=<name>&age=7"),
        ({"explode": False, "schema": PERSON}, "p=alias,Zed,age,7", "p=<name>"),
        ({"explode": False, "schema": {"type": "array", "items": {"x-pii": "name"}}}, "p=Zed,Abe", "p=<name>"),
        ({"content": JSON_CONTENT}, "p=%7B%22alias%22%3A%22Zed%22%7D", "p=<name>"),
    ],
)
def test_what_is_personal_within_a_parameter_is_replaced(
    parameter: dict[str, object], query: str, recorded: str, tmp_path: Path
) -> None:
    responses = {"200": {"description": "done"}}
    get = {"operationId": "a", "parameters": [{"name": "p", "in": "query", **parameter}], "responses": responses}
    spec = load_document(tmp_path, make_document(paths={"/a": {"get": get}}))
    recorder = ExchangeRecorder(spec=spec, redactor=Redactor(mode=RedactionMode.FULL, secrets={}, key=b"k" * 32))

    assert recorder.redact_url(spec.operations["a"], f"{BASE_URL}/a?{query}") == f"{BASE_URL}/a?{recorded}"
