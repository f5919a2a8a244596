"""The work of the validator is bounded: patterns that go back, errors that multiply (docs/design.md, Safety)."""

from collections.abc import Callable
from typing import Any

import pytest

from contracts_runner.errors import UndecidedError
from contracts_runner.model.patterns import LONGEST_TEXT, compile_pattern
from contracts_runner.openapi.bounded import Work
from contracts_runner.openapi.schemas import CompiledSchema, SchemaStore

Json = Any

# Pattern -> a text for which it takes more steps than the bound.
EVIL = {
    r"^(?=a)(a|aa)+\1$": "a" * 60 + "b",
    r"^(a*)*\1b$": "a" * 60,
    r"(?<!b)(x+x+)+\1y": "x" * 60,
    r"(?=a)a": "b" * (LONGEST_TEXT + 1),
}
# What is wrong here is decided at once by an engine that does not go back.
BACKTRACKING = {
    r"^(a+)+$": "a" * 50 + "!",
    r"^([a-z]+_?)+$": "a" * 50 + "!",
    r"^(a|a)*$": "a" * 50 + "!",
    r"^(.*)*(.*)*(.*)*x$": "a" * 5000,
    r"(x+x+)+y": "x" * 5000,
}
MATCHING = {"type": "string", "minLength": 1_000_000}
# Place -> the schema that holds a pattern there, and the value in which a text comes to it.
Place = tuple[Callable[[str], Json], Callable[[str], Json]]


def _in_text(build: Callable[[Json], Json], wrap: Callable[[str], Json] = lambda text: text) -> Place:
    return lambda pattern: build({"pattern": pattern}), wrap


def _in_name(build: Callable[[Json], Json]) -> Place:
    return lambda pattern: build({"patternProperties": {pattern: {"type": "integer"}}}), lambda text: {text: "x"}


COMBINATORS: dict[str, Callable[[Json], Json]] = {
    "alone": lambda schema: schema,
    "not": lambda schema: {"not": schema},
    "not not": lambda schema: {"not": {"not": schema}},
    "allOf": lambda schema: {"allOf": [{}, schema]},
    "anyOf": lambda schema: {"anyOf": [MATCHING, schema]},
    "oneOf": lambda schema: {"oneOf": [MATCHING, schema]},
    "if": lambda schema: {"if": schema, "then": {}, "else": {}},
    "then": lambda schema: {"if": {}, "then": schema},
    "else": lambda schema: {"if": False, "else": schema},
    "$ref": lambda schema: {"$defs": {"a": {"not": schema}}, "$ref": "#/$defs/a"},
    "$ref into": lambda schema: {
        "$defs": {"a": {"pattern": r"(?=x)", "not": schema}},
        "not": {"$ref": "#/$defs/a/not"},
    },
}
PLACES: dict[str, Place] = {
    **{name: _in_text(build) for name, build in COMBINATORS.items()},
    "properties": _in_text(lambda schema: {"properties": {"a": schema}}, lambda text: {"a": text}),
    "additionalProperties": _in_text(lambda schema: {"additionalProperties": schema}, lambda text: {"a": text}),
    "unevaluatedProperties": _in_text(lambda schema: {"unevaluatedProperties": schema}, lambda text: {"a": text}),
    "propertyNames": _in_text(lambda schema: {"propertyNames": {"not": schema}}, lambda text: {text: 1}),
    "dependentSchemas": _in_text(
        lambda schema: {"dependentSchemas": {"a": {"properties": {"a": schema}}}}, lambda text: {"a": text}
    ),
    "items": _in_text(lambda schema: {"items": {"not": schema}}, lambda text: [text]),
    "prefixItems": _in_text(lambda schema: {"prefixItems": [schema]}, lambda text: [text]),
    "contains": _in_text(lambda schema: {"contains": schema, "minContains": 0}, lambda text: [text]),
    "unevaluatedItems": _in_text(lambda schema: {"unevaluatedItems": schema}, lambda text: [text]),
    **{f"patternProperties, {name}": _in_name(build) for name, build in COMBINATORS.items()},
    "patternProperties, nothing else": _in_name(lambda schema: {"not": {**schema, "additionalProperties": False}}),
    "patternProperties, nothing unevaluated": _in_name(
        lambda schema: {"not": {"allOf": [schema], "unevaluatedProperties": False}}
    ),
}


def _check_inline(schema: Json, value: Json) -> Json:
    return SchemaStore({}, "3.1.0").check_inline(schema, value)


def _check_declared(schema: Json, value: Json, *, direction: str) -> Json:
    store = SchemaStore({"components": {"schemas": {"A": _move_references(schema)}}}, "3.1.0")
    return getattr(store, f"check_{direction}")("#/components/schemas/A", value)


def _move_references(schema: Json) -> Json:
    if isinstance(schema, dict):
        return {key: _move_references(value) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_move_references(item) for item in schema]
    return f"#/components/schemas/A{schema[1:]}" if isinstance(schema, str) and schema.startswith("#/$defs") else schema


CHECKS = {
    "inline": _check_inline,
    "request": lambda schema, value: _check_declared(schema, value, direction="request"),
    "response": lambda schema, value: _check_declared(schema, value, direction="response"),
}


@pytest.mark.parametrize("check", sorted(CHECKS))
@pytest.mark.parametrize("place", sorted(PLACES))
def test_a_pattern_that_comes_to_its_bound_decides_nothing(place: str, check: str) -> None:
    build, wrap = PLACES[place]

    for pattern, text in EVIL.items():
        with pytest.raises(UndecidedError):
            CHECKS[check](build(pattern), wrap(text))


@pytest.mark.parametrize("place", sorted(PLACES))
def test_a_pattern_with_look_around_still_decides_what_is_within_its_bound(place: str) -> None:
    build, wrap = PLACES[place]
    light, heavy = build("^ab$"), build("^(?=a)ab$")

    for text in ("ab", "ba"):
        found = [_check_inline(schema, wrap(text)) for schema in (light, heavy)]

        assert bool(found[0]) == bool(found[1])
        assert [error.path for error in found[0]] == [error.path for error in found[1]]


@pytest.mark.parametrize("place", sorted(PLACES))
def test_a_pattern_without_look_around_is_decided_by_an_engine_that_does_not_go_back(place: str) -> None:
    build, wrap = PLACES[place]

    for pattern, text in BACKTRACKING.items():
        assert bool(_check_inline(build(pattern), wrap(text))) == bool(_check_inline(build("^nothing$"), wrap(text)))


def test_what_is_wrong_beside_a_pattern_at_its_bound_is_a_failure() -> None:
    [pattern, *_] = EVIL
    schema = {"required": ["id"], "properties": {"name": {"pattern": pattern}}}

    [error] = CompiledSchema(schema).check({"name": EVIL[pattern]})

    assert "breaks the schema; where is not told, because a pattern of the schema needs more steps" in str(error)


def test_many_texts_of_which_none_comes_to_the_bound_share_one_time() -> None:
    work, schema = Work(seconds=-1), CompiledSchema({"items": {"pattern": "^(?=a)a"}})

    work.watch(["a"], schema._judge.rust.is_valid)

    assert work.problem == "the patterns of the schema take more than -1 s"


@pytest.mark.parametrize("pattern", [r"^([\p{L}\p{N}_-]{1,60} ?){1,3}$", r"(a{1,900}b?){1,9}z"])
def test_a_large_pattern_is_not_applied_to_a_large_text(pattern: str) -> None:
    assert compile_pattern(pattern).is_in("a" * 50 + "z")

    with pytest.raises(UndecidedError, match="too long for its pattern"):
        compile_pattern(pattern).is_in("a" * (LONGEST_TEXT + 1))


def _nest(depth: int, leaf: Json) -> Json:
    for _ in range(depth):
        leaf = {"c": leaf}
    return leaf


_AGAIN = {"properties": {"c": {"$ref": "#/$defs/a"}}}
MULTIPLYING: dict[str, tuple[Json, Json]] = {
    "oneOf": ({"oneOf": [{**_AGAIN, "required": ["c"]}, {**_AGAIN, "required": ["x"]}, {"const": 1}]}, _nest(190, "x")),
    "anyOf": ({"anyOf": [{**_AGAIN, "type": "object"}, {**_AGAIN, "type": "object"}]}, _nest(190, "x")),
    "allOf": ({"type": "object", "allOf": [_AGAIN, _AGAIN]}, _nest(190, "x")),
    "propertyNames": ({"propertyNames": {"maxLength": 1}}, {f"name{number}": 1 for number in range(20_000)}),
}


@pytest.mark.parametrize("name", sorted(MULTIPLYING))
def test_errors_that_multiply_are_not_all_listed_but_the_value_fails(name: str) -> None:
    schema, value = MULTIPLYING[name]

    [error] = _check_inline({"$ref": "#/$defs/a", "$defs": {"a": schema}}, value)

    assert str(error).startswith("$ ")


@pytest.mark.parametrize(
    ("items", "is_unique"),
    [
        ([2**70 + number for number in range(20_000)], True),
        ([2**70, 2**71, 2**70], False),
        ([{"a": 2**70, "b": 1}, {"b": 1.0, "a": 2**70}], False),
        ([number * (2**61 - 1) for number in range(20_000)], True),  # equal as hashes
        ([1, 1.0], False),
        ([1, True, "1", [1], None, 0, False], True),
    ],
    ids=list("abcdef"),
)
def test_unique_items_are_found_in_time_in_proportion(items: Json, is_unique: bool) -> None:
    errors = _check_inline({"uniqueItems": True}, items)

    assert [error.keyword for error in errors] == ([] if is_unique else ["uniqueItems"])
    assert _check_inline({"uniqueItems": False}, items) == []


@pytest.mark.parametrize("reference", ["#/$defs/b", "#b", "https://example.com/b"])
def test_a_reference_that_leads_to_nothing_is_no_schema(reference: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        CompiledSchema({"$defs": {"a": {}}, "items": {"$ref": reference}})
