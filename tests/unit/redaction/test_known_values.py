"""Values that must not be written down are found at their places, however long they are."""

import pytest

from contracts_runner.redaction.known_values import KnownValues

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
