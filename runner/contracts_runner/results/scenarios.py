"""The rows of the scenarios, each with its outcome judged again from its recorded steps (docs/design.md, Outcomes)."""

from collections.abc import Iterable

from msgspec import structs

from contracts_runner.model.checks import judge_cleanup
from contracts_runner.model.outcome import Outcome, find_worst, list_decisive
from contracts_runner.results.events import ScenarioFinished
from contracts_runner.results.record import RunRecord
from contracts_runner.results.results import Discrepancy
from contracts_runner.results.rows import ScenarioDescription, ScenarioRow, StepRow

UNFINISHED = "the run ended before this scenario finished"
UNPROVEN = "no step of it was recorded"


def build_scenarios(record: RunRecord) -> tuple[ScenarioRow, ...]:
    """Return a row for each scenario that began, in contract order."""
    # One that is named twice is one scenario.
    entries = {entry.id: entry for entry in record.started.scenarios}
    return tuple(_build_scenario(record, entry) for name, entry in entries.items() if name in record.opened)


def judge_scenario(steps: Iterable[StepRow], closed: ScenarioFinished | None) -> tuple[Outcome, str]:
    """Return a scenario's outcome and its reason, from the rows of its steps; without `closed` it is at least errored.

    What has no recorded step may only be what needs no proof: everything else would be a claim without an exchange.
    """
    rows = list(steps)
    outcomes = list_decisive(
        (step.outcome for step in rows if not step.cleanup and not is_left_out(step)),
        (_judge_cleanup(step) for step in rows if step.cleanup),
    )
    if closed is None:
        return find_worst([*outcomes, Outcome.ERRORED]), UNFINISHED
    if outcomes:
        return find_worst(outcomes), closed.reason
    return (Outcome.ERRORED, UNPROVEN) if closed.outcome.traits.needs_proof else (closed.outcome, closed.reason)


def is_left_out(step: StepRow) -> bool:
    """Return whether a step takes no part in the outcome of its scenario."""
    return step.left_out is True and step.outcome is Outcome.SKIPPED


def _judge_cleanup(step: StepRow) -> Outcome:
    return judge_cleanup(step.outcome, ((check.check, check.outcome) for check in step.checks))


def find_discrepancies(record: RunRecord, scenarios: Iterable[ScenarioRow]) -> tuple[Discrepancy, ...]:
    """Return where the recorded outcome of a scenario is not the one that its steps add up to. Reports print both."""
    return tuple(
        Discrepancy(scenario=row.id, recorded=closed.outcome, recomputed=row.outcome)
        for row in scenarios
        if (closed := record.closed.get(row.id)) and closed.outcome is not row.outcome
    )


def _build_scenario(record: RunRecord, entry: ScenarioDescription) -> ScenarioRow:
    recorded = record.steps.get(entry.id, {})
    steps = tuple(recorded[number].step for number in sorted(recorded))
    closed = record.closed.get(entry.id)
    outcome, reason = judge_scenario(steps, closed)
    return ScenarioRow(
        **structs.asdict(entry),
        outcome=outcome,
        reason=reason,
        duration_ms=closed.duration_ms if closed else None,
        steps=steps,
    )
