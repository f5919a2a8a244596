"""A scenario that is made of a finding says what the finding sent, in the grammar of contract files."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts_runner.model.checks import PropertyCheck
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.skeleton import render_scenario
from helpers.recorded_findings import make_finding, make_step
from helpers.specs import load_document, make_document

ANSWER = {"200": {"description": "An answer"}}
NUMBER = {"schema": {"type": "integer", "minimum": 0}}
PATHS = {
    "/things": {
        "get": {
            "operationId": "listThings",
            "parameters": [
                {"name": "n", "in": "query", "required": True, **NUMBER},
                {"name": "tags", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
            ],
            "responses": ANSWER,
        },
        "post": {
            "operationId": "addThing",
            "requestBody": {
                "content": {"application/json": {"schema": {"type": ["object", "null"], "required": ["a"]}}}
            },
            "responses": ANSWER,
        },
        "put": {
            "operationId": "setThing",
            "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}},
            "responses": ANSWER,
        },
    }
}


@pytest.fixture
def spec(tmp_path: Path) -> Spec:
    return load_document(tmp_path, make_document(paths=PATHS))


def render(
    spec: Spec, method: str, operation: str, query: str = "", body: str | None = None, media_type: str = ""
) -> str:
    headers = {"Content_Type": media_type} if media_type else {}
    step = make_step(method, f"/things{query}", operation, body=body, **headers)
    finding = make_finding(step, check=PropertyCheck.NEGATIVE_DATA_REJECTION)
    return render_scenario(finding, spec, "N.1")


def read_step(text: str) -> dict[str, Any]:
    step: dict[str, Any] = yaml.safe_load(text)[0]["steps"][0]
    return step


@pytest.mark.parametrize(
    ("query", "parameters", "is_invalid"),
    [
        ("?n=5", {"n": 5}, False),
        ("?n=-5", {"n": "-5"}, True),
        ("?n=x", {"n": "x"}, True),
        ("", None, True),
        ("?n=5&tags=a&tags=b", {"n": 5, "tags": ["a", "b"]}, False),
        ("?n=$%7Bx%7D", {"n": "$${x}"}, True),
    ],
)
def test_parameters_that_break_the_spec_are_sent_as_an_invalid_request(
    spec: Spec, query: str, parameters: Any, is_invalid: bool
) -> None:
    step = read_step(render(spec, "GET", "listThings", query))

    assert (step.get("parameters"), step.get("invalid_request", False)) == (parameters, is_invalid)


@pytest.mark.parametrize(
    ("body", "read", "is_invalid"),
    [
        ('{"a": 1}', {"a": 1}, False),
        ("null", None, False),
        ("{}", {}, True),
        ("[1]", [1], True),
        ('{"a": "${x}"}', {"a": "$${x}"}, False),
        ('"null"', "null", True),
        ("{", "{", True),
    ],
)
def test_a_body_keeps_its_type(spec: Spec, body: str, read: Any, is_invalid: bool) -> None:
    step = read_step(render(spec, "POST", "addThing", body=body, media_type="application/json"))

    assert "body" in step
    assert (step["body"], type(step["body"])) == (read, type(read))
    assert step.get("invalid_request", False) is is_invalid


def test_a_form_is_a_mapping(spec: Spec) -> None:
    media_type = "application/x-www-form-urlencoded"

    step = read_step(render(spec, "PUT", "setThing", body="a=1&b=x%20y&b=", media_type=media_type))

    assert step["body"] == {"a": "1", "b": ["x y", ""]}


def test_what_a_step_cannot_say_is_a_comment(spec: Spec) -> None:
    text = render(spec, "PATCH", "listThings", "?n=5&other=1", body="x", media_type="text/plain; a=b")

    assert [line.rpartition(": ")[2] for line in text.splitlines() if line.startswith("# Step 1")] == [
        "the method PATCH",
        "the query parameter other",
        "the media type text/plain",
    ]
