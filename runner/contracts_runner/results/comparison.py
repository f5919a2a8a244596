"""What is other in a run than in an earlier one, row by row: `contracts diff`."""

from enum import StrEnum
from typing import assert_never

from msgspec import Struct

from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.results.drift import find_drift
from contracts_runner.results.results import Results
from contracts_runner.results.rows import EndpointState, Location, PropertyRow, ScenarioRow, WarehouseRow
from contracts_runner.results.shape_rows import DriftRow
from contracts_runner.results.slowness import LatencyChange, compare_latency

Judged = ScenarioRow | PropertyRow | WarehouseRow


class Change(StrEnum):
    """How the outcome of a row differs, or that it does not, and is no good one."""

    NEWLY_FAILING = "newly_failing"
    FIXED = "fixed"
    NEWLY_KNOWN = "newly_known"
    CHANGED = "changed"
    GONE = "gone"
    NEW = "new"
    STILL_FAILING = "still_failing"


class ChangedRow(Struct, frozen=True, kw_only=True):
    """A row; the outcome is None in the run that does not have it."""

    phase: Phase
    id: str
    before: Outcome | None
    after: Outcome | None
    message: str = ""
    location: Location = None


class EndpointChange(Struct, frozen=True, kw_only=True):
    """An operation that answers otherwise."""

    operation: str
    before: EndpointState | None
    after: EndpointState | None


class Comparison(Struct, frozen=True, kw_only=True):
    """Each row that differs, or is broken in both, is in one of the lists of `rows`."""

    rows: dict[Change, list[ChangedRow]]
    latency: list[LatencyChange]
    endpoints: list[EndpointChange]
    drift: list[DriftRow]


def compare_runs(before: Results, after: Results) -> Comparison:
    """Return what is other in `after`."""
    rows: dict[Change, list[ChangedRow]] = {change: [] for change in Change}
    for phase in Phase:
        old = {row.id: row for row in before.list_rows(phase)}
        new = {row.id: row for row in after.list_rows(phase)}
        for identifier in {**new, **old}:
            one, other = old.get(identifier), new.get(identifier)
            change = _classify(one.outcome if one else None, other.outcome if other else None)
            if other is not None and _is_apart(other) and change in (Change.NEWLY_FAILING, Change.STILL_FAILING):
                change = Change.CHANGED if one is None or one.outcome is not other.outcome else None
            if change is not None:
                rows[change].append(_describe(phase, one, other))
    states = [{row.operation: row.state for row in run.endpoints} for run in (before, after)]
    return Comparison(
        rows=rows,
        latency=compare_latency(before.scenarios, after.scenarios),
        endpoints=[
            EndpointChange(operation=operation, before=states[0].get(operation), after=states[1].get(operation))
            for operation in {**states[1], **states[0]}
            if states[0].get(operation) is not states[1].get(operation)
        ],
        drift=[*find_drift(before.shapes or (), after.shapes or ())],
    )


def _classify(before: Outcome | None, after: Outcome | None) -> Change | None:
    was_broken = before is not None and before.traits.is_broken
    if after is None:
        return Change.GONE
    if after.traits.is_broken:
        return Change.STILL_FAILING if was_broken else Change.NEWLY_FAILING
    if before is None:
        return Change.NEW
    if before is after:
        return None
    match after:
        case Outcome.PASSED if was_broken or before is Outcome.FIXED:
            return Change.FIXED
        case Outcome.FIXED if before is Outcome.KNOWN:
            return Change.FIXED
        case Outcome.KNOWN:
            return Change.NEWLY_KNOWN
        case Outcome.PASSED | Outcome.FIXED | Outcome.BLOCKED | Outcome.SKIPPED:
            return Change.CHANGED
        case Outcome.FAILED | Outcome.ERRORED:
            raise AssertionError("broken")
        case _:
            assert_never(after)


def _is_apart(row: Judged) -> bool:
    """True for what decides nothing, however it comes out: a warning, a scenario in quarantine."""
    return (isinstance(row, WarehouseRow) and row.is_warning) or (isinstance(row, ScenarioRow) and bool(row.quarantine))


def _describe(phase: Phase, before: Judged | None, after: Judged | None) -> ChangedRow:
    row = after or before
    assert row is not None
    return ChangedRow(
        phase=phase,
        id=row.id,
        before=before.outcome if before else None,
        after=after.outcome if after else None,
        message=_explain(row),
        location=None if isinstance(row, PropertyRow) else row.location,
    )


def _explain(row: Judged) -> str:
    """Return the first sentence on what is broken."""
    match row:
        case WarehouseRow():
            return row.message
        case PropertyRow():
            return row.reason
        case ScenarioRow():
            checks = (check for step in row.steps for check in step.checks if check.outcome.traits.is_broken)
            return row.reason or next((check.message for check in checks), "")
        case _:
            assert_never(row)
