"""No text of a header can break its check, or come out of the check's words as something that acts."""

import json
import unicodedata
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts_runner.engine.text_values import check_header_text
from contracts_runner.model.spec import Header
from contracts_runner.openapi.explain import SchemaError
from contracts_runner.openapi.schemas import SchemaStore
from contracts_runner.reporting.text import flatten
from helpers.specs import load_document, make_document

SCHEMAS: dict[str, Any] = {
    "integer": {"type": "integer", "minimum": -5},
    "number": {"type": "number", "multipleOf": 0.1},
    "boolean": {"type": "boolean"},
    "list": {"type": "array", "items": {"type": "integer"}, "uniqueItems": True},
    "object": {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": {"type": "string"}},
    "nullable": {"type": ["integer", "null"]},
    "enum": {"enum": ["a", "\x1b[2J\u202e", 1, None]},
    "const": {"const": 5},
    "pattern": {"type": "string", "pattern": "^a\x1b\u202e(b+)+$"},
    "date": {"type": "string", "format": "date-time"},
    "one": {"oneOf": [{"type": "integer"}, {"type": "object"}, {"type": "array"}]},
    "not": {"not": {"type": "string"}},
    "any": {},
}
PARTS = ["NaN", "1e999", "-Infinity", "9" * 5000, "0." + "1" * 400, "1e-9999", "\xb2", "\xa05", "-0", "1_000", "0x10"]
PARTS += ["true", "null", "a", "a=", "=", ",", ", ", " ", "[", "]", "{", "}", '"', '"a":', r'"\ud800"', r'"\u001b[2J"']
PARTS += ["\x1b[2J", "\x9b31m", "\x07", "\x7f", "[" * 200, "a," * 200]
# Header texts are Latin-1; others are for whoever calls it next.
texts = st.one_of(
    st.text(st.characters(max_codepoint=255), max_size=30),
    st.lists(st.sampled_from(PARTS), max_size=8).map("".join),
    st.text(max_size=10),
)
_CONTROLS = ("Cc", "Cf", "Cs", "Zl", "Zp")


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> SchemaStore:
    folder: Path = tmp_path_factory.mktemp("headers")
    return load_document(folder, make_document(components={"schemas": SCHEMAS})).schemas


def check(schemas: SchemaStore, name: str, text: str, *, explode: bool = False) -> list[SchemaError]:
    pointer = f"/components/schemas/{name}"
    header = Header(name="X-A", is_required=False, pointer=pointer, explode=explode)
    return check_header_text(partial(schemas.check_response, pointer), header, text)


@settings(max_examples=25)
@given(text=texts)
def test_any_header_text_is_taken_or_explained(schemas: SchemaStore, text: str) -> None:
    for name in SCHEMAS:
        errors = check(schemas, name, text)

        assert errors == check(schemas, name, text)
        for error in errors:
            shown = flatten(str(error))
            assert {c for c in shown if unicodedata.category(c) in _CONTROLS} == set()
            assert len(shown) < 2000
            json.dumps([error.expected, error.actual])


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "\u0663", "\xb2", "1_000", "0x10"])
@pytest.mark.parametrize("name", ["integer", "number", "nullable", "const"])
def test_what_json_does_not_take_for_a_number_is_none(schemas: SchemaStore, name: str, text: str) -> None:
    assert check(schemas, name, text) != []


@given(value=st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53))
def test_a_number_is_one_as_json_writes_it(schemas: SchemaStore, value: float) -> None:
    errors = check(schemas, "integer", json.dumps(value))

    assert (errors == []) is (float(value).is_integer() and value >= -5)


TYPED = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["a"]}


@pytest.mark.parametrize(
    ("text", "explode", "is_valid"),
    [
        ("a,1", False, True),
        ("a,1,b,2", False, True),
        ("a, 1, b, x", False, True),
        ("a,x", False, False),
        ("b,2", False, False),
        ("a,1,b", False, False),
        ("a=1", False, False),
        ("a=1", True, True),
        ("a=1,b=2", True, True),
        ("a=x", True, False),
        ("a,1", True, False),
        ("", False, False),
        ("", True, False),
    ],
)
def test_an_object_is_read_by_style_simple(text: str, explode: bool, is_valid: bool) -> None:
    store = SchemaStore(make_document(components={"schemas": {"typed": TYPED}}), "3.1.0")

    assert (check(store, "typed", text, explode=explode) == []) is is_valid


@pytest.mark.parametrize("explode", [False, True])
@pytest.mark.parametrize(("text", "is_valid"), [("1,2", True), ("1, 2", True), ("1", True), ("1,x", False), ("", True)])
def test_a_list_is_read_by_style_simple(schemas: SchemaStore, text: str, is_valid: bool, explode: bool) -> None:
    assert (check(schemas, "list", text, explode=explode) == []) is is_valid


@pytest.mark.parametrize(
    ("text", "is_valid"), [('{"a": 1}', True), ('{"a": "x"}', False), ("a,1", False), ("{", False)]
)
def test_a_header_with_content_is_json(text: str, is_valid: bool) -> None:
    store = SchemaStore(make_document(components={"schemas": {"typed": TYPED}}), "3.1.0")
    header = Header(name="X-A", is_required=False, pointer="", is_json=True)

    errors = check_header_text(partial(store.check_response, "/components/schemas/typed"), header, text)

    assert (errors == []) is is_valid
