"""What a JSONPath can lead to under a schema, and what it cannot."""

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from contracts_runner.maintenance.lint.schema_paths.navigation import ShapeNavigator
from contracts_runner.maintenance.lint.schema_paths.paths import PathTarget, follow_path
from contracts_runner.maintenance.lint.schema_paths.shapes import SchemaExpander, describe_types, find_type
from contracts_runner.maintenance.lint.schema_paths.values import ValueChecker, always_fulfils
from contracts_runner.openapi.schemas import CompiledSchema

PERSON = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}}
CLOSED = {**PERSON, "additionalProperties": False}
SEALED = {"allOf": [PERSON], "unevaluatedProperties": False}
NAMELESS = {"properties": {"name": {"type": "null"}}}
TREE = {"$ref": "#/$defs/node", "$defs": {"node": {"properties": {"next": {"$ref": "#/$defs/node"}, "leaf": PERSON}}}}
LOOP = {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a", "type": "string"}}}
MANY = {"allOf": [{"anyOf": [{"title": str(index)} for index in range(9)]} for _ in range(3)], "type": "string"}


def follow(schema: Any, path: str) -> PathTarget:
    shapes = SchemaExpander()
    return follow_path(ShapeNavigator(shapes), path, shapes.expand(schema, schema if isinstance(schema, dict) else {}))


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ({}, "$.anything[3].at..all"),
        (True, "$.a"),
        (PERSON, "$.name"),
        (PERSON, "$.unlike"),
        (PERSON, "$['name', 'age']"),
        ({"type": ["object", "null"], "properties": {"a": {}}}, "$.a"),
        ({**PERSON, "additionalProperties": True}, "$.nam"),
        ({"allOf": [{"properties": {"name": {}}}, {"properties": {"nick": {}}}]}, "$.nick"),
        (SEALED, "$.name"),
        ({"if": True, "then": {"properties": {"a": {}}}, "unevaluatedProperties": False}, "$.a"),
        ({"anyOf": [{"type": "array"}, CLOSED]}, "$.name"),
        ({"patternProperties": {"^x-": {"type": "integer"}}, "additionalProperties": False}, "$['x-a']"),
        ({"patternProperties": {"\\p{L}": {}}, "additionalProperties": False}, "$.a"),
        (TREE, "$.next.next.next.leaf.name"),
        (LOOP, "$"),
        ({"type": "array", "prefixItems": [PERSON], "items": False}, "$[0].name"),
        ({"type": "array", "prefixItems": [PERSON], "items": False}, "$[-1].name"),
        ({"type": "array", "items": PERSON}, "$[1:3].name"),
        ({"type": "array", "items": PERSON}, "$[?@.age > 5 && length(@.name) > 2 || !@.name].age"),
        ({"type": "object", "additionalProperties": CLOSED}, "$[*].name"),
        (MANY, "$"),
    ],
)
def test_a_path_that_may_lead_somewhere_has_no_reason_against_it(schema: Any, path: str) -> None:
    found = follow(schema, path)

    assert found.shapes
    assert found.reason == ""


@pytest.mark.parametrize(
    ("schema", "path", "reason", "hint"),
    [
        (PERSON, "$.name.first", "$.name is a string, not an object", ""),
        (PERSON, "$[0]", "$ is an object, not a list", ""),
        (PERSON, "$.age[*]", "$.age is an integer, not a list or object", ""),
        (PERSON, "$.nmae", "the spec describes no 'nmae' in $", "Did you mean 'name'?"),
        (PERSON, "$.Name", "the spec describes no 'Name' in $", "Did you mean 'name'?"),
        (CLOSED, "$.other", "$ has no property 'other'", "known: name, age"),
        (CLOSED, "$.nam", "$ has no property 'nam'", "Did you mean 'name'?"),
        (CLOSED, "$['name', 'other']", "$ has no property 'other'", "known: name, age"),
        (SEALED, "$.other", "$ has no property 'other'", "known: name, age"),
        ({"allOf": [PERSON, {"properties": {"name": False}}]}, "$.name", "$ cannot have the property 'name'", ""),
        ({"allOf": [PERSON, NAMELESS]}, "$.name", "$ cannot have the property 'name'", ""),
        ({"anyOf": [{"type": "null"}, {"type": "number"}]}, "$.a", "$ is a number or null, not an object", ""),
        ({"anyOf": [{"const": "a"}, {"enum": [1, 2.5]}]}, "$.a", "$ is a number or a string, not an object", ""),
        ({"type": "array", "items": CLOSED}, "$[*].other", "$[*] has no property 'other'", "known: name, age"),
        ({"type": "array", "items": CLOSED}, "$[?@.other]", "$[?] has no property 'other'", "known: name, age"),
        ({"type": "array", "maxItems": 2}, "$[2]", "$ has no item at [2]", ""),
        ({"type": "array", "maxItems": 0}, "$[*]", "$ has no item at [*]", ""),
        ({"type": "array", "prefixItems": [{}], "items": False}, "$[1]", "$ has no item at [1]", ""),
        (TREE, "$.next.leaf.name.x", "$.next.leaf.name is a string, not an object", ""),
        ({"properties": {"a b": {"type": "null"}}}, "$['a b'].c", "$['a b'] is null, not an object", ""),
    ],
)
def test_a_path_that_cannot_be_is_explained(schema: Any, path: str, reason: str, hint: str) -> None:
    found = follow(schema, path)

    assert (found.reason, found.hint) == (reason, hint)


def test_alternatives_that_contradict_a_rule_are_left_out() -> None:
    shapes = SchemaExpander()
    schema = {
        "anyOf": [{"properties": {"ok": {"const": True}, "data": CLOSED}}, {"properties": {"ok": {"const": False}}}],
        "allOf": [{"properties": {"ok": {"const": True}}, "type": "object", "required": ["ok"]}],
    }

    possible = [shape for shape in shapes.expand(schema, schema) if ShapeNavigator(shapes).is_possible(shape)]

    assert len(possible) == 1


def test_types_are_described_in_words() -> None:
    assert describe_types(["null", "integer", "fraction", "array"]) == "a list or a number or null"


NAMES = st.sampled_from(["a", "b", "abcd", "abce"])
SCALARS = st.sampled_from([None, True, False, 0, 1, 1.5, "a", "b", ""])
TYPES = ["object", "array", "string", "integer", "number", "null", "boolean", ["object", "array"], ["string", "null"]]
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)


def build_schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=1, max_size=2)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(TYPES),
            "properties": st.dictionaries(NAMES, inner, max_size=3),
            "additionalProperties": inner,
            "unevaluatedProperties": inner,
            "patternProperties": st.dictionaries(st.sampled_from(["^a", "b$"]), inner, max_size=2),
            "required": st.lists(NAMES, max_size=2, unique=True),
            "items": inner,
            "prefixItems": several,
            "maxItems": st.integers(0, 2),
            "allOf": several,
            "anyOf": several,
            "oneOf": several,
            "const": SCALARS,
            "enum": st.lists(SCALARS, min_size=1, max_size=3, unique_by=lambda item: (find_type(item), item)),
            "not": inner,
            "if": inner,
            "then": inner,
            "$ref": st.just("#/$defs/other"),
        },
    )


SCHEMAS = st.recursive(
    st.booleans() | st.fixed_dictionaries({}, optional={"type": st.sampled_from(TYPES)}), build_schemas, max_leaves=8
)


def iter_paths(value: Any, path: str = "$") -> Any:
    yield path, value
    if isinstance(value, dict):
        for name, child in value.items():
            yield from iter_paths(child, f"{path}.{name}")
    if isinstance(value, list):
        for index, child in enumerate(value):
            for selector in (str(index), str(index - len(value)), "*", "?@", "0:"):
                yield from iter_paths(child, f"{path}[{selector}]")


def is_valid(schema: Any, value: Any) -> bool:
    try:
        return not CompiledSchema(schema).check(value)
    except ValueError:
        return False


@settings(suppress_health_check=list(HealthCheck))
@given(schema=SCHEMAS, other=SCHEMAS, value=VALUES)
def test_nothing_that_a_valid_value_has_is_called_impossible(schema: Any, other: Any, value: Any) -> None:
    root = {"allOf": [schema], "$defs": {"other": other}}
    assume(is_valid(root, value))
    navigator = ShapeNavigator(SchemaExpander())
    values = ValueChecker(navigator)
    shapes = navigator.expander.expand(root, root)

    for path, found in iter_paths(value):
        reached = follow_path(navigator, path, shapes)
        assert reached.shapes
        assert not reached.reason or reached.hint.startswith("Did you mean")
        assert values.find_mismatch(found, reached.shapes, path) is None
        assert list(values.iter_conflicts({"const": found}, reached.shapes, path)) == []


@settings(suppress_health_check=list(HealthCheck))
@given(schema=SCHEMAS, rule=SCHEMAS, value=VALUES)
@example(schema={}, rule={"oneOf": [{}, {}]}, value=None)
def test_a_rule_that_always_holds_holds_for_every_valid_value(schema: Any, rule: Any, value: Any) -> None:
    root = {"allOf": [schema], "$defs": {"other": True}}
    rule_root = {"allOf": [rule], "$defs": {"other": True}}
    assume(is_valid(root, value))
    navigator = ShapeNavigator(SchemaExpander())
    rules = navigator.expander.expand(rule_root, rule_root)

    always = all(always_fulfils(navigator, shape, rules) for shape in navigator.expander.expand(root, root))

    assert not always or is_valid(rule_root, value)


@pytest.mark.parametrize(
    ("schema", "rule", "holds"),
    [
        ({"type": "object", "required": ["a", "b"]}, {"type": "object", "required": ["a"]}, True),
        ({"type": "object"}, {"type": "object", "required": ["a"]}, False),
        ({"properties": {"a": {"const": 1}}}, {"properties": {"a": {"enum": [1, 2]}}}, True),
        ({"properties": {"a": {"const": 3}}}, {"properties": {"a": {"enum": [1, 2]}}}, False),
        ({"type": "integer"}, {"type": "number"}, True),
        ({"type": "number"}, {"type": "integer"}, False),
        ({"const": 5}, {"minimum": 3}, False),
    ],
)
def test_a_rule_is_seen_to_hold_only_where_that_is_certain(schema: Any, rule: Any, holds: bool) -> None:
    navigator = ShapeNavigator(SchemaExpander())
    rules = navigator.expander.expand(rule, rule)

    found = all(always_fulfils(navigator, shape, rules) for shape in navigator.expander.expand(schema, schema))

    assert found is holds
