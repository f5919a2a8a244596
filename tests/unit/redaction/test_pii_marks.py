"""Which places of a body are marked."""

from typing import Any

import pytest

from contracts_runner.redaction.mark import Mark
from contracts_runner.redaction.pii_marks import Marks

NAME = {"x-pii": "name"}


def find_kind(schema: Any, *path: str | int, document: dict[str, Any] | None = None) -> str | None:
    place = Marks({"s": schema, **(document or {})}).at("/s")
    for step in path:
        place = place.field(step) if isinstance(step, str) else place.item(step)
    return place.mark.kind if place.mark else None


@pytest.mark.parametrize("kind", ["email", "phone", "name", "card", "token", "address", "url"])
def test_every_kind_is_read(kind: str) -> None:
    assert find_kind({"properties": {"a": {"x-pii": kind}}}, "a") == kind


def test_format_email_is_a_mark() -> None:
    assert find_kind({"properties": {"a": {"format": "email"}}}, "a") == "email"


def test_unknown_word_is_taken_for_a_mark() -> None:
    assert find_kind({"properties": {"a": {"x-pii": "passport"}}}, "a") == "token"


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
def test_marks_of_all_branches_count(keyword: str) -> None:
    schema = {keyword: [{"properties": {"a": {}}}, {"properties": {"a": {"type": "string"}, "b": NAME}}]}

    assert find_kind(schema, "b") == "name"


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ({"patternProperties": {"^client_": NAME}}, ["client_x"]),
        ({"patternProperties": {"^([a-z]+_?)+$": NAME}}, ["a" * 50]),
        # A pattern that takes long may match, or not.
        ({"patternProperties": {"^(?=a)(a|aa)+\\1$": NAME}}, ["a" * 60 + "b"]),
        ({"patternProperties": {"^(?!x-)": {"type": "string"}}, "additionalProperties": NAME}, ["x-a"]),
        ({"additionalProperties": NAME}, ["anything"]),
        ({"unevaluatedProperties": NAME}, ["anything"]),
        ({"items": NAME}, [3]),
        ({"prefixItems": [{"type": "string"}, NAME]}, [1]),
        ({"prefixItems": [{}], "items": NAME}, [5]),
        ({"items": [{}, NAME]}, [1]),
        ({"if": {}, "then": {"properties": {"a": NAME}}}, ["a"]),
        ({"dependentSchemas": {"x": {"properties": {"a": NAME}}}}, ["a"]),
        ({"properties": {"a": {"x-pii": "address", "properties": {"street": {"type": "string"}}}}}, ["a", "street"]),
        ({"$ref": "#/other"}, ["a"]),
        ({"$ref": "#/other", "description": "siblings"}, ["a"]),
        ({"$ref": "#/with~1slash/%7Bid%7D"}, ["a"]),
    ],
)
def test_mark_is_found(schema: Any, path: list[str | int]) -> None:
    other = {"properties": {"a": NAME}}

    assert find_kind(schema, *path, document={"other": other, "with/slash": {"{id}": other}}) is not None


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ({"properties": {"a": {"type": "string"}, "b": NAME}}, ["a"]),
        ({"additionalProperties": NAME, "properties": {"a": {"type": "string"}}}, ["a"]),
        ({"additionalProperties": NAME, "patternProperties": {"^a": {"type": "string"}}}, ["ab"]),
        ({"patternProperties": {"^([a-z]+_?)+$": NAME}}, ["a" * 50 + "!"]),
        ({"prefixItems": [NAME], "items": {"type": "string"}}, [1]),
        ({"not": {"properties": {"a": NAME}}, "properties": {"a": {"type": "string"}}}, ["a"]),
        ({"properties": {"$ref": {"type": "string"}}}, ["$ref"]),
        ({"properties": {"a": {"type": "string", "enum": [NAME], "example": NAME}}}, ["a"]),
        ({"$ref": "#/nowhere"}, ["x"]),
        (True, ["x"]),
    ],
)
def test_mark_of_another_place_does_not_count(schema: Any, path: list[str | int]) -> None:
    assert find_kind(schema, *path) is None


def test_keys_are_marked_by_property_names() -> None:
    place = Marks({"s": {"propertyNames": {"x-pii": "token"}}}).at("/s")

    assert place.key_mark == Mark("token")


def test_free_form_object_is_not_described() -> None:
    place = Marks({"s": {"type": "object", "additionalProperties": True}}).at("/s")

    assert not place.field("x").is_described


def test_undescribed_field_is_marked_if_its_name_is_marked_anywhere() -> None:
    marks = Marks({"a": {"properties": {"client_name": {"$ref": "#/n"}}}, "n": NAME})

    assert marks.at("").field("deep").field("client_name").mark == Mark("name", is_guess=True)


def test_marked_parameters_name_undescribed_fields_too() -> None:
    marks = Marks({"parameters": [{"name": "phone", "in": "query", "x-pii": "phone", "schema": {"type": "string"}}]})

    assert marks.at("").field("phone").mark == Mark("phone", is_guess=True)


def test_mark_deeper_inside_wins() -> None:
    schema = {"properties": {"client": {"x-pii": "name", "properties": {"email": {"x-pii": "email"}}}}}

    assert find_kind(schema, "client", "email") == "email"


AMBIGUOUS = {
    "client": {"properties": {"id": {}, "name": NAME, "phone": {"x-pii": "phone"}, "hall_id": {"x-pii": "token"}}},
    "event": {"properties": {"id": {}, "name": {"type": "string"}, "hall_id": {"type": "integer"}}},
}


def test_name_that_is_marked_in_some_places_only_is_no_mark_elsewhere() -> None:
    assert Marks(AMBIGUOUS).at("").field("name").mark is None


def test_name_that_is_marked_in_some_places_only_counts_beside_a_phone() -> None:
    place = Marks(AMBIGUOUS).at("").with_members(["id", "name", "phone"])

    assert place.field("name").mark == Mark("name", is_guess=True)


def test_token_that_is_marked_in_some_places_only_is_never_guessed() -> None:
    place = Marks(AMBIGUOUS).at("").with_members(["hall_id", "phone"])

    assert place.field("hall_id").mark is None


def test_described_object_is_about_what_its_schema_says() -> None:
    place = Marks(AMBIGUOUS).at("/event").with_members(["name", "phone"])

    assert place.field("name").mark is None


@pytest.mark.parametrize(
    ("mark", "value", "is_memorable"),
    [
        (Mark("token"), "closed", True),
        (Mark("token", is_guess=True), "closed", False),
        (Mark("token", is_guess=True), "877076325904", True),
        (Mark("token", is_guess=True), "1", False),
        (Mark("token", is_guess=True), "correct horse battery", True),
        (Mark("name", is_guess=True), "Иванов", True),
    ],
)
def test_guessed_token_is_remembered_if_it_looks_like_one(mark: Mark, value: str, is_memorable: bool) -> None:
    assert mark.is_memorable(value) == is_memorable
