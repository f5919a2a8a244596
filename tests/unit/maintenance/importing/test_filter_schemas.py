"""A JSON Schema holds of a value exactly where the filter of JSONPath does from which it is made."""

from itertools import product
from typing import Any

import pytest

from contracts_runner.engine.matching import find_mismatch
from contracts_runner.maintenance.exporting.filter_queries import ROOT
from contracts_runner.maintenance.exporting.schema_filters import build_tests
from contracts_runner.maintenance.importing.filter_schemas import (
    Counted,
    Equal,
    Found,
    UnreadableFilterError,
    read_filter,
)
from contracts_runner.model.contract import ValueMatcher
from contracts_runner.openapi.schemas import SchemaStore
from contracts_runner.reading.jsonpaths import compile_jsonpath
from helpers.specs import make_document
from unit.maintenance.exporting.test_schema_filters import SCHEMAS, VALUES

STORE = SchemaStore(make_document("3.1.0"), "3.1.0")
ATOMS = [
    *("@.a", "@.a == 1", "@.a != 1", "1 == @.a", "@.a > 0", "0 < @.a", "@.a <= 1", "@.a == null", "@['a b'] == 1"),
    *("@[0]", "@[0] == 1", "@[1] == 2", "@.a.b[0] == 1", "length(@) == 1", "length(@.a) >= 1", "length(@) < 2"),
    *("count(@[*]) == 1", "count(@[*]) > 1", "count(@[*].a) <= 1", "count(@[?@.a == 1]) >= 1", "count(@.a[*]) == 0"),
    *(
        "search(@, 'a')",
        "match(@, 'a|b')",
        "search(@.a, '')",
        "@[?@ == 1]",
        "@[?@.a == 1]",
        "@[*].a",
        "value(@.a) == 1",
    ),
]
FILTERS = [
    *ATOMS,
    *(f"!({atom})" for atom in ATOMS),
    *(f"{left} {operator} {right}" for left, right in product(ATOMS[:6], ATOMS[9:12]) for operator in ("&&", "||")),
    *("!@[?!(@.a == 1)]", "(@.a && @.b) || @[0]", "!(!@.a && !@.b)"),
]


def holds(wanted: list[Found | Equal | Counted], value: Any) -> bool:
    parts = [each.nest() for each in wanted if isinstance(each, Found)]
    counts = [
        (each.matcher, len(compile_jsonpath(each.path).find(value))) for each in wanted if isinstance(each, Counted)
    ]
    parts_of_counts = (
        find_mismatch(ValueMatcher(value=matcher, is_schema=isinstance(matcher, dict)), count, schemas=STORE) is None
        for matcher, count in counts
    )
    return all(parts_of_counts) and all(
        not part or find_mismatch(ValueMatcher(value=part, is_schema=True), value, schemas=STORE) is None
        for part in parts
    )


@pytest.mark.parametrize("text", FILTERS)
@pytest.mark.parametrize("is_of_item", [False, True])
def test_a_schema_says_what_the_filter_says(text: str, is_of_item: bool) -> None:
    condition = f"$[?{text}]"

    schema = read_filter(condition, is_of_item=is_of_item)

    found = {str(value): holds(schema, value) for value in VALUES}
    assert found == {str(value): bool(compile_jsonpath(condition).find([value])) for value in VALUES}


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_a_schema_that_was_exported_comes_back(schema: Any) -> None:
    texts = build_tests(schema, ROOT).texts

    wanted = [part for text in texts for part in read_filter(f"$[?{text}]")]

    found = {str(value): holds(wanted, value) for value in VALUES}
    exported = {str(value): all(compile_jsonpath(f"$[?{text}]").find([value]) for text in texts) for value in VALUES}
    assert found == exported


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("$.status == 'sold'", "it is no JSONPath of RFC 9535"),
        ("$.pets[0]", "it is no filter of the whole value, $[?…]"),
        ("$[?@.a < @.b]", "two values of the answer are compared"),
        ("$[?@.a < 'b']", "texts have no order in a schema"),
        ("$[?!(@..a && @.b)]", "`..` or several selectors at once have no schema"),
        ("$[?@[-1] == 1 || @.a]", "it counts from the end"),
        ("$[?!(@[0:1] && @.b)]", "a slice has no schema"),
        ("$[?$.a == 1]", "`$['a']` has no schema"),
        ("$[?!(count(@[*]) >= 0)]", "it holds for each answer"),
    ],
)
def test_what_no_schema_says_is_told(condition: str, reason: str) -> None:
    with pytest.raises(UnreadableFilterError) as raised:
        read_filter(condition)

    assert str(raised.value) == reason


def test_what_is_wanted_of_a_value_is_told_by_its_place() -> None:
    assert read_filter("$[?@.a[-1].b == 1]") == [Found(("a", -1, "b"), {"const": 1})]
    assert read_filter("$[?(@.a.b == 1 && @.c) && @.d == @.e]") == [
        Found(("a", "b"), {"const": 1}),
        Found(("c",), {}),
        Equal(("d",), ("e",)),
    ]
