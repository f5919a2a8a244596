"""How the outcomes of steps and cleanups add up to a scenario's."""

import pytest

from contracts_runner.model.checks import judge_cleanup
from contracts_runner.model.outcome import Outcome, find_worst, list_decisive


@pytest.mark.parametrize(
    ("step", "cleanup", "expected"),
    [
        ("passed", "passed", "passed"),
        ("passed", "failed", "errored"),
        ("known", "errored", "errored"),
        ("blocked", "failed", "errored"),
        ("failed", "errored", "failed"),
        ("passed", "blocked", "passed"),
    ],
)
def test_a_broken_cleanup_counts_as_errored_and_hides_no_failure(step: str, cleanup: str, expected: str) -> None:
    added = judge_cleanup(Outcome(cleanup), [("success", Outcome(cleanup))])

    assert find_worst(list_decisive([Outcome(step)], [added])) is Outcome(expected)
