"""Since when a row is what it is: its outcomes in earlier runs, as the ledger has them, beside that of this run.

Only runs that looked count: one in which the row was blocked, skipped or not there says nothing of it.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise, takewhile
from typing import Annotated, Protocol

from msgspec import UNSET, Meta, Struct, UnsetType

from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.results.events import EarlierRunsRecorded
from contracts_runner.results.rows import OUTCOME_LETTERS, Count, EarlierRun, Time
from contracts_runner.words import Word

# A row is flaky that has changed so often between failed and whole within so many runs that found out: it broke, was
# whole, and broke again, and each of that is more than the end of one defect. A service that was away now and then
# makes nothing flaky: of a run in which a row is errored nobody knows whether it would have held.
FLAKY_CHANGES = 3
FLAKY_RUNS = 10
_PASSED = OUTCOME_LETTERS[Outcome.PASSED]
_ERRORED = OUTCOME_LETTERS[Outcome.ERRORED]
# Letter of a run that looked -> whether the row was broken.
_LOOKED = {letter: each.traits.is_broken for each, letter in OUTCOME_LETTERS.items() if not each.traits.is_held_back}


class SinceState(Word):
    """What earlier runs tell of a row."""

    NEW = "new", "It is broken, and was not in the last run that looked."
    SINCE = "since", "It is broken as in the runs before, since the day that is told."
    FLAKY = "flaky", "It failed, held and failed again within 10 runs that found out; `quarantine` tells it apart."
    FIXED = "fixed", "It passed, and was broken in the runs before."


class SinceRow(Struct, frozen=True, kw_only=True):
    """What earlier runs tell of a row. new: broken, and not so in the last run that looked; since: broken in each of
    the last `runs` runs; flaky: failed in `runs` of the last `of` runs that found out, again and again; fixed: passed,
    and broken in the `runs` runs before."""

    id: str
    phase: Phase
    state: SinceState
    at: Annotated[Time, Meta(description="When the first run began that found what this one found, without a break.")]
    run: Annotated[str, Meta(description="The id of that run.")]
    runs: Count
    of: Annotated[Count, Meta(description="Runs that looked, with this one; of a flaky row the latest that found out.")]
    passed: Annotated[
        EarlierRun | UnsetType, Meta(description="Of a broken row: the last run in which it passed; left out for none.")
    ] = UNSET


class JudgedRow(Protocol):
    """A row of any phase."""

    @property
    def id(self) -> str:
        """What names it within its phase."""

    @property
    def outcome(self) -> Outcome:
        """What this run found."""


def build_since(
    earlier: EarlierRunsRecorded | None, this: EarlierRun, rows: Mapping[Phase, Sequence[JudgedRow]]
) -> tuple[SinceRow, ...] | UnsetType:
    """Return what earlier runs tell of the rows of `this` run, in their order; UNSET where none are recorded."""
    if earlier is None:
        return UNSET
    outcomes = {(row.phase, row.id): row.outcomes for row in earlier.rows}
    found = (
        _judge(phase, row, [*zip(outcomes.get((phase, row.id), ""), earlier.runs, strict=False)], this)
        for phase in Phase
        for row in rows[phase]
    )
    return tuple(row for row in found if row is not None)


def _judge(phase: Phase, row: JudgedRow, before: Sequence[tuple[str, EarlierRun]], this: EarlierRun) -> SinceRow | None:
    if row.outcome.traits.is_held_back:
        return None
    is_broken = row.outcome.traits.is_broken
    looked = [*((_LOOKED[letter], run) for letter, run in before if letter in _LOOKED), (is_broken, this)]
    same = [run for _, run in takewhile(lambda each: each[0] is is_broken, reversed(looked))]
    past = [was_broken for was_broken, _ in looked]
    count, of = len(same), len(looked)
    found_out = [_LOOKED[letter] for letter, _ in before if letter in _LOOKED and letter != _ERRORED]
    latest = [*found_out, is_broken][-FLAKY_RUNS:]
    is_flaky = sum(one is not other for one, other in pairwise(latest)) >= FLAKY_CHANGES
    if is_flaky and row.outcome is not Outcome.ERRORED:
        state, count, of = SinceState.FLAKY, sum(latest), len(latest)
    elif is_broken:
        state = SinceState.NEW if count == 1 else SinceState.SINCE
    elif row.outcome is Outcome.PASSED and count == 1 and of > 1:
        state, count = SinceState.FIXED, sum(1 for _ in takewhile(bool, reversed(past[:-1])))
    else:
        return None
    passed = [run for letter, run in before if is_broken and letter == _PASSED]
    return SinceRow(
        id=row.id,
        phase=phase,
        state=state,
        at=same[-1].started_at,
        run=same[-1].id,
        runs=count,
        of=of,
        passed=passed[-1] if passed else UNSET,
    )
