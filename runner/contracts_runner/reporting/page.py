"""What report.html shows beside the results: the rows of all phases, worst first, each with its place in the page."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contracts_runner.model.outcome import WORST_FIRST, Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.digest import Digest
from contracts_runner.reporting.text import make_anchors
from contracts_runner.reporting.verdict import list_phases
from contracts_runner.results.results import Counts, Results
from contracts_runner.results.rows import WARNING, PropertyRow, ScenarioRow, WarehouseRow

PhaseRow = ScenarioRow | PropertyRow | WarehouseRow


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """A row of a phase. `anchor` is its place in the page, `word` what it is filtered by: its outcome, or `warning`;
    `digest` is that of a scenario."""

    row: PhaseRow
    anchor: str
    word: str
    digest: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseView:
    """The rows of a phase: what did not pass, worst first, then what `passed`, in the order of the run."""

    phase: Phase
    counts: Counts
    open: Sequence[RowView]
    passed: Sequence[RowView]


def build_phases(results: Results, digests: Sequence[Digest]) -> list[PhaseView]:
    """Return the phases that have a row, the one with the worst first; `digests` are those of the scenarios."""
    rows: dict[Phase, Iterable[RowView]] = {
        Phase.SCENARIOS: _build_rows("s", results.scenarios, digests),
        Phase.PROPERTIES: _build_rows("p", results.properties),
        Phase.WAREHOUSE: _build_rows("w", results.warehouse.checks),
    }
    return [_build_phase(phase, results.totals[phase], list(rows[phase])) for phase in list_phases(results)]


def count_words(phases: Iterable[PhaseView]) -> dict[str, int]:
    """Return how many rows of all phases have each word that a filter knows, worst first."""
    counts = Counter(row.word for phase in phases for row in (*phase.open, *phase.passed))
    order = [*WORST_FIRST[:2], WARNING, *WORST_FIRST[2:]]
    return {str(word): counts[word] for word in order if counts[word]}


def _build_phase(phase: Phase, counts: Counts, rows: Sequence[RowView]) -> PhaseView:
    notable = [row for row in rows if row.row.outcome is not Outcome.PASSED]
    return PhaseView(
        phase=phase,
        counts=counts,
        open=sorted(notable, key=lambda row: (row.word == WARNING, WORST_FIRST.index(row.row.outcome))),
        passed=[row for row in rows if row.row.outcome is Outcome.PASSED],
    )


def _build_rows(prefix: str, rows: Sequence[PhaseRow], digests: Sequence[Digest] = ()) -> Iterable[RowView]:
    anchors = make_anchors(prefix, [row.id for row in rows])
    for number, (row, anchor) in enumerate(zip(rows, anchors, strict=True)):
        is_warning = isinstance(row, WarehouseRow) and row.is_warning
        yield RowView(
            row=row,
            anchor=anchor,
            word=WARNING if is_warning else row.outcome,
            digest=digests[number] if digests else None,
        )
