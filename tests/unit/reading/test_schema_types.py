"""Matchers that can fail on nothing are mistakes, and a keyword wants the type that it is about."""

import json
from typing import Any

import pytest

from contracts_runner.engine.matching import find_mismatch
from contracts_runner.model.contract import ValueMatcher
from contracts_runner.openapi.schemas import SchemaStore
from contracts_runner.project.contract.contracts import read_contract
from contracts_runner.reading.schema_keywords import KEYWORD_TYPES, KEYWORDS
from contracts_runner.reading.schema_types import can_fail, require_types
from contracts_runner.reading.yaml_source import parse_yaml
from helpers.editor_grammars import build_contract

SCHEMAS = SchemaStore({}, "3.1.0")
VALUES: dict[str, Any] = {
    "null": None,
    "boolean": True,
    "number": 7,
    "string": "seven",
    "array": [7],
    "object": {"a": 7},
}
# Keyword -> a value of it that the value of its type above satisfies.
HELD: dict[str, Any] = {
    "minimum": 1,
    "maximum": 9,
    "exclusiveMinimum": 1,
    "exclusiveMaximum": 9,
    "multipleOf": 7,
    "minLength": 1,
    "maxLength": 9,
    "pattern": "seven",
    "items": {"type": "integer"},
    "prefixItems": [{"type": "integer"}],
    "contains": {"type": "integer"},
    "minContains": 0,
    "maxContains": 9,
    "minItems": 1,
    "maxItems": 9,
    "uniqueItems": True,
    "unevaluatedItems": {"type": "integer"},
    "properties": {"a": {"type": "integer"}},
    "patternProperties": {"a": {"type": "integer"}},
    "additionalProperties": {"type": "integer"},
    "propertyNames": {"pattern": "a"},
    "unevaluatedProperties": {"type": "integer"},
    "required": ["a"],
    "dependentRequired": {"a": ["a"]},
    "dependentSchemas": {"a": {"type": "object"}},
    "minProperties": 1,
    "maxProperties": 9,
}


def matches(schema: Any, value: Any) -> bool:
    return find_mismatch(ValueMatcher(value=schema, is_schema=True), value, schemas=SCHEMAS) is None


def read_problems(matcher: Any) -> list[str]:
    text = json.dumps(build_contract(matcher), indent=1)
    return [problem.message for problem in read_contract(parse_yaml(text, "a.yaml"))[1]]


def test_every_keyword_that_is_about_a_type_is_tried() -> None:
    assert HELD.keys() == KEYWORD_TYPES.keys()


@pytest.mark.parametrize("came", VALUES)
@pytest.mark.parametrize("keyword", HELD)
def test_a_keyword_fails_for_a_value_of_another_type(keyword: str, came: str) -> None:
    assert matches({keyword: HELD[keyword]}, VALUES[came]) is (came in KEYWORD_TYPES[keyword])


@pytest.mark.parametrize("came", VALUES)
@pytest.mark.parametrize("keyword", HELD)
def test_a_type_beside_a_keyword_is_the_authors_choice(keyword: str, came: str) -> None:
    (meant,) = KEYWORD_TYPES[keyword]

    assert matches({"type": [meant, "null"], keyword: HELD[keyword]}, VALUES[came]) is (came in (meant, "null"))


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"properties": {"a": {"minimum": 1}}}, [{"a": 1}, {}], [{"a": "1"}, {"a": 0}, None]),
        ({"items": {"minLength": 1}}, [["a"], []], [[1], [None], "a"]),
        ({"contains": {"minimum": 5}}, [[5]], [["a"], [4], []]),
        ({"anyOf": [{"minimum": 5}, {"pattern": "a"}]}, [5, "a"], [4, "b", None, []]),
        ({"not": {"minimum": 5}}, [4], [5, "a"]),
        ({"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"minimum": 2}}, ["ab", 2], ["a", 1, None]),
        ({"format": "date"}, ["2026-01-31"], [20260131, None, "x"]),
        ({"format": "int32"}, [5], ["5", 2**31]),
        ({"format": "int64"}, [5, "5"], [True, "x", 2**63]),
        ({"$ref": "#/$defs/n", "$defs": {"n": {"minimum": 5}}}, [5], ["a", 4]),
        ({"minimum": 1, "maximum": 5}, [3], ["3"]),
    ],
)
def test_types_are_wanted_at_every_depth(schema: Any, good: list[Any], bad: list[Any]) -> None:
    assert [value for value in good if not matches(schema, value)] == []
    assert [value for value in bad if matches(schema, value)] == []


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"title": "Dune", "description": "A planet"},
        {"example": 1, "x-note": "a"},
        {"default": 1, "deprecated": True, "readOnly": True},
        {"allOf": [{"title": "Dune"}]},
        {"anyOf": [{"type": "string"}, {}]},
        {"properties": {"book": {"title": "Dune"}}},
        {"items": True},
        {"additionalProperties": True},
        {"required": []},
        {"uniqueItems": False},
        {"format": "password"},
        {"then": {"type": "string"}},
        {"if": {"type": "string"}},
        {"type": ["array", "boolean", "null", "number", "object", "string"]},
        {"$defs": {"a": {"type": "string"}}},
        {"minContains": 1},
    ],
)
def test_a_schema_that_can_fail_on_nothing_is_a_mistake(schema: Any) -> None:
    assert not can_fail(schema)
    assert read_problems(schema) == ["this schema can fail on nothing"]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "title": "Dune"},
        {"const": {"title": "Dune"}},
        {"type": "object", "properties": {"a": {"title": "Dune"}}},
        {"allOf": [{"title": "Dune"}, {"type": "string"}]},
        {"not": {}},
        {"contains": {}},
        {"$ref": "#/components/schemas/A"},
        {"if": {"type": "string"}, "then": {"minLength": 1}},
        {"type": "${event_id}"},
        {"enum": "${all}"},
        {"additionalProperties": False},
        {"type": ["string", "null"], "pattern": "a"},
        {"type": "integer", "format": "int32"},
        {"type": ["integer", "string"], "minimum": 1, "minLength": 1},
    ],
)
def test_a_schema_that_can_fail_is_none(schema: Any) -> None:
    assert can_fail(schema)
    assert read_problems(schema) == []


@pytest.mark.parametrize("keyword", HELD)
def test_a_keyword_of_another_type_than_its_type_is_a_mistake(keyword: str) -> None:
    (meant,) = KEYWORD_TYPES[keyword]
    (message,) = read_problems({"type": "boolean", keyword: HELD[keyword]})

    assert message == f"'{keyword}' is about {meant}s, not booleans: it can fail on nothing"
    assert read_problems({"properties": {"a": {"type": "boolean", keyword: HELD[keyword]}}}) == [message]
    assert read_problems({"type": ["boolean", meant], keyword: HELD[keyword]}) == []


@pytest.mark.parametrize(
    "schema",
    [{"type": "integer", "minLength": 3}, {"type": "integer", "format": "date"}, {"type": "null", "items": {}}],
)
def test_integers_formats_and_null_are_types_like_others(schema: Any) -> None:
    assert [message.endswith("it can fail on nothing") for message in read_problems(schema)] == [True]


def test_keywords_of_two_types_are_a_mistake_without_a_type() -> None:
    assert read_problems({"minimum": 1, "minLength": 1}) == [
        "no value is of all types that these mean: 'minimum' numbers, 'minLength' strings"
    ]
    assert not matches({"minimum": 1, "minLength": 1}, 5)


def test_every_keyword_has_its_place() -> None:
    assert KEYWORD_TYPES.keys() <= KEYWORDS.keys()
    assert require_types({"const": 1}) == {"const": 1}
