"""What was broken in an earlier run in the same way: it is told apart, and does not decide the exit code.

A row is broken as in the baseline if it has the same outcome there, failed or errored, and nothing is broken in it that
was not there: of a scenario each check of each step, by its place, a status or a code by its value; of generated
requests the defect; of a warehouse check that it is broken.
"""

import re
from collections.abc import Iterable, Iterator

from msgspec import UNSET, UnsetType

from contracts_runner.model.checks import CheckName
from contracts_runner.model.phase import Phase
from contracts_runner.results.events import BaselineRecorded
from contracts_runner.results.results import Baseline, BaselineRow
from contracts_runner.results.rows import BrokenRow, PropertyRow, ScenarioRow, StepRow, WarehouseRow

# With another value they are broken in another way.
_BY_VALUE = (
    *(CheckName.STATUS, CheckName.STATUS_DECLARED, CheckName.ERROR),
    *(CheckName.MEDIA_TYPE, CheckName.MEDIA_TYPE_DECLARED),
)
_INDEX = re.compile(r"\[-?\d+\]")


def list_broken(
    scenarios: Iterable[ScenarioRow], properties: Iterable[PropertyRow], checks: Iterable[WarehouseRow]
) -> Iterator[BrokenRow]:
    """Yield what failed or errored and is not told apart anyway, each with signs of what is broken in it."""
    for scenario in scenarios:
        if scenario.outcome.traits.is_broken and not scenario.quarantine:
            signs = dict.fromkeys(sign for step in scenario.steps for sign in _iter_signs(step))
            yield BrokenRow(phase=Phase.SCENARIOS, id=scenario.id, outcome=scenario.outcome, signs=tuple(signs))
    for found in properties:
        if found.outcome.traits.is_broken:
            codes = (found.failure.code,) if found.failure else ()
            yield BrokenRow(phase=Phase.PROPERTIES, id=found.id, outcome=found.outcome, signs=codes)
    for check in checks:
        if check.outcome.traits.is_broken and not check.is_warning:
            yield BrokenRow(phase=Phase.WAREHOUSE, id=check.id, outcome=check.outcome)


def build_baseline(recorded: BaselineRecorded | None, broken: Iterable[BrokenRow]) -> Baseline | UnsetType:
    """Return the baseline with those of the `broken` rows that it has, too; UNSET where the run has none."""
    if recorded is None:
        return UNSET
    before = {(row.phase, row.id): row for row in recorded.rows}
    return Baseline(
        run=recorded.run,
        environment=recorded.environment,
        started_at=recorded.started_at,
        head=recorded.head,
        rows=tuple(
            BaselineRow(phase=row.phase, id=row.id, outcome=row.outcome)
            for row in broken
            if _is_covered(row, before.get((row.phase, row.id)))
        ),
    )


def _is_covered(row: BrokenRow, before: BrokenRow | None) -> bool:
    if before is None or before.outcome is not row.outcome:
        return False
    return set(row.signs) <= set(before.signs) and bool(row.signs) == bool(before.signs)


def _iter_signs(step: StepRow) -> Iterator[str]:
    if not step.outcome.traits.is_broken:
        return
    broken = [check for check in step.checks if check.outcome.traits.is_broken]
    if not broken:
        yield step.name
    for check in broken:
        place = _INDEX.sub("[*]", check.path or "")
        value = check.actual if check.check in _BY_VALUE and not isinstance(check.actual, list | dict) else ""
        yield f"{step.name}: {check.check} {place} {value}".rstrip()
