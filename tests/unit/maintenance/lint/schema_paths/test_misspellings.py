"""A misspelt name is distinguished from another word."""

import pytest

from contracts_runner.maintenance.lint.schema_paths.navigation import find_misspelled

NAMES = ["id", "price", "barcode", "created_at", "line1"]


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("prise", "price"),
        ("prce", "price"),
        ("pricee", "price"),
        ("pirce", "price"),
        ("Barcode", "barcode"),
        ("createdAt", "created_at"),
        ("created-at", "created_at"),
    ],
)
def test_one_edit_is_a_misspelling(word: str, name: str) -> None:
    assert find_misspelled(word, NAMES) == name


@pytest.mark.parametrize("word", ["id", "price", "ip", "ids", "line2", "updated_at", "code", "prize_of", "pcire"])
def test_another_word_is_not_a_misspelling(word: str) -> None:
    assert find_misspelled(word, NAMES) is None
