"""The outcomes of an environment over its runs: those in runs/, and those that a ledger tells of."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import RunFolderError, UsageError
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.evidence.lock import is_in_progress
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.project.settings.settings import Settings
from contracts_runner.reading.suggest import find_similar
from contracts_runner.reporting.text import make_visible
from contracts_runner.results.lines import MisfitError
from contracts_runner.results.rows import OUTCOME_LETTERS, EarlierRun
from contracts_runner.results.shape_rows import DriftRow
from contracts_runner.results.since import SinceRow, build_since
from contracts_runner.run.earlier_runs import build_event
from contracts_runner.run.options import RUNS
from contracts_runner.run.run_outcomes import Letters, iter_recorded, read_outcomes
from contracts_runner.run.runs import explain_left_out, iter_own_runs, read_head

_OUTCOMES: Mapping[str, Outcome] = {letter: outcome for outcome, letter in OUTCOME_LETTERS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRun:
    """A run; `folder` is its folder or archive, None where only a later ledger tells of it."""

    run: EarlierRun
    folder: Path | None
    is_complete: bool
    is_simulated: bool
    letters: Letters
    drift: Sequence[DriftRow] = ()

    def count(self, phase: Phase) -> Counter[Outcome]:
        """Return how many rows of a phase have each outcome."""
        return Counter(_OUTCOMES[letter] for (each, _), letter in self.letters.items() if each is phase)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """A row over the runs, None where a run does not have it; `since` is what they tell of it."""

    phase: Phase
    id: str
    outcomes: Sequence[Outcome | None]
    since: SinceRow | None

    @property
    def is_steady(self) -> bool:
        """True where there is nothing to tell: it is not broken, and nothing changed."""
        return self.since is None and len({*self.outcomes} - {None}) <= 1


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The runs of an environment, the oldest first, and the rows that any of them has, in the order of the newest."""

    environment: str
    runs: Sequence[HistoryRun]
    rows: Sequence[HistoryRow]

    def list_phases(self) -> list[Phase]:
        """Return the phases of which any run has a row."""
        return [phase for phase in Phase if any(run.count(phase) for run in self.runs)]

    def narrow(self, identifier: str) -> "History":
        """Return the history of a scenario, of the items of its table, of a property or a check. Raises UsageError."""
        rows = [row for row in self.rows if row.id == identifier or row.id.startswith(f"{identifier}[")]
        if not rows:
            close = find_similar(identifier, [row.id for row in self.rows], is_part=True)
            hint = f"; did you mean '{close}'?" if close else ""
            raise UsageError(f"no run of '{self.environment}' that is kept has a row '{identifier}'{hint}")
        return replace(self, rows=rows)


@dataclass(frozen=True, slots=True)
class _Judged:
    id: str
    outcome: Outcome


def read_history(settings: Settings | None, environment: str | None, *, most: int) -> History:
    """Return the history of an environment: the default one, else that of the newest run. Raises RunFolderError without
    a run; what cannot be read is told on stderr, and left out."""
    name = environment or (settings.default_environment if settings else None)
    found = dict[str, HistoryRun]()
    for folder in iter_own_runs(settings):
        head = read_head(folder)
        name = name or str(head.get("environment", ""))
        # What a part of a run (--shard) has found, the merged run has.
        if head.get("environment") != name or "shard" in head or (folder.is_dir() and is_in_progress(folder / LEDGER)):
            continue
        try:
            run = _build_run(folder)
        except (RunFolderError, MisfitError) as error:
            print(make_visible(explain_left_out(folder, error, what=" of the history")), file=sys.stderr)
            continue
        found.setdefault(run.run.id, run)
        if len(found) >= most:
            break
    if not found or not name:
        of_environment = f" of the environment '{name}'" if name else ""
        raise RunFolderError(f"there is no run{of_environment} in {RUNS} yet")
    known = {**_find_told([*found.values()]), **found}
    return build_history(name, sorted(known.values(), key=lambda each: each.run.started_at)[-most:])


def build_history(environment: str, runs: Sequence[HistoryRun]) -> History:
    """Return the history of runs, the oldest of which is the first."""
    return History(environment=environment, runs=runs, rows=[*_iter_rows(runs)])


def _build_run(folder: Path) -> HistoryRun:
    found = read_outcomes(folder)
    return HistoryRun(
        run=found.run,
        folder=folder,
        is_complete=found.is_complete,
        is_simulated=found.is_simulated,
        letters=found.letters,
        drift=found.drift,
    )


def _find_told(found: Sequence[HistoryRun]) -> dict[str, HistoryRun]:
    """Return the runs that the ledgers of the newest and the oldest run tell of: their folders may be gone."""
    told = dict[str, HistoryRun]()
    for source in (found[0], found[-1]):
        with suppress(RunFolderError, MisfitError):
            for run, letters in iter_recorded(source.folder) if source.folder else ():
                told[run.id] = HistoryRun(
                    run=run, folder=None, is_complete=True, is_simulated=source.is_simulated, letters=letters
                )
    return told


def _iter_rows(runs: Sequence[HistoryRun]) -> Iterator[HistoryRow]:
    last, whole = runs[-1], [(each.run, each.letters) for each in runs[:-1] if each.is_complete]
    judged = {phase: [_Judged(*pair) for pair in _list_outcomes(last, phase)] for phase in Phase}
    since = build_since(build_event(whole) if whole else None, last.run, judged) or ()
    states = {(row.phase, row.id): row for row in since}
    keys = dict.fromkeys(chain(last.letters, *(run.letters for run in reversed(runs))))
    for phase, identifier in sorted(keys, key=lambda key: [*Phase].index(key[0])):
        letters = [run.letters.get((phase, identifier), "") for run in runs]
        outcomes = [_OUTCOMES.get(letter) for letter in letters]
        yield HistoryRow(phase=phase, id=identifier, outcomes=outcomes, since=states.get((phase, identifier)))


def _list_outcomes(run: HistoryRun, phase: Phase) -> list[tuple[str, Outcome]]:
    return [(name, _OUTCOMES[letter]) for (each, name), letter in run.letters.items() if each is phase]
