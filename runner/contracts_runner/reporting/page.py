"""What report.html shows beside the results: the rows of all phases, worst first, each with its place in the page."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace

from contracts_runner.dataclass import dataclass
from contracts_runner.model.outcome import WORST_FIRST, Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.cause_views import find_contract_line
from contracts_runner.reporting.digest import Digest
from contracts_runner.reporting.text import make_anchors
from contracts_runner.reporting.verdict import list_phases
from contracts_runner.results.events import EarlierRunsRecorded
from contracts_runner.results.results import BaselineRow, CauseRow, Counts, Results
from contracts_runner.results.rows import (
    OUTCOME_LETTERS,
    QUARANTINED,
    WARNING,
    PropertyRow,
    ScenarioRow,
    WarehouseRow,
)
from contracts_runner.results.since import SinceRow

PhaseRow = ScenarioRow | PropertyRow | WarehouseRow
# (phase, id of a row) -> the command that looks again at it
TellAgain = Callable[[Phase, str], str]
# How many rows of one cause, and of a phase, have their requests and responses in the page.
_MOST_OF_CAUSE = 25
_MOST_WHOLE = 300
_OUTCOMES = {letter: outcome for outcome, letter in OUTCOME_LETTERS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """A row of a phase. `anchor` is its place in the page, `word` what it is filtered by: its outcome, or `warning`;
    `digest` is that of a scenario; `since` what earlier runs tell of it, `history` their outcomes, the oldest first,
    each with when that run began, where there is something to tell; `causes` the numbers of its causes, from 1, with
    their titles.
    `again` is the command that looks again.
    `is_in_baseline`: it is broken as there. `is_whole`: its requests, responses and long values are in the page, else
    in its artifacts alone; `is_line`: so are its steps and checks."""

    row: PhaseRow
    anchor: str
    word: str
    digest: Digest | None = None
    since: SinceRow | None = None
    history: Sequence[tuple[Outcome | None, str]] = ()
    again: str = ""
    causes: Mapping[int, str] = field(default_factory=dict)
    is_whole: bool = False
    is_line: bool = False
    is_in_baseline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseView:
    """A cause, its number from 1, and the rows that show it, the example first. Of the example: `title` of its
    scenario, `location` of the contract's line. `first` is the row that has been broken for longest."""

    row: CauseRow
    number: int
    rows: Sequence[RowView]
    title: str
    location: str | None
    first: RowView | None


class History:
    """What earlier runs found, by row; empty where none were looked at."""

    def __init__(
        self, since: Iterable[SinceRow], earlier: EarlierRunsRecorded | None, baseline: Iterable[BaselineRow]
    ) -> None:
        self._baseline = {(row.phase, row.id) for row in baseline}
        self._since = {(row.phase, row.id): row for row in since}
        self._outcomes = {(row.phase, row.id): row.outcomes for row in earlier.rows} if earlier else {}
        self._runs = earlier.runs if earlier else ()

    def find(self, phase: Phase, identifier: str) -> SinceRow | None:
        """Return what earlier runs tell of a row."""
        return self._since.get((phase, identifier))

    def is_in_baseline(self, phase: Phase, identifier: str) -> bool:
        """Return whether a row is broken as it was in the baseline."""
        return (phase, identifier) in self._baseline

    def list_outcomes(self, phase: Phase, identifier: str) -> list[tuple[Outcome | None, str]]:
        """Return (outcome, None for no row, when the run began) of each earlier run."""
        letters = self._outcomes.get((phase, identifier), "")
        return [(_OUTCOMES.get(letter), run.started_at) for letter, run in zip(letters, self._runs, strict=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseView:
    """The rows of a phase: what did not pass, worst first, then what `passed`, in the order of the run."""

    phase: Phase
    counts: Counts
    open: Sequence[RowView]
    passed: Sequence[RowView]


def build_phases(
    results: Results, digests: Sequence[Digest], earlier: EarlierRunsRecorded | None, tell_again: TellAgain
) -> list[PhaseView]:
    """Return the phases that have a row, the one with the worst first; `digests` are those of the scenarios."""
    history = History(results.since or (), earlier, results.baseline.rows if results.baseline else ())
    causes: dict[str, dict[int, str]] = {}
    for number, cause in enumerate(results.causes or (), start=1):
        for identifier in cause.ids:
            causes.setdefault(identifier, {})[number] = cause.title
    rows: dict[Phase, Sequence[PhaseRow]] = {
        Phase.SCENARIOS: results.scenarios,
        Phase.PROPERTIES: results.properties,
        Phase.WAREHOUSE: results.warehouse.checks,
    }
    return [
        _build_phase(
            phase,
            results.totals[phase],
            list(
                _build_rows(
                    phase, rows[phase], tell_again, history, causes, digests if phase is Phase.SCENARIOS else ()
                )
            ),
        )
        for phase in list_phases(results)
    ]


def build_causes(results: Results, phases: Iterable[PhaseView]) -> list[CauseView]:
    """Return the causes with their rows."""
    rows: dict[int, list[RowView]] = {}
    for row in (row for phase in phases for row in phase.open):
        for number in row.causes:
            rows.setdefault(number, []).append(row)
    return [
        _build_cause(cause, number, sorted(rows.get(number, ()), key=lambda row: row.row.id != cause.example.id))
        for number, cause in enumerate(results.causes or (), start=1)
    ]


def _build_cause(cause: CauseRow, number: int, rows: Sequence[RowView]) -> CauseView:
    row = rows[0].row if rows else None
    scenario = row if isinstance(row, ScenarioRow) else None
    location = cause.example.location
    return CauseView(
        row=cause,
        number=number,
        rows=rows,
        title=scenario.title if scenario else "",
        location=find_contract_line(scenario, location) if scenario else location,
        first=min(rows, key=lambda row: row.since.at if row.since else "~", default=None),
    )


def count_words(phases: Iterable[PhaseView]) -> dict[str, int]:
    """Return how many rows of all phases have each word that a filter knows, worst first."""
    counts = Counter(row.word for phase in phases for row in (*phase.open, *phase.passed))
    order = [*WORST_FIRST[:2], WARNING, QUARANTINED, *WORST_FIRST[2:]]
    return {str(word): counts[word] for word in order if counts[word]}


def _build_phase(phase: Phase, counts: Counts, rows: Sequence[RowView]) -> PhaseView:
    notable = [row for row in rows if row.word != Outcome.PASSED]
    apart = (WARNING, QUARANTINED)
    shown = sorted(notable, key=lambda row: (row.word in apart, WORST_FIRST.index(row.row.outcome)))
    return PhaseView(
        phase=phase,
        counts=counts,
        open=_choose_whole(shown),
        passed=[row for row in rows if row.word == Outcome.PASSED],
    )


def _choose_whole(rows: Sequence[RowView]) -> list[RowView]:
    """Return the rows, the first ones of each cause as whole ones: what else shows it again would fill the page."""
    seen: Counter[Sequence[int]] = Counter()
    chosen = []
    for row in rows:
        is_wanted = row.row.outcome in (Outcome.FAILED, Outcome.ERRORED, Outcome.FIXED)
        shown_by = tuple(row.causes)
        is_whole = is_wanted and seen[shown_by] < _MOST_OF_CAUSE and seen.total() < _MOST_WHOLE
        seen[shown_by] += is_whole
        chosen.append(replace(row, is_whole=is_whole))
    return chosen


def _build_rows(
    phase: Phase,
    rows: Sequence[PhaseRow],
    tell_again: TellAgain,
    history: History,
    causes: Mapping[str, Mapping[int, str]],
    digests: Sequence[Digest],
) -> Iterable[RowView]:
    anchors = make_anchors(phase[0], [row.id for row in rows])
    for number, (row, anchor) in enumerate(zip(rows, anchors, strict=True)):
        since = history.find(phase, row.id)
        is_telling = since is not None or row.outcome.traits.is_broken
        yield RowView(
            row=row,
            anchor=anchor,
            word=_find_word(row),
            digest=digests[number] if digests else None,
            since=since,
            history=history.list_outcomes(phase, row.id) if is_telling else (),
            again=tell_again(phase, row.id) if row.outcome.traits.is_broken else "",
            causes=causes.get(row.id, {}) if row.outcome.traits.is_broken else {},
            is_in_baseline=history.is_in_baseline(phase, row.id),
        )


def _find_word(row: PhaseRow) -> str:
    """Return what a row is filtered by: its outcome, but for what decides nothing."""
    match row:
        case WarehouseRow() if row.is_warning:
            return WARNING
        case ScenarioRow() if row.quarantine:
            return QUARANTINED
    return row.outcome
