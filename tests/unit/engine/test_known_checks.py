"""`known` by the name of a check: each name that rows have, for a step and for a cleanup, and what junit.xml says."""

import dataclasses
import hashlib
from typing import Any

import pytest
from junitparser import JUnitXml, Skipped

from contracts_runner.errors import BadResponseError
from contracts_runner.model.checks import CheckName
from contracts_runner.model.exchange import Request, Response
from contracts_runner.openapi.spec import Spec
from contracts_runner.reporting.junit import render_junit
from contracts_runner.results.fold import fold_ledger
from helpers.engine import Ran, reply, run_scenario
from helpers.ledger_builder import LedgerBuilder
from helpers.specs import load_document, make_document
from helpers.told_steps import read_scenario

BODY = {"id": 1, "all": [1, 1, 2]}
GOOD = reply(200, BODY, X_A="a", X_N="1")
PAGE = reply(200, "<a><b>1</b></a>", media_type="application/xml", X_N="1")
IDS = 'this: "$.all[*]"'
# How each row comes to fail: what the step says, and the answer; None breaks HTTP.
BROKEN: dict[CheckName, tuple[str, Response | None]] = {
    CheckName.STATUS: ("expect: {status: 201}", GOOD),
    CheckName.SUCCESS: ("expect: {success: false}", GOOD),
    CheckName.ERROR: ("expect: {error: NO}", GOOD),
    CheckName.MEDIA_TYPE: ("expect: {media_type: text/csv}", GOOD),
    CheckName.HEADER: ("expect: {headers: {X-A: b}}", GOOD),
    CheckName.BODY: ("expect: {body: {$.id: 2}}", GOOD),
    CheckName.TEXT: ('expect: {text: {pattern: "^never"}}', GOOD),
    CheckName.XML: ('expect: {xml: {"/a/b": "2"}}', PAGE),
    CheckName.SHA256: (f"expect: {{sha256: {hashlib.sha256().hexdigest()}}}", GOOD),
    CheckName.BYTES: ("expect: {bytes: {maximum: 1}}", GOOD),
    CheckName.LATENCY: ("expect: {latency: 1ms}", GOOD),
    CheckName.CAPTURE: ("capture: {it: $.none}", GOOD),
    CheckName.SUBSET: (f"expect: {{relations: [{{subset: {{{IDS}, of: [1]}}}}]}}", GOOD),
    CheckName.SUPERSET: (f"expect: {{relations: [{{superset: {{{IDS}, of: [3]}}}}]}}", GOOD),
    CheckName.SAME_ITEMS: (f"expect: {{relations: [{{same_items: {{{IDS}, as: [3]}}}}]}}", GOOD),
    CheckName.DISJOINT: (f"expect: {{relations: [{{disjoint: {{{IDS}, from: [1]}}}}]}}", GOOD),
    CheckName.EQUAL: ("expect: {relations: [{equal: {this: $.id, to: 2}}]}", GOOD),
    CheckName.SORTED: (f"expect: {{relations: [{{sorted: {{{IDS}, order: descending}}}}]}}", GOOD),
    CheckName.UNIQUE: (f"expect: {{relations: [{{unique: {{{IDS}}}}}]}}", GOOD),
    CheckName.COUNT: (f"expect: {{relations: [{{count: {{{IDS}, is: 9}}}}]}}", GOOD),
    CheckName.EVERY: (f"expect: {{relations: [{{every: {{{IDS}, is: 1}}}}]}}", GOOD),
    CheckName.STATUS_DECLARED: ("expect: {success: null}", reply(418, BODY)),
    CheckName.MEDIA_TYPE_DECLARED: ("expect: {success: null}", reply(200, "a", media_type="text/csv", X_N="1")),
    CheckName.RESPONSE_HEADERS: ("expect: {success: null}", reply(200, BODY)),
    CheckName.BODY_JSON: ("", dataclasses.replace(GOOD, body=b"{")),
    CheckName.BODY_SCHEMA: ("", reply(200, {"id": "x"}, X_N="1")),
    CheckName.RESPONSE: ("", None),
}


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    schema = {"type": "object", "properties": {"id": {"type": "integer"}}}
    answer: dict[str, Any] = {
        "description": "ok",
        "content": {"application/json": {"schema": schema}, "application/xml": {}},
        "headers": {"X-N": {"required": True, "schema": {"type": "integer"}}},
    }
    operation = {"operationId": "getA", "responses": {"200": answer}, "x-error-code": "/code"}
    return load_document(tmp_path_factory.mktemp("spec"), make_document(paths={"/a": {"get": operation}}))


def run(spec: Spec, name: CheckName, place: str, *checks: str) -> Ran:
    keys, answer = BROKEN[name]
    step = f"{{name: it, operation: getA, {keys}}}"
    fine = "{name: fine, operation: getA, expect: {status: 200, success: null, schema: false}}"
    # Whatever answer comes to the step that is looked at, the first of a cleanup's scenario gets a good one.
    answers = [answer] if place == "steps" else [GOOD, answer]
    entries = [
        f"{{environments: [here], step: it, observed: {{check: {each}}}, because: It is so., until: 2999-01-01}}"
        for each in checks
    ]
    text = f"steps: [{step if place == 'steps' else fine}]\n"
    text += f"known: [{', '.join(entries)}]\n" if entries else ""
    scenario = read_scenario(text + (f"cleanup: [{step}]\n" if place == "cleanup" else ""))

    def handle(_: Request) -> Response:
        if (given := answers.pop(0)) is None:
            raise BadResponseError("the response breaks HTTP")
        return given

    return run_scenario(spec, scenario, handle)


def test_the_table_has_each_check() -> None:
    assert [*BROKEN] == [name for name in CheckName if name is not CheckName.KNOWN]


@pytest.mark.parametrize("place", ["steps", "cleanup"])
@pytest.mark.parametrize("name", list(BROKEN))
def test_what_it_names_is_known_and_what_it_does_not_name_is_not(spec: Spec, name: CheckName, place: str) -> None:
    bare, other = run(spec, name, place), CheckName.BODY if name is not CheckName.BODY else CheckName.HEADER

    assert [check for check, _ in bare.find_checks("failed")] == [name]
    assert bare.outcome in ("failed", "errored")
    assert run(spec, name, place, other).outcome == bare.outcome
    assert run(spec, name, place, name).outcome == "known"


@pytest.mark.parametrize("name", list(BROKEN))
def test_junit_says_so_with_the_reason(spec: Spec, name: CheckName) -> None:
    ran = run(spec, name, "steps", name)
    lines = LedgerBuilder(["1"]).add(*ran.events).finish()
    document = JUnitXml.fromstring(render_junit(fold_ledger(lines)).encode())

    [result] = next(iter(next(iter(document)))).result
    assert isinstance(result, Skipped)
    assert result.message.startswith("known: It is so (known until 2999-01-01, contracts/a.yaml:7); ")
