"""What the templates of reports print: the results, arranged; every figure is counted from them.

See docs/design.md, What it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contracts_runner.model.outcome import WORST_FIRST, Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.checks import count_checks
from contracts_runner.reporting.digest import Digest, build_digest
from contracts_runner.reporting.exchanges import ExchangeView, build_exchange
from contracts_runner.reporting.snapshots import SnapshotRow, build_snapshot_rows, explain_absence
from contracts_runner.reporting.stages import Stage, build_stages
from contracts_runner.reporting.text import make_anchor
from contracts_runner.reporting.verdict import SANDBOX_LINE, build_verdict, find_tone, render_verdict
from contracts_runner.results.lines import Line
from contracts_runner.results.record import read_record
from contracts_runner.results.results import Counts, Results
from contracts_runner.results.rows import CheckRow, PropertyRow, ScenarioRow, StepRow, WarehouseRow


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A step's row, and its exchange as recorded (None: nothing was sent)."""

    row: StepRow
    exchange: ExchangeView | None

    @property
    def unheld(self) -> list[CheckRow]:
        """The checks that did not pass."""
        return [check for check in self.row.checks if check.outcome is not Outcome.PASSED]

    @property
    def held(self) -> list[CheckRow]:
        """The checks that passed."""
        return [check for check in self.row.checks if check.outcome is Outcome.PASSED]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioView:
    """A scenario's row, its digest, its steps, and the name of its place in a document."""

    row: ScenarioRow
    digest: Digest
    anchor: str
    steps: tuple[StepView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The scenarios of one contract; `documents` are what its promises were taken from."""

    contract: str
    documents: tuple[str, ...]
    scenarios: tuple[ScenarioView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """A whole report. `sandbox_line` is "" unless the run was simulated."""

    results: Results
    sandbox_line: str
    verdict: str
    clauses: tuple[str, ...]  # the verdict in parts
    tone: Outcome
    outcomes: tuple[Outcome, ...]
    totals: tuple[tuple[str, Counts], ...]
    sections: tuple[Section, ...]
    tags: tuple[str, ...]
    notable: tuple[ScenarioView, ...]
    notable_checks: tuple[WarehouseRow, ...]
    notable_properties: tuple[PropertyRow, ...]  # all that did not pass
    property_totals: tuple[tuple[str, int, Mapping[Outcome, int]], ...]  # (check, examples, outcomes)
    artifacts: tuple[tuple[str, str, str], ...]  # (scenario, step, path)
    unchecked: tuple[str, ...]  # "scenario step" of what `schema: false` left out
    snapshots: tuple[SnapshotRow, ...]
    snapshots_absent: str
    slowest_ms: float
    stages: tuple[Stage, ...]

    @property
    def ranks(self) -> Mapping[Outcome, int]:
        """The place of each outcome when the worst comes first."""
        return {outcome: rank for rank, outcome in enumerate(WORST_FIRST)}

    def scale(self, value_ms: float) -> float:
        """Return the length of a bar, 0 to 1000 for the slowest response of all."""
        return round(1000 * value_ms / self.slowest_ms, 1) if self.slowest_ms else 0.0


def build_view(results: Results, lines: Iterable[Line]) -> ReportView:
    """Return the view; of the lines it takes the exchanges only, which results.json does not hold."""
    sections = _build_sections(results, lines)
    scenarios = [scenario for section in sections for scenario in section.scenarios]
    rows = [(scenario.row, step.row) for scenario in scenarios for step in scenario.steps]
    warehouse = results.warehouse
    return ReportView(
        results=results,
        sandbox_line=SANDBOX_LINE if results.run.simulated else "",
        verdict=render_verdict(results),
        clauses=tuple(build_verdict(results)),
        tone=find_tone(results),
        outcomes=tuple(Outcome),
        totals=tuple((phase.noun.capitalize(), results.totals[phase]) for phase in Phase),
        sections=sections,
        tags=tuple(sorted({tag for scenario in scenarios for tag in scenario.row.tags})),
        notable=tuple(scenario for scenario in scenarios if scenario.row.outcome.traits.is_notable),
        notable_checks=tuple(row for row in warehouse.checks if row.outcome.traits.is_notable),
        notable_properties=tuple(row for row in results.properties if row.outcome is not Outcome.PASSED),
        property_totals=count_checks(results.properties),
        artifacts=tuple((scenario.id, step.name, step.artifact) for scenario, step in rows if step.artifact),
        unchecked=tuple(f"{scenario.id} {step.name}" for scenario, step in rows if not step.schema_checked),
        snapshots=tuple(build_snapshot_rows(warehouse)),
        snapshots_absent=explain_absence(warehouse),
        slowest_ms=max((row.max for row in results.latency), default=0.0),
        stages=build_stages(results),
    )


def _build_sections(results: Results, lines: Iterable[Line]) -> tuple[Section, ...]:
    record = read_record(lines)
    endpoints = {row.operation: row for row in results.endpoints}
    grouped: dict[str, list[ScenarioView]] = {}
    for number, row in enumerate(results.scenarios, start=1):
        steps = tuple(
            StepView(row=step, exchange=build_exchange(record.exchange(row.id, step.number))) for step in row.steps
        )
        view = ScenarioView(
            row=row, digest=build_digest(row, endpoints), anchor=make_anchor(row.id, number), steps=steps
        )
        grouped.setdefault(row.contract, []).append(view)
    return tuple(
        Section(contract=contract, documents=_find_documents(scenarios), scenarios=tuple(scenarios))
        for contract, scenarios in grouped.items()
    )


def _find_documents(scenarios: Iterable[ScenarioView]) -> tuple[str, ...]:
    sources = (scenario.row.source for scenario in scenarios)
    return tuple(dict.fromkeys(source.document for source in sources if source))
