"""Sorts the lines of a ledger by what they are about; judges nothing.

Headers and bodies, most of a ledger, stay where they are: who shows an exchange reads its line again.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import field
from typing import Protocol

from msgspec import structs

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import RunFolderError
from contracts_runner.model.outcome import WORST_FIRST, Outcome
from contracts_runner.results import events
from contracts_runner.results.lines import Line, pack_row
from contracts_runner.results.packed_checks import pack_checks
from contracts_runner.results.rows import (
    AnswerRow,
    ExchangeRow,
    Finding,
    LeakRow,
    Moment,
    PropertyRow,
    StepRow,
    TimingsRow,
    WarehouseRow,
)
from contracts_runner.results.shape_rows import EarlierShape
from contracts_runner.results.times import Times

# Of the lines of so long a ledger the checks are not packed.
_MOST_OPEN = 2_500


class Lines(Protocol):
    """The lines of a ledger in their order, and one of them by its index."""

    def __iter__(self) -> Iterator[Line]: ...

    def __getitem__(self, index: int, /) -> Line: ...


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """What is kept of a line about a step: its index, its row, the shape of the answer as `pack_row` writes it, b""
    where it is not known, whether it has an exchange, and the timings of that."""

    index: int
    step: StepRow
    shape: bytes
    is_sent: bool
    timings: TimingsRow | None


@dataclass(slots=True)
class ShardScenarios:
    """The scenarios of a part of a merged run, as RunRecord has them."""

    closed: dict[str, events.ScenarioFinished] = field(default_factory=dict)
    steps: dict[str, dict[int, RecordedStep]] = field(default_factory=dict)


@dataclass(slots=True)
class RunRecord:
    """The events of one run. A resumed run records some things twice: then the later line counts, except that the first
    snapshot "before" stays, because the run's own writes came after it."""

    source: Lines
    started: events.RunStarted
    started_at: str
    lines: int = 0
    times: Times = field(default_factory=Times)
    resumed_at: list[str] = field(default_factory=list)
    finished: events.RunFinished | None = None  # if nothing follows but what closes a run
    finished_at: str | None = None
    earlier: events.EarlierRunsRecorded | None = None
    earlier_shapes: tuple[EarlierShape, ...] | None = None
    baseline: events.BaselineRecorded | None = None
    findings: tuple[Finding, ...] = ()
    opened: set[str] = field(default_factory=set)  # scenarios that began
    closed: dict[str, events.ScenarioFinished] = field(default_factory=dict)  # by scenario
    steps: dict[str, dict[int, RecordedStep]] = field(default_factory=dict)  # scenario -> number
    shapes: dict[bytes, bytes] = field(default_factory=dict)  # those of steps, each once
    requests: Counter[str] = field(default_factory=Counter)  # operation -> requests that left
    writes: int = 0
    sent_steps: set[tuple[str | None, str | None]] = field(default_factory=set)  # (scenario, step)
    snapshots: dict[Moment, events.WarehouseSnapshot] = field(default_factory=dict)
    scenario_snapshots: dict[str, dict[Moment, events.WarehouseSnapshot]] = field(default_factory=dict)  # by scenario
    load: events.WarehouseLoaded | None = None
    warehouse_rows: dict[tuple[str, str], WarehouseRow] = field(default_factory=dict)  # (table, id)
    pages: dict[str, events.PageFetched] = field(default_factory=dict)  # by artifact
    tokens: dict[str, events.TokenRequested] = field(default_factory=dict)  # by artifact
    load_started: events.LoadStarted | None = None
    load_windows: list[tuple[str, events.LoadMeasured]] = field(default_factory=list)  # each with its time
    load_examples: list[events.LoadFailed] = field(default_factory=list)
    faults: list[events.FaultRecorded] = field(default_factory=list)
    leaks: dict[LeakRow, None] = field(default_factory=dict)
    property_rows: dict[str, PropertyRow] = field(default_factory=dict)  # by id
    property_exchanges: dict[str, events.PropertyExchange] = field(default_factory=dict)  # by artifact
    places: dict[str, int] = field(default_factory=dict)  # artifact -> index of a line about a page or a property
    property_answers: dict[str, tuple[AnswerRow, ...]] = field(default_factory=dict)  # by operation
    shards: list[ShardScenarios] = field(default_factory=list)  # of a merged run

    def exchange(self, scenario: str, number: int) -> ExchangeRow | None:
        """Return the recorded exchange of a step, None when nothing was sent."""
        found = self.steps.get(scenario, {}).get(number)
        return self._read_exchange(found.index) if found and found.is_sent else None

    def kept_exchange(self, artifact: str) -> ExchangeRow | None:
        """Return the exchange of a page, or of a generated request that was kept, by its artifact."""
        return self._read_exchange(self.places[artifact]) if artifact in self.places else None

    def find_exchanges(self, artifacts: Collection[str]) -> dict[str, ExchangeRow]:
        """Return artifact -> the exchange in it, of steps, of pages, and of generated requests that were kept."""
        steps = (step for steps in self.steps.values() for step in steps.values() if step.is_sent)
        places = [(step.index, step.step.artifact or "") for step in steps if step.step.artifact in artifacts]
        places += [(index, artifact) for artifact, index in self.places.items() if artifact in artifacts]
        found = {artifact: self._read_exchange(index) for index, artifact in sorted(places)}
        return {artifact: exchange for artifact, exchange in found.items() if exchange}

    def _read_exchange(self, index: int) -> ExchangeRow | None:
        event = self.source[index].event
        kinds = events.StepFinished | events.PageFetched | events.PropertyExchange
        return event.exchange if isinstance(event, kinds) else None


def read_record(lines: Lines) -> RunRecord:
    """Sort the lines, and keep none of them. Types that this version does not know are counted and otherwise ignored.

    Raises RunFolderError when the first line is not `run_started`: then it is not known what was run.
    """
    iterator = iter(lines)
    first = next(iterator, None)
    if first is None or not isinstance(first.event, events.RunStarted):
        raise RunFolderError("the ledger does not begin with a run_started line: there is no run to report on")
    record = RunRecord(source=lines, started=first.event, started_at=first.at, lines=1)
    record.times.take(first)
    of_shards = 1 + sum(shard.lines for shard in first.event.run.shards or ())
    for line in iterator:
        record.lines += 1
        record.times.take(line)
        if record.lines <= of_shards and isinstance(line.event, events.RunFinished | events.RunResumed):
            continue  # a part has ended, or went on
        if not isinstance(line.event, events.Closing):
            record.finished = record.finished_at = None
        _take_line(record, line)
    if record.shards:
        _choose_worst(record)
    return record


def _choose_worst(record: RunRecord) -> None:
    """Of a scenario that several parts of a merged run needed, each has run it: the worst counts."""
    shards = [*record.shards, ShardScenarios(record.closed, record.steps)]
    record.closed, record.steps = {}, {}
    for shard in shards:
        for scenario, closed in shard.closed.items():
            known = record.closed.get(scenario)
            if known is None or WORST_FIRST.index(closed.outcome) < WORST_FIRST.index(known.outcome):
                record.closed[scenario] = closed
                record.steps[scenario] = shard.steps.get(scenario, {})


def _take_line(record: RunRecord, line: Line) -> None:
    match line.event:
        case events.RequestSent() as sent:
            record.requests[sent.operation] += 1
            record.writes += sent.is_write
            record.sent_steps.add((sent.scenario, sent.step))
        case events.ScenarioStarted(scenario=scenario):
            # One that is run again begins again: what was recorded of it before counts as requests only.
            record.opened.add(scenario)
            record.closed.pop(scenario, None)
            record.steps.pop(scenario, None)
        case events.StepFinished() as step:
            record.steps.setdefault(step.scenario, {})[step.number] = _keep_step(record, step)
        case events.ScenarioFinished() as closed:
            record.closed[closed.scenario] = closed
        case events.ShardStarted():
            record.started_at = min(record.started_at, line.at)
            record.shards.append(ShardScenarios(record.closed, record.steps))
            record.closed, record.steps = {}, {}
        case events.RunResumed(under_way=under_way):
            # An interrupt had closed some of them.
            for scenario in under_way:
                record.closed.pop(scenario, None)
            record.resumed_at.append(line.at)
        case events.EarlierRunsRecorded() as earlier:
            record.earlier = earlier
        case events.EarlierShapesRecorded(shapes=shapes):
            record.earlier_shapes = shapes
        case events.BaselineRecorded() as baseline:
            record.baseline = baseline
        case events.EnvironmentRecorded(findings=findings):
            record.findings = findings
        case events.WarehouseSnapshot() as snapshot:
            _take_snapshot(record, snapshot)
        case events.WarehouseLoaded() as load:
            record.load = load
        case events.WarehouseCheckFinished(row=check):
            record.warehouse_rows[check.table, check.id] = check
        case events.PageFetched() as page:
            record.places[page.artifact] = record.lines - 1
            record.pages[page.artifact] = structs.replace(page, exchange=_lighten(page.exchange))
        case events.TokenRequested() as token:
            record.tokens[token.artifact] = token
        case events.PropertyExchange() as kept:
            record.places[kept.artifact] = record.lines - 1
            record.property_exchanges[kept.artifact] = structs.replace(kept, exchange=_lighten(kept.exchange))
        case events.PropertiesRestarted(operations=operations):
            # Without this a check that looked before, and does not now, would keep what it said.
            again, rows = frozenset(operations), record.property_rows
            record.property_rows = {key: row for key, row in rows.items() if row.operation not in again}
            for operation in again:
                record.property_answers.pop(operation, None)
        case events.PropertyAnswered(operation=operation, answers=answers):
            record.property_answers[operation] = answers
        case events.PropertyFinished(row=row):
            record.property_rows[row.id] = row
        case events.LoadFailed() as failed:
            record.load_examples.append(failed)
        case events.LoadStarted() as load_started:
            record.load_started = load_started
        case events.LoadMeasured() as measured:
            record.load_windows.append((line.at, measured))
            record.requests.update(measured.sent)
        case events.FaultRecorded() as fault:
            record.faults.append(fault)
        case events.LeaksFound(leaks=leaks):
            record.leaks |= dict.fromkeys(leaks)
        case events.RunFinished() as finished:
            record.finished, record.finished_at = finished, line.at


def _keep_step(record: RunRecord, line: events.StepFinished) -> RecordedStep:
    shape, step = pack_row(line.shape) if line.shape else b"", line.step
    if step.number != line.number:
        step = structs.replace(step, number=line.number)
    if step.outcome is Outcome.PASSED and record.lines > _MOST_OPEN:
        step = structs.replace(step, checks=pack_checks(step.checks))
    return RecordedStep(
        index=record.lines - 1,
        step=step,
        shape=record.shapes.setdefault(shape, shape),
        is_sent=line.exchange is not None,
        timings=line.exchange.timings if line.exchange else None,
    )


def _lighten(exchange: ExchangeRow) -> ExchangeRow:
    """Return an exchange without headers and bodies."""
    request, response = structs.replace(exchange.request, headers=(), body=None), exchange.response
    response = structs.replace(response, headers=(), body=None) if response else None
    return structs.replace(exchange, request=request, response=response)


def _take_snapshot(record: RunRecord, snapshot: events.WarehouseSnapshot) -> None:
    if snapshot.scenario:
        record.scenario_snapshots.setdefault(snapshot.scenario, {})[snapshot.moment] = snapshot
    elif snapshot.moment is Moment.BEFORE:
        record.snapshots.setdefault(Moment.BEFORE, snapshot)
    else:
        record.snapshots[snapshot.moment] = snapshot
