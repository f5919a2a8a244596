"""After another answer than the expected one its content is not looked at, instead of failing once more."""

from pathlib import Path
from typing import Any

import pytest

from contracts_runner.model.checks import CheckName
from contracts_runner.model.contract import (
    BodyExpectation,
    Capture,
    Expectation,
    HeaderExpectation,
    Relation,
    ValueMatcher,
)
from contracts_runner.model.exchange import Response
from contracts_runner.openapi.spec import Spec
from contracts_runner.results.events import StepFinished
from helpers.contracts import make_scenario, make_step
from helpers.engine import reply, run_scenario
from helpers.operations import HERE
from helpers.specs import load_document, make_answer, make_document

THING = {"type": "object", "required": ["id"], "properties": {"state": {"type": "string"}}}
REFUSAL = make_answer({"type": "object", "required": ["code"]})
SUCCEEDS = {"not": {"required": ["code"]}}
WANTED: dict[str, Any] = {
    "body": (BodyExpectation(path="$.id", matcher=ValueMatcher(value=1, is_schema=False), location=HERE),),
    "headers": (HeaderExpectation(name="X-A", matcher=ValueMatcher(value="a", is_schema=False), location=HERE),),
    "relations": (Relation(kind=CheckName.UNIQUE.value, this="$.ids", operand=None, location=HERE),),
}
CONTENT = {CheckName.HEADER, CheckName.BODY, CheckName.UNIQUE, CheckName.CAPTURE}


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    folder: Path = tmp_path_factory.mktemp("spec")
    operation = {
        "operationId": "getThing",
        "responses": {"200": make_answer(THING), "404": REFUSAL},
        "x-success": SUCCEEDS,
        "x-error-code": "/code",
    }
    return load_document(folder, make_document(paths={"/thing": {"get": operation}}))


def look(spec: Spec, answer: Response, **expect: Any) -> tuple[set[str], set[str]]:
    """The names of the rows that failed, and of those that were not looked at."""
    capture = Capture(name="id", path="$.id", location=HERE)
    step = make_step("getThing", expect=Expectation(**{**WANTED, **expect}), captures=(capture,))
    [row] = run_scenario(spec, make_scenario("1", step), lambda _: answer).steps
    assert row["outcome"] == "failed"
    unlooked = [check for check in row["checks"] if check["outcome"] == "skipped"]
    assert all(check["message"].startswith("not looked at, because ") for check in unlooked)
    failed = [check for check in row["checks"] if check["outcome"] not in ("passed", "skipped")]
    assert {check["outcome"] for check in failed} == {"failed"}
    return {check["check"] for check in failed}, {check["check"] for check in unlooked}


OK = ((200, 200),)


@pytest.mark.parametrize(
    ("answer", "expect", "failed", "unlooked"),
    [
        (reply(503, {}), {"status": OK}, {"status", "status_declared"}, CONTENT),
        (reply(404, {"oops": 1}), {"status": OK}, {"status"}, CONTENT | {"body_schema"}),
        # The status is right: what the document promises of it must hold all the same.
        (reply(200, {"code": "NO"}), {"success": True}, {"success", "body_schema"}, CONTENT),
        (reply(200, {"id": 1, "state": 5}), {"error": "NO"}, {"error", "body_schema"}, CONTENT - {"capture"}),
        (reply(404, {"code": "YES"}), {"error": "NO"}, {"error"}, CONTENT),
    ],
)
def test_the_content_of_another_answer_is_not_looked_at(
    spec: Spec, answer: Response, expect: dict[str, Any], failed: set[str], unlooked: set[str]
) -> None:
    assert look(spec, answer, **expect) == (failed, unlooked)


JSON = "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("answer", "expect", "failed"),
    [
        (reply(200, "<html>", media_type=JSON, X_A="a"), {}, {"success", "body_json"}),
        (reply(200, "[" * 300 + "]" * 300, media_type=JSON, X_A="a"), {}, {"success", "body_json"}),
        (reply(200, '{"id": 1', media_type=JSON, X_A="a"), {}, {"success", "body_json"}),
        (reply(200, "", media_type=JSON, X_A="a"), {}, {"success", "media_type_declared"}),
        (reply(200, "<html>", media_type="text/html", X_A="a"), {}, {"success", "media_type_declared"}),
        # Nothing else tells it.
        (
            reply(202, "<html>", media_type="text/html", X_A="a"),
            {"success": False},
            {"status_declared", "body", "unique", "capture"},
        ),
    ],
)
def test_the_values_of_a_body_that_is_no_data_are_not_looked_at_where_a_row_says_so(
    spec: Spec, answer: Response, expect: dict[str, Any], failed: set[str]
) -> None:
    found, unlooked = look(spec, answer, **expect)

    assert found == failed
    values = {CheckName.BODY, CheckName.UNIQUE, CheckName.CAPTURE} - failed
    assert values <= unlooked <= values | {CheckName.BODY_SCHEMA}


def test_the_content_of_the_expected_answer_is(spec: Spec) -> None:
    failed, unlooked = look(spec, reply(200, {"id": 2, "ids": [1, 1], "state": 5}), status=OK)

    assert failed == {"header", "body", "unique", "body_schema"}
    assert unlooked == set()


def test_what_was_captured_of_another_answer_is_kept_for_the_cleanup(spec: Spec) -> None:
    capture = Capture(name="id", path="$.id", location=HERE)
    step = make_step("getThing", expect=Expectation(status=OK), captures=(capture,))

    tape = run_scenario(spec, make_scenario("1", step), lambda _: reply(201, {"id": 7}))

    assert tape.steps[0]["outcome"] == "failed"
    [event] = [event for event in tape.events if isinstance(event, StepFinished)]
    assert event.captured == {"id": 7}
