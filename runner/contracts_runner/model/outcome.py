"""The seven outcomes: what each means for the rest of a run, and how they add up (docs/design.md, Outcomes)."""

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple, assert_never

from contracts_runner.words import Word


class Traits(NamedTuple):
    """What follows from an outcome. `is_broken`: the run does not end with exit code 0. `goes_on`: the next step may
    run. `needs_proof`: only a recorded exchange can show it. `is_notable`: it asks for attention.
    `is_held_back`: nothing was sent."""

    is_broken: bool = False
    goes_on: bool = False
    needs_proof: bool = True
    is_notable: bool = False
    is_held_back: bool = False


class Outcome(Word):
    """What is known about a promise after a run."""

    PASSED = "passed", "Every check held on a real exchange."
    FAILED = "failed", "The service broke the contract."
    ERRORED = "errored", "It could not be found out: no complete answer in time, or a fault of the tool or of a hook."
    KNOWN = "known", "It failed exactly as a `known` entry that has not ended says; told apart, never among the passed."
    FIXED = "fixed", "A `known` deviation is gone: update the contract."
    BLOCKED = "blocked", "Not sent: the write guard kept it back, or what it needs did not pass."
    SKIPPED = "skipped", "Not sent or not looked at, with the reason."

    @cached_property
    def traits(self) -> Traits:
        """What follows from it."""
        match self:
            case Outcome.PASSED:
                return Traits(goes_on=True)
            case Outcome.FAILED:
                return Traits(is_broken=True, is_notable=True)
            case Outcome.ERRORED:
                return Traits(is_broken=True, is_notable=True, needs_proof=False)
            case Outcome.KNOWN | Outcome.FIXED:
                return Traits(goes_on=True, is_notable=True)
            case Outcome.BLOCKED | Outcome.SKIPPED:
                return Traits(is_held_back=True, needs_proof=False)
            case _:
                assert_never(self)


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


def judge_checks(checks: Iterable[Outcome]) -> Outcome:
    """Return the outcome of a step with a response: the worst of its checks, but for those that were not looked at."""
    others = [outcome for outcome in checks if outcome not in (Outcome.PASSED, Outcome.SKIPPED)]
    return find_worst(others) if others else Outcome.PASSED


def list_decisive(steps: Iterable[Outcome], cleanups: Iterable[Outcome]) -> list[Outcome]:
    """Return the outcomes whose worst is the scenario's: those of its steps, and what its cleanup adds to them. A
    cleanup that was held back adds nothing: there was nothing to clean up."""
    return [*steps, *(cleanup for cleanup in cleanups if cleanup.traits.is_notable)]
