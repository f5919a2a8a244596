"""The store of compiled schemas: values at the edges, inline schemas, threads."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from contracts_runner.openapi.schemas import SchemaStore
from helpers.specs import make_document

POINTER = "/components/schemas/S"


def make_store(schema: Any, version: str = "3.1.0", **others: Any) -> SchemaStore:
    return SchemaStore(make_document(version, components={"schemas": {"S": schema, **others}}), version)


@pytest.mark.parametrize(
    ("schema", "text", "is_valid"),
    [
        ({"type": "integer"}, "1.0", True),
        ({"type": "integer"}, "1.5", False),
        ({"type": "integer"}, "1e3", True),
        ({"type": "integer"}, "18446744073709551617", True),
        ({"type": "integer"}, "true", False),
        ({"type": "integer", "maximum": 2**64}, "18446744073709551617", False),
        ({"type": "integer", "maximum": 2**70}, "18446744073709551617", True),
        ({"const": 2**70}, str(2**70), True),
        ({"const": 2**70}, str(2**70 + 1), False),
        ({"const": 1}, "1.0", True),
        ({"const": 1}, "true", False),
        ({"enum": [1]}, "1.0", True),
        ({"multipleOf": 0.01}, "19.99", True),
        ({"uniqueItems": True}, "[1, 1.0]", False),
        ({"uniqueItems": True}, "[1, true]", True),
    ],
)
def test_numbers_mean_what_json_schema_says(schema: Any, text: str, is_valid: bool) -> None:
    assert (not make_store(schema).check_response(POINTER, json.loads(text))) is is_valid


# What Python's `re` takes otherwise, or not at all.
@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        ("^[^]+$", "a\nb", ""),
        ("^a[^]]$", "ax]", "ax"),
        (r"^\[\^\]$", "[^]", "[a"),
        ("^[]|a$", "a", "b"),
        ("^[a[]$", "[", "b"),
        (r"^[\]\[]+$", "[]", "a"),
        (r"^\p{Lu}+$", "ЖБ", "жб"),
        (r"^(?<year>\d{4})$", "2026", "٢٠٢٦"),
        (r"^\cJ$", "\n", "J"),
        (r"^(?=.*\d)[a-z\d]+$", "a1", "a"),
        (r"^(?<!x)a$", "a", "xa"),
        (r"^\/$", "/", "a"),
        (r"^\u0416$", "Ж", "ж"),
    ],
)
def test_patterns_are_those_of_ecma_262(pattern: str, good: str, bad: str) -> None:
    by_value = make_store({"pattern": pattern})
    by_name = make_store({"patternProperties": {pattern: {"type": "integer"}}})

    assert by_value.check_response(POINTER, good) == []
    assert by_value.check_response(POINTER, bad) != []
    assert by_name.check_response(POINTER, {good: "text"}) != []
    assert by_name.check_response(POINTER, {bad: "text"}) == []


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date-time", "2026-01-31T12:00:00+03:00", "2026-01-31 12:00:00"),
        ("date", "2028-02-29", "2026-02-29"),
        ("time", "12:00:00Z", "25:00:00Z"),
        ("email", "user@example.com", "user"),
        ("uri", "https://example.com/a", "/a"),
        ("uuid", "8c8b6c0e-0000-4000-8000-000000000000", "8c8b6c0e"),
        ("ipv4", "127.0.0.1", "127.0.0.256"),
        ("hostname", "example.com", "-a"),
    ],
)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_formats_are_asserted(version: str, name: str, good: str, bad: str) -> None:
    store = make_store({"type": "string", "format": name}, version)

    assert store.check_response(POINTER, good) == []
    assert [error.keyword for error in store.check_response(POINTER, bad)] == ["format"]


def test_no_schema_is_never_broken() -> None:
    assert make_store({}).check_response("", {"any": "thing"}) == []


def test_pointer_that_leads_to_nothing_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        make_store({}).check_response("/components/schemas/Absent", 1)


@pytest.mark.parametrize("pointer", ["/paths/~1things~1{id}/get", "#/paths/~1things~1%7Bid%7D/get"])
def test_pointer_may_be_text_or_fragment(pointer: str) -> None:
    store = SchemaStore({"paths": {"/things/{id}": {"get": {"type": "integer"}}}}, "3.1.0")

    assert store.check_response(pointer, 1) == []
    assert len(store.check_response(pointer, "a")) == 1


def test_inline_schema_may_refer_to_the_document() -> None:
    store = make_store({"type": "object", "required": ["id"]}, T={"type": "array", "items": {"$ref": f"#{POINTER}"}})

    errors = store.check_inline({"$ref": "#/components/schemas/T", "maxItems": 1}, [{}])

    assert [str(error) for error in errors] == ["$[0] is missing the required property 'id'"]


def test_inline_schema_reads_the_document_in_its_own_dialect() -> None:
    store = make_store({"type": "string", "nullable": True}, "3.0.3")

    assert store.check_inline({"$ref": f"#{POINTER}"}, None) == []
    # The inline schema itself is draft 2020-12, where `nullable` means nothing.
    assert store.check_inline({"type": "string", "nullable": True}, None) != []


def test_inline_schema_may_refer_to_itself() -> None:
    tree = {"$defs": {"leaf": {"type": "integer"}}, "items": {"anyOf": [{"$ref": "#/$defs/leaf"}, {"$ref": "#"}]}}
    store = make_store({})

    assert store.check_inline({**tree, "type": "array"}, [1, [2, [3]]]) == []
    assert store.check_inline({**tree, "type": "array"}, [1, ["a"]]) != []


@pytest.mark.parametrize("schema", [True, {}])
def test_inline_schema_that_says_nothing_accepts_anything(schema: Any) -> None:
    assert make_store({}).check_inline(schema, {"a": [1]}) == []


def test_inline_schema_false_accepts_nothing() -> None:
    assert [error.message for error in make_store({}).check_inline(False, 1)] == ["must not be there"]


@pytest.mark.parametrize(
    ("schema", "mistake"),
    [
        ({"type": "strin"}, '$.type is "strin", not one of'),
        ({"pattern": "("}, '$.pattern is "(", not a regular expression'),
        ({"$ref": "#/components/schemas/Absent"}, "the reference '#/components/schemas/Absent' leads to nothing"),
        ({"$ref": "https://example.com/s"}, "the reference 'https://example.com/s' leads out of the document"),
        ([], "$ is an array, not"),
    ],
)
def test_mistake_of_an_inline_schema_is_told_in_words(schema: Any, mistake: str) -> None:
    found = make_store({}).find_mistake(schema)

    assert found is not None
    assert found.startswith(mistake)


def test_right_inline_schema_has_no_mistake() -> None:
    assert make_store({}).find_mistake({"$ref": f"#{POINTER}", "type": "object"}) is None


def test_lone_surrogate_is_a_violation_and_no_crash() -> None:
    errors = make_store({"required": ["b"]}).check_request(POINTER, {"a": "\ud800"})

    assert [error.message for error in errors] == ["holds a lone surrogate, which is not a character"]


def test_first_violation_of_a_very_large_value_is_told() -> None:
    value = [{"id": 1}] * 60_000 + [{}] * 60_000

    errors = make_store({"items": {"required": ["id"]}}).check_response(POINTER, value)

    assert [error.path for error in errors] == ["$[60000]"]


def test_all_violations_of_an_ordinary_value_are_told() -> None:
    assert len(make_store({"items": {"required": ["id"]}}).check_response(POINTER, [{}] * 500)) == 500


def test_one_store_serves_many_threads() -> None:
    schemas = {f"S{i}": {"type": "object", "required": [f"p{i}"]} for i in range(20)}
    store = SchemaStore(make_document(components={"schemas": schemas}), "3.1.0")

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda i: store.check_response(f"/components/schemas/S{i % 20}", {}), range(400)))

    assert [errors[0].expected for errors in found] == [f"p{i % 20}" for i in range(400)]
