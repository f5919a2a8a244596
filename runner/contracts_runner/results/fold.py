"""Folds a ledger into the results: it sorts, counts and judges, and adds nothing (docs/design.md, Files of a run)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from math import ceil
from typing import Any

from msgspec import UNSET, UnsetType, structs

from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.results.acceptance import explain_never_accepted
from contracts_runner.results.baseline import build_baseline, list_broken
from contracts_runner.results.causes import build_causes
from contracts_runner.results.drift import find_drift_since
from contracts_runner.results.endpoints import build_endpoints
from contracts_runner.results.events import PageFetched, TokenRequested, WarehouseSnapshot
from contracts_runner.results.load_fold import fold_load
from contracts_runner.results.record import Lines, RunRecord, read_record
from contracts_runner.results.results import (
    Counts,
    LatencyRow,
    LedgerFacts,
    NeverAccepted,
    Results,
    RunRow,
    ScenarioCounts,
    SnapshotNotes,
    Snapshots,
    Totals,
    Warehouse,
)
from contracts_runner.results.rows import (
    EarlierRun,
    FaultRow,
    LoadRow,
    Moment,
    RunFacts,
    ScenarioRow,
    StepRow,
    TokenRow,
    WarehouseRow,
)
from contracts_runner.results.scenarios import build_scenarios, find_discrepancies
from contracts_runner.results.shape_fold import build_shapes
from contracts_runner.results.since import build_since


def fold_ledger(lines: Lines, head: str | UnsetType = UNSET) -> Results:
    """Return the results of the lines of a ledger, the last of which has the hash `head`.

    Raises RunFolderError for a ledger without its first line.
    """
    return fold_record(read_record(lines), head)


def fold_record(record: RunRecord, head: str | UnsetType = UNSET) -> Results:
    """Return the results of the record of a run; the last line of its ledger has the hash `head`."""
    scenarios = build_scenarios(record)
    # In the order in which they were first reported.
    properties, checks = tuple(record.property_rows.values()), tuple(record.warehouse_rows.values())
    selected = dict.fromkeys(entry.id for entry in record.started.scenarios)
    discrepancies = find_discrepancies(record, scenarios)
    shapes = build_shapes(record)
    load = fold_load(record.load_started, record.load_windows) if record.load_started else None
    return Results(
        run=_build_run(record),
        totals=Totals(
            scenarios=_count_scenarios(scenarios),
            properties=count_outcomes(row.outcome for row in properties),
            warehouse=_count_checks(checks),
            requests_sent=record.requests.total(),
            writes_sent=record.writes,
        ),
        selected=len(record.started.scenarios),
        deselected=record.started.deselected,
        not_started=tuple(scenario for scenario in selected if scenario not in record.opened),
        environment=record.findings,
        scenarios=scenarios,
        properties=properties,
        since=build_since(
            record.earlier,
            EarlierRun(id=record.started.run.id, started_at=record.started_at),
            {Phase.SCENARIOS: scenarios, Phase.PROPERTIES: properties, Phase.WAREHOUSE: checks},
        ),
        baseline=build_baseline(record.baseline, list_broken(scenarios, properties, checks)),
        never_accepted=_list_never_accepted(record),
        warehouse=Warehouse(
            planned=record.started.warehouse_checks,
            **_collect_snapshots(record.snapshots),
            scenarios=tuple(
                ScenarioCounts(id=name, **_collect_snapshots(taken))
                for name, taken in record.scenario_snapshots.items()
            ),
            load=LoadRow(**structs.asdict(record.load)) if record.load else None,
            checks=checks,
        ),
        tokens=tuple(_build_token(token) for token in record.tokens.values()) or UNSET,
        load=load or UNSET,
        latency=_build_latency(record, scenarios),
        endpoints=build_endpoints(record, scenarios),
        shapes=shapes or UNSET,
        drift=UNSET if record.earlier_shapes is None else tuple(find_drift_since(record.earlier_shapes, shapes)),
        discrepancies=discrepancies,
        causes=build_causes(record, scenarios, properties, checks, [row.scenario for row in discrepancies], load),
        faults=tuple(FaultRow(**structs.asdict(fault)) for fault in record.faults) or UNSET,
        leaks=tuple(record.leaks) or UNSET,
        ledger=LedgerFacts(lines=record.lines),
        head=head,
    )


def _build_token(token: TokenRequested) -> TokenRow:
    return TokenRow(**{name: getattr(token, name) for name in TokenRow.__struct_fields__})


def _list_never_accepted(record: RunRecord) -> tuple[NeverAccepted, ...] | UnsetType:
    if not record.property_answers:
        return UNSET
    return tuple(
        NeverAccepted(operation=operation, because=because)
        for operation, answers in record.property_answers.items()
        if (because := explain_never_accepted(answers))
    )


def count_outcomes(outcomes: Iterable[Outcome]) -> Counts:
    """Return how often each outcome occurs, and the total."""
    counts = Counter(outcomes)
    return Counts(**{outcome.value: counts[outcome] for outcome in Outcome}, total=counts.total())


def _count_scenarios(rows: Sequence[ScenarioRow]) -> Counts:
    """Return the counts of scenarios: those in quarantine are no pass and no failure."""
    counts = count_outcomes(row.outcome for row in rows if not row.quarantine)
    apart = len(rows) - counts.total
    return structs.replace(counts, quarantined=apart, total=len(rows)) if apart else counts


def _count_checks(rows: Sequence[WarehouseRow]) -> Counts:
    """Return the counts of warehouse checks: what is wrong and fails nothing is counted apart."""
    counts = count_outcomes(row.outcome for row in rows if not row.is_warning)
    warnings = len(rows) - counts.total
    return structs.replace(counts, warnings=warnings, total=len(rows)) if warnings else counts


def _build_run(record: RunRecord) -> RunRow:
    run, finished = record.started.run, record.finished
    return RunRow(
        **{name: getattr(run, name) for name in RunFacts.__struct_fields__},
        started_at=record.started_at,
        resumed_at=tuple(record.resumed_at),
        complete=finished is not None and not finished.is_interrupted,
        interrupted=finished is not None and finished.is_interrupted,
        strict=finished.is_strict if finished is not None else UNSET,
        finished_at=record.finished_at,
    )


def _collect_snapshots(taken: Mapping[Moment, WarehouseSnapshot]) -> dict[str, Any]:
    return {
        "notes": SnapshotNotes(**{moment.value: snapshot.note for moment, snapshot in taken.items()}),
        "snapshots": Snapshots(**{moment.value: snapshot.tables for moment, snapshot in taken.items()}),
    }


def _build_latency(record: RunRecord, scenarios: Iterable[ScenarioRow]) -> tuple[LatencyRow, ...]:
    """Return a row for each operation with a measured response.

    Every step with a response counts once, with its last attempt; so does each page of the warehouse phase.
    Percentiles are nearest-rank: always a value that was measured, for small counts the largest one.
    """
    measured: dict[str, list[float]] = {row.operation: [] for row in record.started.operations}
    steps = (step for scenario in scenarios for step in scenario.steps)
    answers: Iterable[StepRow | PageFetched] = chain(steps, record.pages.values())
    for answered in answers:
        response = answered.response
        if response and response.latency_ms is not None:
            measured.setdefault(answered.operation, []).append(response.latency_ms)
    return tuple(_summarise(operation, sorted(values)) for operation, values in measured.items() if values)


def find_percentile(ordered: Sequence[float], percent: int) -> float:
    """Return the nearest-rank percentile of values in ascending order: the smallest one that at least `percent` per
    cent of all do not exceed."""
    return ordered[max(ceil(len(ordered) * percent / 100), 1) - 1]


def _summarise(operation: str, ordered: Sequence[float]) -> LatencyRow:
    return LatencyRow(
        operation=operation,
        count=len(ordered),
        min=ordered[0],
        p50=find_percentile(ordered, 50),
        p90=find_percentile(ordered, 90),
        p99=find_percentile(ordered, 99),
        max=ordered[-1],
    )
