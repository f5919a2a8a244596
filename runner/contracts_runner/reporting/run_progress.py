"""How far a run is, in words: the phase, what has come of it, how much time is left of it, and what waits."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from contracts_runner.model.outcome import WORST_FIRST, Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.phrases import ENGLISH, Phrases
from contracts_runner.reporting.totals import name_phase
from contracts_runner.results import events

# In a pipe a line comes after so many seconds at most: who waits sees that it goes on, and no log is flooded.
QUIET_SECONDS = 30.0


class RunProgress:
    """Takes the events of a run as they come; `clock` gives seconds that never go back. `is_generating`: there is
    something to be generated, where the run has that phase."""

    def __init__(self, clock: Callable[[], float], phrases: Phrases = ENGLISH, *, is_generating: bool = True) -> None:
        self._clock, self._phrases, self._is_generating = clock, phrases, is_generating
        self._told = self._began = 0.0
        self._totals: dict[Phase, int] = {}  # of the phases whose rows are known beforehand
        self._waiting: list[Phase] = []
        self._counts: Counter[Outcome] = Counter()
        self.phase = Phase.SCENARIOS

    def start(self, started: events.RunStarted) -> None:
        """Take the first event."""
        planned = {Phase.SCENARIOS: len(started.scenarios), Phase.WAREHOUSE: started.warehouse_checks}
        phases = started.run.phases or tuple(planned)
        self._totals = {phase: count for phase, count in planned.items() if phase in phases and count}
        self._waiting = [
            phase for phase in phases if phase in self._totals or (phase not in planned and self._is_generating)
        ]
        self._told = self._clock()
        if self._waiting:
            self._enter(self._waiting[0])

    def enter(self, phase: Phase) -> None:
        """Take note of the phase in which something happens."""
        if phase is not self.phase:
            self._enter(phase)

    def take(self, phase: Phase, outcome: Outcome) -> None:
        """Count a row that is done."""
        self.enter(phase)
        self._counts[outcome] += 1

    @property
    def done(self) -> int:
        """The rows of this phase that are done."""
        return self._counts.total()

    @property
    def total(self) -> int | None:
        """How many rows this phase will have, None where nobody knows."""
        return self._totals.get(self.phase)

    @property
    def counts(self) -> str:
        """The outcomes of this phase so far, the worst first."""
        phrases = self._phrases
        return ", ".join(
            f"{self._counts[outcome]} {phrases(outcome)}" for outcome in WORST_FIRST if self._counts[outcome]
        )

    @property
    def left(self) -> str:
        """How much time is left of this phase if its other rows take as long as those that are done, "" if unknown."""
        total, done = self.total, self.done
        if total is None or not 0 < done < total:
            return ""
        seconds = (self._clock() - self._began) / done * (total - done)
        phrases = self._phrases
        return phrases("%(time)s left", time=timedelta(seconds=round(seconds)))

    @property
    def waiting(self) -> str:
        """What comes after this phase, as in "then 3 warehouse checks", "" for nothing."""
        phrases = self._phrases
        named = [
            phrases.count(self._totals[phase], phase.noun) if phase in self._totals else name_phase(phase, phrases)
            for phase in self._waiting
        ]
        return phrases("then %(phases)s", phases=", ".join(named)) if named else ""

    @property
    def where(self) -> str:
        """The phase, and how many of its rows are done, as in "scenarios 3/12"."""
        of = f"/{self.total}" if self.total is not None else ""
        return f"{name_phase(self.phase, self._phrases)} {self.done}{of}"

    def render(self) -> str:
        """Return all of it in one line."""
        return ", ".join(filter(None, [self.where, self.counts, self.left, self.waiting]))

    def is_due(self) -> bool:
        """Return whether it is time for a line in a pipe, and take it as told."""
        now = self._clock()
        if now - self._told < QUIET_SECONDS:
            return False
        self._told = now
        return True

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self._began = self._clock()
        self._counts.clear()
        if phase in self._waiting:
            self._waiting = self._waiting[self._waiting.index(phase) + 1 :]
