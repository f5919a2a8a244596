"""Numbers stand beside the right form of their noun."""

import pytest

from contracts_runner.model.nouns import count_noun
from contracts_runner.model.phase import Phase


@pytest.mark.parametrize(
    ("number", "noun", "text"),
    [
        (0, "scenario", "0 scenarios"),
        (1, "scenario", "1 scenario"),
        (2, "warehouse check", "2 warehouse checks"),
        (1, "property", "1 property"),
        (7, "property", "7 properties"),
        (3, "day", "3 days"),
    ],
)
def test_only_one_is_singular(number: int, noun: str, text: str) -> None:
    assert count_noun(number, noun) == text


@pytest.mark.parametrize("phase", Phase)
def test_what_a_phase_counts_is_named_in_the_singular(phase: Phase) -> None:
    assert count_noun(1, phase.noun) == f"1 {phase.noun}"
    assert not phase.noun.endswith("s")
