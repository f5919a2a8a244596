"""What earlier runs of an environment have found, for the ledger of a new one: the last complete ones of its project.

The newest of them holds, in its own ledger, what the ones before it have found. So mostly two files of one run are
read, and a run knows what those found whose folders are gone, or never were on this machine. A folder that somebody
sent is data: what cannot be read is told, and left out.
"""

import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import partial
from pathlib import Path

from msgspec import UNSET

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.evidence.lock import is_in_progress
from contracts_runner.faults import guard
from contracts_runner.model.contract import Scenario
from contracts_runner.model.environment import PublishSettings
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.project.settings.settings import FILE_NAME, Settings
from contracts_runner.reporting.text import make_visible
from contracts_runner.results.events import EarlierRunsRecorded, EarlierShapesRecorded
from contracts_runner.results.lines import MisfitError
from contracts_runner.results.rows import NO_ROW, OUTCOME_LETTERS, EarlierRow, EarlierRun
from contracts_runner.results.shape_rows import EarlierShape
from contracts_runner.run.run_outcomes import Letters, iter_recorded, read_outcomes, read_shapes
from contracts_runner.run.runs import explain_left_out, is_own, list_runs, read_head
from contracts_runner.run.session import Session
from contracts_runner.warehouse.errors import WarehouseQueryError

KEPT = 20
# Of folders that are no help (of other environments, killed) so many are opened.
_MOST_OPENED = 100

_Found = tuple[EarlierRun, Letters]


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierRuns:
    """Where earlier runs are: those of the project in ./runs, in its runs, and beside the `folder` of the new one, of
    which `files` are what it has read; and those of the published `history`, None where nothing is published. Recorded
    traffic, which has rows of its own, counts only for such a run: `is_observed`."""

    settings: Settings
    environment: str
    run_id: str
    folder: Path
    files: Collection[str]
    history: PublishSettings | None
    # Those of the newest run that was found in a folder or an archive: scenario, or operation (p50) -> milliseconds.
    durations: dict[str, float] = field(default_factory=dict)
    latency: dict[str, float] = field(default_factory=dict)
    shapes: list[EarlierShape] = field(default_factory=list)
    is_observed: bool = False

    def read(self) -> tuple[EarlierRunsRecorded | None, list[str]]:
        """Return what they have found, None without any; and a sentence for each that cannot be read."""
        problems = list[str]()
        found = self._find_local(problems)
        try:
            found |= {run.id: (run, letters) for run, letters in self._iter_published()}
        except WarehouseQueryError as error:
            problems.append(str(error))
        newest = sorted(found.values(), key=lambda each: each[0].started_at)[-KEPT:]
        return build_event(newest, self.latency) if newest else None, problems

    def _find_local(self, problems: list[str]) -> dict[str, _Found]:
        found = dict[str, _Found]()
        try:
            runs = list_runs(self.settings, self.folder.parent)
        except RunFolderError as error:
            problems.append(f"there is no history: {error}")
            return found
        for run in runs[:_MOST_OPENED]:
            head = read_head(run)
            if head.get("id") in found or len(found) >= KEPT:
                break
            try:
                each = [*self._iter_found(run)] if self._is_candidate(run, head) else []
            except (RunFolderError, MisfitError) as error:
                problems.append(explain_left_out(run, error, what=" of the history"))
            else:
                found = {earlier.id: (earlier, letters) for earlier, letters in each} | found
        return found

    def _is_candidate(self, run: Path, head: Mapping[str, object]) -> bool:
        """Tell whether a run may count: one of the environment that has ended, and of this project, for two projects
        may have one folder for their runs, and environments and ids of the same names."""
        # What a part of a run (--shard) has found, the merged run has.
        is_whole = "shard" not in head
        # Recorded traffic has rows of its own.
        is_sent = self.is_observed or "observed" not in head
        is_ended = run.resolve() != self.folder.resolve() and not (run.is_dir() and is_in_progress(run / LEDGER))
        is_of_project = is_own(head, set(self.files) - {FILE_NAME})
        return is_of_project and is_whole and is_sent and is_ended and head.get("environment") == self.environment

    def _iter_published(self) -> Iterator[_Found]:
        target = self.history.target if self.history else None
        if target is None or target.dsn is None:
            return
        from contracts_runner.warehouse.history import find_published_runs

        published = find_published_runs(target, environment=self.environment, run_id=self.run_id, most=KEPT)
        for run in published:
            letters = {
                (Phase(phase), name): OUTCOME_LETTERS[Outcome(outcome)]
                for phase, name, outcome in run.rows
                if phase in [*Phase] and outcome in [*Outcome]
            }
            yield EarlierRun(id=run.id, started_at=run.started_at), letters

    def _iter_found(self, run: Path) -> Iterator[_Found]:
        outcomes = read_outcomes(run)
        if outcomes.is_complete:
            self.durations.update({} if self.durations else outcomes.durations)
            self.latency.update({} if self.latency else outcomes.latency)
            self.shapes.extend(() if self.shapes else read_shapes(run, outcomes))
            yield outcomes.run, outcomes.letters
            yield from iter_recorded(run)


def build_event(runs: Sequence[_Found], latency: Mapping[str, float] | None = None) -> EarlierRunsRecorded:
    """Return what runs have found, the oldest first, and the `latency` of the newest."""

    def join(key: tuple[Phase, str]) -> str:
        return "".join(letters.get(key, NO_ROW) for _, letters in runs)

    keys = dict.fromkeys(key for _, letters in runs for key in letters)
    return EarlierRunsRecorded(
        runs=tuple(run for run, _ in runs),
        rows=tuple(EarlierRow(phase=key[0], id=key[1], outcomes=join(key)) for key in keys),
        latency=latency or UNSET,
    )


@dataclass(frozen=True, slots=True)
class Order:
    """In which order scenarios are started: `broken` ones first, and of several at a time those that took longest."""

    broken: frozenset[str] = frozenset()
    durations: Mapping[str, float] = field(default_factory=dict)

    def sort(self, scenarios: Iterable[Scenario], *, jobs: int) -> list[Scenario]:
        """Return them in that order; where one runs after the other, none is started early for its length."""
        usual = 0.0
        if self.durations:
            from statistics import median

            usual = median(self.durations.values())

        def find_place(scenario: Scenario) -> tuple[bool, float]:
            length = self.durations.get(scenario.id, usual) if jobs > 1 else 0.0
            return scenario.id not in self.broken, -length

        return sorted(scenarios, key=find_place)


def find_order(session: Session) -> Order:
    """Record what earlier runs have found, for a run that begins; returns how scenarios are started by that."""
    durations = dict[str, float]()
    if session.resume is None:
        earlier = guard(partial(_record, session, durations), partial(session.record_fault, "history"))
    else:
        earlier = session.resume.earlier
    broken = _list_broken(earlier) if earlier and session.plan.options.is_failed_first else frozenset()
    return Order(broken, durations)


def record_shapes(session: Session) -> None:
    """Record which shapes answers had in earlier runs, for one that judges recorded traffic."""
    guard(lambda: _emit_shapes(session, _read(session, {})[0]), partial(session.record_fault, "history"))


def _record(session: Session, durations: dict[str, float]) -> EarlierRunsRecorded | None:
    runs, earlier = _read(session, durations)
    if earlier is not None:
        session.listeners.emit(earlier)
    _emit_shapes(session, runs)
    return earlier


def _emit_shapes(session: Session, runs: EarlierRuns) -> None:
    if runs.shapes:
        session.listeners.emit(EarlierShapesRecorded(shapes=tuple(runs.shapes)))


def _read(session: Session, durations: dict[str, float]) -> tuple[EarlierRuns, EarlierRunsRecorded | None]:
    plan = session.plan
    runs = EarlierRuns(
        durations=durations,
        is_observed=bool(plan.observed),
        settings=plan.project.settings,
        environment=session.environment.name,
        run_id=session.run_id,
        folder=session.folder,
        files=plan.project.files,
        history=plan.history,
    )
    earlier, problems = runs.read()
    for problem in problems:
        print(make_visible(session.redactor.text(problem)), file=sys.stderr, flush=True)
    return runs, earlier


def _list_broken(earlier: EarlierRunsRecorded) -> frozenset[str]:
    """Return the scenarios that were broken in the last run that looked."""
    broken = {OUTCOME_LETTERS[outcome] for outcome in Outcome if outcome.traits.is_broken}
    held_back = "".join(OUTCOME_LETTERS[outcome] for outcome in Outcome if outcome.traits.is_held_back)
    return frozenset(
        row.id
        for row in earlier.rows
        if row.phase is Phase.SCENARIOS and row.outcomes.rstrip(held_back + NO_ROW)[-1:] in broken
    )
