"""A header's text is read as a number or a boolean where it is compared with one, and as a text elsewhere."""

from typing import Any

import pytest

from contracts_runner.engine.expectations import check_expectation
from contracts_runner.engine.scope import Scope
from contracts_runner.engine.success import judge
from contracts_runner.model.contract import Expectation, HeaderExpectation, ValueMatcher
from contracts_runner.model.outcome import Outcome
from helpers.answers import make_response
from helpers.operations import HERE
from helpers.specs import load_document, make_document

SPEC_SCHEMAS = {"Count": {"type": "integer", "minimum": 5}, "Name": {"type": "string", "minLength": 2}}


@pytest.mark.parametrize(
    ("matcher", "good", "bad"),
    [
        ("5", ["5"], ["5.0", "6", ""]),
        (5, ["5", "5.0"], ["6", "five", "", "0x5", "٥", "true"]),
        (5.5, ["5.5"], ["5", "five"]),
        (True, ["true"], ["false", "1", "yes", "True"]),
        (False, ["false"], ["true", "0", ""]),
        ("true", ["true"], ["True"]),
        ("${n}", ["7", "7.0"], ["8", "seven"]),
        ({"type": "integer"}, ["5", "-1"], ["5.5", "five", "", "NaN", '"5"']),
        ({"type": "integer", "minimum": 1000}, ["1000"], ["999", "x"]),
        ({"minimum": 1000}, ["1000", "1e3"], ["999", "x", ""]),
        ({"exclusiveMaximum": 5}, ["4"], ["5", "x"]),
        ({"const": 5}, ["5"], ["6", "x"]),
        ({"enum": [1, 2]}, ["1"], ["3", "x"]),
        ({"enum": ["1", "2"]}, ["1"], ["3", "1.0"]),
        ({"type": "boolean"}, ["true", "false"], ["1", "x"]),
        ({"type": "boolean", "const": False}, ["false"], ["true"]),
        ({"type": "string"}, ["5", "true", "x", "null"], []),
        ({"pattern": "^[0-9]+$"}, ["5"], ["x"]),
        ({"minLength": 2}, ["55", "true"], ["5"]),
        ({"format": "int32"}, ["5"], ["3000000000", "x"]),
        ({"anyOf": [{"type": "integer"}, {"const": "none"}]}, ["5", "none"], ["x"]),
        ({"allOf": [{"minimum": 1}, {"maximum": 5}]}, ["5"], ["6", "x"]),
        ({"not": {"const": 5}}, ["6", "x"], ["5", "5.0"]),
        ({"$ref": "#/components/schemas/Count"}, ["5"], ["4", "x"]),
        ({"$ref": "#/components/schemas/Name"}, ["ab", "55"], ["a", "5"]),
        ({"allOf": [{"$ref": "#/components/schemas/Count"}, {"maximum": 9}]}, ["5"], ["4", "10", "x"]),
    ],
)
def test_a_header_is_compared_as_what_it_is_compared_with(
    tmp_path: Any, matcher: Any, good: list[str], bad: list[str]
) -> None:
    paths = {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "ok"}}}}}
    spec = load_document(tmp_path, make_document(paths=paths, components={"schemas": SPEC_SCHEMAS}))
    scope = Scope(variables={"n": 7}, run_id="run", scenario_id="1")
    wanted = HeaderExpectation(
        name="X-A", matcher=ValueMatcher(value=matcher, is_schema=isinstance(matcher, dict)), location=HERE
    )

    def holds(text: str) -> bool:
        answer = judge(spec.operations["a"], spec, make_response({}, headers={"X-A": text}), depth=9)
        expectation = Expectation(headers=(wanted,))
        rows = check_expectation(expectation, answer, scope=scope, schemas=spec.schemas, location=HERE)
        (row,) = (row for row in rows if row.check == "header")
        return row.outcome is Outcome.PASSED

    assert [text for text in good if not holds(text)] == []
    assert [text for text in bad if holds(text)] == []
