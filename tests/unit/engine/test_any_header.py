"""No text of a header can break its check, or come out of the check's words as something that acts."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts_runner.engine.conformance import check_header_text
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


@settings(max_examples=25)
@given(text=texts)
def test_any_header_text_is_taken_or_explained(schemas: SchemaStore, text: str) -> None:
    for name in SCHEMAS:
        errors = check_header_text(schemas, f"/components/schemas/{name}", text)

        assert errors == check_header_text(schemas, f"/components/schemas/{name}", text)
        for error in errors:
            shown = flatten(str(error))
            assert {c for c in shown if unicodedata.category(c) in _CONTROLS} == set()
            assert len(shown) < 2000
            json.dumps([error.expected, error.actual])


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "\u0663", "\xb2", "1_000", "0x10"])
@pytest.mark.parametrize("name", ["integer", "number", "nullable", "const"])
def test_what_json_does_not_take_for_a_number_is_none(schemas: SchemaStore, name: str, text: str) -> None:
    assert check_header_text(schemas, f"/components/schemas/{name}", text) != []


@given(value=st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53))
def test_a_number_is_one_as_json_writes_it(schemas: SchemaStore, value: float) -> None:
    errors = check_header_text(schemas, "/components/schemas/integer", json.dumps(value))

    assert (errors == []) is (float(value).is_integer() and value >= -5)
