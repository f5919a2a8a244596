"""The seven outcomes and how they add up (docs/design.md, Outcomes)."""

from collections.abc import Iterable
from enum import StrEnum


class Outcome(StrEnum):
    """What is known about a promise after a run."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"
    KNOWN = "known"
    FIXED = "fixed"
    BLOCKED = "blocked"
    SKIPPED = "skipped"


WORST_FIRST = (
    Outcome.FAILED,
    Outcome.ERRORED,
    Outcome.BLOCKED,
    Outcome.FIXED,
    Outcome.KNOWN,
    Outcome.SKIPPED,
    Outcome.PASSED,
)


def find_worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the worst of the outcomes; raises ValueError for none, because nothing proves nothing."""
    return min(outcomes, key=WORST_FIRST.index)


def list_decisive(steps: Iterable[Outcome], cleanups: Iterable[Outcome]) -> list[Outcome]:
    """Return the outcomes whose worst is the scenario's: those of its steps, and errored for each cleanup that failed
    or errored. State was left behind then, which turns passed into errored and hides no failure."""
    broken = (Outcome.FAILED, Outcome.ERRORED)
    return [*steps, *(Outcome.ERRORED for cleanup in cleanups if cleanup in broken)]
