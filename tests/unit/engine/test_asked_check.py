"""What warehouse checks ask the API is checked against the spec before the first request."""

from pathlib import Path

import pytest

from contracts_runner.engine.asked_check import check_asked
from contracts_runner.errors import Problem, Rule
from contracts_runner.project.project import load_project
from helpers.project_files import write_project

SPEC = """\
openapi: 3.1.0
info: {title: Parts, version: "1"}
paths:
  /parts:
    get:
      operationId: listParts
PARTS
      responses: {"200": {description: Parts., content: {application/json: {schema: {}}}}}
  /shops:
    get:
      operationId: listShops
SHOPS
      responses: {"200": {description: Shops., content: {application/json: {schema: {}}}}}
"""
CHECK = "reconcile: {operation: listParts, rows: $.data, key: $.id, column: id"
SUM = "sum_equals: {operation: listParts, rows: $.data, value: $.id, column: id"
EACH = "for_each: {operation: listShops, rows: $.data, parameters: {PARAMETERS}}"
PAGING = "x-paging: {in: query, name: page, total: $.total, size: {name: size, value: 50}}"
BOTH = (
    "parameters: [{name: page, in: query, required: true, schema: {}}, "
    "{name: size, in: query, required: true, schema: {type: integer, maximum: 50}}]"
)
HINT = "`parameters`, x-paging and for_each: {operation, rows, parameters: {name: path}} give parameters"


def find_problems(folder: Path, *checks: str, parts: str = "", shops: str = "") -> list[Problem]:
    """Return what is wrong with checks whose operations have more lines in the spec; each check is on its own line."""
    spec = SPEC.replace("PARTS\n", _indent(parts)).replace("SHOPS\n", _indent(shops))
    rows = "".join(f"      - {{id: W.{number}, {check}}}}}\n" for number, check in enumerate(checks, start=1))
    tables = f"warehouse: shop\ntables:\n  t:\n    checks:\n{rows}"
    project = load_project(write_project(folder, {"spec/shop.yaml": spec, "contracts/a.yaml": tables}))
    return list(check_asked(project.warehouses, project.specs["shop"]))


def _indent(text: str) -> str:
    return "".join(f"      {line}\n" for line in text.splitlines())


def _require(name: str, placement: str = "query", schema: str = "{type: string}") -> str:
    return f"parameters: [{{name: {name}, in: {placement}, required: true, schema: {schema}}}]"


@pytest.mark.parametrize("check", [CHECK, SUM])
@pytest.mark.parametrize("placement", ["query", "header", "cookie"])
def test_a_required_parameter_that_nothing_gives_is_an_error(tmp_path: Path, placement: str, check: str) -> None:
    [problem] = find_problems(tmp_path, check, parts=_require("state", placement))

    message = f"listParts requires the {placement} parameter 'state'"
    assert str(problem) == f"contracts/a.yaml:5: {message}; {HINT}"
    assert problem.owner == problem.location


@pytest.mark.parametrize("placement", ["query", "header", "cookie"])
def test_a_required_parameter_that_for_each_gives_is_none(tmp_path: Path, placement: str) -> None:
    check = f"{CHECK}, {EACH.replace('PARAMETERS', 'state: $.state')}"

    assert find_problems(tmp_path, check, parts=_require("state", placement)) == []


@pytest.mark.parametrize("placement", ["query", "header", "cookie"])
def test_what_the_check_gives_is_checked_like_a_steps(tmp_path: Path, placement: str) -> None:
    parts = _require("state", placement, "{enum: [open]}")
    checks = [f"{CHECK}, parameters: {{state: {value}}}" for value in ("open", "closed")]

    [problem] = find_problems(tmp_path, *checks, parts=parts)

    assert str(problem) == (
        f'contracts/a.yaml:6: the {placement} parameter \'state\' of listParts is "closed", not "open"'
    )


def test_required_parameters_that_paging_gives_are_none(tmp_path: Path) -> None:
    assert find_problems(tmp_path, CHECK, parts=f"{PAGING}\n{BOTH}") == []


def test_a_parameter_of_paging_that_the_operation_lacks_is_a_mistake_of_the_document(tmp_path: Path) -> None:
    [problem] = find_problems(tmp_path, CHECK, parts=f"{PAGING}\n{_require('page')}")

    assert str(problem) == "spec/shop.yaml:5: x-paging: listParts has no query parameter 'size'; known: page"
    assert (problem.rule, str(problem.owner)) == (Rule.UNDEFINED, "contracts/a.yaml:5")


@pytest.mark.parametrize("parts", ["", _require("state").replace("true", "false"), _require("Accept", "header")])
def test_what_is_not_required_may_be_left_out(tmp_path: Path, parts: str) -> None:
    assert find_problems(tmp_path, CHECK, parts=parts) == []


def test_the_operation_of_for_each_needs_its_parameters_too(tmp_path: Path) -> None:
    found = find_problems(tmp_path, f"{CHECK}, {EACH.replace('PARAMETERS', 'id: $.id')}", shops=_require("state"))

    assert [problem.message for problem in found] == ["listShops requires the query parameter 'state'"]


@pytest.mark.parametrize(
    ("check", "schema", "messages"),
    [
        (CHECK, "{}", ["listParts: the spec requires a body"]),
        (f"{CHECK}, body: {{flat: true}}", "{properties: {flat: {type: boolean}}}", []),
        (
            f"{CHECK}, body: {{flat: 1}}",
            "{properties: {flat: {type: boolean}}}",
            ["listParts: the body does not match the spec: $.flat is an integer, not a boolean"],
        ),
    ],
)
def test_a_body_is_checked_as_that_of_a_step(tmp_path: Path, check: str, schema: str, messages: list[str]) -> None:
    body = f"requestBody: {{required: true, content: {{application/json: {{schema: {schema}}}}}}}"

    assert [problem.message for problem in find_problems(tmp_path, check, parts=body)] == messages


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("parameters: {page: 2}", "the parameter 'page' of listParts is what x-paging sends"),
        ('parameters: {"query:size": 2}', "the parameter 'query:size' of listParts is what x-paging sends"),
    ],
)
def test_a_parameter_that_paging_sends_is_a_mistake(tmp_path: Path, given: str, message: str) -> None:
    [problem] = find_problems(tmp_path, f"{CHECK}, {given}", parts=f"{PAGING}\n{BOTH}")

    assert str(problem) == f"contracts/a.yaml:5: {message}; leave it out"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("{page: 2}", "'page' of the body is what x-paging of listParts sends"),
        ("{size: 2, flat: true}", "'size' of the body is what x-paging of listParts sends"),
        ("[1]", "x-paging of listParts puts 'page' into the body, which is no object"),
    ],
)
def test_a_body_that_paging_would_change_is_a_mistake(tmp_path: Path, given: str, message: str) -> None:
    body = "requestBody: {content: {application/json: {schema: {}}}}"

    found = find_problems(tmp_path, f"{CHECK}, body: {given}", parts=f"{PAGING.replace('query', 'body')}\n{body}")

    assert [str(problem) for problem in found] == [f"contracts/a.yaml:5: {message}; leave it out"]


def test_a_body_has_what_paging_sends_in_it(tmp_path: Path) -> None:
    body = "requestBody: {required: true, content: {application/json: {schema: {type: object, required: [page]}}}}"
    paging = PAGING.replace("query", "body")

    assert find_problems(tmp_path, CHECK, parts=f"{paging}\n{body}") == []


def test_a_value_of_paging_that_breaks_the_spec_is_an_error_without_the_hint(tmp_path: Path) -> None:
    [problem] = find_problems(tmp_path, CHECK, parts=f"{PAGING}\n{BOTH.replace('maximum: 50', 'maximum: 20')}")

    assert (problem.message, problem.hint) == (
        "the query parameter 'size' of listParts is 50, above the maximum of 20",
        "",
    )


def test_an_operation_that_writes_is_left_out_as_it_is_never_sent(tmp_path: Path) -> None:
    assert find_problems(tmp_path, CHECK, parts=f"x-effect: write\n{_require('state')}") == []


def test_each_check_has_its_own_mistake(tmp_path: Path) -> None:
    given = f"{CHECK}, {EACH.replace('PARAMETERS', 'state: $.state')}"

    found = find_problems(tmp_path, CHECK, given, SUM, parts=_require("state"))

    assert [problem.location.line for problem in found] == [5, 7]
