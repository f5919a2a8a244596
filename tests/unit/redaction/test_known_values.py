"""Values that must not be written down are found at their places, however long they are."""

import pytest

from contracts_runner.redaction.known_values import LONG as LONG_ENOUGH
from contracts_runner.redaction.known_values import KnownValues
from contracts_runner.redaction.overtime import Overtime, limit_time

LONG = "x" * 400_000  # hours, if each place of a text cost as much as the value is long


def find(text: str, *values: str) -> list[tuple[int, int]]:
    known = KnownValues()
    known.learn((value, "secret") for value in values)
    return sorted((span.start, span.end) for span in known.find(text))


def test_a_value_of_one_repeated_letter_is_found_at_once() -> None:
    assert find(f"a {LONG} b", LONG) == [(2, 2 + len(LONG))]


@pytest.mark.parametrize("length", [255, 256, 257, 600])
def test_values_with_the_same_beginning_are_told_apart(length: int) -> None:
    first, second = "y" * length, "y" * length + "z"

    assert find(f"-{first}-{second}", first, second) == [
        (1, 1 + length),
        (2 + length, 2 + 2 * length),
        (2 + length, 3 + 2 * length),
    ]
    assert find(first[:-1], first, second) == []


def test_values_within_each_other_are_not_found_at_every_place_of_a_text() -> None:
    values = ["a" * length for length in range(5, 256)]

    found = find("a" * 3_000, *values)

    # Those that may be chance, and one more.
    assert len(found) <= 3_000 * (LONG_ENOUGH - 5 + 1)
    assert set(range(3_000)) == {place for start, end in found for place in range(start, end)}


def test_the_shorter_of_two_values_is_found_where_the_longer_one_is_not() -> None:
    assert find("user:a-long-password, a-long-password", "user:a-long-password", "a-long-password") == [
        (0, 20),
        (22, 37),
    ]


def test_a_search_ends_when_the_time_is_over() -> None:
    with limit_time(-1), pytest.raises(Overtime):
        find("a", "a")
