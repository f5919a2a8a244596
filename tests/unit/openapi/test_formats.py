"""Formats of the OpenAPI registry, each at its edges, where a value comes as a number and where it comes as a text."""

from typing import Any

import pytest

from contracts_runner.openapi.formats import TEXT_FORMATS, add_bounds
from contracts_runner.openapi.schemas import SchemaStore
from contracts_runner.reading.schema_keywords import FORMATS
from helpers.specs import make_document

POINTER = "/components/schemas/S"
# They describe no form; the rest of FORMATS is judged by the validator itself.
ANNOTATIONS = {"binary", "commonmark", "html", "password", "unixtime"}


def accepts(schema: dict[str, Any], value: Any, version: str = "3.1.0") -> bool:
    store = SchemaStore(make_document(version, components={"schemas": {"S": schema}}), version)
    return not store.check_response(POINTER, value)


WHOLE = {
    **{f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
    "double-int": (-(2**53) + 1, 2**53 - 1),
    "sf-integer": (-999_999_999_999_999, 999_999_999_999_999),
}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("type_", ["integer", "number", None])
@pytest.mark.parametrize("name", WHOLE)
def test_whole_numbers_are_bounded(name: str, type_: str | None, version: str) -> None:
    low, high = WHOLE[name]
    schema = {"format": name} | ({"type": type_} if type_ else {})

    assert [value for value in (low, 0, high, 1.0) if not accepts(schema, value, version)] == []
    assert [value for value in (low - 1, high + 1, 1.5) if accepts(schema, value, version)] == []


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_own_bounds_of_a_schema_hold_beside_those_of_its_format(version: str) -> None:
    schema = {"type": "integer", "format": "int32", "minimum": 1, "maximum": 10**12}

    assert accepts(schema, 1, version)
    assert not accepts(schema, 0, version)
    assert not accepts(schema, 2**31, version)


def test_an_exclusive_bound_of_3_0_stays_exclusive() -> None:
    schema = {"type": "integer", "format": "int32", "minimum": 1, "exclusiveMinimum": True}

    assert not accepts(schema, 1, "3.0.3")
    assert accepts(schema, 2, "3.0.3")


def test_null_has_any_format_where_it_is_allowed() -> None:
    assert accepts({"type": "integer", "format": "int64", "nullable": True}, None, "3.0.3")
    assert accepts({"type": ["string", "null"], "format": "byte"}, None)


@pytest.mark.parametrize(("value", "is_valid"), [(3.4e38, True), (3.5e38, False), (-3.5e38, False), (10**39, False)])
def test_float_has_the_range_of_binary32(value: float, is_valid: bool) -> None:
    assert accepts({"type": "number", "format": "float"}, value) is is_valid


def test_double_has_the_range_of_binary64() -> None:
    assert accepts({"type": "number", "format": "double"}, 1.7e308)
    assert not accepts({"type": "number", "format": "double"}, 10**309)


TEXTS: dict[str, tuple[list[str], list[str]]] = {
    "byte": (["", "YQ==", "YWI=", "YWJj"], ["YQ", "Y", "YQ= =", "YQ==\n", "a-_b", "é"]),
    "base64url": (["", "YQ", "YQ==", "a-_b"], ["a+/b", "Y", "YQ=", "é"]),
    "char": (["a", "é", "😀"], ["", "ab"]),
    "int64": (
        ["0", "-9223372036854775808", "9223372036854775807"],
        ["9223372036854775808", "1.0", "", "+1", " 1"],
    ),
    "uint64": (["0", "18446744073709551615"], ["-1", "18446744073709551616"]),
    "decimal": (["12.34", "-0.5", "1", "+1.", "1e5"], ["", "1,5", "NaN", "1_0", " 1", "0x1"]),
    "decimal128": (["1" * 34, "NaN", "-INF", "0.00" + "1" * 34], ["1" * 35, "Inf", ""]),
    "date-time-local": (
        ["2026-01-31T12:00:00", "2026-01-31T12:00:00.123"],
        ["2026-01-31T12:00:00Z", "2026-02-30T12:00:00", "2026-01-31"],
    ),
    "time-local": (["12:00:00", "23:59:60"], ["12:00:00Z", "24:00:00", "12:00"]),
    "http-date": (
        ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"],
        ["Sun, 6 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z", "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994"],
    ),
    "imf-fixdate": (["Sun, 06 Nov 1994 08:49:37 GMT"], ["Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]),
    "media-range": (["*/*", "text/*", "text/html; level=1", 'a/b;c="d e"'], ["*/a", "text", "text/html; level"]),
    "sf-binary": ([":YQ==:", "::"], ["YQ==", ":", ":Y:"]),
    "sf-boolean": (["?0", "?1"], ["1", "?2", "true"]),
    "sf-decimal": (["1.5", "-123456789012.123"], ["1", "1.1234", "1234567890123.1"]),
    "sf-integer": (["1", "-999999999999999"], ["1000000000000000", "1.0", ""]),
    "sf-string": (['""', '"a"', r'"a\"b\\"'], ["a", '"a', '"é"', r'"\n"', '"a"b"']),
    "sf-token": (["*a", "text/html", "A:b"], ["1a", "", "a b"]),
}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("name", TEXTS)
def test_texts_have_the_form_of_their_format(name: str, version: str) -> None:
    schema = {"type": "string", "format": name}
    good, bad = TEXTS[name]

    assert [text for text in good if not accepts(schema, text, version)] == []
    assert [text for text in bad if accepts(schema, text, version)] == []


def test_an_unknown_format_is_an_annotation() -> None:
    assert accepts({"type": "string", "format": "phone"}, "anything")
    assert accepts({"type": "integer", "format": "phone"}, 10**30)


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - ANNOTATIONS))
def test_every_format_that_a_contract_may_name_is_judged(name: str) -> None:
    is_number = FORMATS[name] == {"number"}
    never = 10**400 if is_number else "\u0000 [\\"

    assert not accepts({"format": name}, never), "a check that cannot fail"


def test_every_own_format_is_a_known_word() -> None:
    assert TEXT_FORMATS.keys() <= FORMATS.keys()
    assert all(add_bounds({"format": name}) != {"format": name} for name in WHOLE)
