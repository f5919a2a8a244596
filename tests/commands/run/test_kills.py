"""Runs that are killed at random moments: no lost step, no double write, every resume ends complete."""

import random
import sys
from pathlib import Path

import pytest

from helpers.forks import Forks
from helpers.kills import Tally, kill_and_resume

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are POSIX only")


@pytest.mark.parametrize(
    ("count", "seed"), [(8, 1), pytest.param(50, 2, marks=pytest.mark.thorough)], ids=["few", "many"]
)
def test_whenever_it_is_killed_a_run_can_be_finished(tmp_path: Path, count: int, seed: int) -> None:
    chance, tally = random.Random(seed), Tally()

    with Forks() as forks:
        while tally.kills < count:
            kill_and_resume(tmp_path / str(tally.rounds), forks, chance, tally)

    assert tally.kills >= count
    assert tally.resumes + tally.before_the_first_line + tally.after_the_last_line >= count
