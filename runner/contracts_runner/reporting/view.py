"""What the templates of reports print: the results, arranged; every figure is counted from them.

See docs/design.md, What it is.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial

from contracts_runner.dataclass import dataclass
from contracts_runner.model.nouns import pluralise
from contracts_runner.model.outcome import WORST_FIRST, Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.cause_views import CauseViews, list_examples
from contracts_runner.reporting.digest import Digest, build_digest
from contracts_runner.reporting.distribution import collect_latencies, draw_distributions, find_connecting, find_waiting
from contracts_runner.reporting.page import build_causes, build_phases, count_words
from contracts_runner.reporting.page_room import PageRoom
from contracts_runner.reporting.phrases import ENGLISH, Phrases
from contracts_runner.reporting.snapshots import build_snapshot_rows, explain_absence
from contracts_runner.reporting.stages import build_stages
from contracts_runner.reporting.timeline import build_timeline
from contracts_runner.reporting.untested import find_untested
from contracts_runner.reporting.verdict import (
    build_verdict,
    find_tone,
    group_never_accepted,
    render_headline,
    render_nature,
    render_traffic,
    render_verdict,
)
from contracts_runner.results.record import RunRecord
from contracts_runner.results.results import Results
from contracts_runner.results.rows import PropertyRow, ScenarioRow


@dataclass(frozen=True, slots=True)
class ScenarioView:
    """A scenario's row and its digest."""

    row: ScenarioRow
    digest: Digest


class ReportView:
    """A whole report; of the record it takes what results.json does not hold."""

    outcomes = tuple(Outcome)
    worst_first = WORST_FIRST

    def __init__(self, results: Results, record: RunRecord, phrases: Phrases = ENGLISH) -> None:
        scenarios = _build_scenarios(results, phrases)
        steps = [(scenario.row, step) for scenario in scenarios for step in scenario.row.steps]
        warehouse = results.warehouse
        # (scenario, number of its step) -> the recorded exchange, None when nothing was sent.
        self.exchange = record.exchange
        self.kept_exchange = record.kept_exchange
        self.language = phrases.language
        self.sandbox_line = render_nature(results.run, phrases)
        self.traffic = render_traffic(results.run, phrases)
        self.headline = render_headline(results, phrases)
        self.clauses = build_verdict(results, phrases)
        self.told = CauseViews(results, phrases, record.find_exchanges(list_examples(results)))
        self.in_baseline = {row.id for row in results.baseline.rows} if results.baseline else set()
        self.verdict = render_verdict(results, phrases)
        self.tone = find_tone(results)
        self.totals = [(phrases(pluralise(phase.noun).capitalize()), results.totals[phase]) for phase in Phase]
        self.make_room = partial(PageRoom, results)
        self.sections: dict[str, list[ScenarioView]] = {}
        for scenario in scenarios:
            self.sections.setdefault(scenario.row.contract, []).append(scenario)
        self.phases = build_phases(
            results, [scenario.digest for scenario in scenarios], record.earlier, self.told.tell_again
        )
        self.cause_filters = build_causes(results, self.phases)
        self.words = count_words(self.phases)
        self.untested = find_untested(results, self.phases)
        self.tags = sorted({tag for scenario in scenarios for tag in scenario.row.tags})
        rows = [scenario.row for scenario in scenarios]
        self.notable = [row for row in rows if row.outcome.traits.is_notable or row.quarantine]
        self.notable_checks = [row for row in warehouse.checks if row.outcome.traits.is_notable]
        self.notable_properties = [row for row in results.properties if row.outcome is not Outcome.PASSED]
        self.never_accepted = group_never_accepted(results, phrases)
        self.property_totals = _count_properties(results.properties)
        self.artifacts = [(scenario.id, step.name, step.artifact) for scenario, step in steps if step.artifact]
        # "scenario step" of what `schema: false` left out.
        self.unchecked = [f"{scenario.id} {step.name}" for scenario, step in steps if not step.schema_checked]
        self.snapshots = build_snapshot_rows(warehouse, phrases)
        self.snapshots_absent = explain_absence(warehouse, phrases)
        latencies = collect_latencies(results, record)
        self.distributions = draw_distributions(latencies)
        self.waiting = find_waiting(record)
        self.connecting = find_connecting(record)
        # Operation -> p50 in the run before.
        self.p50_before = (record.earlier.latency if record.earlier else None) or {}
        self.timeline = build_timeline(record.times, {row.id: row.outcome for row in results.scenarios})
        self.slowest_ms = max((row.max for row in results.latency), default=0.0)
        self.stages = build_stages(results, phrases)


def _build_scenarios(results: Results, phrases: Phrases) -> list[ScenarioView]:
    endpoints = {row.operation: row for row in results.endpoints}
    return [ScenarioView(row, build_digest(row, endpoints, phrases)) for row in results.scenarios]


def _count_properties(rows: Iterable[PropertyRow]) -> list[tuple[str, int, Mapping[Outcome, int]]]:
    """Return (check, examples, outcome -> rows) in the order in which the checks first come.

    Several defects of one operation's check are several rows over the same examples, which count once.
    """
    outcomes: dict[str, Counter[Outcome]] = {}
    examples: dict[str, dict[str, int]] = {}
    for row in rows:
        outcomes.setdefault(row.check, Counter())[row.outcome] += 1
        examples.setdefault(row.check, {})[row.operation] = row.examples
    return [(check, sum(examples[check].values()), counts) for check, counts in outcomes.items()]
