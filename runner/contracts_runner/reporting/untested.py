"""What a run did not test, and why: what a reader must not take for passed."""

from collections.abc import Iterable, Iterator, Sequence

from contracts_runner.dataclass import dataclass
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.page import PhaseView, RowView
from contracts_runner.results.results import Results
from contracts_runner.results.rows import EndpointState, WarehouseRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Untested:
    """`phases` had no row; `held_back` is what was blocked or skipped, by reason, most rows first; `unsent` are
    steps of scenarios that began, as (scenario, step, operation, why); `unseen` checks that were not looked at, as
    (scenario, step, check, why), each once; `unprobed` operations that no request reached."""

    phases: Sequence[Phase]
    held_back: Sequence[tuple[Outcome, str, Sequence[RowView]]]
    unsent: Sequence[tuple[str, str, str, str]]
    unseen: Sequence[tuple[str, str, str, str]]
    unprobed: Sequence[str]


def find_untested(results: Results, phases: Sequence[PhaseView]) -> Untested:
    """Return what was not tested, as far as the ledger knows it."""
    seen = {phase.phase for phase in phases}
    return Untested(
        phases=[phase for phase in Phase if phase not in seen],
        held_back=_group(row for phase in phases for row in phase.open),
        unsent=[
            (scenario.id, step.name, step.operation, step.reason)
            for scenario in results.scenarios
            for step in scenario.steps
            if step.outcome is Outcome.BLOCKED and scenario.outcome is not Outcome.BLOCKED
        ],
        unseen=list(dict.fromkeys(_iter_unseen(results))),
        unprobed=[row.operation for row in results.endpoints if row.state is EndpointState.NEVER_PROBED],
    )


def _iter_unseen(results: Results) -> Iterator[tuple[str, str, str, str]]:
    for scenario in results.scenarios:
        for step in scenario.steps:
            for check in step.checks:
                if check.outcome is Outcome.SKIPPED:
                    yield scenario.id, step.name, check.check, check.message


def _group(rows: Iterable[RowView]) -> list[tuple[Outcome, str, Sequence[RowView]]]:
    groups: dict[tuple[Outcome, str], list[RowView]] = {}
    for entry in rows:
        row = entry.row
        if row.outcome in (Outcome.BLOCKED, Outcome.SKIPPED):
            groups.setdefault((row.outcome, _explain(entry)), []).append(entry)
    found = [(outcome, reason, entries) for (outcome, reason), entries in groups.items()]
    return sorted(found, key=lambda group: -len(group[2]))


def _explain(entry: RowView) -> str:
    if entry.digest:
        return entry.digest.note
    return entry.row.message if isinstance(entry.row, WarehouseRow) else entry.row.reason
