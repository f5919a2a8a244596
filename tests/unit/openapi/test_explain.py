"""The sentences about values that break their schema."""

from typing import Any

import pytest

from contracts_runner.openapi.explain import SchemaError
from contracts_runner.openapi.explain_text import render_path, render_value
from contracts_runner.openapi.schemas import SchemaStore
from helpers.specs import make_document

SCHEMAS: dict[str, Any] = {
    "Success": {
        "type": "object",
        "required": ["status", "result"],
        "properties": {
            "status": {"const": "success"},
            "result": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}},
        },
    },
    "Failure": {
        "type": "object",
        "required": ["status", "code"],
        "properties": {"status": {"enum": ["error"]}, "code": {"type": "string"}},
    },
    "Envelope": {"oneOf": [{"$ref": "#/components/schemas/Success"}, {"$ref": "#/components/schemas/Failure"}]},
    "Cat": {"type": "object", "required": ["claws"], "properties": {"kind": {"type": "string"}}},
    "Dog": {"type": "object", "required": ["bark"], "properties": {"bark": {"type": "integer"}}},
    "Pet": {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
        "discriminator": {"propertyName": "kind", "mapping": {"hound": "#/components/schemas/Dog"}},
    },
}


def explain(schema: Any, value: Any) -> list[SchemaError]:
    document = make_document(components={"schemas": {**SCHEMAS, "S": schema}})
    return SchemaStore(document, "3.1.0").check_response("/components/schemas/S", value)


def explain_text(schema: Any, value: Any) -> list[str]:
    return [str(error) for error in explain(schema, value)]


def refer(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(
    ("schema", "value", "sentence"),
    [
        ({"required": ["id"]}, {}, "$ is missing the required property 'id'"),
        ({"type": "integer"}, "a", "$ is a string, not an integer"),
        ({"type": "integer"}, 1.5, "$ is the number 1.5, not an integer"),
        ({"type": ["integer", "null"]}, [], "$ is an array, not an integer or null"),
        ({"type": "object"}, None, "$ is null, not an object"),
        ({"type": "string"}, True, "$ is a boolean, not a string"),
        ({"const": "success"}, "error", '$ is "error", not "success"'),
        ({"enum": [1, "a", None]}, 2, '$ is 2, not one of 1, "a" or null'),
        ({"minimum": 5}, 3, "$ is 3, below the minimum of 5"),
        ({"maximum": 5}, 7, "$ is 7, above the maximum of 5"),
        ({"exclusiveMinimum": 5}, 5, "$ is 5, not above 5"),
        ({"exclusiveMaximum": 5}, 5, "$ is 5, not below 5"),
        ({"multipleOf": 2}, 3, "$ is 3, not a multiple of 2"),
        ({"minLength": 2}, "я", "$ has 1 character, fewer than 2"),
        ({"maxLength": 2}, "abc", "$ has 3 characters, more than 2"),
        ({"minItems": 1}, [], "$ has 0 items, fewer than 1"),
        ({"maxProperties": 1}, {"a": 1, "b": 2}, "$ has 2 properties, more than 1"),
        ({"pattern": "^a$"}, "b", '$ is "b", which does not match ^a$'),
        ({"format": "email"}, "b", '$ is "b", not an e-mail address'),
        ({"format": "uuid"}, "b", '$ is "b", not a UUID'),
        ({"properties": {"a": {}}, "additionalProperties": False}, {"b": 1}, "$ has the unexpected property 'b'"),
        ({"unevaluatedProperties": False}, {"a": 1, "b": 1}, "$ has the unexpected properties 'a' and 'b'"),
        ({"prefixItems": [True], "unevaluatedItems": False}, [1, 2], "$ has 2 items, more than 1"),
        ({"properties": {"a": False}}, {"a": 1}, "$.a must not be there"),
        ({"not": {"type": "null"}}, None, '$ is null, which \'not\' {"type": "null"} forbids'),
        ({"uniqueItems": True}, ["a", 1, 1.0], "$ has items that are not unique: 1 and 2 are equal"),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "$ is missing the property 'b', which 'a' asks for"),
        (
            {"propertyNames": {"maxLength": 1}},
            {"abc": 1},
            "$ has the property name 'abc', which has 3 characters, more than 1",
        ),
        (
            {"contains": {"type": "string"}},
            [1],
            '$ does not hold at least 1 of the items that \'contains\' {"type": "string"} describes',
        ),
        (
            {"contains": {"type": "string"}, "maxContains": 1},
            ["a", "b"],
            '$ does not hold at most 1 of the items that \'contains\' {"type": "string"} describes',
        ),
    ],
)
def test_keyword_has_its_sentence(schema: Any, value: Any, sentence: str) -> None:
    assert explain_text(schema, value) == [sentence]


def test_error_carries_its_parts() -> None:
    schema = {"properties": {"data": {"items": {"properties": {"id": {"type": "integer"}}}}}}

    (error,) = explain(schema, {"data": [{"id": "a"}]})

    assert (error.path, error.keyword, error.expected, error.actual) == ("$.data[0].id", "type", "integer", "a")
    assert error.pointer == ("data", 0, "id")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({}, "no such member, of 0"),
        ({"a": 1, "b b": "secret"}, 'no such member, of 2: "a", "b b"'),
        ({f"{number}" * 60: 1 for number in range(10)}, "no such member, of 10: "),
    ],
)
def test_what_is_missing_has_the_members_that_are_there(value: Any, told: str) -> None:
    (error,) = explain({"required": ["id"]}, value)

    assert error.expected == "id"
    assert error.actual == told if len(value) < 9 else error.actual.startswith(told) and error.actual.endswith(", …")
    assert len(error.actual) < 400


def test_each_violation_has_its_own_sentence() -> None:
    schema = {"required": ["a"], "properties": {"b": {"type": "string"}, "c": {"maximum": 1}}}

    assert sorted(explain_text(schema, {"b": 1, "c": 2})) == [
        "$ is missing the required property 'a'",
        "$.b is an integer, not a string",
        "$.c is 2, above the maximum of 1",
    ]


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (
            {"status": "success", "result": {}},
            "$ matches neither branch; taken as 'Success' (status is \"success\"): "
            "$.result is missing the required property 'id'",
        ),
        (
            {"status": "error", "code": 1, "result": {"id": "x"}},
            "$ matches neither branch; taken as 'Failure' (status is \"error\"): $.code is an integer, not a string",
        ),
        ({"status": "ok"}, '$.status is "ok", not one of "success" or "error"'),
        (
            {"code": "A"},
            "$ matches neither branch; taken as 'Failure' (the nearest): $ is missing the required property 'status'",
        ),
        ([], "$ is an array, not an object"),
    ],
)
def test_branch_is_known_by_its_constant(value: Any, sentence: str) -> None:
    assert explain_text(refer("Envelope"), value) == [sentence]


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (
            {"kind": "hound"},
            "$ matches neither branch; taken as 'Dog' (kind is \"hound\"): $ is missing the required property 'bark'",
        ),
        (
            {"kind": "Cat"},
            "$ matches neither branch; taken as 'Cat' (kind is \"Cat\"): $ is missing the required property 'claws'",
        ),
        ({"kind": "cow"}, '$.kind is "cow", not one of "hound" or "Cat"'),
    ],
)
def test_branch_is_known_by_the_discriminator(value: Any, sentence: str) -> None:
    assert explain_text(refer("Pet"), value) == [sentence]


def test_value_of_one_branch_only_is_no_sign_of_another() -> None:
    # The second branch does not know `state`, so a wrong state does not speak for it.
    order = {"title": "Order", "required": ["id"], "properties": {"id": {}, "state": {"enum": ["new"]}}}
    error = {"title": "Error", "required": ["code"]}

    assert explain_text({"oneOf": [order, error]}, {"id": 1, "state": "old"}) == [
        '$ matches neither branch; taken as \'Order\' (the nearest): $.state is "old", not "new"'
    ]


def test_branch_is_known_by_its_type() -> None:
    schema = {"oneOf": [{"type": "integer", "minimum": 3}, {"type": "array", "items": {"type": "string"}}]}

    assert explain_text(schema, [1]) == ["$[0] is an integer, not a string"]


def test_types_of_all_branches_are_named_together() -> None:
    assert explain_text({"anyOf": [{"type": "string"}, {"type": "integer"}]}, {}) == [
        "$ is an object, not a string or an integer"
    ]


def test_values_of_all_branches_are_named_together() -> None:
    assert explain_text({"oneOf": [{"const": "a"}, {"enum": ["b", "c"]}]}, "d") == [
        '$ is "d", not one of "a", "b" or "c"'
    ]


def test_branch_for_null_is_not_what_is_wrong() -> None:
    schema = {"anyOf": [refer("Success"), {"type": "null"}]}

    assert explain_text(schema, {"status": "success"}) == ["$ is missing the required property 'result'"]


def test_value_that_matches_two_branches_names_both() -> None:
    schema = {"oneOf": [refer("Cat"), {"title": "Any", "type": "object"}]}

    assert explain_text(schema, {"claws": 1}) == ["$ matches 'Cat' and 'Any' at once, where exactly one may match"]


def test_nearest_branch_is_the_one_whose_details_are_wrong() -> None:
    far = {"title": "Far", "required": ["x"]}
    near = {"title": "Near", "properties": {"a": {"properties": {"b": {"type": "string"}, "c": {"type": "string"}}}}}

    (sentence,) = explain_text({"anyOf": [far, near]}, {"a": {"b": 1, "c": 1}})

    assert sentence.startswith("$ matches neither branch; taken as 'Near' (the nearest): $.a.b is an integer")


def test_many_errors_of_a_branch_are_counted() -> None:
    schema = {"oneOf": [{"title": "A", "required": list("abcdef")}, {"title": "B", "required": list("abcdefg")}]}

    (sentence,) = explain_text(schema, {})

    assert sentence.endswith("'c' (and 3 more)")


def test_failed_schema_is_not_echoed_as_unexpected_properties() -> None:
    schema = {"allOf": [{"properties": {"a": {"type": "string"}}}], "unevaluatedProperties": False}

    assert explain_text(schema, {"a": 1}) == ["$.a is an integer, not a string"]


def test_names_that_are_digits_stay_names() -> None:
    schema = {"additionalProperties": {"additionalProperties": {"type": "string"}}}

    assert [error.pointer for error in explain(schema, {"12": {"007": 1}})] == [("12", "007")]


def test_long_values_are_shortened() -> None:
    (error,) = explain({"maxLength": 3, "pattern": "^b"}, "a" * 500)[:1]

    assert error.actual == 500 or len(str(error.actual)) <= 80
    assert all(len(sentence) < 250 for sentence in explain_text({"const": "b" * 900}, "a" * 900))


def test_deep_and_wide_values_are_rendered_at_bounded_length() -> None:
    deep: Any = "x" * 1000
    for _ in range(300):
        deep = [deep] * 2

    assert len(render_value({"a": deep})) <= 80


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((), "$"),
        (("data", 0, "id"), "$.data[0].id"),
        (("имя", "_x1"), "$.имя._x1"),
        (("1a", "a b", "a-b", ""), "$['1a']['a b']['a-b']['']"),
        (("it's", "a\\b", "\n\x01"), "$['it\\'s']['a\\\\b']['\\n\\u0001']"),
    ],
)
def test_path_is_a_json_path(parts: tuple[str | int, ...], text: str) -> None:
    assert render_path(parts) == text
