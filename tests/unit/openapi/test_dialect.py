"""What a Schema Object of OpenAPI 3.0 or 3.1 means as JSON Schema."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from contracts_runner.openapi.schemas import SchemaStore
from helpers.specs import make_document

POINTER = "/components/schemas/S"


def make_store(schema: Any, *, version: str = "3.0.3", **others: Any) -> SchemaStore:
    document = make_document(version, components={"schemas": {"S": schema, **others}})
    return SchemaStore(document, version)


def accepts(store: SchemaStore, value: Any) -> bool:
    return not store.check_response(POINTER, value)


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string", "nullable": True}, [None, "a"], [1]),
        ({"type": "string", "nullable": False}, ["a"], [None]),
        ({"type": "string", "nullable": True, "enum": ["a"]}, [None, "a"], ["b", "null"]),
        ({"type": "string", "nullable": True, "enum": ["a", None]}, [None, "a"], ["b"]),
        ({"nullable": True, "allOf": [{"$ref": "#/components/schemas/T"}]}, [None, 1], ["a"]),
        ({"nullable": True, "oneOf": [{"$ref": "#/components/schemas/T"}]}, [None, 1], ["a"]),
        ({"nullable": True, "anyOf": [{"type": "string"}], "minLength": 2}, [None, "ab"], ["a", 1]),
        ({"type": "object", "nullable": True, "required": ["a"]}, [None, {"a": 1}], [{}]),
        ({"$ref": "#/components/schemas/T", "nullable": True}, [1], [None]),
        ({"$ref": "#/components/schemas/T", "minimum": 5}, [1], ["a"]),
        ({"$ref": "#/components/schemas/N"}, [None, "a"], [1]),
        ({"minimum": 1, "exclusiveMinimum": True}, [2, 1.1], [1, 0]),
        ({"minimum": 1, "exclusiveMinimum": False}, [1], [0]),
        ({"maximum": 1, "exclusiveMaximum": True}, [0], [1, 2]),
        ({"maximum": 1, "exclusiveMaximum": False}, [1], [2]),
        ({"exclusiveMaximum": True}, [10**30], []),
        ({"type": "array", "items": {"type": "string", "nullable": True}}, [["a", None]], [[1]]),
        ({"additionalProperties": {"type": "string", "nullable": True}}, [{"a": None}], [{"a": 1}]),
    ],
)
def test_schema_of_3_0_accepts_what_it_means(schema: Any, good: list[Any], bad: list[Any]) -> None:
    store = make_store(schema, T={"type": "integer"}, N={"type": "string", "nullable": True})

    assert [value for value in good if not accepts(store, value)] == []
    assert [value for value in bad if accepts(store, value)] == []


@pytest.mark.parametrize("name", ["nullable", "exclusiveMinimum", "$ref", "readOnly", "enum", "type", "required"])
def test_property_may_be_called_like_a_keyword(name: str) -> None:
    store = make_store({"type": "object", "required": [name], "properties": {name: {"type": "boolean"}}})

    assert accepts(store, {name: True})
    assert not accepts(store, {name: "true"})
    assert not accepts(store, {})


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_values_of_enum_are_never_translated(version: str) -> None:
    value = {"nullable": True, "type": "string", "$ref": "#/components/schemas/Nowhere"}
    store = make_store({"enum": [value]}, version=version)

    assert accepts(store, value)
    assert not accepts(store, {"type": ["string", "null"]})


def test_const_is_never_translated() -> None:
    value = {"$ref": "#/components/schemas/Nowhere", "readOnly": True}
    store = make_store({"const": value}, version="3.1.0")

    assert accepts(store, value)


def test_keywords_next_to_a_reference_hold_in_3_1() -> None:
    store = make_store(
        {"$ref": "#/components/schemas/T", "minimum": 5}, version="3.1.0", T={"type": ["integer", "null"]}
    )

    assert accepts(store, 5)
    assert not accepts(store, 4)


def test_nullable_means_nothing_in_3_1() -> None:
    store = make_store({"type": "string", "nullable": True}, version="3.1.0")

    assert not accepts(store, None)


READ_ONLY: Any = {
    "type": "object",
    "required": ["id", "secret", "name"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "secret": {"type": "string", "writeOnly": True},
        "name": {"type": "string"},
    },
}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_read_only_property_is_required_of_responses_only(version: str) -> None:
    store = make_store(READ_ONLY, version=version)

    assert store.check_request(POINTER, {"secret": "s", "name": "n"}) == []
    assert [error.expected for error in store.check_response(POINTER, {"name": "n"})] == ["id"]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_write_only_property_is_required_of_requests_only(version: str) -> None:
    store = make_store(READ_ONLY, version=version)

    assert store.check_response(POINTER, {"id": 1, "name": "n"}) == []
    assert [error.expected for error in store.check_request(POINTER, {"name": "n"})] == ["secret"]


@pytest.mark.parametrize(
    "schema",
    [
        {"required": ["id"], "properties": {"id": {"$ref": "#/components/schemas/Id"}}},
        {"required": ["id"], "properties": {"id": {"allOf": [{"$ref": "#/components/schemas/Id"}]}}},
        {"required": ["id"], "allOf": [{"$ref": "#/components/schemas/Base"}]},
    ],
)
def test_read_only_is_seen_through_references(schema: Any) -> None:
    store = make_store(
        schema,
        Id={"type": "integer", "readOnly": True},
        Base={"type": "object", "properties": {"id": {"$ref": "#/components/schemas/Id"}}},
    )

    assert store.check_request(POINTER, {}) == []
    assert store.check_response(POINTER, {}) != []


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_recursive_schema_is_checked_at_every_depth(version: str) -> None:
    tree = {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": f"#{POINTER}"}}}}
    store = make_store(tree, version=version)

    errors = store.check_response(POINTER, {"children": [{}, {"children": [{"children": 1}]}]})

    assert [error.path for error in errors] == ["$.children[1].children[0].children"]


def test_schemas_that_compose_themselves_do_not_loop() -> None:
    store = make_store({"required": ["id"], "allOf": [{"$ref": f"#{POINTER}"}]}, version="3.1.0")

    assert accepts(store, {"id": 1})
    assert not accepts(store, {})


def test_dynamic_reference_is_like_any_other() -> None:
    store = make_store(
        {"type": "object", "properties": {"next": {"$dynamicRef": f"#{POINTER}"}}, "$dynamicAnchor": "node"},
        version="3.1.0",
    )

    assert accepts(store, {"next": {"next": {}}})
    assert not accepts(store, {"next": {"next": 1}})


def test_schema_id_does_not_change_what_references_mean() -> None:
    store = make_store(
        {"$id": "https://example.com/s", "items": {"$ref": "#/components/schemas/T"}},
        version="3.1.0",
        T={"type": "integer"},
    )

    assert accepts(store, [1])
    assert not accepts(store, ["a"])


def test_binary_format_and_discriminator_check_nothing_by_themselves() -> None:
    store = make_store({"type": "string", "format": "binary", "discriminator": {"propertyName": "kind"}})

    assert accepts(store, "\x00\x01")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "bb"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
    max_leaves=5,
)
SCHEMAS = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["string", "integer", "array", "object", "null", ["string", "null"]]),
            "enum": st.lists(JSON, min_size=1, max_size=3),
            "minimum": st.integers(-2, 2),
            "exclusiveMaximum": st.integers(-2, 2),
            "minLength": st.integers(0, 2),
            "required": st.lists(st.sampled_from(["a", "b"]), unique=True),
            "title": st.just("T"),
        },
    ),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
            "items": inner,
            "additionalProperties": inner,
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "oneOf": st.lists(inner, min_size=1, max_size=2),
            "not": inner,
        },
    ),
    max_leaves=6,
)


@given(schema=SCHEMAS, value=JSON)
@settings(max_examples=300, deadline=None)
def test_schema_of_3_1_accepts_what_the_validator_alone_accepts(schema: Any, value: Any) -> None:
    expected = Draft202012Validator(schema).is_valid(value)

    assert accepts(make_store(schema, version="3.1.0"), value) is expected


@given(schema=SCHEMAS, value=JSON)
@settings(max_examples=300, deadline=None)
def test_every_violation_is_one_sentence_with_a_path(schema: Any, value: Any) -> None:
    errors = make_store(schema, version="3.1.0").check_response(POINTER, value)

    assert all(error.path.startswith("$") and error.message and "\n" not in error.message for error in errors)
    assert not any("not valid under any" in error.message for error in errors)


OBJECT = {"properties": {"id": {"type": "integer", "readOnly": True}, "secret": {"type": "string", "writeOnly": True}}}
NEEDED = {"type": "object", "required": ["id", "secret", "name"]}
PLACED: dict[str, Any] = {
    "both in one": {**OBJECT, **NEEDED},
    "in two branches": {"allOf": [OBJECT, NEEDED]},
    "in a reference and a branch": {"allOf": [{"$ref": "#/components/schemas/O"}, NEEDED]},
    "in two references": {"allOf": [{"$ref": "#/components/schemas/O"}, {"$ref": "#/components/schemas/N"}]},
    "in a branch of a branch": {"allOf": [{"allOf": [OBJECT]}, {"allOf": [{"$ref": "#/components/schemas/N"}]}]},
    "required outside": {**NEEDED, "allOf": [{"$ref": "#/components/schemas/O"}]},
    "required inside": {**OBJECT, "allOf": [{"$ref": "#/components/schemas/N"}]},
    "required in one of several": {**OBJECT, "oneOf": [{"$ref": "#/components/schemas/N"}, {"type": "null"}]},
    "required in any of several": {**OBJECT, "anyOf": [NEEDED]},
}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("place", PLACED)
def test_required_and_its_mark_may_be_in_different_branches(version: str, place: str) -> None:
    nested = {"type": "object", "properties": {"inner": PLACED[place]}}
    store = make_store(nested, version=version, O=OBJECT, N=NEEDED)

    for check, needed, other in ((store.check_request, "secret", "id"), (store.check_response, "id", "secret")):
        assert check(POINTER, {"inner": {needed: _sample(needed), "name": "n"}}) == []
        assert check(POINTER, {"inner": {"name": "n"}}) != [], f"{needed} is needed"
        assert check(POINTER, {"inner": {needed: _sample(needed)}}) != [], "name is needed"
        assert check("/components/schemas/N", {other: 1, "name": "n"}) != [], "elsewhere all are needed"


def _sample(name: str) -> Any:
    return 1 if name == "id" else "s"


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("place", PLACED)
def test_a_write_only_property_that_comes_back_fails(version: str, place: str) -> None:
    store = make_store(PLACED[place], version=version, O=OBJECT, N=NEEDED)

    errors = store.check_response(POINTER, {"id": 1, "name": "n", "secret": "s"})

    assert any("is writeOnly, so it must not come back" in str(error) for error in errors)
    assert all("'s'" not in str(error) for error in errors)


def test_the_definition_of_a_branch_keeps_its_name() -> None:
    store = make_store(
        {**OBJECT, "oneOf": [{"$ref": "#/components/schemas/N"}, {"$ref": "#/components/schemas/Other"}]},
        N=NEEDED,
        Other={"type": "array"},
    )

    assert "without" not in str(store.check_response(POINTER, {"id": 1}))
