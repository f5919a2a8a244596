"""What an expression may give beside values: all parameters, media types, an error code."""

import dataclasses
import json
import textwrap
from pathlib import Path

import pytest

from contracts_runner.engine.preview import plan_scenario
from contracts_runner.engine.requests import Preparer
from contracts_runner.engine.scope import ValueSource
from contracts_runner.model.exchange import Request
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.contract.contracts import read_contract
from contracts_runner.project.project import read_project
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.reading.yaml_source import parse_yaml
from contracts_runner.run.mistakes import find_all_mistakes
from helpers.engine import Ran, make_desk, reply, run_scenario
from helpers.project_files import SETTINGS, write_project
from helpers.specs import load_document

SPEC = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/things/{id}": {
            "put": {
                "operationId": "putThing",
                "x-error-code": "/code",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
                    {"name": "page", "in": "query", "schema": {"type": "integer"}},
                ],
                "requestBody": {"content": {"application/json": {"schema": {"type": "integer"}}, "text/plain": {}}},
                "responses": {"200": {"description": "ok"}, "409": {"description": "no"}},
            }
        }
    },
}
ANSWER = reply(200, {"code": None}, media_type="application/json")


CONTRACT = """
contract: a
spec: api
scenarios:
  - id: A
    title: A
    each: [{row}]
    steps: [{{operation: putThing, {step}}}]
"""


def write(step: str, row: str) -> str:
    return CONTRACT.format(step=step, row=row)


def check(folder: Path, step: str, row: str) -> list[str]:
    files = {
        "contracts.yaml": SETTINGS.replace("shop: spec", "api: spec"),
        "spec/shop.yaml": json.dumps(SPEC),
        "contracts/a.yaml": write(step, row),
    }
    project, problems = read_project(write_project(folder, files))
    assert project is not None
    found = [*problems, *find_all_mistakes(project, resolve_environment(project.settings, "test", {}))]
    return [f"{each.message}; {each.hint}".removesuffix("; ") for each in found]


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return load_document(tmp_path_factory.mktemp("spec"), SPEC)


def run(spec: Spec, step: str, row: str, status: int = 200) -> Ran:
    contract, problems = read_contract(parse_yaml(write(step, row), "contracts/a.yaml"))
    assert contract
    assert not problems
    return run_scenario(spec, contract.scenarios[0], lambda _: dataclasses.replace(ANSWER, status_code=status))


ALL = 'parameters: "${row.p}"'
SENT = "parameters: {id: 1}, body: 5"
# A step, its row, what is wrong; "" for nothing.
STEPS = [
    (ALL, "{p: {id: 3, page: 2}}", ""),
    (ALL, "{p: {id: 3}}", ""),
    (ALL, "{p: {page: 2}}", "the path parameter 'id' is missing"),
    (ALL, "{p: {id: 3, page: x}}", "the query parameter 'page' of putThing is a string, not an integer"),
    (ALL, "{p: {id: 3, pge: 2}}", "putThing has no parameter 'pge'; Did you mean 'page'?"),
    (ALL, "{p: 5}", "the parameters are no mapping"),
    (f'media_type: "${{row.m}}", {SENT}', "{m: application/json}", ""),
    (
        'media_type: "${row.m}", parameters: {id: 1}, body: a',
        "{m: text/xml}",
        "declares no body of the media type text/xml",
    ),
    (f'media_type: "${{row.m}}", {SENT}', "{m: json}", "'json' is not a media type; write one such as"),
    (f'accept: "${{row.m}}", {SENT}', "{m: 'text/csv, text/html'}", ""),
    (f'accept: "${{row.m}}", {SENT}', "{m: csv}", "'csv' is not a list of media types"),
    (f'expect: {{media_type: "${{row.m}}"}}, {SENT}', "{m: application/json}", ""),
    (f'expect: {{error: "${{row.m}}"}}, {SENT}', "{m: NO}", ""),
]


@pytest.mark.parametrize(("step", "row", "wrong"), STEPS)
def test_constant_columns_are_checked_against_the_spec(tmp_path: Path, step: str, row: str, wrong: str) -> None:
    problems = check(tmp_path, step, row)

    assert [wrong in problem for problem in problems] == [True] * bool(wrong), problems


@pytest.mark.parametrize(("step", "row", "wrong"), [row for row in STEPS if "expect" not in row[0]])
def test_a_run_sends_what_check_takes_and_nothing_else(spec: Spec, step: str, row: str, wrong: str) -> None:
    ran = run(spec, step, row)

    assert (ran.outcome, len(ran.sent)) == (("errored", 0) if wrong else ("passed", 1)), ran.reason


@pytest.mark.parametrize(
    ("step", "row", "sent"),
    [
        (ALL, "{p: {id: 3, page: 2}}", "/things/3?page=2"),
        (ALL, "{p: {'path:id': 3}}", "/things/3"),
        (ALL, '{p: {id: 3, page: "2"}}', "/things/3?page=2"),
        (f"{ALL}, in: {{here: {{parameters: {{page: 7}}}}}}", "{p: {id: 3, page: 2}}", "/things/3?page=7"),
    ],
)
def test_all_parameters_are_sent_as_if_each_were_written(spec: Spec, step: str, row: str, sent: str) -> None:
    assert run(spec, step, row).sent[0].url.endswith(sent)


def test_the_media_types_are_sent(spec: Spec) -> None:
    step = f'media_type: "${{row.m}}", accept: "${{row.a}}", {SENT.replace("5", "five")}'
    [sent] = run(spec, step, "{m: text/plain, a: text/csv}").sent

    headers = dict(sent.headers)
    assert (headers["Content-Type"], headers["Accept"], sent.body) == ("text/plain", "text/csv", b"five")


@pytest.mark.parametrize(
    ("expect", "value", "status", "outcome", "message"),
    [
        ("media_type", "application/json", 200, "passed", ""),
        ("media_type", "text/csv", 200, "failed", "expected text/csv"),
        ("media_type", "csv", 200, "errored", "'csv' is not a media type"),
        ("media_type", "null", 200, "passed", ""),
        ("error", "null", 200, "passed", ""),
        ("error", "BUSY", 409, "failed", "expected the error BUSY, the answer has no error code: what its body has"),
        ("error", "5", 409, "errored", "${row.x} is 5, which is no error code"),
        ("status", "409", 409, "passed", ""),
    ],
)
def test_what_is_expected_may_be_in_a_row(
    spec: Spec, expect: str, value: str, status: int, outcome: str, message: str
) -> None:
    ran = run(spec, f'expect: {{{expect}: "${{row.x}}"}}, {SENT}', f"{{x: {value}}}", status)

    assert (str(ran.outcome), message in str(ran.find_checks("failed")) + ran.reason) == (outcome, True), ran.reason


def test_a_preview_shows_the_expression_for_what_only_an_answer_gives(spec: Spec) -> None:
    text = textwrap.dedent(
        """
        contract: a
        spec: api
        scenarios:
          - id: A
            title: A
            steps:
              - {operation: putThing, parameters: {id: 1}, capture: {next: $.next, type: $.type}}
              - {operation: putThing, parameters: "${next}", media_type: "${type}", body: 1}
        """
    )
    contract, _ = read_contract(parse_yaml(text, "contracts/a.yaml"))
    assert contract
    permitted: list[Request] = []
    plan_scenario(contract.scenarios[0], make_preparer(spec), permit=permitted.append, values=ValueSource())

    assert permitted[-1].url == "http://shop.example.com/things/%24%7Bnext%7D"


def make_preparer(spec: Spec) -> Preparer:
    steps = make_desk(spec, lambda _: ANSWER).runner.steps
    return dataclasses.replace(steps._preparer, is_checked=False)
