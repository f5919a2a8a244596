"""Values of parameters are judged as the text that is sent."""

from typing import Any

import pytest

from contracts_runner.engine.request_conformance import find_parameter_mismatch
from contracts_runner.openapi.schemas import SchemaStore

SCHEMAS = {
    "number": {"type": "integer", "minimum": 1},
    "text": {"type": "string"},
    "flag": {"type": "boolean"},
    "list": {"type": "array", "items": {"type": "integer"}},
}
STORE = SchemaStore({"components": {"schemas": SCHEMAS}}, "3.1.0")


@pytest.mark.parametrize(
    ("name", "value"),
    [("number", 5), ("number", "5"), ("text", 5), ("text", True), ("flag", "true"), ("list", [1])],
)
def test_what_is_sent_as_a_right_text_is_right(name: str, value: Any) -> None:
    assert find_parameter_mismatch(STORE, f"/components/schemas/{name}", value) is None


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [("number", 0, "is 0"), ("number", "0", "is a string"), ("number", "x", "integer"), ("list", ["x"], "[0]")],
)
def test_what_breaks_the_schema_is_told(name: str, value: Any, says: str) -> None:
    assert says in str(find_parameter_mismatch(STORE, f"/components/schemas/{name}", value))


def test_a_parameter_without_a_schema_takes_anything() -> None:
    assert find_parameter_mismatch(STORE, "", [{}]) is None
