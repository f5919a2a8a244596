"""A filter of JSONPath holds of a value exactly where the JSON Schema does from which it is made."""

from itertools import product
from typing import Any

import pytest

from contracts_runner.engine.jsonpath import find
from contracts_runner.engine.matching import find_mismatch
from contracts_runner.maintenance.exporting.filter_queries import ROOT, Nodes, UnsayableError, build_query, split_path
from contracts_runner.maintenance.exporting.schema_filters import build_equality, build_list_tests, build_tests
from contracts_runner.model.contract import ValueMatcher
from contracts_runner.openapi.schemas import SchemaStore
from contracts_runner.reading.jsonpaths import compile_jsonpath
from helpers.specs import make_document

STORE = SchemaStore(make_document("3.1.0"), "3.1.0")
VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 2.5, 10**15, "", "a", "ab", "12", "é", "it's", 'say "a"', "a\nb", "\\"),
    *([], [1], ["a", 1], [None], [[1]], [1, 2, 3], ["a", "b"], [{"a": 1}], [{"a": 2}, {"a": 1}]),
    *({}, {"a": 1}, {"a": "a"}, {"b": 1}, {"a": None}, {"a": {"b": [1]}}, {"a": 1, "b": 2}, {"a b": 1}),
]
SCHEMAS: list[Any] = [
    *({"type": name} for name in ("null", "boolean", "string", "number", "array", "object")),
    {"type": ["string", "null"]},
    *({"const": value} for value in VALUES),
    {"enum": [1, "a", None]},
    {"type": "number", "minimum": 1},
    {"type": "number", "maximum": 1},
    {"exclusiveMinimum": 0, "exclusiveMaximum": 2},
    {"type": "string", "minLength": 1},
    {"type": "string", "maxLength": 1},
    {"type": "array", "minItems": 1},
    {"type": "array", "minItems": 2, "maxItems": 2},
    {"type": "object", "minProperties": 1},
    {"type": "string", "pattern": "a"},
    {"type": "string", "pattern": "^[0-9]{2}$"},
    {"type": "object", "required": ["a"]},
    {"type": "object", "required": ["a", "b"]},
    {"type": "object", "required": ["a"], "properties": {"a": {"const": 1}}},
    {"type": "object", "properties": {"a": {"const": 1}, "b": {"const": 2}}},
    {"type": "object", "properties": {"a b": {"type": "number", "minimum": 1}}, "required": ["a b"]},
    {"type": "object", "required": ["a"], "properties": {"a": {"type": "object", "required": ["b"]}}},
    {"type": "array", "minItems": 1, "items": {"type": "number"}},
    {"type": "array", "minItems": 1, "items": {"enum": ["a", "b"]}},
    {"type": "array", "contains": {"const": 1}},
    {"type": "array", "contains": {"type": "object", "required": ["a"], "properties": {"a": {"const": 1}}}},
    {"type": "array", "minItems": 1, "items": {"type": "array", "minItems": 1}},
    {"type": "object", "required": ["a"], "not": {"required": ["a"], "properties": {"a": {"const": 1}}}},
    {"anyOf": [{"const": 1}, {"type": "string", "pattern": "b"}, {"type": "array", "minItems": 3}]},
    {"type": "object", "allOf": [{"required": ["a"]}, {"required": ["b"]}, {"properties": {"b": {"const": 2}}}]},
    {"type": "array", "minItems": 3, "description": "three"},
]


def holds(filters: list[str], body: Any) -> bool:
    return all(compile_jsonpath(f"$[?{text}]").find([body]) for text in filters)


def is_of_empty_ones(schema: Any, value: Any) -> bool:
    """No filter tells an empty list from an empty object."""
    kinds = {name for name in ("array", "object") if f"'{name}'" in str(schema)}
    return value in ([], {}) and (bool(kinds) or schema.get("const") in ([], {}))


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_a_filter_says_what_the_schema_says(schema: Any) -> None:
    tests = build_tests(schema, ROOT)

    matcher = ValueMatcher(value=schema, is_schema=True)
    wanted = [find_mismatch(matcher, value, schemas=STORE) is None for value in VALUES]
    found = [holds(tests.texts, value) for value in VALUES]
    assert tests.lost == []
    assert [
        value
        for value, left, right in zip(VALUES, wanted, found, strict=True)
        if left is not right and not is_of_empty_ones(schema, value)
    ] == []


BODIES: list[Any] = [
    {"data": []},
    {"data": [{"id": 1, "on": True}]},
    {"data": [{"id": 1, "on": True}, {"id": 2, "on": False}]},
    {"data": [{"id": "a", "on": False}]},
    {"data": [{"on": True}]},
]
OF_LISTS: list[Any] = [
    {"type": "array", "minItems": 1},
    {"type": "array", "maxItems": 1},
    {"type": "array", "contains": {"const": 2}},
    {"type": "array", "items": {"type": "number"}},
]


@pytest.mark.parametrize(
    ("path", "schema"), [*product(["$.data[*].id", "$.data[?@.on == true].id"], OF_LISTS)], ids=str
)
def test_a_filter_says_what_a_schema_says_of_the_matches_of_a_path(path: str, schema: Any) -> None:
    query = build_query(path)
    assert isinstance(query, Nodes)

    tests = build_list_tests(schema, query)

    matcher = ValueMatcher(value=schema, is_schema=True)
    wanted = [find_mismatch(matcher, find(path, body), schemas=STORE) is None for body in BODIES]
    assert (tests.lost, [holds(tests.texts, body) for body in BODIES]) == ([], wanted)


@pytest.mark.parametrize(
    ("schema", "lost"),
    [
        ({"type": "integer"}, ["type: integer"]),
        ({"type": "string", "format": "date-time"}, ["format"]),
        ({"pattern": "^a|b$"}, ["pattern: ^a|b$"]),
        ({"pattern": r"^\d$"}, [r"pattern: ^\d$"]),
        ({"$ref": "#/components/schemas/Order"}, ["$ref"]),
        ({"type": "array", "minItems": 1, "uniqueItems": True}, ["uniqueItems"]),
        # Where it is negated a weaker test would be a stronger one.
        ({"not": {"type": "string", "format": "email"}}, ["format"]),
        ({"const": "costs {$5}"}, ["a text with `{$`"]),
    ],
    ids=str,
)
def test_what_no_filter_says_is_named(schema: Any, lost: list[str]) -> None:
    assert build_tests(schema, ROOT).lost == lost


@pytest.mark.parametrize(
    ("path", "place", "query"),
    [
        ("$", (), "@"),
        ("$.a['b c']", (), "@.a['b c']"),
        ("$.a[0].b", ("a", 0), "@.b"),
        ("$.a[0]", ("a", 0), "@"),
        ("$['a;b'][0].c", (), "@['a;b'][0].c"),
        ("$.a[-1].b", (), "@.a[-1].b"),
    ],
)
def test_a_filter_begins_behind_the_last_index(path: str, place: tuple[str | int, ...], query: str) -> None:
    assert split_path(path) == (place, query)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("$.a[*].b", "@.a[*].b"),
        ("$.a[?!(@.b == 1 || !(@.c && @['d e']))].f", "@.a[?!(@.b == 1 || !(@.c && @['d e']))].f"),
        ("$.a[?@.b[*] && length(@.c) > 1][?@.d].e", "@.a[?@.b[*] && length(@.c) > 1][?@.d].e"),
    ],
)
def test_a_filter_in_a_path_keeps_its_brackets(path: str, query: str) -> None:
    nodes = build_query(path)

    assert isinstance(nodes, Nodes)
    assert nodes.text == query


@pytest.mark.parametrize("path", ["$..a", "$.a[0, 1]", "$.a[0:2].b", "$.a[?@.b == $.c].d", "${captured}"])
def test_a_path_that_no_filter_has_is_refused(path: str) -> None:
    with pytest.raises(UnsayableError):
        build_query(path)


def test_a_chain_is_of_pairs() -> None:
    assert build_equality("@", [1, 2]) == "(length(@) == 2 && @[0] == 1) && @[1] == 2"
