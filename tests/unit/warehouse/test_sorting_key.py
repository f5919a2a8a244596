"""The sorting key as ClickHouse shows it, in expressions."""

import pytest

from contracts_runner.warehouse.checks.tables import split_expressions


@pytest.mark.parametrize(
    ("text", "expressions"),
    [
        ("", []),
        ("id", ["id"]),
        ("(id)", ["id"]),
        ("a, toDate(b, 'UTC')", ["a", "toDate(b, 'UTC')"]),
        ("(a, b)", ["a", "b"]),
        ("(a) || (b)", ["(a) || (b)"]),
        ("(a % 2), b", ["(a % 2)", "b"]),
    ],
)
def test_a_sorting_key_is_split_into_its_expressions(text: str, expressions: list[str]) -> None:
    assert split_expressions(text) == expressions
