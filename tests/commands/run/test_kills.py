"""Runs that are killed at random moments: no lost step, no double write, every resume ends complete."""

import random
import sys
from pathlib import Path

import pytest

from helpers.forks import Forks
from helpers.kills import Tally, kill_and_resume

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are POSIX only")


@pytest.mark.parametrize(
    ("count", "seed", "route"),
    [
        (8, 1, "direct"),
        (8, 3, "forward"),
        (8, 4, "tunnel"),
        pytest.param(50, 2, "direct", marks=pytest.mark.thorough),
    ],
    ids=["few", "forward-proxy", "tunnel", "many"],
)
def test_whenever_it_is_killed_a_run_can_be_finished(tmp_path: Path, count: int, seed: int, route: str) -> None:
    chance, tally = random.Random(seed), Tally()

    with Forks() as forks:
        while tally.kills < count:
            kill_and_resume(tmp_path / str(tally.rounds), forks, chance, tally, route=route)

    assert tally.kills >= count
    assert tally.resumes + tally.before_the_first_line + tally.after_the_last_line >= count
