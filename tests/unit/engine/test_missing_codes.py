"""Of an answer with the expected status, but without the error code, it is told what is missing."""

from pathlib import Path
from typing import Any

import pytest

from contracts_runner.model.contract import BodyExpectation, Expectation, ValueMatcher
from contracts_runner.model.exchange import Response
from helpers.answers import make_response
from helpers.contracts import make_scenario, make_step
from helpers.engine import reply, run_scenario
from helpers.operations import HERE
from helpers.specs import load_document, make_answer, make_document

UNSAID = [{"keyword": "x-error-code", "place": "openapi.yaml:1"}]
REFUSAL = make_answer({"type": "object"})


def find_row(folder: Path, answer: Response, *, pointer: str | None, **expect: Any) -> dict[str, Any]:
    """Return the step of a contract that expects the status 404 and the error GONE."""
    extensions = {} if pointer is None else {"x-error-code": pointer}
    operation = {"operationId": "it", "responses": {"200": REFUSAL, "404": REFUSAL}, **extensions}
    spec = load_document(folder, make_document(paths={"/a": {"get": operation}}))
    expectation = Expectation(**{"status": ((404, 404),), "error": "GONE", **expect})
    [row] = run_scenario(spec, make_scenario("1", make_step("it", expect=expectation)), lambda _: answer).steps
    return row


def list_violations(step: dict[str, Any]) -> list[dict[str, str]]:
    """Return what the failed row of the error says does not hold."""
    [row] = [check for check in step["checks"] if check["check"] == "error"]
    assert row["outcome"] == "failed"
    return [{name: text for name, text in each.items() if text} for each in row.get("violations", [])]


@pytest.mark.parametrize(
    ("answer", "pointer", "violations"),
    [
        (reply(404, {"code": "GONE"}), None, UNSAID),
        (reply(404, {"oops": 1}), "/code", [{"keyword": "required", "property": "code", "path": "$"}]),
        (reply(404, {"error": {}}), "/error/code", [{"keyword": "required", "property": "code", "path": "$.error"}]),
        (reply(404, {}), "/error/code", [{"keyword": "required", "property": "error", "path": "$"}]),
        (
            reply(404, {"errors": []}),
            "/errors/0/code",
            [{"keyword": "minItems", "property": "errors", "path": "$.errors"}],
        ),
        (
            reply(404, {"errors": [{"code": {}}]}),
            "/errors/0/code",
            [{"keyword": "type", "property": "code", "path": "$.errors[*].code", "found": "object"}],
        ),
        (
            reply(404, {"code": None}),
            "/code",
            [{"keyword": "value", "property": "code", "path": "$.code", "found": "null"}],
        ),
        (reply(404, ["a"]), "", [{"keyword": "type", "path": "$", "found": "array"}]),
        (make_response(b"<p>gone</p>", status=404, media_type="text/html"), "/code", [{"keyword": "unreadable"}]),
        # Another code, or another answer, has a cause of its own.
        (reply(404, {"code": "LOST"}), "/code", []),
        (reply(200, {}), "/code", []),
        (reply(503, {}), None, []),
    ],
)
def test_the_row_of_the_error_tells_what_is_missing(
    answer: Response, pointer: str | None, violations: list[dict[str, str]], tmp_path: Path
) -> None:
    step = find_row(tmp_path, answer, pointer=pointer)

    assert list_violations(step) == violations


def test_a_success_that_was_expected_lacks_what_the_document_does_not_say(tmp_path: Path) -> None:
    step = find_row(tmp_path, reply(200, {"code": "GONE"}), pointer=None, status=((200, 200),))

    assert list_violations(step) == UNSAID


@pytest.mark.parametrize(
    ("pointer", "outcome", "message"),
    [(None, "failed", "$.id: "), ("/code", "skipped", "not looked at, because it has no error code")],
)
def test_content_is_looked_at_unless_another_answer_came(
    pointer: str | None, outcome: str, message: str, tmp_path: Path
) -> None:
    body = BodyExpectation(path="$.id", matcher=ValueMatcher(value=1, is_schema=False), location=HERE)

    step = find_row(tmp_path, reply(404, {"id": 2}), pointer=pointer, body=(body,))

    [row] = [check for check in step["checks"] if check["check"] == "body"]
    assert (row["outcome"], row["message"].startswith(message)) == (outcome, True)
