"""A known deviation covers what it names, and everything else of the answer must hold."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.model.checks import CheckName
from contracts_runner.model.contract import (
    BodyExpectation,
    Expectation,
    HeaderExpectation,
    KnownDeviation,
    ObservedDeviation,
    ValueMatcher,
)
from contracts_runner.model.exchange import Response
from contracts_runner.openapi.spec import Spec
from helpers.contracts import make_scenario, make_step
from helpers.engine import reply, run_scenario
from helpers.operations import HERE
from helpers.specs import load_document, make_answer, make_document

THING: dict[str, Any] = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "integer"},
        "url": {"type": "string", "format": "uri"},
        "items": {"type": "array", "items": {"type": "object", "properties": {"sku": {"type": "string"}}}},
    },
}
REFUSAL = make_answer({"type": "object", "required": ["code"]})
GOOD = {"id": 1, "url": "https://example.com/1", "items": [{"sku": "a"}]}


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    folder: Path = tmp_path_factory.mktemp("spec")
    responses = {"200": make_answer(THING), "404": REFUSAL}
    operation = {"operationId": "getThing", "responses": responses, "x-error-code": "/code"}
    return load_document(folder, make_document(paths={"/thing": {"get": operation}}))


def known(step: str | None = None, **observed: Any) -> KnownDeviation:
    return KnownDeviation(
        environments=("here",),
        step=step,
        observed=ObservedDeviation(**observed),
        because="decided",
        until=date(2999, 1, 1),
        location=HERE,
    )


def at(path: str | None = None, check: CheckName = CheckName.BODY_SCHEMA) -> KnownDeviation:
    return known(check=check, path=path)


def run(spec: Spec, answer: Response, *entries: KnownDeviation, **expect: Any) -> Any:
    step = make_step("getThing", expect=Expectation(**{"status": ((200, 200),), **expect}))
    return run_scenario(spec, make_scenario("1", step, known=entries), lambda _: answer)


def wants(**values: Any) -> dict[str, Any]:
    """Return the parts of an expectation that wants values in the body and in headers."""
    body = [(name, value) for name, value in values.items() if not name.startswith("X_")]
    headers = [(name, value) for name, value in values.items() if name.startswith("X_")]
    return {
        "body": tuple(
            BodyExpectation(path=f"$.{name}", matcher=ValueMatcher(value=value, is_schema=False), location=HERE)
            for name, value in body
        ),
        "headers": tuple(
            HeaderExpectation(
                name=name.replace("_", "-"), matcher=ValueMatcher(value=value, is_schema=False), location=HERE
            )
            for name, value in headers
        ),
    }


@pytest.mark.parametrize(
    ("answer", "entries", "expect", "outcome"),
    [
        # Another answer: what the author expects of the content of the first cannot hold, the spec must.
        (reply(404, {"code": "X"}), [known(status=404)], {}, "known"),
        (reply(404, {"code": "X"}), [known(status=404)], wants(id=1, X_A="a"), "known"),
        (reply(404, {"oops": 1}), [known(status=404)], {}, "failed"),
        (reply(404, {"oops": 1}), [known(status=404), at()], {}, "known"),
        (reply(404, {"oops": 1}), [known(status=404, check=CheckName.BODY_SCHEMA)], {}, "known"),
        (reply(404, {"code": "X"}), [known(status=403)], {}, "failed"),
        (reply(404, {"code": "X"}), [known(status=404, error="X")], {}, "known"),
        (reply(404, {"code": "Y"}), [known(status=404, error="X")], {}, "failed"),
        (reply(404, "<p>", media_type="text/html"), [known(status=404)], {}, "failed"),
        (reply(404, "<p>", media_type="text/html"), [known(status=404, media_type="text/html")], {}, "known"),
        (reply(500, {"code": "X"}), [known(status=500)], {}, "known"),  # that it is undeclared is named with it
        # The expected answer, with a fault in it: the status says nothing of it.
        (reply(200, {**GOOD, "url": ""}), [known(status=200)], {}, "failed"),
        (reply(200, {**GOOD, "id": 2}), [known(status=200)], wants(id=1), "failed"),
        # A check, and its place.
        (reply(200, {**GOOD, "url": ""}), [at("$.url")], {}, "known"),
        (reply(200, {**GOOD, "url": ""}), [at()], {}, "known"),
        (reply(200, {**GOOD, "url": ""}), [at("$")], {}, "known"),
        (reply(200, {**GOOD, "url": ""}), [at("$.id")], {}, "failed"),
        (reply(200, {**GOOD, "url": ""}), [at("$.ur")], {}, "failed"),
        (reply(200, {"id": "x", "url": ""}), [at("$.url")], {}, "failed"),
        (reply(200, {"id": "x", "url": ""}), [at("$.url"), at("$.id")], {}, "known"),
        (reply(200, {**GOOD, "items": [{"sku": 1}, {"sku": 2}]}), [at("$.items[*].sku")], {}, "known"),
        (reply(200, {**GOOD, "items": [{"sku": 1}, {"sku": 2}]}), [at("$.items[0].sku")], {}, "failed"),
        (reply(200, {**GOOD, "items": [{"sku": 1}, {"sku": 2}]}), [at("$.items")], {}, "known"),
        (reply(200, {**GOOD, "id": 2}), [at("$.id", CheckName.BODY)], wants(id=1), "known"),
        (reply(200, {**GOOD, "id": 2}), [at("$.url", CheckName.BODY)], wants(id=1), "failed"),
        (reply(200, {**GOOD, "id": 2}), [at("$.id", CheckName.BODY)], wants(id=1, url="u"), "failed"),
        (reply(200, GOOD, X_A="b"), [at("X-A", CheckName.HEADER)], wants(X_A="a"), "known"),
        (reply(200, {**GOOD, "url": ""}), [known(status=404, check=CheckName.BODY_SCHEMA)], {}, "failed"),
        (reply(200, {**GOOD, "url": ""}), [known(step="other", check=CheckName.BODY_SCHEMA)], {}, "failed"),
        # It is gone.
        (reply(200, GOOD), [at("$.url")], {}, "fixed"),
        (reply(200, GOOD), [known(status=404), known(status=503)], {}, "fixed"),
        # One of two alternatives is seen; of two different ones, one is gone.
        (reply(404, {"code": "X"}), [known(status=404), known(status=503)], {}, "known"),
        (reply(200, {**GOOD, "url": ""}), [at("$.url"), at("$.id")], {}, "fixed"),
    ],
)
def test_an_entry_covers_what_it_names(
    spec: Spec, answer: Response, entries: list[KnownDeviation], expect: dict[str, Any], outcome: str
) -> None:
    assert run(spec, answer, *entries, **expect).outcome == outcome


def test_a_failure_beside_a_known_one_keeps_both_words(spec: Spec) -> None:
    ran = run(spec, reply(200, {**GOOD, "url": ""}), at("$.url"), **wants(items=[]))

    assert ran.outcome == "failed"
    outcomes = {row["check"]: row["outcome"] for row in ran.steps[0]["checks"]}
    assert (outcomes["body_schema"], outcomes["body"]) == ("known", "failed")


def test_only_the_named_step_may_deviate(spec: Spec) -> None:
    steps = [make_step("getThing", name=name, expect=Expectation(status=((200, 200),))) for name in ("one", "two")]
    answers = {"one": reply(200, GOOD), "two": reply(404, {"code": "X"})}

    def outcome_of(step: str) -> str:
        replies = iter(answers.values())
        scenario = make_scenario("1", *steps, known=(known(step=step, status=404),))
        return str(run_scenario(spec, scenario, lambda _: next(replies)).outcome)

    assert outcome_of("two") == "known"
    assert outcome_of("one") == "failed"
